// RUN: ashlar-opt %s --schedule-feed-output-stage=target=edge | FileCheck %s
// RUN: ashlar-opt %s --schedule-feed-output-stage='target=edge opt-level=0' | FileCheck %s

#map = affine_map<(d0, d1) -> (d0, d1)>
#one = affine_map<(d0) -> (d0)>

// Bytes that no product feeds become accumulators: windows of one element.
// CHECK-DAG: #[[IN:.*]] = affine_map<(d0, d1, d2) -> (d0 + d2, d1)>
// CHECK-LABEL: func @alone
// CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[IN]], {{.*}} iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK-SAME: ins(%arg0
// CHECK: arith.extsi %{{.*}} : i8 to i32
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<4x8xi32>)
// CHECK: arith.sitofp
// CHECK: arith.fptosi
// CHECK: %[[B:.*]] = arith.trunci
// CHECK: %[[I:.*]] = arith.index_castui %[[B]]
// CHECK: tensor.extract %{{.*}}[%[[I]]]
// CHECK: return %[[R]]
func.func @alone(%x: tensor<4x8xi8>) -> tensor<4x8xi8> {
  %t = arith.constant dense<5> : tensor<256xi8>
  %e = tensor.empty() : tensor<4x8xi8>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xi8>) outs(%e : tensor<4x8xi8>) {
  ^bb0(%in: i8, %out: i8):
    %i = arith.index_castui %in : i8 to index
    %r = tensor.extract %t[%i] : tensor<256xi8>
    linalg.yield %r : i8
  } -> tensor<4x8xi8>
  return %0 : tensor<4x8xi8>
}

// Windows take two dimensions.
// CHECK-LABEL: func @vector
// CHECK: %[[X:.*]] = tensor.expand_shape %arg0
// CHECK: ins(%[[X]]
// CHECK: %[[R:.*]] = tensor.collapse_shape {{.*}} tensor<1x8xi8> into tensor<8xi8>
// CHECK: return %[[R]]
func.func @vector(%x: tensor<8xi8>) -> tensor<8xi8> {
  %t = arith.constant dense<5> : tensor<256xi8>
  %e = tensor.empty() : tensor<8xi8>
  %0 = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<8xi8>) outs(%e : tensor<8xi8>) {
  ^bb0(%in: i8, %out: i8):
    %i = arith.index_castui %in : i8 to index
    %r = tensor.extract %t[%i] : tensor<256xi8>
    linalg.yield %r : i8
  } -> tensor<8xi8>
  return %0 : tensor<8xi8>
}

// CHECK-LABEL: func @scalar
// CHECK: tensor.expand_shape %arg0 [] {{.*}} : tensor<i8> into tensor<1x1xi8>
// CHECK: tensor.collapse_shape %{{.*}} [] : tensor<1x1xi8> into tensor<i8>
func.func @scalar(%x: tensor<i8>) -> tensor<i8> {
  %t = arith.constant dense<5> : tensor<256xi8>
  %e = tensor.empty() : tensor<i8>
  %0 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%x : tensor<i8>) outs(%e : tensor<i8>) {
  ^bb0(%in: i8, %out: i8):
    %i = arith.index_castui %in : i8 to index
    %r = tensor.extract %t[%i] : tensor<256xi8>
    linalg.yield %r : i8
  } -> tensor<i8>
  return %0 : tensor<i8>
}

// What ends the work on a product stays there; behind anything else the lookup
// goes its own way.
// CHECK-LABEL: func @product
// CHECK: arith.muli
// CHECK: linalg.generic
// CHECK: arith.fptosi
// CHECK: tensor.extract
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @product(%x: tensor<4x8xi8>, %w: tensor<8x8xi8>) -> tensor<4x8xi8> {
  %t = arith.constant dense<5> : tensor<256xi8>
  %zero = arith.constant 0 : i32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %s = arith.constant 0.25 : f32
  %acc = tensor.empty() : tensor<4x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%acc : tensor<4x8xi32>) -> tensor<4x8xi32>
  %p = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xi8>, tensor<8x8xi8>) outs(%init : tensor<4x8xi32>) {
  ^bb0(%a: i8, %b: i8, %c: i32):
    %l = arith.extsi %a : i8 to i32
    %r = arith.extsi %b : i8 to i32
    %m = arith.muli %l, %r : i32
    %n = arith.addi %c, %m : i32
    linalg.yield %n : i32
  } -> tensor<4x8xi32>
  %e = tensor.empty() : tensor<4x8xi8>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<4x8xi32>) outs(%e : tensor<4x8xi8>) {
  ^bb0(%in: i32, %out: i8):
    %f = arith.sitofp %in : i32 to f32
    %g = arith.mulf %f, %s : f32
    %h = math.roundeven %g : f32
    %a = arith.maximumf %h, %low : f32
    %b = arith.minimumf %a, %high : f32
    %c = arith.fptosi %b : f32 to i32
    %d = arith.trunci %c : i32 to i8
    %i = arith.index_castui %d : i8 to index
    %r = tensor.extract %t[%i] : tensor<256xi8>
    linalg.yield %r : i8
  } -> tensor<4x8xi8>
  return %0 : tensor<4x8xi8>
}

