// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-lower-cores{target=hbm}))' | FileCheck %s

// CHECK-LABEL: func.func @shares
func.func @shares(%x: memref<64xf32, #npu.space<dram>>) {
  %0 = npu.alloc at 0 : memref<1xf32, #npu.space<sram>>
  // CHECK: %[[ID:.*]] = npu.core_id
  // All cores: no question.
  // CHECK: %[[C2:.*]] = arith.constant 2
  // CHECK: %[[J:.*]] = arith.remui %[[ID]], %[[C2]]
  // CHECK: %[[I:.*]] = arith.divui %[[ID]], %[[C2]]
  // CHECK-NEXT: memref.subview %{{.*}}[%[[I]]]
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: memref.subview %{{.*}}[%[[J]]]
  npu.on_cores (%i, %j) in (4, 2) {
    %a = memref.subview %x[%i] [1] [1] : memref<64xf32, #npu.space<dram>> to memref<1xf32, strided<[1], offset: ?>, #npu.space<dram>>
    npu.copy %a to %0 : memref<1xf32, strided<[1], offset: ?>, #npu.space<dram>> to memref<1xf32, #npu.space<sram>>
    %b = memref.subview %x[%j] [1] [1] : memref<64xf32, #npu.space<dram>> to memref<1xf32, strided<[1], offset: ?>, #npu.space<dram>>
    npu.copy %b to %0 : memref<1xf32, strided<[1], offset: ?>, #npu.space<dram>> to memref<1xf32, #npu.space<sram>>
  }
  // CHECK: npu.barrier
  npu.barrier %x on <dma3> : memref<64xf32, #npu.space<dram>>
  // CHECK: %[[C1:.*]] = arith.constant 1
  // CHECK: %[[WORKS:.*]] = arith.cmpi ult, %[[ID]], %[[C1]]
  // CHECK-NEXT: scf.if %[[WORKS]] {
  // CHECK-NEXT: memref.subview
  npu.on_cores {
    %a = memref.subview %x[0] [1] [1] : memref<64xf32, #npu.space<dram>> to memref<1xf32, strided<[1]>, #npu.space<dram>>
    npu.copy %0 to %a : memref<1xf32, #npu.space<sram>> to memref<1xf32, strided<[1]>, #npu.space<dram>>
  }
  return
}
