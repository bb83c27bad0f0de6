//===- LowerPooling.cpp - Maximum, average and sum over windows -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "Products.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

namespace {

struct LowerPool : OpConversionPattern<nn::PoolOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::PoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    bool max = op.getKind() == nn::PoolKind::max;
    nn::ReduceKind kind = max ? nn::ReduceKind::max : nn::ReduceKind::sum;
    Value value = reduceWindows(b, op, adaptor.getInput(), kind);
    Type element = getSignless(op.getType().getElementType());
    if (op.getKind() == nn::PoolKind::avg)
      value = divideByCount(b, op, value, element);
    rewriter.replaceOp(op, roundTensor(b, value, element));
    return success();
  }

  static nn::SpatialDims getDims(nn::PoolOp op) {
    return {op.getChannelsLast(), op.getType().getRank()};
  }

  /// Loops: the result's dimensions, window. Upstream's pools have the same
  /// operand that only has the window's sizes.
  static Value reduceWindows(ImplicitLocOpBuilder &b, nn::PoolOp op,
                             Value input, nn::ReduceKind kind) {
    RankedTensorType type = op.getType();
    Type element = op.getInput().getType().getElementType();
    unsigned spatial = op.getWindow().size(), rank = type.getRank();
    unsigned loops = rank + spatial;
    input = padInput(b, op, input, getIdentity(kind, element));
    SmallVector<AffineExpr> in;
    for (unsigned dim = 0; dim < rank; ++dim)
      in.push_back(b.getAffineDimExpr(dim));
    for (unsigned i = 0; i < spatial; ++i) {
      AffineExpr &expr = in[getDims(op).spatial(i)];
      expr = expr * op.getStrides()[i] +
             b.getAffineDimExpr(rank + i) * op.getDilations()[i];
    }
    TypedAttr identity = getIdentity(kind, element);
    Value init = fill(b, type.clone(identity.getType()), identity);
    Value sizes =
        tensor::EmptyOp::create(b, op.getWindow(), identity.getType());
    auto windowDims = llvm::to_vector(llvm::seq<unsigned>(rank, loops));
    auto outDims = llvm::to_vector(llvm::seq<unsigned>(0, rank));
    Operand operands[] = {
        {input, AffineMap::get(loops, 0, in, b.getContext()), {}},
        readThrough(sizes, loops, windowDims)};
    return buildReduction(
        b, operands, init, readThrough(init, loops, outDims).map,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) {
          return combine(inner, kind, element, args[2], widen(inner, args[0]));
        });
  }

  /// Pads with what changes no result, as far as the last window reaches.
  static Value padInput(ImplicitLocOpBuilder &b, nn::PoolOp op, Value input,
                        TypedAttr identity) {
    auto type = cast<RankedTensorType>(input.getType());
    Type element = type.getElementType();
    if (identity.getType() != element)
      identity =
          b.getFloatAttr(element, cast<FloatAttr>(identity).getValueAsDouble());
    unsigned spatial = op.getWindow().size();
    SmallVector<int64_t> low(op.getPads().take_front(spatial)), high;
    for (unsigned i = 0; i < spatial; ++i) {
      int64_t reach = (op.getType().getDimSize(getDims(op).spatial(i)) - 1) *
                          op.getStrides()[i] +
                      (op.getWindow()[i] - 1) * op.getDilations()[i] + 1;
      int64_t size = type.getDimSize(getDims(op).spatial(i));
      high.push_back(
          std::max(op.getPads()[spatial + i], reach - low[i] - size));
    }
    return padSpatial(b, input, getDims(op), low, high, identity);
  }

  /// How many elements of each window along spatial dimension `i` count.
  static SmallVector<float> countAlong(nn::PoolOp op, unsigned i) {
    unsigned spatial = op.getWindow().size();
    int64_t dim = getDims(op).spatial(i);
    int64_t begin = 0, end = op.getInput().getType().getDimSize(dim);
    if (op.getCountIncludePad()) {
      begin -= op.getPads()[i];
      end += op.getPads()[spatial + i];
    }
    SmallVector<float> counts;
    for (int64_t place = 0; place < op.getType().getDimSize(dim); ++place) {
      int64_t count = 0;
      for (int64_t k = 0; k < op.getWindow()[i]; ++k) {
        int64_t at = place * op.getStrides()[i] + k * op.getDilations()[i] -
                     op.getPads()[i];
        count += at >= begin && at < end;
      }
      counts.push_back(count);
    }
    return counts;
  }

  static Value divideByCount(ImplicitLocOpBuilder &b, nn::PoolOp op, Value sum,
                             Type element) {
    auto type = cast<RankedTensorType>(sum.getType());
    Type lane = type.getElementType();
    auto all = llvm::to_vector(llvm::seq<unsigned>(0, type.getRank()));
    SmallVector<Operand> operands = {readThrough(sum, type.getRank(), all)};
    double common = 1;
    for (unsigned i = 0; i < op.getWindow().size(); ++i) {
      SmallVector<float> counts = countAlong(op, i);
      if (counts.empty() || llvm::all_equal(counts)) {
        common *= counts.empty() ? 1 : counts.front();
        continue;
      }
      SmallVector<Attribute> values;
      for (float count : counts)
        values.push_back(b.getFloatAttr(lane, count));
      auto vector = RankedTensorType::get(counts.size(), lane);
      Value constant =
          arith::ConstantOp::create(b, DenseElementsAttr::get(vector, values));
      operands.push_back(
          readThrough(constant, type.getRank(),
                      static_cast<unsigned>(getDims(op).spatial(i))));
    }
    return buildMap(b, operands, type.clone(element),
                    [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                      Value count = makeFloat(inner, lane, common);
                      for (Value along : args.drop_front())
                        count = arith::MulFOp::create(inner, count, along);
                      return narrow(
                          inner, arith::DivFOp::create(inner, args[0], count),
                          element);
                    });
  }
};

} // namespace

void nntolinalg::populatePooling(const TypeConverter &converter,
                                 RewritePatternSet &patterns) {
  patterns.add<LowerPool>(converter, patterns.getContext());
}
