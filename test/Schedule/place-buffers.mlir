// RUN: ashlar-opt %s --schedule-place-buffers=target=server | FileCheck %s
// RUN: ashlar-opt %s --schedule-place-buffers=target=server --schedule-choose-tiles=target=server --schedule-materialize-tiles | FileCheck %s --check-prefix=TILES
// RUN: ashlar-opt %s --schedule-place-buffers='target=server opt-level=0' | FileCheck %s --check-prefix=LEVEL0

// LEVEL0-NOT: schedule.parts

!x = memref<8x64x512xf32, #npu.space<dram>>
!t = memref<8x512x64xf32, #npu.space<dram>>
#id = affine_map<(n, i, j) -> (n, i, j)>
#swap = affine_map<(n, i, j) -> (n, j, i)>

// Behind PCIe nothing goes to dram that need not; each core has two of eight.
// CHECK-LABEL: func.func @batch
// CHECK-SAME: schedule.resident_bytes = 1048576
// TILES-LABEL: func.func @batch
func.func @batch(%x: !x, %y: !t) {
  // CHECK: memref.alloc() {schedule.parts = 4 : i64} : memref<8x64x512xf32, #npu.space<sram>>
  // TILES: %[[T:.*]] = memref.alloc() {{.*}} : memref<8x64x512xf32, #npu.space<sram>>
  %t = memref.alloc() : !x
  // TILES: npu.on_cores (%{{.*}}) in (4) {
  // TILES: memref.subview %[[T]]
  // TILES: linalg.generic
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : !x) outs(%t : !x) {
  ^bb0(%a: f32, %b: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  }
  // TILES: npu.on_cores (%{{.*}}) in (4) {
  linalg.generic {indexing_maps = [#id, #swap], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%t : !x) outs(%y : !t) {
  ^bb0(%a: f32, %b: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  }
  return
}

!large = memref<4096x8192xf32, #npu.space<dram>>

// 128 MiB stay where they are.
// CHECK-LABEL: func.func @large
// CHECK-NOT: schedule.resident_bytes
func.func @large(%x: !large, %y: !large) {
  // CHECK: memref.alloc() : memref<4096x8192xf32, #npu.space<dram>>
  %t = memref.alloc() : !large
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : !large) outs(%t : !large) {
  ^bb0(%a: f32, %b: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%t : !large) outs(%y : !large) {
  ^bb0(%a: f32, %b: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  }
  return
}
