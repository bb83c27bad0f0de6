//===- LowerScatter.cpp - Slices replaced at places that a tensor tells ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Structured operators say of each result element where it comes from, a
// scatter of each update where it goes. So the places are turned round first:
// for each slice of the input the last update that goes there, the largest of
// all whose place is equal. Then each result slice is picked.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

namespace {

struct LowerScatterND : OpConversionPattern<nn::ScatterNDOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ScatterNDOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> shape = op.getType().getShape();
    ArrayRef<int64_t> indexShape = op.getIndices().getType().getShape();
    unsigned depth = indexShape.back();
    int64_t count = ShapedType::getNumElements(indexShape.drop_back());
    if (count == 0) {
      rewriter.replaceOp(op, adaptor.getInput());
      return success();
    }
    int64_t slices = ShapedType::getNumElements(shape.take_front(depth));
    int64_t length = ShapedType::getNumElements(shape.drop_front(depth));
    Value indices = reshape(b, adaptor.getIndices(), {count, depth});
    Value places = linearize(b, indices, shape.take_front(depth));
    Value latest = findLatest(b, places, slices);
    Value input = reshape(b, adaptor.getInput(), {slices, length});
    Value updates = reshape(b, adaptor.getUpdates(), {count, length});
    Value result = pick(b, latest, input, updates);
    rewriter.replaceOp(op, reshape(b, result, shape));
    return success();
  }

  /// The row-major number of the slice that each row of `indices` names.
  static Value linearize(ImplicitLocOpBuilder &b, Value indices,
                         ArrayRef<int64_t> shape) {
    int64_t count = cast<RankedTensorType>(indices.getType()).getDimSize(0);
    auto type = RankedTensorType::get(count, b.getI32Type());
    if (shape.empty())
      return fillZero(b, type);
    SmallVector<Operand> columns;
    for (auto [dim, size] : llvm::enumerate(shape))
      columns.push_back(
          readThrough(column(b, indices, int64_t(dim), size), 1, 0u));
    return buildMap(
        b, columns, type, [&](ImplicitLocOpBuilder &inner, ValueRange args) {
          Value place = args.front();
          for (auto [at, size] :
               llvm::zip_equal(args.drop_front(), shape.drop_front())) {
            place = arith::MulIOp::create(
                inner, place, makeInt(inner, inner.getI32Type(), size));
            place = arith::AddIOp::create(inner, place, at);
          }
          return place;
        });
  }

  /// The places along one dimension, inside of it.
  static Value column(ImplicitLocOpBuilder &b, Value indices, int64_t dim,
                      int64_t size) {
    auto type = cast<RankedTensorType>(indices.getType());
    int64_t count = type.getDimSize(0);
    Value part = tensor::ExtractSliceOp::create(
        b, type.clone({count, int64_t(1)}), indices, ValueRange{}, ValueRange{},
        ValueRange{}, b.getDenseI64ArrayAttr({0, dim}),
        b.getDenseI64ArrayAttr({count, 1}), b.getDenseI64ArrayAttr({1, 1}));
    return buildMap(b, readThrough(reshape(b, part, count), 1, 0u),
                    RankedTensorType::get(count, b.getI32Type()),
                    [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
                      return arith::IndexCastOp::create(
                          inner, inner.getI32Type(),
                          wrapIndex(inner, args[0], size));
                    });
  }

  /// For each slice the last entry of `places` that names it, or -1.
  static Value findLatest(ImplicitLocOpBuilder &b, Value places,
                          int64_t slices) {
    Value init = fill(b, RankedTensorType::get(slices, b.getI32Type()),
                      b.getI32IntegerAttr(-1));
    return buildReduction(
        b, readThrough(places, 2, 1u), init, readThrough(init, 2, 0u).map,
        [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Type word = inner.getI32Type();
          Value names =
              arith::CmpIOp::create(inner, arith::CmpIPredicate::eq, args[0],
                                    makeLoopIndex(inner, word, 0));
          Value entry = arith::SelectOp::create(inner, names,
                                                makeLoopIndex(inner, word, 1),
                                                makeInt(inner, word, -1));
          return arith::MaxSIOp::create(inner, args[1], entry);
        });
  }

  /// Rows of `updates` where there is one, of `input` elsewhere.
  static Value pick(ImplicitLocOpBuilder &b, Value latest, Value input,
                    Value updates) {
    auto type = cast<RankedTensorType>(input.getType());
    return buildMap(
        b, {readThrough(latest, 2, 0u), readThrough(input, 2, {0u, 1u})}, type,
        [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
          Value zero = makeInt(inner, inner.getI32Type(), 0);
          Value row = arith::IndexCastOp::create(
              inner, inner.getIndexType(),
              arith::MaxSIOp::create(inner, args[0], zero));
          Value update = tensor::ExtractOp::create(
              inner, updates,
              ValueRange{row, linalg::IndexOp::create(inner, 1)});
          Value isThere = arith::CmpIOp::create(
              inner, arith::CmpIPredicate::sge, args[0], zero);
          return arith::SelectOp::create(inner, isThere, update, args[1]);
        });
  }
};

} // namespace

void nntolinalg::populateScatter(const TypeConverter &converter,
                                 RewritePatternSet &patterns) {
  patterns.add<LowerScatterND>(converter, patterns.getContext());
}
