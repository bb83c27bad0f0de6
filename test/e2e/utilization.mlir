// Utilisation is the source graph's multiply-accumulates over cycles times peak,
// also of those that the vector unit computes: here 9 of each 24.
//
// RUN: ashlar compile %s --target edge -o %t.npu
// RUN: ashlar run %t.npu --random-inputs --timed --stats %t.json
// RUN: %python %S/Inputs/check_utilization.py %t.json 512 24x24x16x9 24x24x16x15

func.func @main(%x: tensor<1x24x24x16xf32>, %v: tensor<3x3x1x16xf32>, %w: tensor<1x1x16x15xf32>) -> tensor<1x24x24x15xf32> {
  %0 = nn.conv %x, %v {channels_last, dilations = array<i64: 1, 1>, groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x24x24x16xf32>, tensor<3x3x1x16xf32>) -> tensor<1x24x24x16xf32> loc("depthwise")
  %1 = nn.relu %0 : (tensor<1x24x24x16xf32>) -> tensor<1x24x24x16xf32>
  %2 = nn.conv %1, %w {channels_last, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x24x24x16xf32>, tensor<1x1x16x15xf32>) -> tensor<1x24x24x15xf32> loc("pointwise")
  return %2 : tensor<1x24x24x15xf32>
}
