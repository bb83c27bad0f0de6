// Attention on every preset, and on a machine where rows and keys are cut into
// many tiles, sanitised, against the host path: odd sizes, other numbers of keys
// and columns, one row, one key, half types, masks that repeat, that leave rows
// without a key (NaN), and masks that leave none in the first blocks.
//
// RUN: sed -e 's/^name: nano/name: tiny/; s/capacity: 512 KiB/capacity: 192 KiB/; s/accumulators: 32 KiB/accumulators: 8 KiB/' %source_dir/lib/Machine/targets/nano.yaml > %t.yaml
// RUN: ashlar verify %s --target %t.yaml --sanitize | FileCheck %s
// RUN: ashlar verify %s --target nano --sanitize | FileCheck %s
// RUN: ashlar verify %s --target edge --sanitize | FileCheck %s
// RUN: ashlar verify %s --target server --sanitize | FileCheck %s
// RUN: ashlar verify %s --target hbm --sanitize | FileCheck %s
// RUN: ashlar verify %s --target edge --precision bf16 | FileCheck %s
// CHECK: PASS
//
// RUN: ashlar compile %s --target hbm --emit npu -o - | FileCheck %s --check-prefix=CODE
// CODE-NOT: npu.attention

func.func @main(%q: tensor<37x1x3x20xf32>, %k: tensor<1x53x3x20xf32>, %v: tensor<1x3x53x13xf32>, %m: tensor<3x1x53xf32>,
                %n: tensor<37x1xf32>, %h: tensor<2x67x24xf16>, %b: tensor<2x70x16xbf16>, %one: tensor<2x1x12xf32>,
                %many: tensor<2x131x12xf32>, %late: tensor<131xf32>)
    -> (tensor<37x1x3x13xf32>, tensor<1x3x37x13xf32>, tensor<2x67x24xf16>, tensor<2x70x16xbf16>, tensor<2x1x12xf32>,
        tensor<2x131x12xf32>, tensor<2x131x12xf32>) {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %minus = nn.constant dense<0xFF800000> : tensor<f32>
  %scale = nn.constant dense<0.223606795> : tensor<f32>

  // Heads behind rows, keys not transposed yet, a mask of keys.
  %0 = nn.transpose %q {permutation = array<i64: 1, 2, 0, 3>} : (tensor<37x1x3x20xf32>) -> tensor<1x3x37x20xf32>
  %1 = nn.transpose %k {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x53x3x20xf32>) -> tensor<1x3x20x53xf32>
  %2 = nn.matmul %0, %1 : (tensor<1x3x37x20xf32>, tensor<1x3x20x53xf32>) -> tensor<1x3x37x53xf32>
  %3 = nn.mul %2, %scale : (tensor<1x3x37x53xf32>, tensor<f32>) -> tensor<1x3x37x53xf32>
  %4 = nn.compare <lt> %m, %zero : (tensor<3x1x53xf32>, tensor<f32>) -> tensor<3x1x53xi1>
  %5 = nn.select %4, %minus, %zero : (tensor<3x1x53xi1>, tensor<f32>, tensor<f32>) -> tensor<3x1x53xf32>
  %6 = nn.add %3, %5 : (tensor<1x3x37x53xf32>, tensor<3x1x53xf32>) -> tensor<1x3x37x53xf32>
  %7 = nn.softmax %6 {axis = 3 : i64} : (tensor<1x3x37x53xf32>) -> tensor<1x3x37x53xf32>
  %8 = nn.matmul %7, %v : (tensor<1x3x37x53xf32>, tensor<1x3x53x13xf32>) -> tensor<1x3x37x13xf32>
  %9 = nn.transpose %8 {permutation = array<i64: 2, 0, 1, 3>} : (tensor<1x3x37x13xf32>) -> tensor<37x1x3x13xf32>

  // Whole rows masked.
  %10 = nn.compare <lt> %n, %zero : (tensor<37x1xf32>, tensor<f32>) -> tensor<37x1xi1>
  %11 = nn.select %10, %minus, %zero : (tensor<37x1xi1>, tensor<f32>, tensor<f32>) -> tensor<37x1xf32>
  %12 = nn.transpose %k {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x53x3x20xf32>) -> tensor<1x3x53x20xf32>
  %13 = nn.attention %0, %12, %v, %11 {scale = 0.5 : f32} : (tensor<1x3x37x20xf32>, tensor<1x3x53x20xf32>, tensor<1x3x53x13xf32>, tensor<37x1xf32>) -> tensor<1x3x37x13xf32>

  %14 = nn.attention %h, %h, %h {scale = 0.125 : f32} : (tensor<2x67x24xf16>, tensor<2x67x24xf16>, tensor<2x67x24xf16>) -> tensor<2x67x24xf16>
  %15 = nn.attention %b, %b, %b {scale = 1.0 : f32} : (tensor<2x70x16xbf16>, tensor<2x70x16xbf16>, tensor<2x70x16xbf16>) -> tensor<2x70x16xbf16>

  // One row; one key; keys that count only at the end.
  %16 = nn.attention %one, %many, %many {scale = 0.2 : f32} : (tensor<2x1x12xf32>, tensor<2x131x12xf32>, tensor<2x131x12xf32>) -> tensor<2x1x12xf32>
  %17 = nn.attention %many, %one, %one {scale = 0.2 : f32} : (tensor<2x131x12xf32>, tensor<2x1x12xf32>, tensor<2x1x12xf32>) -> tensor<2x131x12xf32>
  %places = nn.iota {axis = 0 : i64} : tensor<131xf32>
  %end = nn.constant dense<120.0> : tensor<f32>
  %18 = nn.compare <lt> %places, %end : (tensor<131xf32>, tensor<f32>) -> tensor<131xi1>
  %19 = nn.select %18, %minus, %late : (tensor<131xi1>, tensor<f32>, tensor<131xf32>) -> tensor<131xf32>
  %20 = nn.attention %many, %many, %many, %19 {scale = 0.2 : f32} : (tensor<2x131x12xf32>, tensor<2x131x12xf32>, tensor<2x131x12xf32>, tensor<131xf32>) -> tensor<2x131x12xf32>
  return %9, %13, %14, %15, %16, %17, %20 : tensor<37x1x3x13xf32>, tensor<1x3x37x13xf32>, tensor<2x67x24xf16>,
      tensor<2x70x16xbf16>, tensor<2x1x12xf32>, tensor<2x131x12xf32>, tensor<2x131x12xf32>
}
