//===- Passes.td - linalg on tiles to npu ---------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_LINALGTONPU_PASSES
#define ASHLAR_CONVERSION_LINALGTONPU_PASSES

include "mlir/Pass/PassBase.td"

def ConvertLinalgToNPU : Pass<"convert-linalg-to-npu", "::mlir::func::FuncOp"> {
  let summary = "gives work on tiles to the engines of the machine";
  let description = [{
    Expects what `schedule-materialize-tiles` leaves: linalg operations on tiles
    in sram and acc, and `memref.copy` between dram and sram. A product into acc
    becomes `npu.matmul`, a copy into acc `npu.preload`, elementwise work on acc
    `npu.drain`, a windowed reduction with channels innermost `npu.window`,
    everything else `npu.vector`, `npu.fill` and `npu.copy`. Filling
    an accumulator with zero becomes `accumulate_if` of the product, filling a
    sum with zero `init` of the reduction.

    What the machine cannot do is reported for the whole function, each instance
    with its reason, before the pass fails. Guarantees that no linalg operation is
    left.

    ```mlir
    linalg.fill ins(%zero : f32) outs(%acc : memref<64x64xf32, #npu.space<acc>>)
    scf.for %k = %c0 to %c512 step %c64 {
      linalg.generic { mulf, addf } ins(%a, %b) outs(%acc)
    }
    // becomes
    scf.for %k = %c0 to %c512 step %c64 {
      %later = arith.cmpi ne, %k, %c0 : index
      npu.matmul ins(%a, %b) outs(%acc) accumulate_if(%later) {...}
    }
    ```
  }];
  let dependentDialects = ["::ashlar::npu::NPUDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

#endif // ASHLAR_CONVERSION_LINALGTONPU_PASSES
