// RUN: ashlar-opt %s --schedule-materialize-tiles | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>

memref.global "private" constant @weights : memref<8xf32, #npu.space<dram>> = dense<1.0>

// Weights are loaded before anything that may have to wait for another group.
// CHECK-LABEL: func.func @weights_first
// CHECK: memref.copy %{{.*}} : memref<8xf32, {{.*}}#npu.space<dram>> to memref<8xf32, #npu.space<sram>>
// CHECK: memref.copy %{{.*}} : memref<4x8xf32, {{.*}}#npu.space<dram>> to memref<4x8xf32, #npu.space<sram>>
func.func @weights_first(%z: memref<4x8xf32, #npu.space<dram>> {npu.io = "output"}) {
  %x = memref.alloc() : memref<4x8xf32, #npu.space<dram>>
  %w = memref.get_global @weights : memref<8xf32, #npu.space<dram>>
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : memref<4x8xf32, #npu.space<dram>>, memref<8xf32, #npu.space<dram>>) outs(%z : memref<4x8xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 4, 8>} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}
