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
constexpr size_t kLanes = 4, kVectors = 4, kGroup = 2;

inline size_t lanesOf(const MatrixResults &results, size_t v) {
  return v + 1 == results.vectorCount ? results.lastLanes : kLanes;
}

void productF32(size_t rowCount, const float *const *a, const float *b,
                size_t kCount, bool add, bool finish,
                const MatrixResults &results) {
  size_t width = results.vectorCount * kLanes;
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < results.vectorCount; ++v)
      for (size_t j = 0; j < lanesOf(results, v); ++j) {
        uint8_t *at = results.rows[i] + results.vectorAt[v] + 4 * j;
        float sum = add ? num::loadBytes<float>(at) : 0.0f;
        for (size_t k = 0; k < kCount; ++k)
          sum = num::fusedMulAdd(a[i][k], b[k * width + v * kLanes + j], sum);
        num::storeBytes(at, finish ? num::canonical(sum) : sum);
      }
}

void productI32(size_t rowCount, const uint8_t *const *a, const uint8_t *b,
                size_t groupCount, bool, bool add, const int32_t *fix,
                const MatrixResults &results) {
  size_t width = results.vectorCount * kLanes;
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < results.vectorCount; ++v)
      for (size_t j = 0; j < lanesOf(results, v); ++j) {
        uint8_t *at = results.rows[i] + results.vectorAt[v] + 4 * j;
        size_t column = v * kLanes + j;
        uint32_t sum =
            (add ? num::loadBytes<uint32_t>(at) : 0u) + uint32_t(fix[column]);
        for (size_t g = 0; g < groupCount; ++g)
          for (size_t e = 0; e < kGroup; ++e)
            sum +=
                uint32_t(num::loadBytes<int16_t>(a[i] + (g * kGroup + e) * 2) *
                         num::loadBytes<int16_t>(
                             b + ((g * width + column) * kGroup + e) * 2));
        num::storeBytes(at, sum);
      }
}

#else

constexpr hn::ScalableTag<float> kFloats;
constexpr hn::ScalableTag<int32_t> kInts;
using FloatVec = hn::Vec<decltype(kFloats)>;
using IntVec = hn::Vec<decltype(kInts)>;
constexpr size_t kLanes = hn::MaxLanes(kFloats);

// AVX-512 has 32 registers, the others 16.
constexpr size_t kVectors = kLanes >= 16 ? 4 : 2;
// Rows that are worked on together: enough sums to hide an addition's latency.
constexpr size_t rowsFor(size_t vectorCount) {
  return kLanes >= 16 ? (vectorCount <= 2 ? 12 : 6)
                      : (vectorCount == 1 ? 8 : 6);
}

/// Every NaN as the canonical one; on bits, see Numbers.h.
HWY_INLINE FloatVec canonicalVec(FloatVec x) {
  IntVec u = hn::BitCast(kInts, x);
  auto isNan = hn::Gt(hn::And(u, hn::Set(kInts, 0x7fffffff)),
                      hn::Set(kInts, 0x7f800000));
  return hn::BitCast(
      kFloats, hn::IfThenElse(isNan, hn::Set(kInts, int32_t(num::kNan32)), u));
}

// Results come and go through a small array: inner loops keep their sums in
// registers only if nothing else touches them.

/// tile[i][v] = result vector v of row first + i; lanes that do not exist are
/// 0.
template <typename D, typename T = hn::TFromD<D>>
void loadResults(D d, const MatrixResults &results, size_t first,
                 size_t rowCount, T *tile) {
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < results.vectorCount; ++v, tile += kLanes) {
      const T *at = reinterpret_cast<const T *>(results.rows[first + i] +
                                                results.vectorAt[v]);
      bool part = v + 1 == results.vectorCount && results.lastLanes < kLanes;
      hn::Store(part ? hn::MaskedLoad(hn::FirstN(d, results.lastLanes), d, at)
                     : hn::LoadU(d, at),
                d, tile);
    }
}
template <typename D, typename T = hn::TFromD<D>>
void storeResults(D d, const MatrixResults &results, size_t first,
                  size_t rowCount, const T *tile) {
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < results.vectorCount; ++v, tile += kLanes) {
      T *at =
          reinterpret_cast<T *>(results.rows[first + i] + results.vectorAt[v]);
      if (v + 1 == results.vectorCount && results.lastLanes < kLanes)
        hn::BlendedStore(hn::Load(d, tile), hn::FirstN(d, results.lastLanes), d,
                         at);
      else
        hn::StoreU(hn::Load(d, tile), d, at);
    }
}

