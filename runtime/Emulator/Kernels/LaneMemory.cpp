//===- LaneMemory.cpp - Elements of tensors to lanes and back -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/Numbers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/LaneMemory.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

HWY_BEFORE_NAMESPACE();
namespace ashlar::runtime::lane {
namespace HWY_NAMESPACE {

// How an element is stored, what lane it becomes, and back.
template <typename Raw, typename Lane> struct Plain {
  using Memory = Raw;
  static ASHLAR_KERNEL_INLINE Lane get(Raw x) { return Lane(x); }
};
struct GetHalf {
  using Memory = uint16_t;
  static ASHLAR_KERNEL_INLINE float get(uint16_t x) {
    return num::halfToFloat(x);
  }
};
struct GetBfloat {
  using Memory = uint16_t;
  static ASHLAR_KERNEL_INLINE float get(uint16_t x) {
    return num::bfloatToFloat(x);
  }
};
struct GetE4m3 {
  using Memory = uint8_t;
  static ASHLAR_KERNEL_INLINE float get(uint8_t x) {
    return num::e4m3ToFloat(x);
  }
};
struct GetE5m2 {
  using Memory = uint8_t;
  static ASHLAR_KERNEL_INLINE float get(uint8_t x) {
    return num::e5m2ToFloat(x);
  }
};

template <typename Get>
void loadLoop(void *dst, const uint8_t *base, int64_t offset, int64_t stride,
              size_t n) {
  using Raw = typename Get::Memory;
  using Lane = decltype(Get::get(Raw()));
  Lane *r = static_cast<Lane *>(dst);
  const uint8_t *p = base + offset * int64_t(sizeof(Raw));
  if (stride == 1) {
    ASHLAR_LANE_LOOP
    for (size_t i = 0; i < n; ++i)
      r[i] = Get::get(num::loadBytes<Raw>(p + i * sizeof(Raw)));
  } else if (stride == 0) {
    Lane value = Get::get(num::loadBytes<Raw>(p));
    ASHLAR_LANE_LOOP
    for (size_t i = 0; i < n; ++i)
      r[i] = value;
  } else {
    int64_t step = stride * int64_t(sizeof(Raw));
    for (size_t i = 0; i < n; ++i, p += step)
      r[i] = Get::get(num::loadBytes<Raw>(p));
  }
}

template <bool isSigned>
void loadNibbles(void *dst, const uint8_t *base, int64_t offset, int64_t stride,
                 size_t n) {
  int32_t *r = static_cast<int32_t *>(dst);
  for (size_t i = 0; i < n; ++i, offset += stride) {
    int32_t v = (base[offset >> 1] >> ((offset & 1) * 4)) & 15;
    r[i] = isSigned ? (v ^ 8) - 8 : v;
  }
}

LoadFn loadFn(isa::ElementType type) {
  using E = isa::ElementType;
  switch (type) {
  case E::i4:
    return loadNibbles<true>;
  case E::u4:
    return loadNibbles<false>;
  case E::i8:
    return loadLoop<Plain<int8_t, int32_t>>;
  case E::u8:
    return loadLoop<Plain<uint8_t, int32_t>>;
  case E::i16:
    return loadLoop<Plain<int16_t, int32_t>>;
  case E::u16:
    return loadLoop<Plain<uint16_t, int32_t>>;
  case E::i32:
  case E::u32:
    return loadLoop<Plain<uint32_t, uint32_t>>;
  case E::i64:
  case E::u64:
    return loadLoop<Plain<uint64_t, uint64_t>>;
  case E::f8e4m3:
    return loadLoop<GetE4m3>;
  case E::f8e5m2:
    return loadLoop<GetE5m2>;
  case E::f16:
    return loadLoop<GetHalf>;
  case E::bf16:
    return loadLoop<GetBfloat>;
  case E::f32: // as bits: signalling NaNs pass unchanged
    return loadLoop<Plain<uint32_t, uint32_t>>;
  case E::f64:
    return loadLoop<Plain<uint64_t, uint64_t>>;
  }
  return nullptr;
}

template <typename Put, typename Lane>
void storeLoop(const void *src, uint8_t *base, int64_t offset, int64_t stride,
               size_t n) {
  using Raw = decltype(Put::put(Lane()));
  const Lane *x = static_cast<const Lane *>(src);
  uint8_t *p = base + offset * int64_t(sizeof(Raw));
  if (stride == 1) {
    ASHLAR_LANE_LOOP
    for (size_t i = 0; i < n; ++i)
      num::storeBytes<Raw>(p + i * sizeof(Raw), Put::put(x[i]));
  } else {
    int64_t step = stride * int64_t(sizeof(Raw));
    for (size_t i = 0; i < n; ++i, p += step)
      num::storeBytes<Raw>(p, Put::put(x[i]));
  }
}

template <typename Raw> struct PutAs {
  template <typename Lane> static ASHLAR_KERNEL_INLINE Raw put(Lane x) {
    return Raw(x);
  }
};
struct PutHalf {
  static ASHLAR_KERNEL_INLINE uint16_t put(float x) {
    return num::floatToHalf(x);
  }
  static ASHLAR_KERNEL_INLINE uint16_t put(double x) {
    return num::floatToHalf(num::doubleToFloatOdd(x));
  }
};
struct PutBfloat {
  static ASHLAR_KERNEL_INLINE uint16_t put(float x) {
    return num::floatToBfloat(x);
  }
  static ASHLAR_KERNEL_INLINE uint16_t put(double x) {
    return num::floatToBfloat(num::doubleToFloatOdd(x));
  }
};
struct PutE4m3 {
  static ASHLAR_KERNEL_INLINE uint8_t put(float x) {
    return num::floatToE4m3(x);
  }
  static ASHLAR_KERNEL_INLINE uint8_t put(double x) {
    return num::floatToE4m3(num::doubleToFloatOdd(x));
  }
};
struct PutE5m2 {
  static ASHLAR_KERNEL_INLINE uint8_t put(float x) {
    return num::floatToE5m2(x);
  }
  static ASHLAR_KERNEL_INLINE uint8_t put(double x) {
    return num::floatToE5m2(num::doubleToFloatOdd(x));
  }
};
struct PutFloat {
  static ASHLAR_KERNEL_INLINE float put(double x) {
    return num::canonical(float(x));
  }
};
struct PutDouble {
  static ASHLAR_KERNEL_INLINE double put(float x) {
    return num::canonical(double(x));
  }
};

template <typename Lane>
void storeNibbles(const void *src, uint8_t *base, int64_t offset,
                  int64_t stride, size_t n) {
  const Lane *x = static_cast<const Lane *>(src);
  for (size_t i = 0; i < n; ++i, offset += stride) {
    unsigned shift = unsigned(offset & 1) * 4;
    uint8_t &byte = base[offset >> 1];
    byte = uint8_t((byte & (0xf0u >> shift)) | (unsigned(x[i]) & 15u) << shift);
  }
}

template <typename Lane> StoreFn storeInteger(isa::ElementType type) {
  using E = isa::ElementType;
  switch (type) {
  case E::i4:
  case E::u4:
    return storeNibbles<Lane>;
  case E::i8:
  case E::u8:
    return storeLoop<PutAs<uint8_t>, Lane>;
  case E::i16:
  case E::u16:
    return storeLoop<PutAs<uint16_t>, Lane>;
  case E::i32:
  case E::u32:
    return storeLoop<PutAs<uint32_t>, Lane>;
  case E::i64:
  case E::u64:
    return storeLoop<PutAs<uint64_t>, Lane>;
  default:
    return nullptr;
  }
}

template <typename Lane> StoreFn storeFloat(isa::ElementType type) {
  using E = isa::ElementType;
  switch (type) {
  case E::f16:
    return storeLoop<PutHalf, Lane>;
  case E::bf16:
    return storeLoop<PutBfloat, Lane>;
  case E::f8e4m3:
    return storeLoop<PutE4m3, Lane>;
  case E::f8e5m2:
    return storeLoop<PutE5m2, Lane>;
  case E::f32:
    if constexpr (sizeof(Lane) == 4)
      return storeLoop<PutAs<uint32_t>, uint32_t>;
    else
      return storeLoop<PutFloat, double>;
  case E::f64:
    if constexpr (sizeof(Lane) == 8)
      return storeLoop<PutAs<uint64_t>, uint64_t>;
    else
      return storeLoop<PutDouble, float>;
  default:
    return nullptr;
  }
}

StoreFn storeFn(isa::LaneType from, isa::ElementType type) {
  switch (from) {
  case isa::LaneType::f32:
    return storeFloat<float>(type);
  case isa::LaneType::f64:
    return storeFloat<double>(type);
  case isa::LaneType::i32:
    return storeInteger<int32_t>(type);
  case isa::LaneType::u32:
    return storeInteger<uint32_t>(type);
  case isa::LaneType::i64:
  case isa::LaneType::u64:
    return storeInteger<uint64_t>(type);
  }
  return nullptr;
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime::lane
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime::lane {
HWY_EXPORT(loadFn);
HWY_EXPORT(storeFn);

LoadFn load(isa::ElementType type) {
  return HWY_DYNAMIC_DISPATCH(loadFn)(type);
}
StoreFn store(isa::LaneType from, isa::ElementType type) {
  return HWY_DYNAMIC_DISPATCH(storeFn)(from, type);
}
} // namespace ashlar::runtime::lane
#endif
