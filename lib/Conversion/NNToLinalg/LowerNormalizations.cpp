//===- LowerNormalizations.cpp - Softmax and normalisation ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Composed of reductions and maps over an intermediate of the type that bodies
// compute in: nothing is rounded to a half type before the end.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

namespace {

/// A tensor and what is computed of its rows: everything along `axes`.
struct Rows {
  ImplicitLocOpBuilder &b;
  RankedTensorType type;
  Type lane;
  SmallVector<unsigned> all, kept;
  SmallVector<int64_t> shape; // of one number a row

  Rows(ImplicitLocOpBuilder &b, RankedTensorType type, ArrayRef<int64_t> axes)
      : b(b), type(type), lane(getComputeType(type.getElementType())) {
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      all.push_back(dim);
      if (llvm::is_contained(axes, dim))
        continue;
      kept.push_back(dim);
      shape.push_back(type.getDimSize(dim));
    }
  }
  unsigned rank() const { return all.size(); }
  Operand whole(Value value) const { return readThrough(value, rank(), all); }
  Operand perRow(Value value) const { return readThrough(value, rank(), kept); }

  /// Combines `element(args)` over each row.
  Value reduce(nn::ReduceKind kind, ArrayRef<Operand> operands,
               Body element) const {
    Value init =
        fill(b, RankedTensorType::get(shape, lane), getIdentity(kind, lane));
    return buildReduction(b, operands, init, perRow(init).map,
                          [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                            Value value = element(inner, args.drop_back());
                            return combine(inner, kind, lane, args.back(),
                                           value);
                          });
  }
  Value max(Value input) const {
    return reduce(nn::ReduceKind::max, whole(input),
                  [](ImplicitLocOpBuilder &inner, ValueRange args) {
                    return widen(inner, args[0]);
                  });
  }
  /// One number a row from others.
  Value mapRows(ArrayRef<Value> values, Body body) const {
    SmallVector<Operand> operands;
    auto dims = llvm::to_vector(llvm::seq<unsigned>(0, shape.size()));
    for (Value value : values)
      operands.push_back(readThrough(value, shape.size(), dims));
    return buildMap(b, operands, RankedTensorType::get(shape, lane), body);
  }
};

Value subtract(ImplicitLocOpBuilder &b, ValueRange args) {
  return arith::SubFOp::create(b, widen(b, args[0]), args[1]);
}

struct LowerSoftmax : OpConversionPattern<nn::SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::SoftmaxOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType type = op.getType();
    Rows rows(b, type, op.getAxis());
    Value input = adaptor.getInput(), max = rows.max(input);
    Value powers = buildMap(
        b, {rows.whole(input), rows.perRow(max)}, type.clone(rows.lane),
        [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          return math::ExpOp::create(inner, subtract(inner, args));
        });
    Value sum = rows.reduce(
        nn::ReduceKind::sum, rows.whole(powers),
        [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; });
    auto divide = [&](ImplicitLocOpBuilder &inner, ValueRange args) {
      return narrow(inner, arith::DivFOp::create(inner, args[0], args[1]),
                    type.getElementType());
    };
    rewriter.replaceOp(
        op, buildMap(b, {rows.whole(powers), rows.perRow(sum)}, type, divide));
    return success();
  }
};

struct LowerLogSoftmax : OpConversionPattern<nn::LogSoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::LogSoftmaxOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType type = op.getType();
    Rows rows(b, type, op.getAxis());
    Value input = adaptor.getInput(), max = rows.max(input);
    Value sum =
        rows.reduce(nn::ReduceKind::sum, {rows.whole(input), rows.perRow(max)},
                    [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
                      return math::ExpOp::create(inner, subtract(inner, args));
                    });
    Value log = rows.mapRows(
        sum, [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          return math::LogOp::create(inner, args[0]);
        });
    auto finish = [&](ImplicitLocOpBuilder &inner, ValueRange args) {
      Value value =
          arith::SubFOp::create(inner, subtract(inner, args), args[2]);
      return narrow(inner, value, type.getElementType());
    };
    rewriter.replaceOp(
        op, buildMap(b, {rows.whole(input), rows.perRow(max), rows.perRow(log)},
                     type, finish));
    return success();
  }
};

struct LowerNormalize : OpConversionPattern<nn::NormalizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::NormalizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType type = op.getType();
    Rows rows(b, type, op.getAxes());
    Value input = adaptor.getInput();
    double count = 1, epsilon = op.getEpsilon().convertToDouble();
    for (int64_t axis : op.getAxes())
      count *= type.getDimSize(axis);
    SmallVector<Operand> operands = {rows.whole(input)};
    if (!op.getRms())
      operands.push_back(rows.perRow(mean(rows, input, count)));
    auto centre = [](ImplicitLocOpBuilder &inner, ValueRange args) {
      return args.size() == 1 ? widen(inner, args[0]) : subtract(inner, args);
    };
    Value squares =
        rows.reduce(nn::ReduceKind::sum, operands,
                    [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
                      Value value = centre(inner, args);
                      return arith::MulFOp::create(inner, value, value);
                    });
    Value scale = rows.mapRows(
        squares, [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Value variance = arith::DivFOp::create(
              inner, args[0], makeFloat(inner, rows.lane, count));
          return math::RsqrtOp::create(
              inner,
              arith::AddFOp::create(inner, variance,
                                    makeFloat(inner, rows.lane, epsilon)));
        });
    operands.push_back(rows.perRow(scale));
    auto finish = [&](ImplicitLocOpBuilder &inner, ValueRange args) {
      Value value = arith::MulFOp::create(
          inner, centre(inner, args.drop_back()), args.back());
      return narrow(inner, value, type.getElementType());
    };
    rewriter.replaceOp(op, buildMap(b, operands, type, finish));
    return success();
  }

  static Value mean(const Rows &rows, Value input, double count) {
    Value sum = rows.reduce(nn::ReduceKind::sum, rows.whole(input),
                            [](ImplicitLocOpBuilder &inner, ValueRange args) {
                              return widen(inner, args[0]);
                            });
    return rows.mapRows(
        sum, [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          return arith::DivFOp::create(inner, args[0],
                                       makeFloat(inner, rows.lane, count));
        });
  }
};

} // namespace

void nntolinalg::populateNormalizations(const TypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<LowerSoftmax, LowerLogSoftmax, LowerNormalize>(
      converter, patterns.getContext());
}
