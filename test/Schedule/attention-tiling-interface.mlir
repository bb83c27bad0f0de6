// Upstream's tiling cuts npu.attention in batch dimensions, rows and columns: keys and
// depth stay whole.
//
// RUN: ashlar-opt %s --transform-interpreter --canonicalize | FileCheck %s

#q = affine_map<(b, m, n, d, v) -> (m, b, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#mask = affine_map<(b, m, n, d, v) -> (0, n)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>

// CHECK-LABEL: func.func @main(
// CHECK: scf.for %[[B:.*]] = {{.*}} iter_args(%[[O1:.*]] = %{{.*}})
// CHECK: scf.for %[[M:.*]] = {{.*}} iter_args(%[[O2:.*]] = %[[O1]])
// CHECK: scf.for %[[V:.*]] = {{.*}} iter_args(%[[O3:.*]] = %[[O2]])
// CHECK: %[[ROWS:.*]] = affine.min
// CHECK-DAG: %[[Q:.*]] = tensor.extract_slice %{{.*}}[%[[M]], %[[B]], 0] [%[[ROWS]], 1, 20] [1, 1, 1]
// CHECK-DAG: %[[K:.*]] = tensor.extract_slice %{{.*}}[%[[B]], 0, 0] [1, 53, 20] [1, 1, 1]
// CHECK-DAG: %[[VAL:.*]] = tensor.extract_slice %{{.*}}[%[[B]], 0, %[[V]]] [1, 53, 8] [1, 1, 1]
// CHECK-DAG: %[[OUT:.*]] = tensor.extract_slice %[[O3]][%[[B]], %[[M]], %[[V]]] [1, %[[ROWS]], 8] [1, 1, 1]
// CHECK: %[[T:.*]] = npu.attention ins(%[[Q]], %[[K]], %[[VAL]] : {{.*}}) mask(%{{.*}} : tensor<1x53xf32>) outs(%[[OUT]] : tensor<1x?x8xf32>)
// CHECK: tensor.insert_slice %[[T]] into %[[O3]][%[[B]], %[[M]], %[[V]]] [1, %[[ROWS]], 8] [1, 1, 1]
func.func @main(%q: tensor<37x3x20xf32>, %k: tensor<3x53x20xf32>, %v: tensor<3x53x16xf32>, %m: tensor<1x53xf32>, %o: tensor<3x37x16xf32>) -> tensor<3x37x16xf32> {
  %0 = npu.attention ins(%q, %k, %v : tensor<37x3x20xf32>, tensor<3x53x20xf32>, tensor<3x53x16xf32>) mask(%m : tensor<1x53xf32>)
      outs(%o : tensor<3x37x16xf32>) scale 0.5 {indexing_maps = [#q, #k, #v, #mask, #o]} -> tensor<3x37x16xf32>
  return %0 : tensor<3x37x16xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %attention = transform.structured.match ops{["npu.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:3 = transform.structured.tile_using_for %attention tile_sizes [1, 10, 0, 0, 8]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
