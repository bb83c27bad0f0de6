//===- MatrixOperand.h - Operands of mm as rows and columns ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXOPERAND_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXOPERAND_H

#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/TensorWalk.h"
#include "Emulator/Memory.h"

namespace ashlar::runtime {

/// One operand of a product: rows (m or n) by k, perhaps with scale and zero
/// point.
class MatrixOperand {
public:
  HostTensor tensor, scale, zero;
  bool hasScale = false, hasZero = false;
  /// Dequantised values are rounded to this type.
  isa::ElementType roundTo = isa::ElementType::f32;

  /// Call once the tensors are set.
  void prepare();

  int64_t rowCount() const { return rows.points(); }
  int64_t depth() const { return ks.points(); }
  bool isSignedInt() const { return tensor.type == isa::ElementType::i8; }

  /// Most rows that one call below takes.
  static constexpr size_t kMostRows = 256;

  /// rowsOut[i] = row first + i, elements [k, k + kCount) as f32. Points into
  /// the tensor where it can, else into `buffer` (count * kCount floats).
  void floatRows(int64_t first, size_t count, int64_t k, size_t kCount,
                 float *buffer, const float **rowsOut) const;
  /// The same for 8-bit integers: in groups of 4 as they are, or with the top
  /// bit flipped (u8 to i8 minus 128 and back); in groups of 2 as i16. Padded
  /// to whole groups with bytes that the other operand's zeros meet. The buffer
  /// has room for count * ceil(kCount / group) * 4 bytes.
  void intRows(int64_t first, size_t count, int64_t k, size_t kCount,
               size_t group, bool flip, uint8_t *buffer,
               const uint8_t **rowsOut) const;

  /// For each k the rows [first, first + count) as columns of a panel of
  /// MatrixKernels, zeros up to `width`. The buffer has count * kCount floats.
  void floatColumns(int64_t first, size_t count, size_t width, int64_t k,
                    size_t kCount, float *buffer, float *dst) const;
  /// The same for each group of k; padded with zeros.
  void intColumns(int64_t first, size_t count, size_t width, int64_t k,
                  size_t kCount, size_t group, uint8_t *buffer,
                  uint8_t *dst) const;

private:
  void dequantiseRow(int64_t row, int64_t k, size_t kCount, float *dst) const;
  void gatherFloats(const TensorWalk &outer, int64_t first, size_t count,
                    const TensorWalk &inner, int64_t at, size_t n, float *dst,
                    size_t pitch) const;
  void gatherBytes(const TensorWalk &outer, int64_t first, size_t count,
                   const TensorWalk &inner, int64_t at, size_t n, bool flip,
                   uint8_t *dst, size_t pitch) const;
  void groupColumns(int64_t first, size_t count, int64_t k, size_t kCount,
                    bool flip, uint32_t *dst, size_t pitch) const;

  TensorWalk rows{3}, ks{3};
  lane::LoadFn load = nullptr;
  bool contiguousK = false; // a row's k elements are neighbours
  bool columnwise = false;  // runs along rows are longer than those along k
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXOPERAND_H
