//===- LowerElementwise.cpp - Elementwise operators and quantisation ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "ScalarOps.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

namespace {

/// Any elementwise operator: one generic whose body `emitScalar` writes.
struct LowerElementwise : OpTraitConversionPattern<nn::Elementwise> {
  using OpTraitConversionPattern::OpTraitConversionPattern;

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> values,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op->getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op->getResult(0).getType()));
    SmallVector<Operand> operands;
    for (auto [source, value] : llvm::zip_equal(op->getOperands(), values))
      operands.push_back(readBroadcast(b, source, value, type.getShape()));
    rewriter.replaceOp(
        op, buildMap(b, operands, type,
                     [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                       return emitScalar(inner, op, args);
                     }));
    return success();
  }
};

/// A parameter of a quantisation: a number, or one for each index of `axis`.
Operand readParameter(ImplicitLocOpBuilder &b, Value source, Value value,
                      RankedTensorType result, int64_t axis) {
  if (cast<RankedTensorType>(value.getType()).getRank() == 0)
    return readBroadcast(b, source, value, result.getShape());
  Operand splat = readBroadcast(b, source, value, {result.getDimSize(axis)});
  if (splat.scalar)
    return splat;
  return readThrough(value, result.getRank(), static_cast<unsigned>(axis));
}

struct LowerQuantize : OpConversionPattern<nn::QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type to = op.getType().getElementType();
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    Operand operands[] = {
        readBroadcast(b, op.getInput(), adaptor.getInput(), type.getShape()),
        readParameter(b, op.getScale(), adaptor.getScale(), type, op.getAxis()),
        readParameter(b, op.getZeroPoint(), adaptor.getZeroPoint(), type,
                      op.getAxis())};
    auto body = [&](ImplicitLocOpBuilder &inner, ValueRange args) {
      return quantize(inner, args, to);
    };
    rewriter.replaceOp(op, buildMap(b, operands, type, body));
    return success();
  }

  /// saturate(round(x / scale) + zero), in floats up to the conversion.
  static Value quantize(ImplicitLocOpBuilder &b, ValueRange args, Type to) {
    Value x = widen(b, args[0]), scale = widen(b, args[1]);
    Type lane = x.getType();
    Value zero = castScalar(b, args[2], to, lane);
    Value scaled =
        math::RoundEvenOp::create(b, arith::DivFOp::create(b, x, scale));
    Value shifted = arith::AddFOp::create(b, scaled, zero);
    unsigned width = to.getIntOrFloatBitWidth();
    if (width < 32) {
      bool isUnsigned = to.isUnsignedInteger();
      double low = isUnsigned ? 0 : -std::ldexp(1.0, width - 1);
      double high = std::ldexp(1.0, isUnsigned ? width : width - 1) - 1;
      shifted = arith::MaximumFOp::create(b, shifted, makeFloat(b, lane, low));
      shifted = arith::MinimumFOp::create(b, shifted, makeFloat(b, lane, high));
    }
    return castScalar(b, shifted, lane, to);
  }
};

struct LowerDequantize : OpConversionPattern<nn::DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::DequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type from = op.getInput().getType().getElementType();
    RankedTensorType type = op.getType();
    Operand operands[] = {
        readBroadcast(b, op.getInput(), adaptor.getInput(), type.getShape()),
        readParameter(b, op.getScale(), adaptor.getScale(), type, op.getAxis()),
        readParameter(b, op.getZeroPoint(), adaptor.getZeroPoint(), type,
                      op.getAxis())};
    auto body = [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
      Type word = inner.getI32Type();
      Value difference =
          arith::SubIOp::create(inner, castScalar(inner, args[0], from, word),
                                castScalar(inner, args[2], from, word));
      Value scale = widen(inner, args[1]);
      Value wide = castScalar(inner, difference, word, scale.getType());
      return narrow(inner, arith::MulFOp::create(inner, wide, scale),
                    type.getElementType());
    };
    rewriter.replaceOp(op, buildMap(b, operands, type, body));
    return success();
  }
};

} // namespace

void nntolinalg::populateElementwise(const TypeConverter &converter,
                                     RewritePatternSet &patterns) {
  patterns.add<LowerElementwise, LowerQuantize, LowerDequantize>(
      converter, patterns.getContext());
}