template <size_t rowCount, size_t vectorCount>
void tileF32(size_t first, const float *const *a, const float *b, size_t kCount,
             bool add, bool finish, const MatrixResults &results) {
  alignas(64) float tile[rowCount * vectorCount * kLanes] = {};
  if (add)
    loadResults(kFloats, results, first, rowCount, tile);
  FloatVec sum[rowCount][vectorCount];
  const float *row[rowCount];
  for (size_t i = 0; i < rowCount; ++i) {
    row[i] = a[first + i];
    for (size_t v = 0; v < vectorCount; ++v)
      sum[i][v] = hn::Load(kFloats, tile + (i * vectorCount + v) * kLanes);
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
      hn::Store(finish ? canonicalVec(sum[i][v]) : sum[i][v], kFloats,
                tile + (i * vectorCount + v) * kLanes);
  storeResults(kFloats, results, first, rowCount, tile);
}

// One step of the integer product: sum + the products of a group, without
// saturation anywhere.
#if HWY_TARGET == HWY_AVX3_DL
constexpr size_t kGroup = 4;
using Group = int32_t;
template <bool packedSigned>
HWY_INLINE IntVec dot(IntVec sum, IntVec x, IntVec column) {
  return IntVec{packedSigned ? _mm512_dpbusd_epi32(sum.raw, x.raw, column.raw)
                             : _mm512_dpbusd_epi32(sum.raw, column.raw, x.raw)};
}
#elif HWY_TARGET == HWY_AVX2
constexpr size_t kGroup = 2;
using Group = int32_t;
template <bool> HWY_INLINE IntVec dot(IntVec sum, IntVec x, IntVec column) {
  return hn::Add(sum, IntVec{_mm256_madd_epi16(x.raw, column.raw)});
}
#else
constexpr size_t kGroup = 2;
using Group = int32_t;
template <bool> HWY_INLINE IntVec dot(IntVec sum, IntVec x, IntVec column) {
  // Low and high halves of each lane as i16.
  IntVec xl = hn::ShiftRight<16>(hn::ShiftLeft<16>(x)),
         xh = hn::ShiftRight<16>(x);
  IntVec cl = hn::ShiftRight<16>(hn::ShiftLeft<16>(column)),
         ch = hn::ShiftRight<16>(column);
  return hn::Add(sum, hn::Add(hn::Mul(xl, cl), hn::Mul(xh, ch)));
}
#endif

template <size_t rowCount, size_t vectorCount, bool packedSigned>
void tileI32(size_t first, const uint8_t *const *a, const uint8_t *b,
             size_t groupCount, bool add, const int32_t *fix,
             const MatrixResults &results) {
  alignas(64) int32_t tile[rowCount * vectorCount * kLanes] = {};
  if (add)
    loadResults(kInts, results, first, rowCount, tile);
  IntVec sum[rowCount][vectorCount];
  const uint8_t *row[rowCount];
  for (size_t i = 0; i < rowCount; ++i) {
    row[i] = a[first + i];
    for (size_t v = 0; v < vectorCount; ++v)
      sum[i][v] =
          hn::Add(hn::LoadU(kInts, fix + v * kLanes),
                  hn::Load(kInts, tile + (i * vectorCount + v) * kLanes));
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
        sum[i][v] = dot<packedSigned>(sum[i][v], x, column[v]);
    }
  }
  for (size_t i = 0; i < rowCount; ++i)
    for (size_t v = 0; v < vectorCount; ++v)
      hn::Store(sum[i][v], kInts, tile + (i * vectorCount + v) * kLanes);
  storeResults(kInts, results, first, rowCount, tile);
}

/// Calls tile.run<rows, vectors>(first) for rows [0, rowCount), as many at a
/// time as possible.
template <size_t vectorCount, typename Tile>
HWY_INLINE void forTiles(size_t rowCount, const Tile &tile) {
  constexpr size_t most = rowsFor(vectorCount);
  size_t first = 0;
  for (; first + most <= rowCount; first += most)
    tile.template run<most, vectorCount>(first);
  if constexpr (most > 6)
    for (; first + 6 <= rowCount; first += 6)
      tile.template run<6, vectorCount>(first);
  switch (rowCount - first) {
  case 1:
    return tile.template run<1, vectorCount>(first);
  case 2:
    return tile.template run<2, vectorCount>(first);
  case 3:
    return tile.template run<3, vectorCount>(first);
  case 4:
    return tile.template run<4, vectorCount>(first);
  case 5:
    return tile.template run<5, vectorCount>(first);
  default:
    return;
  }
}
template <typename Tile>
HWY_INLINE void forPanel(size_t rowCount, size_t vectorCount,
                         const Tile &tile) {
  if (vectorCount == 1)
    return forTiles<1>(rowCount, tile);
  if (vectorCount == 2)
    return forTiles<2>(rowCount, tile);
  if constexpr (kVectors > 2) {
    if (vectorCount == 3)
      return forTiles<3>(rowCount, tile);
    return forTiles<4>(rowCount, tile);
  }
}

