//===- LaneOps.h - What a micro-operation does with one lane --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One struct per micro-operation, named as its instruction, with a static
// `run`. Floating results are made canonical by the loops.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_LANEOPS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_LANEOPS_H

#include "Emulator/Kernels/Numbers.h"

namespace ashlar::runtime::lane {

template <typename T>
inline constexpr bool kIsFloat = std::is_floating_point_v<T>;
template <typename T> inline constexpr int kWidth = int(sizeof(T) * 8);

// Unsigned arithmetic wraps, signed would be undefined.
template <typename T> struct WrapType {
  using type = std::make_unsigned_t<T>;
};
template <> struct WrapType<float> {
  using type = float;
};
template <> struct WrapType<double> {
  using type = double;
};
template <typename T> using Wrap = typename WrapType<T>::type;

#define ASHLAR_LANE_OP2(NAME, EXPR)                                            \
  struct NAME {                                                                \
    template <typename T> static ASHLAR_KERNEL_INLINE T run(T a, T b) {        \
      return EXPR;                                                             \
    }                                                                          \
  }
#define ASHLAR_LANE_OP1(NAME, EXPR)                                            \
  struct NAME {                                                                \
    template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {             \
      return EXPR;                                                             \
    }                                                                          \
  }

ASHLAR_LANE_OP2(VAdd, T(Wrap<T>(a) + Wrap<T>(b)));
ASHLAR_LANE_OP2(VSub, T(Wrap<T>(a) - Wrap<T>(b)));
ASHLAR_LANE_OP2(VMul, T(Wrap<T>(a) * Wrap<T>(b)));
ASHLAR_LANE_OP2(VMin, num::minimum(a, b));
ASHLAR_LANE_OP2(VMax, num::maximum(a, b));
ASHLAR_LANE_OP2(VMinnum, num::minimumNumber(a, b));
ASHLAR_LANE_OP2(VMaxnum, num::maximumNumber(a, b));
ASHLAR_LANE_OP2(VAnd, T(a &b));
ASHLAR_LANE_OP2(VOr, T(a | b));
ASHLAR_LANE_OP2(VXor, T(a ^ b));

ASHLAR_KERNEL_INLINE float copysign(float a, float b) {
  return __builtin_copysignf(a, b);
}
ASHLAR_KERNEL_INLINE double copysign(double a, double b) {
  return __builtin_copysign(a, b);
}
ASHLAR_LANE_OP2(VCopysign, copysign(a, b));

struct VDiv {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a, T b) {
    if constexpr (kIsFloat<T>) {
      return a / b;
    } else {
      bool negate = std::is_signed_v<T> && b == T(-1);
      T quotient = a / (b == 0 || negate ? T(1) : b);
      quotient = negate ? T(Wrap<T>(0) - Wrap<T>(a)) : quotient;
      return b == 0 ? T(-1) : quotient;
    }
  }
};

// fmod is exact, so every library gives the same.
ASHLAR_KERNEL_INLINE float fmod(float a, float b) {
  return __builtin_fmodf(a, b);
}
ASHLAR_KERNEL_INLINE double fmod(double a, double b) {
  return __builtin_fmod(a, b);
}
struct VRem {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a, T b) {
    if constexpr (kIsFloat<T>) {
      return fmod(a, b);
    } else {
      bool negate = std::is_signed_v<T> && b == T(-1);
      T rest = a % (b == 0 || negate ? T(1) : b);
      return b == 0 ? a : rest;
    }
  }
};

struct VShl {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a, T b) {
    Wrap<T> count = Wrap<T>(b);
    bool out = count >= Wrap<T>(kWidth<T>);
    return out ? T(0) : T(Wrap<T>(a) << (out ? 0 : count));
  }
};
struct VShr {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a, T b) {
    Wrap<T> count = Wrap<T>(b);
    bool out = count >= Wrap<T>(kWidth<T>);
    T all = std::is_signed_v<T> && a < 0 ? T(-1) : T(0);
    return out ? all : T(a >> (out ? 0 : count));
  }
};

struct VFma {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a, T b, T c) {
    if constexpr (kIsFloat<T>)
      return num::fusedMulAdd(a, b, c);
    else
      return T(Wrap<T>(a) * Wrap<T>(b) + Wrap<T>(c));
  }
};

struct VNeg {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {
    if constexpr (kIsFloat<T>)
      return -a;
    else
      return T(Wrap<T>(0) - Wrap<T>(a));
  }
};
struct VAbs {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {
    if constexpr (kIsFloat<T>)
      return copysign(a, T(1));
    else
      return a < T(0) ? T(Wrap<T>(0) - Wrap<T>(a)) : a;
  }
};
ASHLAR_LANE_OP1(VNot, T(~a));

ASHLAR_KERNEL_INLINE float floorOf(float a) { return __builtin_floorf(a); }
ASHLAR_KERNEL_INLINE double floorOf(double a) { return __builtin_floor(a); }
ASHLAR_KERNEL_INLINE float ceilOf(float a) { return __builtin_ceilf(a); }
ASHLAR_KERNEL_INLINE double ceilOf(double a) { return __builtin_ceil(a); }
ASHLAR_KERNEL_INLINE float sqrtOf(float a) { return __builtin_sqrtf(a); }
ASHLAR_KERNEL_INLINE double sqrtOf(double a) { return __builtin_sqrt(a); }
ASHLAR_LANE_OP1(VFloor, floorOf(a));
ASHLAR_LANE_OP1(VCeil, ceilOf(a));
ASHLAR_LANE_OP1(VTrunc, num::roundToZero(a));
ASHLAR_LANE_OP1(VRint, num::roundEven(a));
ASHLAR_LANE_OP1(VSqrt, sqrtOf(a));
ASHLAR_LANE_OP1(VRsqrt, T(1) / sqrtOf(a));
ASHLAR_LANE_OP1(VRcp, T(1) / a);
struct VRound {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {
    T whole = num::roundToZero(a);
    T rest = copysign(a - whole, T(1)); // exact
    return copysign(rest >= T(0.5) ? whole + copysign(T(1), a) : whole, a);
  }
};

struct VClz {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {
    return T(std::countl_zero(Wrap<T>(a)));
  }
};
struct VCtz {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {
    return T(std::countr_zero(Wrap<T>(a)));
  }
};
struct VPopcount {
  template <typename T> static ASHLAR_KERNEL_INLINE T run(T a) {
    return T(std::popcount(Wrap<T>(a)));
  }
};

// Comparisons.
#define ASHLAR_LANE_COMPARE(NAME, EXPR)                                        \
  struct NAME {                                                                \
    template <typename T> static ASHLAR_KERNEL_INLINE int32_t run(T a, T b) {  \
      return EXPR;                                                             \
    }                                                                          \
  }
ASHLAR_LANE_COMPARE(VEq, a == b);
ASHLAR_LANE_COMPARE(VNe, a != b);
ASHLAR_LANE_COMPARE(VLt, a < b);
ASHLAR_LANE_COMPARE(VLe, a <= b);
ASHLAR_LANE_COMPARE(VUno, (a != a) | (b != b));

} // namespace ashlar::runtime::lane

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_LANEOPS_H
