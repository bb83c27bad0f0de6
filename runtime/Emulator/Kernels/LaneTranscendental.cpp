//===- LaneTranscendental.cpp - Exponentials, logarithms, angles ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// f32 lanes are computed in f64 and rounded once.
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/MathLog.h"
#include "Emulator/Kernels/MathTrig.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/LaneTranscendental.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

HWY_BEFORE_NAMESPACE();
namespace ashlar::runtime::lane {
namespace HWY_NAMESPACE {

template <double (*f)(double), typename T>
void unaryLoop(void *d, const void *a, const void *, const void *, size_t n) {
  const T *x = static_cast<const T *>(a);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(T(f(double(x[i]))));
}

/// Functions whose fast form holds for small arguments only. Needs d != a.
template <double (*f)(double), double (*huge)(double), typename T>
void circularLoop(void *d, const void *a, const void *, const void *,
                  size_t n) {
  const T *x = static_cast<const T *>(a);
  T *r = static_cast<T *>(d);
  uint32_t any = 0;
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i) {
    any |= uint32_t(math::isHuge(double(x[i])));
    r[i] = num::canonical(T(f(double(x[i]))));
  }
  if (!any)
    return;
  for (size_t i = 0; i < n; ++i)
    if (math::isHuge(double(x[i])))
      r[i] = num::canonical(T(huge(double(x[i]))));
}

template <typename T>
void atan2Loop(void *d, const void *a, const void *b, const void *, size_t n) {
  const T *y = static_cast<const T *>(a), *x = static_cast<const T *>(b);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(T(math::atan2(double(y[i]), double(x[i]))));
}

/// Needs d != a and d != b.
template <typename T>
void powLoop(void *d, const void *a, const void *b, const void *, size_t n) {
  const T *x = static_cast<const T *>(a), *y = static_cast<const T *>(b);
  T *r = static_cast<T *>(d);
  uint32_t special = 0;
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i) {
    double base = double(x[i]), power = double(y[i]);
    bool plain = base > 0 && base < math::kInfinity &&
                 __builtin_fabs(power) < math::kInfinity;
    special |= uint32_t(!plain);
    double magnitude = __builtin_fabs(base);
    magnitude = magnitude > 0 && magnitude < math::kInfinity ? magnitude : 1.0;
    r[i] = num::canonical(T(math::powPositive(magnitude, power)));
  }
  if (!special)
    return;
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(
        T(math::powSpecial(double(x[i]), double(y[i]), double(r[i]))));
}

#define UNARY(OP, F)                                                           \
  case isa::Opcode::OP:                                                        \
    return unaryLoop<math::F, T>
#define CIRCULAR(OP, F)                                                        \
  case isa::Opcode::OP:                                                        \
    return circularLoop<math::F, math::F##Huge, T>

template <typename T> Fn forType(isa::Opcode op) {
  switch (op) {
    UNARY(VExp, exp);
    UNARY(VExp2, exp2);
    UNARY(VExpm1, expm1);
    UNARY(VLog, log);
    UNARY(VLog2, log2);
    UNARY(VLog10, log10);
    UNARY(VLog1p, log1p);
    CIRCULAR(VSin, sin);
    CIRCULAR(VCos, cos);
    CIRCULAR(VTan, tan);
    UNARY(VAsin, asin);
    UNARY(VAcos, acos);
    UNARY(VAtan, atan);
    UNARY(VSinh, sinh);
    UNARY(VCosh, cosh);
    UNARY(VTanh, tanh);
    UNARY(VAsinh, asinh);
    UNARY(VAcosh, acosh);
    UNARY(VAtanh, atanh);
    UNARY(VErf, erf);
    UNARY(VCbrt, cbrt);
    UNARY(VSigmoid, sigmoid);
  case isa::Opcode::VPow:
    return powLoop<T>;
  case isa::Opcode::VAtan2:
    return atan2Loop<T>;
  default:
    return nullptr;
  }
}
#undef UNARY
#undef CIRCULAR

Fn transcendentalFn(isa::Opcode op, isa::LaneType type) {
  if (type == isa::LaneType::f32)
    return forType<float>(op);
  return type == isa::LaneType::f64 ? forType<double>(op) : nullptr;
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime::lane
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime::lane {
HWY_EXPORT(transcendentalFn);
Fn transcendental(isa::Opcode op, isa::LaneType type) {
  return HWY_DYNAMIC_DISPATCH(transcendentalFn)(op, type);
}
} // namespace ashlar::runtime::lane
#endif
