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

  /// rowsOut[i] = row first + i, elements [k, k + kCount) as f32. Points into
  /// the tensor where it can, else into `buffer` (count * kCount floats).
  void floatRows(int64_t first, size_t count, int64_t k, size_t kCount,
                 float *buffer, const float **rowsOut) const;
  /// The same for 8-bit integers: as i8 (u8 minus 128) if group is 4, as i16 if
  /// it is 2; padded with zeros to whole groups. The buffer has room for count
  /// * ceil(kCount / group) * 4 bytes.
  void intRows(int64_t first, size_t count, int64_t k, size_t kCount,
               size_t group, uint8_t *buffer, const uint8_t **rowsOut) const;

  /// For each k the rows [first, first + count) as columns of
  /// MatrixKernels::f32, zeros up to `width`. The buffer has count * kCount
  /// floats.
  void floatColumns(int64_t first, size_t count, size_t width, int64_t k,
                    size_t kCount, float *buffer, float *dst) const;

private:
  void loadRow(int64_t row, int64_t k, size_t kCount, float *dst) const;
  void loadBytes(int64_t row, int64_t k, size_t kCount, uint8_t *dst) const;
  void dequantiseRow(int64_t row, int64_t k, size_t kCount, float *dst) const;
  void byteRows(int64_t first, size_t count, int64_t k, size_t kCount,
                uint8_t *dst, size_t pitch) const;

  TensorWalk rows{3}, ks{3};
  lane::LoadFn load = nullptr;
  bool contiguousK = false;    // a row's k elements are neighbours
  bool contiguousRows = false; // neighbouring rows are neighbours, k is not
};

/// Grouped integer rows as columns of MatrixKernels::i32; bytes get 128 added.
void packIntColumns(const uint8_t *const *rows, size_t count, size_t width,
                    size_t group, size_t groups, uint8_t *dst);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXOPERAND_H
