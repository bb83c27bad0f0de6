//===- MatrixWork.h - Which linalg operation the matrix unit can do -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MATCH_MATRIXWORK_H
#define ASHLAR_MATCH_MATRIXWORK_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace ashlar {

/// A contraction out[batch, m, n] += lhs[batch, m, k] * rhs[batch, n, k] whose
/// element types the matrix unit has. Numbers are those of the operation's
/// loops, in ascending order; lhs is input 0, rhs input 1.
struct MatrixWork {
  llvm::SmallVector<unsigned> batch, m, n, k;
  bool lhsUnsigned = false, rhsUnsigned = false;
  /// Whether an operand may be the stationary one: its indices must be plain
  /// dimensions. A convolution's image (sums of dimensions) can only stream.
  bool lhsMayStay = true, rhsMayStay = true;
};

/// Upstream classifies dimensions only; this looks at the body as well: one
/// product, with widening of the inputs where the accumulator is wider, added
/// to the output. Products without m and n (dot products) are left to the
/// vector unit, and so are element types that the matrix unit lacks, and what
/// its windows do (WindowWork.h).
std::optional<MatrixWork> matchMatrixWork(mlir::linalg::LinalgOp op);

/// Whether `expr` is a sum of distinct dimensions times positive constants.
bool isWindowExpr(mlir::AffineExpr expr);

} // namespace ashlar

#endif // ASHLAR_MATCH_MATRIXWORK_H
