// RUN: ashlar-opt --nn-commute-quantization %s | FileCheck %s

// CHECK-LABEL: func @sink
// CHECK: %[[Q:.*]] = nn.transpose %{{.*}} : (tensor<4x8xi8>) -> tensor<8x4xi8>
// CHECK: nn.dequantize %[[Q]]
func.func @sink(%x: tensor<4x8xi8>) -> tensor<8x4xf32> {
  %s = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<3> : tensor<i8>
  %0 = nn.dequantize %x, %s, %z : (tensor<4x8xi8>, tensor<f32>, tensor<i8>) -> tensor<4x8xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// The quantised axis moves with the elements.
// CHECK-LABEL: func @sink_axis
// CHECK: nn.transpose %{{.*}} : (tensor<2x8xi8>) -> tensor<8x2xi8>
// CHECK: nn.dequantize {{.*}} {axis = 1 : i64}
func.func @sink_axis(%x: tensor<2x8xi8>) -> tensor<8x2xf32> {
  %s = nn.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %z = nn.constant dense<0> : tensor<2xi8>
  %0 = nn.dequantize %x, %s, %z {axis = 0 : i64} : (tensor<2x8xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x8xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<2x8xf32>) -> tensor<8x2xf32>
  return %1 : tensor<8x2xf32>
}

// A reshape does not say where the axis went.
// CHECK-LABEL: func @reshape_axis
// CHECK: nn.dequantize
// CHECK: nn.reshape {{.*}} -> tensor<16xf32>
func.func @reshape_axis(%x: tensor<2x8xi8>) -> tensor<16xf32> {
  %s = nn.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %z = nn.constant dense<0> : tensor<2xi8>
  %0 = nn.dequantize %x, %s, %z {axis = 0 : i64} : (tensor<2x8xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x8xf32>
  %1 = nn.reshape %0 : (tensor<2x8xf32>) -> tensor<16xf32>
  return %1 : tensor<16xf32>
}

// Zeros are the zero point; 0.3 is no multiple of 0.5 and stays.
// CHECK-LABEL: func @pads
// CHECK: %[[Z:.*]] = nn.constant dense<3> : tensor<i8>
// CHECK: nn.pad <constant> %{{.*}}, %[[Z]] {{.*}} -> tensor<4xi8>
// CHECK: nn.pad <constant> {{.*}} -> tensor<4xf32>
func.func @pads(%x: tensor<2xi8>) -> (tensor<4xf32>, tensor<4xf32>) {
  %s = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<3> : tensor<i8>
  %v = nn.constant dense<0.3> : tensor<f32>
  %0 = nn.dequantize %x, %s, %z : (tensor<2xi8>, tensor<f32>, tensor<i8>) -> tensor<2xf32>
  %1 = nn.pad <constant> %0 {low = array<i64: 1>, high = array<i64: 1>} : (tensor<2xf32>) -> tensor<4xf32>
  %2 = nn.pad <constant> %0, %v {low = array<i64: 1>, high = array<i64: 1>} : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  return %1, %2 : tensor<4xf32>, tensor<4xf32>
}

// The pair in the middle vanishes; each side of the concatenation is brought to
// the result's parameters.
// CHECK-LABEL: func @concat
// CHECK: %[[A:.*]] = nn.dequantize %arg0
// CHECK: %[[B:.*]] = nn.quantize %[[A]]
// CHECK: nn.concat {{.*}}%[[B]]{{.*}} : (tensor<2x3xi8>, tensor<2x3xi8>) -> tensor<4x3xi8>
// CHECK-NOT: nn.quantize
func.func @concat(%x: tensor<2x3xi8>, %y: tensor<2x3xi8>) -> tensor<4x3xi8> {
  %s = nn.constant dense<0.5> : tensor<f32>
  %t = nn.constant dense<0.75> : tensor<f32>
  %z = nn.constant dense<3> : tensor<i8>
  %0 = nn.dequantize %x, %t, %z : (tensor<2x3xi8>, tensor<f32>, tensor<i8>) -> tensor<2x3xf32>
  %1 = nn.dequantize %y, %s, %z : (tensor<2x3xi8>, tensor<f32>, tensor<i8>) -> tensor<2x3xf32>
  %2 = nn.concat %0, %1 {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %3 = nn.quantize %2, %s, %z : (tensor<4x3xf32>, tensor<f32>, tensor<i8>) -> tensor<4x3xi8>
  return %3 : tensor<4x3xi8>
}

// Averages compute: they are no movement.
// CHECK-LABEL: func @average
// CHECK: nn.dequantize
// CHECK: nn.pool <avg> {{.*}} -> tensor<1x1x2xf32>
func.func @average(%x: tensor<1x1x4xi8>) -> tensor<1x1x2xf32> {
  %s = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<3> : tensor<i8>
  %0 = nn.dequantize %x, %s, %z : (tensor<1x1x4xi8>, tensor<f32>, tensor<i8>) -> tensor<1x1x4xf32>
  %1 = nn.pool <avg> %0 {window = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x1x4xf32>) -> tensor<1x1x2xf32>
  return %1 : tensor<1x1x2xf32>
}
