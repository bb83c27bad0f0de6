// RUN: ashlar-opt %s --schedule-open-session | FileCheck %s

// A constant that stays has a place in every scratchpad for the whole session; one
// copy to all of them stands in a function of its own, however many read it.
// CHECK: memref.global "private" constant @w : memref<4xf32, #npu.space<dram>> = dense<1.000000e+00>
// CHECK: memref.global "private" @w_resident : memref<4xf32, #npu.space<sram>> = uninitialized
memref.global "private" constant @w : memref<4xf32, #npu.space<dram>> = dense<1.0>

// CHECK-LABEL: func.func @main
// CHECK-SAME: npu.opening = @main_open, npu.target = "nano"
func.func @main() attributes {npu.target = "nano"} {
  // CHECK-NEXT: %[[A:.*]] = memref.get_global @w_resident : memref<4xf32, #npu.space<sram>>
  // CHECK-NEXT: %[[B:.*]] = memref.get_global @w_resident
  // CHECK: linalg.add ins(%[[A]], %[[B]]
  %a = memref.alloc() {schedule.constant = @w} : memref<4xf32, #npu.space<sram>>
  %b = memref.alloc() {schedule.constant = @w} : memref<4xf32, #npu.space<sram>>
  %c = memref.alloc() : memref<4xf32, #npu.space<sram>>
  linalg.add ins(%a, %b : memref<4xf32, #npu.space<sram>>, memref<4xf32, #npu.space<sram>>) outs(%c : memref<4xf32, #npu.space<sram>>)
  return
}

// CHECK-LABEL: func.func @main_open
// CHECK-SAME: npu.target = "nano"
// CHECK-NEXT: %[[FROM:.*]] = memref.get_global @w : memref<4xf32, #npu.space<dram>>
// CHECK-NEXT: %[[TO:.*]] = memref.get_global @w_resident
// CHECK-NEXT: npu.copy %[[FROM]] to %[[TO]] multicast
// CHECK-NEXT: return

// Without such constants there is nothing to open.
// CHECK-LABEL: func.func @nothing() {
// CHECK-NOT: @nothing_open
func.func @nothing() {
  return
}
