//===- Passes.td - The pass from nn to npu --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NNTONPU_PASSES
#define ASHLAR_CONVERSION_NNTONPU_PASSES

include "mlir/Pass/PassBase.td"

def CheckCalls : Pass<"func-check-calls", "::mlir::ModuleOp"> {
  let summary = "refuses functions whose calls inline to more operations than are compiled";
  let description = [{
    Runs before calls are inlined. Chains of functions that call one another
    twice double at every step: a file of a few kilobytes can describe a model of
    2^60 operations. Counts, from the functions that call nothing upwards, what
    each would have with its calls inlined, and refuses the first that would have
    more than `max-operations`, which is ten times what the largest models have.
    Functions that call themselves are not inlined; `linalg-check-support`
    refuses them.

    ```mlir
    func.func private @f60(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = call @f59(%x) : (tensor<4xf32>) -> tensor<4xf32>
      %1 = call @f59(%0) : (tensor<4xf32>) -> tensor<4xf32>
      return %1 : tensor<4xf32>
    }
    // error: functions are inlined, and with what it calls this one has ...
    ```
  }];
  let options = [
    Option<"maxOperations", "max-operations", "uint64_t", "100000",
           "operations that a function may have with its calls inlined">
  ];
}

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

def LowerPacks : Pass<"linalg-lower-packs", "::mlir::func::FuncOp"> {
  let summary = "linalg.pack and linalg.unpack become pads, reshapes, transpositions and slices";
  let description = [{
    Layouts in tiles are how others' compilers prepare for their own kernels. Here
    they are movements of elements like any other, however many tiles there are,
    and the scheduler chooses tiles of its own. Expects static shapes; guarantees
    that neither operation is left.

    ```mlir
    %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [2] into %e : tensor<6x5xf32> -> tensor<3x5x2xf32>
    // becomes
    %1 = tensor.expand_shape %x [[0, 1], [2]] output_shape [3, 2, 5] : tensor<6x5xf32> into tensor<3x2x5xf32>
    %0 = linalg.transpose ins(%1 : tensor<3x2x5xf32>) outs(%e : tensor<3x5x2xf32>) permutation = [0, 2, 1]
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
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
