//===- AccTile.h - A tile of accumulators on the host ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_ACCTILE_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_ACCTILE_H

#include "Emulator/EngineContext.h"

#include <algorithm>

namespace ashlar::runtime {

/// M x N accumulators in panels of n lanes (docs/machine.md, "Matrix unit").
struct AccTile {
  uint8_t *data = nullptr;
  bool isFloat = false;
  int64_t rows = 0, columns = 0;          // M, N
  int64_t lanes = 1;                      // n
  int64_t rowStride = 0, panelStride = 0; // in lanes

  /// Element (i, j); 32 bits each.
  uint8_t *at(int64_t i, int64_t j) const {
    return data + 4 * (i * rowStride + j / lanes * panelStride + j % lanes);
  }

  /// Calls f(pointer, column, n) for the contiguous pieces of columns
  /// [first, first + n) of row i.
  template <typename F>
  void forPieces(int64_t i, int64_t first, int64_t n, F f) const {
    for (int64_t j = first, end = first + n; j < end;) {
      int64_t piece = std::min(lanes - j % lanes, end - j);
      f(at(i, j), j, piece);
      j += piece;
    }
  }
};

/// Checks the descriptor of an accumulator tile of rows x columns and finds it.
/// Faults: TypeMismatch, ShapeMismatch, MisalignedDescriptor, OutOfRange.
/// Nothing is touched (and data stays null) if rows or columns is 0.
Fault resolveAccumulators(const EngineContext &ctx, const Descriptor &d,
                          int64_t rows, int64_t columns, Access access,
                          AccTile &out);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_ACCTILE_H
