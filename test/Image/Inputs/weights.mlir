memref.global "private" constant @w : memref<4xf32, #npu.space<dram>> = dense<[1.0, 2.0, 3.0, 4.0]>
func.func @main(%x: memref<4xf32, #npu.space<dram>> {npu.io = "output"}) {
  %0 = memref.get_global @w : memref<4xf32, #npu.space<dram>>
  npu.copy %0 to %x : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<dram>>
  return
}
