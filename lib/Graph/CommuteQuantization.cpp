//===- CommuteQuantization.cpp - Data moves as integers -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Dequantisation sinks below what only moves elements or compares them, and
// quantisation rises above it. Both are exact: one function of each element,
// which does not decrease.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "Quantization.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar {
#define GEN_PASS_DEF_COMMUTEQUANTIZATION
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

/// Operations whose results are elements of their data operands.
static bool movesElements(Operation *op) {
  if (auto pool = dyn_cast<nn::PoolOp>(op))
    return pool.getKind() == nn::PoolKind::max;
  if (auto reduce = dyn_cast<nn::ReduceOp>(op))
    return reduce.getKind() == nn::ReduceKind::max ||
           reduce.getKind() == nn::ReduceKind::min;
  return isa<nn::ReshapeOp, nn::TransposeOp, nn::BroadcastOp, nn::ConcatOp,
             nn::SliceOp, nn::GatherOp, nn::PadOp>(op);
}

/// How many operands of such an operation are data.
static unsigned countData(Operation *op) {
  return isa<nn::ConcatOp>(op) ? op->getNumOperands() : 1;
}

/// Where dimension `axis` of the input of `op` is in its result, if nothing
/// happens to it there.
static std::optional<int64_t> moveAxis(Operation *op, int64_t axis) {
  auto transpose = dyn_cast<nn::TransposeOp>(op);
  if (!transpose)
    return std::nullopt;
  return llvm::find(transpose.getPermutation(), axis) -
         transpose.getPermutation().begin();
}

/// `op` on other data operands, of another element type.
static Operation *cloneWithData(PatternRewriter &rewriter, Operation *op,
                                ArrayRef<Value> data) {
  Type element = cast<ShapedType>(data[0].getType()).getElementType();
  IRMapping mapping;
  Operation *clone = rewriter.clone(*op, mapping);
  for (auto [index, value] : llvm::enumerate(data))
    clone->setOperand(index, value);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  clone->getResult(0).setType(type.clone(element));
  return clone;
}

/// What a pad adds, as the integer that stands for it exactly; null if there is
/// none. No value means 0.
static Value quantizePadding(PatternRewriter &rewriter, nn::PadOp pad,
                             Type storage, const QuantParameters &parameters) {
  double value = 0;
  if (pad.getValue()) {
    std::optional<std::vector<double>> known = readFloats(pad.getValue());
    if (!known)
      return nullptr;
    value = known->front();
  }
  double scale = parameters.scales[0];
  int64_t zero = parameters.zeroPoints[0];
  int64_t number = quantizeNumber(value, scale, zero, getStorageRange(storage));
  if (float(number - zero) * float(scale) != float(value))
    return nullptr;
  return nn::ConstantOp::create(
      rewriter, pad.getLoc(),
      DenseElementsAttr::get(RankedTensorType::get({}, storage),
                             integerElement(storage, number)));
}

namespace {

/// quantize(dequantize(x)) with the same parameters is x: the error of two
/// roundings is far below half a step.
struct CancelPair : OpRewritePattern<nn::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<nn::DequantizeOp>();
    if (!inner || inner.getInput().getType() != op.getType() ||
        op.getType().getElementTypeBitWidth() > 16)
      return rewriter.notifyMatchFailure(op, "no pair of one narrow type");
    std::optional<QuantParameters> outer = getParameters(op);
    if (!outer || outer != getParameters(inner))
      return rewriter.notifyMatchFailure(op, "parameters differ");
    rewriter.replaceOp(op, inner.getInput());
    return success();
  }
};

/// move(dequantize(x)) is dequantize(move(x)).
struct SinkDequantize : RewritePattern {
  explicit SinkDequantize(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!movesElements(op))
      return failure();
    auto first = op->getOperand(0).getDefiningOp<nn::DequantizeOp>();
    std::optional<QuantParameters> parameters;
    if (first)
      parameters = getParameters(first);
    if (!parameters)
      return rewriter.notifyMatchFailure(op, "nothing is dequantised");
    int64_t axis = first.getAxis();
    if (parameters->axis) {
      std::optional<int64_t> moved = moveAxis(op, *parameters->axis);
      if (!moved)
        return rewriter.notifyMatchFailure(op, "the quantised axis is moved");
      axis = *moved;
    }
    Type storage = first.getInput().getType().getElementType();
    SmallVector<Value> data;
    for (Value operand : op->getOperands().take_front(countData(op))) {
      auto other = operand.getDefiningOp<nn::DequantizeOp>();
      if (!other || other.getInput().getType().getElementType() != storage ||
          getParameters(other) != parameters)
        return rewriter.notifyMatchFailure(op, "parameters differ");
      data.push_back(other.getInput());
    }
    Value padding;
    auto pad = dyn_cast<nn::PadOp>(op);
    if (pad && pad.getMode() == nn::PadMode::constant) {
      padding = quantizePadding(rewriter, pad, storage, *parameters);
      if (!padding)
        return rewriter.notifyMatchFailure(op, "what is added is no integer");
    }
    Operation *moved = cloneWithData(rewriter, op, data);
    if (padding)
      cast<nn::PadOp>(moved).getValueMutable().assign(padding);
    rewriter.replaceOpWithNewOp<nn::DequantizeOp>(
        op, op->getResultTypes()[0], moved->getResult(0), first.getScale(),
        first.getZeroPoint(), axis);
    return success();
  }
};

/// quantize(move(x)) is move(quantize(x)), where that computes no more.
struct RaiseQuantize : OpRewritePattern<nn::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    Operation *mover = op.getInput().getDefiningOp();
    if (!mover || !mover->hasOneUse() || !movesElements(mover) ||
        op.getScale().getType().getRank() != 0 ||
        isa<nn::BroadcastOp, nn::SliceOp, nn::GatherOp, nn::PadOp>(mover))
      return rewriter.notifyMatchFailure(op, "it would not pay");
    if (!getParameters(op))
      return rewriter.notifyMatchFailure(op, "the scale is not known");
    SmallVector<Value> data;
    for (Value operand : mover->getOperands().take_front(countData(mover)))
      data.push_back(nn::QuantizeOp::create(rewriter, op.getLoc(), operand,
                                            op.getScale(), op.getZeroPoint(),
                                            int64_t(0)));
    rewriter.replaceOp(op, cloneWithData(rewriter, mover, data)->getResults());
    return success();
  }
};

struct CommuteQuantizationPass
    : ashlar::impl::CommuteQuantizationBase<CommuteQuantizationPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CancelPair, SinkDequantize, RaiseQuantize>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
