//===- Passes.h - The pass from nn to linalg ------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NNTOLINALG_PASSES_H
#define ASHLAR_CONVERSION_NNTOLINALG_PASSES_H

#include "dialects/nn/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <string>

namespace ashlar {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/NNToLinalg/Passes.h.inc"

/// Why an `nn` operation has no lowering; empty if it has one, or is no `nn`
/// operation.
std::string whyNotLowered(mlir::Operation *op);

/// Emits an error for each operation of the module that has no lowering: the
/// node's name as location, operator, types, reason. Fails if there is any.
llvm::LogicalResult checkLowerable(mlir::ModuleOp module);

} // namespace ashlar

#endif // ASHLAR_CONVERSION_NNTOLINALG_PASSES_H
