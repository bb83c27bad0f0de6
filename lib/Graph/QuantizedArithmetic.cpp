//===- QuantizedArithmetic.cpp - Elementwise work on quantised values -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedArithmetic.h"

#include "Quantization.h"

using namespace mlir;
using namespace ashlar;

//===----------------------------------------------------------------------===//
// Emitter
//===----------------------------------------------------------------------===//

Value QuantizedEmitter::storage(Value quantized) {
  if (auto inner = quantized.getDefiningOp<nn::StorageCastOp>())
    return inner.getInput();
  auto type = mlir::cast<quant::QuantizedType>(
      mlir::cast<RankedTensorType>(quantized.getType()).getElementType());
  return nn::StorageCastOp::create(builder, loc, quantized,
                                   nn::getStorageType(type));
}

Value QuantizedEmitter::cast(Value value, Type element) {
  if (getElementTypeOrSelf(value.getType()) == element)
    return value;
  return nn::CastOp::create(builder, loc, value, element);
}

Value QuantizedEmitter::add(Value lhs, Value rhs) {
  return nn::AddOp::create(builder, loc, lhs, rhs);
}

Value QuantizedEmitter::sub(Value lhs, Value rhs) {
  return nn::SubOp::create(builder, loc, lhs, rhs);
}

Value QuantizedEmitter::mul(Value lhs, Value rhs) {
  return nn::MulOp::create(builder, loc, lhs, rhs);
}

Value QuantizedEmitter::constant(DenseElementsAttr value) {
  return nn::ConstantOp::create(builder, loc, value);
}

Value QuantizedEmitter::constant(const LaneNumbers &numbers, int64_t rank,
                                 Type element) {
  SmallVector<int64_t> shape;
  if (!numbers.areAll(numbers.at(0))) {
    shape.assign(rank - numbers.axis, 1);
    shape[0] = numbers.values.size();
  }
  SmallVector<Attribute> values;
  for (double value :
       ArrayRef(numbers.values)
           .take_front(shape.empty() ? 1 : numbers.values.size()))
    values.push_back(
        isa<FloatType>(element)
            ? Attribute(builder.getFloatAttr(element, value))
            : Attribute(integerElement(element, static_cast<int64_t>(value))));
  return constant(
      DenseElementsAttr::get(RankedTensorType::get(shape, element), values));
}

Value QuantizedEmitter::add(Value value, const LaneNumbers &numbers) {
  auto type = mlir::cast<RankedTensorType>(value.getType());
  if (numbers.areAll(0))
    return value;
  return add(value, constant(numbers, type.getRank(), type.getElementType()));
}

Value QuantizedEmitter::mul(Value value, const LaneNumbers &numbers) {
  auto type = mlir::cast<RankedTensorType>(value.getType());
  if (numbers.areAll(1))
    return value;
  return mul(value, constant(numbers, type.getRank(), type.getElementType()));
}

