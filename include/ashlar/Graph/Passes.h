//===- Passes.h - Passes on nn --------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_GRAPH_PASSES_H
#define ASHLAR_GRAPH_PASSES_H

#include "dialects/nn/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <functional>
#include <memory>

namespace ashlar {

#define GEN_PASS_DECL
#include "lib/Graph/Passes.h.inc"

/// Runs a module of nn whose `main` takes nothing and returns tensors; gives
/// the results, or fails (after an error) if they cannot be computed.
using ConstantEvaluator =
    std::function<llvm::FailureOr<llvm::SmallVector<mlir::ElementsAttr>>(
        mlir::ModuleOp)>;

std::unique_ptr<mlir::Pass>
createFoldConstants(ConstantEvaluator evaluator,
                    const FoldConstantsOptions &options = {});

/// Registers the passes; `nn-fold-constants` on the command line uses
/// `evaluator`.
void registerGraphPasses(ConstantEvaluator evaluator);

} // namespace ashlar

#endif // ASHLAR_GRAPH_PASSES_H
