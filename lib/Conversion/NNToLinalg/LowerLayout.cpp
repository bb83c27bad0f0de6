//===- LowerLayout.cpp - Operators that move, repeat or make elements -----===//
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

static Value yieldFirst(ImplicitLocOpBuilder &, ValueRange args) {
  return args[0];
}

/// `sizes` elements from `starts`, `steps` apart (positive).
static Value extract(ImplicitLocOpBuilder &b, Value value,
                     ArrayRef<int64_t> starts, ArrayRef<int64_t> sizes,
                     ArrayRef<int64_t> steps) {
  auto type = cast<RankedTensorType>(value.getType());
  return tensor::ExtractSliceOp::create(
      b, type.clone(sizes), value, ValueRange{}, ValueRange{}, ValueRange{},
      b.getDenseI64ArrayAttr(starts), b.getDenseI64ArrayAttr(sizes),
      b.getDenseI64ArrayAttr(steps));
}

/// Tensors one after another along a dimension.
static Value concatenate(ImplicitLocOpBuilder &b, ValueRange values,
                         int64_t axis, RankedTensorType type) {
  Value result =
      tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  SmallVector<int64_t> starts(type.getRank(), 0), steps(type.getRank(), 1);
  for (Value value : values) {
    auto sizes = cast<RankedTensorType>(value.getType()).getShape();
    if (sizes[axis] == 0)
      continue;
    result = tensor::InsertSliceOp::create(
        b, value, result, ValueRange{}, ValueRange{}, ValueRange{},
        b.getDenseI64ArrayAttr(starts), b.getDenseI64ArrayAttr(sizes),
        b.getDenseI64ArrayAttr(steps));
    starts[axis] += sizes[axis];
  }
  return result;
}

namespace {

/// Results without elements take no work, whatever would make them.
struct LowerNothing : ConversionPattern {
  LowerNothing(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/100,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value>,
                  ConversionPatternRewriter &rewriter) const override {
    auto isEmpty = [](Type type) {
      return cast<RankedTensorType>(type).getNumElements() == 0;
    };
    if (!isa<nn::NNDialect>(op->getDialect()) ||
        !llvm::all_of(op->getResultTypes(), isEmpty))
      return rewriter.notifyMatchFailure(op, "there are elements");
    SmallVector<Value> results;
    for (Type type : op->getResultTypes()) {
      auto tensor = cast<RankedTensorType>(getSignless(type));
      results.push_back(tensor::EmptyOp::create(
          rewriter, op->getLoc(), tensor.getShape(), tensor.getElementType()));
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct LowerConstant : OpConversionPattern<nn::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ElementsAttr value = op.getValue();
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    if (type != op.getType())
      value = nn::reinterpretElements(value, type);
    if (!value)
      return rewriter.notifyMatchFailure(op, "an attribute of another kind");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};

struct LowerIota : OpConversionPattern<nn::IotaOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::IotaOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type element = op.getType().getElementType();
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    auto body = [&](ImplicitLocOpBuilder &inner, ValueRange) {
      Type word = inner.getI64Type();
      Value index = makeLoopIndex(inner, word, op.getAxis());
      return castScalar(inner, index, word, element);
    };
    rewriter.replaceOp(op, buildMap(b, {}, type, body));
    return success();
  }
};

struct LowerReshape : OpConversionPattern<nn::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ReshapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op,
                       reshape(b, adaptor.getInput(), op.getType().getShape()));
    return success();
  }
};

struct LowerBroadcast : OpConversionPattern<nn::BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::BroadcastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    Operand operand =
        readBroadcast(b, op.getInput(), adaptor.getInput(), type.getShape());
    rewriter.replaceOp(op, operand.scalar
                               ? fill(b, type, operand.scalar)
                               : buildMap(b, operand, type, yieldFirst));
    return success();
  }
};

