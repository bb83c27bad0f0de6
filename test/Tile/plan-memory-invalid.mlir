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

// -----

// Inputs, outputs and constants that leave nothing, and what else does not fit the rest.
// CHECK: error: {{.*}}does not fit: 6000000064 bytes of dram are needed (inputs and outputs 5000000000, states 64, constants 1000000000), the machine has 4294967296; smaller shapes, narrower types (--precision, --io-type) or a target with more dram would help
// CHECK: note: {{.*}}4000000000 bytes: input 'x', {{.*}}memref<1000000000xf32
// CHECK: note: {{.*}}1000000000 bytes: output 'y', {{.*}}memref<250000000xf32
// CHECK: note: {{.*}}1000000000 bytes: constant 'w', {{.*}}memref<250000000xf32
// CHECK: note: {{.*}}4 bytes: state 'arg2', {{.*}}memref<1xf32
memref.global "private" constant @w : memref<250000000xf32, #npu.space<dram>> = dense<1.0>
func.func @regions(%a: memref<1000000000xf32, #npu.space<dram>> {npu.io = "input", npu.name = "x"},
                   %b: memref<250000000xf32, #npu.space<dram>> {npu.io = "output", npu.name = "y"},
                   %c: memref<1xf32, #npu.space<dram>> {npu.io = "state"}) attributes {npu.target = "edge"} {
  return
}

// -----

// CHECK: error: {{.*}}does not fit: 2000000000 bytes of dram are needed at once, the machine has 294967296 besides those of inputs, outputs, states and constants; smaller shapes, a narrower --precision or a target with more dram would help
// CHECK: note: {{.*}}2000000000 bytes: 'big'
func.func @arena(%a: memref<1000000000xf32, #npu.space<dram>> {npu.io = "input"}) attributes {npu.target = "edge"} {
  %0 = npu.alloc : memref<500000000xf32, #npu.space<dram>> loc("big")
  npu.copy %0 to %0 : memref<500000000xf32, #npu.space<dram>> to memref<500000000xf32, #npu.space<dram>>
  return
}

// -----

// What stays in the scratchpad leaves less of it.
// CHECK: error: {{.*}}does not fit: 200000 bytes of sram are needed at once, the machine has 96128 besides those of constants; smaller tiles or a larger target would help
// CHECK: note: {{.*}}200000 bytes: 'tile'
memref.global "private" @w : memref<500000xf32, #npu.space<sram>> = uninitialized {npu.offset = 0 : i64}
func.func @resident(%a: memref<50000xf32, #npu.space<dram>>) attributes {npu.target = "edge"} {
  %0 = npu.alloc : memref<50000xf32, #npu.space<sram>> loc("tile")
  npu.copy %a to %0 : memref<50000xf32, #npu.space<dram>> to memref<50000xf32, #npu.space<sram>>
  npu.copy %0 to %a : memref<50000xf32, #npu.space<sram>> to memref<50000xf32, #npu.space<dram>>
  return
}
