// Buffers on chip live until their block ends, also in loops.
// RUN: ashlar-reference %s | FileCheck %s
// CHECK: f32 4 [3, 4, 5, 6]
memref.global "private" constant @w : memref<4xf32, #npu.space<dram>> = dense<[3.0, 4.0, 5.0, 6.0]>
func.func @main(%y: memref<4xf32, #npu.space<dram>> {npu.io = "output"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %0 = memref.alloc() : memref<4xf32, #npu.space<sram>>
  %1 = memref.get_global @w : memref<4xf32, #npu.space<dram>>
  npu.copy %1 to %0 : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>
  scf.for %i = %c0 to %c4 step %c2 {
    %2 = npu.alloc depth 2 : memref<2xf32, #npu.space<sram>>
    %from = memref.subview %0[%i] [2] [1] : memref<4xf32, #npu.space<sram>> to memref<2xf32, strided<[1], offset: ?>, #npu.space<sram>>
    %to = memref.subview %y[%i] [2] [1] : memref<4xf32, #npu.space<dram>> to memref<2xf32, strided<[1], offset: ?>, #npu.space<dram>>
    npu.copy %from to %2 : memref<2xf32, strided<[1], offset: ?>, #npu.space<sram>> to memref<2xf32, #npu.space<sram>>
    npu.copy %2 to %to : memref<2xf32, #npu.space<sram>> to memref<2xf32, strided<[1], offset: ?>, #npu.space<dram>>
  }
  return
}