struct TileF32 {
  const float *const *a;
  const float *b;
  size_t kCount;
  bool add, finish;
  const MatrixResults &results;
  template <size_t rowCount, size_t vectorCount> void run(size_t first) const {
    tileF32<rowCount, vectorCount>(first, a, b, kCount, add, finish, results);
  }
};
void productF32(size_t rowCount, const float *const *a, const float *b,
                size_t kCount, bool add, bool finish,
                const MatrixResults &results) {
  forPanel(rowCount, results.vectorCount,
           TileF32{a, b, kCount, add, finish, results});
}

template <bool packedSigned> struct TileI32 {
  const uint8_t *const *a;
  const uint8_t *b;
  size_t groupCount;
  bool add;
  const int32_t *fix;
  const MatrixResults &results;
  template <size_t rowCount, size_t vectorCount> void run(size_t first) const {
    tileI32<rowCount, vectorCount, packedSigned>(first, a, b, groupCount, add,
                                                 fix, results);
  }
};
void productI32(size_t rowCount, const uint8_t *const *a, const uint8_t *b,
                size_t groupCount, bool packedSigned, bool add,
                const int32_t *fix, const MatrixResults &results) {
  if (kGroup == 4 && !packedSigned)
    forPanel(rowCount, results.vectorCount,
             TileI32<false>{a, b, groupCount, add, fix, results});
  else
    forPanel(rowCount, results.vectorCount,
             TileI32<true>{a, b, groupCount, add, fix, results});
}

#endif

