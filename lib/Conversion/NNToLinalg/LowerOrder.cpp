//===- LowerOrder.cpp - Running sums, and the largest elements in order ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both look at pairs of elements along an axis: a running sum reduces over the
// elements that stand before, and the place of an element in sorted order is
// the number of those that come first. That is quadratic in the axis, and made
// of reductions that any dimension can be cut for.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

static SmallVector<unsigned> allDims(unsigned rank) {
  return llvm::to_vector(llvm::seq<unsigned>(0, rank));
}

/// A tensor of rank `rank` whose `axis` is walked by one more loop, the last.
static Operand readAcross(Value value, unsigned rank, unsigned axis) {
  SmallVector<unsigned> dims = allDims(rank);
  dims[axis] = rank;
  return readThrough(value, rank + 1, dims);
}

static Value compare(ImplicitLocOpBuilder &b, arith::CmpIPredicate predicate,
                     Value x, Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

namespace {

struct LowerCumulative : OpConversionPattern<nn::CumulativeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::CumulativeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType type = op.getInput().getType();
    unsigned rank = type.getRank(), axis = op.getAxis();
    Type element = type.getElementType();
    TypedAttr identity = getIdentity(op.getKind(), element);
    Value init =
        fill(b, RankedTensorType::get(type.getShape(), identity.getType()),
             identity);
    using P = arith::CmpIPredicate;
    P before = op.getReverse() ? (op.getExclusive() ? P::sgt : P::sge)
                               : (op.getExclusive() ? P::slt : P::sle);
    Value sums = buildReduction(
        b, readAcross(adaptor.getInput(), rank, axis), init,
        readThrough(init, rank + 1, allDims(rank)).map,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Value counts = compare(
              inner, before, makeLoopIndex(inner, inner.getI32Type(), rank),
              makeLoopIndex(inner, inner.getI32Type(), axis));
          Value none = arith::ConstantOp::create(inner, identity);
          Value value = arith::SelectOp::create(inner, counts,
                                                widen(inner, args[0]), none);
          return combine(inner, op.getKind(), element, args[1], value);
        });
    rewriter.replaceOp(op, roundTensor(b, sums, getSignless(element)));
    return success();
  }
};

struct LowerTopK : OpConversionPattern<nn::TopKOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::TopKOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    unsigned axis = op.getAxis();
    bool isUnsigned =
        op.getInput().getType().getElementType().isUnsignedInteger();
    Value keys = makeKeys(b, adaptor.getInput(), op.getSmallest());
    Value order = rankAll(b, keys, axis, isUnsigned);
    Value chosen = invert(b, order, axis, op.getK());
    auto type = cast<RankedTensorType>(getSignless(op.getValues().getType()));
    unsigned rank = type.getRank();
    int64_t size = op.getInput().getType().getDimSize(axis);
    Operand places = readThrough(chosen, rank, allDims(rank));
    Value values = buildMap(
        b, places, type,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          SmallVector<Value> position;
          for (unsigned dim = 0; dim < rank; ++dim)
            position.push_back(dim == axis
                                   ? wrapIndex(inner, args[0], size)
                                   : linalg::IndexOp::create(inner, dim));
          return tensor::ExtractOp::create(inner, adaptor.getInput(), position);
        });
    Value indices = buildMap(
        b, places, type.clone(b.getI64Type()),
        [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          return arith::ExtSIOp::create(inner, inner.getI64Type(), args[0]);
        });
    rewriter.replaceOp(op, {values, indices});
    return success();
  }

  /// Integers in the order of the elements (NaN above all numbers, -0 equal to
  /// +0), the largest first; turned round for the smallest.
  static Value makeKeys(ImplicitLocOpBuilder &b, Value input, bool smallest) {
    auto type = cast<RankedTensorType>(input.getType());
    Type compute = getComputeType(type.getElementType());
    unsigned width = compute.getIntOrFloatBitWidth();
    Type word = b.getIntegerType(width);
    if (!isa<FloatType>(compute) && !smallest)
      return input;
    return buildMap(
        b, readThrough(input, type.getRank(), allDims(type.getRank())),
        type.clone(word),
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Value key = isa<FloatType>(compute)
                          ? floatKey(inner, widen(inner, args[0]), word)
                          : args[0];
          if (!smallest)
            return key;
          return arith::XOrIOp::create(inner, key, makeInt(inner, word, -1));
        });
  }

  static Value floatKey(ImplicitLocOpBuilder &b, Value value, Type word) {
    unsigned width = word.getIntOrFloatBitWidth();
    Value zero = makeFloat(b, value.getType(), 0);
    Value bits = arith::BitcastOp::create(
        b, word, arith::AddFOp::create(b, value, zero));
    Value largest = makeInt(b, word, width == 64 ? INT64_MAX : INT32_MAX);
    Value isNegative =
        compare(b, arith::CmpIPredicate::slt, bits, makeInt(b, word, 0));
    Value key = arith::SelectOp::create(
        b, isNegative, arith::XOrIOp::create(b, bits, largest), bits);
    Value isNan =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
    return arith::SelectOp::create(b, isNan, largest, key);
  }

  /// For each element how many come before it: larger keys, and equal ones
  /// with a smaller index.
  static Value rankAll(ImplicitLocOpBuilder &b, Value keys, unsigned axis,
                       bool isUnsigned) {
    auto type = cast<RankedTensorType>(keys.getType());
    unsigned rank = type.getRank();
    Value init = fillZero(b, type.clone(b.getI32Type()));
    return buildReduction(
        b,
        {readThrough(keys, rank + 1, allDims(rank)),
         readAcross(keys, rank, axis)},
        init, readThrough(init, rank + 1, allDims(rank)).map,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          using P = arith::CmpIPredicate;
          Value above =
              compare(inner, isUnsigned ? P::ugt : P::sgt, args[1], args[0]);
          Value same = compare(inner, P::eq, args[1], args[0]);
          Value earlier = compare(
              inner, P::slt, makeLoopIndex(inner, inner.getI32Type(), rank),
              makeLoopIndex(inner, inner.getI32Type(), axis));
          Value comes = arith::OrIOp::create(
              inner, above, arith::AndIOp::create(inner, same, earlier));
          Value one = arith::SelectOp::create(
              inner, comes, makeInt(inner, inner.getI32Type(), 1),
              makeInt(inner, inner.getI32Type(), 0));
          return arith::AddIOp::create(inner, args[2], one);
        });
  }

  /// Where the elements stand whose order is 0 to k - 1.
  static Value invert(ImplicitLocOpBuilder &b, Value order, unsigned axis,
                      int64_t k) {
    auto type = cast<RankedTensorType>(order.getType());
    unsigned rank = type.getRank();
    SmallVector<int64_t> shape(type.getShape());
    shape[axis] = k;
    Value init = fill(b, type.clone(shape), b.getI32IntegerAttr(-1));
    return buildReduction(
        b, readAcross(order, rank, axis), init,
        readThrough(init, rank + 1, allDims(rank)).map,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Value isHere =
              compare(inner, arith::CmpIPredicate::eq, args[0],
                      makeLoopIndex(inner, inner.getI32Type(), axis));
          Value place = arith::SelectOp::create(
              inner, isHere, makeLoopIndex(inner, inner.getI32Type(), rank),
              makeInt(inner, inner.getI32Type(), -1));
          return arith::MaxSIOp::create(inner, args[1], place);
        });
  }
};

} // namespace

void nntolinalg::populateOrder(const TypeConverter &converter,
                               RewritePatternSet &patterns) {
  patterns.add<LowerCumulative, LowerTopK>(converter, patterns.getContext());
}
