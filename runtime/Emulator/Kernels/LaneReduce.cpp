//===- LaneReduce.cpp - Reductions, arg-reductions and scans --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/LaneOps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/LaneReduce.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

HWY_BEFORE_NAMESPACE();
namespace ashlar::runtime::lane {
namespace HWY_NAMESPACE {

template <typename Op, typename T>
void combineLoop(void *d, const void *a, const void *b, const void *,
                 size_t n) {
  const T *x = static_cast<const T *>(a), *y = static_cast<const T *>(b);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = num::canonical(Op::run(x[i], y[i]));
}

template <typename Op, typename T>
void accumulateLoop(void *partials, const void *values, size_t n) {
  T *p = static_cast<T *>(partials);
  const T *x = static_cast<const T *>(values);
  alignas(64) T sum[16];
  for (int j = 0; j < 16; ++j)
    sum[j] = p[j];
  size_t whole = n / 16 * 16;
  for (size_t i = 0; i < whole; i += 16) {
    ASHLAR_LANE_LOOP
    for (int j = 0; j < 16; ++j)
      sum[j] = num::canonical(Op::run(sum[j], x[i + j]));
  }
  for (size_t i = whole; i < n; ++i)
    sum[i - whole] = num::canonical(Op::run(sum[i - whole], x[i]));
  for (int j = 0; j < 16; ++j)
    p[j] = sum[j];
}

template <typename Op, typename T>
void scanLoop(void *values, void *state, size_t n, bool exclusive,
              bool reverse) {
  T *x = static_cast<T *>(values);
  T s = num::loadBytes<T>(state);
  for (size_t k = 0; k < n; ++k) {
    size_t i = reverse ? n - 1 - k : k;
    T next = num::canonical(Op::run(s, x[i]));
    x[i] = exclusive ? s : next;
    s = next;
  }
  num::storeBytes(state, s);
}

template <typename T> uint64_t identityBits(T value) {
  uint64_t u = 0;
  __builtin_memcpy(&u, &value, sizeof value);
  return u;
}

template <typename Op, typename T> Reduction make(T identity, T scanIdentity) {
  return {combineLoop<Op, T>, accumulateLoop<Op, T>, scanLoop<Op, T>,
          identityBits(identity), identityBits(scanIdentity)};
}
template <typename Op, typename T> Reduction make(T identity) {
  return make<Op, T>(identity, identity);
}

template <typename T> Reduction bitwise(isa::OutKind kind) {
  if constexpr (!kIsFloat<T>) {
    if (kind == isa::OutKind::And)
      return make<VAnd, T>(T(-1));
    if (kind == isa::OutKind::Or)
      return make<VOr, T>(T(0));
    if (kind == isa::OutKind::Xor)
      return make<VXor, T>(T(0));
  } else {
    T nan = num::canonical(std::numeric_limits<T>::quiet_NaN());
    if (kind == isa::OutKind::minnum)
      return make<VMinnum, T>(nan);
    if (kind == isa::OutKind::maxnum)
      return make<VMaxnum, T>(nan);
  }
  return {};
}

template <typename T> Reduction forType(isa::OutKind kind) {
  using K = isa::OutKind;
  using L = std::numeric_limits<T>;
  constexpr T top = L::has_infinity ? L::infinity() : L::max();
  constexpr T bottom = L::has_infinity ? -L::infinity() : L::lowest();
  switch (kind) {
  case K::sum:
  case K::scansum:
    return make<VAdd, T>(kIsFloat<T> ? T(-0.0) : T(0), T(0));
  case K::prod:
  case K::scanprod:
    return make<VMul, T>(T(1));
  case K::min:
  case K::scanmin:
    return make<VMin, T>(top);
  case K::max:
  case K::scanmax:
    return make<VMax, T>(bottom);
  default:
    return bitwise<T>(kind);
  }
}

Reduction reductionFn(isa::OutKind kind, isa::LaneType type) {
  switch (type) {
  case isa::LaneType::f32:
    return forType<float>(kind);
  case isa::LaneType::f64:
    return forType<double>(kind);
  case isa::LaneType::i32:
    return forType<int32_t>(kind);
  case isa::LaneType::u32:
    return forType<uint32_t>(kind);
  case isa::LaneType::i64:
    return forType<int64_t>(kind);
  case isa::LaneType::u64:
    return forType<uint64_t>(kind);
  }
  return {};
}

/// NaN beats numbers; of equals the first or the last stays.
template <typename T, bool maximum, bool last> struct Wins {
  static ASHLAR_KERNEL_INLINE bool over(T x, T best) {
    bool better = maximum ? x > best : x < best;
    bool nan = num::isNaN(x), bestNan = num::isNaN(best);
    bool same = (x == best) | (nan & bestNan);
    return (nan & !bestNan) | (better & !bestNan) | (last & same);
  }
};

template <typename W, typename T>
void argLanes(void *best, int64_t *index, const void *values, int64_t at,
              bool first, size_t n) {
  T *b = static_cast<T *>(best);
  const T *x = static_cast<const T *>(values);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i) {
    bool wins = first | W::over(x[i], b[i]);
    b[i] = wins ? x[i] : b[i];
    index[i] = wins ? at : index[i];
  }
}

template <typename W, typename T>
void argRow(void *best, int64_t *index, const void *values, int64_t at,
            bool first, size_t n) {
  const T *x = static_cast<const T *>(values);
  T b = first ? x[0] : num::loadBytes<T>(best);
  int64_t where = first ? at : *index;
  for (size_t i = first ? 1 : 0; i < n; ++i) {
    bool wins = W::over(x[i], b);
    b = wins ? x[i] : b;
    where = wins ? at + int64_t(i) : where;
  }
  num::storeBytes(best, b);
  *index = where;
}

template <typename T> ArgReduction argForType(bool maximum, bool last) {
  if (maximum)
    return last ? ArgReduction{argLanes<Wins<T, true, true>, T>,
                               argRow<Wins<T, true, true>, T>}
                : ArgReduction{argLanes<Wins<T, true, false>, T>,
                               argRow<Wins<T, true, false>, T>};
  return last ? ArgReduction{argLanes<Wins<T, false, true>, T>,
                             argRow<Wins<T, false, true>, T>}
              : ArgReduction{argLanes<Wins<T, false, false>, T>,
                             argRow<Wins<T, false, false>, T>};
}

ArgReduction argReductionFn(bool maximum, bool last, isa::LaneType type) {
  switch (type) {
  case isa::LaneType::f32:
    return argForType<float>(maximum, last);
  case isa::LaneType::f64:
    return argForType<double>(maximum, last);
  case isa::LaneType::i32:
    return argForType<int32_t>(maximum, last);
  case isa::LaneType::u32:
    return argForType<uint32_t>(maximum, last);
  case isa::LaneType::i64:
    return argForType<int64_t>(maximum, last);
  case isa::LaneType::u64:
    return argForType<uint64_t>(maximum, last);
  }
  return {};
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime::lane
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime::lane {
HWY_EXPORT(reductionFn);
HWY_EXPORT(argReductionFn);

Reduction reduction(isa::OutKind kind, isa::LaneType type) {
  return HWY_DYNAMIC_DISPATCH(reductionFn)(kind, type);
}
ArgReduction argReduction(bool maximum, bool last, isa::LaneType type) {
  return HWY_DYNAMIC_DISPATCH(argReductionFn)(maximum, last, type);
}
} // namespace ashlar::runtime::lane
#endif
