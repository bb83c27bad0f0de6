// RUN: ashlar-opt %s --npu-place-residents | FileCheck %s
// RUN: ashlar-opt %s --pass-pipeline='builtin.module(npu-place-residents,func.func(npu-plan-memory{target=edge}))' | FileCheck %s --check-prefix=PLAN
// RUN: not ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-plan-memory{target=edge}))' 2>&1 | FileCheck %s --check-prefix=MISSING

// Globals in the scratchpad lie one behind the other, in whole lines; constants in
// dram are the image's business.
// CHECK: memref.global "private" constant @w : memref<3xf32, #npu.space<dram>> = dense
// CHECK-SAME: {{$}}
memref.global "private" constant @w : memref<3xf32, #npu.space<dram>> = dense<1.0>
// CHECK: memref.global "private" @a : memref<3xf32, #npu.space<sram>> = uninitialized {npu.offset = 0 : i64}
memref.global "private" @a : memref<3xf32, #npu.space<sram>> = uninitialized
// CHECK: memref.global "private" @b : memref<65xi8, #npu.space<sram>> = uninitialized {npu.offset = 64 : i64}
memref.global "private" @b : memref<65xi8, #npu.space<sram>> = uninitialized

// Buffers come behind them.
// MISSING: error: expected 'npu.offset' of globals in sram, run npu-place-residents first
// PLAN: npu.plan = {{.*}}sram_bound = 256 : i64, sram_peak = 256 : i64
// PLAN: npu.alloc at 192
func.func @main(%x: memref<16xf32, #npu.space<dram>> {npu.io = "input"}) {
  %0 = npu.alloc : memref<16xf32, #npu.space<sram>>
  npu.copy %x to %0 on <dma0> : memref<16xf32, #npu.space<dram>> to memref<16xf32, #npu.space<sram>>
  return
}
