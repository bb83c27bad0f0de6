// RUN: ashlar-opt %s --canonicalize | FileCheck %s

// Small constants are computed: what models do with shapes, to the last bit.

// CHECK-LABEL: func @shape_arithmetic
func.func @shape_arithmetic() -> (tensor<2xi64>, tensor<3xi64>, tensor<2xi64>) {
  %shape = nn.constant dense<[2, 3, 7, 9]> : tensor<4xi64>
  %two = nn.constant dense<2> : tensor<i64>
  %at = nn.constant dense<[-1, 1]> : tensor<2xi64>
  %c = nn.constant dense<[5]> : tensor<1xi64>
  %0 = nn.gather %shape, %at {axis = 0 : i64} : (tensor<4xi64>, tensor<2xi64>) -> tensor<2xi64>
  %1 = nn.div %0, %two : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
  %2 = nn.concat %1, %c {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  %3 = nn.slice %shape {starts = array<i64: 3>, sizes = array<i64: 2>, steps = array<i64: -2>} : (tensor<4xi64>) -> tensor<2xi64>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<[9, 3]>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[4, 1, 5]>
  // CHECK: return %[[A]], %[[B]], %[[A]]
  return %0, %2, %3 : tensor<2xi64>, tensor<3xi64>, tensor<2xi64>
}

// Resize's sizes: cast, multiply, floor, cast back.
// CHECK-LABEL: func @scaled
func.func @scaled() -> (tensor<2xi64>, tensor<2xf16>) {
  %shape = nn.constant dense<[7, 9]> : tensor<2xi64>
  %scale = nn.constant dense<[1.5, 0.4]> : tensor<2xf32>
  %0 = nn.cast %shape : (tensor<2xi64>) -> tensor<2xf32>
  %1 = nn.mul %0, %scale : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = nn.floor %1 : (tensor<2xf32>) -> tensor<2xf32>
  %3 = nn.cast %2 : (tensor<2xf32>) -> tensor<2xi64>
  %4 = nn.cast %1 : (tensor<2xf32>) -> tensor<2xf16>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<[10, 3]>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[1.050000e+01, 3.599610e+00]> : tensor<2xf16>
  // CHECK: return %[[A]], %[[B]]
  return %3, %4 : tensor<2xi64>, tensor<2xf16>
}

// As docs/numerics.md says: quotients by 0, the smallest number by -1, shifts
// past the width, saturating casts, Python's remainder, signed and unsigned.
// CHECK-LABEL: func @defined
func.func @defined() -> (tensor<3xi8>, tensor<2xi8>, tensor<3xi32>, tensor<2xi16>, tensor<2xui8>) {
  %x = nn.constant dense<[7, -128, -7]> : tensor<3xi8>
  %y = nn.constant dense<[0, -1, 2]> : tensor<3xi8>
  %0 = nn.div %x, %y : (tensor<3xi8>, tensor<3xi8>) -> tensor<3xi8>
  %s = nn.constant dense<[-3, 3]> : tensor<2xi8>
  %n = nn.constant dense<9> : tensor<i8>
  %1 = nn.shr %s, %n : (tensor<2xi8>, tensor<i8>) -> tensor<2xi8>
  %f = nn.constant dense<[3.0e9, 0x7FC00000, -2.9]> : tensor<3xf32>
  %2 = nn.cast %f : (tensor<3xf32>) -> tensor<3xi32>
  %m = nn.constant dense<[-7, 7]> : tensor<2xi16>
  %d = nn.constant dense<[3, -3]> : tensor<2xi16>
  %3 = nn.mod %m, %d : (tensor<2xi16>, tensor<2xi16>) -> tensor<2xi16>
  %u = nn.constant dense<[250, 5]> : tensor<2xui8>
  %v = nn.constant dense<[10, 6]> : tensor<2xui8>
  %4 = nn.sub %u, %v : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<[-1, -128, -3]> : tensor<3xi8>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[-1, 0]> : tensor<2xi8>
  // CHECK-DAG: %[[C:.*]] = nn.constant dense<[2147483647, 0, -2]> : tensor<3xi32>
  // CHECK-DAG: %[[D:.*]] = nn.constant dense<[2, -2]> : tensor<2xi16>
  // CHECK-DAG: %[[E:.*]] = nn.constant dense<[240, 255]> : tensor<2xui8>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
  return %0, %1, %2, %3, %4 : tensor<3xi8>, tensor<2xi8>, tensor<3xi32>, tensor<2xi16>, tensor<2xui8>
}

// CHECK-LABEL: func @tests
func.func @tests() -> (tensor<2xf32>, tensor<2xi1>) {
  %x = nn.constant dense<[0x7FC00000, -0.0]> : tensor<2xf32>
  %y = nn.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %0 = nn.max %x, %y : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %1 = nn.compare <ne> %x, %y : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<[0x7FC00000, 0.000000e+00]>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[true, false]>
  // CHECK: return %[[A]], %[[B]]
  return %0, %1 : tensor<2xf32>, tensor<2xi1>
}

// CHECK-LABEL: func @rearranged
func.func @rearranged() -> (tensor<3x2xi32>, tensor<2x2xi32>, tensor<2x2x2xi32>, tensor<2xi64>, tensor<3xf32>) {
  %x = nn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %0 = nn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<2x3xi32>) -> tensor<3x2xi32>
  %p = nn.constant dense<[[1], [2]]> : tensor<2x1xi32>
  %v = nn.constant dense<7> : tensor<i32>
  %1 = nn.pad <constant> %p, %v {low = array<i64: 0, 1>, high = array<i64: 0, 0>} : (tensor<2x1xi32>, tensor<i32>) -> tensor<2x2xi32>
  %2 = nn.broadcast %p : (tensor<2x1xi32>) -> tensor<2x2x2xi32>
  %s = nn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %3 = nn.reduce <prod> %s {axes = array<i64: 1>} : (tensor<2x3xi64>) -> tensor<2xi64>
  %4 = nn.iota {axis = 0 : i64} : tensor<3xf32>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<{{\[}}[1, 4], [2, 5], [3, 6]]>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<{{\[}}[7, 1], [7, 2]]>
  // CHECK-DAG: %[[C:.*]] = nn.constant dense<{{\[}}{{\[}}[1, 1], [2, 2]], {{\[}}[1, 1], [2, 2]]]>
  // CHECK-DAG: %[[D:.*]] = nn.constant dense<[6, 120]>
  // CHECK-DAG: %[[E:.*]] = nn.constant dense<[0.000000e+00, 1.000000e+00, 2.000000e+00]>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
  return %0, %1, %2, %3, %4 : tensor<3x2xi32>, tensor<2x2xi32>, tensor<2x2x2xi32>, tensor<2xi64>, tensor<3xf32>
}

