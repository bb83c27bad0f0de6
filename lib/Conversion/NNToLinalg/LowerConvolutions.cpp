//===- LowerConvolutions.cpp - Convolutions and their adjoints ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One generic over batch, groups, features, places, channels and window; loops
// of extent 1 are left out where they would hide a simpler operation: groups of
// one channel (depthwise) and windows of one element (matrix products).
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "Products.h"
#include "ScalarOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

Value nntolinalg::padSpatial(ImplicitLocOpBuilder &b, Value value,
                             ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                             TypedAttr with) {
  auto isZero = [](int64_t amount) { return amount == 0; };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> before(2, b.getIndexAttr(0));
  SmallVector<OpFoldResult> after(2, b.getIndexAttr(0));
  for (size_t i = 0; i < low.size(); ++i) {
    shape[i + 2] += low[i] + high[i];
    before.push_back(b.getIndexAttr(low[i]));
    after.push_back(b.getIndexAttr(high[i]));
  }
  Value scalar = arith::ConstantOp::create(b, with);
  return tensor::PadOp::create(b, type.clone(shape), value, before, after,
                               scalar);
}

namespace {

/// A convolution of an input that is already padded.
struct Convolution {
  Value input, weights, bias;
  Type inputElement, weightsElement; // of the nn level
  RankedTensorType result;           // signless
  ArrayRef<int64_t> window, strides, dilations;
  int64_t groups;
  bool adjoint; // weights (C, F / groups, window) instead of (F, C / groups,
                // window)

