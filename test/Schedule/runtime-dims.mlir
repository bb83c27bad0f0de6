// RUN: ashlar-opt %s --schedule-bufferize --schedule-materialize-tiles --canonicalize --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>

// The loop ends at the dimension, and the last tile is what is left; the other
// loop is a constant one. The graph's attributes become the buffers'.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: npu.dims = ["N", ""]
// CHECK-SAME: npu.dim_ranges = {N = array<i64: 1, 20>}
// CHECK: %[[N:.*]] = npu.runtime_dim "N" in 1 to 20
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[N]] step %{{.*}} {
// CHECK: %[[LEFT:.*]] = arith.subi %[[N]], %[[I]]
// CHECK: %[[ROWS:.*]] = arith.minsi %[[LEFT]], %c8
// CHECK: memref.subview %{{.*}}[%[[I]], 0] [%[[ROWS]], 6]
func.func @rows(%x: tensor<20x6xf32> {nn.dims = ["N", ""]}, %b: tensor<6xf32>)
    -> (tensor<20x6xf32> {nn.dims = ["N", ""]}) attributes {nn.dim_ranges = {N = array<i64: 1, 20>}} {
  %e = tensor.empty() : tensor<20x6xf32>
  %0 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<20x6xf32>, tensor<6xf32>) outs(%e : tensor<20x6xf32>)
      attrs = {schedule.tiles = array<i64: 8, 6>} {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %1 = arith.addf %a, %c : f32
    linalg.yield %1 : f32
  } -> tensor<20x6xf32>
  return %0 : tensor<20x6xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#flat = affine_map<(i) -> (i)>

// Merged with what lies inside of it, it is a multiple. One tile need not be in
// a loop if it always has something.
// CHECK-LABEL: func.func @merged
// CHECK: %[[N:.*]] = npu.runtime_dim "N" in 1 to 4
// CHECK: %[[ALL:.*]] = arith.muli %[[N]], %c6
// CHECK-NOT: scf.for
// CHECK: %[[PART:.*]] = arith.minsi %[[ALL]], %c24
// CHECK: memref.subview %{{.*}}[0] [%[[PART]]]
func.func @merged(%x: memref<4x6xf32, #npu.space<dram>> {npu.dims = ["N", ""]},
                  %y: memref<4x6xf32, #npu.space<dram>> {npu.dims = ["N", ""]})
    attributes {npu.dim_ranges = {N = array<i64: 1, 4>}} {
  %f = memref.collapse_shape %x [[0, 1]] : memref<4x6xf32, #npu.space<dram>> into memref<24xf32, #npu.space<dram>>
  %g = memref.collapse_shape %y [[0, 1]] : memref<4x6xf32, #npu.space<dram>> into memref<24xf32, #npu.space<dram>>
  linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
      ins(%f : memref<24xf32, #npu.space<dram>>) outs(%g : memref<24xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 24>} {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Cores keep their shares, which end early; one that has nothing does nothing.
// CHECK-LABEL: func.func @cores
// CHECK: %[[N:.*]] = npu.runtime_dim "N" in 1 to 16
// CHECK: npu.on_cores (%[[CORE:.*]]) in (2) {
// CHECK: %[[BEGIN:.*]] = arith.muli %[[CORE]], %c8
// CHECK: %[[LEFT:.*]] = arith.subi %[[N]], %[[BEGIN]]
// CHECK: %[[END:.*]] = arith.minsi %[[LEFT]], %c8
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[END]] step %c8
func.func @cores(%x: tensor<16x6xf32> {nn.dims = ["N", ""]})
    -> (tensor<16x6xf32> {nn.dims = ["N", ""]}) attributes {nn.dim_ranges = {N = array<i64: 1, 16>}} {
  %e = tensor.empty() : tensor<16x6xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<16x6xf32>) outs(%e : tensor<16x6xf32>)
      attrs = {schedule.tiles = array<i64: 8, 6>, schedule.cores = array<i64: 2, 1>} {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  } -> tensor<16x6xf32>
  return %0 : tensor<16x6xf32>
}
