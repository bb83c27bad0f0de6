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
    Values of type f32, f16 and bf16 become values of `type`; f64, integers and
    truth values stay. Arguments and results keep their types: they are cast once,
    at the graph's edge, and constants are converted at compile time. Operators of
    quantisation keep their types, since a scale must not be rounded.

    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    // with type=bf16 becomes
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.cast %x : (tensor<4xf32>) -> tensor<4xbf16>
      %1 = nn.exp %0 : (tensor<4xbf16>) -> tensor<4xbf16>
      %2 = nn.cast %1 : (tensor<4xbf16>) -> tensor<4xf32>
      return %2 : tensor<4xf32>
    }
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
