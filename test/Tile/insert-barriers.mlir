// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-insert-barriers{target=hbm}))' | FileCheck %s

!dram = memref<64x32xf32, #npu.space<dram>>
!rows = memref<8x32xf32, strided<[32, 1], offset: ?>, #npu.space<dram>>
!columns = memref<64x4xf32, strided<[32, 1], offset: ?>, #npu.space<dram>>
!sram = memref<8x32xf32, #npu.space<sram>>
!sramcolumns = memref<64x4xf32, #npu.space<sram>>

// Each core reads the rows that it wrote.
// CHECK-LABEL: func.func @same_rows
// CHECK-NOT: npu.barrier
func.func @same_rows(%x: !dram, %y: !dram) {
  %c8 = arith.constant 8 : index
  %t = npu.alloc at 0 : !dram
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sram
    %r = arith.muli %i, %c8 : index
    %a = memref.subview %x[%r, 0] [8, 32] [1, 1] : !dram to !rows
    %b = memref.subview %t[%r, 0] [8, 32] [1, 1] : !dram to !rows
    npu.copy %a to %0 : !rows to !sram
    npu.copy %0 to %b : !sram to !rows
  }
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sram
    %r = affine.apply affine_map<(i) -> (i * 8)>(%i)
    %a = memref.subview %t[%r, 0] [8, 32] [1, 1] : !dram to !rows
    %b = memref.subview %y[%r, 0] [8, 32] [1, 1] : !dram to !rows
    npu.copy %a to %0 : !rows to !sram
    npu.copy %0 to %b : !sram to !rows
  }
  return
}

// Columns are apart as boxes, though their bytes interleave.
// CHECK-LABEL: func.func @same_columns
// CHECK-NOT: npu.barrier
func.func @same_columns(%x: !dram) {
  %c4 = arith.constant 4 : index
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sramcolumns
    %r = arith.muli %i, %c4 : index
    %a = memref.subview %x[0, %r] [64, 4] [1, 1] : !dram to !columns
    npu.copy %0 to %a : !sramcolumns to !columns
  }
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sramcolumns
    %r = arith.muli %i, %c4 : index
    %a = memref.subview %x[0, %r] [64, 4] [1, 1] : !dram to !columns
    npu.copy %a to %0 : !columns to !sramcolumns
  }
  return
}

// Rows, then columns: everybody needs everybody. One barrier serves what follows.
// CHECK-LABEL: func.func @rows_then_columns
func.func @rows_then_columns(%x: !dram) {
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  // CHECK: npu.on_cores
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sram
    %1 = npu.alloc at 1024 : !sramcolumns
    %r = arith.muli %i, %c8 : index
    %a = memref.subview %x[%r, 0] [8, 32] [1, 1] : !dram to !rows
    npu.copy %0 to %a : !sram to !rows
  }
  // CHECK: npu.barrier %{{.*}} on <dma3>
  // CHECK-NEXT: npu.on_cores
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sram
    %1 = npu.alloc at 1024 : !sramcolumns
    %r = arith.muli %i, %c4 : index
    %a = memref.subview %x[0, %r] [64, 4] [1, 1] : !dram to !columns
    npu.copy %a to %1 : !columns to !sramcolumns
  }
  // CHECK-NOT: npu.barrier
  npu.on_cores {
    %0 = npu.alloc at 0 : !sram
    %1 = npu.alloc at 1024 : !sramcolumns
    %a = memref.subview %x[0, 8] [64, 4] [1, 1] : !dram to memref<64x4xf32, strided<[32, 1], offset: 8>, #npu.space<dram>>
    npu.copy %a to %1 : memref<64x4xf32, strided<[32, 1], offset: 8>, #npu.space<dram>> to !sramcolumns
  }
  // Overwrites what others have read.
  // CHECK: npu.barrier
  // CHECK-NEXT: npu.on_cores
  npu.on_cores {
    %0 = npu.alloc at 0 : !sram
    %1 = npu.alloc at 1024 : !sramcolumns
    %a = memref.subview %x[0, 8] [64, 4] [1, 1] : !dram to memref<64x4xf32, strided<[32, 1], offset: 8>, #npu.space<dram>>
    npu.copy %1 to %a : !sramcolumns to memref<64x4xf32, strided<[32, 1], offset: 8>, #npu.space<dram>>
  }
  return
}

// A row of halo belongs to the neighbour. Loops and minima are looked through.
// CHECK-LABEL: func.func @halo
func.func @halo(%x: !dram) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  npu.on_cores (%i) in (4) {
    %0 = npu.alloc at 0 : !sram
    %1 = npu.alloc at 1024 : memref<2x32xf32, #npu.space<sram>>
    %r = arith.muli %i, %c8 : index
    %a = memref.subview %x[%r, 0] [8, 32] [1, 1] : !dram to !rows
    npu.copy %0 to %a : !sram to !rows
  }
  // CHECK: npu.barrier
  npu.on_cores (%i) in (4) {
    %0 = npu.alloc at 0 : !sram
    %1 = npu.alloc at 1024 : memref<2x32xf32, #npu.space<sram>>
    %r = arith.muli %i, %c8 : index
    scf.for %j = %c0 to %c8 step %c1 {
      %p = arith.addi %r, %j : index
      %a = memref.subview %x[%p, 0] [2, 32] [1, 1] : !dram to memref<2x32xf32, strided<[32, 1], offset: ?>, #npu.space<dram>>
      npu.copy %a to %1 : memref<2x32xf32, strided<[32, 1], offset: ?>, #npu.space<dram>> to memref<2x32xf32, #npu.space<sram>>
    }
  }
  return
}

// Another buffer in the same place of the arena.
// CHECK-LABEL: func.func @reused_place
func.func @reused_place(%x: !dram) {
  %c8 = arith.constant 8 : index
  %t = npu.alloc at 0 : !dram
  %u = npu.alloc at 4096 : !dram
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sram
    %r = arith.muli %i, %c8 : index
    %a = memref.subview %t[%r, 0] [8, 32] [1, 1] : !dram to !rows
    npu.copy %a to %0 : !rows to !sram
  }
  // CHECK: npu.barrier %{{.*}}, %{{.*}} on <dma3>
  npu.on_cores (%i) in (8) {
    %0 = npu.alloc at 0 : !sram
    %r = arith.muli %i, %c8 : index
    %a = memref.subview %u[%r, 0] [8, 32] [1, 1] : !dram to !rows
    npu.copy %0 to %a : !sram to !rows
  }
  return
}
