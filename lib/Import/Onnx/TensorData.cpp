//===- TensorData.cpp - ONNX tensors as MLIR attributes -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorData.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>
#include <vector>

using namespace ashlar;
using namespace mlir;
using llvm::Expected;
using llvm::StringRef;
using onnx::TensorProto;

/// Values of at least this size stay mapped and become resources.
static constexpr size_t resourceThresholdBytes = 1024;
/// Sparse tensors are expanded in memory.
static constexpr int64_t maxSparseElements = int64_t(1) << 30;

template <typename... Args>
static llvm::Error problem(const char *format, const Args &...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 args...);
}

StringRef ashlar::dataTypeName(int32_t dataType) {
  static const char *const names[] = {
      "UNDEFINED",      "FLOAT",        "UINT8",          "INT8",
      "UINT16",         "INT16",        "INT32",          "INT64",
      "STRING",         "BOOL",         "FLOAT16",        "DOUBLE",
      "UINT32",         "UINT64",       "COMPLEX64",      "COMPLEX128",
      "BFLOAT16",       "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2",
      "FLOAT8E5M2FNUZ", "UINT4",        "INT4",           "FLOAT4E2M1",
      "FLOAT8E8M0"};
  if (dataType < 0 || size_t(dataType) >= std::size(names))
    return "of an unknown number";
  return names[dataType];
}

Expected<Type> ashlar::elementType(int32_t dataType, MLIRContext *context) {
  Builder builder(context);
  auto unsignedType = [&](unsigned width) {
    return IntegerType::get(context, width, IntegerType::Unsigned);
  };
  switch (dataType) {
  case TensorProto::FLOAT:
    return builder.getF32Type();
  case TensorProto::DOUBLE:
    return builder.getF64Type();
  case TensorProto::FLOAT16:
    return builder.getF16Type();
  case TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case TensorProto::INT8:
    return builder.getI8Type();
  case TensorProto::INT16:
    return builder.getIntegerType(16);
  case TensorProto::INT32:
    return builder.getI32Type();
  case TensorProto::INT64:
    return builder.getI64Type();
  case TensorProto::UINT8:
    return unsignedType(8);
  case TensorProto::UINT16:
    return unsignedType(16);
  case TensorProto::UINT32:
    return unsignedType(32);
  case TensorProto::UINT64:
    return unsignedType(64);
  case TensorProto::BOOL:
    return builder.getI1Type();
  default:
    return problem("element type %s is not supported",
                   dataTypeName(dataType).str().c_str());
  }
}

/// Appends the low bytes of `values`' elements.
template <typename Element, typename Values>
static std::string packed(const Values &values) {
  std::string bytes;
  bytes.reserve(values.size() * sizeof(Element));
  for (auto value : values) {
    Element element = static_cast<Element>(value);
    bytes.append(reinterpret_cast<const char *>(&element), sizeof(element));
  }
  return bytes;
}

/// The bytes of values that stand in typed fields.
static std::string typedFieldBytes(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return packed<float>(tensor.float_data());
  case TensorProto::DOUBLE:
    return packed<double>(tensor.double_data());
  case TensorProto::INT64:
    return packed<int64_t>(tensor.int64_data());
  case TensorProto::UINT32:
    return packed<uint32_t>(tensor.uint64_data());
  case TensorProto::UINT64:
    return packed<uint64_t>(tensor.uint64_data());
  case TensorProto::INT32:
    return packed<int32_t>(tensor.int32_data());
  case TensorProto::INT8:
  case TensorProto::UINT8:
  case TensorProto::BOOL:
    return packed<uint8_t>(tensor.int32_data());
  default: // 16-bit integers and the bits of half types
    return packed<uint16_t>(tensor.int32_data());
  }
}

static ElementsAttr boolValue(RankedTensorType type, ArrayRef<char> bytes) {
  SmallVector<bool> values;
  for (char byte : bytes)
    values.push_back(byte != 0);
  return DenseElementsAttr::get(type, values);
}