struct LowerTranspose : OpConversionPattern<nn::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    Value empty =
        tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
    auto transpose = linalg::TransposeOp::create(b, adaptor.getInput(), empty,
                                                 op.getPermutation());
    rewriter.replaceOp(op, transpose->getResults());
    return success();
  }
};

struct LowerConcat : OpConversionPattern<nn::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ConcatOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    rewriter.replaceOp(op,
                       concatenate(b, adaptor.getInputs(), op.getAxis(), type));
    return success();
  }
};

/// Steps backwards are a slice forwards whose elements are then reversed.
struct LowerSlice : OpConversionPattern<nn::SliceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::SliceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    SmallVector<int64_t> starts(op.getStarts()), steps(op.getSteps());
    SmallVector<bool> backwards(type.getRank(), false);
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (steps[dim] > 0)
        continue;
      backwards[dim] = true;
      starts[dim] += (type.getDimSize(dim) - 1) * steps[dim];
      steps[dim] = -steps[dim];
    }
    Value slice =
        extract(b, adaptor.getInput(), starts, type.getShape(), steps);
    rewriter.replaceOp(op, reverse(b, slice, backwards));
    return success();
  }
};

struct LowerPad : OpConversionPattern<nn::PadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::PadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    if (op.getMode() == nn::PadMode::constant)
      if (TypedAttr known = findConstant(b, op, adaptor)) {
        rewriter.replaceOp(op, padConstant(b, op, adaptor, type, known));
        return success();
      }
    Value value = adaptor.getInput();
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      value = padDimension(b, op, adaptor, value, dim);
    rewriter.replaceOp(op, value);
    return success();
  }

  /// The constant that is filled in; null if it is known at run time only.
  static TypedAttr findConstant(ImplicitLocOpBuilder &b, nn::PadOp op,
                                OpAdaptor adaptor) {
    if (Value value = adaptor.getValue())
      return readBroadcast(b, op.getValue(), value, {}).scalar;
    return b.getZeroAttr(getSignless(op.getType().getElementType()));
  }

  static Value padConstant(ImplicitLocOpBuilder &b, nn::PadOp op,
                           OpAdaptor adaptor, RankedTensorType type,
                           TypedAttr known) {
    Value scalar = arith::ConstantOp::create(b, known);
    SmallVector<OpFoldResult> low, high;
    for (auto [before, after] : llvm::zip_equal(op.getLow(), op.getHigh())) {
      low.push_back(b.getIndexAttr(before));
      high.push_back(b.getIndexAttr(after));
    }
    return tensor::PadOp::create(b, type, adaptor.getInput(), low, high,
                                 scalar);
  }

  /// Elements before, the tensor, elements after, in one dimension.
  static Value padDimension(ImplicitLocOpBuilder &b, nn::PadOp op,
                            OpAdaptor adaptor, Value value, int64_t dim) {
    auto type = cast<RankedTensorType>(value.getType());
    int64_t low = op.getLow()[dim], high = op.getHigh()[dim];
    if (low == 0 && high == 0)
      return value;
    SmallVector<Value> parts;
    if (low > 0)
      parts.push_back(makeSide(b, op, adaptor, value, dim, low, true));
    parts.push_back(value);
    if (high > 0)
      parts.push_back(makeSide(b, op, adaptor, value, dim, high, false));
    SmallVector<int64_t> shape(type.getShape());
    shape[dim] += low + high;
    return concatenate(b, parts, dim, type.clone(shape));
  }

  /// The `amount` elements that stand before (or after) a tensor.
  static Value makeSide(ImplicitLocOpBuilder &b, nn::PadOp op,
                        OpAdaptor adaptor, Value value, int64_t dim,
                        int64_t amount, bool before) {
    nn::PadMode mode = op.getMode();
    auto type = cast<RankedTensorType>(value.getType());
    int64_t size = type.getDimSize(dim);
    SmallVector<int64_t> starts(type.getRank(), 0), steps(type.getRank(), 1);
    SmallVector<int64_t> sizes(type.getShape());
    if (mode == nn::PadMode::constant) {
      sizes[dim] = amount;
      return buildMap(
          b, readBroadcast(b, op.getValue(), adaptor.getValue(), sizes),
          type.clone(sizes), yieldFirst);
    }
    if (mode == nn::PadMode::edge) {
      starts[dim] = before ? 0 : size - 1;
      sizes[dim] = 1;
      Value edge = extract(b, value, starts, sizes, steps);
      sizes[dim] = amount;
      return buildMap(b, readBroadcast(b, edge, edge, sizes), type.clone(sizes),
                      yieldFirst);
    }
    sizes[dim] = amount;
    SmallVector<bool> backwards(type.getRank(), false);
    if (mode == nn::PadMode::wrap) {
      starts[dim] = before ? size - amount : 0;
    } else {
      starts[dim] = before ? 1 : size - 1 - amount;
      backwards[dim] = true;
    }
    return reverse(b, extract(b, value, starts, sizes, steps), backwards);
  }
};

