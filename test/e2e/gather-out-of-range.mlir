// An index that nothing clamps and that leaves the table traps by name.
//
// RUN: ashlar compile %s --target edge -o %t.npu
// RUN: not ashlar run %t.npu --random-inputs 2>&1 | FileCheck %s
// CHECK: index out of range

#id = affine_map<(i, j) -> (i, j)>
#rows = affine_map<(i, j) -> (i)>

func.func @main(%table: tensor<20x64xf32>) -> tensor<2x64xf32> {
  %ids = arith.constant dense<[3, 20]> : tensor<2xi32>
  %e = tensor.empty() : tensor<2x64xf32>
  %0 = linalg.generic {indexing_maps = [#rows, #id], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<2xi32>) outs(%e : tensor<2x64xf32>) {
  ^bb0(%a: i32, %o: f32):
    %i = arith.index_cast %a : i32 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%i, %j] : tensor<20x64xf32>
    linalg.yield %v : f32
  } -> tensor<2x64xf32>
  return %0 : tensor<2x64xf32>
}
