// RUN: ashlar-opt %s --schedule-choose-tiles=target=hbm --split-input-file | FileCheck %s --check-prefix=TILES
// RUN: ashlar-opt %s --schedule-choose-tiles=target=hbm --schedule-materialize-tiles --split-input-file | FileCheck %s

!x = memref<4096x4096xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// Large enough for all of them.
// TILES-LABEL: func.func @all
// TILES: schedule.cores = array<i64: {{8, 1|1, 8|4, 2|2, 4}}>
func.func @all(%x: !x, %y: !x) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : !x) outs(%y : !x) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.mulf %a, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

!x = memref<100x64xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>

// 25 tiles for 3 cores: 9, 8 and 8. In the other loop each core has one of two.
// CHECK-LABEL: func.func @given
func.func @given(%x: !x, %y: !x) {
  // CHECK: npu.on_cores (%[[I:.*]], %[[J:.*]]) in (3, 2) {
  // CHECK-DAG: %[[BEGIN8:.*]] = arith.muli %[[I]], %{{.*}} : index
  // CHECK-DAG: %[[FIRST:.*]] = arith.minsi %[[I]], %{{.*}} : index
  // CHECK-DAG: %[[LONGER:.*]] = arith.cmpi slt, %[[I]], %{{.*}} : index
  // CHECK: %[[LENGTH:.*]] = arith.select %[[LONGER]]
  // CHECK: scf.for %[[IV:.*]] = %{{.*}} to %[[LENGTH]]
  // CHECK-NOT: scf.for
  // CHECK: arith.addi %{{.*}}, %[[IV]] : index
  // CHECK: memref.copy
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"],
                  schedule.tiles = array<i64: 4, 32>, schedule.cores = array<i64: 3, 2>}
      ins(%x : !x) outs(%y : !x) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.mulf %a, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

!x = memref<8x8xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>

// Not worth telling anybody.
// TILES-LABEL: func.func @small
// TILES-NOT: schedule.cores
func.func @small(%x: !x, %y: !x) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : !x) outs(%y : !x) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.mulf %a, %a : f32
    linalg.yield %0 : f32
  }
  return
}
