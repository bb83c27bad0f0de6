//===- GenericInputs.h - Who reads what, and one input more ---------------===//
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

/// Whether one operation reads `value`, apart from those that rewriting has
/// left behind and the driver will erase: they come and go, and a choice that
/// hung on them would be taken back.
bool hasOneReader(mlir::Value value);

/// Rebuilds `op` with `value`, read through `map`, as another input that stands
/// for `replaced`, a value of its body. What only `replaced` needed goes.
void addInput(mlir::linalg::GenericOp op, mlir::Value value,
              mlir::AffineMap map, mlir::Value replaced,
              mlir::PatternRewriter &rewriter);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_GENERICINPUTS_H
