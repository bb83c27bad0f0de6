//===- QuantizedProducts.cpp - Convolutions and matrix products -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// sum (x - zx)(w - zw) = sum x w - zx sum w - zw sum x + K zx zw: integers
// throughout. Sums of constant weights are numbers, which join the bias. The
// bias is added in f32 behind the accumulators, where the output stage does it
// for nothing, if a bound on all sums proves that exact; else inside of them.
//
//===----------------------------------------------------------------------===//

#include "QuantizedArithmetic.h"

#include "Quantization.h"

#include <cmath>
#include <functional>

using namespace mlir;
using namespace ashlar;

namespace {

/// A product of integers; lanes are features or columns.
struct IntegerProduct {
  int64_t lanes = 0, laneAxis = 0;
  /// The product of what is stored, plus a bias of i32 if it is not null.
  std::function<Value(Value bias)> multiply;
  /// Per lane: what is added to it, and a bound on the magnitude of all.
  std::vector<double> offset, magnitude;
  /// Tensors of i32 that are added times a factor.
  SmallVector<std::pair<Value, LaneNumbers>, 2> terms;
};

/// What is known of a side of a product.
struct Side {
  Value storage;
  StorageRange range;
  std::vector<double> scales;
  std::vector<int64_t> zeros;

  bool isCentred() const {
    return llvm::all_of(zeros, [](int64_t zero) { return zero == 0; });
  }
  double zero(size_t lane) const {
    return double(zeros.size() == 1 ? zeros[0] : zeros[lane]);
  }
  double scale(size_t lane) const {
    return scales.size() == 1 ? scales[0] : scales[lane];
  }
};

} // namespace

static Side describeSide(Value operand, QuantizedEmitter &e) {
  Type element = getElementTypeOrSelf(operand.getType());
  auto type = cast<quant::QuantizedType>(element);
  Side side;
  side.range = {type.getStorageTypeMin(), type.getStorageTypeMax()};
  side.storage = e.storage(operand);
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(element)) {
    side.scales = {uniform.getScale()};
    side.zeros = {uniform.getZeroPoint()};
  } else {
    auto perAxis = cast<quant::UniformQuantizedPerAxisType>(element);
    side.scales = perAxis.getScales().vec();
    side.zeros = perAxis.getZeroPoints().vec();
  }
  return side;
}

//===----------------------------------------------------------------------===//
// Constant weights
//===----------------------------------------------------------------------===//

namespace {
/// Constant weights, element i of which belongs to lane i / inner % lanes.
struct Weights {
  Side side;
  std::vector<int64_t> numbers;
  int64_t lanes, inner;

  size_t laneOf(size_t i) const { return i / inner % lanes; }
};
} // namespace

/// Takes the zero points away where the differences are bytes again.
static void centreWeights(Weights &weights, QuantizedEmitter &e) {
  Side &side = weights.side;
  if (side.isCentred())
    return;
  std::vector<int64_t> shifted(weights.numbers.size());
  int64_t low = 0, high = 0;
  for (size_t i = 0; i < shifted.size(); ++i) {
    shifted[i] = weights.numbers[i] - int64_t(side.zero(weights.laneOf(i)));
    low = std::min(low, shifted[i]);
    high = std::max(high, shifted[i]);
  }
  bool isSigned = low >= -128 && high <= 127;
  if (!isSigned && !(low >= 0 && high <= 255))
    return;
  std::vector<char> bytes(shifted.begin(), shifted.end());
  Type element = IntegerType::get(e.builder.getContext(), 8,
                                  isSigned ? IntegerType::Signless
                                           : IntegerType::Unsigned);
  auto type = cast<RankedTensorType>(side.storage.getType()).clone(element);
  side.storage = e.constant(DenseElementsAttr::getFromRawBuffer(type, bytes));
  side.zeros = {0};
  weights.numbers = std::move(shifted);
}

