//===- SaturatedCast.h - Floats clamped to a small integer type -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NPU_SATURATEDCAST_H
#define ASHLAR_DIALECTS_NPU_SATURATEDCAST_H

#include "mlir/IR/Operation.h"

namespace ashlar::npu {

/// An f32 number that is clamped to the values of an integer type of 8 or 16
/// bits, truncated to i32 and then to that type, perhaps rounded before. The
/// vector unit converts and saturates, which is the same: a NaN becomes 0
/// either way.
struct SaturatedCast {
  mlir::Value source; ///< before it is rounded and clamped
  bool isSigned;
  bool rounds = false; ///< to the nearest integer, even in a tie
  /// The conversion to i32, then the other steps; nothing else may read them.
  llvm::SmallVector<mlir::Operation *, 4> steps;
};

/// Such a cast that ends in `op`, an arith.trunci; nothing if it is none.
std::optional<SaturatedCast> matchSaturatedCast(mlir::Operation *op);

} // namespace ashlar::npu

#endif // ASHLAR_DIALECTS_NPU_SATURATEDCAST_H
