// RUN: ashlar-opt %s --schedule-tile-gathers=target=edge --verify-diagnostics

func.func @dynamic(%x: memref<9x?xf32, #npu.space<dram>>, %i: memref<3xi32, #npu.space<dram>>, %y: memref<3x?xf32, #npu.space<dram>>) {
  // expected-error @below {{expected sizes that are known at compile time, got 'memref<9x?xf32, #npu.space<dram>>'}}
  npu.gather %x at %i into %y dim 0 : memref<9x?xf32, #npu.space<dram>>, memref<3xi32, #npu.space<dram>>, memref<3x?xf32, #npu.space<dram>>
  return
}
