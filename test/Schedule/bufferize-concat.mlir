// RUN: ashlar-opt %s --schedule-normalize-linalg --schedule-bufferize | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>

// Parts of a concatenation are computed where they belong; nothing is copied,
// least of all onto itself.
// CHECK-LABEL: func.func @concat
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK-NOT: memref.copy
func.func @concat(%a: tensor<4x8xf32>, %b: tensor<4x3xf32>) -> tensor<4x11xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.negf %x : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x3xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<4x3xf32>) outs(%e1 : tensor<4x3xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.absf %x : f32
    linalg.yield %s : f32
  } -> tensor<4x3xf32>
  %2 = tensor.concat dim(1) %0, %1 : (tensor<4x8xf32>, tensor<4x3xf32>) -> tensor<4x11xf32>
  %e2 = tensor.empty() : tensor<4x11xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%2 : tensor<4x11xf32>) outs(%e2 : tensor<4x11xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.ceil %x : f32
    linalg.yield %s : f32
  } -> tensor<4x11xf32>
  return %3 : tensor<4x11xf32>
}
