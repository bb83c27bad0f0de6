// RUN: ashlar-opt %s --reference-separate-results | FileCheck %s

// CHECK-LABEL: func.func @twice(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[Y:.*]]: tensor<4xf32>
// CHECK: %[[COPY:.*]] = bufferization.alloc_tensor() copy(%[[X]]) : tensor<4xf32>
// CHECK-NEXT: return %[[X]], %[[Y]], %[[COPY]]
func.func @twice(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  return %x, %y, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// Scalars share nothing.
// CHECK-LABEL: func.func @once(
// CHECK-NOT: alloc_tensor
func.func @once(%x: tensor<4xf32>, %f: f32) -> (tensor<4xf32>, f32, f32) {
  return %x, %f, %f : tensor<4xf32>, f32, f32
}
