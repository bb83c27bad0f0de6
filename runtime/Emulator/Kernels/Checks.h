//===- Checks.h - Agreement of shapes and types ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_CHECKS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_CHECKS_H

#include "Emulator/Descriptor.h"
#include "Emulator/Fault.h"
#include "ISA/Isa.h"

#include <string>

namespace ashlar::runtime {

/// "[1,1,1,4,8,16]".
inline std::string formatSizes(const int64_t (&sizes)[kDims]) {
  std::string s = "[";
  for (unsigned i = 0; i < kDims; ++i)
    s += (i ? "," : "") + std::to_string(sizes[i]);
  return s + "]";
}

/// Product of sizes [first, first + 3). Sizes of resolved tensors whose strides
/// are all 0 may multiply to anything, so the product saturates.
inline int64_t productOf3(const int64_t (&sizes)[kDims], unsigned first) {
  int64_t product = 1;
  for (unsigned i = first; i < first + 3; ++i)
    if (__builtin_mul_overflow(product, sizes[i], &product))
      return INT64_MAX;
  return product;
}

inline Fault checkSameSizes(const Descriptor &a, const char *what,
                            const Descriptor &b, const char *other) {
  for (unsigned i = 0; i < kDims; ++i)
    if (a.size[i] != b.size[i])
      return Fault(TrapKind::ShapeMismatch,
                   std::string(what) + " has sizes " + formatSizes(a.size) +
                       ", " + other + " " + formatSizes(b.size));
  return {};
}

/// Broadcasting makes domains that no memory bounds; beyond this a program is
/// wrong.
inline constexpr int64_t kMostPoints = int64_t(1) << 40;
inline Fault checkPoints(const int64_t (&sizes)[kDims]) {
  int64_t outer = productOf3(sizes, 0), inner = productOf3(sizes, 3), all;
  if (__builtin_mul_overflow(outer, inner, &all) || all > kMostPoints)
    return Fault(TrapKind::ShapeMismatch,
                 "more than 2^40 points in sizes " + formatSizes(sizes));
  return {};
}

inline bool isIntegerType(isa::ElementType t) {
  return unsigned(t) <= unsigned(isa::ElementType::u64);
}
inline bool isFloatType(isa::ElementType t) { return !isIntegerType(t); }

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_CHECKS_H
