//===- MathLog.h - Logarithms, powers and roots in f64 --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See MathExp.h for the rules that these functions keep.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHLOG_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHLOG_H

#include "Emulator/Kernels/MathExp.h"

namespace ashlar::runtime::math {

inline constexpr double kInfinity = __builtin_inf();

// ln 2 with 32 bits (products with an exponent are exact) and the rest.
inline constexpr double kLn2Short = 0x1.62e42ff000000p-1;
inline constexpr double kLn2Rest = -0x1.718432a1b0e26p-35;

/// x = m 2^k with m in [sqrt(1/2), sqrt(2)); x > 0 and finite.
struct LogSplit {
  double m, k;
};
ASHLAR_KERNEL_INLINE LogSplit splitLog(double x) {
  bool tiny = x < 0x1p-1022;
  double scaled = tiny ? x * 0x1p54 : x;
  uint64_t u = bits(scaled);
  uint64_t above = u - 0x3fe6a09e667f3bcdu + (uint64_t(1024) << 52);
  int64_t k = int64_t(above >> 52) - 1024;
  double m = asDouble(u - (uint64_t(k) << 52));
  return {m, smallIntToDouble(k - (tiny ? 54 : 0))};
}

/// log(1 + f) - f + f^2/2 = s (f^2/2 + R), s = f / (2 + f), from the series of
/// the inverse hyperbolic tangent, |s| <= 0.1716.
ASHLAR_KERNEL_INLINE double logTail(double f, double halfSquare) {
  constexpr double c[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                          2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
  double s = f / (2.0 + f);
  double z = s * s;
  return s * (halfSquare + z * horner(z, c));
}

ASHLAR_KERNEL_INLINE double logOfOnePlus(double f) {
  double h = 0.5 * f * f;
  return f - (h - logTail(f, h));
}

/// Results of logarithms outside (0, inf).
ASHLAR_KERNEL_INLINE double logSpecial(double x, double r) {
  r = x == kInfinity ? x : r;
  r = x == 0 ? -kInfinity : r;
  return (x < 0 || x != x) ? asDouble(num::kNan64) : r;
}
ASHLAR_KERNEL_INLINE double safeForLog(double x) {
  return (x > 0 && x < kInfinity) ? x : 1.0;
}

ASHLAR_KERNEL_INLINE double log(double x) {
  LogSplit s = splitLog(safeForLog(x));
  double f = s.m - 1.0, h = 0.5 * f * f;
  double r = s.k * kLn2Short - ((h - (logTail(f, h) + s.k * kLn2Rest)) - f);
  return logSpecial(x, r);
}

ASHLAR_KERNEL_INLINE double log2(double x) {
  constexpr double low = 0x1.777d0ffda0d24p-56;
  LogSplit s = splitLog(safeForLog(x));
  double l = logOfOnePlus(s.m - 1.0);
  return logSpecial(x, fma(l, kLog2e, fma(l, low, s.k)));
}

ASHLAR_KERNEL_INLINE double log10(double x) {
  constexpr double scale = 0x1.bcb7b1526e50ep-2, low = 0x1.95355baaafad3p-57;
  LogSplit s = splitLog(safeForLog(x));
  double l = logOfOnePlus(s.m - 1.0);
  double rest = fma(l, low, s.k * -0x1.0c0219dc1da99p-39);
  return logSpecial(x, s.k * 0x1.3441350a00000p-2 + fma(l, scale, rest));
}

ASHLAR_KERNEL_INLINE double log1p(double x) {
  double safe = (x > -1 && x < kInfinity) ? x : 0.0;
  double u = 1.0 + safe;
  LogSplit s = splitLog(u);
  double lost = (u > 2 ? 1.0 - (u - safe) : safe - (u - 1.0)) / u;
  double f = s.k == 0 ? safe : s.m - 1.0;
  double h = 0.5 * f * f;
  double rest = s.k * kLn2Rest + (s.k == 0 ? 0.0 : lost);
  double r = s.k * kLn2Short - ((h - (logTail(f, h) + rest)) - f);
  r = __builtin_fabs(safe) < 0x1p-54 ? safe : r;
  r = x == kInfinity ? x : r;
  r = x == -1 ? -kInfinity : r;
  return (x < -1 || x != x) ? asDouble(num::kNan64) : r;
}

ASHLAR_KERNEL_INLINE double asinh(double x) {
  double a = __builtin_fabs(x);
  double s = a > 0x1p28 ? 1.0 : a;
  double near = log1p(s + s * s / (1.0 + __builtin_sqrt(1.0 + s * s)));
  double far = log(a) + kLn2;
  return __builtin_copysign(a > 0x1p28 ? far : near, x);
}

ASHLAR_KERNEL_INLINE double acosh(double x) {
  double t = (x > 0x1p28 ? 2.0 : x) - 1.0; // below 0: a NaN out of the root
  double near = log1p(t + __builtin_sqrt(2.0 * t + t * t));
  double far = log(x) + kLn2;
  double r = x > 0x1p28 ? far : near;
  return x < 1 ? asDouble(num::kNan64) : r;
}

ASHLAR_KERNEL_INLINE double atanh(double x) {
  double a = __builtin_fabs(x);
  double r = 0.5 * log1p(2.0 * a / (1.0 - a));
  r = a < 0x1p-54 ? a : r;
  r = a > 1 ? asDouble(num::kNan64) : r;
  return __builtin_copysign(r, x);
}

//===----------------------------------------------------------------------===//
// Power
//===----------------------------------------------------------------------===//

/// x^y for finite x > 0 and any y; the logarithm is carried with 64 bits.
ASHLAR_KERNEL_INLINE double powPositive(double x, double y) {
  constexpr double third = 0x1.5555555555555p-2,
                   thirdLow = 0x1.5555555555555p-56;
  constexpr double c[] = {1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                          1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
  LogSplit split = splitLog(x);
  // s = f / (2 + f), z = s^2, w = z / 3, each as a sum of two.
  double f = split.m - 1.0;
  double d = split.m + 1.0, dLow = split.m - (d - 1.0);
  double s = f / d;
  double sLow = (fma(-s, d, f) - s * dLow) / d;
  double z = s * s, zLow = fma(s, s, -z) + 2.0 * s * sLow;
  double w = z * third;
  double wLow = fma(z, third, -w) + (z * thirdLow + zLow * third);
  double p = 1.0 + w;
  double pLow = ((1.0 - p) + w) + fma(z * z, horner(z, c), wLow);
  double s2 = 2.0 * s;
  double l = s2 * p;
  double lLow = fma(s2, p, -l) + (s2 * pLow + 2.0 * sLow * p);
  // log x = k ln 2 + l.
  double a = split.k * kLn2Short;
  double t = a + l;
  double tLow = ((a - t) + l) + (lLow + split.k * kLn2Rest);
  double h = t + tLow, hLow = (t - h) + tLow;
  double e = y * h;
  double eLow = fma(y, h, -e) + y * hLow;
  bool far = !(__builtin_fabs(e) < 800);
  return expScaled(e, far ? 0.0 : eLow, 0);
}

/// Completes powPositive(|x|, y) to IEEE 754's pow.
inline double powSpecial(double x, double y, double r) {
  if (y == 0 || x == 1)
    return 1;
  if (x != x || y != y)
    return asDouble(num::kNan64);
  double ax = __builtin_fabs(x), ay = __builtin_fabs(y);
  bool whole = ay >= 0x1p53 || __builtin_trunc(y) == y;
  bool odd = whole && ay < 0x1p53 && (int64_t(ay) & 1);
  if (ay == kInfinity)
    r = ax == 1 ? 1 : (ax > 1) == (y > 0) ? kInfinity : 0;
  else if (ax == 0 || ax == kInfinity)
    r = (ax == 0) == (y > 0) ? 0 : kInfinity;
  else if (x < 0 && !whole)
    return asDouble(num::kNan64);
  return odd && __builtin_signbit(x) ? -r : r;
}

//===----------------------------------------------------------------------===//
// Cube root
//===----------------------------------------------------------------------===//

ASHLAR_KERNEL_INLINE double cbrt(double x) {
  double a = __builtin_fabs(x);
  bool special = !(a < kInfinity) | (a == 0);
  double safe = special ? 1.0 : a;
  bool tiny = safe < 0x1p-900, vast = safe > 0x1p900; // t^3 must not leave f64
  safe *= tiny ? 0x1p120 : vast ? 0x1p-240 : 1.0;
  // A third of the exponent (and, roughly, of the logarithm of the mantissa).
  uint32_t high = uint32_t(bits(safe) >> 32);
  uint32_t guess = uint32_t((uint64_t(high) * 0x55555556u) >> 32) + 715094163u;
  double t = asDouble(uint64_t(guess) << 32);
#pragma clang loop unroll(full)
  for (int i = 0; i < 3; ++i) { // Halley: each step triples the digits
    double t3 = t * t * t;
    t = t - t * ((t3 - safe) / (2.0 * t3 + safe));
  }
  double square = t * t, squareLow = fma(t, t, -square);
  double cube = square * t;
  double residue = (cube - safe) + (fma(square, t, -cube) + squareLow * t);
  t = t - residue / (3.0 * square);
  t *= tiny ? 0x1p-40 : vast ? 0x1p80 : 1.0;
  return special ? x : __builtin_copysign(t, x);
}

} // namespace ashlar::runtime::math

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHLOG_H
