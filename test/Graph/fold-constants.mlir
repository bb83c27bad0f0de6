// RUN: ashlar-opt %s --nn-fold-constants | FileCheck %s
// RUN: ashlar-opt %s --nn-fold-constants=keep-dequantize=true | FileCheck %s --check-prefix=KEEP
// Functions are passes' units of parallel work; the host path is entered by one at a time.

// What was computed on the way is gone.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:.*]]: tensor<2xf32>
// CHECK-NEXT: %[[C:.*]] = nn.constant dense<[2.000000e+00, 3.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: nn.div %[[X]], %[[C]]
func.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %variance = nn.constant dense<[3.5, 8.5]> : tensor<2xf32>
  %epsilon = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.add %variance, %epsilon : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %1 = nn.sqrt %0 : (tensor<2xf32>) -> tensor<2xf32>
  %2 = nn.div %x, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}

// A result much larger than what it is made of stays an operation.
// CHECK-LABEL: func.func @grows(
// CHECK: nn.broadcast
func.func @grows(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.broadcast %one : (tensor<f32>) -> tensor<64x64xf32>
  %1 = nn.add %x, %0 : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %1 : tensor<64x64xf32>
}

// CHECK-LABEL: func.func @unknown(
// CHECK-NEXT: nn.exp
func.func @unknown(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// A folded value that is also returned.
// CHECK-LABEL: func.func @returned(
// CHECK-NEXT: %[[C:.*]] = nn.constant dense<-3> : tensor<2xi8>
// CHECK-NEXT: return %[[C]]
func.func @returned() -> tensor<2xi8> {
  %c = nn.constant dense<3> : tensor<2xi8>
  %0 = nn.neg %c : (tensor<2xi8>) -> tensor<2xi8>
  return %0 : tensor<2xi8>
}

// -----

// Moved bytes, arithmetic of floats and dequantisation need no program.
// CHECK-LABEL: func.func @simple(
// CHECK-DAG: dense<{{\[\[}}1, 4], [2, 5], [3, 6]]> : tensor<3x2xi8>
// CHECK-DAG: dense<[1.500000e+00, 1.000000e+00]> : tensor<2xf32>
// CHECK-DAG: dense<{{\[\[}}0.000000e+00, -1.000000e+00], [5.000000e-01, 0.000000e+00]]> : tensor<2x2xf32>
// CHECK-NOT: nn.transpose
// CHECK-NOT: nn.sqrt
// CHECK-NOT: nn.dequantize
// KEEP-LABEL: func.func @simple(
// KEEP-NOT: nn.sqrt
// KEEP: nn.dequantize
func.func @simple() -> (tensor<3x2xi8>, tensor<2xf32>, tensor<2x2xf32>) {
  %0 = nn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>
  %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<2x3xi8>) -> tensor<3x2xi8>
  %2 = nn.constant dense<[9.0, 4.0]> : tensor<2xf32>
  %3 = nn.constant dense<2.0> : tensor<f32>
  %4 = nn.sqrt %2 : (tensor<2xf32>) -> tensor<2xf32>
  %5 = nn.div %4, %3 : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %6 = nn.constant dense<[[3, 250], [4, 252]]> : tensor<2x2xui8>
  %7 = nn.constant dense<[0.5, 0.5]> : tensor<2xf32>
  %8 = nn.constant dense<[3, 252]> : tensor<2xui8>
  %9 = nn.dequantize %6, %7, %8 {axis = 1 : i64} : (tensor<2x2xui8>, tensor<2xf32>, tensor<2xui8>) -> tensor<2x2xf32>
  return %1, %5, %9 : tensor<3x2xi8>, tensor<2xf32>, tensor<2x2xf32>
}
