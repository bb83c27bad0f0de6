//===- WalkLines.h - Lines under a nest of strided dimensions -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_TIMING_WALKLINES_H
#define ASHLAR_RUNTIME_TIMING_WALKLINES_H

#include "Timing/Timing.h"

#include <vector>

namespace ashlar::runtime::detail {

/// One dimension of a walk; units are elements.
struct WalkDim {
  int64_t size;
  int64_t stride;
  bool scattered = false;
};

/// A walk of any depth: outermost dimension first.
struct Walk {
  uint32_t elementBits;
  uint64_t baseBytes;
  std::vector<WalkDim> dims;
};

/// Products of sizes saturate: a tensor that repeats itself has no bound.
uint64_t mulSaturated(uint64_t a, uint64_t b);

/// See linesTouched in Timing.h.
uint64_t walkLines(const Walk &walk, uint32_t lineBytes);

/// Reorders dimensions [first, end) so that the smallest stride is innermost.
void sortByStride(std::vector<WalkDim> &dims, size_t first);

} // namespace ashlar::runtime::detail

#endif // ASHLAR_RUNTIME_TIMING_WALKLINES_H
