// RUN: ashlar-opt --nn-lower-quantized --canonicalize %s | FileCheck %s

!x = tensor<1x2x4x!quant.uniform<u8:f32, 0.5:7>>
!w = tensor<3x2x1x!quant.uniform<i8:f32:0, {0.25,0.5,1.0}>>

// Sums of the weights, times the zero point, join the bias; pads add 7.
// CHECK-LABEL: func @conv
// CHECK-DAG: %[[OFFSET:.*]] = nn.constant dense<{{\[\[}}-4.100000e+01], [-2.100000e+01], [-8.000000e+00]]> : tensor<3x1xf32>
// CHECK-DAG: %[[SCALE:.*]] = nn.constant dense<{{\[\[}}6.250000e-02], [1.250000e-01], [2.500000e-01]]> : tensor<3x1xf32>
// CHECK-DAG: %[[SEVEN:.*]] = nn.constant dense<7> : tensor<ui8>
// CHECK: %[[P:.*]] = nn.pad <constant> %arg0, %[[SEVEN]]
// CHECK: %[[C:.*]] = nn.conv %[[P]], {{.*}} : (tensor<1x2x6xui8>, tensor<3x2x1xi8>) -> tensor<1x3x6xi32>
// CHECK: %[[F:.*]] = nn.cast %[[C]] : {{.*}} -> tensor<1x3x6xf32>
// CHECK: %[[A:.*]] = nn.add %[[F]], %[[OFFSET]]
// CHECK: %[[M:.*]] = nn.mul %[[A]], %[[SCALE]]
// CHECK: %[[R:.*]] = nn.round %[[M]]
// CHECK: %[[Z:.*]] = nn.add %[[R]]
// CHECK: %[[L:.*]] = nn.clamp %[[Z]]
// CHECK: nn.cast %[[L]] : {{.*}} -> tensor<1x3x6xi8>
func.func @conv(%stored: tensor<1x2x4xui8>) -> tensor<1x3x6xi8> {
  %x = nn.storage_cast %stored : (tensor<1x2x4xui8>) -> !x
  %k = nn.constant dense<[[[1], [5]], [[0], [3]], [[2], [-1]]]> : tensor<3x2x1xi8>
  %w = nn.storage_cast %k : (tensor<3x2x1xi8>) -> !w
  %b = nn.constant dense<[0.125, 0.0, -0.5]> : tensor<3xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 1, 1>} : (!x, !w, tensor<3xf32>) -> tensor<1x3x6x!quant.uniform<i8<-3:127>:f32, 2.0:-3>>
  %1 = nn.storage_cast %0 : (tensor<1x3x6x!quant.uniform<i8<-3:127>:f32, 2.0:-3>>) -> tensor<1x3x6xi8>
  return %1 : tensor<1x3x6xi8>
}

// A bias that is no multiple of the accumulators' step: its fraction joins, too.
// CHECK-LABEL: func @fraction
// CHECK: %[[REST:.*]] = nn.constant dense<1.300000e+00> : tensor<f32>
// CHECK: %[[P:.*]] = nn.matmul
// CHECK: %[[F:.*]] = nn.cast %[[P]]
// CHECK: %[[S:.*]] = nn.add %[[F]], %[[REST]]
// CHECK: %[[M:.*]] = nn.mul %[[S]]
// CHECK: nn.round %[[M]]
func.func @fraction(%stored: tensor<3x2xi8>) -> tensor<3x1xi8> {
  %x = nn.storage_cast %stored : (tensor<3x2xi8>) -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  %k = nn.constant dense<[[28], [15]]> : tensor<2x1xi8>
  %w = nn.storage_cast %k : (tensor<2x1xi8>) -> tensor<2x1x!quant.uniform<i8:f32, 0.25>>
  %b = nn.constant dense<0.1625> : tensor<1xf32>
  %0 = nn.matmul %x, %w, %b : (tensor<3x2x!quant.uniform<i8:f32, 0.5>>, tensor<2x1x!quant.uniform<i8:f32, 0.25>>, tensor<1xf32>) -> tensor<3x1x!quant.uniform<i8:f32, 2.0>>
  %1 = nn.storage_cast %0 : (tensor<3x1x!quant.uniform<i8:f32, 2.0>>) -> tensor<3x1xi8>
  return %1 : tensor<3x1xi8>
}

// Zero points of weights are subtracted from them.
// CHECK-LABEL: func @weights
// CHECK-DAG: nn.constant dense<{{\[\[}}-100], [27]]> : tensor<2x1xi8>
// CHECK: nn.matmul {{.*}} : (tensor<3x2xi8>, tensor<2x1xi8>) -> tensor<3x1xi32>
func.func @weights(%stored: tensor<3x2xi8>) -> tensor<3x1xf32> {
  %x = nn.storage_cast %stored : (tensor<3x2xi8>) -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  %k = nn.constant dense<[[28], [155]]> : tensor<2x1xui8>
  %w = nn.storage_cast %k : (tensor<2x1xui8>) -> tensor<2x1x!quant.uniform<u8:f32, 0.5:128>>
  %0 = nn.matmul %x, %w : (tensor<3x2x!quant.uniform<i8:f32, 0.5>>, tensor<2x1x!quant.uniform<u8:f32, 0.5:128>>) -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}

