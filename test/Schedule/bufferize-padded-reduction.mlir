// RUN: ashlar-opt %s --schedule-defer-pads --schedule-normalize-linalg --schedule-bufferize | FileCheck %s

// What a pad shows is computed in place: a reduction's accumulator and a
// concatenation are not copied because they are read through a pad.
#id = affine_map<(i, j) -> (i, j)>
#rows = affine_map<(i, j, k) -> (i, j)>
#all = affine_map<(i, j, k) -> (i, j, k)>

// CHECK-LABEL: func.func @reduction
// CHECK: linalg.fill
// CHECK-NEXT: linalg.generic {{.*}}"reduction"]} ins(%{{.*}}) outs(%[[SUM:[a-z_0-9]+]] :
// CHECK: npu.pad %[[SUM]]
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
func.func @reduction(%a: tensor<4x8x3xf32>) -> tensor<6x10xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#all, #rows], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a : tensor<4x8x3xf32>) outs(%f : tensor<4x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.addf %x, %o : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %1 = tensor.pad %0 low[1, 1] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x8xf32> to tensor<6x10xf32>
  %e1 = tensor.empty() : tensor<6x10xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<6x10xf32>) outs(%e1 : tensor<6x10xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.absf %x : f32
    linalg.yield %s : f32
  } -> tensor<6x10xf32>
  return %2 : tensor<6x10xf32>
}

// CHECK-LABEL: func.func @concat
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: linalg.generic
func.func @concat(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<6x18xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.concat dim(1) %a, %b : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x16xf32>
  %1 = tensor.pad %0 low[1, 1] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x16xf32> to tensor<6x18xf32>
  %e1 = tensor.empty() : tensor<6x18xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<6x18xf32>) outs(%e1 : tensor<6x18xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.absf %x : f32
    linalg.yield %s : f32
  } -> tensor<6x18xf32>
  return %2 : tensor<6x18xf32>
}
