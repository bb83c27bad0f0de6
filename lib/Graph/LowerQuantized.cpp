//===- LowerQuantized.cpp - Quantised operators as integer work -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "Quantization.h"
#include "QuantizedArithmetic.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace ashlar {
#define GEN_PASS_DEF_LOWERQUANTIZED
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

static quant::QuantizedType getQuantized(Value value) {
  return dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(value.getType()));
}

//===----------------------------------------------------------------------===//
// Operators without an integer form
//===----------------------------------------------------------------------===//

/// Scale and zero point as the operands of a conversion, and their axis.
static std::tuple<Value, Value, int64_t>
makeParameters(quant::QuantizedType type, QuantizedEmitter &e) {
  SmallVector<float> scales;
  SmallVector<int64_t> zeros, shape;
  int64_t axis = 0;
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type)) {
    scales = {static_cast<float>(uniform.getScale())};
    zeros = {uniform.getZeroPoint()};
  } else {
    auto perAxis = cast<quant::UniformQuantizedPerAxisType>(type);
    scales.assign(perAxis.getScales().begin(), perAxis.getScales().end());
    zeros.assign(perAxis.getZeroPoints().begin(),
                 perAxis.getZeroPoints().end());
    shape = {int64_t(scales.size())};
    axis = perAxis.getQuantizedDimension();
  }
  Type storage = nn::getStorageType(type);
  SmallVector<Attribute> integers;
  for (int64_t zero : zeros)
    integers.push_back(integerElement(storage, zero));
  auto scaleType = RankedTensorType::get(shape, e.builder.getF32Type());
  return {e.constant(DenseElementsAttr::get(scaleType, ArrayRef(scales))),
          e.constant(DenseElementsAttr::get(
              RankedTensorType::get(shape, storage), integers)),
          axis};
}

/// The operator on floats, between conversions.
static Value lowerThroughFloats(Operation *op, QuantizedEmitter &e) {
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    quant::QuantizedType type = getQuantized(operand);
    if (!type || mapping.contains(operand))
      continue;
    auto [scale, zero, axis] = makeParameters(type, e);
    mapping.map(operand,
                nn::DequantizeOp::create(e.builder, e.loc, e.storage(operand),
                                         scale, zero, axis));
  }
  Operation *clone = e.builder.clone(*op, mapping);
  Value result = clone->getResult(0);
  quant::QuantizedType type = getQuantized(result);
  if (!type)
    return result;
  result.setType(
      cast<RankedTensorType>(result.getType()).clone(type.getExpressedType()));
  auto [scale, zero, axis] = makeParameters(type, e);
  Value stored =
      nn::QuantizeOp::create(e.builder, e.loc, result, scale, zero, axis);
  StorageRange range{type.getStorageTypeMin(), type.getStorageTypeMax()};
  Type storage = nn::getStorageType(type);
  StorageRange all = getStorageRange(storage);
  if (range.low == all.low && range.high == all.high)
    return stored;
  return nn::ClampOp::create(
      e.builder, e.loc, stored,
      e.constant(LaneNumbers::all(range.low), 0, storage),
      e.constant(LaneNumbers::all(range.high), 0, storage));
}

//===----------------------------------------------------------------------===//
// Values that are quantised for their only reader
//===----------------------------------------------------------------------===//

/// The one number of a constant.
static std::optional<double> getNumber(Value value) {
  std::optional<std::vector<double>> numbers = readFloats(value);
  if (!numbers || numbers->size() != 1)
    return std::nullopt;
  return numbers->front();
}

static bool isInteger(std::optional<double> number) {
  return number && std::nearbyint(*number) == *number;
}

/// Whether `value` is f32 that has not been stored since it was rounded.
static bool isForwarded(Value value) {
  while (auto *op = value.getDefiningOp()) {
    if (isa<nn::ClampOp>(op))
      return true;
    if (!isa<nn::MulOp, nn::AddOp>(op) || !getNumber(op->getOperand(1)))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

/// Whether `value` meets another one that is forwarded. Only one product can be
/// finished together with what reads both.
static bool meetsForwarded(Value value) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (!isa<nn::AddOp, nn::SubOp, nn::MulOp>(user))
      return false;
    Value other = user->getOperand(user->getOperand(0) == value ? 1 : 0);
    if (!getNumber(other))
      return other != value && isForwarded(other);
    value = user->getResult(0);
  }
  return false;
}

namespace {

/// Integers that are stored as bytes for one reader, which takes them as f32,
/// need not be stored: the reader runs in the same pass.
struct ForwardRounded : OpRewritePattern<nn::CastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::CastOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<nn::CastOp>();
    if (!inner || !inner->hasOneUse() || meetsForwarded(op) ||
        inner.getInput().getType() != op.getType() ||
        !op.getType().getElementType().isF32() ||
        !inner.getType().getElementType().isInteger(8))
      return rewriter.notifyMatchFailure(op, "no way there and back");
    auto clamp = inner.getInput().getDefiningOp<nn::ClampOp>();
    StorageRange range = getStorageRange(inner.getType().getElementType());
    std::optional<double> low, high;
    if (clamp) {
      low = getNumber(clamp.getLow());
      high = getNumber(clamp.getHigh());
    }
    if (!isInteger(low) || !isInteger(high) || *low < double(range.low) ||
        *high > double(range.high))
      return rewriter.notifyMatchFailure(op, "not known to fit");
    Value value = clamp.getInput();
    if (auto add = value.getDefiningOp<nn::AddOp>();
        add && isInteger(getNumber(add.getRhs())))
      value = add.getLhs();
    if (!value.getDefiningOp<nn::RoundOp>())
      return rewriter.notifyMatchFailure(op, "not known to be integers");
    rewriter.replaceOp(op, inner.getInput());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct LowerQuantizedPass
    : ashlar::impl::LowerQuantizedBase<LowerQuantizedPass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa_and_present<nn::NNDialect>(op->getDialect()) &&
          !isa<nn::StorageCastOp>(op) && op->getNumResults() == 1 &&
          (getQuantized(op->getResult(0)) ||
           llvm::any_of(op->getOperands(), getQuantized)))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      lower(op);
    RewritePatternSet patterns(&getContext());
    patterns.add<ForwardRounded>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  void lower(Operation *op) {
    OpBuilder builder(op);
    QuantizedEmitter e(builder, op->getLoc());
    Value result;
    if (isa<nn::ConvOp, nn::MatmulOp>(op) && getQuantized(op->getOperand(0)) &&
        getQuantized(op->getOperand(1)))
      result = lowerQuantizedProduct(op, e);
    else
      result = lowerQuantizedArithmetic(op, e);
    if (!result)
      result = lowerThroughFloats(op, e);
    Value old = op->getResult(0);
    if (quant::QuantizedType type = getQuantized(old))
      result = nn::StorageCastOp::create(builder, op->getLoc(), result, type);
    old.replaceAllUsesWith(result);
    op->erase();
  }
};

} // namespace
