//===- TileBuilder.h - Loops, on-chip buffers and copies of one group -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_TILEBUILDER_H
#define ASHLAR_LIB_SCHEDULE_TILEBUILDER_H

#include "Group.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"

namespace ashlar {

/// Whether a pad adds anything in this dimension.
bool isPadded(npu::PadOp pad, unsigned dim);

/// Where a loop ends that does not run to its upper bound.
struct LoopEnd {
  mlir::Value value; ///< null for other loops
  bool mayBeEmpty = false;
};

/// Writes the code of one group in front of its last member. The members stay;
/// the caller erases them.
class TileBuilder {
public:
  TileBuilder(const Group &group, llvm::ArrayRef<int64_t> tiles,
              llvm::ArrayRef<int64_t> grid, bool lhsStreams,
              llvm::ArrayRef<int64_t> order, llvm::ArrayRef<LoopEnd> ends,
              mlir::RewriterBase &builder);
  void build();

private:
  /// A buffer's tile on chip. Indices whose loops are all dropped have no
  /// dimension in it.
  struct LocalBuffer {
    llvm::SmallVector<unsigned> kept; ///< indices of the buffer that remain
    /// Indices that copies see: those, and the padded ones, whose position
    /// decides whether there is anything to read.
    llvm::SmallVector<unsigned> moved;
    llvm::SmallVector<mlir::AffineExpr>
        exprs; ///< of the kept ones, relative to the tile
    mlir::Value sram, acc;
    mlir::Value whole; ///< what a padded load fills; sram is a view of it
    llvm::SmallVector<mlir::AffineExpr> accExprs; ///< m loops, then n loops
  };

  bool iterates(unsigned loop) const;
  void decideDrops();
  void keepOneOf(llvm::ArrayRef<unsigned> loops);
  void describeLocals();
  unsigned depthOf(const GroupBuffer &buffer) const;
  void shareAmongCores();
  void takeShare(unsigned loop, mlir::Value core);
  void buildNest(unsigned depth);
  void buildInnermostParallel();
  void enterLoop(unsigned loop);

  // Batches inside tiles.
  void buildPoints();
  void enterPoints();
  void viewPoint(unsigned number, llvm::ArrayRef<mlir::OpFoldResult> sizes);

  // Extents and positions.
  mlir::OpFoldResult loopExtent(unsigned loop);
  mlir::OpFoldResult indexExtent(mlir::AffineExpr expr);
  int64_t indexBound(mlir::AffineExpr expr) const;
  mlir::OpFoldResult indexOffset(mlir::AffineExpr expr);

  // Buffers.
  mlir::Value allocate(mlir::Type element,
                       llvm::ArrayRef<mlir::AffineExpr> exprs,
                       npu::Space space);
  void allocateLocal(unsigned number);
  mlir::Value allocatePadded(unsigned number);
  mlir::Value wholeTile(unsigned number);
  void loadPadded(unsigned number, npu::PadOp pad);
  void load(unsigned number);
  void store(unsigned number);
  void preload();
  void drainToSram();
  void copyBetween(mlir::Value from, llvm::ArrayRef<mlir::AffineExpr> fromExprs,
                   mlir::Value to, llvm::ArrayRef<mlir::AffineExpr> toExprs);

  // Members.
  void cloneMember(unsigned index);
  void shareTile();
  void cloneGeneric(const GroupMember &member,
                    llvm::ArrayRef<mlir::Value> operands,
                    llvm::ArrayRef<llvm::SmallVector<mlir::AffineExpr>> exprs,
                    bool swapInputs);
  void cloneBody(const GroupMember &member, mlir::Region &region,
                 bool swapInputs, llvm::ArrayRef<unsigned> newPosition);
  bool usesAccumulator(unsigned memberIndex, mlir::OpOperand &operand) const;

  const Group &group;
  llvm::SmallVector<int64_t> tiles, grid;
  bool lhsStreams;
  llvm::SmallVector<LoopEnd> ends; ///< by loop
  mlir::RewriterBase &builder;
  mlir::Location loc;
  llvm::SmallVector<bool> dropped;
  llvm::SmallVector<unsigned> nest; ///< loops that iterate, outermost first
  unsigned numParallel = 0;         ///< of them
  /// Batch loops with several points in a tile: products take one at a time.
  llvm::SmallVector<unsigned> batch;
  llvm::SmallVector<mlir::Value>
      position; ///< induction variables by loop; null if one trip
  /// Where this core's run of tiles begins, by loop, and how long it is; null
  /// for loops that cores do not share.
  llvm::SmallVector<mlir::Value> shareBegin, shareLength;
  llvm::SmallVector<mlir::OpFoldResult>
      extents; ///< of the current tile by loop
  std::vector<LocalBuffer> locals;
};

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_TILEBUILDER_H
