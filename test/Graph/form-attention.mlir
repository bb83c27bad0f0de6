// RUN: ashlar-opt %s --nn-form-attention --canonicalize | FileCheck %s

// As exporters write it: heads in front of rows, the key transposed. The two
// transpositions of the key become one.
// CHECK-LABEL: func.func @exported(
// CHECK-SAME: %[[Q:.*]]: tensor<1x7x3x4xf32>, %[[K:.*]]: tensor<1x9x3x4xf32>, %[[V:.*]]: tensor<1x9x3x5xf32>)
// CHECK-DAG: %[[QT:.*]] = nn.transpose %[[Q]] {permutation = array<i64: 0, 2, 1, 3>}
// CHECK-DAG: %[[KT:.*]] = nn.transpose %[[K]] {permutation = array<i64: 0, 2, 1, 3>}
// CHECK-DAG: %[[VT:.*]] = nn.transpose %[[V]] {permutation = array<i64: 0, 2, 1, 3>}
// CHECK: nn.attention %[[QT]], %[[KT]], %[[VT]] {scale = 5.000000e-01 : f32} : {{.*}} -> tensor<1x3x7x5xf32>
// CHECK-NOT: nn.softmax
func.func @exported(%q: tensor<1x7x3x4xf32>, %k: tensor<1x9x3x4xf32>, %v: tensor<1x9x3x5xf32>) -> tensor<1x3x7x5xf32> {
  %two = nn.constant dense<2.0> : tensor<f32>
  %0 = nn.transpose %q {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x7x3x4xf32>) -> tensor<1x3x7x4xf32>
  %1 = nn.transpose %k {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x9x3x4xf32>) -> tensor<1x3x4x9xf32>
  %2 = nn.transpose %v {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x9x3x5xf32>) -> tensor<1x3x9x5xf32>
  %3 = nn.matmul %0, %1 : (tensor<1x3x7x4xf32>, tensor<1x3x4x9xf32>) -> tensor<1x3x7x9xf32>
  %4 = nn.div %3, %two : (tensor<1x3x7x9xf32>, tensor<f32>) -> tensor<1x3x7x9xf32>
  %5 = nn.softmax %4 {axis = 3 : i64} : (tensor<1x3x7x9xf32>) -> tensor<1x3x7x9xf32>
  %6 = nn.matmul %5, %2 : (tensor<1x3x7x9xf32>, tensor<1x3x9x5xf32>) -> tensor<1x3x7x5xf32>
  return %6 : tensor<1x3x7x5xf32>
}

// The root of the scale on the query and on the key, in front of its
// transposition; a mask; a product that transposes itself.
// CHECK-LABEL: func.func @roots(
// CHECK-SAME: %[[Q:.*]]: tensor<3x7x4xf32>, %[[K:.*]]: tensor<3x9x4xf32>, %[[V:.*]]: tensor<3x9x5xf32>, %[[M:.*]]: tensor<7x9xf32>)
// CHECK-NEXT: %[[R:.*]] = nn.attention %[[Q]], %[[K]], %[[V]], %[[M]] {scale = 2.500000e-01 : f32}
// CHECK-NEXT: return %[[R]]
func.func @roots(%q: tensor<3x7x4xf32>, %k: tensor<3x9x4xf32>, %v: tensor<3x9x5xf32>, %m: tensor<7x9xf32>) -> tensor<3x7x5xf32> {
  %half = nn.constant dense<0.5> : tensor<1xf32>
  %0 = nn.mul %q, %half : (tensor<3x7x4xf32>, tensor<1xf32>) -> tensor<3x7x4xf32>
  %1 = nn.mul %half, %k : (tensor<1xf32>, tensor<3x9x4xf32>) -> tensor<3x9x4xf32>
  %2 = nn.transpose %1 {permutation = array<i64: 0, 2, 1>} : (tensor<3x9x4xf32>) -> tensor<3x4x9xf32>
  %3 = nn.matmul %0, %2 : (tensor<3x7x4xf32>, tensor<3x4x9xf32>) -> tensor<3x7x9xf32>
  %4 = nn.add %m, %3 : (tensor<7x9xf32>, tensor<3x7x9xf32>) -> tensor<3x7x9xf32>
  %5 = nn.softmax %4 {axis = 2 : i64} : (tensor<3x7x9xf32>) -> tensor<3x7x9xf32>
  %6 = nn.matmul %5, %v : (tensor<3x7x9xf32>, tensor<3x9x5xf32>) -> tensor<3x7x5xf32>
  return %6 : tensor<3x7x5xf32>
}

