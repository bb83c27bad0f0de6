//===- MathTrig.h - Circular functions in f64 -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See MathExp.h for the rules that these functions keep. sin, cos and tan have
// a vectorisable form for |x| < kTrigLimit and a scalar one for any finite x.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHTRIG_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHTRIG_H

#include "Emulator/Kernels/MathExp.h"

namespace ashlar::runtime::math {

inline constexpr double kTrigLimit = 0x1p28;
inline constexpr double kHalfPi = 0x1.921fb54442d18p+0;
inline constexpr double kHalfPiLow = 0x1.1a62633145c07p-54;
inline constexpr double kHalfPiLowest = -0x1.f1976b7ed8fbcp-110;

/// x = quadrant pi/2 + r + low, |r| <= pi/4.
struct Angle {
  double r, low;
  uint64_t quadrant;
};

ASHLAR_KERNEL_INLINE Angle reduceAngle(double x) {
  double safe = __builtin_fabs(x) < kTrigLimit ? x : 0.0;
  double t = fma(safe, 0x1.45f306dc9c883p-1, kRounder);
  double k = t - kRounder;
  // Exact: both terms are multiples of 2^-52 (or of x's last place), the
  // difference is below 1.
  double a = fma(-k, kHalfPi, safe);
  double w = k * kHalfPiLow, wLow = fma(k, kHalfPiLow, -w);
  double r = a - w;
  // Two-sum, since w may exceed a.
  double back = r - a;
  double low = (a - (r - back)) - (w + back);
  low = low - (wLow + k * kHalfPiLowest);
  return {r, low, bits(t)};
}

/// 256 bits of mantissa times 2/pi, below a word for what overflows, from
/// `skip` bits behind the point of 2/pi.
inline void multiplyByTwoOverPi(uint64_t mantissa, int skip,
                                uint64_t (&product)[5]) {
  static constexpr uint64_t twoOverPi[20] = {
      0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u, 0xdb6295993c439041u,
      0xfe5163abdebbc561u, 0xb7246e3a424dd2e0u, 0x06492eea09d1921cu,
      0xfe1deb1cb129a73eu, 0xe88235f52ebb4484u, 0xe99c7026b45f7e41u,
      0x3991d639835339f4u, 0x9c845f8bbdf9283bu, 0x1ff897ffde05980fu,
      0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u, 0x4f463f669e5fea2du,
      0x7527bac7ebe5f17bu, 0x3d0739f78a5292eau, 0x6bfb5fb11f8d5d08u,
      0x56033046fc7b6babu, 0xf0cfbc209af4361du};
  unsigned __int128 carry = 0;
  for (int i = 3; i >= 0; --i) {
    int word = skip / 64 + i, shift = skip % 64;
    uint64_t hi = twoOverPi[word], lo = twoOverPi[word + 1];
    uint64_t window = shift ? hi << shift | lo >> (64 - shift) : hi;
    carry += static_cast<unsigned __int128>(mantissa) * window;
    product[i + 1] = uint64_t(carry);
    carry >>= 64;
  }
  product[0] = uint64_t(carry);
}

/// Any finite |x| >= 1, from 1280 bits of 2/pi.
inline Angle reduceHugeAngle(double x) {
  using Wide = unsigned __int128;
  uint64_t u = bits(__builtin_fabs(x));
  int exponent = int(u >> 52) - 1075; // |x| = mantissa 2^exponent
  uint64_t mantissa = (u & 0xfffffffffffffu) | uint64_t(1) << 52;
  // Bits of 2/pi above `skip` give multiples of 4 quadrants.
  int skip = exponent - 2 > 0 ? exponent - 2 : 0;
  // 256 bits are kept below the overflow that is multiples of 4 quadrants; the
  // binary point is 256 + skip - exponent down.
  uint64_t product[5];
  multiplyByTwoOverPi(mantissa, skip, product);
  // Moves the point to the top: integer bits above, 128 bits of fraction below.
  int integerBits = 64 + (exponent - skip);
  auto bitsFrom =
      [&](int from) { // 64 bits from a position counted from the top
        int word = from / 64, shift = from % 64;
        uint64_t hi = product[word], lo = word + 1 < 5 ? product[word + 1] : 0;
        return shift ? hi << shift | lo >> (64 - shift) : hi;
      };
  uint64_t quadrant = bitsFrom(integerBits - 2) >> 62;
  Wide fraction =
      Wide(bitsFrom(integerBits)) << 64 | bitsFrom(integerBits + 64);
  bool up = fraction >> 127;
  if (up) {
    fraction = -fraction;
    ++quadrant;
  }
  double hi = double(uint64_t(fraction >> 64) & ~uint64_t(0x7ff)) * 0x1p-64;
  double lo = double(uint64_t(fraction >> 11)) * 0x1p-117; // the next 64 bits
  if (hi < 0x1p-20) { // leading zeros: take the bits from where they begin
    int zeros = 0;
    while (zeros < 127 && !(fraction >> 127))
      fraction <<= 1, ++zeros;
    double scale = powerOfTwo(uint64_t(-zeros));
    hi = double(uint64_t(fraction >> 64) & ~uint64_t(0x7ff)) * 0x1p-64 * scale;
    lo = double(uint64_t(fraction >> 11)) * 0x1p-117 * scale;
  }
  double r = hi * kHalfPi;
  double low = fma(hi, kHalfPi, -r) + (hi * kHalfPiLow + lo * kHalfPi);
  double sum = r + low;
  low = (r - sum) + low;
  r = sum;
  bool flip = up != (x < 0);
  quadrant = x < 0 ? 0 - quadrant : quadrant;
  return {flip ? -r : r, flip ? -low : low, quadrant};
}

ASHLAR_KERNEL_INLINE double sinNear(double r, double low) {
  constexpr double c[] = {-1.0 / 6,
                          1.0 / 120,
                          -1.0 / 5040,
                          1.0 / 362880,
                          -1.0 / 39916800,
                          1.0 / 6227020800.0,
                          -1.0 / 1307674368000.0,
                          1.0 / 355687428096000.0};
  double z = r * r;
  double tail = r * z * horner(z, c);
  return r + (tail + low * (1.0 - 0.5 * z));
}

ASHLAR_KERNEL_INLINE double cosNear(double r, double low) {
  constexpr double c[] = {1.0 / 24,
                          -1.0 / 720,
                          1.0 / 40320,
                          -1.0 / 3628800,
                          1.0 / 479001600,
                          -1.0 / 87178291200.0,
                          1.0 / 20922789888000.0};
  double z = r * r, h = 0.5 * z;
  double w = 1.0 - h;
  return w + (((1.0 - w) - h) + (z * z * horner(z, c) - r * low));
}

ASHLAR_KERNEL_INLINE double sinOf(Angle a) {
  double s = sinNear(a.r, a.low), c = cosNear(a.r, a.low);
  double v = a.quadrant & 1 ? c : s;
  return a.quadrant & 2 ? -v : v;
}
ASHLAR_KERNEL_INLINE double cosOf(Angle a) {
  double s = sinNear(a.r, a.low), c = cosNear(a.r, a.low);
  double v = a.quadrant & 1 ? s : c;
  return (a.quadrant + 1) & 2 ? -v : v;
}
ASHLAR_KERNEL_INLINE double tanOf(Angle a) {
  double s = sinNear(a.r, a.low), c = cosNear(a.r, a.low);
  bool odd = a.quadrant & 1;
  return (odd ? -c : s) / (odd ? s : c);
}

// Below 2^-30 the cubic term is far under half a place of x.
ASHLAR_KERNEL_INLINE double sin(double x) {
  double r = sinOf(reduceAngle(x));
  return __builtin_fabs(x) < 0x1p-30 ? x : r;
}
ASHLAR_KERNEL_INLINE double cos(double x) { return cosOf(reduceAngle(x)); }
ASHLAR_KERNEL_INLINE double tan(double x) {
  double r = tanOf(reduceAngle(x));
  return __builtin_fabs(x) < 0x1p-30 ? x : r;
}

// What replaces these where |x| < kTrigLimit does not hold.
inline bool isHuge(double x) { return !(__builtin_fabs(x) < kTrigLimit); }
inline double sinHuge(double x) {
  return __builtin_isfinite(x) ? sinOf(reduceHugeAngle(x)) : __builtin_nan("");
}
inline double cosHuge(double x) {
  return __builtin_isfinite(x) ? cosOf(reduceHugeAngle(x)) : __builtin_nan("");
}
inline double tanHuge(double x) {
  return __builtin_isfinite(x) ? tanOf(reduceHugeAngle(x)) : __builtin_nan("");
}

//===----------------------------------------------------------------------===//
// Inverse functions
//===----------------------------------------------------------------------===//

/// The angle in [0, pi/2] of the point (d, n), n and d >= 0, not both 0 or inf:
/// tan(a - b) with b one of 0, atan(1/2), pi/4 leaves |t| <= 1/4 for the
/// series.
ASHLAR_KERNEL_INLINE double angleOf(double n, double d) {
  constexpr double c[] = {-1.0 / 3,  1.0 / 5,   -1.0 / 7, 1.0 / 9,   -1.0 / 11,
                          1.0 / 13,  -1.0 / 15, 1.0 / 17, -1.0 / 19, 1.0 / 21,
                          -1.0 / 23, 1.0 / 25,  -1.0 / 27};
  bool steep = n > d;
  double a = steep ? d : n, b = steep ? n : d;
  bool low = a < 0.25 * b, middle = a < 0.75 * b;
  double m = middle ? 0.5 : 1.0;
  double t = (low ? a : fma(-m, b, a)) / (low ? b : fma(m, a, b));
  double z = t * t;
  double tail = t * (z * horner(z, c));
  double base = low      ? 0.0
                : middle ? 0x1.dac670561bb4fp-2
                         : 0x1.921fb54442d18p-1;
  double baseLow = low      ? 0.0
                   : middle ? 0x1.a2b7f222f65e2p-56
                            : 0x1.1a62633145c07p-55;
  double over = low      ? kHalfPi
                : middle ? 0x1.1b6e192ebbe44p+0
                         : 0x1.921fb54442d18p-1;
  double overLow = low      ? kHalfPiLow
                   : middle ? 0x1.b1b466a88828ep-54
                            : 0x1.1a62633145c07p-55;
  double flat = base + (t + (tail + baseLow));
  double upright = over - (t + (tail - overLow));
  return steep ? upright : flat;
}

ASHLAR_KERNEL_INLINE double atan(double x) {
  double r = angleOf(__builtin_fabs(x), 1.0);
  return __builtin_copysign(x != x ? x : r, x);
}

ASHLAR_KERNEL_INLINE double asin(double x) {
  double a = __builtin_fabs(x);
  double r = angleOf(a, __builtin_sqrt((1.0 - a) * (1.0 + a)));
  r = a > 1 ? asDouble(num::kNan64) : r;
  return __builtin_copysign(x != x ? x : r, x);
}

ASHLAR_KERNEL_INLINE double acos(double x) {
  double a = __builtin_fabs(x);
  double r = angleOf(__builtin_sqrt((1.0 - a) * (1.0 + a)), a);
  r = x < 0 ? 2.0 * kHalfPi - (r - 2.0 * kHalfPiLow) : r;
  return a > 1 ? asDouble(num::kNan64) : r;
}

ASHLAR_KERNEL_INLINE double atan2(double y, double x) {
  double n = __builtin_fabs(y), d = __builtin_fabs(x);
  double large = n > d ? n : d;
  double scale = large > 0x1p1000 ? 0x1p-4 : large < 0x1p-900 ? 0x1p110 : 1.0;
  bool corner = n == d; // includes both 0 and both infinite
  double r = angleOf(corner ? 1.0 : n * scale, corner ? 1.0 : d * scale);
  r = n == 0 ? 0.0 : r;
  r = __builtin_signbit(x) ? 2.0 * kHalfPi - (r - 2.0 * kHalfPiLow) : r;
  r = (x != x || y != y) ? asDouble(num::kNan64) : r;
  return __builtin_copysign(r, y);
}

} // namespace ashlar::runtime::math

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATHTRIG_H
