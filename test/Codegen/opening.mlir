// RUN: ashlar-opt %s --convert-npu-to-nisa=target=hbm | FileCheck %s
// RUN: ashlar-opt %s --convert-npu-to-nisa=target=hbm --nisa-allocate-registers=target=hbm | ashlar-translate --nisa-to-image -o %t.npu
// RUN: ashlar run %t.npu --random-inputs --sanitize --timed --repeat 3 | FileCheck %s --check-prefix=SESSION
// RUN: ashlar inspect %t.npu | FileCheck %s --check-prefix=IMAGE
// RUN: ashlar-translate --image-to-asm %t.npu > %t.s
// RUN: FileCheck %s --check-prefix=ASM --input-file=%t.s
// RUN: ashlar-translate --asm-to-image %t.s -o %t.again.npu
// RUN: cmp %t.npu %t.again.npu

// Two entry points in one text: behind the entry comes what opens a session, and
// fills every core's scratchpad at once.
// CHECK: opening = "main_open"
// CHECK: name = "main_open"
// CHECK: resident = 1 : i64
// CHECK: nisa.text 0 cores 8
// CHECK: nisa.halt
// CHECK: nisa.label L[[#]] "main_open"
// CHECK: nisa.li [[ALL:.*]], 255
// CHECK: nisa.copy dma0, d0, d1, 1
// CHECK-NEXT: nisa.c.multicast [[ALL]]
// CHECK: nisa.halt
// SESSION: opening the session took {{[1-9][0-9]*}} cycles
// IMAGE: its sessions are opened by main_open
// IMAGE: 32 B of each core's sram stay from a session's opening on
// IMAGE: w_resident, resident
// ASM: .opening "main_open"
// ASM: .plan "w_resident", "sram", 0, 64, 32, 0, {{[0-9]+}}, resident

memref.global "private" constant @w : memref<8xf32, #npu.space<dram>> = dense<3.0>
memref.global "private" @w_resident : memref<8xf32, #npu.space<sram>> = uninitialized {npu.offset = 64 : i64}

func.func @main(%y: memref<64xf32, #npu.space<dram>> {npu.io = "output", npu.offset = 0 : i64})
    attributes {npu.io_bytes = 256 : i64, npu.opening = @main_open} {
  %0 = npu.core_id
  %c8 = arith.constant 8 : index
  %r = arith.muli %0, %c8 : index
  %w = memref.get_global @w_resident : memref<8xf32, #npu.space<sram>>
  %b = memref.subview %y[%r] [8] [1] : memref<64xf32, #npu.space<dram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  npu.copy %w to %b on <dma3> : memref<8xf32, #npu.space<sram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  return
}

func.func @main_open() {
  %0 = npu.core_id
  %c1 = arith.constant 1 : index
  %first = arith.cmpi ult, %0, %c1 : index
  scf.if %first {
    %w = memref.get_global @w : memref<8xf32, #npu.space<dram>>
    %r = memref.get_global @w_resident : memref<8xf32, #npu.space<sram>>
    npu.copy %w to %r on <dma0> multicast : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  }
  return
}
