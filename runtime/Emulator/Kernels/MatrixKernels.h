//===- MatrixKernels.h - Inner loops of matrix products -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of up to `rows` x (`vectors` * `lanes`) results stays in host
// registers while k advances. Streaming operands are rows, the other operand is
// packed: for each k (or group of k) all columns of the tile, one behind the
// other.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXKERNELS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXKERNELS_H

#include <cstddef>
#include <cstdint>

namespace ashlar::runtime {

struct MatrixKernels {
  size_t rows;    // most rows of a tile
  size_t lanes;   // 32-bit lanes of a vector
  size_t vectors; // most vectors of a tile's row
  /// Integer operands: k elements that lie together. 4: streaming operand as
  /// i8, packed one as u8. 2: both as i16.
  size_t group;

  /// tile[i][j] = fma(a[i][k], b[k][j], tile[i][j]) for k = 0 .. kCount - 1 in
  /// this order; rows of tile and b have `vectorCount * lanes` elements.
  void (*f32)(size_t rowCount, size_t vectorCount, const float *const *a,
              const float *b, float *tile, size_t kCount);
  /// tile[i][j] = sum over groups and their elements of a * b, wrapping.
  void (*i32)(size_t rowCount, size_t vectorCount, const uint8_t *const *a,
              const uint8_t *b, int32_t *tile, size_t groupCount);
  /// sums[i] = sum of the first kCount bytes of row i as i8.
  void (*byteSums)(const uint8_t *const *rows, size_t rowCount, size_t kCount,
                   int32_t *sums);
};

/// The kernels for the best target of this host.
const MatrixKernels &matrixKernels();

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXKERNELS_H
