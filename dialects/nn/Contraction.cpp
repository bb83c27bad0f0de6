//===- Contraction.cpp - Shapes of matmul, convolution and pooling --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Inference.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

/// The element type of a product, or an error if the operands' do not pair.
static FailureOr<Type> inferProduct(std::optional<Location> loc, StringRef name,
                                    Type lhs, Type rhs, bool wide) {
  lhs = getExpressedType(lhs);
  rhs = getExpressedType(rhs);
  bool bytes = lhs.isInteger(8) && rhs.isInteger(8);
  if (wide && lhs == rhs && (lhs.isF16() || lhs.isBF16()))
    return Type(Float32Type::get(lhs.getContext()));
  if (lhs == rhs || bytes)
    return getProductType(lhs, rhs);
  std::string text;
  llvm::raw_string_ostream(text)
      << "expected operands of one element type or of 8-bit integers, but got "
      << lhs << " and " << rhs;
  return inferError(loc, name, text);
}

static bool disagree(int64_t a, int64_t b) {
  return !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) && a != b;
}

/// A bias has one element of the product's type for each of `size` lanes.
static LogicalResult checkBias(std::optional<Location> loc, StringRef name,
                               Value value, Type element, int64_t size) {
  auto bias = cast<RankedTensorType>(value.getType());
  if (getExpressedType(bias.getElementType()) == element &&
      bias.getRank() == 1 && !disagree(bias.getDimSize(0), size))
    return success();
  std::string text;
  llvm::raw_string_ostream(text)
      << "expected a bias of type " << RankedTensorType::get({size}, element)
      << ", but got " << bias;
  return inferError(loc, name, text);
}

//===----------------------------------------------------------------------===//
// Matmul
//===----------------------------------------------------------------------===//

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto lhs = cast<RankedTensorType>(adaptor.getLhs().getType());
  auto rhs = cast<RankedTensorType>(adaptor.getRhs().getType());
  if (lhs.getRank() < 2 || rhs.getRank() < 2)
    return inferError(loc, name,
                      "expected operands of at least 2 dimensions, but got " +
                          formatShape(lhs.getShape()) + " and " +
                          formatShape(rhs.getShape()));
  FailureOr<Type> element = inferProduct(
      loc, name, lhs.getElementType(), rhs.getElementType(), adaptor.getWide());
  if (failed(element))
    return failure();
  ArrayRef<int64_t> a = lhs.getShape(), b = rhs.getShape();
  int64_t rows = a.end()[-2], inner = a.back();
  if (adaptor.getTransposeLhs())
    std::swap(rows, inner);
  int64_t otherInner = b.end()[-2], columns = b.back();
  if (adaptor.getTransposeRhs())
    std::swap(otherInner, columns);
  if (disagree(inner, otherInner))
    return inferError(loc, name,
                      "expected the same inner size on both sides, but got " +
                          Twine(inner) + " and " + Twine(otherInner));
  if (adaptor.getBias() &&
      failed(checkBias(loc, name, adaptor.getBias(), *element, columns)))
    return failure();
  FailureOr<SmallVector<int64_t>> shape =
      broadcastShapes({a.drop_back(2), b.drop_back(2)});
  if (failed(shape))
    return inferError(loc, name,
                      "expected batch sizes that broadcast, but got " +
                          formatShape(a.drop_back(2)) + " and " +
                          formatShape(b.drop_back(2)));
  shape->append({rows, columns});
  types.push_back(RankedTensorType::get(*shape, *element));
  return success();
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

WeightDims nn::getWeightDims(bool channelsLast, bool adjoint, int64_t rank) {
  if (channelsLast)
    return {rank - 1, rank - 2, 0};
  return adjoint ? WeightDims{1, 0, 2} : WeightDims{0, 1, 2};
}

namespace {
/// The attributes that convolutions and pools share.
struct WindowAttributes {
  ArrayRef<int64_t> window, strides, dilations, pads;
};
} // namespace

