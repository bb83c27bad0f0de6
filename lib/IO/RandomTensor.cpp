//===- RandomTensor.cpp - Seeded inputs -----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/RandomTensor.h"

#include "Image/Element.h"

#include <cmath>
#include <random>

using namespace ashlar;
using runtime::DataType;

NamedTensor ashlar::randomTensor(std::string name, DataType type,
                                 std::vector<int64_t> shape, uint64_t seed,
                                 uint64_t index) {
  NamedTensor tensor{std::move(name), type, std::move(shape), {}};
  uint64_t count = 0, bytes = 0;
  runtime::countElements(tensor.shape, count);
  runtime::tensorBytes(type, tensor.shape, bytes);
  tensor.data.resize(bytes);
  bool isSigned = type == DataType::I4 || type == DataType::I8 ||
                  type == DataType::I16 || type == DataType::I32 ||
                  type == DataType::I64;
  unsigned bits = runtime::dataTypeBits(type);
  double values = type == DataType::Bool ? 2 : bits <= 8 ? 1u << bits : 16;
  double low = isSigned ? -values / 2 : 0;
  // The engine's sequence is fixed by the standard; distributions are not, so
  // the mapping to values is ours.
  std::mt19937_64 engine(seed * 0x9E3779B97F4A7C15ull + index);
  for (size_t i = 0; i < count; ++i) {
    double unit = static_cast<double>(engine() >> 11) * 0x1p-53;
    double value = runtime::isFloatType(type) ? 2 * unit - 1
                                              : low + std::floor(unit * values);
    runtime::storeElement(type, tensor.data.data(), i, value);
  }
  return tensor;
}
