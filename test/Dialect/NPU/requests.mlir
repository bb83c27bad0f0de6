// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt %s --convert-npu-to-linalg | FileCheck %s --check-prefix=HOST

!dram = memref<16x8xi8, #npu.space<dram>>
!sram = memref<4x8xi8, #npu.space<sram>>
memref.global "private" @place : !sram = uninitialized {npu.staged}

// On the host a request comes alone.
// HOST-LABEL: func.func @main(%arg0: memref<16x8xi8>
// HOST: memref.subview %arg0[4, 0]
// CHECK-LABEL: func.func @main
func.func @main(%x: !dram {npu.io = "input"}) {
  // CHECK: %[[PLACE:.*]] = memref.get_global
  %place = memref.get_global @place : !sram
  // CHECK: npu.request_input %{{.*}} at %[[PLACE]] parts 4 : memref<16x8xi8, #npu.space<dram>>, memref<4x8xi8, #npu.space<sram>>
  %here = npu.request_input %x at %place parts 4 : !dram, !sram
  %part = memref.subview %here[4, 0] [4, 8] [1, 1] : !dram to memref<4x8xi8, strided<[8, 1], offset: 32>, #npu.space<dram>>
  %tile = npu.alloc : !sram
  npu.copy %part to %tile : memref<4x8xi8, strided<[8, 1], offset: 32>, #npu.space<dram>> to !sram
  // CHECK: %[[QUEUED:.*]] = npu.request_has_next
  // HOST: %[[NONE:.*]] = arith.constant false
  %queued = npu.request_has_next
  // CHECK: scf.if %[[QUEUED]]
  // HOST: scf.if %[[NONE]]
  scf.if %queued {
    // CHECK: npu.request_next_input %{{.*}} : memref<16x8xi8, #npu.space<dram>>
    %next = npu.request_next_input %x : !dram
    %one = memref.subview %next[4, 0] [4, 8] [1, 1] : !dram to memref<4x8xi8, strided<[8, 1], offset: 32>, #npu.space<dram>>
    npu.copy %one to %place : memref<4x8xi8, strided<[8, 1], offset: 32>, #npu.space<dram>> to !sram
  }
  // CHECK: npu.request_left %{{.*}} on <dma3> : memref<4x8xi8, #npu.space<sram>>
  // HOST-NOT: npu.request_
  npu.request_left %tile on <dma3> : !sram
  // CHECK: npu.request_leave <dma3>
  npu.request_leave <dma3>
  return
}
