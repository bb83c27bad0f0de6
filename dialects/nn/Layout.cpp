//===- Layout.cpp - Operators that move, repeat or make elements ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Inference.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

ElementsAttr nn::reinterpretElements(ElementsAttr value,
                                     RankedTensorType type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    Type element = type.getElementType();
    if (dense.getElementType() != element)
      dense = dense.bitcast(element);
    return dense.reshape(type);
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

void ConstantOp::build(OpBuilder &builder, OperationState &state,
                       ElementsAttr value) {
  build(builder, state, value.getType(), value);
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult IotaOp::verify() {
  return checkAxis(getLoc(), getOperationName(), getAxis(),
                   getType().getRank());
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

static Type withShape(Value value, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(
      shape, cast<ShapedType>(value.getType()).getElementType());
}

static LogicalResult verifySameElement(Operation *op) {
  Type input = cast<ShapedType>(op->getOperand(0).getType()).getElementType();
  Type result = cast<ShapedType>(op->getResult(0).getType()).getElementType();
  if (input == result)
    return success();
  return op->emitOpError("expected a result of element type ")
         << input << ", but got " << result;
}

void ReshapeOp::build(OpBuilder &builder, OperationState &state, Value input,
                      ArrayRef<int64_t> shape) {
  build(builder, state, withShape(input, shape), input);
}

LogicalResult ReshapeOp::verify() {
  if (failed(verifySameElement(*this)))
    return failure();
  RankedTensorType input = getInput().getType(), result = getType();
  if (input.hasStaticShape() && result.hasStaticShape() &&
      input.getNumElements() != result.getNumElements())
    return emitOpError("expected a shape of ")
           << input.getNumElements() << " elements, but got "
           << formatShape(result.getShape()) << " with "
           << result.getNumElements();
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType() && getType().hasStaticShape())
    return getInput();
  if (auto value = dyn_cast_if_present<ElementsAttr>(adaptor.getInput()))
    if (getType().hasStaticShape())
      return reinterpretElements(value, getType());
  return {};
}

namespace {
/// A reshape of a reshape is the outer one alone.
struct ReshapeOfReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReshapeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "input is not a reshape");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getInput());
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<ReshapeOfReshape>(context);
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

void BroadcastOp::build(OpBuilder &builder, OperationState &state, Value input,
                        ArrayRef<int64_t> shape) {
  build(builder, state, withShape(input, shape), input);
}

LogicalResult BroadcastOp::verify() {
  if (failed(verifySameElement(*this)))
    return failure();
  ArrayRef<int64_t> input = getInput().getType().getShape();
  ArrayRef<int64_t> result = getType().getShape();
  FailureOr<SmallVector<int64_t>> joined = broadcastShapes({input, result});
  if (failed(joined) || failed(verifyCompatibleShape(*joined, result)))
    return emitOpError("expected a result to which ")
           << formatShape(input) << " broadcasts, but got "
           << formatShape(result);
  return success();
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() && getType().hasStaticShape())
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (failed(checkEntries(loc, getOperationName(), "permutation",
                          permutation.size(), input.getRank())))
    return failure();
  SmallVector<bool> seen(input.getRank(), false);
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation) {
    if (failed(checkAxis(loc, getOperationName(), dim, input.getRank())))
      return failure();
    if (seen[dim])
      return inferError(loc, getOperationName(),
                        "expected each dimension once in 'permutation', but "
                        "got " +
                            Twine(dim) + " twice");
    seen[dim] = true;
    shape.push_back(input.getDimSize(dim));
  }
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType() &&
      llvm::equal(getPermutation(), llvm::seq<int64_t>(0, getType().getRank())))
    return getInput();
  auto value = dyn_cast_if_present<DenseElementsAttr>(adaptor.getInput());
  if (value && value.isSplat() && getType().hasStaticShape())
    return value.reshape(getType());
  return {};
}

namespace {
/// A transpose of a transpose is one with the composed permutation.
struct TransposeOfTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "input is not a transpose");
    SmallVector<int64_t> permutation;
    for (int64_t dim : op.getPermutation())
      permutation.push_back(inner.getPermutation()[dim]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getInput(),
                                             permutation);
    return success();
  }
};

/// A transpose that leaves the order of all dimensions but those of size 1 is a
/// reshape.
struct TransposeIsReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType input = op.getInput().getType();
    if (!op.getType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "dynamic sizes");
    int64_t last = -1;
    for (int64_t dim : op.getPermutation()) {
      if (input.getDimSize(dim) == 1)
        continue;
      if (dim < last)
        return rewriter.notifyMatchFailure(op, "elements move");
      last = dim;
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};
} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<TransposeOfTranspose, TransposeIsReshape>(context);
}

