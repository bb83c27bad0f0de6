// Arg-reductions, running sums and sorted selections along long and short axes, on
// every preset and on a machine where every dimension has to be cut, sanitised,
// against the host path.
//
// RUN: sed -e 's/^name: nano/name: tiny/; s/capacity: 512 KiB/capacity: 4 KiB/; s/accumulators: 32 KiB/accumulators: 2 KiB/' %source_dir/lib/Machine/targets/nano.yaml > %t.yaml
// RUN: ashlar verify %s --target %t.yaml --sanitize | FileCheck %s
// RUN: ashlar verify %s --target nano --sanitize | FileCheck %s
// RUN: ashlar verify %s --target edge --sanitize | FileCheck %s
// RUN: ashlar verify %s --target server --sanitize | FileCheck %s
// RUN: ashlar verify %s --target hbm --sanitize | FileCheck %s
// CHECK: PASS

func.func @main(%x: tensor<3x700x5xf32>, %y: tensor<37x65xi8>, %z: tensor<4x300xbf16>, %u: tensor<130xui8>)
    -> (tensor<3x5xi64>, tensor<37x1xi64>, tensor<300xi64>, tensor<37x65xi8>, tensor<4x300xbf16>, tensor<3x700x5xf32>,
        tensor<3x9x5xf32>, tensor<3x9x5xi64>, tensor<37x4xi8>, tensor<37x4xi64>, tensor<30xui8>, tensor<30xi64>) {
  %0 = nn.arg_reduce <max> %x {axis = 1 : i64} : (tensor<3x700x5xf32>) -> tensor<3x5xi64>
  %1 = nn.arg_reduce <min> %y {axis = 1 : i64, keep_dims, select_last} : (tensor<37x65xi8>) -> tensor<37x1xi64>
  %2 = nn.arg_reduce <max> %z {axis = 0 : i64, select_last} : (tensor<4x300xbf16>) -> tensor<300xi64>
  %3 = nn.cumulative <sum> %y {axis = 1 : i64, exclusive} : (tensor<37x65xi8>) -> tensor<37x65xi8>
  %4 = nn.cumulative <sum> %z {axis = 1 : i64, reverse} : (tensor<4x300xbf16>) -> tensor<4x300xbf16>
  %5 = nn.cumulative <prod> %x {axis = 1 : i64} : (tensor<3x700x5xf32>) -> tensor<3x700x5xf32>
  %6:2 = nn.top_k %x {axis = 1 : i64, k = 9 : i64} : (tensor<3x700x5xf32>) -> (tensor<3x9x5xf32>, tensor<3x9x5xi64>)
  %7:2 = nn.top_k %y {axis = 1 : i64, k = 4 : i64, smallest} : (tensor<37x65xi8>) -> (tensor<37x4xi8>, tensor<37x4xi64>)
  %8:2 = nn.top_k %u {axis = 0 : i64, k = 30 : i64} : (tensor<130xui8>) -> (tensor<30xui8>, tensor<30xi64>)
  return %0, %1, %2, %3, %4, %5, %6#0, %6#1, %7#0, %7#1, %8#0, %8#1 : tensor<3x5xi64>, tensor<37x1xi64>, tensor<300xi64>, tensor<37x65xi8>, tensor<4x300xbf16>, tensor<3x700x5xf32>,
        tensor<3x9x5xf32>, tensor<3x9x5xi64>, tensor<37x4xi8>, tensor<37x4xi64>, tensor<30xui8>, tensor<30xi64>
}
