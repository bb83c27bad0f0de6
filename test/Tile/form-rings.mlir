// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-form-rings))' | FileCheck %s
// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-form-rings{depth=3}))' | FileCheck %s --check-prefix=THREE

!dram = memref<8xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>

// CHECK-LABEL: func.func @rings
func.func @rings(%a: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f = arith.constant 0.0 : f32
  // Outside loops and in dram there is one slot.
  // CHECK: npu.alloc : memref<8xf32, #npu.space<dram>>
  %tmp = memref.alloc() : !dram
  // CHECK: npu.alloc : memref<8xf32, #npu.space<sram>>
  %once = memref.alloc() : !sram
  npu.copy %a to %once : !dram to !sram
  scf.for %i = %c0 to %n step %c1 {
    // Filled by one engine and read by another.
    // CHECK: npu.alloc depth 2 : memref<8xf32, #npu.space<sram>>
    // THREE: npu.alloc depth 3 : memref<8xf32, #npu.space<sram>>
    %tile = memref.alloc() : !sram
    npu.copy %a to %tile : !dram to !sram
    npu.fill %f into %tile : f32 into !sram
    // One engine alone gains nothing from a second slot.
    // CHECK: npu.alloc : memref<8xf32, #npu.space<sram>>
    %own = memref.alloc() : !sram
    npu.fill %f into %own : f32 into !sram
    // CHECK-NOT: memref.dealloc
    memref.dealloc %own : !sram
  }
  npu.copy %once to %tmp : !sram to !dram
  return
}
