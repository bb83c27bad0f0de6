// RUN: ashlar-opt %s --schedule-place-buffers=target=server | FileCheck %s
// RUN: ashlar-opt %s --schedule-place-buffers=target=server --schedule-choose-tiles=target=server --schedule-materialize-tiles | FileCheck %s --check-prefix=TILES
// RUN: ashlar-opt %s --schedule-place-buffers='target=server opt-level=0' | FileCheck %s --check-prefix=LEVEL0
// RUN: sed 's/@constants(%x: !images, %y: !images)/& attributes {npu.no_resident}/' %s | ashlar-opt --schedule-place-buffers=target=server | FileCheck %s --check-prefix=NONE

// LEVEL0-NOT: schedule.parts
// No constant stays where none may; the rest does.
// NONE-LABEL: func.func @constants
// NONE-NOT: schedule.constant
// NONE: memref.alloc() {{.*}}: memref<4x8x8x64xi8, #npu.space<sram>>

!x = memref<8x64x512xf32, #npu.space<dram>>
!t = memref<8x512x64xf32, #npu.space<dram>>
#id = affine_map<(n, i, j) -> (n, i, j)>
#swap = affine_map<(n, i, j) -> (n, j, i)>

// Behind PCIe nothing goes to dram that need not; each core has two of eight.
// CHECK-LABEL: func.func @batch
// CHECK-SAME: schedule.resident_bytes = 262144
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

memref.global "private" constant @w : memref<3x3x64x64xi8, #npu.space<dram>> = dense<1>
!images = memref<4x8x8x64xi8, #npu.space<dram>>

// A constant stays in every core's scratchpad, whoever works on what; what is read
// with a border around it stays as well.
// CHECK-LABEL: func.func @constants
// CHECK-SAME: schedule.constant_bytes = 36864 : i64, schedule.resident_bytes = 4096 : i64
// TILES-LABEL: func.func @constants
func.func @constants(%x: !images, %y: !images) {
  %zero = arith.constant 0 : i32
  // CHECK-DAG: %[[W:.*]] = memref.alloc() {schedule.constant = @w} : memref<3x3x64x64xi8, #npu.space<sram>>
  %w = memref.get_global @w : memref<3x3x64x64xi8, #npu.space<dram>>
  // CHECK-DAG: memref.alloc() {schedule.parts = 4 : i64} : memref<4x8x8x64xi8, #npu.space<sram>>
  %t = memref.alloc() : !images
  linalg.generic {indexing_maps = [affine_map<(n, i, j, c) -> (n, i, j, c)>, affine_map<(n, i, j, c) -> (n, i, j, c)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : !images) outs(%t : !images) {
  ^bb0(%a: i8, %b: i8):
    %0 = arith.addi %a, %a : i8
    linalg.yield %0 : i8
  }
  // CHECK: npu.pad %{{.*}} : memref<4x8x8x64xi8, #npu.space<sram>> to memref<4x10x10x64xi8, #npu.space<sram>>
  // TILES: npu.copy %{{.*}} to %{{.*}} low({{.*}}) fill({{.*}}) : memref<{{.*}}xi8, {{.*}}#npu.space<sram>> to memref<{{.*}}xi8, #npu.space<sram>>
  %p = npu.pad %t low [0, 1, 1, 0] value(0 : i8) : !images to memref<4x10x10x64xi8, #npu.space<dram>>
  %acc = memref.alloc() : memref<4x8x8x64xi32, #npu.space<dram>>
  linalg.fill {schedule.group = 1 : i64} ins(%zero : i32) outs(%acc : memref<4x8x8x64xi32, #npu.space<dram>>)
  linalg.generic {indexing_maps = [affine_map<(n, i, j, o, r, s, c) -> (n, i + r, j + s, c)>, affine_map<(n, i, j, o, r, s, c) -> (r, s, c, o)>, affine_map<(n, i, j, o, r, s, c) -> (n, i, j, o)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%p, %w : memref<4x10x10x64xi8, #npu.space<dram>>, memref<3x3x64x64xi8, #npu.space<dram>>) outs(%acc : memref<4x8x8x64xi32, #npu.space<dram>>)
      attrs = {schedule.group = 1 : i64} {
  ^bb0(%a: i8, %b: i8, %c: i32):
    %0 = arith.extsi %a : i8 to i32
    %1 = arith.extsi %b : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %c, %2 : i32
    linalg.yield %3 : i32
  }
  linalg.generic {indexing_maps = [affine_map<(n, i, j, o) -> (n, i, j, o)>, affine_map<(n, i, j, o) -> (n, i, j, o)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%acc : memref<4x8x8x64xi32, #npu.space<dram>>) outs(%y : !images)
      attrs = {schedule.group = 1 : i64} {
  ^bb0(%a: i32, %b: i8):
    %0 = arith.trunci %a : i32 to i8
    linalg.yield %0 : i8
  }
  return
}
