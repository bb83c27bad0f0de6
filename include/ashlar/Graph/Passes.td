//===- Passes.td - Passes on nn -------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_GRAPH_PASSES
#define ASHLAR_GRAPH_PASSES

include "mlir/Pass/PassBase.td"

def SetPrecision : Pass<"nn-set-precision", "::mlir::func::FuncOp"> {
  let summary = "computes in another floating-point type than the model's own";
  let description = [{
    Half types other than `type` first become f32. If `type` is a half type, then
    the factors of matrix products and convolutions are rounded to it, and so are
    values that several operations read, since those are stored; the arithmetic
    between them stays in f32, as it is in the machine's output stage and vector
    unit. f64, integers and truth values stay, and so do the operands of
    quantisation, whose scales must not be rounded. Arguments and results keep
    their types; constants are converted at compile time.

    ```mlir
    %1 = nn.matmul %x, %w : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
    %2 = nn.add %1, %bias : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
    // with type=bf16 becomes
    %0 = nn.cast %x : (tensor<4x8xf32>) -> tensor<4x8xbf16>
    %1 = nn.matmul %0, %w {wide} : (tensor<4x8xbf16>, tensor<8x2xbf16>) -> tensor<4x2xf32>
    %2 = nn.add %1, %bias : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
    ```
  }];
  let options = [Option<"type", "type", "std::string", "\"bf16\"",
                        "the type to compute in: f32, f16 or bf16">];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def FoldConstants : Pass<"nn-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "computes at compile time what depends on constants only";
  let description = [{
    Finds the operations all of whose operands are known, runs them together on
    the host reference path, and replaces those results that anything else uses
    by constants. Results that are much larger than what they are made of
    (broadcasts, iotas) stay operations.

    ```mlir
    %0 = nn.add %variance, %epsilon   // both constants
    %1 = nn.sqrt %0
    %2 = nn.div %x, %1
    // becomes
    %1 = nn.constant dense<...>
    %2 = nn.div %x, %1
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

#endif // ASHLAR_GRAPH_PASSES
