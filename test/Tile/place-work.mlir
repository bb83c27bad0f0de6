// RUN: ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-place-work))' --verify-diagnostics | FileCheck %s

!dram = memref<8xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>

// Neighbours share one; buffers in dram stay for all, others live inside: no
// longer than the work that needs them.
// CHECK-LABEL: func.func @alone
func.func @alone(%x: !dram, %y: !dram) attributes {npu.target = "hbm"} {
  // CHECK: %[[D:.*]] = memref.alloc()
  %d = memref.alloc() : !dram
  // CHECK: npu.on_cores {
  // CHECK-NEXT: memref.alloc() : memref<8xf32, #npu.space<sram>>
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: }
  %0 = memref.alloc() : !sram
  npu.copy %x to %0 : !dram to !sram
  npu.copy %0 to %d : !sram to !dram
  // CHECK-NEXT: npu.on_cores (%{{.*}}) in (8)
  npu.on_cores (%i) in (8) {
  }
  // CHECK: npu.on_cores {
  // CHECK-NEXT: scf.for
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %c1 step %c1 {
    %1 = memref.alloc() : !sram
    npu.copy %d to %1 : !dram to !sram
    npu.copy %1 to %y : !sram to !dram
  }
  return
}

// -----

func.func @grid() attributes {npu.target = "hbm"} {
  // expected-error@+1 {{needs 9 cores, the machine has 8}}
  npu.on_cores (%i) in (9) {
  }
  return
}

// -----

// CHECK-LABEL: func.func @one_core
// CHECK-NOT: npu.on_cores
func.func @one_core(%x: memref<8xf32, #npu.space<dram>>) attributes {npu.target = "edge"} {
  %0 = memref.alloc() : memref<8xf32, #npu.space<sram>>
  npu.copy %x to %0 : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  return
}

// -----

func.func @shared(%x: memref<8xf32, #npu.space<dram>>, %y: memref<8xf32, #npu.space<dram>>) attributes {npu.target = "hbm"} {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  npu.copy %x to %0 : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected that one core alone uses what it computes}}
  %1 = memref.load %0[%c0] : memref<8xf32, #npu.space<sram>>
  npu.copy %0 to %y : memref<8xf32, #npu.space<sram>> to memref<8xf32, #npu.space<dram>>
  npu.on_cores (%i) in (8) {
    // expected-note @below {{used here by all cores}}
    memref.store %1, %0[%i] : memref<8xf32, #npu.space<sram>>
  }
  return
}

// -----

// A function that names no target is for the one that the pass is given: several cores, or one.
// RUN: sed '/^func.func @given/,$!d' %s | ashlar-opt --pass-pipeline='builtin.module(func.func(npu-place-work{target=hbm}))' | FileCheck %s --check-prefix=EIGHT
// RUN: sed '/^func.func @given/,$!d' %s | ashlar-opt --pass-pipeline='builtin.module(func.func(npu-place-work{target=edge}))' | FileCheck %s --check-prefix=ONE
// EIGHT: npu.on_cores {
// EIGHT-NEXT: npu.copy
// ONE-NOT: npu.on_cores
func.func @given(%x: memref<8xf32, #npu.space<dram>>, %y: memref<8xf32, #npu.space<dram>>) {
  npu.copy %x to %y : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<dram>>
  return
}
