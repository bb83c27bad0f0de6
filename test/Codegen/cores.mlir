// RUN: ashlar-opt %s --convert-npu-to-nisa=target=hbm | FileCheck %s
// RUN: ashlar-opt %s --convert-npu-to-nisa=target=hbm --nisa-allocate-registers=target=hbm | ashlar-translate --nisa-to-image -o %t.npu
// RUN: ashlar run %t.npu --random-inputs --sanitize
// RUN: ashlar inspect %t.npu --disassemble | FileCheck %s --check-prefix=IMAGE
// RUN: ashlar-translate --image-to-asm %t.npu | ashlar-translate --asm-to-image -o %t.again.npu
// RUN: cmp %t.npu %t.again.npu
// RUN: ashlar inspect %t.npu --json | %python -c "import json, sys; s = {x['name']: x for x in json.load(sys.stdin)['sections']}; assert s['.text.core0']['offset'] == s['.text.core7']['offset'] and s['.text.core7']['bytes'] > 0, s"

// One text for all of them.
// CHECK: nisa.text 0 cores 8
func.func @main(%x: memref<64xf32, #npu.space<dram>> {npu.io = "input", npu.offset = 0 : i64},
                %y: memref<64xf32, #npu.space<dram>> {npu.io = "output", npu.offset = 256 : i64})
    attributes {npu.io_bytes = 512 : i64} {
  // CHECK: nisa.rdsys [[ID:.*]], core
  %0 = npu.core_id
  %c8 = arith.constant 8 : index
  %r = arith.muli %0, %c8 : index
  %s = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  %a = memref.subview %x[%r] [8] [1] : memref<64xf32, #npu.space<dram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  %b = memref.subview %y[%r] [8] [1] : memref<64xf32, #npu.space<dram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  npu.copy %a to %s on <dma3> : memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  npu.copy %s to %b on <dma3> : memref<8xf32, #npu.space<sram>> to memref<8xf32, strided<[1], offset: ?>, #npu.space<dram>>
  // CHECK: nisa.li [[CORE:.*]], 0
  // CHECK: nisa.loopi 8
  // CHECK-NEXT: nisa.signalr dma3, [[CORE]], s255, 1
  // CHECK-NEXT: nisa.addi [[CORE]], [[CORE]], 1
  // CHECK: nisa.wait dma3, s255, 8
  npu.barrier %y on <dma3> semaphore 255 : memref<64xf32, #npu.space<dram>>
  // Without the barrier core 0 would race with its neighbour.
  %next = memref.subview %y[8] [8] [1] : memref<64xf32, #npu.space<dram>> to memref<8xf32, strided<[1], offset: 8>, #npu.space<dram>>
  npu.copy %next to %s on <dma3> : memref<8xf32, strided<[1], offset: 8>, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  return
}
// IMAGE: signalr
