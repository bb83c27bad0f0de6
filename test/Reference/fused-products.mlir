// RUN: ashlar-reference %s | FileCheck %s

// A depthwise 1x1 convolution adds one product to its result; fused into what
// reads each of its points twice, it would add it twice.
func.func @main() -> tensor<1x2x1x1xf32> {
  %x = nn.constant dense<[[[[1.0, 5.0]], [[2.0, 6.0]], [[3.0, 7.0]]]]> : tensor<1x3x1x2xf32>
  %w = nn.constant dense<[[[[10.0]]], [[[20.0]]], [[[30.0]]]]> : tensor<3x1x1x1xf32>
  %v = nn.constant dense<[[[[1.0]], [[1.0]], [[1.0]]], [[[0.0]], [[1.0]], [[2.0]]]]> : tensor<2x3x1x1xf32>
  %a = nn.conv %x, %w {dilations = array<i64: 1, 1>, groups = 3 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 2>} : (tensor<1x3x1x2xf32>, tensor<3x1x1x1xf32>) -> tensor<1x3x1x1xf32>
  %y = nn.conv %a, %v {dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x1x1xf32>, tensor<2x3x1x1xf32>) -> tensor<1x2x1x1xf32>
  return %y : tensor<1x2x1x1xf32>
}
// CHECK: f32 1x2x1x1
// CHECK-SAME: 140
// CHECK-SAME: 220
