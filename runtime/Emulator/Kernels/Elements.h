//===- Elements.h - Moving elements without looking into them -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements are 4, 8, 16, 32 or 64 bits wide. Offsets and strides count
// elements.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_ELEMENTS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_ELEMENTS_H

#include "Emulator/EngineContext.h"
#include "Emulator/Kernels/LaneKernels.h"

#include <vector>

namespace ashlar::runtime {

/// One element's bits.
uint64_t getElement(unsigned bits, const uint8_t *base, int64_t offset);
void setElement(unsigned bits, uint8_t *base, int64_t offset, uint64_t value);

/// dst[i * dstStride] = src[i * srcStride] for i < n, ascending.
void moveElements(unsigned bits, uint8_t *dst, int64_t dstOffset,
                  int64_t dstStride, const uint8_t *src, int64_t srcOffset,
                  int64_t srcStride, int64_t n);
void fillElements(unsigned bits, uint8_t *dst, int64_t offset, int64_t stride,
                  uint64_t value, int64_t n);

/// Combines elements of one type: dst = dst op src, each result rounded (or
/// wrapped) to the type. Runs are taken in ascending order.
class Combiner {
public:
  /// `op` is sum, min or max. Check valid() before use.
  Combiner(isa::OutKind op, isa::ElementType type);
  bool valid() const { return combine && put; }
  void run(uint8_t *dst, int64_t dstOffset, int64_t dstStride,
           const uint8_t *src, int64_t srcOffset, int64_t srcStride,
           int64_t n) const;

private:
  lane::LoadFn get = nullptr;
  lane::StoreFn put = nullptr;
  lane::Fn combine = nullptr;
};

/// Reads a list of i32 or i64 in dimension 5 of a tensor in this core's
/// scratchpad, each in [0, limit). Faults: TypeMismatch, ShapeMismatch,
/// IndexOutOfRange.
Fault readIndexList(const EngineContext &ctx, const Descriptor &d,
                    int64_t limit, std::vector<int64_t> &out);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_ELEMENTS_H
