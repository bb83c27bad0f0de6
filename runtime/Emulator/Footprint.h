//===- Footprint.h - Which bytes an instruction touches -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_FOOTPRINT_H
#define ASHLAR_RUNTIME_EMULATOR_FOOTPRINT_H

#include "Emulator/Captured.h"
#include "Emulator/Memory.h"

#include <vector>

namespace ashlar::runtime {

/// A tensor as an instruction uses it. Windows, gather lists and accumulator
/// panels have been applied: each byte that the descriptor covers is touched.
struct Operand {
  Descriptor d;
  Access access = Access::Read;
  /// Reads and writes the same point at a time, so that it may coincide with
  /// another such operand of the same instruction.
  bool pointwise = false;
  /// Operands of one number are parts of one tensor.
  uint8_t number = 0;
};

/// Appends the operands of a captured instruction, exactly: index lists are
/// read from `memory`. Nothing is appended for tensors that do not resolve or
/// entries of lists that are out of range: the kernel traps for them.
void collectOperands(const Captured &captured, const Memory &memory,
                     const Machine &machine, std::vector<Operand> &operands);

/// Bytes [begin, end) relative to a base.
struct ByteRun {
  int64_t begin, end;
};

/// The bytes of a tensor that is not empty, as ascending, disjoint runs that do
/// not touch, relative to its base.
void byteRuns(const Descriptor &d, std::vector<ByteRun> &runs);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_FOOTPRINT_H
