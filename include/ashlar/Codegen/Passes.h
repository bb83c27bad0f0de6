//===- Passes.h - From tiles to machine words ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CODEGEN_PASSES_H
#define ASHLAR_CODEGEN_PASSES_H

#include "Timing/Machine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include <memory>

namespace ashlar {

#define GEN_PASS_DECL
#include "lib/Codegen/Passes.h.inc"

std::unique_ptr<mlir::Pass>
createConvertNPUToNISA(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass>
createAllocateRegisters(const runtime::Machine &machine);

/// From placed, synchronised tiles to a module that `buildImage` (lib/Image)
/// turns into an image.
void buildCodegenPipeline(mlir::OpPassManager &manager,
                          const runtime::Machine &machine);

void registerCodegenPasses();

} // namespace ashlar

#endif // ASHLAR_CODEGEN_PASSES_H
