//===- Passes.td - npu to linalg ----------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NPUTOLINALG_PASSES
#define ASHLAR_CONVERSION_NPUTOLINALG_PASSES

include "mlir/Pass/PassBase.td"

def ConvertNPUToLinalg : Pass<"convert-npu-to-linalg", "::mlir::ModuleOp"> {
  let summary = "npu operations to linalg on memrefs without memory spaces, for the host";
  let description = [{
    Gives a program at the npu level to upstream's host path: every operation
    becomes linalg on memrefs in program order, buffers become allocations that
    live until their block ends, semaphores and memory spaces vanish. Halves are
    multiplied and accumulated in f32, as the machine does. `npu.attention`, on
    tensors or memrefs, becomes its parts on tensors.

    A function that all cores run, with `npu.core_id {npu.cores = N}`, becomes
    what each core does between two barriers, one core after the other, with
    buffers on chip for each of them.

    Before: `npu.copy %a to %b : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>`
    After: `linalg.generic` that copies `memref<4xf32>` to `memref<4xf32>`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::bufferization::BufferizationDialect"];
}

#endif // ASHLAR_CONVERSION_NPUTOLINALG_PASSES