void columnSums(const uint8_t *b, size_t width, size_t groupCount,
                bool isSigned, int32_t *sums) {
  for (size_t j = 0; j < width; ++j)
    sums[j] = 0;
  for (size_t g = 0; g < groupCount; ++g) {
    const uint8_t *row = b + g * width * 4;
    size_t j = 0;
#if HWY_TARGET == HWY_AVX3_DL
    __m512i ones = _mm512_set1_epi8(1);
    for (; j + 16 <= width; j += 16) {
      __m512i x = _mm512_loadu_si512(row + j * 4),
              sum = _mm512_loadu_si512(sums + j);
      _mm512_storeu_si512(sums + j, isSigned
                                        ? _mm512_dpbusd_epi32(sum, ones, x)
                                        : _mm512_dpbusd_epi32(sum, x, ones));
    }
#endif
    for (; j < width; ++j)
      for (size_t e = 0; e < 4; ++e)
        sums[j] += isSigned ? int32_t(int8_t(row[j * 4 + e]))
                            : int32_t(row[j * 4 + e]);
  }
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

struct Same32 {
  using Raw = uint32_t;
  static ASHLAR_KERNEL_INLINE uint32_t get(uint32_t x) { return x; }
};
// Results make NaNs canonical, so operands need not be.
struct Bfloat {
  using Raw = uint16_t;
  static ASHLAR_KERNEL_INLINE uint32_t get(uint16_t x) {
    return uint32_t(x) << 16;
  }
};
struct Half {
  using Raw = uint16_t;
  static ASHLAR_KERNEL_INLINE uint32_t get(uint16_t x) {
    return num::bits(num::halfToFloat(x));
  }
};
struct SameByte {
  using Raw = uint8_t;
  static ASHLAR_KERNEL_INLINE uint8_t get(uint8_t x) { return x; }
};
struct FlippedByte {
  using Raw = uint8_t;
  static ASHLAR_KERNEL_INLINE uint8_t get(uint8_t x) {
    return uint8_t(x ^ 0x80);
  }
};

template <typename Get>
void gatherRows(const uint8_t *base, const int64_t *offsets, size_t count,
                size_t n, int64_t stride, uint8_t *dst, size_t pitch) {
  using Raw = typename Get::Raw;
  using Out = decltype(Get::get(Raw()));
  int64_t step = stride * int64_t(sizeof(Raw));
  for (size_t i = 0; i < count; ++i) {
    const uint8_t *p = base + offsets[i];
    Out *r = reinterpret_cast<Out *>(dst + i * pitch);
    if (stride == 1) {
      ASHLAR_LANE_LOOP
      for (size_t j = 0; j < n; ++j)
        r[j] = Get::get(num::loadBytes<Raw>(p + j * sizeof(Raw)));
    } else {
      for (size_t j = 0; j < n; ++j, p += step)
        r[j] = Get::get(num::loadBytes<Raw>(p));
    }
  }
}

#if HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
/// A vector of the 16 bytes at `offset` of rows 0, 4, 8, ..
HWY_INLINE auto fromBlocks(const uint8_t *const *rows, size_t offset) {
  constexpr hn::CappedTag<uint32_t, 4> block;
  auto load = [&](size_t row) {
    return hn::LoadU(block,
                     reinterpret_cast<const uint32_t *>(rows[row] + offset));
  };
#if HWY_TARGET == HWY_AVX3_DL
  constexpr hn::ScalableTag<uint32_t> d;
  constexpr hn::Half<decltype(d)> half;
  return hn::Combine(d, hn::Combine(half, load(12), load(8)),
                     hn::Combine(half, load(4), load(0)));
#elif HWY_TARGET == HWY_AVX2
  constexpr hn::ScalableTag<uint32_t> d;
  return hn::Combine(d, load(4), load(0));
#else
  static_assert(kLanes == 4);
  return load(0);
#endif
}
#endif

void transpose(const uint8_t *const *rows, size_t count, size_t words,
               size_t width, uint32_t *dst, size_t pitch) {
  size_t done = 0; // rows
#if HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  // Each block of 128 bits holds four words of one row, and the vectors' blocks
  // are rows four apart: after transposing within blocks, a vector is a column.
  constexpr hn::ScalableTag<uint32_t> d;
  constexpr hn::ScalableTag<uint64_t> d64;
  for (; done + kLanes <= count; done += kLanes) {
    size_t w = 0;
    for (; w + 4 <= words; w += 4) {
      hn::Vec<decltype(d)> x[4];
      for (size_t i = 0; i < 4; ++i)
        x[i] = fromBlocks(rows + done + i, w * 4);
      auto a = hn::InterleaveLower(d, x[0], x[1]),
           b = hn::InterleaveUpper(d, x[0], x[1]),
           e = hn::InterleaveLower(d, x[2], x[3]),
           f = hn::InterleaveUpper(d, x[2], x[3]);
      auto wide = [&](auto v) { return hn::BitCast(d64, v); };
      auto put = [&](size_t i, auto v) {
        hn::StoreU(hn::BitCast(d, v), d, dst + (w + i) * pitch + done);
      };
      put(0, hn::InterleaveLower(d64, wide(a), wide(e)));
      put(1, hn::InterleaveUpper(d64, wide(a), wide(e)));
      put(2, hn::InterleaveLower(d64, wide(b), wide(f)));
      put(3, hn::InterleaveUpper(d64, wide(b), wide(f)));
    }
    for (; w < words; ++w)
      for (size_t i = 0; i < kLanes; ++i)
        dst[w * pitch + done + i] =
            num::loadBytes<uint32_t>(rows[done + i] + w * 4);
  }
#endif
  if (done == width)
    return;
  for (size_t w = 0; w < words; ++w) {
    for (size_t i = done; i < count; ++i)
      dst[w * pitch + i] = num::loadBytes<uint32_t>(rows[i] + w * 4);
    for (size_t i = count; i < width; ++i)
      dst[w * pitch + i] = 0;
  }
}

void interleave(const uint8_t *const (&rows)[4], size_t n, uint32_t *dst) {
  const uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *e = rows[3];
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i)
    dst[i] = uint32_t(a[i]) | uint32_t(b[i]) << 8 | uint32_t(c[i]) << 16 |
             uint32_t(e[i]) << 24;
}

const MatrixKernels *matrixKernelsFn() {
  static constexpr MatrixKernels kernels = {kLanes,
                                            kVectors,
                                            kGroup,
                                            productF32,
                                            productI32,
                                            columnSums,
                                            gatherRows<Same32>,
                                            gatherRows<Bfloat>,
                                            gatherRows<Half>,
                                            gatherRows<SameByte>,
                                            gatherRows<FlippedByte>,
                                            transpose,
                                            interleave};
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
