// RUN: ashlar-opt %s --split-input-file --schedule-raise-gathers | FileCheck %s

#rows = affine_map<(i, j, k) -> (i, j)>
#all = affine_map<(i, j, k) -> (i, j, k)>

// A table of rows: the list is computed once per row, and the operation that only
// handed elements on is gone.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: %[[TABLE:.*]]: tensor<100x16xf32>
// CHECK: %[[LIST:.*]] = linalg.generic {{.*}}outs(%{{.*}} : tensor<5x7xi32>)
// CHECK: arith.index_cast %{{.*}} : i64 to index
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[LIST]] {{\[\[}}0, 1]] : tensor<5x7xi32> into tensor<35xi32>
// CHECK: %[[PICKED:.*]] = npu.gather %[[TABLE]] at %[[FLAT]] into %{{.*}} dim 0 : tensor<100x16xf32>, tensor<35xi32>, tensor<35x16xf32> -> tensor<35x16xf32>
// CHECK: %[[RESULT:.*]] = tensor.expand_shape %[[PICKED]]
// CHECK: return %[[RESULT]]
func.func @rows(%table: tensor<100x16xf32>, %ids: tensor<5x7xi64>) -> tensor<5x7x16xf32> {
  %0 = tensor.empty() : tensor<5x7x16xf32>
  %1 = linalg.generic {indexing_maps = [#rows, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%ids : tensor<5x7xi64>) outs(%0 : tensor<5x7x16xf32>) {
  ^bb0(%id: i64, %old: f32):
    %i = arith.index_cast %id : i64 to index
    %j = linalg.index 2 : index
    %e = tensor.extract %table[%i, %j] : tensor<100x16xf32>
    linalg.yield %e : f32
  } -> tensor<5x7x16xf32>
  return %1 : tensor<5x7x16xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A list with an entry per point: the walked dimension joins it, and the rest of
// the body reads what was picked.
// CHECK-LABEL: func.func @elements
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<4x8xi32>)
// CHECK: %[[AT:.*]] = arith.muli
// CHECK: arith.addi %[[AT]]
// CHECK: %[[SOURCE:.*]] = tensor.collapse_shape %arg0 {{\[\[}}0, 1]] : tensor<20x8xf32> into tensor<160xf32>
// CHECK: npu.gather %[[SOURCE]] at %{{.*}} dim 0 : tensor<160xf32>, tensor<32xi32>, tensor<32xf32> -> tensor<32xf32>
// CHECK: linalg.generic
// CHECK-NOT: tensor.extract
// CHECK: math.absf
func.func @elements(%x: tensor<20x8xf32>, %at: tensor<4x8xi32>) -> tensor<4x8xf32> {
  %0 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%at : tensor<4x8xi32>) outs(%0 : tensor<4x8xf32>) {
  ^bb0(%a: i32, %old: f32):
    %i = arith.index_cast %a : i32 to index
    %j = linalg.index 1 : index
    %e = tensor.extract %x[%i, %j] : tensor<20x8xf32>
    %r = math.absf %e : f32
    linalg.yield %r : f32
  } -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

#id = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>

// One index for all: a list of one entry, whose dimension leaves again. The loop
// walks less than the source has.
// CHECK-LABEL: func.func @one
// CHECK: tensor.expand_shape %{{.*}} [] output_shape [1] : tensor<i32> into tensor<1xi32>
// CHECK: tensor.extract_slice %arg0[0, 0] [9, 6] [1, 1]
// CHECK: npu.gather {{.*}} dim 0 : tensor<9x6xi8>, tensor<1xi32>, tensor<1x6xi8> -> tensor<1x6xi8>
// CHECK: tensor.extract_slice {{.*}} : tensor<1x6xi8> to tensor<6xi8>
func.func @one(%x: tensor<9x8xi8>, %at: tensor<i64>) -> tensor<6xi8> {
  %0 = tensor.empty() : tensor<6xi8>
  %1 = linalg.generic {indexing_maps = [#none, #id], iterator_types = ["parallel"]}
      ins(%at : tensor<i64>) outs(%0 : tensor<6xi8>) {
  ^bb0(%a: i64, %old: i8):
    %i = arith.index_cast %a : i64 to index
    %j = linalg.index 0 : index
    %e = tensor.extract %x[%i, %j] : tensor<9x8xi8>
    linalg.yield %e : i8
  } -> tensor<6xi8>
  return %1 : tensor<6xi8>
}
