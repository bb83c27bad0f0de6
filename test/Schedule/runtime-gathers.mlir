// RUN: ashlar-opt %s --schedule-materialize-tiles --schedule-tile-gathers=target=edge --canonicalize --cse | FileCheck %s

!t = memref<300x64xf32, #npu.space<dram>>
!ids = memref<40xi32, #npu.space<dram>>
!rows = memref<40x64xf32, #npu.space<dram>>

// As many rows are picked as the list is long in this run.
// CHECK-LABEL: func.func @list
// CHECK: %[[N:.*]] = npu.runtime_dim "T" in 0 to 40
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[N]] step %{{.*}} {
// CHECK: %[[LEFT:.*]] = arith.subi %[[N]], %[[I]]
// CHECK: %[[PART:.*]] = arith.minsi %[[LEFT]], %c40
// CHECK: memref.subview %{{.*}}[%[[I]]] [%[[PART]]]
// CHECK: npu.gather
// CHECK-NOT: schedule.extents
func.func @list(%t: !t, %i: !ids {npu.dims = ["T"]}, %r: !rows {npu.dims = ["T", ""]})
    attributes {npu.dim_ranges = {T = array<i64: 0, 40>}} {
  npu.gather %t at %i into %r dim 0 : !t, !ids, !rows
  return
}
