//===- LaneConvert.cpp - Conversions between lane types -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/Numbers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/LaneConvert.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

HWY_BEFORE_NAMESPACE();
namespace ashlar::runtime::lane {
namespace HWY_NAMESPACE {

template <typename To, typename From, bool even>
ASHLAR_KERNEL_INLINE To convertOne(From x) {
  if constexpr (std::is_floating_point_v<To>)
    return num::canonical(To(x));
  else if constexpr (std::is_floating_point_v<From>)
    return num::saturate<To>(even ? num::roundEven(x) : num::roundToZero(x));
  else
    return To(x);
}

template <typename To, typename From, bool even>
void convertLoop(void *d, const void *a, const void *, const void *, size_t n) {
  const From *x = static_cast<const From *>(a);
  To *r = static_cast<To *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = convertOne<To, From, even>(x[i]);
}

template <typename To, typename From> Fn pickMode(bool even) {
  // The mode matters from floats to integers only.
  if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>)
    return even ? convertLoop<To, From, true> : convertLoop<To, From, false>;
  else
    return convertLoop<To, From, true>;
}

template <typename To> Fn pickFrom(isa::LaneType from, bool even) {
  switch (from) {
  case isa::LaneType::f32:
    return pickMode<To, float>(even);
  case isa::LaneType::f64:
    return pickMode<To, double>(even);
  case isa::LaneType::i32:
    return pickMode<To, int32_t>(even);
  case isa::LaneType::u32:
    return pickMode<To, uint32_t>(even);
  case isa::LaneType::i64:
    return pickMode<To, int64_t>(even);
  case isa::LaneType::u64:
    return pickMode<To, uint64_t>(even);
  }
  return nullptr;
}

Fn convertFn(isa::LaneType to, isa::LaneType from, bool even) {
  switch (to) {
  case isa::LaneType::f32:
    return pickFrom<float>(from, even);
  case isa::LaneType::f64:
    return pickFrom<double>(from, even);
  case isa::LaneType::i32:
    return pickFrom<int32_t>(from, even);
  case isa::LaneType::u32:
    return pickFrom<uint32_t>(from, even);
  case isa::LaneType::i64:
    return pickFrom<int64_t>(from, even);
  case isa::LaneType::u64:
    return pickFrom<uint64_t>(from, even);
  }
  return nullptr;
}

struct ToHalf {
  static ASHLAR_KERNEL_INLINE float run(float x) {
    return num::halfToFloat(num::floatToHalf(x));
  }
};
struct ToBfloat {
  static ASHLAR_KERNEL_INLINE float run(float x) {
    return num::bfloatToFloat(num::floatToBfloat(x));
  }
};
struct ToE4m3 {
  static ASHLAR_KERNEL_INLINE float run(float x) {
    return num::e4m3ToFloat(num::floatToE4m3(x));
  }
};
struct ToE5m2 {
  static ASHLAR_KERNEL_INLINE float run(float x) {
    return num::e5m2ToFloat(num::floatToE5m2(x));
  }
};
template <int width> struct WrapSigned {
  static ASHLAR_KERNEL_INLINE int32_t run(int32_t x) {
    return int32_t(uint32_t(x) << (32 - width)) >> (32 - width);
  }
};
template <int width> struct WrapUnsigned {
  static ASHLAR_KERNEL_INLINE int32_t run(int32_t x) {
    return int32_t(uint32_t(x) & ((1u << width) - 1));
  }
};
template <int lo, int hi> struct Clamp {
  static ASHLAR_KERNEL_INLINE int32_t run(int32_t x) {
    x = x < lo ? lo : x;
    return x > hi ? hi : x;
  }
};

template <typename Op, typename T>
void mapLoop(void *d, const void *a, const void *, const void *, size_t n) {
  const T *x = static_cast<const T *>(a);
  T *r = static_cast<T *>(d);
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    r[i] = Op::run(x[i]);
}

Fn narrowFn(isa::ElementType type) {
  using E = isa::ElementType;
  switch (type) {
  case E::i4:
    return mapLoop<WrapSigned<4>, int32_t>;
  case E::u4:
    return mapLoop<WrapUnsigned<4>, int32_t>;
  case E::i8:
    return mapLoop<WrapSigned<8>, int32_t>;
  case E::u8:
    return mapLoop<WrapUnsigned<8>, int32_t>;
  case E::i16:
    return mapLoop<WrapSigned<16>, int32_t>;
  case E::u16:
    return mapLoop<WrapUnsigned<16>, int32_t>;
  case E::f16:
    return mapLoop<ToHalf, float>;
  case E::bf16:
    return mapLoop<ToBfloat, float>;
  case E::f8e4m3:
    return mapLoop<ToE4m3, float>;
  case E::f8e5m2:
    return mapLoop<ToE5m2, float>;
  default:
    return nullptr;
  }
}

Fn clampToFn(isa::ElementType type) {
  using E = isa::ElementType;
  switch (type) {
  case E::i4:
    return mapLoop<Clamp<-8, 7>, int32_t>;
  case E::u4:
    return mapLoop<Clamp<0, 15>, int32_t>;
  case E::i8:
    return mapLoop<Clamp<-128, 127>, int32_t>;
  case E::u8:
    return mapLoop<Clamp<0, 255>, int32_t>;
  case E::i16:
    return mapLoop<Clamp<-32768, 32767>, int32_t>;
  case E::u16:
    return mapLoop<Clamp<0, 65535>, int32_t>;
  default:
    return nullptr;
  }
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime::lane
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime::lane {
HWY_EXPORT(convertFn);
HWY_EXPORT(narrowFn);
HWY_EXPORT(clampToFn);

Fn convert(isa::LaneType to, isa::LaneType from, bool toNearestEven) {
  return HWY_DYNAMIC_DISPATCH(convertFn)(to, from, toNearestEven);
}
Fn narrow(isa::ElementType type) {
  return HWY_DYNAMIC_DISPATCH(narrowFn)(type);
}
Fn clampTo(isa::ElementType type) {
  return HWY_DYNAMIC_DISPATCH(clampToFn)(type);
}

isa::LaneType laneTypeOf(isa::ElementType type) {
  using E = isa::ElementType;
  switch (type) {
  case E::u32:
    return isa::LaneType::u32;
  case E::i64:
    return isa::LaneType::i64;
  case E::u64:
    return isa::LaneType::u64;
  case E::f64:
    return isa::LaneType::f64;
  case E::f8e4m3:
  case E::f8e5m2:
  case E::f16:
  case E::bf16:
  case E::f32:
    return isa::LaneType::f32;
  default:
    return isa::LaneType::i32;
  }
}
} // namespace ashlar::runtime::lane
#endif