/// Bytes as indices of a table of all of them, which needs no care: those with
/// a sign count from its end, where it has the entries of the bytes that they
/// are without one.
struct LowerLookup : OpConversionPattern<nn::GatherOp> {
  explicit LowerLookup(const TypeConverter &converter, MLIRContext *context)
      : OpConversionPattern(converter, context, /*benefit=*/2) {}

  LogicalResult
  matchAndRewrite(nn::GatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto cast = op.getIndices().getDefiningOp<nn::CastOp>();
    auto isBytes = [](RankedTensorType type) {
      return type.getElementType().isInteger(8);
    };
    if (!cast || !isBytes(cast.getInput().getType()) ||
        !isBytes(op.getType()) ||
        op.getInput().getType().getShape() != ArrayRef<int64_t>{256} ||
        !op.getInput().getDefiningOp<nn::ConstantOp>())
      return rewriter.notifyMatchFailure(op, "no constant table of bytes");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = mlir::cast<RankedTensorType>(getSignless(op.getType()));
    auto all = llvm::to_vector(llvm::seq<unsigned>(0, type.getRank()));
    Value bytes = rewriter.getRemappedValue(cast.getInput());
    auto body = [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
      Value entry =
          arith::IndexCastUIOp::create(inner, inner.getIndexType(), args[0]);
      return tensor::ExtractOp::create(inner, adaptor.getInput(), entry);
    };
    rewriter.replaceOp(
        op, buildMap(b, readThrough(bytes, type.getRank(), all), type, body));
    return success();
  }
};

/// Indices outside the input, which are not allowed, read its nearest end.
struct LowerGather : OpConversionPattern<nn::GatherOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::GatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(getSignless(op.getType()));
    unsigned axis = op.getAxis();
    unsigned indexRank = op.getIndices().getType().getRank();
    auto indexDims =
        llvm::to_vector(llvm::seq<unsigned>(axis, axis + indexRank));
    Operand indices =
        readThrough(adaptor.getIndices(), type.getRank(), indexDims);
    int64_t size = op.getInput().getType().getDimSize(axis);
    auto body = [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
      SmallVector<Value> position;
      for (unsigned dim = 0; dim < type.getRank(); ++dim)
        if (dim < axis || dim >= axis + indexRank)
          position.push_back(linalg::IndexOp::create(inner, dim));
      position.insert(position.begin() + axis, wrapIndex(inner, args[0], size));
      return tensor::ExtractOp::create(inner, adaptor.getInput(), position);
    };
    rewriter.replaceOp(op, buildMap(b, indices, type, body));
    return success();
  }
};

} // namespace

void nntolinalg::populateLayout(const TypeConverter &converter,
                                RewritePatternSet &patterns) {
  patterns.add<LowerNothing, LowerConstant, LowerIota, LowerReshape,
               LowerBroadcast, LowerTranspose, LowerConcat, LowerSlice,
               LowerPad, LowerLookup, LowerGather>(converter,
                                                   patterns.getContext());
}
