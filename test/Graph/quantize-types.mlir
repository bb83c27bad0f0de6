// RUN: ashlar-opt --nn-quantize-types %s | FileCheck %s

// relu narrows the range of what is stored; the bias is i32 with the scale of
// the accumulators.
// CHECK-LABEL: func @conv
// CHECK-DAG: %[[X:.*]] = nn.storage_cast %arg0 : (tensor<1x2x4xui8>) -> tensor<1x2x4x!quant.uniform<u8:f32, 5.000000e-01:7>>
// CHECK-DAG: %[[W:.*]] = nn.storage_cast {{.*}} -> tensor<3x2x1x!quant.uniform<i8:f32:0, {2.500000e-01,5.000000e-01,1.000000e+00}>>
// CHECK-DAG: %[[B:.*]] = nn.storage_cast {{.*}} -> tensor<3x!quant.uniform<i32:f32:0, {1.250000e-01,2.500000e-01,5.000000e-01}>>
// CHECK: %[[C:.*]] = nn.conv %[[X]], %[[W]], %[[B]] {{.*}} -> tensor<1x3x4x!quant.uniform<i8<-3:127>:f32, 2.000000e+00:-3>>
// CHECK: nn.storage_cast %[[C]] : {{.*}} -> tensor<1x3x4xi8>
// CHECK-NOT: nn.relu
func.func @conv(%x: tensor<1x2x4xui8>) -> tensor<1x3x4xi8> {
  %xs = nn.constant dense<0.5> : tensor<f32>
  %xz = nn.constant dense<7> : tensor<ui8>
  %w = nn.constant dense<5> : tensor<3x2x1xi8>
  %ws = nn.constant dense<[0.25, 0.5, 1.0]> : tensor<3xf32>
  %wz = nn.constant dense<0> : tensor<3xi8>
  %b = nn.constant dense<[1, 2, 3]> : tensor<3xi32>
  %bs = nn.constant dense<[0.125, 0.25, 0.5]> : tensor<3xf32>
  %bz = nn.constant dense<0> : tensor<3xi32>
  %ys = nn.constant dense<2.0> : tensor<f32>
  %yz = nn.constant dense<-3> : tensor<i8>
  %0 = nn.dequantize %x, %xs, %xz : (tensor<1x2x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4xf32>
  %1 = nn.dequantize %w, %ws, %wz : (tensor<3x2x1xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<3x2x1xf32>
  %2 = nn.dequantize %b, %bs, %bz : (tensor<3xi32>, tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %3 = nn.conv %0, %1, %2 {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x2x4xf32>, tensor<3x2x1xf32>, tensor<3xf32>) -> tensor<1x3x4xf32>
  %4 = nn.relu %3 : (tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  %5 = nn.quantize %4, %ys, %yz : (tensor<1x3x4xf32>, tensor<f32>, tensor<i8>) -> tensor<1x3x4xi8>
  return %5 : tensor<1x3x4xi8>
}

// A bias behind a matrix product joins it; without a quantisation behind it the
// product gives f32.
// CHECK-LABEL: func @matmul
// CHECK: nn.matmul %{{.*}}, %{{.*}}, %{{.*}} : {{.*}} -> tensor<2x3x!quant.uniform<i8:f32, 2.000000e+00>>
// CHECK: nn.matmul %{{.*}}, %{{.*}} : {{.*}} -> tensor<2x3xf32>
// CHECK: nn.add
func.func @matmul(%x: tensor<2x4xi8>, %w: tensor<4x3xi8>) -> (tensor<2x3xi8>, tensor<2x3xf32>) {
  %s = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<0> : tensor<i8>
  %b = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %ys = nn.constant dense<2.0> : tensor<f32>
  %0 = nn.dequantize %x, %s, %z : (tensor<2x4xi8>, tensor<f32>, tensor<i8>) -> tensor<2x4xf32>
  %1 = nn.dequantize %w, %s, %z : (tensor<4x3xi8>, tensor<f32>, tensor<i8>) -> tensor<4x3xf32>
  %2 = nn.matmul %0, %1 : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %3 = nn.add %2, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %4 = nn.quantize %3, %ys, %z : (tensor<2x3xf32>, tensor<f32>, tensor<i8>) -> tensor<2x3xi8>
  %5 = nn.matmul %0, %1 : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %6 = nn.add %5, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %4, %6 : tensor<2x3xi8>, tensor<2x3xf32>
}

// Parameters of run time, and sums that are not quantised, stay floats.
// CHECK-LABEL: func @floats
// CHECK-NOT: storage_cast
// CHECK: nn.add {{.*}} -> tensor<4xf32>
func.func @floats(%x: tensor<4xi8>, %s: tensor<f32>) -> (tensor<4xi8>, tensor<4xf32>) {
  %k = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<0> : tensor<i8>
  %0 = nn.dequantize %x, %s, %z : (tensor<4xi8>, tensor<f32>, tensor<i8>) -> tensor<4xf32>
  %1 = nn.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.quantize %1, %k, %z : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
  %3 = nn.dequantize %x, %k, %z : (tensor<4xi8>, tensor<f32>, tensor<i8>) -> tensor<4xf32>
  %4 = nn.mul %3, %3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2, %4 : tensor<4xi8>, tensor<4xf32>
}
