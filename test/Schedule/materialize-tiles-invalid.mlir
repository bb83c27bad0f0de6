// RUN: ashlar-opt %s --schedule-materialize-tiles --verify-diagnostics --split-input-file

#id = affine_map<(i) -> (i)>

func.func @missing(%x: memref<16xf32, #npu.space<dram>>, %z: memref<16xf32, #npu.space<dram>>) {
  // expected-error @+1 {{expected 'schedule.tiles' with 1 sizes; run schedule-choose-tiles first}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<16xf32, #npu.space<dram>>) outs(%z : memref<16xf32, #npu.space<dram>>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

func.func @range(%x: memref<16xf32, #npu.space<dram>>, %z: memref<16xf32, #npu.space<dram>>) {
  // expected-error @+1 {{expected a tile of 1 to 16 in loop 0, got 17}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<16xf32, #npu.space<dram>>) outs(%z : memref<16xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 17>} {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}
