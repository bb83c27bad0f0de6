//===- Evaluate.cpp - Small constants computed in the compiler ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Evaluate.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

/// Shapes, lists of places and masks; what is larger is left to constant
/// folding on the host's own code.
static constexpr int64_t maxElements = 16384;

double nn::roundTo(Type type, double value) {
  if (type.isF64())
    return value;
  float narrow = static_cast<float>(value);
  if (type.isF32())
    return narrow;
  APFloat half(narrow);
  bool lost;
  half.convert(cast<FloatType>(type).getFloatSemantics(),
               APFloat::rmNearestTiesToEven, &lost);
  half.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
  return half.convertToDouble();
}

int64_t nn::wrapTo(Type type, int64_t value) {
  auto integer = cast<IntegerType>(type);
  unsigned width = integer.getWidth();
  if (width >= 64)
    return value;
  if (integer.isUnsigned() || width == 1)
    return static_cast<int64_t>(static_cast<uint64_t>(value) &
                                ((uint64_t(1) << width) - 1));
  return llvm::SignExtend64(static_cast<uint64_t>(value), width);
}

static std::optional<Elements> readElements(Attribute attribute) {
  auto dense = dyn_cast_if_present<DenseElementsAttr>(attribute);
  if (auto resource =
          dyn_cast_if_present<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    bool isSplat = false;
    if (resource.getNumElements() <= maxElements && blob &&
        DenseElementsAttr::isValidRawBuffer(resource.getType(), blob->getData(),
                                            isSplat))
      dense = DenseElementsAttr::getFromRawBuffer(resource.getType(),
                                                  blob->getData());
  }
  if (!dense || dense.getNumElements() > maxElements)
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(dense.getType());
  if (!type)
    return std::nullopt;
  Elements elements{type, {}, {}};
  Type element = type.getElementType();
  if (isa<FloatType>(element)) {
    for (APFloat value : dense.getValues<APFloat>()) {
      bool lost;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
      elements.floats.push_back(value.convertToDouble());
    }
    return elements;
  }
  for (const APInt &value : dense.getValues<APInt>())
    elements.ints.push_back(
        wrapTo(element, static_cast<int64_t>(value.getZExtValue())));
  return elements;
}

static ElementsAttr makeAttribute(const Elements &elements) {
  Type element = elements.type.getElementType();
  if (auto floating = dyn_cast<FloatType>(element)) {
    SmallVector<APFloat> values;
    for (double value : elements.floats) {
      APFloat number(value);
      bool lost;
      number.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                     &lost);
      values.push_back(number);
    }
    return DenseElementsAttr::get(elements.type, values);
  }
  SmallVector<APInt> values;
  for (int64_t value : elements.ints)
    values.push_back(APInt(element.getIntOrFloatBitWidth(),
                           static_cast<uint64_t>(value), /*isSigned=*/false,
                           /*implicitTrunc=*/true));
  return DenseElementsAttr::get(elements.type, values);
}

SmallVector<int64_t> nn::broadcastPlaces(ArrayRef<int64_t> from,
                                         ArrayRef<int64_t> to) {
  // Places grow dimension by dimension, from the outermost.
  SmallVector<int64_t> places = {0};
  size_t extra = to.size() - from.size();
  for (auto [dim, size] : llvm::enumerate(to)) {
    int64_t own = dim < extra ? 1 : from[dim - extra];
    SmallVector<int64_t> next;
    for (int64_t place : places)
      for (int64_t i = 0; i < size; ++i)
        next.push_back(place * own + (own == 1 ? 0 : i));
    places = std::move(next);
  }
  return places;
}

ElementsAttr nn::evaluate(Operation *op, ArrayRef<Attribute> operands) {
  if (op->getNumResults() != 1 || isa<ConstantOp>(op))
    return nullptr;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() || type.getNumElements() > maxElements)
    return nullptr;
  SmallVector<Elements> values;
  for (Attribute operand : operands) {
    std::optional<Elements> value = readElements(operand);
    if (!value)
      return nullptr;
    values.push_back(std::move(*value));
  }
  Elements result{type, {}, {}};
  if (evaluateElementwise(op, values, result) ||
      evaluateLayout(op, values, result) ||
      evaluateReduction(op, values, result))
    return makeAttribute(result);
  return nullptr;
}
