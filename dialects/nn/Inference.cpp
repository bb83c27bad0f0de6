//===- Inference.cpp - Shape rules shared by the nn operators -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Inference.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace ashlar;

LogicalResult nn::inferError(std::optional<Location> loc, StringRef name,
                             const Twine &message) {
  return emitOptionalError(loc, "'", name, "' op ", message);
}

std::string nn::formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t size : shape) {
    if (!text.empty())
      text += "x";
    text += ShapedType::isDynamic(size) ? "?" : std::to_string(size);
  }
  return text;
}

LogicalResult nn::checkAxis(std::optional<Location> loc, StringRef name,
                            int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return inferError(loc, name,
                    "expected an axis below the rank " + Twine(rank) +
                        ", but got " + Twine(axis));
}

LogicalResult nn::checkEntries(std::optional<Location> loc, StringRef name,
                               StringRef attribute, size_t actual,
                               size_t expected) {
  if (actual == expected)
    return success();
  return inferError(loc, name,
                    "expected " + Twine(expected) + " entries in '" +
                        attribute + "', but got " + Twine(actual));
}

LogicalResult nn::checkAxes(std::optional<Location> loc, StringRef name,
                            ArrayRef<int64_t> axes, int64_t rank) {
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (failed(checkAxis(loc, name, axis, rank)))
      return failure();
    if (i > 0 && axes[i - 1] >= axis)
      return inferError(loc, name,
                        "expected ascending axes, but got " + Twine(axis) +
                            " after " + Twine(axes[i - 1]));
  }
  return success();
}

int64_t nn::windowedSize(int64_t in, int64_t window, int64_t stride,
                         int64_t dilation, int64_t low, int64_t high,
                         bool ceilMode) {
  if (ShapedType::isDynamic(in) || ShapedType::isDynamic(window))
    return ShapedType::kDynamic;
  int64_t span = in + low + high - ((window - 1) * dilation + 1);
  if (span < 0)
    return 0;
  int64_t size = (ceilMode ? span + stride - 1 : span) / stride + 1;
  if (ceilMode && (size - 1) * stride >= in + low)
    --size;
  return size;
}

FailureOr<SmallVector<int64_t>>
nn::broadcastShapes(ArrayRef<ArrayRef<int64_t>> shapes) {
  size_t rank = 0;
  for (ArrayRef<int64_t> shape : shapes)
    rank = std::max(rank, shape.size());
  SmallVector<int64_t> result(rank, 1);
  for (ArrayRef<int64_t> shape : shapes) {
    for (auto [i, size] : llvm::enumerate(shape)) {
      int64_t &out = result[rank - shape.size() + i];
      if (size == 1 || size == out)
        continue;
      if (out == 1 || (ShapedType::isDynamic(out) && size != 1))
        out = size;
      else if (!ShapedType::isDynamic(size))
        return failure();
    }
  }
  return result;
}

Type nn::getExpressedType(Type element) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    return quantized.getExpressedType();
  return element;
}

Type nn::getStorageType(quant::QuantizedType element) {
  return IntegerType::get(
      element.getContext(), element.getStorageTypeIntegralWidth(),
      element.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
}

/// The type of an operand's elements, as the rules below compare it.
static Type elementOf(Value operand) {
  return nn::getExpressedType(getElementTypeOrSelf(operand));
}

Type nn::getProductType(Type lhs, Type rhs) {
  if (lhs.isInteger(8) && rhs.isInteger(8))
    return IntegerType::get(lhs.getContext(), 32);
  return lhs;
}

bool nn::areCompatible(TypeRange lhs, TypeRange rhs) {
  if (lhs.size() != rhs.size())
    return false;
  for (auto [l, r] : llvm::zip_equal(lhs, rhs)) {
    if (getExpressedType(getElementTypeOrSelf(l)) !=
            getExpressedType(getElementTypeOrSelf(r)) ||
        failed(verifyCompatibleShape(l, r)))
      return false;
  }
  return true;
}

/// The broadcast of all operands' shapes with an element type.
static LogicalResult inferBroadcast(std::optional<Location> loc, StringRef name,
                                    ValueRange operands, Type element,
                                    nn::TypeVector &types) {
  SmallVector<ArrayRef<int64_t>> shapes;
  for (Value operand : operands)
    shapes.push_back(cast<RankedTensorType>(operand.getType()).getShape());
  FailureOr<SmallVector<int64_t>> shape = nn::broadcastShapes(shapes);
  if (failed(shape)) {
    std::string list =
        llvm::join(llvm::map_range(shapes, nn::formatShape), ", ");
    return nn::inferError(loc, name,
                          "expected shapes that broadcast, but got " + list);
  }
  types.push_back(RankedTensorType::get(*shape, element));
  return success();
}

/// An error unless all operands are tensors of one element type.
static LogicalResult checkSameElements(std::optional<Location> loc,
                                       StringRef name, ValueRange operands) {
  Type first = elementOf(operands.front());
  for (Value operand : operands.drop_front()) {
    Type other = elementOf(operand);
    if (other == first)
      continue;
    std::string text;
    llvm::raw_string_ostream(text)
        << "expected operands of one element type, but got " << first << " and "
        << other;
    return nn::inferError(loc, name, text);
  }
  return success();
}

LogicalResult nn::inferElementwise(std::optional<Location> loc, StringRef name,
                                   ValueRange operands, TypeVector &types) {
  if (failed(checkSameElements(loc, name, operands)))
    return failure();
  return inferBroadcast(loc, name, operands, elementOf(operands.front()),
                        types);
}

LogicalResult nn::inferTest(std::optional<Location> loc, StringRef name,
                            ValueRange operands, TypeVector &types) {
  if (failed(checkSameElements(loc, name, operands)))
    return failure();
  Type boolean = IntegerType::get(operands.front().getContext(), 1);
  return inferBroadcast(loc, name, operands, boolean, types);
}

LogicalResult nn::inferSelect(std::optional<Location> loc, StringRef name,
                              ValueRange operands, TypeVector &types) {
  if (failed(checkSameElements(loc, name, operands.drop_front())))
    return failure();
  return inferBroadcast(loc, name, operands, elementOf(operands.back()), types);
}

LogicalResult nn::inferPow(std::optional<Location> loc, StringRef name,
                           ValueRange operands, TypeVector &types) {
  return inferBroadcast(loc, name, operands, elementOf(operands.front()),
                        types);
}
