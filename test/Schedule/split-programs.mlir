// RUN: ashlar-opt %s --schedule-split-programs --split-input-file | FileCheck %s

#id = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>

// Five inputs: a part with four, and the rest.
// CHECK-LABEL: func.func @inputs
// CHECK: %[[PART:.*]] = linalg.generic {{.*}} ins(%{{[^:]*}}, %{{[^:]*}}, %{{[^:]*}}, %{{[^:]*}} : tensor<8xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[PART]] : tensor<8xf32>, tensor<8xf32>)
func.func @inputs(%a: tensor<8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>, %d: tensor<8xf32>, %f: tensor<8xf32>)
    -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %b, %c, %d, %f : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
      outs(%e : tensor<8xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32, %s: f32, %t: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    %1 = arith.mulf %0, %r : f32
    %2 = arith.subf %1, %s : f32
    %3 = arith.addf %2, %t : f32
    linalg.yield %3 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// Three outputs: three operations.
// CHECK-LABEL: func.func @outputs
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: linalg.generic
func.func @outputs(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %0:3 = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%a : tensor<8xf32>) outs(%e, %e, %e : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32, %p: f32, %q: f32):
    %0 = arith.negf %x : f32
    %1 = math.absf %x : f32
    %2 = math.floor %x : f32
    linalg.yield %0, %1, %2 : f32, f32, f32
  } -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  return %0#0, %0#1, %0#2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// What fits stays in one piece.
// CHECK-LABEL: func.func @fits
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
func.func @fits(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.negf %x : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