static LogicalResult checkWindow(std::optional<Location> loc, StringRef name,
                                 const WindowAttributes &attributes,
                                 size_t spatial) {
  if (failed(checkEntries(loc, name, "strides", attributes.strides.size(),
                          spatial)) ||
      failed(checkEntries(loc, name, "dilations", attributes.dilations.size(),
                          spatial)) ||
      failed(checkEntries(loc, name, "pads", attributes.pads.size(),
                          2 * spatial)) ||
      failed(
          checkEntries(loc, name, "window", attributes.window.size(), spatial)))
    return failure();
  auto positive = [](int64_t value) {
    return value > 0 || ShapedType::isDynamic(value);
  };
  if (!llvm::all_of(attributes.strides, positive) ||
      !llvm::all_of(attributes.dilations, positive) ||
      !llvm::all_of(attributes.window, positive))
    return inferError(loc, name,
                      "expected a window, strides and dilations of at least 1");
  for (int64_t pad : attributes.pads)
    if (pad < 0)
      return inferError(loc, name,
                        "expected pads that are not negative, but got " +
                            Twine(pad));
  return success();
}

/// Replaces spatial sizes of an input by those of the result.
static void slideWindow(const WindowAttributes &attributes,
                        const SpatialDims &dims, MutableArrayRef<int64_t> shape,
                        bool ceilMode) {
  for (size_t i = 0, spatial = attributes.window.size(); i < spatial; ++i) {
    int64_t &size = shape[dims.spatial(i)];
    size = windowedSize(size, attributes.window[i], attributes.strides[i],
                        attributes.dilations[i], attributes.pads[i],
                        attributes.pads[i + spatial], ceilMode);
  }
}

/// What holds for both convolutions: ranks, element types, groups, the bias of
/// `features` elements.
template <typename AdaptorTy>
static FailureOr<Type> checkConvolution(std::optional<Location> loc,
                                        StringRef name, AdaptorTy adaptor,
                                        int64_t features) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto weights = cast<RankedTensorType>(adaptor.getWeights().getType());
  int64_t groups = adaptor.getGroups();
  if (groups < 1)
    return inferError(loc, name,
                      "expected at least 1 group, but got " + Twine(groups));
  FailureOr<Type> element =
      inferProduct(loc, name, input.getElementType(), weights.getElementType(),
                   adaptor.getWide());
  if (failed(element) || !adaptor.getBias())
    return element;
  if (failed(checkBias(loc, name, adaptor.getBias(), *element, features)))
    return failure();
  return element;
}

/// An error unless input and weights have the same rank, at least 3.
static LogicalResult checkConvolutionRanks(std::optional<Location> loc,
                                           StringRef name,
                                           RankedTensorType input,
                                           RankedTensorType weights) {
  if (input.getRank() >= 3 && input.getRank() == weights.getRank())
    return success();
  return inferError(loc, name,
                    "expected an input and weights of the same rank, at least "
                    "3, but got " +
                        formatShape(input.getShape()) + " and " +
                        formatShape(weights.getShape()));
}

LogicalResult ConvOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto weights = cast<RankedTensorType>(adaptor.getWeights().getType());
  if (failed(checkConvolutionRanks(loc, name, input, weights)))
    return failure();
  int64_t rank = input.getRank(), spatial = rank - 2;
  SpatialDims dims{adaptor.getChannelsLast(), rank};
  WeightDims weightDims =
      getWeightDims(dims.channelsLast, /*adjoint=*/false, rank);
  WindowAttributes attributes{
      weights.getShape().slice(weightDims.window, spatial),
      adaptor.getStrides(), adaptor.getDilations(), adaptor.getPads()};
  int64_t features = weights.getDimSize(weightDims.feature);
  FailureOr<Type> element = checkConvolution(loc, name, adaptor, features);
  if (failed(checkWindow(loc, name, attributes, spatial)) || failed(element))
    return failure();
  int64_t groups = adaptor.getGroups();
  int64_t channels = weights.getDimSize(weightDims.channel);
  int64_t inputChannels = input.getDimSize(dims.channel());
  if (!ShapedType::isDynamic(channels) &&
      disagree(inputChannels, channels * groups))
    return inferError(loc, name,
                      "expected " + Twine(channels * groups) +
                          " input channels (" + Twine(groups) + " groups of " +
                          Twine(channels) + "), but got " +
                          Twine(inputChannels));
  if (!ShapedType::isDynamic(features) && features % groups != 0)
    return inferError(loc, name,
                      "expected a multiple of " + Twine(groups) +
                          " groups as features, but got " + Twine(features));
  SmallVector<int64_t> shape(input.getShape());
  shape[dims.channel()] = features;
  slideWindow(attributes, dims, shape, /*ceilMode=*/false);
  types.push_back(RankedTensorType::get(shape, *element));
  return success();
}

