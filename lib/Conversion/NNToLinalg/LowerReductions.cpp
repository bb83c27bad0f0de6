//===- LowerReductions.cpp - Reductions and arg-reductions ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

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

/// One generic with two results: the best value so far and its index.
struct LowerArgReduce : OpConversionPattern<nn::ArgReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ArgReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType input = op.getInput().getType();
    unsigned rank = input.getRank();
    SmallVector<unsigned> kept;
    SmallVector<int64_t> shape;
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    iterators[op.getAxis()] = utils::IteratorType::reduction;
    for (unsigned dim = 0; dim < rank; ++dim) {
      if (dim == op.getAxis())
        continue;
      kept.push_back(dim);
      shape.push_back(input.getDimSize(dim));
    }
    TypedAttr identity = getIdentity(op.getKind(), input.getElementType());
    Value best =
        fill(b, RankedTensorType::get(shape, identity.getType()), identity);
    // No index yet: the first element replaces the identity even if it is
    // equal.
    Value index = fill(b, RankedTensorType::get(shape, b.getI64Type()),
                       b.getI64IntegerAttr(-1));
    auto all = llvm::to_vector(llvm::seq<unsigned>(0, rank));
    AffineMap out = readThrough(best, rank, kept).map;
    auto generic = linalg::GenericOp::create(
        b, b.getLoc(), TypeRange{best.getType(), index.getType()},
        ValueRange(adaptor.getInput()), ValueRange{best, index},
        ArrayRef<AffineMap>{readThrough(best, rank, all).map, out, out},
        iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
          ImplicitLocOpBuilder inner(loc, nested);
          step(inner, op, args);
        });
    rewriter.replaceOp(
        op, reshape(b, generic.getResult(1), op.getType().getShape()));
    return success();
  }

  static void step(ImplicitLocOpBuilder &b, nn::ArgReduceOp op,
                   ValueRange args) {
    Type element = op.getInput().getType().getElementType();
    Value value = widen(b, args[0]), best = args[1], index = args[2];
    Value here = arith::IndexCastOp::create(
        b, b.getI64Type(), linalg::IndexOp::create(b, op.getAxis()));
    Value joined = combine(b, op.getKind(), element, best, value);
    Value taken = isBetter(b, op, value, best);
    Value none = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index,
                                       makeInt(b, b.getI64Type(), 0));
    taken = arith::OrIOp::create(b, taken, none);
    linalg::YieldOp::create(
        b, ValueRange{joined, arith::SelectOp::create(b, taken, here, index)});
  }

  /// Whether the new value replaces the best: larger (smaller), or equal if the
  /// last one counts; the first NaN replaces any number.
  static Value isBetter(ImplicitLocOpBuilder &b, nn::ArgReduceOp op,
                        Value value, Value best) {
    Type element = op.getInput().getType().getElementType();
    bool max = op.getKind() == nn::ReduceKind::max, last = op.getSelectLast();
    if (isa<FloatType>(element)) {
      using P = arith::CmpFPredicate;
      P predicate = max ? (last ? P::OGE : P::OGT) : (last ? P::OLE : P::OLT);
      Value better = arith::CmpFOp::create(b, predicate, value, best);
      Value isNan = arith::CmpFOp::create(b, P::UNO, value, value);
      if (!last) {
        Value wasNumber = arith::CmpFOp::create(b, P::ORD, best, best);
        isNan = arith::AndIOp::create(b, isNan, wasNumber);
      }
      return arith::OrIOp::create(b, better, isNan);
    }
    using P = arith::CmpIPredicate;
    P predicate;
    if (element.isUnsignedInteger())
      predicate = max ? (last ? P::uge : P::ugt) : (last ? P::ule : P::ult);
    else
      predicate = max ? (last ? P::sge : P::sgt) : (last ? P::sle : P::slt);
    return arith::CmpIOp::create(b, predicate, value, best);
  }
};

} // namespace

void nntolinalg::populateReductions(const TypeConverter &converter,
                                    RewritePatternSet &patterns) {
  patterns.add<LowerReduce, LowerArgReduce>(converter, patterns.getContext());
}