/// The parts of the product that depend on weights alone.
static void addWeightSums(IntegerProduct &product, const Side &input,
                          const Weights &weights) {
  size_t lanes = weights.lanes;
  std::vector<double> sums(lanes), low(lanes), high(lanes);
  for (size_t i = 0; i < weights.numbers.size(); ++i) {
    size_t lane = weights.laneOf(i);
    double w = double(weights.numbers[i]);
    double a = w * double(input.range.low), b = w * double(input.range.high);
    sums[lane] += w;
    low[lane] += std::min(a, b);
    high[lane] += std::max(a, b);
  }
  double count = double(weights.numbers.size()) / double(lanes);
  double zero = input.zero(0);
  double widest = std::max(std::abs(double(input.range.low)),
                           std::abs(double(input.range.high)));
  for (size_t lane = 0; lane < lanes; ++lane) {
    double other = weights.side.zero(lane);
    product.offset.push_back(count * zero * other - zero * sums[lane]);
    product.magnitude.push_back(std::max(-low[lane], high[lane]) +
                                count * widest * std::abs(other));
  }
}

/// Factors -zero point for the sums of the other side.
static LaneNumbers negativeZeros(const Side &side, int64_t axis) {
  LaneNumbers numbers{{}, axis};
  for (int64_t zero : side.zeros)
    numbers.values.push_back(-double(zero));
  return numbers;
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// The input with what its pads add, which stands for 0.
static Value padInput(nn::ConvOp op, const Side &input, QuantizedEmitter &e) {
  ArrayRef<int64_t> pads = op.getPads();
  size_t spatial = pads.size() / 2;
  SmallVector<int64_t> low(2, 0), high(2, 0);
  llvm::append_range(low, pads.take_front(spatial));
  llvm::append_range(high, pads.drop_front(spatial));
  auto type = cast<RankedTensorType>(input.storage.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [i, size] : llvm::enumerate(shape))
    size += low[i] + high[i];
  Value zero =
      e.constant(LaneNumbers::all(input.zero(0)), 0, type.getElementType());
  return nn::PadOp::create(e.builder, e.loc, type.clone(shape), input.storage,
                           zero, nn::PadMode::constant, low, high);
}

/// The convolution of stored integers with `weights`; one feature if the
/// weights have one.
static Value convolve(nn::ConvOp op, Value input, bool isPadded, Value weights,
                      Value bias, QuantizedEmitter &e) {
  auto conv = cast<nn::ConvOp>(e.builder.clone(*op));
  conv.getInputMutable().assign(input);
  conv.getWeightsMutable().assign(weights);
  conv.getBiasMutable().clear();
  if (bias)
    conv.getBiasMutable().assign(bias);
  if (isPadded)
    conv.setPads(SmallVector<int64_t>(op.getPads().size(), 0));
  SmallVector<int64_t> shape(op.getType().getShape());
  shape[1] = cast<RankedTensorType>(weights.getType()).getDimSize(0);
  Value result = conv;
  result.setType(RankedTensorType::get(shape, e.builder.getI32Type()));
  return result;
}

/// Sums of the input under the window: a convolution with ones. With one group
/// they are the same for all features.
static Value sumWindows(nn::ConvOp op, Value input, bool isPadded,
                        QuantizedEmitter &e) {
  SmallVector<int64_t> shape(op.getWeights().getType().getShape());
  if (op.getGroups() == 1)
    shape[0] = 1;
  Type i8 = e.builder.getI8Type();
  Value ones = e.constant(DenseElementsAttr::get(
      RankedTensorType::get(shape, i8), e.builder.getI8IntegerAttr(1)));
  return convolve(op, input, isPadded, ones, Value(), e);
}

static std::optional<IntegerProduct>
describeConv(nn::ConvOp op, Side &input, Side &right, QuantizedEmitter &e) {
  std::optional<std::vector<int64_t>> numbers = readIntegers(right.storage);
  int64_t lanes = op.getType().getDimSize(1);
  if (!numbers || numbers->empty())
    return std::nullopt;
  Weights weights{right, std::move(*numbers), lanes, 0};
  weights.inner = int64_t(weights.numbers.size()) / lanes;
  centreWeights(weights, e);
  bool isPadded = input.zero(0) != 0 &&
                  llvm::any_of(op.getPads(), [](int64_t pad) { return pad; });
  Value padded = isPadded ? padInput(op, input, e) : input.storage;
  IntegerProduct product;
  product.lanes = lanes;
  product.laneAxis = 1;
  Value stored = weights.side.storage;
  product.multiply = [=, &e](Value bias) {
    return convolve(op, padded, isPadded, stored, bias, e);
  };
  addWeightSums(product, input, weights);
  if (!weights.side.isCentred())
    product.terms.emplace_back(sumWindows(op, padded, isPadded, e),
                               negativeZeros(weights.side, 1));
  return product;
}

//===----------------------------------------------------------------------===//
// Matrix product
//===----------------------------------------------------------------------===//

/// Sums of a factor along the summation, as rows or as columns of the result.
static Value sumAlong(Value storage, bool alongLast, bool asRow,
                      QuantizedEmitter &e) {
  Value wide = e.cast(storage, e.builder.getI32Type());
  auto type = cast<RankedTensorType>(wide.getType());
  int64_t rank = type.getRank(), axis = alongLast ? rank - 1 : rank - 2;
  SmallVector<int64_t> shape(type.getShape());
  int64_t length = shape[alongLast ? rank - 2 : rank - 1];
  shape[axis] = 1;
  Value sum = nn::ReduceOp::create(e.builder, e.loc, type.clone(shape),
                                   nn::ReduceKind::sum, wide, axis,
                                   /*keep_dims=*/true);
  shape[rank - 2] = asRow ? 1 : length;
  shape[rank - 1] = asRow ? length : 1;
  if (cast<RankedTensorType>(sum.getType()).getShape() == ArrayRef(shape))
    return sum;
  return nn::ReshapeOp::create(e.builder, e.loc, sum, shape);
}

/// Both sides are known at run time only.
static void addFactorSums(nn::MatmulOp op, IntegerProduct &product,
                          const Side &left, const Side &right, double count,
                          QuantizedEmitter &e) {
  double leftZero = left.zero(0);
  if (leftZero != 0)
    product.terms.emplace_back(
        sumAlong(right.storage, op.getTransposeRhs(), /*asRow=*/true, e),
        LaneNumbers::all(-leftZero));
  for (int64_t lane = 0; lane < product.lanes; ++lane) {
    double rightZero = right.zero(lane);
    product.offset.push_back(count * leftZero * rightZero);
    product.magnitude.push_back(
        count * 255 * (255 + std::abs(leftZero) + std::abs(rightZero)));
  }
}

static std::optional<IntegerProduct>
describeMatmul(nn::MatmulOp op, Side &left, Side &right, QuantizedEmitter &e) {
  auto lhs = cast<RankedTensorType>(left.storage.getType());
  auto rhs = cast<RankedTensorType>(right.storage.getType());
  IntegerProduct product;
  product.laneAxis = op.getType().getRank() - 1;
  product.lanes = op.getType().getDimSize(product.laneAxis);
  double count =
      double(lhs.getDimSize(lhs.getRank() - (op.getTransposeLhs() ? 2 : 1)));
  if (op.getType().getNumElements() == 0 || count == 0)
    return std::nullopt;
  std::optional<std::vector<int64_t>> numbers;
  if (rhs.getRank() == 2)
    numbers = readIntegers(right.storage);
  if (numbers) {
    Weights weights{right, std::move(*numbers), product.lanes, 1};
    if (op.getTransposeRhs())
      weights.inner = rhs.getDimSize(1);
    centreWeights(weights, e);
    right = weights.side;
    addWeightSums(product, left, weights);
  } else {
    addFactorSums(op, product, left, right, count, e);
  }
  if (!right.isCentred())
    product.terms.emplace_back(
        sumAlong(left.storage, !op.getTransposeLhs(), /*asRow=*/false, e),
        negativeZeros(right, product.laneAxis));
  Value a = left.storage, b = right.storage;
  product.multiply = [=, &e](Value bias) mutable {
    Type i32 = e.builder.getI32Type();
    return nn::MatmulOp::create(e.builder, e.loc, op.getType().clone(i32), a, b,
                                bias, op.getTransposeLhs(),
                                op.getTransposeRhs(), /*wide=*/false);
  };
  return product;
}

//===----------------------------------------------------------------------===//
// Bias
//===----------------------------------------------------------------------===//

namespace {
/// A bias as an integer number of accumulator steps for each lane, and what is
/// left, in real numbers.
struct Bias {
  std::vector<double> steps, rest;
};
} // namespace

/// `units[lane]` is what one step of the accumulators stands for.
static std::optional<Bias> readBias(Value value, ArrayRef<double> units,
                                    QuantizedEmitter &e) {
  Bias bias{std::vector<double>(units.size()),
            std::vector<double>(units.size())};
  if (!value)
    return bias;
  Type element = getElementTypeOrSelf(value.getType());
  std::vector<double> numbers;
  std::vector<double> scales = {1};
  if (isa<quant::QuantizedType>(element)) {
    Side side = describeSide(value, e);
    std::optional<std::vector<int64_t>> stored = readIntegers(side.storage);
    if (!stored)
      return std::nullopt;
    for (size_t i = 0; i < stored->size(); ++i)
      numbers.push_back(double((*stored)[i]) - side.zero(i));
    scales = side.scales;
  } else if (std::optional<std::vector<double>> floats = readFloats(value)) {
    numbers = std::move(*floats);
  } else {
    return std::nullopt;
  }
  for (size_t lane = 0; lane < units.size(); ++lane) {
    double scale = scales.size() == 1 ? scales[0] : scales[lane];
    // A bias is made with the scale of the accumulators, rounded to f32.
    bool isSameScale = std::abs(scale / units[lane] - 1) < 1e-6;
    double steps = numbers[lane] * (isSameScale ? 1.0 : scale / units[lane]);
    bias.steps[lane] = std::nearbyint(steps);
    bias.rest[lane] = (steps - bias.steps[lane]) * units[lane];
    if (std::abs(bias.steps[lane]) < std::ldexp(1.0, 30))
      continue;
    bias.steps[lane] = 0;
    bias.rest[lane] = numbers[lane] * scale;
  }
  return bias;
}

//===----------------------------------------------------------------------===//
// Both
//===----------------------------------------------------------------------===//

/// Whether f32 has all sums exactly; what is left of the bias aside.
static bool isExactInF32(const IntegerProduct &product, const Bias &bias) {
  for (int64_t lane = 0; lane < product.lanes; ++lane)
    if (product.magnitude[lane] +
            std::abs(product.offset[lane] + bias.steps[lane]) >
        kExactInF32)
      return false;
  return true;
}

/// What is left of a bias for a result with steps of `quantum`. Beside exact
/// sums it is a fraction of a step of the accumulators, and rounding their sum
/// to f32 costs no more than rounding the product with the scale. Elsewhere the
/// largest sum is so many such steps that the fraction is nothing.
static void settleRest(const IntegerProduct &product, ArrayRef<double> units,
                       double quantum, Bias &bias) {
  bool isExact = isExactInF32(product, bias);
  for (int64_t lane = 0; lane < product.lanes; ++lane) {
    double &rest = bias.rest[lane];
    if (isExact && std::abs(rest) <= units[lane])
      bias.steps[lane] += rest / units[lane];
    else if (std::abs(rest) > 1e-3 * quantum)
      continue;
    rest = 0;
  }
}

/// The accumulators with everything that is added to them, as f32.
static Value sumUp(const IntegerProduct &product, const Bias &bias,
                   QuantizedEmitter &e) {
  LaneNumbers offset{{}, product.laneAxis};
  for (int64_t lane = 0; lane < product.lanes; ++lane)
    offset.values.push_back(product.offset[lane] + bias.steps[lane]);
  Type i32 = e.builder.getI32Type();
  if (isExactInF32(product, bias)) {
    Value sum = e.add(e.toFloat(product.multiply(Value())), offset);
    for (auto &[tensor, factor] : product.terms)
      sum = e.add(sum, e.mul(e.toFloat(tensor), factor));
    return sum;
  }
  Value start;
  if (!offset.areAll(0)) {
    SmallVector<int32_t> numbers;
    for (double number : offset.values)
      // Integer accumulators wrap, and so does what is added to them.
      numbers.push_back(static_cast<int32_t>(
          static_cast<uint32_t>(static_cast<int64_t>(number))));
    auto type = RankedTensorType::get({product.lanes}, i32);
    start = e.constant(DenseElementsAttr::get(type, ArrayRef(numbers)));
  }
  Value sum = product.multiply(start);
  for (auto &[tensor, factor] : product.terms)
    sum = e.add(sum, e.mul(tensor, factor));
  return e.toFloat(sum);
}

/// Whether the factors are bytes, scaled as a whole or per lane of the right
/// one.
static bool areFactors(Operation *op) {
  auto left = dyn_cast<quant::UniformQuantizedType>(
      getElementTypeOrSelf(op->getOperand(0).getType()));
  auto right = cast<quant::QuantizedType>(
      getElementTypeOrSelf(op->getOperand(1).getType()));
  if (!left || left.getStorageTypeIntegralWidth() != 8 ||
      right.getStorageTypeIntegralWidth() != 8)
    return false;
  if (auto conv = dyn_cast<nn::ConvOp>(op); conv && conv.getChannelsLast())
    return false;
  auto perLane = dyn_cast<quant::UniformQuantizedPerAxisType>(right);
  if (!perLane)
    return true;
  int64_t axis = 0;
  if (auto matmul = dyn_cast<nn::MatmulOp>(op))
    axis = matmul.getRhs().getType().getRank() -
           (matmul.getTransposeRhs() ? 2 : 1);
  return perLane.getQuantizedDimension() == axis;
}

Value ashlar::lowerQuantizedProduct(Operation *op, QuantizedEmitter &e) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!type.hasStaticShape() || type.getNumElements() == 0 || !areFactors(op))
    return nullptr;
  Side left = describeSide(op->getOperand(0), e);
  Side right = describeSide(op->getOperand(1), e);
  std::optional<IntegerProduct> product;
  if (auto conv = dyn_cast<nn::ConvOp>(op))
    product = describeConv(conv, left, right, e);
  else
    product = describeMatmul(cast<nn::MatmulOp>(op), left, right, e);
  if (!product)
    return nullptr;
  auto to = dyn_cast<quant::UniformQuantizedType>(
      getElementTypeOrSelf(op->getResult(0).getType()));
  double step = to ? to.getScale() : 1;
  std::vector<double> units;
  for (int64_t lane = 0; lane < product->lanes; ++lane)
    units.push_back(left.scale(0) * right.scale(lane));
  Value biasOperand = op->getNumOperands() > 2 ? op->getOperand(2) : Value();
  std::optional<Bias> bias = readBias(biasOperand, units, e);
  if (!bias)
    return nullptr;
  if (to)
    settleRest(*product, units, step, *bias);
  LaneNumbers scale{{}, product->laneAxis}, rest{{}, product->laneAxis};
  for (int64_t lane = 0; lane < product->lanes; ++lane) {
    scale.values.push_back(toF32(units[lane] / step));
    rest.values.push_back(toF32(bias->rest[lane] / step));
  }
  Value sum = e.add(e.mul(sumUp(*product, *bias, e), scale), rest);
  return to ? e.round(sum, to) : sum;
}
