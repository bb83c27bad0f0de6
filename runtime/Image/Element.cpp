//===- Element.cpp - Single elements of tensors ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Image/Element.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace ashlar::runtime;

namespace {
/// A small float: a sign, then exponent and mantissa bits.
struct SmallFormat {
  unsigned exponentBits, mantissaBits;
  bool finiteOnly; // E4M3: all ones is NaN, there is no infinity
  unsigned bits() const { return 1 + exponentBits + mantissaBits; }
  int bias() const { return (1 << (exponentBits - 1)) - 1; }
};
} // namespace

static SmallFormat smallFormat(DataType type) {
  switch (type) {
  case DataType::BF16:
    return {8, 7, false};
  case DataType::F8E4M3:
    return {4, 3, true};
  case DataType::F8E5M2:
    return {5, 2, false};
  default:
    return {5, 10, false};
  }
}

static double decodeSmall(SmallFormat format, unsigned bits) {
  unsigned mantissa = bits & ((1u << format.mantissaBits) - 1);
  unsigned exponent =
      (bits >> format.mantissaBits) & ((1u << format.exponentBits) - 1);
  bool negative = bits >> (format.bits() - 1) & 1;
  unsigned ones = (1u << format.exponentBits) - 1;
  double value;
  if (exponent == ones && format.finiteOnly &&
      mantissa == (1u << format.mantissaBits) - 1)
    value = std::numeric_limits<double>::quiet_NaN();
  else if (exponent == ones && !format.finiteOnly)
    value = mantissa ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - format.bias() -
                                     static_cast<int>(format.mantissaBits));
  else
    value = std::ldexp(mantissa + (1u << format.mantissaBits),
                       static_cast<int>(exponent) - format.bias() -
                           static_cast<int>(format.mantissaBits));
  return negative ? -value : value;
}

static unsigned encodeSmall(SmallFormat format, double value) {
  unsigned sign = std::signbit(value) ? 1u << (format.bits() - 1) : 0;
  unsigned ones = (1u << format.exponentBits) - 1;
  unsigned mantissaOnes = (1u << format.mantissaBits) - 1;
  unsigned infinity = ones << format.mantissaBits;
  if (std::isnan(value)) // canonical: positive, quiet
    return infinity |
           (format.finiteOnly ? mantissaOnes : 1u << (format.mantissaBits - 1));
  double magnitude = std::fabs(value);
  unsigned largest =
      format.finiteOnly ? (infinity | (mantissaOnes - 1)) : infinity;
  if (std::isinf(magnitude))
    return sign | largest;
  int exponent = 0;
  std::frexp(magnitude, &exponent); // magnitude = f * 2^exponent, f in [0.5, 1)
  int lowest = 1 - format.bias();
  int scale =
      std::max(exponent - 1, lowest) - static_cast<int>(format.mantissaBits);
  // Nearest even in units of the last place; a carry into the exponent is the
  // next binade's first value, as it should be.
  uint64_t units =
      static_cast<uint64_t>(std::nearbyint(std::ldexp(magnitude, -scale)));
  int biased =
      scale + static_cast<int>(format.mantissaBits) + format.bias() - 1;
  uint64_t bits =
      units + (static_cast<uint64_t>(biased) << format.mantissaBits);
  if (magnitude == 0)
    bits = 0;
  return sign | static_cast<unsigned>(std::min<uint64_t>(bits, largest));
}

bool ashlar::runtime::isFloatType(DataType type) {
  return type >= DataType::F8E4M3 && type <= DataType::F64;
}

bool ashlar::runtime::isSmallFloatType(DataType type) {
  return type >= DataType::F8E4M3 && type <= DataType::BF16;
}

template <typename T> static T loadAs(const uint8_t *data, size_t index) {
  T value;
  memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
static void storeAs(uint8_t *data, size_t index, T value) {
  memcpy(data + index * sizeof(T), &value, sizeof(T));
}

int64_t ashlar::runtime::loadInteger(DataType type, const uint8_t *data,
                                     size_t index) {
  switch (type) {
  case DataType::I4:
  case DataType::U4: {
    unsigned nibble = data[index / 2] >> (index % 2 * 4) & 15;
    return type == DataType::I4 && nibble >= 8 ? static_cast<int>(nibble) - 16
                                               : static_cast<int>(nibble);
  }
  case DataType::I8:
    return loadAs<int8_t>(data, index);
  case DataType::U8:
  case DataType::Bool:
    return data[index];
  case DataType::I16:
    return loadAs<int16_t>(data, index);
  case DataType::U16:
    return loadAs<uint16_t>(data, index);
  case DataType::I32:
    return loadAs<int32_t>(data, index);
  case DataType::U32:
    return loadAs<uint32_t>(data, index);
  default:
    return loadAs<int64_t>(data, index);
  }
}

double ashlar::runtime::loadElement(DataType type, const uint8_t *data,
                                    size_t index) {
  switch (type) {
  case DataType::F8E4M3:
  case DataType::F8E5M2:
    return decodeSmall(smallFormat(type), data[index]);
  case DataType::F16:
  case DataType::BF16:
    return decodeSmall(smallFormat(type), loadAs<uint16_t>(data, index));
  case DataType::F32:
    return loadAs<float>(data, index);
  case DataType::F64:
    return loadAs<double>(data, index);
  case DataType::U64:
    return static_cast<double>(loadAs<uint64_t>(data, index));
  default:
    return static_cast<double>(loadInteger(type, data, index));
  }
}

/// Nearest even, saturated; NaN gives 0.
template <typename T> static T toInteger(double value) {
  if (std::isnan(value))
    return 0;
  value = std::nearbyint(value);
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  // For 64 bits the limit as a double is one too large, which >= takes care of.
  if (value >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

void ashlar::runtime::storeElement(DataType type, uint8_t *data, size_t index,
                                   double value) {
  switch (type) {
  case DataType::I4:
  case DataType::U4: {
    double low = type == DataType::I4 ? -8 : 0;
    int integer = toInteger<int8_t>(std::clamp(value, low, low + 15));
    uint8_t &byte = data[index / 2];
    unsigned shift = index % 2 * 4;
    byte =
        static_cast<uint8_t>((byte & ~(15u << shift)) |
                             (static_cast<unsigned>(integer) & 15u) << shift);
    return;
  }
  case DataType::I8:
    return storeAs(data, index, toInteger<int8_t>(value));
  case DataType::U8:
    return storeAs(data, index, toInteger<uint8_t>(value));
  case DataType::Bool:
    return storeAs(data, index, static_cast<uint8_t>(value != 0));
  case DataType::I16:
    return storeAs(data, index, toInteger<int16_t>(value));
  case DataType::U16:
    return storeAs(data, index, toInteger<uint16_t>(value));
  case DataType::I32:
    return storeAs(data, index, toInteger<int32_t>(value));
  case DataType::U32:
    return storeAs(data, index, toInteger<uint32_t>(value));
  case DataType::I64:
    return storeAs(data, index, toInteger<int64_t>(value));
  case DataType::U64:
    return storeAs(data, index, toInteger<uint64_t>(value));
  case DataType::F8E4M3:
  case DataType::F8E5M2:
    return storeAs(data, index,
                   static_cast<uint8_t>(encodeSmall(smallFormat(type), value)));
  case DataType::F16:
  case DataType::BF16:
    return storeAs(
        data, index,
        static_cast<uint16_t>(encodeSmall(smallFormat(type), value)));
  case DataType::F32:
    return storeAs(data, index, static_cast<float>(value));
  case DataType::F64:
    return storeAs(data, index, value);
  }
}