// CHECK-LABEL: func @other
// CHECK: %[[BYTES:.*]] = linalg.generic
// CHECK: math.tanh
// CHECK: linalg.yield %{{.*}} : i8
// CHECK: linalg.generic {{.*}} ins(%[[BYTES]]
// CHECK: arith.addi
// CHECK: tensor.extract
func.func @other(%x: tensor<4x8xf32>) -> tensor<4x8xi8> {
  %t = arith.constant dense<5> : tensor<256xi8>
  %e = tensor.empty() : tensor<4x8xi8>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xi8>) {
  ^bb0(%in: f32, %out: i8):
    %a = math.tanh %in : f32
    %c = arith.fptosi %a : f32 to i32
    %d = arith.trunci %c : i32 to i8
    %i = arith.index_castui %d : i8 to index
    %r = tensor.extract %t[%i] : tensor<256xi8>
    linalg.yield %r : i8
  } -> tensor<4x8xi8>
  return %0 : tensor<4x8xi8>
}

// Bytes times a gate for each channel: the vector unit would take many
// operations for each. What the gate needs alone is done for each channel once.
// CHECK-LABEL: func @gate
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%arg0, %{{.*}} : tensor<16x64x128xi8>
// CHECK: arith.extui
// CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%arg1 : tensor<128xi8>) outs(%{{.*}} : tensor<128xf32>)
// CHECK: arith.addf
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[SUM]], %[[G]] : tensor<16x64x128xi32>, tensor<128xf32>)
// CHECK: ^bb0(%[[X:.*]]: i32, %[[F:.*]]: f32, %{{.*}}: i8):
// CHECK-NEXT: %[[S:.*]] = arith.sitofp %[[X]]
// CHECK-NEXT: arith.mulf %[[S]], %[[F]]
// CHECK: return %[[R]]
func.func @gate(%x: tensor<16x64x128xi8>, %g: tensor<128xi8>) -> tensor<16x64x128xi8> {
  %z = arith.constant 128.0 : f32
  %k = arith.constant 0.01 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<16x64x128xi8>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %g : tensor<16x64x128xi8>, tensor<128xi8>) outs(%e : tensor<16x64x128xi8>) {
  ^bb0(%in: i8, %gate: i8, %out: i8):
    %a = arith.extui %in : i8 to i32
    %b = arith.sitofp %a : i32 to f32
    %c = arith.extsi %gate : i8 to i32
    %d = arith.sitofp %c : i32 to f32
    %f = arith.addf %d, %z : f32
    %h = arith.mulf %b, %f : f32
    %i = arith.mulf %h, %k : f32
    %j = math.roundeven %i : f32
    %l = arith.maximumf %j, %low : f32
    %m = arith.minimumf %l, %high : f32
    %n = arith.fptosi %m : f32 to i32
    %o = arith.trunci %n : i32 to i8
    linalg.yield %o : i8
  } -> tensor<16x64x128xi8>
  return %0 : tensor<16x64x128xi8>
}

// A division is none of the output stage's steps: what was tried leaves nothing.
// CHECK-LABEL: func @division
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @division(%x: tensor<64x128xi8>) -> tensor<64x128xi8> {
  %k = arith.constant 3.0 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<64x128xi8>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<64x128xi8>) outs(%e : tensor<64x128xi8>) {
  ^bb0(%in: i8, %out: i8):
    %a = arith.extsi %in : i8 to i32
    %b = arith.sitofp %a : i32 to f32
    %c = arith.divf %b, %k : f32
    %j = math.roundeven %c : f32
    %l = arith.maximumf %j, %low : f32
    %m = arith.minimumf %l, %high : f32
    %n = arith.fptosi %m : f32 to i32
    %o = arith.trunci %n : i32 to i8
    linalg.yield %o : i8
  } -> tensor<64x128xi8>
  return %0 : tensor<64x128xi8>
}

// The same where a reduction reads it, which can take it on chip: what it costs
// by itself is no measure.
// CHECK-LABEL: func @gate_for_a_sum
// CHECK: linalg.generic {{.*}} ins(%arg0, %{{.*}} : tensor<16x64x128xi8>, tensor<128xi8>)
// CHECK-NOT: "parallel", "reduction"]
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "reduction", "parallel"]
func.func @gate_for_a_sum(%x: tensor<16x64x128xi8>, %g: tensor<128xi8>) -> tensor<128xi32> {
  %z = arith.constant 128.0 : f32
  %k = arith.constant 0.01 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<16x64x128xi8>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %g : tensor<16x64x128xi8>, tensor<128xi8>) outs(%e : tensor<16x64x128xi8>) {
  ^bb0(%in: i8, %gate: i8, %out: i8):
    %a = arith.extui %in : i8 to i32
    %b = arith.sitofp %a : i32 to f32
    %c = arith.extsi %gate : i8 to i32
    %d = arith.sitofp %c : i32 to f32
    %f = arith.addf %d, %z : f32
    %h = arith.mulf %b, %f : f32
    %i = arith.mulf %h, %k : f32
    %j = math.roundeven %i : f32
    %l = arith.maximumf %j, %low : f32
    %m = arith.minimumf %l, %high : f32
    %n = arith.fptosi %m : f32 to i32
    %o = arith.trunci %n : i32 to i8
    linalg.yield %o : i8
  } -> tensor<16x64x128xi8>
  %zero = arith.constant 0 : i32
  %sums = tensor.empty() : tensor<128xi32>
  %start = linalg.fill ins(%zero : i32) outs(%sums : tensor<128xi32>) -> tensor<128xi32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>], iterator_types = ["reduction", "reduction", "parallel"]}
      ins(%0 : tensor<16x64x128xi8>) outs(%start : tensor<128xi32>) {
  ^bb0(%in: i8, %out: i32):
    %wide = arith.extsi %in : i8 to i32
    %next = arith.addi %out, %wide : i32
    linalg.yield %next : i32
  } -> tensor<128xi32>
  return %sum : tensor<128xi32>
}
