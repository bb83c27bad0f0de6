// RUN: ashlar-opt %s --convert-npu-to-nisa=target=server | FileCheck %s
// RUN: ashlar-opt %s --convert-npu-to-nisa=target=server --nisa-allocate-registers | FileCheck %s --check-prefix=REGS

// Where an input is, is chosen once; registers that say so have no other use.
// CHECK: fetches_next = 1
// CHECK-SAME: leaves_outputs = 1
// CHECK: nisa.sel [[BASE:%r[0-9]+]], r6, {{%r[0-9]+}}, {{%r[0-9]+}}
// CHECK: nisa.dnew {{.*}}[[BASE]]
// CHECK: nisa.sltu [[QUEUED:%r[0-9]+]], r0, r5
// CHECK: nisa.beq [[QUEUED]], r0
// CHECK: nisa.dnew {{.*}}r5, 64
// What the run before has left takes no word, leaving something takes one.
// CHECK: nisa.leave dma1
// CHECK-NEXT: nisa.halt
// REGS-NOT: nisa.{{[a-z]+}} r5,
// REGS-NOT: nisa.{{[a-z]+}} r6,
memref.global "private" @place : memref<64xi8, #npu.space<sram>> = uninitialized {npu.offset = 0 : i64, npu.staged}

func.func @main(%other: memref<64xi8, #npu.space<dram>> {npu.io = "input", npu.offset = 0 : i64}, %x: memref<64xi8, #npu.space<dram>> {npu.io = "input", npu.offset = 64 : i64}) {
  %left = npu.alloc at 128 : memref<64xi8, #npu.space<sram>>
  npu.request_left %left on <dma1> : memref<64xi8, #npu.space<sram>>
  %place = memref.get_global @place : memref<64xi8, #npu.space<sram>>
  %here = npu.request_input %x at %place : memref<64xi8, #npu.space<dram>>, memref<64xi8, #npu.space<sram>>
  %tile = npu.alloc at 64 : memref<64xi8, #npu.space<sram>>
  npu.copy %here to %tile on <dma0> : memref<64xi8, #npu.space<dram>> to memref<64xi8, #npu.space<sram>>
  %queued = npu.request_has_next
  scf.if %queued {
    %next = npu.request_next_input %x : memref<64xi8, #npu.space<dram>>
    npu.copy %next to %place on <dma0> : memref<64xi8, #npu.space<dram>> to memref<64xi8, #npu.space<sram>>
  }
  npu.request_leave <dma1>
  return
}