LogicalResult ConvTransposeOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto weights = cast<RankedTensorType>(adaptor.getWeights().getType());
  if (failed(checkConvolutionRanks(loc, name, input, weights)))
    return failure();
  int64_t rank = input.getRank(), spatial = rank - 2;
  SpatialDims dims{adaptor.getChannelsLast(), rank};
  WeightDims weightDims =
      getWeightDims(dims.channelsLast, /*adjoint=*/true, rank);
  WindowAttributes attributes{
      weights.getShape().slice(weightDims.window, spatial),
      adaptor.getStrides(), adaptor.getDilations(), adaptor.getPads()};
  int64_t groups = adaptor.getGroups();
  int64_t perGroup = weights.getDimSize(weightDims.feature);
  int64_t features =
      ShapedType::isDynamic(perGroup) ? perGroup : perGroup * groups;
  FailureOr<Type> element = checkConvolution(loc, name, adaptor, features);
  ArrayRef<int64_t> extra = adaptor.getOutputPadding();
  if (failed(checkWindow(loc, name, attributes, spatial)) || failed(element) ||
      failed(checkEntries(loc, name, "output_padding", extra.size(), spatial)))
    return failure();
  int64_t channels = weights.getDimSize(weightDims.channel);
  int64_t inputChannels = input.getDimSize(dims.channel());
  if (disagree(inputChannels, channels) ||
      (!ShapedType::isDynamic(channels) && channels % groups != 0))
    return inferError(loc, name,
                      "expected the weights' " + Twine(channels) +
                          " input channels, a multiple of " + Twine(groups) +
                          " groups, but got " + Twine(inputChannels));
  SmallVector<int64_t> shape(input.getShape());
  shape[dims.channel()] = features;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t &size = shape[dims.spatial(i)], window = attributes.window[i];
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(window)) {
      size = ShapedType::kDynamic;
      continue;
    }
    size = (size - 1) * attributes.strides[i] +
           (window - 1) * attributes.dilations[i] + 1 - attributes.pads[i] -
           attributes.pads[i + spatial] + extra[i];
    size = std::max<int64_t>(size, 0);
  }
  types.push_back(RankedTensorType::get(shape, *element));
  return success();
}

LogicalResult PoolOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (input.getRank() < 3)
    return inferError(loc, name,
                      "expected an input of at least 3 dimensions, but got " +
                          formatShape(input.getShape()));
  WindowAttributes attributes{adaptor.getWindow(), adaptor.getStrides(),
                              adaptor.getDilations(), adaptor.getPads()};
  size_t spatial = input.getRank() - 2;
  if (failed(checkWindow(loc, name, attributes, spatial)))
    return failure();
  SpatialDims dims{adaptor.getChannelsLast(), input.getRank()};
  SmallVector<int64_t> shape(input.getShape());
  slideWindow(attributes, dims, shape, adaptor.getCeilMode());
  types.push_back(input.clone(shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Resample
//===----------------------------------------------------------------------===//

LogicalResult ResampleOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location> loc,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto weights = cast<RankedTensorType>(adaptor.getWeights().getType());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, name, axis, input.getRank())))
    return failure();
  if (input.getElementType() != weights.getElementType() ||
      weights.getRank() != 2 ||
      disagree(weights.getDimSize(1), input.getDimSize(axis)))
    return inferError(
        loc, name,
        "expected weights of two dimensions and the input's element type, the "
        "second of size " +
            formatShape(input.getShape().slice(axis, 1)) + ", but got " +
            formatShape(weights.getShape()));
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = weights.getDimSize(0);
  types.push_back(input.clone(shape));
  return success();
}
