//===- GenericInputs.h - One more input of an operation -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_GENERICINPUTS_H
#define ASHLAR_LIB_SCHEDULE_GENERICINPUTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace ashlar {

/// Rebuilds `op` with `value`, read through `map`, as another input that stands
/// for `replaced`, a value of its body. What only `replaced` needed goes.
void addInput(mlir::linalg::GenericOp op, mlir::Value value,
              mlir::AffineMap map, mlir::Value replaced,
              mlir::PatternRewriter &rewriter);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_GENERICINPUTS_H