/// A resource that is a view of a mapping. A file puts weights at any offset:
/// what reads resources must not expect that their elements are aligned.
static ElementsAttr resourceValue(RankedTensorType type, StringRef name,
                                  const TensorBytes &data, size_t width) {
  auto address = reinterpret_cast<uintptr_t>(data.bytes.data());
  size_t alignment = address % width == 0 ? width : 1;
  auto owner = data.owner;
  AsmResourceBlob blob(
      data.bytes, alignment, [owner](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, name.empty() ? "weights" : name,
                                        std::move(blob));
}

/// The type of `tensor`, with its sizes checked.
static Expected<RankedTensorType> tensorType(const TensorProto &tensor,
                                             MLIRContext *context) {
  auto element = elementType(tensor.data_type(), context);
  if (!element)
    return element.takeError();
  SmallVector<int64_t> shape;
  int64_t count = 1;
  for (int64_t size : tensor.dims()) {
    if (size < 0 || (size > 0 && count > (int64_t(1) << 48) / size))
      return problem("has a size of %lld that is negative or too large",
                     (long long)size);
    shape.push_back(size);
    count *= size;
  }
  return RankedTensorType::get(shape, *element);
}

static llvm::Error describeProblem(const TensorProto &tensor,
                                   llvm::Error error) {
  return problem("tensor '%s' %s", tensor.name().c_str(),
                 llvm::toString(std::move(error)).c_str());
}

static unsigned elementBytes(RankedTensorType type) {
  return type.getElementType().isInteger(1)
             ? 1
             : type.getElementType().getIntOrFloatBitWidth() / 8;
}

/// The bytes of a tensor, as many as its type has (a truth value is a byte);
/// `fields` keeps those that stand in typed fields.
static Expected<TensorBytes> readBytes(OnnxFile &file,
                                       const TensorProto &tensor,
                                       RankedTensorType type,
                                       std::string &fields) {
  TensorBytes data;
  if (file.hasRawBytes(tensor)) {
    auto raw = file.rawBytes(tensor);
    if (!raw)
      return raw.takeError();
    data = *raw;
  } else {
    fields = typedFieldBytes(tensor);
    data.bytes = {fields.data(), fields.size()};
  }
  uint64_t expected = uint64_t(type.getNumElements()) * elementBytes(type);
  if (data.bytes.size() != expected)
    return problem("tensor '%s' has %llu bytes of data, expected %llu",
                   tensor.name().c_str(), (unsigned long long)data.bytes.size(),
                   (unsigned long long)expected);
  return data;
}

/// A constant of bytes that it shares with `data.owner`, or copies.
static ElementsAttr makeValue(RankedTensorType type, StringRef name,
                              const TensorBytes &data) {
  if (type.getElementType().isInteger(1))
    return boolValue(type, data.bytes);
  size_t width = elementBytes(type);
  if (data.bytes.size() < resourceThresholdBytes)
    return DenseElementsAttr::getFromRawBuffer(type, data.bytes);
  if (data.owner)
    return resourceValue(type, name, data, width);
  return DenseResourceElementsAttr::get(
      type, name.empty() ? "weights" : name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(data.bytes, width));
}

Expected<ElementsAttr> ashlar::tensorValue(OnnxFile &file,
                                           const TensorProto &tensor,
                                           MLIRContext *context) {
  auto type = tensorType(tensor, context);
  if (!type)
    return describeProblem(tensor, type.takeError());
  std::string fields;
  auto data = readBytes(file, tensor, *type, fields);
  if (!data)
    return data.takeError();
  return makeValue(*type, tensor.name(), *data);
}

//===----------------------------------------------------------------------===//
// Sparse tensors
//===----------------------------------------------------------------------===//

/// The place in the dense tensor of each value: linear indices, or one for each
/// dimension. They have to ascend.
static Expected<SmallVector<int64_t>>
readPlaces(OnnxFile &file, const onnx::SparseTensorProto &sparse,
           ArrayRef<int64_t> shape, MLIRContext *context) {
  const TensorProto &indices = sparse.indices();
  auto type = tensorType(indices, context);
  if (!type)
    return describeProblem(indices, type.takeError());
  bool isLinear = type->getRank() == 1;
  int64_t count = sparse.values().dims(0), rank = shape.size();
  if (!type->getElementType().isInteger(64) ||
      (!isLinear && type->getRank() != 2) || type->getDimSize(0) != count ||
      (!isLinear && type->getDimSize(1) != rank))
    return problem("has indices that are not i64 of shape [%lld] or "
                   "[%lld, %lld]",
                   (long long)count, (long long)count, (long long)rank);
  std::string fields;
  auto data = readBytes(file, indices, *type, fields);
  if (!data)
    return data.takeError();
  int64_t elements = ShapedType::getNumElements(shape);
  SmallVector<int64_t> places;
  const char *next = data->bytes.data();
  auto read = [&next] {
    int64_t index;
    std::memcpy(&index, next, sizeof(index));
    next += sizeof(index);
    return index;
  };
  for (int64_t i = 0; i < count; ++i) {
    int64_t place = isLinear ? read() : 0;
    bool inside = !isLinear || (place >= 0 && place < elements);
    for (int64_t d = 0; !isLinear && d < rank; ++d) {
      int64_t index = read();
      inside &= index >= 0 && index < shape[d];
      place = inside ? place * shape[d] + index : 0;
    }
    if (!inside)
      return problem("has an index outside of its shape");
    if (!places.empty() && place <= places.back())
      return problem("has indices that do not ascend");
    places.push_back(place);
  }
  return places;
}

Expected<ElementsAttr>
ashlar::sparseValue(OnnxFile &file, const onnx::SparseTensorProto &sparse,
                    MLIRContext *context) {
  const TensorProto &values = sparse.values();
  auto fail = [&](const char *what) {
    return problem("sparse tensor '%s' %s", values.name().c_str(), what);
  };
  auto valueType = tensorType(values, context);
  if (!valueType)
    return describeProblem(values, valueType.takeError());
  if (valueType->getRank() != 1)
    return fail("has values that are not a list");
  SmallVector<int64_t> shape(sparse.dims().begin(), sparse.dims().end());
  int64_t elements = 1;
  for (int64_t size : shape) {
    if (size < 0 || (size > 0 && elements > maxSparseElements / size))
      return fail("has a negative size or is too large to be made dense");
    elements *= size;
  }
  auto type = RankedTensorType::get(shape, valueType->getElementType());
  auto places = readPlaces(file, sparse, shape, context);
  if (!places)
    return fail(llvm::toString(places.takeError()).c_str());
  std::string fields;
  auto data = readBytes(file, values, *valueType, fields);
  if (!data)
    return data.takeError();
  size_t width = elementBytes(type);
  std::vector<char> dense(size_t(elements) * width);
  for (auto [i, place] : llvm::enumerate(*places))
    std::memcpy(dense.data() + size_t(place) * width,
                data->bytes.data() + i * width, width);
  return makeValue(type, values.name(), {dense, nullptr});
}
