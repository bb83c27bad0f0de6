// RUN: ashlar-opt %s --convert-npu-to-nisa=target=hbm | FileCheck %s
// RUN: ashlar-opt %s --convert-npu-to-nisa=target=hbm --nisa-allocate-registers=target=hbm | ashlar-translate --nisa-to-image -o %t.npu
// RUN: ashlar run %t.npu --random-inputs --sanitize --timed --outputs %t.out

// Cores 0, 2, 4 and 6 share what core 0 loads, 1, 3, 5 and 7 what core 1 does. Each
// waits for the one behind it, unless it is the last, and tells the one before it,
// unless it is the first, which copies.
func.func @main(%x: memref<64xf32, #npu.space<dram>> {npu.io = "input", npu.offset = 0 : i64},
                %y: memref<64xf32, #npu.space<dram>> {npu.io = "output", npu.offset = 256 : i64})
    attributes {npu.io_bytes = 512 : i64} {
  %0 = npu.core_id
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %rank = arith.divui %0, %c2 : index
  %half = arith.remui %0, %c2 : index
  %p = arith.muli %half, %c8 : index
  %q = arith.muli %0, %c8 : index
  %s = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  %a = memref.subview %x[%p] [8] [1] : memref<64xf32, #npu.space<dram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  %b = memref.subview %y[%q] [8] [1] : memref<64xf32, #npu.space<dram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  // CHECK: nisa.rdsys {{.*}}, core
  // CHECK: nisa.rdsys [[CORE:.*]], core
  // CHECK: nisa.li [[MASK:.*]], 85
  // CHECK: nisa.shl [[CORES:.*]], [[MASK]], [[CORE]]
  // CHECK: nisa.addi [[BEFORE:.*]], [[CORE]], -2
  // CHECK: nisa.beq {{.*}}, [[HEARD:.*]]
  // CHECK-NEXT: nisa.wait dma0, s255, 1
  // CHECK: nisa.beq {{.*}}, r0, [[FIRST:.*]]
  // CHECK-NEXT: nisa.signalr dma0, [[BEFORE]], s255, 1
  // CHECK-NEXT: nisa.jmp
  // CHECK: nisa.copy dma0
  // CHECK-NEXT: nisa.c.multicast [[CORES]]
  // CHECK-NEXT: nisa.c.signal s254, 1
  npu.copy %a to %s on <dma0> shared(%rank) <4 by 2 credits 255 arrivals 254> : memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  // CHECK: nisa.wait dma3, s254, 1
  npu.receive %s on <dma3> semaphore 254 : memref<8xf32, #npu.space<sram>>
  npu.copy %s to %b on <dma3> : memref<8xf32, #npu.space<sram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  return
}
