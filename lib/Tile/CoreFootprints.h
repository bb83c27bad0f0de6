//===- CoreFootprints.h - What each core touches in dram -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Intervals of all numbers that a core computes, and from them the part of a
// buffer that one of its views can be. Everything is an upper bound.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_COREFOOTPRINTS_H
#define ASHLAR_LIB_TILE_COREFOOTPRINTS_H

#include "dialects/npu/NPU.h"
#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace ashlar {

/// Both ends included.
struct Interval {
  int64_t low = 0, high = 0;
};

/// A part of a buffer in dram or the scratchpad.
struct Footprint {
  mlir::Value region; ///< an argument or get_global; null if it is planned
  int64_t start = 0;  ///< of the buffer in its region, in bytes
  int64_t begin = 0, end = 0; ///< bytes in the region that the part spans
  /// The part as a box of elements of a buffer with these strides (bytes).
  /// Empty if only the span is known.
  llvm::SmallVector<int64_t> strides;
  llvm::SmallVector<Interval> box;

  bool overlaps(const Footprint &other) const;
};

/// The point of a grid at a row-major position.
llvm::SmallVector<int64_t> pointOf(int64_t core, llvm::ArrayRef<int64_t> grid);

/// Evaluates for one core: the point of its grid is given.
class CoreFootprints {
public:
  CoreFootprints(npu::OnCoresOp op, llvm::SmallVector<int64_t> point)
      : op(op), point(std::move(point)) {}

  /// The part of its buffer that a memref is at most, in all iterations
  /// of the loops around its definition. Nothing if the buffer is not placed.
  std::optional<Footprint> of(mlir::Value memref);

private:
  std::optional<Interval> evaluate(mlir::Value value);
  std::optional<Interval> evaluate(mlir::OpFoldResult value);
  std::optional<Interval> compute(mlir::Value value);
  std::optional<Interval> evaluateArgument(mlir::BlockArgument argument);
  std::optional<Interval> evaluate(mlir::AffineExpr expr,
                                   mlir::OperandRange operands,
                                   unsigned numDims);
  std::optional<Interval> evaluate(mlir::AffineMap map,
                                   mlir::OperandRange operands, bool isMax);
  std::optional<int64_t> sizeBound(mlir::Value memref, unsigned dim);
  /// Moves a box of `memref` to what it is a view of; stops at what is not a
  /// plain window or permutation.
  bool toSource(mlir::Value &memref, llvm::SmallVector<Interval> &box);

  npu::OnCoresOp op;
  llvm::SmallVector<int64_t> point;
  llvm::DenseMap<mlir::Value, std::optional<Interval>> known;
};

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_COREFOOTPRINTS_H
