// RUN: ashlar-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @twice
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>
func.func @twice(%x: tensor<2x3xf32>, %b: tensor<4xi1>) -> (tensor<2x3xf32>, tensor<4xi1>) {
  %0 = nn.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.neg %0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.not %b : (tensor<4xi1>) -> tensor<4xi1>
  %3 = nn.not %2 : (tensor<4xi1>) -> tensor<4xi1>
  // CHECK-NEXT: return %[[X]]
  return %1, %3 : tensor<2x3xf32>, tensor<4xi1>
}

// CHECK-LABEL: func @nothing_to_do
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>
func.func @nothing_to_do(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.cast %1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.broadcast %2 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = nn.concat %3 {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = nn.slice %4 {starts = array<i64: 0, 0>, sizes = array<i64: 2, 3>, steps = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = nn.pad <edge> %5 {low = array<i64: 0, 0>, high = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %7 = nn.reduce <sum> %6 {axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK-NEXT: return %[[X]]
  return %7 : tensor<2x3xf32>
}

// A slice of everything that runs backwards stays.
// CHECK-LABEL: func @backwards
func.func @backwards(%x: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK: nn.slice
  %0 = nn.slice %x {starts = array<i64: 2>, sizes = array<i64: 3>, steps = array<i64: -1>} : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func @compose
func.func @compose(%x: tensor<2x3x4xf32>) -> (tensor<3x4x2xf32>, tensor<24xf32>) {
  // CHECK: nn.transpose %{{.*}} {permutation = array<i64: 1, 2, 0>}
  // CHECK-NOT: nn.transpose
  %0 = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 2, 0, 1>} : (tensor<4x2x3xf32>) -> tensor<3x4x2xf32>
  // CHECK: nn.reshape %{{.*}} : (tensor<2x3x4xf32>) -> tensor<24xf32>
  // CHECK-NOT: nn.reshape
  %2 = nn.reshape %x : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  %3 = nn.reshape %2 : (tensor<6x4xf32>) -> tensor<24xf32>
  return %1, %3 : tensor<3x4x2xf32>, tensor<24xf32>
}

// Only dimensions of size 1 move.
// CHECK-LABEL: func @transpose_is_reshape
func.func @transpose_is_reshape(%x: tensor<2x1x3xf32>) -> tensor<1x2x3xf32> {
  // CHECK: nn.reshape
  // CHECK-NOT: nn.transpose
  %0 = nn.transpose %x {permutation = array<i64: 1, 0, 2>} : (tensor<2x1x3xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// CHECK-LABEL: func @constants
func.func @constants(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2x2xi32>, tensor<2xf32>) {
  // CHECK-DAG: nn.constant dense<{{\[}}[1, 2], [3, 4]]> : tensor<2x2xi32>
  %0 = nn.constant dense<[1, 2, 3, 4]> : tensor<4xi32>
  %1 = nn.reshape %0 : (tensor<4xi32>) -> tensor<2x2xi32>
  %c = nn.constant dense<true> : tensor<2xi1>
  %2 = nn.select %c, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  // CHECK: return %{{.*}}, %arg0
  return %1, %2 : tensor<2x2xi32>, tensor<2xf32>
}
