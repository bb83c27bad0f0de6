// RUN: ashlar-opt %s --schedule-fold-attention-layouts | FileCheck %s

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
#id = affine_map<(i, j, k) -> (i, j, k)>
#swap = affine_map<(i, j, k) -> (j, i, k)>
#turn = affine_map<(i, j, k) -> (k, i, j)>

// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d0, d3)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d3)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d4)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d4, d0, d1)>

// CHECK-LABEL: func.func @both(
// CHECK: %[[E:.*]] = tensor.empty() : tensor<3x2x5xf32>
// CHECK: %[[R:.*]] = npu.attention ins(%arg0, %arg1, %arg2 : tensor<5x2x4xf32>, {{.*}} outs(%[[E]] : tensor<3x2x5xf32>)
// CHECK-SAME: indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[O]]]
// CHECK: return %[[R]]
func.func @both(%x: tensor<5x2x4xf32>, %k: tensor<2x7x4xf32>, %v: tensor<2x7x3xf32>) -> tensor<3x2x5xf32> {
  %0 = tensor.empty() : tensor<2x5x4xf32>
  %q = linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<5x2x4xf32>) outs(%0 : tensor<2x5x4xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  } -> tensor<2x5x4xf32>
  %1 = tensor.empty() : tensor<2x5x3xf32>
  %2 = npu.attention ins(%q, %k, %v : tensor<2x5x4xf32>, tensor<2x7x4xf32>, tensor<2x7x3xf32>) outs(%1 : tensor<2x5x3xf32>)
      scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> tensor<2x5x3xf32>
  %3 = tensor.empty() : tensor<3x2x5xf32>
  %4 = linalg.generic {indexing_maps = [#id, #turn], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2 : tensor<2x5x3xf32>) outs(%3 : tensor<3x2x5xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  } -> tensor<3x2x5xf32>
  return %4 : tensor<3x2x5xf32>
}

// What computes, and a result that somebody else reads as it is, stays.
// CHECK-LABEL: func.func @neither(
// CHECK: %[[N:.*]] = linalg.generic
// CHECK: %[[R:.*]] = npu.attention ins(%[[N]],
// CHECK: linalg.generic {{.*}} ins(%[[R]]
func.func @neither(%x: tensor<5x2x4xf32>, %k: tensor<2x7x4xf32>, %v: tensor<2x7x3xf32>) -> (tensor<3x2x5xf32>, tensor<2x5x3xf32>) {
  %0 = tensor.empty() : tensor<2x5x4xf32>
  %q = linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<5x2x4xf32>) outs(%0 : tensor<2x5x4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<2x5x4xf32>
  %1 = tensor.empty() : tensor<2x5x3xf32>
  %2 = npu.attention ins(%q, %k, %v : tensor<2x5x4xf32>, tensor<2x7x4xf32>, tensor<2x7x3xf32>) outs(%1 : tensor<2x5x3xf32>)
      scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> tensor<2x5x3xf32>
  %3 = tensor.empty() : tensor<3x2x5xf32>
  %4 = linalg.generic {indexing_maps = [#id, #turn], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2 : tensor<2x5x3xf32>) outs(%3 : tensor<3x2x5xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  } -> tensor<3x2x5xf32>
  return %4, %2 : tensor<3x2x5xf32>, tensor<2x5x3xf32>
}