// Logarithms are for the host's code, large constants too.
// CHECK-LABEL: func @not_here
func.func @not_here() -> (tensor<2xf32>, tensor<20000xi64>) {
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // CHECK: nn.log
  %0 = nn.log %x : (tensor<2xf32>) -> tensor<2xf32>
  // CHECK: nn.iota
  %1 = nn.iota {axis = 0 : i64} : tensor<20000xi64>
  return %0, %1 : tensor<2xf32>, tensor<20000xi64>
}

// Swin's masks: the later of two slices for one place counts, and places outside
// are the nearest.
// CHECK-LABEL: func @scattered
func.func @scattered() -> (tensor<3x2xi64>, tensor<2x2xf32>) {
  %x = nn.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi64>
  %i = nn.constant dense<[[-1], [0], [9]]> : tensor<3x1xi64>
  %u = nn.constant dense<[[10, 11], [12, 13], [14, 15]]> : tensor<3x2xi64>
  %0 = nn.scatter_nd %x, %i, %u : (tensor<3x2xi64>, tensor<3x1xi64>, tensor<3x2xi64>) -> tensor<3x2xi64>
  %y = nn.constant dense<0.0> : tensor<2x2xf32>
  %j = nn.constant dense<[[0, 1], [1, -2]]> : tensor<2x2xi32>
  %v = nn.constant dense<[1.5, 2.5]> : tensor<2xf32>
  %1 = nn.scatter_nd %y, %j, %v : (tensor<2x2xf32>, tensor<2x2xi32>, tensor<2xf32>) -> tensor<2x2xf32>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<{{\[\[}}12, 13], [3, 4], [14, 15]]>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<{{\[\[}}0.000000e+00, 1.500000e+00], [2.500000e+00, 0.000000e+00]]>
  // CHECK: return %[[A]], %[[B]]
  return %0, %1 : tensor<3x2xi64>, tensor<2x2xf32>
}

// CHECK-LABEL: func @relu
func.func @relu() -> (tensor<4xf32>, tensor<2xi32>) {
  %x = nn.constant dense<[-1.0, -0.0, 2.5, 0x7FC00000]> : tensor<4xf32>
  %i = nn.constant dense<[-7, 7]> : tensor<2xi32>
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %i : (tensor<2xi32>) -> tensor<2xi32>
  // CHECK-DAG: %[[A:.*]] = nn.constant dense<[0.000000e+00, 0.000000e+00, 2.500000e+00, 0x7FC00000]>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[0, 7]>
  // CHECK: return %[[A]], %[[B]]
  return %0, %1 : tensor<4xf32>, tensor<2xi32>
}
