//===- MathExp.h - Exponentials in f64 ------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Straight-line functions of one f64, made of IEEE operations only, so that
// every host and every vector width gives the same bits. Results may be any
// NaN; the callers make it canonical. Coefficients are Taylor's unless said
// otherwise; docs/numerics.md has the error bounds.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHEXP_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHEXP_H

#include "Emulator/Kernels/Numbers.h"

#include <cstddef>

namespace ashlar::runtime::math {

using num::asDouble;
using num::bits;

ASHLAR_KERNEL_INLINE double fma(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}

/// c[0] + c[1] x + ..., fused Horner steps.
template <size_t N>
ASHLAR_KERNEL_INLINE double horner(double x, const double (&c)[N]) {
  double r = c[N - 1];
#pragma clang loop unroll(full)
  for (size_t i = N - 1; i-- > 0;)
    r = fma(r, x, c[i]);
  return r;
}

// Adding and subtracting this rounds |x| < 2^51 to an integer, which then also
// stands in the low bits.
inline constexpr double kRounder = 0x1.8p52;

ASHLAR_KERNEL_INLINE int64_t roundedBits(double withRounder) {
  return int64_t(bits(withRounder) - bits(kRounder));
}
/// |k| < 2^51 to f64 without a conversion instruction.
ASHLAR_KERNEL_INLINE double smallIntToDouble(int64_t k) {
  return asDouble(bits(kRounder) + uint64_t(k)) - kRounder;
}

inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;
inline constexpr double kLn2Low = 0x1.abc9e3b39803fp-56;
inline constexpr double kLog2e = 0x1.71547652b82fep+0;

/// (exp(r) - 1 - r) / r^2 for |r| <= 0.3467.
ASHLAR_KERNEL_INLINE double expTail(double r) {
  constexpr double c[] = {1.0 / 2,        1.0 / 6,         1.0 / 24,
                          1.0 / 120,      1.0 / 720,       1.0 / 5040,
                          1.0 / 40320,    1.0 / 362880,    1.0 / 3628800,
                          1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0};
  return horner(r, c);
}

// Unsigned, since NaNs make k meaningless and signed sums would overflow.

/// 2^k for -1022 <= k <= 1023.
ASHLAR_KERNEL_INLINE double powerOfTwo(uint64_t k) {
  return asDouble((k + 1023) << 52);
}

/// e * 2^k for |k| <= 2000, one rounding even where the result is subnormal.
ASHLAR_KERNEL_INLINE double scaleByPower(double e, uint64_t k) {
  uint64_t half = ((k + 4096) >> 1) - 2048;
  return e * powerOfTwo(half) * powerOfTwo(k - half);
}

/// x split as k ln 2 + r, |r| <= 0.3467; low is what r lacks.
struct ExpSplit {
  double r, low;
  int64_t k;
};
ASHLAR_KERNEL_INLINE ExpSplit splitExp(double x) {
  double t = fma(x, kLog2e, kRounder);
  double k = t - kRounder;
  double r = fma(-k, kLn2, x);
  return {r, -k * kLn2Low, roundedBits(t)};
}

ASHLAR_KERNEL_INLINE double clampTo(double x, double lo, double hi) {
  x = x > hi ? hi : x; // NaN stays
  return x < lo ? lo : x;
}

/// exp(x + low) * 2^adjust for a small correction `low`.
ASHLAR_KERNEL_INLINE double expScaled(double x, double low, int64_t adjust) {
  x = clampTo(x, -760, 720);
  ExpSplit s = splitExp(x);
  double r = s.r + (s.low + low);
  double e = 1.0 + (r + r * r * expTail(r));
  return scaleByPower(e, uint64_t(s.k) + uint64_t(adjust));
}

ASHLAR_KERNEL_INLINE double exp(double x) { return expScaled(x, 0, 0); }

ASHLAR_KERNEL_INLINE double exp2(double x) {
  x = clampTo(x, -1100, 1100);
  double t = x + kRounder;
  double f = x - (t - kRounder);
  double r = f * kLn2;
  r = r + (fma(f, kLn2, -r) + f * kLn2Low);
  double e = 1.0 + (r + r * r * expTail(r));
  return scaleByPower(e, uint64_t(roundedBits(t)));
}

ASHLAR_KERNEL_INLINE double expm1(double x) {
  double c = clampTo(x, -60, 720);
  ExpSplit s = splitExp(c);
  double r = s.r + s.low;
  double p = r + r * r * expTail(r);
  bool big = s.k > 60; // 1 no longer shows
  double power = powerOfTwo(big ? 0 : uint64_t(s.k));
  double y = fma(power, p, power - 1.0);
  y = big ? scaleByPower(1.0 + p, uint64_t(s.k)) : y;
  return x == 0 ? x : y;
}

ASHLAR_KERNEL_INLINE double sigmoid(double x) {
  double e = exp(-__builtin_fabs(x));
  return (x >= 0 ? 1.0 : e) / (1.0 + e);
}

ASHLAR_KERNEL_INLINE double sinh(double x) {
  double a = __builtin_fabs(x);
  double t = expm1(a);
  double small = 0.5 * (t + t / (t + 1.0));
  double r = a > 22 ? expScaled(a, 0, -1) : small;
  return __builtin_copysign(r, x);
}

ASHLAR_KERNEL_INLINE double cosh(double x) {
  double a = __builtin_fabs(x);
  double e = exp(a);
  double r = a > 22 ? expScaled(a, 0, -1) : 0.5 * (e + 1.0 / e);
  return r;
}

ASHLAR_KERNEL_INLINE double tanh(double x) {
  double a = __builtin_fabs(x);
  double t = expm1(2.0 * (a > 22 ? 22.0 : a));
  double r = a > 22 ? 1.0 : t / (t + 2.0);
  return __builtin_copysign(x != x ? x : r, x);
}

/// erf: Taylor below 1; above, 1 - exp(-x^2) g(x) with a Chebyshev fit of
/// g(x) = exp(x^2) erfc(x) on [1, 6] (relative error below 3e-18) in
/// u = (2 / (x + 2) - 11/24) * 4.8.
ASHLAR_KERNEL_INLINE double erf(double x) {
  constexpr double taylor[] = {
      0x1.20dd750429b6dp+0,   -0x1.812746b0379e7p-2,  0x1.ce2f21a042be2p-4,
      -0x1.b82ce31288b51p-6,  0x1.565bcd0e6a53fp-8,   -0x1.c02db40040b86p-11,
      0x1.f9a326f9b89b7p-14,  -0x1.f4d25c3e0c2ebp-17, 0x1.b9e6c9dc651a3p-20,
      -0x1.5f742ec43e71ap-23, 0x1.fcc5720624c1cp-27,  -0x1.51d7181c5d36dp-30,
      0x1.9e6ad5e55a730p-34,  -0x1.d8453cb0c46eap-38, 0x1.f683ae4a97007p-42,
      -0x1.f56f071a885cfp-46, 0x1.d70b3537f4765p-50,  -0x1.a2007af3447f6p-54,
      0x1.5f7919bc67b8cp-58,  -0x1.18cc8a061c479p-62};
  constexpr double tail[] = {
      0x1.c57cd9cd3f3a9p-3,   0x1.4b8edae15a041p-3,   0x1.3be3609c853a8p-5,
      0x1.6e44c72762eddp-8,   0x1.9d6e4a467b08dp-13,  -0x1.52ddf8014affdp-14,
      -0x1.ec9d23526a800p-18, 0x1.09b139e01e50ap-19,  0x1.5f1cbcf43250dp-23,
      -0x1.2ce04abf72b09p-24, -0x1.439a8a043b80dp-31, 0x1.68a3e08dfcbb3p-29,
      -0x1.2767247ad4a5cp-32, -0x1.43b96367207b9p-34, 0x1.851410b153c1ep-36,
      -0x1.396f93c31951cp-43, -0x1.065ff0aa057ecp-40, 0x1.4669b17eea8dbp-43};
  double a = __builtin_fabs(x);
  double small = a > 1 ? 1.0 : a;
  double inner = small * horner(small * small, taylor);
  double large = clampTo(a, 1, 6);
  double u =
      (2.0 / (large + 2.0) - 0x1.d555555555555p-2) * 0x1.3333333333333p+2;
  double outer = 1.0 - exp(-large * large) * horner(u, tail);
  double r = a < 1 ? inner : outer;
  r = a >= 6 ? 1.0 : r;
  return __builtin_copysign(x != x ? x : r, x);
}

} // namespace ashlar::runtime::math

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHEXP_H
