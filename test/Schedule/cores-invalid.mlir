// RUN: ashlar-opt %s --schedule-choose-tiles=target=hbm --split-input-file --verify-diagnostics

!x = memref<100x64xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>

func.func @too_many(%x: !x, %y: !x) {
  // expected-error@+1 {{'schedule.cores' cannot be used: expected at most 8 cores, got 10}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"],
                  schedule.tiles = array<i64: 4, 32>, schedule.cores = array<i64: 5, 2>}
      ins(%x : !x) outs(%y : !x) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

!x = memref<100x64xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>

func.func @too_few_tiles(%x: !x, %y: !x) {
  // expected-error@+1 {{'schedule.cores' cannot be used: expected 1 to 2 cores in loop 1, got 4}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"],
                  schedule.tiles = array<i64: 4, 32>, schedule.cores = array<i64: 1, 4>}
      ins(%x : !x) outs(%y : !x) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

!x = memref<100x64xf32, #npu.space<dram>>
!s = memref<100xf32, #npu.space<dram>>

// Sums are one core's.
func.func @reduction(%x: !x, %y: !s) {
  // expected-error@+1 {{'schedule.cores' cannot be used: expected 1 to 1 cores in loop 1, got 2}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"],
                  schedule.tiles = array<i64: 4, 32>, schedule.cores = array<i64: 1, 2>}
      ins(%x : !x) outs(%y : !s) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

!x = memref<100x64xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>

func.func @count(%x: !x, %y: !x) {
  // expected-error@+1 {{'schedule.cores' cannot be used: expected 2 numbers of cores, got 1}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"],
                  schedule.tiles = array<i64: 4, 32>, schedule.cores = array<i64: 5>}
      ins(%x : !x) outs(%y : !x) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

!x = memref<96x64xf32, #npu.space<dram>>
!s = memref<96x64xf32, #npu.space<sram>>
#id = affine_map<(i, j) -> (i, j)>

// What stays in the scratchpads is in eight parts.
func.func @parts(%x: !x) {
  %y = memref.alloc() {schedule.parts = 8 : i64} : !s
  // expected-error@+1 {{'schedule.cores' cannot be used: expected tiles that make up the parts of 8 cores in loop 0}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"],
                  schedule.tiles = array<i64: 4, 32>, schedule.cores = array<i64: 4, 1>}
      ins(%x : !x) outs(%y : !s) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

!x = memref<96x64xf32, #npu.space<dram>>
!s = memref<96x64xf32, #npu.space<sram>>
#id = affine_map<(i, j) -> (i, j)>

func.func @tiles_of_parts(%x: !x) {
  %y = memref.alloc() {schedule.parts = 8 : i64} : !s
  // expected-error@+1 {{'schedule.tiles' cannot be used: expected tiles that make up each core's part}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"],
                  schedule.tiles = array<i64: 5, 32>}
      ins(%x : !x) outs(%y : !s) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}
