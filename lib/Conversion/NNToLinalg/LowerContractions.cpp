//===- LowerContractions.cpp - Matrix products ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "Products.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

Type nntolinalg::getAccumulator(Type lhs, Type rhs) {
  return getSignless(getComputeType(nn::getProductType(lhs, rhs)));
}

Value nntolinalg::multiplyAdd(ImplicitLocOpBuilder &b, Type lhs, Type rhs,
                              ValueRange args) {
  Type lane = args[2].getType();
  auto extend = [&](Value value, Type from) -> Value {
    if (value.getType() == lane)
      return value;
    if (isa<FloatType>(lane))
      return arith::ExtFOp::create(b, lane, value);
    if (from.isUnsignedInteger())
      return arith::ExtUIOp::create(b, lane, value);
    return arith::ExtSIOp::create(b, lane, value);
  };
  Value x = extend(args[0], lhs), y = extend(args[1], rhs);
  if (isa<FloatType>(lane))
    return arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, x, y));
  return arith::AddIOp::create(b, args[2], arith::MulIOp::create(b, x, y));
}

namespace {

struct LowerMatmul : OpConversionPattern<nn::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type lhs = op.getLhs().getType().getElementType();
    Type rhs = op.getRhs().getType().getElementType();
    RankedTensorType type = op.getType();
    Value init =
        makeInit(b, adaptor.getBias(), type.clone(getAccumulator(lhs, rhs)));
    Value product = buildNamed(b, op, adaptor.getLhs(), adaptor.getRhs(), init);
    if (!product) {
      unsigned rank = type.getRank(), k = rank;
      Operand operands[] = {readMatrix(b, adaptor.getLhs(), type, rank - 2, k,
                                       op.getTransposeLhs()),
                            readMatrix(b, adaptor.getRhs(), type, k, rank - 1,
                                       op.getTransposeRhs())};
      auto all = llvm::to_vector(llvm::seq<unsigned>(0, rank));
      product = buildReduction(
          b, operands, init, readThrough(init, rank + 1, all).map,
          [&](ImplicitLocOpBuilder &inner, ValueRange args) {
            return multiplyAdd(inner, lhs, rhs, args);
          });
    }
    Value rounded = roundTensor(b, product, getSignless(type.getElementType()));
    rewriter.replaceOp(op, rounded);
    return success();
  }

  /// The accumulators' first values: the bias in every row, or zero.
  static Value makeInit(ImplicitLocOpBuilder &b, Value bias,
                        RankedTensorType type) {
    if (!bias)
      return fillZero(b, type);
    unsigned rank = type.getRank();
    return buildMap(b, readThrough(bias, rank, rank - 1), type,
                    [](ImplicitLocOpBuilder &inner, ValueRange args) {
                      return widen(inner, args[0]);
                    });
  }

  /// The plain cases as upstream's named operators; null for others.
  static Value buildNamed(ImplicitLocOpBuilder &b, nn::MatmulOp op, Value lhs,
                          Value rhs, Value init) {
    ArrayRef<int64_t> x = op.getLhs().getType().getShape();
    ArrayRef<int64_t> y = op.getRhs().getType().getShape();
    bool isUnsigned =
        op.getLhs().getType().getElementType().isUnsignedInteger() ||
        op.getRhs().getType().getElementType().isUnsignedInteger();
    if (isUnsigned || op.getTransposeLhs() || op.getTransposeRhs() ||
        x.drop_back(2) != y.drop_back(2))
      return nullptr;
    if (x.size() == 2)
      return linalg::MatmulOp::create(b, ValueRange{lhs, rhs}, init)
          .getResult(0);
    if (x.size() == 3)
      return linalg::BatchMatmulOp::create(b, ValueRange{lhs, rhs}, init)
          .getResult(0);
    return nullptr;
  }

  /// An operand with rows along loop `rows` and columns along loop `columns`;
  /// batch dimensions of size 1 that repeat are collapsed.
  static Operand readMatrix(ImplicitLocOpBuilder &b, Value value,
                            RankedTensorType result, unsigned rows,
                            unsigned columns, bool transposed) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.getType()).getShape();
    unsigned batch = shape.size() - 2, offset = result.getRank() - shape.size();
    SmallVector<int64_t> kept;
    SmallVector<unsigned> dims;
    for (unsigned i = 0; i < batch; ++i) {
      if (shape[i] == 1 && result.getDimSize(offset + i) != 1)
        continue;
      kept.push_back(shape[i]);
      dims.push_back(offset + i);
    }
    llvm::append_range(kept, shape.take_back(2));
    if (transposed)
      std::swap(rows, columns);
    dims.append({rows, columns});
    return readThrough(reshape(b, value, kept), result.getRank() + 1, dims);
  }
};

/// A matrix product along one dimension; its loop nest has the result's
/// dimensions and the input's along the axis.
struct LowerResample : OpConversionPattern<nn::ResampleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ResampleOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType type = op.getType();
    Type element = type.getElementType();
    unsigned rank = type.getRank(), axis = op.getAxis();
    auto all = llvm::to_vector(llvm::seq<unsigned>(0, rank));
    SmallVector<unsigned> read(all);
    read[axis] = rank;
    Operand operands[] = {
        readThrough(adaptor.getInput(), rank + 1, read),
        readThrough(adaptor.getWeights(), rank + 1, {axis, rank})};
    Value init = fillZero(b, type.clone(getAccumulator(element, element)));
    Value product =
        buildReduction(b, operands, init, readThrough(init, rank + 1, all).map,
                       [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                         return multiplyAdd(inner, element, element, args);
                       });
    rewriter.replaceOp(op, roundTensor(b, product, element));
    return success();
  }
};

} // namespace

void nntolinalg::populateContractions(const TypeConverter &converter,
                                      RewritePatternSet &patterns) {
  patterns.add<LowerMatmul, LowerResample>(converter, patterns.getContext());
}
