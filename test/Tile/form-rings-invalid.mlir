// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-form-rings))' --verify-diagnostics

func.func @dynamic(%n: index) {
  // expected-error @below {{expected a static shape for a buffer in sram}}
  %0 = memref.alloc(%n) : memref<?xf32, #npu.space<sram>>
  return
}
