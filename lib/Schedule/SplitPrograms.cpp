//===- SplitPrograms.cpp - Bodies that are too large for a vector program -===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A body is cut at values: a value whose expression fits a program of its own
// becomes a tensor, which the rest reads. Each cut takes at least two
// operations or an input away, so that cutting ends.
//
//===----------------------------------------------------------------------===//

#include "GenericInputs.h"

#include "ashlar/Schedule/Passes.h"

#include "ashlar/Match/MatrixWork.h"
#include "ashlar/Match/VectorProgram.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_SPLITPROGRAMS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// The operations that `value` is computed by, and the arguments that they
/// read.
struct Cone {
  llvm::SetVector<Operation *> ops;
  llvm::SetVector<BlockArgument> inputs;
  unsigned microOps = 0;
};

Cone coneOf(Operation *top) {
  Cone cone;
  SmallVector<Operation *> worklist = {top};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!cone.ops.insert(op))
      continue;
    cone.microOps += countMicroOps(op).value_or(1);
    for (Value operand : op->getOperands())
      if (auto argument = dyn_cast<BlockArgument>(operand)) {
        if (argument.getOwner() == top->getBlock())
          cone.inputs.insert(argument);
      } else if (operand.getParentBlock() == top->getBlock()) {
        worklist.push_back(operand.getDefiningOp());
      } else {
        ++cone.microOps;
      }
  }
  return cone;
}

/// Tensors can hold it: not an index.
bool canBeStored(Value value) {
  return value.getType().isIntOrFloat() && !isa<BlockArgument>(value);
}

/// The largest expression of `op` that fits a program and does not read an
/// output's old value.
Operation *findCut(linalg::GenericOp op) {
  Operation *best = nullptr;
  std::pair<unsigned, unsigned> bestWeight = {0, 0};
  unsigned numInputs = op.getNumDpsInputs();
  Operation *result = op.getBlock()->getTerminator();
  for (Operation &inner : *op.getBlock()) {
    if (&inner == result || inner.getNumResults() != 1 ||
        !canBeStored(inner.getResult(0)))
      continue;
    Cone cone = coneOf(&inner);
    bool readsOld = llvm::any_of(cone.inputs, [&](BlockArgument argument) {
      return argument.getArgNumber() >= numInputs;
    });
    if (readsOld || cone.ops.size() < 1 || cone.inputs.empty() ||
        cone.inputs.size() > kMaxProgramInputs ||
        cone.microOps > kMaxProgramOps - 2)
      continue;
    // Only a yielded value that is elementwise may leave with nothing behind.
    bool isAll =
        op.getNumDpsInits() == 1 && result->getOperand(0) == inner.getResult(0);
    std::pair<unsigned, unsigned> weight = {cone.inputs.size(), cone.microOps};
    if (!isAll && weight > bestWeight &&
        (cone.ops.size() > 1 || cone.inputs.size() > 1)) {
      best = &inner;
      bestWeight = weight;
    }
  }
  return best;
}

