// RUN: ashlar-opt %s --schedule-expand-attention=target=nano --split-input-file | FileCheck %s

#q = affine_map<(b, m, n, d, v) -> (m, b, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#mask = affine_map<(b, m, n, d, v) -> (0, n)>
#o = affine_map<(b, m, n, d, v) -> (b, v, m)>

// No row of a query of this depth fits: scores as a whole, orders kept.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0, d3)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[S:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-LABEL: func.func @deep(
// CHECK: linalg.generic {indexing_maps = [#[[Q]], #[[K]], #[[S]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK: arith.mulf
// CHECK: arith.extf
// CHECK: arith.addf
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: arith.divf
// CHECK: linalg.generic
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[O]]]
// CHECK-NOT: npu.attention
func.func @deep(%q: tensor<5x2x90000xf32>, %k: tensor<2x7x90000xf32>, %v: tensor<2x7x3xf32>, %m: tensor<1x7xf16>) -> tensor<2x3x5xf32> {
  %0 = tensor.empty() : tensor<2x3x5xf32>
  %1 = npu.attention ins(%q, %k, %v : tensor<5x2x90000xf32>, tensor<2x7x90000xf32>, tensor<2x7x3xf32>) mask(%m : tensor<1x7xf16>)
      outs(%0 : tensor<2x3x5xf32>) scale 0.5 {indexing_maps = [#q, #k, #v, #mask, #o]} -> tensor<2x3x5xf32>
  return %1 : tensor<2x3x5xf32>
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

// CHECK-LABEL: func.func @long(
// CHECK: npu.attention
func.func @long(%q: tensor<9000x64xf32>, %k: tensor<9000x64xf32>, %o: tensor<9000x64xf32>) -> tensor<9000x64xf32> {
  %1 = npu.attention ins(%q, %k, %k : tensor<9000x64xf32>, tensor<9000x64xf32>, tensor<9000x64xf32>)
      outs(%o : tensor<9000x64xf32>) scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> tensor<9000x64xf32>
  return %1 : tensor<9000x64xf32>
}
