// RUN: ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-insert-sync))' --verify-diagnostics

func.func @unplaced(%a: memref<8xf32, #npu.space<dram>>) {
  // expected-error @below {{expected a placed buffer}}
  %0 = npu.alloc : memref<8xf32, #npu.space<sram>>
  npu.copy %a to %0 : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  return
}

// -----

func.func @untraced(%a: memref<8xf32, #npu.space<dram>>, %b: memref<8xf32, #npu.space<dram>>,
                    %s: memref<8xf32, #npu.space<sram>>, %c: i1) {
  %0 = arith.select %c, %a, %b : memref<8xf32, #npu.space<dram>>
  // expected-error @below {{uses a memref whose buffer cannot be traced}}
  npu.copy %0 to %s : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  return
}
