//===- LowerAttention.cpp - nn.attention as its parts ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the host executes; the compiler makes npu.attention of it before
// (convert-nn-to-npu).
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace ashlar;

namespace {

struct LowerAttention : OpConversionPattern<nn::AttentionOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::AttentionOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type element = getElementTypeOrSelf(op.getQuery().getType());
    bool isHalf = element.isF16() || element.isBF16();
    Type compute = isHalf ? b.getF32Type() : element;
    auto typed = [&](Value like, ArrayRef<int64_t> shape, Type type) {
      return cast<RankedTensorType>(like.getType()).clone(shape, type);
    };
    auto asCompute = [&](Value value) -> Value {
      auto type = cast<RankedTensorType>(value.getType());
      if (type.getElementType() == compute)
        return value;
      return nn::CastOp::create(b, type.clone(compute), value);
    };
    SmallVector<int64_t> shape(op.getQuery().getType().getShape());
    shape.back() = op.getKey().getType().getShape().end()[-2];
    RankedTensorType scoreType = typed(op.getQuery(), shape, compute);
    Value scores = nn::MatmulOp::create(
        b, scoreType, adaptor.getQuery(), adaptor.getKey(), Value(),
        /*transpose_lhs=*/false, /*transpose_rhs=*/true, /*wide=*/isHalf);
    APFloat factor = op.getScale();
    bool isLost;
    factor.convert(cast<FloatType>(compute).getFloatSemantics(),
                   APFloat::rmNearestTiesToEven, &isLost);
    Value scale = nn::ConstantOp::create(
        b, DenseElementsAttr::get(RankedTensorType::get({}, compute), factor));
    scores = nn::MulOp::create(b, scoreType, scores, scale);
    if (adaptor.getMask())
      scores =
          nn::AddOp::create(b, scoreType, scores, asCompute(adaptor.getMask()));
    Value weights = nn::SoftmaxOp::create(
        b, scoreType, scores, b.getI64IntegerAttr(scoreType.getRank() - 1));
    if (isHalf)
      weights = nn::CastOp::create(b, scoreType.clone(element), weights);
    rewriter.replaceOpWithNewOp<nn::MatmulOp>(
        op, op.getType(), weights, adaptor.getValue(), Value(),
        /*transpose_lhs=*/false, /*transpose_rhs=*/false, op.getWide());
    return success();
  }
};

} // namespace

void nntolinalg::populateAttention(const TypeConverter &converter,
                                   RewritePatternSet &patterns) {
  patterns.add<LowerAttention>(converter, patterns.getContext());
}
