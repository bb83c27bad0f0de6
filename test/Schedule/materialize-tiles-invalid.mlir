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

// -----

#a = affine_map<(b, m, n, k) -> (b, m, k)>
#b = affine_map<(b, m, n, k) -> (b, k, n)>
#c = affine_map<(b, m, n, k) -> (b, m, n)>

// Accumulators of one product at a time: a loop over parts of its reduction has
// no place inside the loop over products.
func.func @batch(%x: memref<6x8x32xf32, #npu.space<dram>>, %y: memref<6x32x8xf32, #npu.space<dram>>,
                 %z: memref<6x8x8xf32, #npu.space<dram>>) {
  // expected-error @+1 {{expected a tile of 1 in loop 0, whose products cannot share one, got 2}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<6x8x32xf32, #npu.space<dram>>, memref<6x32x8xf32, #npu.space<dram>>)
      outs(%z : memref<6x8x8xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 2, 8, 8, 16>} {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
