//===- Passes.td - The pass from nn to npu --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NNTONPU_PASSES
#define ASHLAR_CONVERSION_NNTONPU_PASSES

include "mlir/Pass/PassBase.td"

def CheckSupport : Pass<"linalg-check-support", "::mlir::ModuleOp"> {
  let summary = "says what of a model no engine can do, all of it";
  let description = [{
    Runs first, on nn and linalg, when calls have been inlined and canonicalised
    away is what can be. Reports each operation on tensors, each type, call and
    branch that nothing behind it lowers, with its location, its types and what
    to write instead; then fails. Guarantees functions of one block without
    calls, and tensors of static shape, known element type and countable size.
    What an engine cannot compute inside an operation `convert-linalg-to-npu`
    reports, when operations have their final form.

    A tensor whose bytes 64 bits cannot count does not fit: the module gets
    `npu.does_not_fit`.

    ```mlir
    %0 = tensor.bitcast %x : tensor<8xf32> to tensor<8xi32>
    // error: cannot compile tensor.bitcast (tensor<8xf32>) -> (tensor<8xi32>):
    // use a linalg.generic with arith.bitcast
    ```
  }];
}

def ConvertNNToNPU : Pass<"convert-nn-to-npu", "::mlir::func::FuncOp"> {
  let summary = "what linalg cannot say and tiling must see: nn.attention to npu.attention";
  let description = [{
    `linalg` has no operator whose tiles carry a maximum and a sum from block to
    block, so attention goes past it: operators of `npu` on tensors stand among
    those of `linalg` until they are tiled. Operators of f64 and of dynamic shape
    stay for `convert-nn-to-linalg`, which runs behind this pass.

    ```mlir
    %1 = nn.attention %q, %k, %v {scale = 1.250000e-01 : f32} : ...
    // becomes
    %0 = tensor.empty() : tensor<12x197x64xf32>
    %1 = npu.attention ins(%q, %k, %v : ...) outs(%0 : ...) scale 1.250000e-01 {indexing_maps = [...]} -> ...
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect", "::ashlar::npu::NPUDialect"];
}

#endif // ASHLAR_CONVERSION_NNTONPU_PASSES