/// Moves the cone of `cut` to a generic of its own in front of `op`, and makes
/// its result an input of `op`.
struct CutProgram : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || measureProgram(op).fits() ||
        matchMatrixWork(op) || op.getNumDpsInits() > kMaxProgramOutputs)
      return failure();
    if (Operation *cut = findCut(op)) {
      separate(op, cut, rewriter);
      return success();
    }
    return rewriter.notifyMatchFailure(op,
                                       "no part of the body fits a program");
  }

  /// Loops of `op` that the cone needs: those of its inputs and indices.
  static llvm::SmallBitVector usedLoops(linalg::GenericOp op,
                                        const Cone &cone) {
    llvm::SmallBitVector used(op.getNumLoops());
    for (BlockArgument argument : cone.inputs) {
      AffineMap map =
          op.getMatchingIndexingMap(op.getMatchingOpOperand(argument));
      for (unsigned loop = 0; loop < used.size(); ++loop)
        if (map.isFunctionOfDim(loop))
          used.set(loop);
    }
    for (Operation *inner : cone.ops)
      if (auto index = dyn_cast<linalg::IndexOp>(inner))
        used.set(index.getDim());
    return used;
  }

  static void separate(linalg::GenericOp op, Operation *cut,
                       PatternRewriter &rewriter) {
    Cone cone = coneOf(cut);
    llvm::SmallBitVector used = usedLoops(op, cone);
    SmallVector<int64_t> ranges = op.getStaticLoopRanges(), shape;
    SmallVector<AffineExpr> dims(ranges.size(),
                                 rewriter.getAffineConstantExpr(0)),
        outer;
    for (unsigned loop : used.set_bits()) {
      dims[loop] = rewriter.getAffineDimExpr(shape.size());
      outer.push_back(rewriter.getAffineDimExpr(loop));
      shape.push_back(ranges[loop]);
    }
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    for (BlockArgument argument : cone.inputs) {
      OpOperand *operand = op.getMatchingOpOperand(argument);
      inputs.push_back(operand->get());
      maps.push_back(op.getMatchingIndexingMap(operand).replaceDimsAndSymbols(
          dims, {}, shape.size(), 0));
    }
    maps.push_back(rewriter.getMultiDimIdentityMap(shape.size()));
    Location loc = op.getLoc();
    Value empty = tensor::EmptyOp::create(rewriter, loc, shape,
                                          cut->getResult(0).getType());
    SmallVector<utils::IteratorType> iterators(shape.size(),
                                               utils::IteratorType::parallel);
    auto part = linalg::GenericOp::create(
        rewriter, loc, TypeRange(empty.getType()), inputs, ValueRange(empty),
        maps, iterators,
        [&](OpBuilder &builder, Location loc, ValueRange args) {
          IRMapping mapping;
          for (auto [index, argument] : llvm::enumerate(cone.inputs))
            mapping.map(argument, args[index]);
          for (Operation &inner : *op.getBlock())
            if (cone.ops.contains(&inner)) {
              Operation *copy = builder.clone(inner, mapping);
              if (auto index = dyn_cast<linalg::IndexOp>(copy))
                index.setDim(
                    cast<AffineDimExpr>(dims[index.getDim()]).getPosition());
            }
          linalg::YieldOp::create(builder, loc,
                                  mapping.lookup(cut->getResult(0)));
        });
    addInput(op, part.getResult(0),
             AffineMap::get(ranges.size(), 0, outer, op.getContext()),
             cut->getResult(0), rewriter);
  }
};

/// More than two outputs: one operation for every two of them.
struct CutOutputs : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() ||
        op.getNumDpsInits() <= kMaxProgramOutputs)
      return failure();
    // Outputs that read each other's old values belong together.
    for (BlockArgument old : op.getRegionOutputArgs())
      if (!old.use_empty() &&
          !matchReduction(op, old.getArgNumber() - op.getNumDpsInputs()))
        return failure();
    SmallVector<Value> results;
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    unsigned numInputs = op.getNumDpsInputs();
    for (unsigned output = 0; output < op.getNumDpsInits(); ++output) {
      SmallVector<AffineMap> mine(maps.begin(), maps.begin() + numInputs);
      mine.push_back(maps[numInputs + output]);
      Value init = op.getDpsInits()[output];
      auto one = linalg::GenericOp::create(
          rewriter, op.getLoc(), TypeRange(init.getType()), op.getDpsInputs(),
          ValueRange(init), mine, op.getIteratorTypesArray());
      IRMapping mapping;
      op.getRegion().cloneInto(&one.getRegion(), mapping);
      Block &body = one.getRegion().front();
      Operation *yield = body.getTerminator();
      rewriter.modifyOpInPlace(yield, [&] {
        yield->setOperands(ValueRange(yield->getOperand(output)));
      });
      for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(body)))
        if (isOpTriviallyDead(&inner))
          rewriter.eraseOp(&inner);
      for (unsigned other = op.getNumDpsInits(); other-- > 0;)
        if (other != output)
          body.eraseArgument(numInputs + other);
      results.push_back(one.getResult(0));
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct SplitPrograms : ashlar::impl::SplitProgramsBase<SplitPrograms> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CutProgram, CutOutputs>(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
