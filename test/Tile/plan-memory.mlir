// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-plan-memory{target=edge}))' | FileCheck %s

!dram = memref<1000xf32, #npu.space<dram>>
!sram = memref<1000xf32, #npu.space<sram>>

// Arguments follow each other, aligned. Two tiles that do not fit side by side
// share their place, as they are not alive together.
// CHECK-LABEL: func.func @sequence
// CHECK-SAME: npu.offset = 0
// CHECK-SAME: npu.offset = 1200000
// CHECK-SAME: npu.io_bytes = 2400000
// CHECK-SAME: sram_peak = 1200000
func.func @sequence(%a: memref<300000xf32, #npu.space<dram>> {npu.io = "input"}, %b: memref<300000xf32, #npu.space<dram>> {npu.io = "output"}) {
  // CHECK: npu.alloc at 0
  %0 = npu.alloc : memref<300000xf32, #npu.space<sram>>
  npu.copy %a to %0 : memref<300000xf32, #npu.space<dram>> to memref<300000xf32, #npu.space<sram>>
  npu.copy %0 to %b : memref<300000xf32, #npu.space<sram>> to memref<300000xf32, #npu.space<dram>>
  // CHECK: npu.alloc at 0
  %1 = npu.alloc : memref<300000xf32, #npu.space<sram>>
  npu.copy %a to %1 : memref<300000xf32, #npu.space<dram>> to memref<300000xf32, #npu.space<sram>>
  npu.copy %1 to %b : memref<300000xf32, #npu.space<sram>> to memref<300000xf32, #npu.space<dram>>
  return
}

// Where there is room they do not share: the second load need not wait.
// CHECK-LABEL: func.func @apart
// CHECK-SAME: sram_peak = 8064
func.func @apart(%a: !dram {npu.io = "input"}, %b: !dram {npu.io = "output"}) {
  %0 = npu.alloc : !sram
  npu.copy %a to %0 : !dram to !sram
  npu.copy %0 to %b : !sram to !dram
  %1 = npu.alloc : !sram
  npu.copy %a to %1 : !dram to !sram
  npu.copy %1 to %b : !sram to !dram
  return
}

// What a loop uses is alive in the whole loop.
// CHECK-LABEL: func.func @loop
// CHECK-SAME: sram_peak = 8064
func.func @loop(%a: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = npu.alloc : !sram
  npu.copy %a to %0 : !dram to !sram
  scf.for %i = %c0 to %n step %c1 {
    %1 = npu.alloc : !sram
    npu.copy %a to %1 : !dram to !sram
    npu.copy %0 to %a : !sram to !dram
    npu.copy %1 to %a : !sram to !dram
  }
  return
}

// Slots of a ring lie side by side; accumulators take whole rows of lanes.
// CHECK-LABEL: func.func @rings
func.func @rings(%a: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // CHECK: npu.alloc depth 2 at {{[0-9]+}} slot_bytes 4032
    %1 = npu.alloc depth 2 : !sram
    npu.copy %a to %1 : !dram to !sram
    // CHECK: npu.alloc depth 2 at {{[0-9]+}} slot_bytes 1280
    %2 = npu.alloc depth 2 : memref<5x33xf32, #npu.space<acc>>
    %v = memref.expand_shape %1 [[0, 1]] output_shape [10, 100] : !sram into memref<10x100xf32, #npu.space<sram>>
    %s = memref.subview %v[0, 0] [5, 33] [1, 1] : memref<10x100xf32, #npu.space<sram>> to memref<5x33xf32, strided<[100, 1]>, #npu.space<sram>>
    npu.drain %2 to %s {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<5x33xf32, #npu.space<acc>> to memref<5x33xf32, strided<[100, 1]>, #npu.space<sram>>
  }
  return
}

// Where memory is short the largest ring loses its second slot.
// CHECK-LABEL: func.func @short
func.func @short(%a: memref<300000xf32, #npu.space<dram>>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // CHECK: npu.alloc at
    %1 = npu.alloc depth 2 : memref<300000xf32, #npu.space<sram>>
    // CHECK: npu.alloc depth 2 at
    %2 = npu.alloc depth 2 : memref<1000xf32, #npu.space<sram>>
    npu.copy %a to %1 : memref<300000xf32, #npu.space<dram>> to memref<300000xf32, #npu.space<sram>>
    npu.copy %1 to %a : memref<300000xf32, #npu.space<sram>> to memref<300000xf32, #npu.space<dram>>
    %f = arith.constant 1.0 : f32
    npu.fill %f into %2 : f32 into memref<1000xf32, #npu.space<sram>>
  }
  return
}

// A temporary in dram lies in the arena.
// CHECK-LABEL: func.func @arena
// CHECK-SAME: dram_peak = 4032
func.func @arena(%a: !sram) {
  // CHECK: npu.alloc at 0 : memref<1000xf32, #npu.space<dram>>
  %0 = npu.alloc : !dram
  npu.copy %a to %0 : !sram to !dram
  npu.copy %0 to %a : !dram to !sram
  return
}
