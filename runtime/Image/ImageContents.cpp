//===- ImageContents.cpp - Names and sizes of what an image holds ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Image/ImageContents.h"

#include <array>

using namespace ashlar::runtime;

namespace {
struct TypeRow {
  std::string_view name;
  unsigned bits;
};
} // namespace

static constexpr std::array<TypeRow, numDataTypes> typeRows = {{
    {"i4", 4},
    {"u4", 4},
    {"i8", 8},
    {"u8", 8},
    {"i16", 16},
    {"u16", 16},
    {"i32", 32},
    {"u32", 32},
    {"i64", 64},
    {"u64", 64},
    {"f8e4m3", 8},
    {"f8e5m2", 8},
    {"f16", 16},
    {"bf16", 16},
    {"f32", 32},
    {"f64", 64},
    {"bool", 8},
}};

static constexpr std::array<std::string_view, 4> regionRows = {
    "io", "weights", "arena", "state"};

unsigned ashlar::runtime::dataTypeBits(DataType type) {
  return typeRows[static_cast<unsigned>(type)].bits;
}

std::string_view ashlar::runtime::dataTypeName(DataType type) {
  return typeRows[static_cast<unsigned>(type)].name;
}

bool ashlar::runtime::parseDataType(std::string_view name, DataType &type) {
  for (unsigned i = 0; i < typeRows.size(); ++i)
    if (typeRows[i].name == name) {
      type = static_cast<DataType>(i);
      return true;
    }
  return false;
}

std::string_view ashlar::runtime::regionName(TensorRegion region) {
  return regionRows[static_cast<unsigned>(region)];
}

bool ashlar::runtime::parseRegion(std::string_view name, TensorRegion &region) {
  for (unsigned i = 0; i < regionRows.size(); ++i)
    if (regionRows[i] == name) {
      region = static_cast<TensorRegion>(i);
      return true;
    }
  return false;
}

bool ashlar::runtime::countElements(const std::vector<int64_t> &shape,
                                    uint64_t &count) {
  constexpr uint64_t limit = uint64_t{1} << 63;
  bool empty = false;
  count = 1;
  for (int64_t size : shape) {
    if (size < 0)
      return false;
    if (size == 0) {
      empty = true;
      continue;
    }
    if (__builtin_mul_overflow(count, static_cast<uint64_t>(size), &count) ||
        count >= limit)
      return false;
  }
  if (empty)
    count = 0;
  return true;
}

bool ashlar::runtime::tensorBytes(DataType type,
                                  const std::vector<int64_t> &shape,
                                  uint64_t &bytes) {
  uint64_t count;
  if (!countElements(shape, count))
    return false;
  unsigned bits = dataTypeBits(type);
  if (bits == 4) {
    bytes = count / 2 + count % 2;
    return true;
  }
  return !__builtin_mul_overflow(count, uint64_t{bits / 8}, &bytes);
}

uint64_t ImageContents::addWeight(std::string name, DataType type,
                                  std::vector<int64_t> shape, WeightData data,
                                  uint64_t alignment) {
  uint64_t end = 0;
  if (!meta.weights.empty())
    end = meta.weights.back().offset + meta.weights.back().bytes;
  uint64_t offset = (end + alignment - 1) & ~(alignment - 1);
  meta.weights.push_back(
      {std::move(name), type, std::move(shape), offset, data.bytes});
  weightData.push_back(std::move(data));
  return offset;
}