// Weights that somebody else reads.
// CHECK-LABEL: func.func @weights(
// CHECK-NOT: nn.attention
// CHECK: return
func.func @weights(%q: tensor<7x4xf32>, %k: tensor<9x4xf32>, %v: tensor<9x5xf32>) -> (tensor<7x5xf32>, tensor<7x9xf32>) {
  %0 = nn.matmul %q, %k {transpose_rhs} : (tensor<7x4xf32>, tensor<9x4xf32>) -> tensor<7x9xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : (tensor<7x9xf32>) -> tensor<7x9xf32>
  %2 = nn.matmul %1, %v : (tensor<7x9xf32>, tensor<9x5xf32>) -> tensor<7x5xf32>
  return %2, %1 : tensor<7x5xf32>, tensor<7x9xf32>
}

// Scores that somebody else reads, scaled ones that are masked first, a softmax of
// columns, keys that all batches share, f64.
// CHECK-LABEL: func.func @others(
// CHECK-NOT: nn.attention
// CHECK: return
func.func @others(%q: tensor<9x9xf32>, %m: tensor<9x9xf32>, %b: tensor<2x9x9xf32>, %d: tensor<9x9xf64>)
    -> (tensor<9x9xf32>, tensor<9x9xf32>, tensor<9x9xf32>, tensor<9x9xf32>, tensor<2x9x9xf32>, tensor<9x9xf64>) {
  %half = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.matmul %q, %q : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : (tensor<9x9xf32>) -> tensor<9x9xf32>
  %2 = nn.matmul %1, %q : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %3 = nn.matmul %q, %m : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %4 = nn.add %3, %m : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %5 = nn.mul %4, %half : (tensor<9x9xf32>, tensor<f32>) -> tensor<9x9xf32>
  %6 = nn.softmax %5 {axis = 1 : i64} : (tensor<9x9xf32>) -> tensor<9x9xf32>
  %7 = nn.matmul %6, %q : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %8 = nn.matmul %m, %m : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %9 = nn.softmax %8 {axis = 0 : i64} : (tensor<9x9xf32>) -> tensor<9x9xf32>
  %10 = nn.matmul %9, %q : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %11 = nn.matmul %b, %q : (tensor<2x9x9xf32>, tensor<9x9xf32>) -> tensor<2x9x9xf32>
  %12 = nn.softmax %11 {axis = 2 : i64} : (tensor<2x9x9xf32>) -> tensor<2x9x9xf32>
  %13 = nn.matmul %12, %b : (tensor<2x9x9xf32>, tensor<2x9x9xf32>) -> tensor<2x9x9xf32>
  %14 = nn.matmul %d, %d : (tensor<9x9xf64>, tensor<9x9xf64>) -> tensor<9x9xf64>
  %15 = nn.softmax %14 {axis = 1 : i64} : (tensor<9x9xf64>) -> tensor<9x9xf64>
  %16 = nn.matmul %15, %d : (tensor<9x9xf64>, tensor<9x9xf64>) -> tensor<9x9xf64>
  return %0, %2, %7, %10, %13, %16 : tensor<9x9xf32>, tensor<9x9xf32>, tensor<9x9xf32>, tensor<9x9xf32>, tensor<2x9x9xf32>, tensor<9x9xf64>
}
