//===- Passes.td - The pass from nn to linalg -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NNTOLINALG_PASSES
#define ASHLAR_CONVERSION_NNTOLINALG_PASSES

include "mlir/Pass/PassBase.td"

def ConvertNNToLinalg : Pass<"convert-nn-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lower neural-network operators to structured operators on tensors";
  let description = [{
    Expects static shapes. Every `nn` operation becomes `linalg`, `tensor`,
    `arith` and `math`; what has no lowering is reported for the whole module at
    once, with the node's name as the location, and the pass fails.

    Guarantees:
    - Signless types only: `ui8` becomes `i8` and so on, and signedness lives in
      the operations. Arguments and results of functions that were unsigned keep
      their type in the attribute `nn.element_type`.
    - Indexing maps are projected permutations but for windows (sums) and
      reversals: operands lose the dimensions that they repeat along.
    - Half types compute in f32 inside a body and round once per `nn` operation;
      sums and products over many elements accumulate in f32, of 8-bit integers
      in i32.
    - Constants whose elements are all equal stand in the bodies.
    - What `arith` leaves undefined has the machine's meaning (docs/machine.md):
      x / 0 is all ones, conversions to integers saturate.

    ```mlir
    %1 = nn.add %0, %b : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
    ```
    becomes
    ```mlir
    %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>,
                                          affine_map<(d0, d1) -> (d1)>,
                                          affine_map<(d0, d1) -> (d0, d1)>],
                         iterator_types = ["parallel", "parallel"]}
        ins(%0, %b : tensor<4x16xf32>, tensor<16xf32>)
        outs(%empty : tensor<4x16xf32>) {
      ^bb0(%x: f32, %y: f32, %out: f32):
        %s = arith.addf %x, %y : f32
        linalg.yield %s : f32
    } -> tensor<4x16xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
    "::ashlar::nn::NNDialect"];
}

#endif // ASHLAR_CONVERSION_NNTOLINALG_PASSES
