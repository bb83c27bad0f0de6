// RUN: ashlar-opt %s --nn-fold-affine --canonicalize | FileCheck %s

// A chain behind a convolution: weights and bias are computed once.
// CHECK-LABEL: func @behind
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[\[\[}}2.000000e+00]], {{\[\[}}6.000000e+00]]]> : tensor<2x1x1xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[2.100000e+01, 4.300000e+01]> : tensor<2xf32>
// CHECK: %[[CONV:.*]] = nn.conv %{{.*}}, %[[W]], %[[B]]
// CHECK-NEXT: return %[[CONV]]
func.func @behind(%x: tensor<1x1x4xf32>) -> tensor<1x2x4xf32> {
  %w = nn.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %b = nn.constant dense<[10.0, 14.0]> : tensor<2xf32>
  %s = nn.constant dense<[[2.0], [3.0]]> : tensor<2x1xf32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x1x4xf32>, tensor<2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4xf32>
  %1 = nn.mul %s, %0 : (tensor<2x1xf32>, tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %2 = nn.add %1, %one : (tensor<1x2x4xf32>, tensor<f32>) -> tensor<1x2x4xf32>
  return %2 : tensor<1x2x4xf32>
}

// A division and a difference the other way round, of a matrix product, which
// keeps one addition.
// CHECK-LABEL: func @matmul
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[\[}}-2.000000e+00, -1.000000e+00]]> : tensor<1x2xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[5.000000e+00, 7.000000e+00]> : tensor<2xf32>
// CHECK: %[[P:.*]] = nn.matmul %{{.*}}, %[[W]]
// CHECK-NEXT: %[[S:.*]] = nn.add %[[P]], %[[B]]
// CHECK-NEXT: return %[[S]]
func.func @matmul(%x: tensor<3x1xf32>) -> tensor<3x2xf32> {
  %w = nn.constant dense<[[4.0, 8.0]]> : tensor<1x2xf32>
  %d = nn.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %c = nn.constant dense<[5.0, 7.0]> : tensor<2xf32>
  %0 = nn.matmul %x, %w : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %1 = nn.div %0, %d : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %2 = nn.sub %c, %1 : (tensor<2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %2 : tensor<3x2xf32>
}

// In front of a convolution: a shift only where nothing is padded.
// CHECK-LABEL: func @ahead
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[\[\[}}2.000000e+00], [6.000000e+00]]]> : tensor<1x2x1xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<4.000000e+00> : tensor<1xf32>
// CHECK-DAG: %[[ONE:.*]] = nn.constant dense<1.000000e+00> : tensor<f32>
// CHECK: nn.conv %{{.*}}, %[[W]], %[[B]] {dilations = array<i64: 1>, pads = array<i64: 0, 0>
// CHECK: %[[ADD:.*]] = nn.add %{{.*}}, %[[ONE]]
// CHECK: nn.conv %[[ADD]], %{{.*}} {dilations = array<i64: 1>, pads = array<i64: 1, 1>
func.func @ahead(%x: tensor<1x2x4xf32>) -> (tensor<1x1x4xf32>, tensor<1x1x6xf32>) {
  %w = nn.constant dense<[[[1.0], [3.0]]]> : tensor<1x2x1xf32>
  %two = nn.constant dense<2.0> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.mul %x, %two : (tensor<1x2x4xf32>, tensor<f32>) -> tensor<1x2x4xf32>
  %1 = nn.add %0, %one : (tensor<1x2x4xf32>, tensor<f32>) -> tensor<1x2x4xf32>
  %2 = nn.conv %1, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x2x4xf32>, tensor<1x2x1xf32>) -> tensor<1x1x4xf32>
  %3 = nn.add %x, %one : (tensor<1x2x4xf32>, tensor<f32>) -> tensor<1x2x4xf32>
  %4 = nn.conv %3, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 1, 1>} : (tensor<1x2x4xf32>, tensor<1x2x1xf32>) -> tensor<1x1x6xf32>
  return %2, %4 : tensor<1x1x4xf32>, tensor<1x1x6xf32>
}

// Other readers, integers, numbers for other dimensions and what overflows stay.
// CHECK-LABEL: func @stays
// CHECK: nn.conv
// CHECK-NEXT: nn.mul
// CHECK-NEXT: nn.add
// CHECK-NEXT: nn.conv
// CHECK-NEXT: nn.mul
// CHECK-NEXT: nn.mul
// CHECK-NEXT: nn.matmul
// CHECK-NEXT: nn.mul
func.func @stays(%x: tensor<1x1x2xf32>, %i: tensor<2x2xi32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<2x2xi32>) {
  %w = nn.constant dense<3.0> : tensor<1x1x1xf32>
  %along = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %large = nn.constant dense<3.0e+38> : tensor<f32>
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x1x2xf32>, tensor<1x1x1xf32>) -> tensor<1x1x2xf32>
  %1 = nn.mul %0, %large : (tensor<1x1x2xf32>, tensor<f32>) -> tensor<1x1x2xf32>
  %2 = nn.add %0, %1 : (tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
  %3 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x1x2xf32>, tensor<1x1x1xf32>) -> tensor<1x1x2xf32>
  %4 = nn.mul %3, %large : (tensor<1x1x2xf32>, tensor<f32>) -> tensor<1x1x2xf32>
  %5 = nn.mul %4, %along : (tensor<1x1x2xf32>, tensor<2xf32>) -> tensor<1x1x2xf32>
  %v = nn.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %n = nn.constant dense<2> : tensor<i32>
  %6 = nn.matmul %i, %v : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  %7 = nn.mul %6, %n : (tensor<2x2xi32>, tensor<i32>) -> tensor<2x2xi32>
  return %2, %5, %7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<2x2xi32>
}
