//===- MatrixKernels.cpp - Inner loops of matrix products -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/MatrixKernels.h"
#include "Emulator/Kernels/Numbers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/MatrixKernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

#if HWY_TARGET == HWY_AVX3_DL
// Highway asks for AVX-512 VNNI when it picks this target, but does not name
// it.
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni")
#else
HWY_BEFORE_NAMESPACE();
#endif
namespace ashlar::runtime {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR

// The scalar build: what the product means, written down.
constexpr size_t kRows = 4, kLanes = 4, kVectors = 4, kGroup = 2;

void productF32(size_t rowCount, size_t vectorCount, const float *const *a,
                const float *b, float *tile, size_t kCount) {
  size_t width = vectorCount * kLanes;
  for (size_t k = 0; k < kCount; ++k)
    for (size_t i = 0; i < rowCount; ++i) {
      ASHLAR_LANE_LOOP
      for (size_t j = 0; j < width; ++j)
        tile[i * width + j] =
            num::fusedMulAdd(a[i][k], b[k * width + j], tile[i * width + j]);
    }
}

void productI32(size_t rowCount, size_t vectorCount, const uint8_t *const *a,
                const uint8_t *b, int32_t *tile, size_t groupCount) {
  size_t width = vectorCount * kLanes;
  for (size_t i = 0; i < rowCount * width; ++i)
    tile[i] = 0;
  for (size_t g = 0; g < groupCount; ++g)
    for (size_t i = 0; i < rowCount; ++i)
      for (size_t j = 0; j < width; ++j) {
        uint32_t sum = uint32_t(tile[i * width + j]);
        for (size_t e = 0; e < kGroup; ++e)
          sum += uint32_t(
              num::loadBytes<int16_t>(a[i] + (g * kGroup + e) * 2) *
              num::loadBytes<int16_t>(b + ((g * width + j) * kGroup + e) * 2));
        tile[i * width + j] = int32_t(sum);
      }
}

#else

constexpr hn::ScalableTag<float> kFloats;
constexpr hn::ScalableTag<int32_t> kInts;
using FloatVec = hn::Vec<decltype(kFloats)>;
using IntVec = hn::Vec<decltype(kInts)>;
constexpr size_t kLanes = hn::MaxLanes(kFloats);

// AVX-512 has 32 registers, the others 16.
constexpr size_t kRows = 6, kVectors = kLanes >= 16 ? 4 : 2;

template <size_t rowCount, size_t vectorCount>
void tileF32(const float *const *a, const float *b, float *tile,
             size_t kCount) {
  FloatVec sum[rowCount][vectorCount];
  const float *row[rowCount];
  for (size_t i = 0; i < rowCount; ++i) {
    row[i] = a[i];
    for (size_t v = 0; v < vectorCount; ++v)
      sum[i][v] = hn::LoadU(kFloats, tile + (i * vectorCount + v) * kLanes);
  }
  for (size_t k = 0; k < kCount; ++k) {
    FloatVec column[vectorCount];
    for (size_t v = 0; v < vectorCount; ++v)
      column[v] = hn::LoadU(kFloats, b + (k * vectorCount + v) * kLanes);
    for (size_t i = 0; i < rowCount; ++i) {
      FloatVec x = hn::Set(kFloats, row[i][k]);
      for (size_t v = 0; v < vectorCount; ++v)
        sum[i][v] = hn::MulAdd(x, column[v], sum[i][v]);
    }
  }
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < vectorCount; ++v)
      hn::StoreU(sum[i][v], kFloats, tile + (i * vectorCount + v) * kLanes);
}

// One step of the integer product: sum + the products of a group, without
// saturation anywhere.
#if HWY_TARGET == HWY_AVX3_DL
constexpr size_t kGroup = 4;
using Group = int32_t;
HWY_INLINE IntVec dot(IntVec sum, IntVec x, IntVec column) {
  return IntVec{_mm512_dpbusd_epi32(sum.raw, column.raw, x.raw)};
}
#elif HWY_TARGET == HWY_AVX2
constexpr size_t kGroup = 2;
using Group = int32_t;
HWY_INLINE IntVec dot(IntVec sum, IntVec x, IntVec column) {
  return hn::Add(sum, IntVec{_mm256_madd_epi16(x.raw, column.raw)});
}
#else
constexpr size_t kGroup = 2;
using Group = int32_t;
HWY_INLINE IntVec dot(IntVec sum, IntVec x, IntVec column) {
  // Low and high halves of each lane as i16.
  IntVec xl = hn::ShiftRight<16>(hn::ShiftLeft<16>(x)),
         xh = hn::ShiftRight<16>(x);
  IntVec cl = hn::ShiftRight<16>(hn::ShiftLeft<16>(column)),
         ch = hn::ShiftRight<16>(column);
  return hn::Add(sum, hn::Add(hn::Mul(xl, cl), hn::Mul(xh, ch)));
}
#endif

