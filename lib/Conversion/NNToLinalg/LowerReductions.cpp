//===- LowerReductions.cpp - Reductions and arg-reductions ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

namespace {

struct LowerReduce : OpConversionPattern<nn::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType input = op.getInput().getType();
    Value value =
        reduceAlong(b, op.getKind(), adaptor.getInput(), input, op.getAxes());
    int64_t count = 1;
    for (int64_t axis : op.getAxes())
      count *= input.getDimSize(axis);
    value = finish(b, op.getKind(), value, input.getElementType(), count);
    rewriter.replaceOp(op, reshape(b, value, op.getType().getShape()));
    return success();
  }

  /// The reduction in the type it computes in, without the reduced dimensions.
  static Value reduceAlong(ImplicitLocOpBuilder &b, nn::ReduceKind kind,
                           Value value, RankedTensorType input,
                           ArrayRef<int64_t> axes) {
    unsigned rank = input.getRank();
    SmallVector<unsigned> kept;
    SmallVector<int64_t> shape;
    for (unsigned dim = 0; dim < rank; ++dim) {
      if (llvm::is_contained(axes, static_cast<int64_t>(dim)))
        continue;
      kept.push_back(dim);
      shape.push_back(input.getDimSize(dim));
    }
    TypedAttr identity = getIdentity(kind, input.getElementType());
    Value init =
        fill(b, RankedTensorType::get(shape, identity.getType()), identity);
    auto all = llvm::to_vector(llvm::seq<unsigned>(0, rank));
    return buildReduction(b, readThrough(value, rank, all), init,
                          readThrough(init, rank, kept).map,
                          [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                            return combine(inner, kind, input.getElementType(),
                                           args[1], widen(inner, args[0]));
                          });
  }

  /// Divides for a mean and rounds to the element type.
  static Value finish(ImplicitLocOpBuilder &b, nn::ReduceKind kind, Value value,
                      Type element, int64_t count) {
    if (kind != nn::ReduceKind::mean)
      return roundTensor(b, value, getSignless(element));
    auto type = cast<RankedTensorType>(value.getType());
    auto dims = llvm::to_vector(llvm::seq<unsigned>(0, type.getRank()));
    return buildMap(
        b, readThrough(value, type.getRank(), dims),
        type.clone(getSignless(element)),
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Type lane = type.getElementType();
          if (isa<FloatType>(element))
            return narrow(inner,
                          arith::DivFOp::create(inner, args[0],
                                                makeFloat(inner, lane, count)),
                          element);
          Value divisor = makeInt(inner, lane, count);
          if (element.isUnsignedInteger())
            return arith::DivUIOp::create(inner, args[0], divisor);
          return arith::DivSIOp::create(inner, args[0], divisor);
        });
  }
};

/// The best value first, then the first (last) place where it stands: two
/// reductions that any dimension can be cut for.
struct LowerArgReduce : OpConversionPattern<nn::ArgReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ArgReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType input = op.getInput().getType();
    unsigned rank = input.getRank(), axis = op.getAxis();
    Value best = LowerReduce::reduceAlong(b, op.getKind(), adaptor.getInput(),
                                          input, int64_t(axis));
    auto all = llvm::to_vector(llvm::seq<unsigned>(0, rank));
    SmallVector<unsigned> kept(all);
    kept.erase(kept.begin() + axis);
    bool last = op.getSelectLast();
    Type word = b.getI32Type();
    // No place wins over any.
    int32_t none = last ? -1 : std::numeric_limits<int32_t>::max();
    Value init = fill(b, cast<RankedTensorType>(best.getType()).clone(word),
                      b.getI32IntegerAttr(none));
    Value place = buildReduction(
        b,
        {readThrough(adaptor.getInput(), rank, all),
         readThrough(best, rank, kept)},
        init, readThrough(init, rank, kept).map,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Value here = makeLoopIndex(inner, word, axis);
          Value mine = arith::SelectOp::create(
              inner, isBest(inner, widen(inner, args[0]), args[1]), here,
              makeInt(inner, word, none));
          if (last)
            return arith::MaxSIOp::create(inner, args[2], mine);
          return arith::MinSIOp::create(inner, args[2], mine);
        });
    auto type = cast<RankedTensorType>(place.getType());
    auto dims = llvm::to_vector(llvm::seq<unsigned>(0, type.getRank()));
    Value index = buildMap(
        b, readThrough(place, type.getRank(), dims), type.clone(b.getI64Type()),
        [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          return arith::ExtSIOp::create(inner, inner.getI64Type(), args[0]);
        });
    rewriter.replaceOp(op, reshape(b, index, op.getType().getShape()));
    return success();
  }

  /// Equal, or NaN: a NaN is the best value wherever there is one.
  static Value isBest(ImplicitLocOpBuilder &b, Value value, Value best) {
    if (!isa<FloatType>(value.getType()))
      return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, value, best);
    Value equal =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, value, best);
    Value isNan =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
    return arith::OrIOp::create(b, equal, isNan);
  }
};

} // namespace

void nntolinalg::populateReductions(const TypeConverter &converter,
                                    RewritePatternSet &patterns) {
  patterns.add<LowerReduce, LowerArgReduce>(converter, patterns.getContext());
}
