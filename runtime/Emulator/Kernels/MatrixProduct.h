//===- MatrixProduct.h - One matrix product on the host -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The host's loops have nothing to do with the machine's blocks: whichever
// operand has fewer rows is packed, the other streams. Floats stay exact
// because each accumulator still sees its products one by one, k ascending;
// integers wrap, so their order is free. Host threads share the rows and the
// panels of columns, never a sum.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXPRODUCT_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXPRODUCT_H

#include "Emulator/HostThreads.h"
#include "Emulator/Kernels/AccTile.h"
#include "Emulator/Kernels/MatrixKernels.h"
#include "Emulator/Kernels/MatrixOperand.h"

namespace ashlar::runtime {

class MatrixProduct {
public:
  MatrixOperand operands[2]; // a, b
  AccTile acc;
  bool add = false;

  /// `threads` may be null.
  void run(HostThreads *threads);

private:
  /// Columns [j0, jEnd) and k elements [k0, k0 + k) of the packed operand.
  struct Block {
    int64_t j0, jEnd, k0;
    size_t k;
    bool first, last; // of all k
  };
  /// Rows [i0, i0 + m) of the streaming operand and some panels of a block.
  struct Part {
    int64_t i0;
    size_t m;
    int64_t j, jEnd;
  };

  void zeroAll();
  void runBlock(const Block &block, HostThreads *threads);
  void packPanel(const Block &block, int64_t j);
  void runPart(const Block &block, const Part &part);
  void runPanel(const Block &block, const Part &part, int64_t j,
                const void *rows);
  void multiply(const Block &block, size_t m, int64_t j, const void *rows,
                bool adds, const MatrixResults &results);
  void throughTile(const Block &block, const Part &part, int64_t j, size_t n,
                   const void *rows);
  size_t panelWidth() const { return kernels.lanes * kernels.vectors; }
  size_t paddedWidth(int64_t j, int64_t jEnd) const;
  /// Bytes of k elements of one packed column.
  size_t columnBytes(size_t k) const;
  uint8_t *panelAt(const Block &block, int64_t j) const;

  const MatrixKernels &kernels = matrixKernels();
  // Roles: rows of `stream` are streamed, rows of `pack` become columns.
  const MatrixOperand *stream = nullptr, *pack = nullptr;
  bool swapped = false; // stream is b: results are transposed
  bool direct = false;  // kernels write accumulators themselves
  // Integers in groups of 4: the streaming operand's top bits are flipped, and
  // columns corrected by this multiple of their sum.
  bool flip = false;
  int32_t fixFactor = 0;
  uint8_t *packed = nullptr;
  int32_t *fixes = nullptr;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_MATRIXPRODUCT_H
