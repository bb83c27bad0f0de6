//===- ScalarFloat.h - Floating point of scalar units ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bit patterns in and out; results are the same on every host: only operations
// that IEEE 754 rounds exactly are used, and NaNs are made canonical.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_SCALARFLOAT_H
#define ASHLAR_RUNTIME_EMULATOR_SCALARFLOAT_H

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace ashlar::runtime {

template <typename T> T floatOf(uint64_t bits) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<float>(static_cast<uint32_t>(bits));
  else
    return std::bit_cast<double>(bits);
}

template <typename T> uint64_t bitsOf(T value) {
  if constexpr (sizeof(T) == 4)
    return std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value);
  else
    return std::isnan(value) ? 0x7ff8000000000000u
                             : std::bit_cast<uint64_t>(value);
}

/// The smaller; NaN if either is; -0 below +0.
template <typename T> T smallerFloat(T a, T b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<T>::quiet_NaN();
  if (a == b)
    return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

/// By isa::RoundMode: even, down, up, zero, away.
template <typename T> T roundToInteger(T value, unsigned mode) {
  switch (mode) {
  case 0:
    // The host's rounding mode is never changed: nearest even.
    return std::nearbyint(value);
  case 1:
    return std::floor(value);
  case 2:
    return std::ceil(value);
  case 3:
    return std::trunc(value);
  default:
    return std::round(value);
  }
}

/// Truncates and saturates; NaN gives 0.
template <typename I, typename F> I truncateTo(F value) {
  if (std::isnan(value))
    return 0;
  // Both limits as powers of two, which every float type represents.
  constexpr int bits = std::numeric_limits<I>::digits;
  if (value >= std::ldexp(F(1), bits))
    return std::numeric_limits<I>::max();
  if constexpr (std::is_signed_v<I>) {
    if (value <= -std::ldexp(F(1), bits))
      return std::numeric_limits<I>::min();
  } else {
    if (value <= -F(1))
      return 0;
  }
  return static_cast<I>(value);
}

/// `cvt`: a register's value converted between isa::LaneTypes, given by number:
/// f32 f64 i32 u32 i64 u64.
uint64_t convertScalar(uint64_t bits, unsigned from, unsigned to);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_SCALARFLOAT_H
