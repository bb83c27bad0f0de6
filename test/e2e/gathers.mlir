// Rows, columns and elements picked and replaced by run-time and constant indices, on every
// preset and on a machine where lists and tiles have to be cut, sanitised, against
// the host path. Random indices lie outside as often as inside: the nearest end is
// read.
//
// RUN: sed -e 's/^name: nano/name: tiny/; s/capacity: 512 KiB/capacity: 4 KiB/; s/accumulators: 32 KiB/accumulators: 2 KiB/' %source_dir/lib/Machine/targets/nano.yaml > %t.yaml
// RUN: ashlar verify %s --target %t.yaml --sanitize | FileCheck %s
// RUN: ashlar verify %s --target nano --sanitize | FileCheck %s
// RUN: ashlar verify %s --target edge --sanitize | FileCheck %s
// RUN: ashlar verify %s --target server --sanitize | FileCheck %s
// RUN: ashlar verify %s --target hbm --sanitize | FileCheck %s
// CHECK: PASS

#id = affine_map<(i, j) -> (i, j)>

func.func @main(%rows: tensor<100x48xf32>, %ids: tensor<5x7xi64>, %image: tensor<5x90x3x2xi8>,
                %places: tensor<401xi32>, %columns: tensor<3x700xbf16>, %at: tensor<20x9xi8>,
                %table: tensor<20x9xf32>, %grid: tensor<7x5x3xf32>, %spots: tensor<4x6x2xi64>,
                %new: tensor<4x6x3xf32>)
    -> (tensor<5x7x48xf32>, tensor<5x401x3x2xi8>, tensor<3x401xbf16>, tensor<5x3x2xi8>, tensor<20x9xf32>, tensor<7x5x3xf32>) {
  %0 = nn.gather %rows, %ids {axis = 0 : i64} : (tensor<100x48xf32>, tensor<5x7xi64>) -> tensor<5x7x48xf32>
  %1 = nn.gather %image, %places {axis = 1 : i64} : (tensor<5x90x3x2xi8>, tensor<401xi32>) -> tensor<5x401x3x2xi8>
  %2 = nn.gather %columns, %places {axis = 1 : i64} : (tensor<3x700xbf16>, tensor<401xi32>) -> tensor<3x401xbf16>
  %c = nn.constant dense<-7> : tensor<i64>
  %3 = nn.gather %image, %c {axis = 1 : i64} : (tensor<5x90x3x2xi8>, tensor<i64>) -> tensor<5x3x2xi8>
  %e = tensor.empty() : tensor<20x9xf32>
  %4 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%at : tensor<20x9xi8>) outs(%e : tensor<20x9xf32>) {
  ^bb0(%a: i8, %o: f32):
    %c15 = arith.constant 15 : i8
    %x = arith.andi %a, %c15 : i8
    %i = arith.index_cast %x : i8 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%i, %j] : tensor<20x9xf32>
    %w = math.absf %v : f32
    linalg.yield %w : f32
  } -> tensor<20x9xf32>
  %5 = nn.scatter_nd %grid, %spots, %new : (tensor<7x5x3xf32>, tensor<4x6x2xi64>, tensor<4x6x3xf32>) -> tensor<7x5x3xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<5x7x48xf32>, tensor<5x401x3x2xi8>, tensor<3x401xbf16>, tensor<5x3x2xi8>, tensor<20x9xf32>, tensor<7x5x3xf32>
}
