//===- Quantization.cpp - Parameters of quantised tensors -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantization.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;
using namespace ashlar;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

namespace {
/// The bytes of a constant; a splat has those of one element.
struct ConstantBytes {
  ArrayRef<char> bytes;
  bool isSplat = false;
  RankedTensorType type;
};
} // namespace

static std::optional<ConstantBytes> getBytes(Value value) {
  auto constant = value ? value.getDefiningOp<nn::ConstantOp>() : nullptr;
  if (!constant)
    return std::nullopt;
  auto type = cast<RankedTensorType>(constant.getType());
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(constant.getValue()))
    return ConstantBytes{dense.getRawData(), dense.isSplat(), type};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue()))
    return ConstantBytes{resource.getData(), false, type};
  return std::nullopt;
}

template <typename From, typename To>
static std::vector<To> readAs(const ConstantBytes &constant) {
  std::vector<To> result(constant.type.getNumElements());
  for (size_t i = 0; i < result.size(); ++i) {
    From element;
    std::memcpy(&element,
                constant.bytes.data() +
                    (constant.isSplat ? 0 : i * sizeof(From)),
                sizeof(From));
    result[i] = static_cast<To>(element);
  }
  return result;
}

std::optional<std::vector<int64_t>> ashlar::readIntegers(Value value) {
  std::optional<ConstantBytes> constant = getBytes(value);
  auto type = constant ? dyn_cast<IntegerType>(constant->type.getElementType())
                       : nullptr;
  if (!type)
    return std::nullopt;
  bool isUnsigned = type.isUnsigned();
  switch (type.getWidth()) {
  case 8:
    return isUnsigned ? readAs<uint8_t, int64_t>(*constant)
                      : readAs<int8_t, int64_t>(*constant);
  case 16:
    return isUnsigned ? readAs<uint16_t, int64_t>(*constant)
                      : readAs<int16_t, int64_t>(*constant);
  case 32:
    return isUnsigned ? readAs<uint32_t, int64_t>(*constant)
                      : readAs<int32_t, int64_t>(*constant);
  default:
    return std::nullopt;
  }
}

std::optional<std::vector<double>> ashlar::readFloats(Value value) {
  std::optional<ConstantBytes> constant = getBytes(value);
  if (!constant || !constant->type.getElementType().isF32())
    return std::nullopt;
  return readAs<float, double>(*constant);
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

template <typename OpTy>
static std::optional<QuantParameters> readParameters(OpTy op) {
  std::optional<std::vector<double>> scales = readFloats(op.getScale());
  std::optional<std::vector<int64_t>> zeros = readIntegers(op.getZeroPoint());
  if (!scales || !zeros || scales->empty())
    return std::nullopt;
  for (double scale : *scales)
    if (!(scale >= std::numeric_limits<float>::min()) || !std::isfinite(scale))
      return std::nullopt;
  QuantParameters result{std::move(*scales), std::move(*zeros), std::nullopt};
  if (op.getScale().getType().getRank() > 0)
    result.axis = op.getAxis();
  return result;
}

std::optional<QuantParameters> ashlar::getParameters(nn::QuantizeOp op) {
  return readParameters(op);
}

std::optional<QuantParameters> ashlar::getParameters(nn::DequantizeOp op) {
  return readParameters(op);
}

IntegerAttr ashlar::integerElement(Type type, int64_t number) {
  APInt bits(64, static_cast<uint64_t>(number));
  return IntegerAttr::get(type, bits.trunc(type.getIntOrFloatBitWidth()));
}

StorageRange ashlar::getStorageRange(Type storage) {
  auto type = cast<IntegerType>(storage);
  unsigned width = type.getWidth();
  if (type.isUnsigned())
    return {0, (int64_t(1) << width) - 1};
  return {-(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1};
}

int64_t ashlar::quantizeNumber(double value, double scale, int64_t zeroPoint,
                               StorageRange range) {
  // In f32, as the graph's own arithmetic is.
  float scaled =
      std::nearbyint(static_cast<float>(value) / static_cast<float>(scale));
  double shifted = double(scaled) + double(zeroPoint);
  return static_cast<int64_t>(
      std::clamp(shifted, double(range.low), double(range.high)));
}

quant::QuantizedType
ashlar::makeQuantizedType(Type storage, const QuantParameters &parameters,
                          std::optional<StorageRange> range) {
  auto type = dyn_cast<IntegerType>(storage);
  if (!type || (type.getWidth() != 8 && !type.isSignlessInteger(32)))
    return nullptr;
  StorageRange limits = range.value_or(getStorageRange(storage));
  if (limits.low >= limits.high)
    return nullptr;
  MLIRContext *context = storage.getContext();
  unsigned flags =
      type.isUnsigned() ? 0 : unsigned(quant::QuantizationFlags::Signed);
  auto signless = IntegerType::get(context, type.getWidth());
  Type expressed = Float32Type::get(context);
  if (!parameters.axis)
    return quant::UniformQuantizedType::get(
        flags, signless, expressed, parameters.scales[0],
        parameters.zeroPoints[0], limits.low, limits.high);
  return quant::UniformQuantizedPerAxisType::get(
      flags, signless, expressed, parameters.scales, parameters.zeroPoints,
      *parameters.axis, limits.low, limits.high);
}

void ashlar::eraseDeadOps(func::FuncOp func) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}
