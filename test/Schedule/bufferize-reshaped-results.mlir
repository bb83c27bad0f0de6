// RUN: ashlar-opt %s --schedule-bufferize --canonicalize | FileCheck %s

#q = affine_map<(b, m, n, d, v) -> (m, b, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (m, b, v)>
#id = affine_map<(i) -> (i)>

// What a result reshapes is computed where the caller wants the result: nothing
// is copied.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<5x6xf32, #npu.space<dram>> {npu.io = "output"}, %[[B:[a-z0-9]+]]: memref<2x4xf32, #npu.space<dram>> {npu.io = "output"})
// CHECK-DAG: %[[X:.*]] = memref.expand_shape %[[A]] {{.*}} into memref<5x2x3xf32, #npu.space<dram>>
// CHECK-DAG: %[[Y:.*]] = memref.collapse_shape %[[B]] {{.*}} into memref<8xf32, #npu.space<dram>>
// CHECK-DAG: npu.attention {{.*}} outs(%[[X]] : memref<5x2x3xf32, #npu.space<dram>>)
// CHECK-DAG: linalg.generic {{.*}} outs(%[[Y]] : memref<8xf32, #npu.space<dram>>)
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @main(%q: tensor<5x2x4xf32>, %k: tensor<2x7x4xf32>, %v: tensor<2x7x3xf32>, %x: tensor<8xf32>) -> (tensor<5x6xf32>, tensor<2x4xf32>) {
  %0 = tensor.empty() : tensor<5x2x3xf32>
  %1 = npu.attention ins(%q, %k, %v : tensor<5x2x4xf32>, tensor<2x7x4xf32>, tensor<2x7x3xf32>) outs(%0 : tensor<5x2x3xf32>)
      scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x2x3xf32>
  %2 = tensor.collapse_shape %1 [[0], [1, 2]] : tensor<5x2x3xf32> into tensor<5x6xf32>
  %3 = tensor.empty() : tensor<8xf32>
  %4 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%3 : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %5 = tensor.expand_shape %4 [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  return %2, %5 : tensor<5x6xf32>, tensor<2x4xf32>
}
