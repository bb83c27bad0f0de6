//===- LowerConvolutions.cpp - Convolutions and their adjoints ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One generic over batch, groups, features, places, channels and window, in the
// order in which the layout has them; loops of extent 1 are left out where they
// would hide a simpler operation: groups of one channel (depthwise) and windows
// of one element. With channels last, a window of one element at stride 1 is a
// matrix product over all places.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "Products.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

static bool areZero(ArrayRef<int64_t> amounts) {
  return llvm::all_of(amounts, [](int64_t amount) { return amount == 0; });
}

/// `padSpatial` with the numbers of the dimensions.
static Value padDims(ImplicitLocOpBuilder &b, Value value,
                     ArrayRef<unsigned> dims, ArrayRef<int64_t> low,
                     ArrayRef<int64_t> high, TypedAttr with) {
  if (areZero(low) && areZero(high))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> before(shape.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> after(shape.size(), b.getIndexAttr(0));
  for (size_t i = 0; i < low.size(); ++i) {
    shape[dims[i]] += low[i] + high[i];
    before[dims[i]] = b.getIndexAttr(low[i]);
    after[dims[i]] = b.getIndexAttr(high[i]);
  }
  Value scalar = arith::ConstantOp::create(b, with);
  return tensor::PadOp::create(b, type.clone(shape), value, before, after,
                               scalar);
}

Value nntolinalg::padSpatial(ImplicitLocOpBuilder &b, Value value,
                             const nn::SpatialDims &dims, ArrayRef<int64_t> low,
                             ArrayRef<int64_t> high, TypedAttr with) {
  SmallVector<unsigned> numbers;
  for (size_t i = 0; i < low.size(); ++i)
    numbers.push_back(dims.spatial(i));
  return padDims(b, value, numbers, low, high, with);
}

namespace {

struct Convolution {
  Value input, weights, bias;
  /// Zeros around the input's places that it does not have yet: reading it adds
  /// them, behind the reshape that splits channels into groups, since a pad is
  /// part of copies only where no view stands between it and its reader.
  SmallVector<int64_t> low, high;
  Type inputElement, weightsElement; // of the nn level
  RankedTensorType result;           // signless
  SmallVector<int64_t> window, strides, dilations;
  int64_t groups;
  bool adjoint, channelsLast;

  nn::SpatialDims dims() const { return {channelsLast, result.getRank()}; }
  RankedTensorType inputType() const {
    return cast<RankedTensorType>(input.getType());
  }
  int64_t channels() const { // per group
    return inputType().getDimSize(dims().channel()) / groups;
  }
  int64_t features() const {
    return result.getDimSize(dims().channel()) / groups;
  }
  size_t spatial() const { return window.size(); }
};

/// Numbers of the loops, in order; absent ones have none.
struct Loops {
  unsigned count = 0, batch;
  std::optional<unsigned> group, feature, channel;
  SmallVector<unsigned> place;
  SmallVector<std::optional<unsigned>> window;

  explicit Loops(const Convolution &conv) {
    batch = count++;
    if (conv.channelsLast)
      addPlaces(conv);
    if (conv.groups > 1)
      group = count++;
    if (conv.groups == 1 || conv.features() > 1)
      feature = count++;
    if (!conv.channelsLast) {
      addPlaces(conv);
      addChannel(conv);
    }
    for (int64_t size : conv.window)
      window.push_back(size > 1 ? std::optional(count++) : std::nullopt);
    if (conv.channelsLast)
      addChannel(conv);
  }

private:
  void addPlaces(const Convolution &conv) {
    for (size_t i = 0; i < conv.spatial(); ++i)
      place.push_back(count++);
  }
  void addChannel(const Convolution &conv) {
    if (conv.groups == 1 || conv.channels() > 1)
      channel = count++;
  }
};

/// Collects the sizes and indices of one operand, skipping absent loops.
struct Access {
  ImplicitLocOpBuilder &b;
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;

  void add(std::optional<unsigned> loop, int64_t size) {
    if (!loop)
      return;
    shape.push_back(size);
    exprs.push_back(b.getAffineDimExpr(*loop));
  }
  void add(AffineExpr expr, int64_t size) {
    shape.push_back(size);
    exprs.push_back(expr);
  }
  Operand read(Value value, unsigned loops) {
    return {reshape(b, value, shape),
            AffineMap::get(loops, 0, exprs, b.getContext()),
            {}};
  }
};

Operand readInput(ImplicitLocOpBuilder &b, const Convolution &conv,
                  const Loops &loops) {
  RankedTensorType type = conv.inputType();
  Access access{b, {}, {}};
  auto addChannels = [&] {
    access.add(loops.group, conv.groups);
    access.add(loops.channel, conv.channels());
  };
  access.add(loops.batch, type.getDimSize(0));
  if (!conv.channelsLast)
    addChannels();
  SmallVector<unsigned> places;
  for (size_t i = 0; i < conv.spatial(); ++i) {
    places.push_back(access.shape.size());
    AffineExpr expr = b.getAffineDimExpr(loops.place[i]) * conv.strides[i];
    if (loops.window[i])
      expr = expr + b.getAffineDimExpr(*loops.window[i]) * conv.dilations[i];
    access.add(expr, type.getDimSize(conv.dims().spatial(i)));
  }
  if (conv.channelsLast)
    addChannels();
  Operand operand = access.read(conv.input, loops.count);
  operand.value = padDims(b, operand.value, places, conv.low, conv.high,
                          b.getZeroAttr(type.getElementType()));
  return operand;
}

Operand readWeights(ImplicitLocOpBuilder &b, const Convolution &conv,
                    const Loops &loops) {
  Access access{b, {}, {}};
  auto addWindow = [&] {
    for (size_t i = 0; i < conv.spatial(); ++i)
      access.add(loops.window[i], conv.window[i]);
  };
  auto addChannel = [&] { access.add(loops.channel, conv.channels()); };
  // Groups are the outer part of the adjoint's channels, else of the features.
  if (conv.channelsLast)
    addWindow();
  if (conv.channelsLast && !conv.adjoint)
    addChannel();
  access.add(loops.group, conv.groups);
  if (conv.adjoint)
    addChannel();
  access.add(loops.feature, conv.features());
  if (!conv.channelsLast && !conv.adjoint)
    addChannel();
  if (!conv.channelsLast)
    addWindow();
  return access.read(conv.weights, loops.count);
}

/// The result's indices.
Access writeResult(ImplicitLocOpBuilder &b, const Convolution &conv,
                   const Loops &loops) {
  Access access{b, {}, {}};
  auto addFeatures = [&] {
    access.add(loops.group, conv.groups);
    access.add(loops.feature, conv.features());
  };
  access.add(loops.batch, conv.result.getDimSize(0));
  if (!conv.channelsLast)
    addFeatures();
  for (size_t i = 0; i < conv.spatial(); ++i)
    access.add(loops.place[i], conv.result.getDimSize(conv.dims().spatial(i)));
  if (conv.channelsLast)
    addFeatures();
  return access;
}

/// The bias for the result's indices.
Operand readBias(ImplicitLocOpBuilder &b, const Convolution &conv,
                 const Loops &loops, const Access &out) {
  SmallVector<int64_t> shape;
  SmallVector<unsigned> dims;
  for (auto [dim, expr] : llvm::enumerate(out.exprs)) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (loop != loops.group && loop != loops.feature)
      continue;
    dims.push_back(dim);
    shape.push_back(out.shape[dim]);
  }
  return readThrough(reshape(b, conv.bias, shape), out.shape.size(), dims);
}

Value yieldFirst(ImplicitLocOpBuilder &, ValueRange args) { return args[0]; }

/// Adds the bias and rounds to the result's element type.
Value finishSum(ImplicitLocOpBuilder &b, Value sum, const Operand &bias,
                Type element) {
  auto type = cast<RankedTensorType>(sum.getType());
  auto all = llvm::to_vector(llvm::seq<unsigned>(0, type.getRank()));
  Operand operands[] = {readThrough(sum, type.getRank(), all), bias};
  return buildMap(b, operands, type.clone(element),
                  [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                    return narrow(inner,
                                  arith::AddFOp::create(inner, args[0],
                                                        widen(inner, args[1])),
                                  element);
                  });
}

/// A bias of floats is added to the sum, which the output stage does as it
/// drains; one of integers is what the accumulators start from, since the
/// output stage computes in f32.
Value buildConvolution(ImplicitLocOpBuilder &b, const Convolution &conv) {
  Loops loops(conv);
  Access out = writeResult(b, conv, loops);
  auto sumType = RankedTensorType::get(
      out.shape, getAccumulator(conv.inputElement, conv.weightsElement));
  bool addsLater = isa<FloatType>(sumType.getElementType());
  Operand bias;
  if (conv.bias)
    bias = readBias(b, conv, loops, out);
  Value init = conv.bias && !addsLater ? buildMap(b, bias, sumType, yieldFirst)
                                       : fillZero(b, sumType);
  Operand operands[] = {readInput(b, conv, loops), readWeights(b, conv, loops)};
  Value product = buildReduction(
      b, operands, init,
      AffineMap::get(loops.count, 0, out.exprs, b.getContext()),
      [&](ImplicitLocOpBuilder &inner, ValueRange args) {
        return multiplyAdd(inner, conv.inputElement, conv.weightsElement, args);
      });
  Type element = conv.result.getElementType();
  product = conv.bias && addsLater ? finishSum(b, product, bias, element)
                                   : roundTensor(b, product, element);
  return reshape(b, product, conv.result.getShape());
}

/// Makes one dimension of batch and places where no window connects places.
void mergePlaces(ImplicitLocOpBuilder &b, Convolution &conv) {
  auto isOne = [](int64_t value) { return value == 1; };
  if (!conv.channelsLast || conv.groups != 1 || !areZero(conv.low) ||
      !areZero(conv.high) || !llvm::all_of(conv.window, isOne) ||
      !llvm::all_of(conv.strides, isOne))
    return;
  auto merge = [](RankedTensorType type) {
    int64_t last = type.getShape().back();
    int64_t places = 1;
    for (int64_t size : type.getShape().drop_back())
      places *= size;
    return type.clone({places, last});
  };
  conv.input = reshape(b, conv.input, merge(conv.inputType()).getShape());
  conv.result = merge(conv.result);
  conv.window.clear();
  conv.strides.clear();
  conv.dilations.clear();
}

Value lower(ImplicitLocOpBuilder &b, Convolution conv) {
  RankedTensorType type = conv.result;
  mergePlaces(b, conv);
  return reshape(b, buildConvolution(b, conv), type.getShape());
}

template <typename OpTy>
Convolution describe(OpTy op, typename OpConversionPattern<OpTy>::OpAdaptor in,
                     bool adjoint) {
  RankedTensorType weights = op.getWeights().getType();
  nn::WeightDims dims =
      nn::getWeightDims(op.getChannelsLast(), adjoint, weights.getRank());
  return {in.getInput(),
          in.getWeights(),
          in.getBias(),
          {},
          {},
          op.getInput().getType().getElementType(),
          weights.getElementType(),
          cast<RankedTensorType>(getSignless(op.getType())),
          llvm::to_vector(
              weights.getShape().slice(dims.window, weights.getRank() - 2)),
          llvm::to_vector(op.getStrides()),
          llvm::to_vector(op.getDilations()),
          static_cast<int64_t>(op.getGroups()),
          adjoint,
          op.getChannelsLast()};
}

struct LowerConv : OpConversionPattern<nn::ConvOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Convolution conv = describe(op, adaptor, /*adjoint=*/false);
    ArrayRef<int64_t> pads = op.getPads();
    conv.low.assign(pads.begin(), pads.begin() + conv.spatial());
    conv.high.assign(pads.begin() + conv.spatial(), pads.end());
    rewriter.replaceOp(op, lower(b, conv));
    return success();
  }
};

