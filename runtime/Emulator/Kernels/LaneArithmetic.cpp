//===- LaneArithmetic.cpp - Arithmetic, comparison, selection, bits -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/LaneOps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/LaneArithmetic.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

HWY_BEFORE_NAMESPACE();
namespace ashlar::runtime::lane {
namespace HWY_NAMESPACE {

template <typename Op, typename T>
void loop1(void *d, const void *a, const void *, const void *, size_t n) {
  const T *x = static_cast<const T *>(a);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(Op::run(x[i]));
}

template <typename Op, typename T>
void loop2(void *d, const void *a, const void *b, const void *, size_t n) {
  using R = decltype(Op::run(T(), T()));
  const T *x = static_cast<const T *>(a), *y = static_cast<const T *>(b);
  R *r = static_cast<R *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(Op::run(x[i], y[i]));
}

template <typename Op, typename T>
void loop3(void *d, const void *a, const void *b, const void *c, size_t n) {
  const T *x = static_cast<const T *>(a), *y = static_cast<const T *>(b),
          *z = static_cast<const T *>(c);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(Op::run(x[i], y[i], z[i]));
}

template <typename T>
void selectLoop(void *d, const void *a, const void *b, const void *c,
                size_t n) {
  const T *x = static_cast<const T *>(a), *y = static_cast<const T *>(b);
  const int32_t *z = static_cast<const int32_t *>(c);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = z[i] != 0 ? x[i] : y[i];
}

#define CASE1(NAME)                                                            \
  case isa::Opcode::NAME:                                                      \
    return loop1<NAME, T>
#define CASE2(NAME)                                                            \
  case isa::Opcode::NAME:                                                      \
    return loop2<NAME, T>

template <typename T> Fn anyType(isa::Opcode op) {
  switch (op) {
    CASE2(VAdd);
    CASE2(VSub);
    CASE2(VMul);
    CASE2(VMin);
    CASE2(VMax);
    CASE2(VDiv);
    CASE2(VRem);
    CASE2(VEq);
    CASE2(VNe);
    CASE2(VLt);
    CASE2(VLe);
    CASE1(VNeg);
    CASE1(VAbs);
  case isa::Opcode::VFma:
    return loop3<VFma, T>;
  default:
    return nullptr;
  }
}

template <typename T> Fn floatType(isa::Opcode op) {
  switch (op) {
    CASE2(VMinnum);
    CASE2(VMaxnum);
    CASE2(VCopysign);
    CASE2(VUno);
    CASE1(VFloor);
    CASE1(VCeil);
    CASE1(VTrunc);
    CASE1(VRint);
    CASE1(VRound);
    CASE1(VSqrt);
    CASE1(VRsqrt);
    CASE1(VRcp);
  default:
    return anyType<T>(op);
  }
}

template <typename T> Fn integerType(isa::Opcode op) {
  switch (op) {
    CASE2(VAnd);
    CASE2(VOr);
    CASE2(VXor);
    CASE2(VShl);
    CASE2(VShr);
    CASE1(VNot);
    CASE1(VClz);
    CASE1(VCtz);
    CASE1(VPopcount);
  default:
    return anyType<T>(op);
  }
}

#undef CASE1
#undef CASE2

Fn arithmeticFn(isa::Opcode op, isa::LaneType type) {
  switch (type) {
  case isa::LaneType::f32:
    return floatType<float>(op);
  case isa::LaneType::f64:
    return floatType<double>(op);
  case isa::LaneType::i32:
    return integerType<int32_t>(op);
  case isa::LaneType::u32:
    return integerType<uint32_t>(op);
  case isa::LaneType::i64:
    return integerType<int64_t>(op);
  case isa::LaneType::u64:
    return integerType<uint64_t>(op);
  }
  return nullptr;
}

Fn selectFn(bool wide) {
  return wide ? selectLoop<uint64_t> : selectLoop<uint32_t>;
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime::lane
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime::lane {
HWY_EXPORT(arithmeticFn);
HWY_EXPORT(selectFn);

Fn arithmetic(isa::Opcode op, isa::LaneType type) {
  return HWY_DYNAMIC_DISPATCH(arithmeticFn)(op, type);
}
Fn select(bool wide) { return HWY_DYNAMIC_DISPATCH(selectFn)(wide); }
} // namespace ashlar::runtime::lane
#endif
