//===- EvaluateConstants.cpp - Results of a program as constants ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Reference.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <mutex>

using namespace mlir;
using namespace ashlar;

/// Above so many bytes a constant is a resource, which nobody copies or hashes.
static constexpr size_t kLargestDenseBytes = 4096;

static ElementsAttr fillConstant(ShapedType type, NamedTensor tensor) {
  ArrayRef<char> bytes(reinterpret_cast<const char *>(tensor.data.data()),
                       tensor.data.size());
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (char byte : bytes)
      values.push_back(byte != 0);
    return DenseElementsAttr::get(type, values);
  }
  if (bytes.empty())
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (bytes.size() <= kLargestDenseBytes)
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  return DenseResourceElementsAttr::get(
      type, "folded", HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64));
}

static Type getElementType(runtime::DataType type, MLIRContext *context) {
  using runtime::DataType;
  Builder b(context);
  auto integer = [&](IntegerType::SignednessSemantics sign) {
    return IntegerType::get(context, runtime::dataTypeBits(type), sign);
  };
  switch (type) {
  case DataType::F64:
    return b.getF64Type();
  case DataType::F32:
    return b.getF32Type();
  case DataType::F16:
    return b.getF16Type();
  case DataType::BF16:
    return b.getBF16Type();
  case DataType::Bool:
    return b.getI1Type();
  case DataType::I8:
  case DataType::I16:
  case DataType::I32:
  case DataType::I64:
    return integer(IntegerType::Signless);
  case DataType::U8:
  case DataType::U16:
  case DataType::U32:
  case DataType::U64:
    return integer(IntegerType::Unsigned);
  default:
    return nullptr;
  }
}

ElementsAttr ashlar::makeConstant(NamedTensor tensor, MLIRContext *context) {
  Type element = getElementType(tensor.type, context);
  if (!element)
    return nullptr;
  auto type = RankedTensorType::get(tensor.shape, element);
  return fillConstant(type, std::move(tensor));
}

FailureOr<SmallVector<ElementsAttr>>
ashlar::evaluateConstants(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  assert(main && "expected the constants as results of a function 'main'");
  SmallVector<Type> types(main.getResultTypes());
  // Passes on functions run in parallel, but preparing a program for the host
  // registers dialects and extensions with the context.
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  FailureOr<std::vector<NamedTensor>> outputs = runReference(module, {});
  if (failed(outputs))
    return failure();
  SmallVector<ElementsAttr> values;
  for (auto [type, output] : llvm::zip_equal(types, *outputs))
    values.push_back(fillConstant(cast<ShapedType>(type), std::move(output)));
  return values;
}