  int64_t channels() const { // per group
    return cast<RankedTensorType>(input.getType()).getDimSize(1) / groups;
  }
  int64_t features() const { return result.getDimSize(1) / groups; }
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
    if (conv.groups > 1)
      group = count++;
    if (conv.groups == 1 || conv.features() > 1)
      feature = count++;
    for (size_t i = 0; i < conv.spatial(); ++i)
      place.push_back(count++);
    if (conv.groups == 1 || conv.channels() > 1)
      channel = count++;
    for (int64_t size : conv.window)
      window.push_back(size > 1 ? std::optional(count++) : std::nullopt);
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
  auto type = cast<RankedTensorType>(conv.input.getType());
  Access access{b, {}, {}};
  access.add(loops.batch, type.getDimSize(0));
  access.add(loops.group, conv.groups);
  access.add(loops.channel, conv.channels());
  for (size_t i = 0; i < conv.spatial(); ++i) {
    AffineExpr expr = b.getAffineDimExpr(loops.place[i]) * conv.strides[i];
    if (loops.window[i])
      expr = expr + b.getAffineDimExpr(*loops.window[i]) * conv.dilations[i];
    access.add(expr, type.getDimSize(i + 2));
  }
  return access.read(conv.input, loops.count);
}

Operand readWeights(ImplicitLocOpBuilder &b, const Convolution &conv,
                    const Loops &loops) {
  Access access{b, {}, {}};
  access.add(loops.group, conv.groups);
  if (conv.adjoint)
    access.add(loops.channel, conv.channels());
  access.add(loops.feature, conv.features());
  if (!conv.adjoint)
    access.add(loops.channel, conv.channels());
  for (size_t i = 0; i < conv.spatial(); ++i)
    access.add(loops.window[i], conv.window[i]);
  return access.read(conv.weights, loops.count);
}

/// The accumulators' first values: the bias, or zero.
Value makeInit(ImplicitLocOpBuilder &b, const Convolution &conv,
               ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(
      shape, getAccumulator(conv.inputElement, conv.weightsElement));
  if (!conv.bias)
    return fillZero(b, type);
  SmallVector<int64_t> biasShape(shape.drop_front().drop_back(conv.spatial()));
  auto dims = llvm::to_vector(llvm::seq<unsigned>(1, 1 + biasShape.size()));
  return buildMap(
      b, readThrough(reshape(b, conv.bias, biasShape), shape.size(), dims),
      type, [](ImplicitLocOpBuilder &inner, ValueRange args) {
        return widen(inner, args[0]);
      });
}

Value buildConvolution(ImplicitLocOpBuilder &b, const Convolution &conv) {
  Loops loops(conv);
  Access out{b, {}, {}};
  out.add(loops.batch, conv.result.getDimSize(0));
  out.add(loops.group, conv.groups);
  out.add(loops.feature, conv.features());
  for (size_t i = 0; i < conv.spatial(); ++i)
    out.add(loops.place[i], conv.result.getDimSize(i + 2));
  Value init = makeInit(b, conv, out.shape);
  Operand operands[] = {readInput(b, conv, loops), readWeights(b, conv, loops)};
  Value product = buildReduction(
      b, operands, init,
      AffineMap::get(loops.count, 0, out.exprs, b.getContext()),
      [&](ImplicitLocOpBuilder &inner, ValueRange args) {
        return multiplyAdd(inner, conv.inputElement, conv.weightsElement, args);
      });
  product = roundTensor(b, product, conv.result.getElementType());
  return reshape(b, product, conv.result.getShape());
}

template <typename OpTy>
Convolution describe(OpTy op, typename OpConversionPattern<OpTy>::OpAdaptor in,
                     bool adjoint) {
  return {in.getInput(),
          in.getWeights(),
          in.getBias(),
          op.getInput().getType().getElementType(),
          op.getWeights().getType().getElementType(),
          cast<RankedTensorType>(getSignless(op.getType())),
          op.getWeights().getType().getShape().drop_front(2),
          op.getStrides(),
          op.getDilations(),
          static_cast<int64_t>(op.getGroups()),
          adjoint};
}

TypedAttr zeroOf(ImplicitLocOpBuilder &b, Value value) {
  return b.getZeroAttr(cast<ShapedType>(value.getType()).getElementType());
}

struct LowerConv : OpConversionPattern<nn::ConvOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Convolution conv = describe(op, adaptor, /*adjoint=*/false);
    ArrayRef<int64_t> pads = op.getPads();
    conv.input =
        padSpatial(b, conv.input, pads.take_front(conv.spatial()),
                   pads.drop_front(conv.spatial()), zeroOf(b, conv.input));
    rewriter.replaceOp(op, buildConvolution(b, conv));
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
    SmallVector<int64_t> ones(conv.spatial(), 1);
    conv.strides = ones;
    SmallVector<bool> backwards(conv.spatial() + 2, true);
    backwards[0] = backwards[1] = false;
    conv.weights = reverse(b, conv.weights, backwards);
    rewriter.replaceOp(op, buildConvolution(b, conv));
    return success();
  }

  /// The input's elements `stride` apart in a tensor of zeros that has what the
  /// window needs at both ends. Pads larger than the window's reach cut.
  static Value spread(ImplicitLocOpBuilder &b, nn::ConvTransposeOp op,
                      const Convolution &conv) {
    auto type = cast<RankedTensorType>(conv.input.getType());
    SmallVector<int64_t> shape(type.getShape().take_front(2));
    SmallVector<int64_t> to(2, 0), from(2, 0), sizes(shape), steps(2, 1);
    for (size_t i = 0; i < conv.spatial(); ++i) {
      int64_t reach = (conv.window[i] - 1) * conv.dilations[i];
      int64_t stride = conv.strides[i], low = reach - op.getPads()[i];
      int64_t size = conv.result.getDimSize(i + 2) + reach;
      // Elements of the input that lie inside: 0 <= low + e * stride < size.
      int64_t first = low >= 0 ? 0 : (-low + stride - 1) / stride;
      int64_t end = size > low ? (size - low + stride - 1) / stride : 0;
      end = std::min(end, type.getDimSize(i + 2));
      from.push_back(first);
      sizes.push_back(std::max<int64_t>(end - first, 0));
      to.push_back(low + first * stride);
      steps.push_back(stride);
      shape.push_back(size);
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