template <size_t rowCount, size_t vectorCount>
void tileI32(const uint8_t *const *a, const uint8_t *b, int32_t *tile,
             size_t groupCount) {
  IntVec sum[rowCount][vectorCount];
  const uint8_t *row[rowCount];
  for (size_t i = 0; i < rowCount; ++i) {
    row[i] = a[i];
    for (size_t v = 0; v < vectorCount; ++v)
      sum[i][v] = hn::Zero(kInts);
  }
  for (size_t g = 0; g < groupCount; ++g) {
    IntVec column[vectorCount];
    for (size_t v = 0; v < vectorCount; ++v)
      column[v] = hn::LoadU(
          kInts, reinterpret_cast<const int32_t *>(
                     b + (g * vectorCount + v) * kLanes * sizeof(Group)));
    for (size_t i = 0; i < rowCount; ++i) {
      IntVec x =
          hn::Set(kInts, num::loadBytes<int32_t>(row[i] + g * sizeof(Group)));
      for (size_t v = 0; v < vectorCount; ++v)
        sum[i][v] = dot(sum[i][v], x, column[v]);
    }
  }
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < vectorCount; ++v)
      hn::StoreU(sum[i][v], kInts, tile + (i * vectorCount + v) * kLanes);
}

template <size_t vectorCount>
void rowsF32(size_t rowCount, const float *const *a, const float *b,
             float *tile, size_t k) {
  switch (rowCount) {
  case 1:
    return tileF32<1, vectorCount>(a, b, tile, k);
  case 2:
    return tileF32<2, vectorCount>(a, b, tile, k);
  case 3:
    return tileF32<3, vectorCount>(a, b, tile, k);
  case 4:
    return tileF32<4, vectorCount>(a, b, tile, k);
  case 5:
    return tileF32<5, vectorCount>(a, b, tile, k);
  default:
    return tileF32<6, vectorCount>(a, b, tile, k);
  }
}

template <size_t vectorCount>
void rowsI32(size_t rowCount, const uint8_t *const *a, const uint8_t *b,
             int32_t *tile, size_t k) {
  switch (rowCount) {
  case 1:
    return tileI32<1, vectorCount>(a, b, tile, k);
  case 2:
    return tileI32<2, vectorCount>(a, b, tile, k);
  case 3:
    return tileI32<3, vectorCount>(a, b, tile, k);
  case 4:
    return tileI32<4, vectorCount>(a, b, tile, k);
  case 5:
    return tileI32<5, vectorCount>(a, b, tile, k);
  default:
    return tileI32<6, vectorCount>(a, b, tile, k);
  }
}

void productF32(size_t rowCount, size_t vectorCount, const float *const *a,
                const float *b, float *tile, size_t kCount) {
  if (vectorCount == 1)
    return rowsF32<1>(rowCount, a, b, tile, kCount);
  if (vectorCount == 2)
    return rowsF32<2>(rowCount, a, b, tile, kCount);
  if constexpr (kVectors > 2) {
    if (vectorCount == 3)
      return rowsF32<3>(rowCount, a, b, tile, kCount);
    return rowsF32<4>(rowCount, a, b, tile, kCount);
  }
}

void productI32(size_t rowCount, size_t vectorCount, const uint8_t *const *a,
                const uint8_t *b, int32_t *tile, size_t groupCount) {
  if (vectorCount == 1)
    return rowsI32<1>(rowCount, a, b, tile, groupCount);
  if (vectorCount == 2)
    return rowsI32<2>(rowCount, a, b, tile, groupCount);
  if constexpr (kVectors > 2) {
    if (vectorCount == 3)
      return rowsI32<3>(rowCount, a, b, tile, groupCount);
    return rowsI32<4>(rowCount, a, b, tile, groupCount);
  }
}

#endif

void byteSums(const uint8_t *const *rows, size_t rowCount, size_t kCount,
              int32_t *sums) {
  for (size_t i = 0; i < rowCount; ++i) {
    const uint8_t *row = rows[i];
    int32_t sum = 0;
    size_t k = 0;
#if HWY_TARGET == HWY_AVX3_DL
    __m512i wide = _mm512_setzero_si512();
    for (; k + 64 <= kCount; k += 64)
      wide = _mm512_dpbusd_epi32(wide, _mm512_set1_epi8(1),
                                 _mm512_loadu_si512(row + k));
    sum = _mm512_reduce_add_epi32(wide);
#endif
    for (; k < kCount; ++k)
      sum += int8_t(row[k]);
    sums[i] = sum;
  }
}

const MatrixKernels *matrixKernelsFn() {
  static constexpr MatrixKernels kernels = {
      kRows, kLanes, kVectors, kGroup, productF32, productI32, byteSums};
  return &kernels;
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime {
HWY_EXPORT(matrixKernelsFn);
const MatrixKernels &matrixKernels() {
  return *HWY_DYNAMIC_DISPATCH(matrixKernelsFn)();
}
} // namespace ashlar::runtime
#endif
