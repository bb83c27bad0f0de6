//===- FoldAttentionLayouts.cpp - Attention reads and writes transposed ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "ashlar/Match/VectorProgram.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar {
#define GEN_PASS_DEF_FOLDATTENTIONLAYOUTS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// An operation that only moves elements about.
bool isTransposition(linalg::LinalgOp op) {
  return op && op.hasPureTensorSemantics() && isDataMovement(op) &&
         llvm::all_of(op.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isPermutation(); });
}

/// From indices of the transposition's source to those of its result.
AffineMap sourceOf(linalg::LinalgOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  return maps[0].compose(inversePermutation(maps[1]));
}

struct ReadTransposed : OpRewritePattern<npu::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(npu::AttentionOp op,
                                PatternRewriter &rewriter) const override {
    for (OpOperand &operand : op->getOpOperands()) {
      auto source = operand.get().getDefiningOp<linalg::LinalgOp>();
      if (op.isDpsInit(&operand) || !isTransposition(source))
        continue;
      SmallVector<Attribute> maps(op.getIndexingMaps().getValue());
      unsigned number = operand.getOperandNumber();
      maps[number] =
          AffineMapAttr::get(sourceOf(source).compose(op.getMap(number)));
      rewriter.modifyOpInPlace(op, [&] {
        operand.set(source->getOperand(0));
        op.setIndexingMapsAttr(rewriter.getArrayAttr(maps));
      });
      return success();
    }
    return failure();
  }
};

/// A result that is only transposed is written in that order.
struct WriteTransposed : OpRewritePattern<npu::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(npu::AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getResult() || !op.getResult().hasOneUse() ||
        !op.getTarget().getDefiningOp<tensor::EmptyOp>())
      return failure();
    auto user = dyn_cast<linalg::LinalgOp>(*op.getResult().getUsers().begin());
    if (!isTransposition(user) || user->getOperand(0) != op.getResult())
      return failure();
    auto type = cast<RankedTensorType>(user->getResult(0).getType());
    SmallVector<Attribute> maps(op.getIndexingMaps().getValue());
    maps.back() = AffineMapAttr::get(
        inversePermutation(sourceOf(user)).compose(op.getTargetMap()));
    Value empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(), type.getShape(), type.getElementType());
    auto moved = npu::AttentionOp::create(
        rewriter, op.getLoc(), type, op.getQuery(), op.getKey(), op.getValue(),
        op.getMask(), empty, op.getScaleAttr(), rewriter.getArrayAttr(maps));
    rewriter.replaceOp(user, moved.getResult());
    rewriter.eraseOp(op);
    return success();
  }
};

struct FoldAttentionLayouts
    : ashlar::impl::FoldAttentionLayoutsBase<FoldAttentionLayouts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReadTransposed, WriteTransposed>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
