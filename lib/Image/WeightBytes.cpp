//===- WeightBytes.cpp - Constants as an image stores them ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightBytes.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;
using namespace ashlar;

static void own(std::vector<uint8_t> bytes, runtime::WeightData &data) {
  auto owner = std::make_shared<std::vector<uint8_t>>(std::move(bytes));
  data.data = owner->data();
  data.bytes = owner->size();
  data.owner = std::move(owner);
}

static void refer(ArrayRef<char> bytes, runtime::WeightData &data) {
  data.data = reinterpret_cast<const uint8_t *>(bytes.data());
  data.bytes = bytes.size();
}

/// Types of less than a byte: booleans one to a byte, 4 bits two to a byte.
static void packSmall(DenseIntElementsAttr dense, unsigned width,
                      runtime::WeightData &data) {
  uint64_t count = static_cast<uint64_t>(dense.getNumElements());
  std::vector<uint8_t> bytes(width == 4 ? count / 2 + count % 2 : count);
  uint64_t i = 0;
  for (const APInt &value : dense.getValues<APInt>()) {
    uint64_t bits = value.getZExtValue();
    if (width == 4)
      bytes[i / 2] |= static_cast<uint8_t>(bits << (i % 2 * 4));
    else
      bytes[i] = static_cast<uint8_t>(bits);
    ++i;
  }
  own(std::move(bytes), data);
}

static LogicalResult denseBytes(memref::GlobalOp global,
                                DenseElementsAttr dense,
                                runtime::WeightData &data) {
  Type type = dense.getElementType();
  if (!type.isIntOrIndexOrFloat())
    return global.emitError()
           << "constants of " << type << " cannot be weights";
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  if (width < 8) {
    packSmall(llvm::cast<DenseIntElementsAttr>(dense), width, data);
    return success();
  }
  ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat()) {
    refer(raw, data);
    return success();
  }
  uint64_t count = static_cast<uint64_t>(dense.getNumElements());
  std::vector<uint8_t> bytes(count * raw.size());
  for (uint64_t i = 0; i < count; ++i)
    memcpy(bytes.data() + i * raw.size(), raw.data(), raw.size());
  own(std::move(bytes), data);
  return success();
}

LogicalResult ashlar::weightBytes(memref::GlobalOp global,
                                  uint64_t expectedBytes,
                                  runtime::WeightData &data) {
  std::optional<Attribute> value = global.getInitialValue();
  if (!value)
    return global.emitError("a weight needs an initial value");
  if (auto resource = llvm::dyn_cast<DenseResourceElementsAttr>(*value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return global.emitError()
             << "resource '" << resource.getRawHandle().getKey()
             << "' is not loaded";
    refer(blob->getData(), data);
  } else if (auto dense = llvm::dyn_cast<DenseElementsAttr>(*value)) {
    if (failed(denseBytes(global, dense, data)))
      return failure();
  } else {
    return global.emitError("a weight's value must be dense");
  }
  if (data.bytes == expectedBytes)
    return success();
  return global.emitError() << "has " << data.bytes
                            << " bytes of data, expected " << expectedBytes;
}
