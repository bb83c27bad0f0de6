//===- AttentionTile.h - Attention on chip ----------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_ATTENTIONTILE_H
#define ASHLAR_LIB_SCHEDULE_ATTENTIONTILE_H

#include "dialects/npu/NPU.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ashlar {

/// Writes the work of one batch element: its rows in tiles, for each tile all
/// keys in blocks. The rows of a tile are cut into runs; each has a maximum, a
/// sum and accumulators per row, which a block of keys brings up to date:
///
///   m' = max(m, max over keys of s)      s = scale * q k^T + mask
///   w  = exp(s - m')
///   l' = l * exp(m - m') + sum of w
///   o' = o * exp(m - m') + w v
///
/// and the result is o / l. Runs take turns on the engines. With a single block
/// nothing is rescaled, and keys and values are loaded once for all rows.
class AttentionTile {
public:
  /// `part` is an npu.attention on dram whose batch dimensions have one element
  /// each; `tiles` are sizes for its common space.
  AttentionTile(npu::AttentionOp part, llvm::ArrayRef<int64_t> tiles,
                int64_t interleave, mlir::ImplicitLocOpBuilder &builder);
  /// Loops over `length` rows from `begin`, or over all if they are null.
  void build(mlir::Value begin, mlir::Value length);

private:
  /// A buffer on chip, or a part of one, and its indices in the common space.
  struct Tile {
    mlir::Value buffer;
    llvm::SmallVector<unsigned> dims;
  };
  /// What one run of rows needs from block to block.
  struct Run {
    mlir::OpFoldResult offset, rows;
    Tile query, largest, sum, result, scores, rescale;
  };
  using Body = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                              mlir::ValueRange)>;

  Tile allocate(llvm::ArrayRef<unsigned> dims, mlir::Type element,
                npu::Space space);
  Tile load(npu::AttentionOp from, unsigned operand);
  mlir::Value partOf(mlir::Value whole, mlir::AffineMap map,
                     llvm::ArrayRef<unsigned> dims);
  Tile rowsOf(const Tile &tile, const Run &run);
  void fill(const Tile &tile, float value);
  void generic(llvm::ArrayRef<Tile> inputs, const Tile &output, Body body);
  void product(const Tile &lhs, const Tile &rhs, const Tile &acc);

  mlir::OpFoldResult extentAt(unsigned dim, mlir::Value position);
  mlir::Value constant(mlir::ImplicitLocOpBuilder &b, float value);
  void buildRows(npu::AttentionOp rows);
  void beginRun(Run &run, int64_t number, const Tile &query);
  void buildBlock(llvm::MutableArrayRef<Run> runs, npu::AttentionOp rows);
  void buildScores(Run &run, const Tile &key, const Tile *mask);
  Tile buildWeights(Run &run);
  void finishRun(const Run &run, const Tile &target);

  npu::AttentionOp part;
  mlir::ImplicitLocOpBuilder &b;
  llvm::SmallVector<int64_t> sizes, bounds;
  llvm::SmallVector<mlir::OpFoldResult> offsets, extents; ///< of this tile
  int64_t interleave, runRows;
  unsigned m, n, v; ///< rows, keys, columns
  bool hasBlocks;   ///< of keys, more than one
  Tile key, value;  ///< loaded for all rows if there are no blocks
};

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_ATTENTIONTILE_H
