//===- EvaluateElementwise.cpp - Arithmetic of constants ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Statistics of normalisations and scales of quantisation are many small
// constants, each with a few operations; a program for the host path takes far
// longer to compile than to run. Only operations whose result is defined to the
// bit (IEEE 754) are here.
//
//===----------------------------------------------------------------------===//

#include "EvaluateElementwise.h"

#include "ConstantBytes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <cstring>

using namespace ashlar;
using namespace mlir;

static nn::ConstantOp getConstant(Value value) {
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  return constant && hasByteElements(constant.getValue()) ? constant : nullptr;
}

/// For each element of a result the element of an operand that it reads, by
/// numpy's rule.
static std::vector<int64_t> broadcastIndices(ArrayRef<int64_t> from,
                                             ArrayRef<int64_t> to) {
  std::vector<int64_t> indices = {0};
  int64_t stride = 1, ahead = to.size() - from.size();
  // From the innermost dimension outwards: a dimension repeats what is there.
  for (int64_t dim = int64_t(to.size()) - 1; dim >= 0; --dim) {
    int64_t size = dim >= ahead ? from[dim - ahead] : 1;
    size_t inner = indices.size();
    indices.resize(inner * to[dim]);
    for (int64_t i = 1; i < to[dim]; ++i)
      for (size_t j = 0; j < inner; ++j)
        indices[i * inner + j] = indices[j] + (size == 1 ? 0 : i * stride);
    stride *= size;
  }
  return indices;
}

/// One element in the type that the operation computes in.
template <typename T>
static std::optional<T> compute(Operation *op, ArrayRef<double> args) {
  T x = args[0], y = args.size() > 1 ? args[1] : 0;
  return llvm::TypeSwitch<Operation *, std::optional<T>>(op)
      .Case([&](nn::AddOp) { return x + y; })
      .Case([&](nn::SubOp) { return x - y; })
      .Case([&](nn::MulOp) { return x * y; })
      .Case([&](nn::DivOp) { return x / y; })
      .Case([&](nn::NegOp) { return -x; })
      .Case([&](nn::AbsOp) { return std::abs(x); })
      .Case([&](nn::SqrtOp) { return std::sqrt(x); })
      .Case([&](nn::ReciprocalOp) { return T(1) / x; })
      .Case([&](nn::CastOp) { return x; })
      .Default(std::nullopt);
}

static ElementsAttr evaluateFloats(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!isa<nn::AddOp, nn::SubOp, nn::MulOp, nn::DivOp, nn::NegOp, nn::AbsOp,
           nn::SqrtOp, nn::ReciprocalOp, nn::CastOp>(op) ||
      !isa<FloatType>(type.getElementType()))
    return nullptr;
  bool isDouble = type.getElementType().isF64();
  SmallVector<std::vector<double>, 2> numbers;
  SmallVector<std::vector<int64_t>, 2> indices;
  for (Value operand : op->getOperands()) {
    nn::ConstantOp constant = getConstant(operand);
    if (!constant || !isa<FloatType>(constant.getValue().getElementType()))
      return nullptr;
    numbers.push_back(readNumbers(constant.getValue()));
    indices.push_back(broadcastIndices(
        cast<RankedTensorType>(operand.getType()).getShape(), type.getShape()));
  }
  return makeNumbers(type, [&](int64_t i) -> double {
    SmallVector<double, 2> args;
    for (auto [values, index] : llvm::zip_equal(numbers, indices))
      args.push_back(values[index[i]]);
    return isDouble ? *compute<double>(op, args) : *compute<float>(op, args);
  });
}

//===----------------------------------------------------------------------===//
// Dequantisation
//===----------------------------------------------------------------------===//

/// Elements of integers of up to 32 bits.
static std::vector<int64_t> readIntegers(ElementsAttr value) {
  auto type = cast<IntegerType>(value.getElementType());
  unsigned width = type.getWidth();
  std::vector<int64_t> numbers(value.getNumElements());
  readBytes(value, [&](ArrayRef<char> bytes, bool isSplat) {
    for (size_t i = 0; i < numbers.size(); ++i) {
      uint64_t raw = 0;
      std::memcpy(&raw, bytes.data() + (isSplat ? 0 : i * (width / 8)),
                  width / 8);
      numbers[i] = type.isUnsigned() ? raw : llvm::SignExtend64(raw, width);
    }
  });
  return numbers;
}

static ElementsAttr evaluateDequantize(nn::DequantizeOp op) {
  nn::ConstantOp input = getConstant(op.getInput());
  nn::ConstantOp scale = getConstant(op.getScale());
  nn::ConstantOp zeroPoint = getConstant(op.getZeroPoint());
  RankedTensorType type = op.getType();
  if (!input || !scale || !zeroPoint || !type.getElementType().isF32())
    return nullptr;
  std::vector<double> scales = readNumbers(scale.getValue());
  std::vector<int64_t> zeros = readIntegers(zeroPoint.getValue());
  std::vector<int64_t> numbers = readIntegers(input.getValue());
  int64_t stride = 1;
  if (op.getScale().getType().getRank() > 0)
    for (int64_t size : type.getShape().drop_front(op.getAxis() + 1))
      stride *= size;
  return makeNumbers(type, [&](int64_t i) -> double {
    size_t channel = i / stride % scales.size();
    // The difference wraps at 32 bits.
    auto difference =
        static_cast<int32_t>(static_cast<uint32_t>(numbers[i]) -
                             static_cast<uint32_t>(zeros[channel]));
    return static_cast<float>(difference) * static_cast<float>(scales[channel]);
  });
}

ElementsAttr ashlar::evaluateElementwise(Operation *op) {
  if (op->getNumResults() != 1 ||
      !cast<RankedTensorType>(op->getResult(0).getType()).hasStaticShape())
    return nullptr;
  if (auto dequantize = dyn_cast<nn::DequantizeOp>(op))
    return evaluateDequantize(dequantize);
  return evaluateFloats(op);
}
