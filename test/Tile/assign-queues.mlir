// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-assign-queues{target=edge}))' | FileCheck %s --check-prefix=EDGE
// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-assign-queues{target=hbm}))' | FileCheck %s --check-prefix=HBM

!dram = memref<8xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>

// With two queues loads share the first; with four they take turns on three.
func.func @copies(%a: !dram, %b: !sram) {
  // EDGE: on <dma0>
  // HBM: on <dma0>
  npu.copy %a to %b : !dram to !sram
  // EDGE: on <dma0>
  // HBM: on <dma1>
  npu.copy %a to %b : !dram to !sram
  // EDGE: on <dma1>
  // HBM: on <dma3>
  npu.copy %b to %a : !sram to !dram
  // What is stated stays.
  // EDGE: on <dma1>
  // HBM: on <dma1>
  npu.copy %a to %b on <dma1> : !dram to !sram
  return
}
