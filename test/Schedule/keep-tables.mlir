// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(schedule-keep-tables))' | FileCheck %s

// A table that two bodies read is one allocation that holds it for a session.
memref.global "private" constant @t : memref<256xi8, #npu.space<dram>> = dense<1>

// CHECK-LABEL: func.func @main
// CHECK-SAME: schedule.constant_bytes = 256
// CHECK: %[[T:.*]] = memref.alloc() {schedule.constant = @t} : memref<256xi8, #npu.space<sram>>
// CHECK-NOT: memref.get_global
// CHECK: memref.load %[[T]]
// CHECK: memref.load %[[T]]
func.func @main(%x: memref<8xi8, #npu.space<dram>>, %y: memref<8xi8, #npu.space<dram>>) {
  %t = memref.get_global @t : memref<256xi8, #npu.space<dram>>
  %u = memref.get_global @t : memref<256xi8, #npu.space<dram>>
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%x : memref<8xi8, #npu.space<dram>>) outs(%y : memref<8xi8, #npu.space<dram>>) {
  ^bb0(%in: i8, %out: i8):
    %i = arith.index_castui %in : i8 to index
    %e = memref.load %t[%i] : memref<256xi8, #npu.space<dram>>
    linalg.yield %e : i8
  }
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%y : memref<8xi8, #npu.space<dram>>) outs(%x : memref<8xi8, #npu.space<dram>>) {
  ^bb0(%in: i8, %out: i8):
    %i = arith.index_castui %in : i8 to index
    %e = memref.load %u[%i] : memref<256xi8, #npu.space<dram>>
    linalg.yield %e : i8
  }
  return
}

// CHECK-LABEL: func.func @none() {
func.func @none() {
  return
}
