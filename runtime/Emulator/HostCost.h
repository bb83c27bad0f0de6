//===- HostCost.h - What an instruction asks of the host ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The step budget charges engines for what they keep the host busy with. Costs
// stand for the worst that an operation can meet (subnormal numbers, lines of
// memory of their own, runs of one element), measured with `bench-emulator
// --budget` on the host that docs/emulator.md names, at 8 nanoseconds a step.
// Those of micro-operations stand in their records (dialects/nisa).
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_HOSTCOST_H
#define ASHLAR_RUNTIME_EMULATOR_HOSTCOST_H

#include "Emulator/Captured.h"
#include "Timing/Machine.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace ashlar::runtime {

/// Product that stops at 2^62 instead of wrapping: shapes come unchecked.
inline uint64_t saturatingMul(uint64_t a, uint64_t b) {
  constexpr uint64_t limit = uint64_t(1) << 62;
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) || product > limit ? limit
                                                                   : product;
}
/// Points in dimensions [from, to) of a tensor.
inline uint64_t pointsOf(const Descriptor &d, unsigned from, unsigned to) {
  uint64_t count = 1;
  for (unsigned i = from; i < to; ++i)
    count = saturatingMul(count, d.size[i] > 0 ? uint64_t(d.size[i]) : 0);
  return count;
}
inline uint64_t dividedUp(uint64_t a, uint64_t b) {
  return a / b + (a % b != 0);
}

/// Adds up in 64ths of a step.
class HostCost {
public:
  void add(uint64_t times, uint64_t cost) {
    sum = std::min(sum + saturatingMul(times, cost), uint64_t(1) << 62);
  }
  uint64_t units() const { return sum; }
  uint64_t steps() const { return sum / 64; }

private:
  uint64_t sum = 0;
};

/// Costs that several engines have in common.
namespace host_cost {
/// The beginning of a run of elements in one tensor, in a memory line that is
/// in no cache.
inline constexpr uint64_t kRun = 160;
/// An element more, next to the one before, near it, or in a line of its own.
inline constexpr uint64_t kDense = 4, kNear = 20, kFar = 160;
/// Once for each row, block or slice: indices are taken apart.
inline constexpr uint64_t kRow = 600;
/// An element that is combined with the one at its place, and a call to do it.
inline constexpr uint64_t kCombine = 12, kCombineCall = 320;
} // namespace host_cost

/// An element of a run along `dim`.
uint64_t elementCost(const Descriptor &d, unsigned dim);
/// The innermost dimension of `mask` with a size other than 1, or else of
/// `mask`, which is not 0.
unsigned innermostDim(const Descriptor &sizes, unsigned mask = 63);

/// How many runs there are when `tensors` are walked together over the
/// dimensions of `mask`, and dimensions that are contiguous for all of them are
/// one, but for those of `apart`.
uint64_t runsOf(const int64_t (&sizes)[kDims],
                std::span<const Descriptor *const> tensors, unsigned mask,
                unsigned apart);

/// How elements go from one tensor to another.
struct MoveKind {
  unsigned listed = 0; // dimensions in which a list says where to
  unsigned apart = 0;  // dimensions that are cut
  bool combines = false;
  uint64_t targets = 1;
};
void addMove(HostCost &cost, const int64_t (&sizes)[kDims],
             const Descriptor &dst, const Descriptor &src,
             const MoveKind &kind);

/// What an instruction takes of the budget beside its words. Called before
/// shapes are checked, so that the budget can refuse the work.
uint64_t hostSteps(const Captured &captured, const Machine &machine);

/// The vector unit's share of it.
void addVectorCost(HostCost &cost, const Captured &captured);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_HOSTCOST_H