/// Spreads the input with zeros between its elements, then convolves with the
/// reversed window at stride 1.
struct LowerConvTranspose : OpConversionPattern<nn::ConvTransposeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ConvTransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Convolution conv = describe(op, adaptor, /*adjoint=*/true);
    conv.input = spread(b, op, conv);
    conv.strides.assign(conv.spatial(), 1);
    SmallVector<bool> backwards(conv.spatial() + 2, false);
    int64_t first =
        nn::getWeightDims(conv.channelsLast, /*adjoint=*/true, backwards.size())
            .window;
    for (size_t i = 0; i < conv.spatial(); ++i)
      backwards[first + i] = conv.window[i] > 1;
    conv.weights = reverse(b, conv.weights, backwards);
    rewriter.replaceOp(op, lower(b, conv));
    return success();
  }

  /// The input's elements `stride` apart in a tensor of zeros that has what the
  /// window needs at both ends. Pads larger than the window's reach cut.
  static Value spread(ImplicitLocOpBuilder &b, nn::ConvTransposeOp op,
                      const Convolution &conv) {
    RankedTensorType type = conv.inputType();
    SmallVector<int64_t> shape(type.getShape()), sizes(shape);
    SmallVector<int64_t> to(shape.size(), 0), from(to), steps(shape.size(), 1);
    for (size_t i = 0; i < conv.spatial(); ++i) {
      int64_t dim = conv.dims().spatial(i);
      int64_t reach = (conv.window[i] - 1) * conv.dilations[i];
      int64_t stride = conv.strides[i], low = reach - op.getPads()[i];
      int64_t size = conv.result.getDimSize(dim) + reach;
      // Elements of the input that lie inside: 0 <= low + e * stride < size.
      int64_t first = low >= 0 ? 0 : (-low + stride - 1) / stride;
      int64_t end = size > low ? (size - low + stride - 1) / stride : 0;
      end = std::min(end, type.getDimSize(dim));
      from[dim] = first;
      sizes[dim] = std::max<int64_t>(end - first, 0);
      to[dim] = low + first * stride;
      steps[dim] = stride;
      shape[dim] = size;
    }
    Value zeros = fillZero(b, type.clone(shape));
    if (llvm::is_contained(sizes, 0))
      return zeros;
    SmallVector<int64_t> ones(type.getRank(), 1);
    Value inside = tensor::ExtractSliceOp::create(
        b, type.clone(sizes), conv.input, ValueRange{}, ValueRange{},
        ValueRange{}, b.getDenseI64ArrayAttr(from),
        b.getDenseI64ArrayAttr(sizes), b.getDenseI64ArrayAttr(ones));
    return tensor::InsertSliceOp::create(
        b, inside, zeros, ValueRange{}, ValueRange{}, ValueRange{},
        b.getDenseI64ArrayAttr(to), b.getDenseI64ArrayAttr(sizes),
        b.getDenseI64ArrayAttr(steps));
  }
};

} // namespace

void nntolinalg::populateConvolutions(const TypeConverter &converter,
                                      RewritePatternSet &patterns) {
  patterns.add<LowerConv, LowerConvTranspose>(converter, patterns.getContext());
}
