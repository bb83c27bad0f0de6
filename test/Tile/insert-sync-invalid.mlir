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

// -----

func.func @unnamed(%a: memref<8xf32>, %b: memref<8xf32, #npu.space<dram>>, %f: f32) {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  %1 = memref.alloc() : memref<8xf32>
  %c0 = arith.constant 0 : index
  // expected-error @below {{uses a buffer outside the named memories: 'memref<8xf32>'}}
  memref.store %f, %1[%c0] : memref<8xf32>
  return
}
