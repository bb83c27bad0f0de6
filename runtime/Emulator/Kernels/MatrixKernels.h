//===- MatrixKernels.h - Inner loops of matrix products -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Streaming operands are rows, the other operand is packed in panels: for each
// k (or group of k) all columns of the panel, one behind the other, so that
// some rows' results stay in host registers while k advances.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXKERNELS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXKERNELS_H

#include <cstddef>
#include <cstdint>

namespace ashlar::runtime {

/// Where a panel's results lie: vector v of row i at rows[i] + vectorAt[v]
/// bytes; of the last vector only `lastLanes` exist.
struct MatrixResults {
  uint8_t *const *rows;
  const int64_t *vectorAt;
  size_t vectorCount;
  size_t lastLanes;
};

/// dst[i * pitch ..] = n elements `stride` elements apart, the first of them at
/// base + offsets[i] bytes, for i < count.
using GatherRowsFn = void (*)(const uint8_t *base, const int64_t *offsets,
                              size_t count, size_t n, int64_t stride,
                              uint8_t *dst, size_t pitch);

struct MatrixKernels {
  size_t lanes;   // 32-bit lanes of a vector
  size_t vectors; // most vectors of a panel's row
  /// Integer operands: k elements that lie together. 4: bytes. 2: i16.
  size_t group;

  /// result[i][j] = fma(a[i][k], b[k][j], result[i][j]) for k = 0 .. kCount - 1
  /// in this order, starting with zero unless `add`. `finish` makes NaNs
  /// canonical.
  void (*f32)(size_t rowCount, const float *const *a, const float *b,
              size_t kCount, bool add, bool finish,
              const MatrixResults &results);
  /// result[i][j] = (add ? result[i][j] : 0) + fix[j] + sum over groups and
  /// their elements of a * b, wrapping. In groups of 4 one side is u8 and one
  /// i8: `packedSigned` says which.
  void (*i32)(size_t rowCount, const uint8_t *const *a, const uint8_t *b,
              size_t groupCount, bool packedSigned, bool add,
              const int32_t *fix, const MatrixResults &results);
  /// sums[j] = sum of column j of a panel packed in groups of 4.
  void (*columnSums)(const uint8_t *b, size_t width, size_t groupCount,
                     bool isSigned, int32_t *sums);

  /// To f32: 32-bit elements as they are, bf16, f16.
  GatherRowsFn gather32, gatherBfloat, gatherHalf;
  /// Bytes, as they are or with the top bit flipped.
  GatherRowsFn gatherBytes, gatherFlipped;
  /// dst[w * pitch + i] = word w of rows[i], for i < count; 0 up to `width`.
  void (*transpose)(const uint8_t *const *rows, size_t count, size_t words,
                    size_t width, uint32_t *dst, size_t pitch);
  /// dst[i] = byte i of each of four rows, the first one lowest.
  void (*interleave)(const uint8_t *const (&rows)[4], size_t n, uint32_t *dst);
};

/// The kernels for the best target of this host.
const MatrixKernels &matrixKernels();

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXKERNELS_H
