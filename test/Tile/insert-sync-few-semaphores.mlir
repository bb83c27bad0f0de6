// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-insert-sync{semaphores=1}))' | FileCheck %s

!dram = memref<8xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>

// One semaphore does not suffice for this chain; the scalar unit waits for each piece of work.
// CHECK-LABEL: func.func @chain
func.func @chain(%a: !dram, %b: !dram, %f: f32) {
  %0 = npu.alloc at 0 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma0> semaphore 0
  // CHECK-NEXT: npu.wait <scalar> semaphore 0
  npu.copy %a to %0 on <dma0> : !dram to !sram
  // CHECK-NEXT: npu.fill
  // CHECK-NEXT: npu.signal <vec> semaphore 0
  // CHECK-NEXT: npu.wait <scalar> semaphore 0
  npu.fill %f into %0 : f32 into !sram
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: npu.signal <dma1> semaphore 0
  // CHECK-NEXT: npu.wait <scalar> semaphore 0
  npu.copy %0 to %b on <dma1> : !sram to !dram
  return
}

// Nor does it for what cores have to tell each other: each copies for itself.
// CHECK-LABEL: func.func @shared
// CHECK: npu.copy %{{.*}} to %{{.*}} on <dma0> :
// CHECK-NOT: npu.receive
// CHECK: return
func.func @shared(%a: !dram, %f: f32) {
  %rank = npu.core_id
  %0 = npu.alloc at 0 : !sram
  npu.copy %a to %0 on <dma0> shared(%rank) <8 by 1> : !dram to !sram
  npu.receive %0 on <vec> : !sram
  npu.fill %f into %0 : f32 into !sram
  return
}
