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

// Gathers by copy engines take turns with the loads; those within the scratchpad
// are the vector unit's.
// EDGE-LABEL: func.func @gather
// EDGE: npu.gather {{.*}} on <dma0>
// EDGE: npu.gather %{{.*}} dim 0 : memref<9xf32, #npu.space<sram>>
func.func @gather(%s: memref<9xf32, #npu.space<dram>>, %t: memref<3xf32, #npu.space<dram>>, %i: memref<3xi32, #npu.space<sram>>,
                  %x: memref<9xf32, #npu.space<sram>>, %y: memref<3xf32, #npu.space<sram>>) {
  npu.gather %s at %i into %t dim 0 : memref<9xf32, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<3xf32, #npu.space<dram>>
  npu.gather %x at %i into %y dim 0 : memref<9xf32, #npu.space<sram>>, memref<3xi32, #npu.space<sram>>, memref<3xf32, #npu.space<sram>>
  return
}