Value QuantizedEmitter::round(Value value, quant::UniformQuantizedType type) {
  Value rounded = nn::RoundOp::create(builder, loc, value);
  rounded = add(rounded, LaneNumbers::all(type.getZeroPoint()));
  Type f32 = builder.getF32Type();
  Value clamped = nn::ClampOp::create(
      builder, loc, rounded,
      constant(LaneNumbers::all(type.getStorageTypeMin()), 0, f32),
      constant(LaneNumbers::all(type.getStorageTypeMax()), 0, f32));
  return cast(clamped, nn::getStorageType(type));
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

/// The type of a value's elements if they are bytes with one scale.
static quant::UniformQuantizedType getUniform(Value value) {
  auto type = dyn_cast<quant::UniformQuantizedType>(
      getElementTypeOrSelf(value.getType()));
  return type && type.getStorageTypeIntegralWidth() == 8 ? type : nullptr;
}

/// (a - za) sa / so + (b - zb) sb / so: zero points become one number.
static Value lowerSum(Operation *op, QuantizedEmitter &e,
                      quant::UniformQuantizedType to) {
  auto a = getUniform(op->getOperand(0)), b = getUniform(op->getOperand(1));
  double sign = isa<nn::SubOp>(op) ? -1 : 1;
  double ka = toF32(a.getScale() / to.getScale());
  double kb = toF32(sign * b.getScale() / to.getScale());
  double offset = -(ka * a.getZeroPoint() + kb * b.getZeroPoint());
  Value lhs =
      e.mul(e.toFloat(e.storage(op->getOperand(0))), LaneNumbers::all(ka));
  Value rhs =
      e.mul(e.toFloat(e.storage(op->getOperand(1))), LaneNumbers::all(kb));
  return e.round(e.add(e.add(lhs, rhs), LaneNumbers::all(offset)), to);
}

static Value lowerElementProduct(Operation *op, QuantizedEmitter &e,
                                 quant::UniformQuantizedType to) {
  auto a = getUniform(op->getOperand(0)), b = getUniform(op->getOperand(1));
  auto centred = [&](Value operand, quant::UniformQuantizedType type) {
    return e.add(e.toFloat(e.storage(operand)),
                 LaneNumbers::all(-double(type.getZeroPoint())));
  };
  // Products of two centred bytes are exact in f32.
  Value product =
      e.mul(centred(op->getOperand(0), a), centred(op->getOperand(1), b));
  double scale = a.getScale() * b.getScale() / to.getScale();
  return e.round(e.mul(product, LaneNumbers::all(toF32(scale))), to);
}

/// How many elements of the window at each place count, along one dimension.
static std::vector<int64_t> countAlong(nn::PoolOp op, unsigned dim,
                                       bool withPads) {
  unsigned spatial = op.getWindow().size();
  int64_t begin = 0, end = op.getInput().getType().getDimSize(dim + 2);
  if (withPads) {
    begin -= op.getPads()[dim];
    end += op.getPads()[spatial + dim];
  }
  std::vector<int64_t> counts;
  for (int64_t place = 0; place < op.getType().getDimSize(dim + 2); ++place) {
    int64_t count = 0;
    for (int64_t k = 0; k < op.getWindow()[dim]; ++k) {
      int64_t at = place * op.getStrides()[dim] + k * op.getDilations()[dim] -
                   op.getPads()[dim];
      count += at >= begin && at < end;
    }
    counts.push_back(count);
  }
  return counts;
}

/// The same for whole windows, for all places row-major.
static std::vector<double> countWindows(nn::PoolOp op, bool withPads) {
  std::vector<double> counts = {1};
  for (unsigned dim = 0; dim < op.getWindow().size(); ++dim) {
    std::vector<double> next;
    for (double outer : counts)
      for (int64_t count : countAlong(op, dim, withPads))
        next.push_back(outer * double(count));
    counts = std::move(next);
  }
  return counts;
}

/// One number for each place of a pool's result, or one for all.
static Value placeConstant(QuantizedEmitter &e, nn::PoolOp op,
                           const std::vector<double> &numbers) {
  Type f32 = e.builder.getF32Type();
  if (llvm::all_equal(numbers))
    return e.constant(LaneNumbers::all(numbers.front()), 0, f32);
  SmallVector<float> values(numbers.begin(), numbers.end());
  ArrayRef<int64_t> places = op.getType().getShape().drop_front(2);
  return e.constant(DenseElementsAttr::get(RankedTensorType::get(places, f32),
                                           ArrayRef<float>(values)));
}

/// (sum of stored values - count * zero) * scale / divisor: the sum is exact,
/// and what is added outside is no element.
static Value lowerAveragePool(nn::PoolOp op, QuantizedEmitter &e,
                              quant::UniformQuantizedType to) {
  auto from = getUniform(op.getInput());
  if (!op.getType().hasStaticShape() || op.getType().getNumElements() == 0 ||
      op.getChannelsLast())
    return nullptr;
  std::vector<double> counts = countWindows(op, /*withPads=*/false);
  std::vector<double> divisors =
      op.getCountIncludePad() ? countWindows(op, true) : counts;
  if (llvm::is_contained(divisors, 0.0) ||
      *llvm::max_element(counts) * 255 > kExactInF32)
    return nullptr;
  Value wide = e.cast(e.storage(op.getInput()), e.builder.getI32Type());
  auto type = cast<RankedTensorType>(op.getType());
  Value sum = nn::PoolOp::create(
      e.builder, e.loc, type.clone(e.builder.getI32Type()), nn::PoolKind::sum,
      wide, op.getWindow(), op.getStrides(), op.getDilations(), op.getPads(),
      op.getCeilMode(), /*count_include_pad=*/false);
  std::vector<double> offsets, scales;
  for (auto [count, divisor] : llvm::zip_equal(counts, divisors)) {
    offsets.push_back(-count * double(from.getZeroPoint()));
    scales.push_back(toF32(from.getScale() / to.getScale() / divisor));
  }
  Value value = e.toFloat(sum);
  if (from.getZeroPoint() != 0)
    value = e.add(value, placeConstant(e, op, offsets));
  return e.round(e.mul(value, placeConstant(e, op, scales)), to);
}

static Value lowerMean(nn::ReduceOp op, QuantizedEmitter &e,
                       quant::UniformQuantizedType to) {
  auto from = getUniform(op.getInput());
  double count = 1;
  for (int64_t axis : op.getAxes())
    count *= double(op.getInput().getType().getDimSize(axis));
  if (count < 1 || count * 255 > kExactInF32)
    return nullptr;
  Value wide = e.cast(e.storage(op.getInput()), e.builder.getI32Type());
  auto type = cast<RankedTensorType>(op.getType());
  Value sum = nn::ReduceOp::create(
      e.builder, e.loc, type.clone(e.builder.getI32Type()), nn::ReduceKind::sum,
      wide, op.getAxes(), op.getKeepDims());
  Value value = e.add(e.toFloat(sum),
                      LaneNumbers::all(-count * double(from.getZeroPoint())));
  double scale = toF32(from.getScale() / to.getScale() / count);
  return e.round(e.mul(value, LaneNumbers::all(scale)), to);
}

Value ashlar::lowerQuantizedArithmetic(Operation *op, QuantizedEmitter &e) {
  quant::UniformQuantizedType to = getUniform(op->getResult(0));
  if (!to || !llvm::all_of(op->getOperands(), getUniform))
    return nullptr;
  if (isa<nn::AddOp, nn::SubOp>(op))
    return lowerSum(op, e, to);
  if (isa<nn::MulOp>(op))
    return lowerElementProduct(op, e, to);
  if (auto pool = dyn_cast<nn::PoolOp>(op))
    return pool.getKind() == nn::PoolKind::avg ? lowerAveragePool(pool, e, to)
                                               : Value();
  if (auto reduce = dyn_cast<nn::ReduceOp>(op))
    return reduce.getKind() == nn::ReduceKind::mean ? lowerMean(reduce, e, to)
                                                    : Value();
  return nullptr;
}
