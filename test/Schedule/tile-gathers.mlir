// RUN: ashlar-opt %s --split-input-file --schedule-tile-gathers=target=edge | FileCheck %s

!table = memref<30000x64xf32, #npu.space<dram>>
!ids = memref<40000xi32, #npu.space<dram>>
!rows = memref<40000x64xf32, #npu.space<dram>>

// Long rows go from dram to dram; the list comes in pieces.
// CHECK-LABEL: func.func @long
// CHECK-NOT: scf.for
// CHECK: %[[LIST:.*]] = memref.alloc() : memref<40000xi32, #npu.space<sram>>
// CHECK: memref.copy %{{.*}}, %[[LIST]]
// CHECK: npu.gather %{{.*}} at %[[LIST]] into %{{.*}} dim 0 : {{.*}}#npu.space<dram>>, memref<40000xi32, #npu.space<sram>>, {{.*}}#npu.space<dram>>
func.func @long(%t: !table, %i: !ids, %r: !rows) {
  npu.gather %t at %i into %r dim 0 : !table, !ids, !rows
  return
}

// -----

!x = memref<64x9000xi8, #npu.space<dram>>
!ids = memref<100000xi32, #npu.space<dram>>
!y = memref<64x100000xi8, #npu.space<dram>>

// Single bytes: the source's rows come to the scratchpad and stay while pieces of
// the list pass by; boundary tiles run in the same loop.
// CHECK-LABEL: func.func @short
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[LEFT:.*]] = arith.subi
// CHECK: %[[N:.*]] = arith.minsi %[[LEFT]]
// CHECK: memref.copy
// CHECK: memref.copy
// CHECK: npu.gather {{.*}} dim 1 : {{.*}}#npu.space<sram>>, {{.*}}#npu.space<sram>>, {{.*}}#npu.space<sram>>
// CHECK: memref.copy
func.func @short(%x: !x, %i: !ids, %y: !y) {
  npu.gather %x at %i into %y dim 1 : !x, !ids, !y
  return
}