// Too far from 0 for a byte: the sums of the input's rows take part.
// CHECK-LABEL: func @far_weights
// CHECK: nn.reduce <sum> {{.*}} -> tensor<3x1xi32>
func.func @far_weights(%stored: tensor<3x2xi8>) -> tensor<3x1xf32> {
  %x = nn.storage_cast %stored : (tensor<3x2xi8>) -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  %k = nn.constant dense<[[0], [255]]> : tensor<2x1xui8>
  %w = nn.storage_cast %k : (tensor<2x1xui8>) -> tensor<2x1x!quant.uniform<u8:f32, 0.5:100>>
  %0 = nn.matmul %x, %w : (tensor<3x2x!quant.uniform<i8:f32, 0.5>>, tensor<2x1x!quant.uniform<u8:f32, 0.5:100>>) -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}

// 200000 products of bytes may exceed 2^24: the bias is added in i32.
// CHECK-LABEL: func @long
// CHECK: nn.matmul {{.*}}, {{.*}}, {{.*}} : (tensor<1x200000xi8>, tensor<200000x1xi8>, tensor<1xi32>) -> tensor<1x1xi32>
func.func @long(%stored: tensor<1x200000xi8>) -> tensor<1x1xf32> {
  %x = nn.storage_cast %stored : (tensor<1x200000xi8>) -> tensor<1x200000x!quant.uniform<i8:f32, 0.5>>
  %k = nn.constant dense<3> : tensor<200000x1xi8>
  %w = nn.storage_cast %k : (tensor<200000x1xi8>) -> tensor<200000x1x!quant.uniform<i8:f32, 0.5>>
  %b = nn.constant dense<2.0> : tensor<1xf32>
  %0 = nn.matmul %x, %w, %b : (tensor<1x200000x!quant.uniform<i8:f32, 0.5>>, tensor<200000x1x!quant.uniform<i8:f32, 0.5>>, tensor<1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// What is rounded for the addition alone is not stored in between; the other
// operand keeps its bytes.
// CHECK-LABEL: func @residual
// CHECK: nn.conv
// CHECK: %[[L:.*]] = nn.clamp
// CHECK-NOT: nn.cast {{.*}}xi8>
// CHECK-DAG: nn.mul %[[L]]
// CHECK-DAG: nn.cast %arg1 : (tensor<1x1x4xi8>) -> tensor<1x1x4xf32>
// CHECK: nn.round
// CHECK: nn.cast {{.*}} -> tensor<1x1x4xi8>
func.func @residual(%stored: tensor<1x1x4xi8>, %other: tensor<1x1x4xi8>) -> tensor<1x1x4xi8> {
  %x = nn.storage_cast %stored : (tensor<1x1x4xi8>) -> tensor<1x1x4x!quant.uniform<i8:f32, 0.5>>
  %k = nn.constant dense<3> : tensor<1x1x1xi8>
  %w = nn.storage_cast %k : (tensor<1x1x1xi8>) -> tensor<1x1x1x!quant.uniform<i8:f32, 0.5>>
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x1x4x!quant.uniform<i8:f32, 0.5>>, tensor<1x1x1x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x1x4x!quant.uniform<i8:f32, 0.75:1>>
  %y = nn.storage_cast %other : (tensor<1x1x4xi8>) -> tensor<1x1x4x!quant.uniform<i8:f32, 0.5>>
  %1 = nn.add %0, %y : (tensor<1x1x4x!quant.uniform<i8:f32, 0.75:1>>, tensor<1x1x4x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x1x4x!quant.uniform<i8:f32, 0.625:2>>
  %2 = nn.storage_cast %1 : (tensor<1x1x4x!quant.uniform<i8:f32, 0.625:2>>) -> tensor<1x1x4xi8>
  return %2 : tensor<1x1x4xi8>
}

// Operators without an integer form compute in floats.
// CHECK-LABEL: func @through_floats
// CHECK: nn.dequantize
// CHECK: nn.sigmoid {{.*}} -> tensor<4xf32>
// CHECK: nn.quantize
// CHECK: nn.clamp
func.func @through_floats(%stored: tensor<4xi8>) -> tensor<4xi8> {
  %x = nn.storage_cast %stored : (tensor<4xi8>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  %0 = nn.sigmoid %x : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8<0:100>:f32, 0.01>>
  %1 = nn.storage_cast %0 : (tensor<4x!quant.uniform<i8<0:100>:f32, 0.01>>) -> tensor<4xi8>
  return %1 : tensor<4xi8>
}
