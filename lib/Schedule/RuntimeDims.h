//===- RuntimeDims.h - Which loops end at a run-time dimension ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Types say the upper bounds of sizes. Of a dimension that is known only at run
// time, elements beyond its size do not exist: nobody may read them, and nobody
// may write them where the caller sees it. So every loop over such a dimension
// ends where the dimension does. Arguments say which of their dimensions are
// such (`npu.dims`); what follows for buffers and loops is found here, and
// whatever cannot end early is an error.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_RUNTIMEDIMS_H
#define ASHLAR_LIB_SCHEDULE_RUNTIMEDIMS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/DenseMap.h"

namespace ashlar {

/// What `npu.dim_ranges` is called on tensors.
inline constexpr llvm::StringLiteral kGraphRangesAttr = "nn.dim_ranges";

/// On a gather: how far each dimension of its target goes, `["N", 2]`, or []
/// for those that are fixed.
inline constexpr llvm::StringLiteral kExtentsAttr = "schedule.extents";

/// How far a dimension or a loop goes at run time: `factor` times the value of
/// a run-time dimension. Without a name, as far as its type says.
struct Extent {
  mlir::StringAttr name;
  int64_t factor = 0;

  bool isRuntime() const { return name != nullptr; }
  bool operator==(const Extent &other) const = default;
};

class RuntimeDims {
public:
  /// On buffers. Reports everything that cannot end at run time.
  static mlir::FailureOr<RuntimeDims> analyse(mlir::func::FuncOp function);

  bool isEmpty() const { return !ranges || ranges.empty(); }
  Extent of(mlir::Value buffer, unsigned dim) const;
  /// For each loop. An operation must have been part of the function when it
  /// was analysed.
  llvm::SmallVector<Extent> ofLoops(mlir::linalg::LinalgOp op) const;
  /// The least value of a run-time dimension, and the largest.
  int64_t lowest(mlir::StringAttr name) const { return boundOf(name, 0); }
  int64_t highest(mlir::StringAttr name) const { return boundOf(name, 1); }

private:
  friend class RuntimeDimsAnalysis;
  int64_t boundOf(mlir::StringAttr name, unsigned which) const;

  mlir::DictionaryAttr ranges;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Extent>> extents;
};

/// Where an extent ends in this run, computed at the function's begin.
mlir::Value buildEnd(mlir::func::FuncOp function, Extent extent);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_RUNTIMEDIMS_H
