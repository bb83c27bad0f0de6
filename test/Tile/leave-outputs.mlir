// RUN: ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-leave-outputs{target=server}))' | FileCheck %s
// RUN: ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-leave-outputs{target=hbm}))' | FileCheck %s --check-prefix=HBM
// RUN: ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-leave-outputs{target=server}, npu-insert-sync{target=server}))' | FileCheck %s --check-prefix=SYNC

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// The last copy goes on in the next run; what it reads has a place of its own, so
// that only who writes there waits. On hbm it leaves in no time.
// HBM-LABEL: func.func @own_place
// HBM-NOT: npu.request_left
// HBM-LABEL: func.func @ring
// CHECK-LABEL: func.func @own_place
// CHECK-NEXT: [[LEFT:%.*]] = npu.alloc at 65536 : memref<65536xi8, #npu.space<sram>>
// CHECK-NEXT: npu.request_left [[LEFT]] on <dma3> : memref<65536xi8, #npu.space<sram>>
// CHECK: npu.copy {{.*}} on <dma3>
// CHECK-NEXT: npu.request_leave <dma3>
// CHECK-NEXT: return
// SYNC-LABEL: func.func @own_place
// SYNC: npu.request_left
// SYNC-NEXT: npu.signal <dma3> semaphore [[S:[0-9]+]]
// SYNC-NOT: npu.wait
// SYNC: npu.copy {{.*}} on <dma0>
// SYNC: npu.wait <vec> semaphore [[S]]
// SYNC: npu.vector
// SYNC: npu.copy {{.*}} on <dma3>
// SYNC-NEXT: npu.request_leave <dma3>
func.func @own_place(%x: !dram {npu.io = "input"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
  npu.copy %1 to %y on <dma3> : !sram to !dram
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// A ring in a loop on the first core: all slots may be read still, and no engine
// waits for the tokens that the loop has left.
// CHECK-LABEL: func.func @ring
// CHECK: npu.alloc at 65536 : memref<131072xi8, #npu.space<sram>>
// CHECK-NEXT: npu.request_left
// CHECK: npu.request_leave <dma3>
// SYNC-LABEL: func.func @ring
// SYNC: scf.if
// SYNC: npu.request_left
// SYNC-NEXT: npu.signal <dma3> semaphore [[S:[0-9]+]]
// SYNC: npu.wait <vec> semaphore [[S]]
// SYNC: scf.for
// SYNC: npu.copy {{.*}} on <dma3>
// SYNC-NOT: npu.wait
// SYNC: npu.request_leave <dma3>
func.func @ring(%x: !dram {npu.io = "input"}, %y: memref<2x65536xi8, #npu.space<dram>> {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %core = npu.core_id
  %first = arith.cmpi ult, %core, %c1 : index
  %0 = npu.alloc at 0 : !sram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  scf.if %first {
    scf.for %i = %c0 to %c2 step %c1 {
      %1 = npu.alloc depth 2 at 65536 slot_bytes 65536 : !sram
      %part = memref.subview %y[%i, 0] [1, 65536] [1, 1] : memref<2x65536xi8, #npu.space<dram>> to memref<65536xi8, strided<[1], offset: ?>, #npu.space<dram>>
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
      npu.copy %1 to %part on <dma3> : !sram to memref<65536xi8, strided<[1], offset: ?>, #npu.space<dram>>
    }
  }
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// A state buffer has its value when the run ends.
// CHECK-LABEL: func.func @state
// CHECK-NOT: npu.request_left
// CHECK-NOT: npu.request_leave
// CHECK: return
func.func @state(%x: !dram {npu.io = "input"}, %s: !dram {npu.io = "state"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
  npu.copy %1 to %s on <dma3> : !sram to !dram
  npu.copy %1 to %y on <dma3> : !sram to !dram
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// Somebody waits for the copy in this run: nothing is left when the others are done.
// CHECK-LABEL: func.func @waited_for
// CHECK-NOT: npu.request_left
// CHECK-NOT: npu.request_leave
// CHECK: return
func.func @waited_for(%x: !dram {npu.io = "input"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
  npu.copy %1 to %y on <dma3> : !sram to !dram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// Another core may write what the copy reads.
// CHECK-LABEL: func.func @other_cores
// CHECK-NOT: npu.request_left
// CHECK-NOT: npu.request_leave
// CHECK: return
func.func @other_cores(%x: !dram {npu.io = "input"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  npu.copy %x to %1 on <dma0> multicast : !dram to !sram
  npu.copy %1 to %y on <dma3> : !sram to !dram
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// Inputs are the next request's in the next run.
// CHECK-LABEL: func.func @input
// CHECK-NOT: npu.request_left
// CHECK-NOT: npu.request_leave
// CHECK: return
func.func @input(%x: !dram {npu.io = "input"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.copy %x to %y on <dma3> : !dram to !dram
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// It is not worth the words.
// CHECK-LABEL: func.func @short
// CHECK-NOT: npu.request_left
// CHECK-NOT: npu.request_leave
// CHECK: return
func.func @short(%x: !dram {npu.io = "input"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 200000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
  npu.copy %1 to %y on <dma3> : !sram to !dram
  return
}

// -----

!dram = memref<65536xi8, #npu.space<dram>>
!sram = memref<65536xi8, #npu.space<sram>>
#id = affine_map<(i) -> (i)>

// What the queue did before somebody waited for it is no part of the rest.
// CHECK-LABEL: func.func @done_before
// CHECK-NEXT: [[LEFT:%.*]] = npu.alloc at 65536 : memref<65536xi8, #npu.space<sram>>
// CHECK-NEXT: npu.request_left [[LEFT]] on <dma3> : memref<65536xi8, #npu.space<sram>>
func.func @done_before(%x: !dram {npu.io = "input"}, %y: !dram {npu.io = "output"}) attributes {npu.expected_cycles = 20000 : i64} {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 65536 : !sram
  %2 = npu.alloc at 131072 : !sram
  %spill = npu.alloc at 0 : !dram
  npu.copy %x to %0 on <dma0> : !dram to !sram
  npu.copy %0 to %spill on <dma3> : !sram to !dram
  npu.copy %spill to %2 on <dma1> : !dram to !sram
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: i8, %old: i8):
    npu.yield %a : i8
  }
  npu.copy %1 to %y on <dma3> : !sram to !dram
  return
}
