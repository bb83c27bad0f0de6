//===- CompareSizes.h - One program at different sizes --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_PIPELINE_COMPARESIZES_H
#define ASHLAR_LIB_PIPELINE_COMPARESIZES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <functional>
#include <vector>

namespace ashlar {

/// Walks a program on linalg and the same program at another size, side by
/// side. They must be one program: the same operations on the same values, and
/// constants of which one is a part of the other. Shapes may differ.
class SizeComparison {
public:
  SizeComparison(mlir::func::FuncOp base, mlir::func::FuncOp other)
      : base(base), other(other) {}

  /// The operation of `base` where they are not, null if they are.
  mlir::Operation *findDifference();

  /// The shape that a value of `base` has in `other`.
  llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) const;

private:
  bool isSame(mlir::Operation *mine, mlir::Operation *theirs);
  bool mapValues(mlir::ValueRange mine, mlir::ValueRange theirs);

  mlir::func::FuncOp base, other;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
};

/// Small constants that were known or found while a model was imported, by the
/// node that they come from: what it decides by the sizes it has is among them.
using NodeConstants =
    llvm::MapVector<mlir::Location, llvm::SmallVector<mlir::Attribute>>;
NodeConstants readConstants(mlir::func::FuncOp imported);

} // namespace ashlar

#endif // ASHLAR_LIB_PIPELINE_COMPARESIZES_H