//===----------------------------------------------------------------------===//
// Concat, slice, pad
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (adaptor.getInputs().empty())
    return inferError(loc, getOperationName(), "expected at least one input");
  auto first = cast<RankedTensorType>(adaptor.getInputs().front().getType());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, getOperationName(), axis, first.getRank())))
    return failure();
  SmallVector<int64_t> shape(first.getShape());
  for (Value input : adaptor.getInputs().drop_front()) {
    auto type = cast<RankedTensorType>(input.getType());
    SmallVector<int64_t> other(type.getShape());
    bool fits = type.getElementType() == first.getElementType() &&
                type.getRank() == first.getRank();
    if (fits) {
      int64_t sum = ShapedType::isDynamic(other[axis]) ||
                            ShapedType::isDynamic(shape[axis])
                        ? ShapedType::kDynamic
                        : shape[axis] + other[axis];
      shape[axis] = other[axis] = sum;
      fits = succeeded(verifyCompatibleShape(shape, other));
      for (auto [size, otherSize] : llvm::zip_equal(shape, other))
        size = ShapedType::isDynamic(size) ? otherSize : size;
    }
    if (!fits) {
      std::string text;
      llvm::raw_string_ostream(text)
          << "expected inputs that agree but in dimension " << axis
          << ", but got " << first << " and " << type;
      return inferError(loc, getOperationName(), text);
    }
  }
  types.push_back(first.clone(shape));
  return success();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> starts = adaptor.getStarts(), sizes = adaptor.getSizes(),
                    steps = adaptor.getSteps();
  size_t rank = input.getRank();
  if (failed(checkEntries(loc, name, "starts", starts.size(), rank)) ||
      failed(checkEntries(loc, name, "sizes", sizes.size(), rank)) ||
      failed(checkEntries(loc, name, "steps", steps.size(), rank)))
    return failure();
  for (size_t i = 0; i < rank; ++i) {
    if (sizes[i] < 0 || steps[i] == 0)
      return inferError(loc, name,
                        "expected a size that is not negative and a step that "
                        "is not 0 in dimension " +
                            Twine(i) + ", but got " + Twine(sizes[i]) +
                            " and " + Twine(steps[i]));
    int64_t size = input.getDimSize(i);
    if (sizes[i] == 0 || ShapedType::isDynamic(size))
      continue;
    int64_t last = starts[i] + (sizes[i] - 1) * steps[i];
    if (starts[i] < 0 || starts[i] >= size || last < 0 || last >= size)
      return inferError(loc, name,
                        "expected elements within the " + Twine(size) +
                            " of dimension " + Twine(i) + ", but got " +
                            Twine(starts[i]) + " to " + Twine(last));
  }
  types.push_back(input.clone(sizes));
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  auto isOne = [](int64_t step) { return step == 1; };
  if (getInput().getType() == getType() && getType().hasStaticShape() &&
      llvm::all_of(getSteps(), isOne))
    return getInput();
  return {};
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc,
                                      Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> low = adaptor.getLow(), high = adaptor.getHigh();
  size_t rank = input.getRank();
  if (failed(checkEntries(loc, name, "low", low.size(), rank)) ||
      failed(checkEntries(loc, name, "high", high.size(), rank)))
    return failure();
  PadMode mode = adaptor.getMode();
  if (Value value = adaptor.getValue()) {
    if (mode != PadMode::constant)
      return inferError(loc, name,
                        "expected a value with mode 'constant' only, but got "
                        "it with '" +
                            stringifyPadMode(mode) + "'");
    auto scalar = RankedTensorType::get({}, input.getElementType());
    if (value.getType() != scalar) {
      std::string text;
      llvm::raw_string_ostream(text) << "expected a value of type " << scalar
                                     << ", but got " << value.getType();
      return inferError(loc, name, text);
    }
  }
  SmallVector<int64_t> shape(input.getShape());
  for (size_t i = 0; i < rank; ++i) {
    if (low[i] < 0 || high[i] < 0)
      return inferError(loc, name,
                        "expected amounts that are not negative in dimension " +
                            Twine(i) + ", but got " + Twine(low[i]) + " and " +
                            Twine(high[i]));
    if (ShapedType::isDynamic(shape[i]))
      continue;
    int64_t most = std::max(low[i], high[i]);
    int64_t reach = mode == PadMode::reflect ? shape[i] - 1 : shape[i];
    bool unlimited =
        mode == PadMode::constant || (mode == PadMode::edge && shape[i] > 0);
    if (most > 0 && !unlimited && most > reach)
      return inferError(loc, name,
                        "expected at most " + Twine(reach) +
                            " elements to add in dimension " + Twine(i) +
                            " of mode '" + stringifyPadMode(mode) +
                            "', but got " + Twine(most));
    shape[i] += low[i] + high[i];
  }
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t amount) { return amount == 0; };
  if (getInput().getType() == getType() && llvm::all_of(getLow(), isZero) &&
      llvm::all_of(getHigh(), isZero))
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto indices = cast<RankedTensorType>(adaptor.getIndices().getType());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, getOperationName(), axis, input.getRank())))
    return failure();
  SmallVector<int64_t> shape(input.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, input.getShape().drop_front(axis + 1));
  types.push_back(input.clone(shape));
  return success();
}

LogicalResult ScatterNDOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto updates = cast<RankedTensorType>(adaptor.getUpdates().getType());
  auto indices = cast<RankedTensorType>(adaptor.getIndices().getType());
  if (indices.getRank() == 0 || indices.isDynamicDim(indices.getRank() - 1) ||
      indices.getShape().back() > input.getRank())
    return inferError(loc, name,
                      "expected indices whose last dimension counts at most " +
                          Twine(input.getRank()) +
                          " dimensions of the input, but got shape " +
                          formatShape(indices.getShape()));
  SmallVector<int64_t> expected(indices.getShape().drop_back());
  llvm::append_range(expected,
                     input.getShape().drop_front(indices.getShape().back()));
  if (input.getElementType() != updates.getElementType() ||
      failed(verifyCompatibleShape(expected, updates.getShape())))
    return inferError(
        loc, name,
        "expected updates of the input's element type and shape " +
            formatShape(expected) + ", but got shape " +
            formatShape(updates.getShape()));
  types.push_back(input);
  return success();
}
