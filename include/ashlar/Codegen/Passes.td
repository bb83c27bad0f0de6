//===- Passes.td - From tiles to machine words ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CODEGEN_PASSES
#define ASHLAR_CODEGEN_PASSES

include "mlir/Pass/PassBase.td"

def PrepareCodegen : Pass<"npu-prepare-codegen", "::mlir::func::FuncOp"> {
  let summary = "leaves only scalar arithmetic that the scalar unit has";
  let description = [{
    Expands division that rounds up or down, affine operations stand lowered
    already (`lower-affine`). Views of a transposed, padded or viewed buffer keep
    their form: they cost no code but their address.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def ConvertNPUToNISA : Pass<"convert-npu-to-nisa", "::mlir::ModuleOp"> {
  let summary = "selects machine words for placed, synchronised tiles";
  let description = [{
    Each function with a body becomes the text of core 0 (there is one, the entry
    point); other cores have no text and halt at once. Every memref becomes an
    address, sizes and strides: constants, or numbers in scalar registers, so that
    tiles at a boundary run in the same words as those inside. Loops stay loops.
    Scalar registers are virtual; `nisa-allocate-registers` gives them numbers.

    The module gets the attribute `nisa.image`: signature, regions, memory plan,
    the machine, weights in the order of their `memref.global`.

    Expects npu operations, `scf.for`, `scf.if`, `scf.while`, views, `arith` and
    `math` on scalars; everything else is reported, all of it at once.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::nisa::NISADialect", "::ashlar::npu::NPUDialect"];
}

def ReuseDescriptors : Pass<"nisa-reuse-descriptors", "::mlir::ModuleOp"> {
  let summary = "sets up descriptors once for all that use the same tensor";
  let description = [{
    Selection sets up each descriptor of each instruction anew. Here the words
    that do so become requests for contents, and descriptors are chosen among all
    32: one that holds what is asked for costs no word, one that differs in its
    base or in some dimensions costs those, in place or as a copy (`dmov`). What
    is asked for again before it is forgotten stays if that is cheaper.

    Contents are known along straight words, over forward branches (what both
    sides have) and behind loops that run at least once; at the beginning of a loop
    and at named labels everything is forgotten. Scalar registers are virtual or
    not; none lives longer than before. A text that uses descriptors which it has
    not set up on every path, or that calls, stays as it is.

    Before: `dnew d0, f32, r6, 0; ddim d0, 5, 64, 1; mm d0, d1, d2, set; dnew d1,
    f32, r6, 0; ddim d1, 5, 64, 1; dnew d0, ...; drain d0, d1, row`. After: the
    drain reads the `d0` of the product.
  }];
  let dependentDialects = ["::ashlar::nisa::NISADialect"];
}

def AllocateRegisters : Pass<"nisa-allocate-registers", "::mlir::ModuleOp"> {
  let summary = "gives virtual scalar registers physical ones";
  let description = [{
    Liveness over the flat text (branches, hardware loops), then linear scan
    over `r5`..`r63`; the runtime's bases in `r1`..`r4` stay. What does not fit is
    kept in words at the end of the scratchpad that planning left free: stored
    behind each write, loaded before each read.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: the image's)">,
                 Option<"registers", "registers", "int64_t", "59",
                        "physical registers to use, from r5 on">];
  let dependentDialects = ["::ashlar::nisa::NISADialect"];
}

#endif // ASHLAR_CODEGEN_PASSES
