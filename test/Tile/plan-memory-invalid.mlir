// RUN: not ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-plan-memory))' 2>&1 | FileCheck %s

// CHECK: error: {{.*}}does not fit: {{[0-9]+}} bytes of sram are needed at once, the machine has 2096128; smaller tiles or a larger target would help
// CHECK: note: {{.*}}2000000 bytes: '/conv1/Conv', {{.*}}memref<500000xf32
// CHECK: note: 200000 bytes: a buffer, {{.*}}memref<50000xf32
func.func @sram(%a: memref<500000xf32, #npu.space<dram>>, %b: memref<50000xf32, #npu.space<dram>>) attributes {npu.target = "edge"} {
  %0 = npu.alloc : memref<500000xf32, #npu.space<sram>> loc("/conv1/Conv")
  %1 = npu.alloc : memref<50000xf32, #npu.space<sram>>
  npu.copy %a to %0 : memref<500000xf32, #npu.space<dram>> to memref<500000xf32, #npu.space<sram>>
  npu.copy %b to %1 : memref<50000xf32, #npu.space<dram>> to memref<50000xf32, #npu.space<sram>>
  npu.copy %0 to %a : memref<500000xf32, #npu.space<sram>> to memref<500000xf32, #npu.space<dram>>
  npu.copy %1 to %b : memref<50000xf32, #npu.space<sram>> to memref<50000xf32, #npu.space<dram>>
  return
}

// -----

// CHECK: error: {{.*}}no-such-machine
func.func @target() attributes {npu.target = "no-such-machine"} {
  return
}
