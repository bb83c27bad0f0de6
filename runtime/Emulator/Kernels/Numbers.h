//===- Numbers.h - Bits, roundings and conversions of one element ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything here is free of branches and of host-dependent rounding, and is
// inlined into loops that the compiler vectorises for each target; the results
// are the same at every width. docs/numerics.md says what is computed.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_NUMBERS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_NUMBERS_H

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#define ASHLAR_KERNEL_INLINE inline __attribute__((always_inline))

namespace ashlar::runtime::num {

//===----------------------------------------------------------------------===//
// NaN
//===----------------------------------------------------------------------===//

inline constexpr uint32_t kNan32 = 0x7fc00000u;
inline constexpr uint64_t kNan64 = 0x7ff8000000000000u;

ASHLAR_KERNEL_INLINE uint32_t bits(float x) {
  return std::bit_cast<uint32_t>(x);
}
ASHLAR_KERNEL_INLINE uint64_t bits(double x) {
  return std::bit_cast<uint64_t>(x);
}
ASHLAR_KERNEL_INLINE float asFloat(uint32_t x) {
  return std::bit_cast<float>(x);
}
ASHLAR_KERNEL_INLINE double asDouble(uint64_t x) {
  return std::bit_cast<double>(x);
}

/// The value, or the canonical NaN for any NaN. Integers pass. Done on bits: to
/// LLVM all NaNs that arithmetic gives are alike, and it may drop a selection
/// of one.
ASHLAR_KERNEL_INLINE float canonical(float x) {
  uint32_t u = bits(x);
  return asFloat((u & 0x7fffffffu) > 0x7f800000u ? kNan32 : u);
}
ASHLAR_KERNEL_INLINE double canonical(double x) {
  uint64_t u = bits(x);
  return asDouble((u & 0x7fffffffffffffffu) > 0x7ff0000000000000u ? kNan64 : u);
}
template <typename T>
  requires std::is_integral_v<T>
ASHLAR_KERNEL_INLINE T canonical(T x) {
  return x;
}

ASHLAR_KERNEL_INLINE float fusedMulAdd(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
ASHLAR_KERNEL_INLINE double fusedMulAdd(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}

//===----------------------------------------------------------------------===//
// Small floats
//===----------------------------------------------------------------------===//

ASHLAR_KERNEL_INLINE float halfToFloat(uint16_t h) {
  uint32_t magnitude = uint32_t(h & 0x7fffu) << 13;
  // The product is exact and puts subnormals right; infinities come out finite.
  uint32_t u = bits(asFloat(magnitude) * 0x1p112f);
  u = magnitude >= 0x0f800000u ? (u | 0x7f800000u) : u;
  u = magnitude > 0x0f800000u ? kNan32 : u | uint32_t(h & 0x8000u) << 16;
  return asFloat(u);
}

ASHLAR_KERNEL_INLINE float bfloatToFloat(uint16_t h) {
  return canonical(asFloat(uint32_t(h) << 16));
}

ASHLAR_KERNEL_INLINE float e4m3ToFloat(uint8_t b) {
  uint32_t magnitude = uint32_t(b & 0x7fu) << 20;
  uint32_t u = bits(asFloat(magnitude) * 0x1p120f) | uint32_t(b & 0x80u) << 24;
  return asFloat((b & 0x7fu) == 0x7fu ? kNan32 : u);
}

ASHLAR_KERNEL_INLINE float e5m2ToFloat(uint8_t b) {
  return halfToFloat(uint16_t(uint16_t(b) << 8));
}

/// Rounds an f32 magnitude to a format with `Mantissa` stored bits and exponent
/// bias `Bias`, ties to even; overflow carries into the exponent.
template <int Mantissa, int Bias>
ASHLAR_KERNEL_INLINE uint32_t roundMagnitude(uint32_t u) {
  constexpr int shift = 23 - Mantissa;
  // Adding a number whose last place is the target's smallest subnormal rounds.
  constexpr uint32_t magic = uint32_t(127 + (1 - Bias - Mantissa) + 23) << 23;
  constexpr uint32_t smallestNormal = uint32_t(127 + 1 - Bias) << 23;
  uint32_t tiny = bits(asFloat(u) + asFloat(magic)) - magic;
  uint32_t odd = (u >> shift) & 1u;
  uint32_t rounded =
      u + (uint32_t(Bias - 127) << 23) + ((1u << (shift - 1)) - 1u) + odd;
  return u < smallestNormal ? tiny : rounded >> shift;
}

ASHLAR_KERNEL_INLINE uint16_t floatToHalf(float x) {
  uint32_t u = bits(x), magnitude = u & 0x7fffffffu;
  uint32_t r = roundMagnitude<10, 15>(magnitude);
  r = magnitude >= 0x47800000u ? 0x7c00u : r;
  r |= (u >> 16) & 0x8000u;
  return uint16_t(magnitude > 0x7f800000u ? 0x7e00u : r);
}

ASHLAR_KERNEL_INLINE uint16_t floatToBfloat(float x) {
  uint32_t u = bits(x);
  uint32_t r = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  return uint16_t((u & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : r);
}

ASHLAR_KERNEL_INLINE uint8_t floatToE4m3(float x) {
  uint32_t u = bits(x), magnitude = u & 0x7fffffffu;
  uint32_t clamped = magnitude > 0x43e00000u ? 0x43e00000u : magnitude; // 448
  uint32_t r = roundMagnitude<3, 7>(clamped) | ((u >> 24) & 0x80u);
  return uint8_t(magnitude > 0x7f800000u ? 0x7fu : r);
}

ASHLAR_KERNEL_INLINE uint8_t floatToE5m2(float x) {
  uint32_t u = bits(x), magnitude = u & 0x7fffffffu;
  uint32_t r = roundMagnitude<2, 15>(magnitude);
  r = magnitude >= 0x47800000u ? 0x7cu : r;
  r |= (u >> 24) & 0x80u;
  return uint8_t(magnitude > 0x7f800000u ? 0x7eu : r);
}

/// f64 to f32 rounded to odd: rounding the result once more, to a format of at
/// most 22 bits of significand, gives the f64 rounded once.
ASHLAR_KERNEL_INLINE float doubleToFloatOdd(double x) {
  float f = float(x);
  uint32_t u = bits(f);
  double back = double(f);
  double ax = __builtin_fabs(x), ab = __builtin_fabs(back);
  uint32_t odd = u & 1u;
  // Inexact and even: step towards x, which is odd.
  uint32_t stepped = ab > ax ? u - 1u : u + 1u;
  return asFloat(((back == x) | (x != x) | (odd != 0)) ? u : stepped);
}

//===----------------------------------------------------------------------===//
// Numbers to integers
//===----------------------------------------------------------------------===//

ASHLAR_KERNEL_INLINE float roundEven(float x) { return __builtin_rintf(x); }
ASHLAR_KERNEL_INLINE double roundEven(double x) { return __builtin_rint(x); }
ASHLAR_KERNEL_INLINE float roundToZero(float x) { return __builtin_truncf(x); }
ASHLAR_KERNEL_INLINE double roundToZero(double x) { return __builtin_trunc(x); }

/// Integers are never NaN.
template <typename T> ASHLAR_KERNEL_INLINE bool isNaN(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return __builtin_isnan(x);
  else
    return false;
}

/// An already integral float to an integer type: saturates, NaN gives 0.
template <typename I, typename F> ASHLAR_KERNEL_INLINE I saturate(F x) {
  // The first float above the range is a power of two, exact in either type.
  constexpr F above =
      F(uint64_t(1) << (std::numeric_limits<I>::digits - 1)) * F(2);
  constexpr F below = std::is_signed_v<I> ? -above : F(0);
  bool high = x >= above, low = x < below, nan = isNaN(x);
  F safe = (high | low | nan) ? F(0) : x;
  I i = I(safe);
  i = high ? std::numeric_limits<I>::max() : i;
  return low ? std::numeric_limits<I>::min() : i;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

// min and max: NaN if either is NaN; -0 is below +0.
template <typename T> ASHLAR_KERNEL_INLINE T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    bool aLess = a < b || (a == b && __builtin_signbit(a));
    T r = aLess ? a : b;
    return (isNaN(a) || isNaN(b)) ? canonical(a + b) : r;
  } else {
    return a < b ? a : b;
  }
}
template <typename T> ASHLAR_KERNEL_INLINE T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    bool aMore = a > b || (a == b && !__builtin_signbit(a));
    T r = aMore ? a : b;
    return (isNaN(a) || isNaN(b)) ? canonical(a + b) : r;
  } else {
    return a > b ? a : b;
  }
}
/// The number if one is NaN.
template <typename T> ASHLAR_KERNEL_INLINE T minimumNumber(T a, T b) {
  T r = minimum(a, b);
  r = isNaN(a) ? b : r;
  return canonical(isNaN(b) ? a : r);
}
template <typename T> ASHLAR_KERNEL_INLINE T maximumNumber(T a, T b) {
  T r = maximum(a, b);
  r = isNaN(a) ? b : r;
  return canonical(isNaN(b) ? a : r);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

template <typename T> ASHLAR_KERNEL_INLINE T loadBytes(const void *p) {
  T v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <typename T> ASHLAR_KERNEL_INLINE void storeBytes(void *p, T v) {
  __builtin_memcpy(p, &v, sizeof v);
}

} // namespace ashlar::runtime::num

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_NUMBERS_H
