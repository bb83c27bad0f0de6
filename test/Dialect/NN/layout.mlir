// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt --mlir-print-op-generic %s | ashlar-opt | FileCheck %s

// CHECK-LABEL: func @layout
func.func @layout(%x: tensor<2x3x4xf32>, %i: tensor<5x6xi64>, %v: tensor<f32>,
                  %p: tensor<5x2xi32>, %u: tensor<5x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK: nn.constant dense<1.000000e+00> : tensor<2x3x4xf32>
  %0 = nn.constant dense<1.0> : tensor<2x3x4xf32>
  // CHECK: nn.iota {axis = 1 : i64} : tensor<2x3xi32>
  %1 = nn.iota {axis = 1 : i64} : tensor<2x3xi32>
  // CHECK: nn.reshape %{{.*}} : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  %2 = nn.reshape %x : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  // CHECK: nn.broadcast %{{.*}} : (tensor<6x4xf32>) -> tensor<7x6x4xf32>
  %3 = nn.broadcast %2 : (tensor<6x4xf32>) -> tensor<7x6x4xf32>
  // CHECK: nn.transpose %{{.*}} {permutation = array<i64: 2, 0, 1>} : (tensor<7x6x4xf32>) -> tensor<4x7x6xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 2, 0, 1>} : (tensor<7x6x4xf32>) -> tensor<4x7x6xf32>
  // CHECK: nn.concat %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<4x3x4xf32>
  %5 = nn.concat %x, %0 {axis = 0 : i64} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<4x3x4xf32>
  // CHECK: nn.slice %{{.*}} {sizes = array<i64: 2, 2, 4>, starts = array<i64: 3, 0, 0>, steps = array<i64: -2, 2, 1>} : (tensor<4x3x4xf32>) -> tensor<2x2x4xf32>
  %6 = nn.slice %5 {starts = array<i64: 3, 0, 0>, sizes = array<i64: 2, 2, 4>, steps = array<i64: -2, 2, 1>} : (tensor<4x3x4xf32>) -> tensor<2x2x4xf32>
  // CHECK: nn.pad <constant> %{{.*}}, %{{.*}} {high = array<i64: 0, 1, 0>, low = array<i64: 0, 0, 0>} : (tensor<2x2x4xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  %7 = nn.pad <constant> %6, %v {low = array<i64: 0, 0, 0>, high = array<i64: 0, 1, 0>} : (tensor<2x2x4xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  // CHECK: nn.pad <reflect> %{{.*}} {high = array<i64: 0, 1, 0>, low = array<i64: 0, 1, 3>} : (tensor<2x3x4xf32>) -> tensor<2x5x7xf32>
  %8 = nn.pad <reflect> %7 {low = array<i64: 0, 1, 3>, high = array<i64: 0, 1, 0>} : (tensor<2x3x4xf32>) -> tensor<2x5x7xf32>
  // CHECK: nn.gather %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x6xi64>) -> tensor<2x5x6x4xf32>
  %9 = nn.gather %7, %i {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x6xi64>) -> tensor<2x5x6x4xf32>
  // CHECK: nn.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<5x2xi32>, tensor<5x4xf32>) -> tensor<2x3x4xf32>
  %10 = nn.scatter_nd %7, %p, %u : (tensor<2x3x4xf32>, tensor<5x2xi32>, tensor<5x4xf32>) -> tensor<2x3x4xf32>
  return %7 : tensor<2x3x4xf32>
}

// Bytes of resources are carried, not parsed.
// CHECK-LABEL: func @resource
func.func @resource() -> tensor<2xf32> {
  // CHECK: nn.constant dense_resource<weights> : tensor<2xf32>
  %0 = nn.constant dense_resource<weights> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040"
    }
  }
#-}
