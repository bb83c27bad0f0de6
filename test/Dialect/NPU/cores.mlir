// RUN: ashlar-opt %s --split-input-file --verify-diagnostics | ashlar-opt --split-input-file --verify-diagnostics | FileCheck %s

!dram = memref<64xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>

// CHECK-LABEL: func.func @grids
func.func @grids(%x: !dram) {
  // CHECK: npu.on_cores (%[[I:.*]], %[[J:.*]]) in (4, 2) {
  // CHECK-NEXT: arith.addi %[[I]], %[[J]] : index
  // CHECK-NEXT: }
  npu.on_cores (%i, %j) in (4, 2) {
    %0 = arith.addi %i, %j : index
  }
  // CHECK-NEXT: npu.barrier %{{.*}} on <dma3> : memref
  npu.barrier %x on <dma3> : !dram
  // CHECK-NEXT: npu.on_cores {
  npu.on_cores {
    %0 = npu.alloc : !sram
  }
  // CHECK: npu.barrier %{{.*}} on <dma1> semaphore 255 : memref
  npu.barrier %x on <dma1> semaphore 255 : !dram
  // CHECK: npu.core_id
  %0 = npu.core_id
  return
}
