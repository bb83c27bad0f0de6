//===- LaneKernels.h - Loops over blocks of lanes -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function looks up a loop for the best target of this host; null means
// that the combination does not exist. Arrays of lanes hold float, double,
// int32_t, uint32_t, int64_t or uint64_t, aligned to 64 bytes; outputs are
// identical to an input or disjoint from it. All results are the same on every
// target.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_LANEKERNELS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_LANEKERNELS_H

#include "ISA/Isa.h"

#include <cstddef>
#include <cstdint>

namespace ashlar::runtime::lane {

/// Lanes that are worked on at a time.
inline constexpr size_t kBlock = 512;

/// d[i] = f(a[i], b[i], c[i]) for i < n; operands that f lacks are null.
using Fn = void (*)(void *d, const void *a, const void *b, const void *c,
                    size_t n);

/// v.add .. v.popcount except v.sel, at a type; comparisons write int32_t.
Fn arithmetic(isa::Opcode op, isa::LaneType type);
/// v.exp .. v.sigmoid, v.pow, v.atan2.
Fn transcendental(isa::Opcode op, isa::LaneType type);
/// d = c != 0 ? a : b for lanes of 4 or 8 bytes; c holds int32_t.
Fn select(bool wide);
/// v.cvt.
Fn convert(isa::LaneType to, isa::LaneType from, bool toNearestEven);
/// v.narrow and v.sat; the register's type follows from the element type.
Fn narrow(isa::ElementType type);
Fn clampTo(isa::ElementType type);

/// The type a tensor's elements have once loaded into lanes.
isa::LaneType laneTypeOf(isa::ElementType type);

/// dst[i] = element offset + i * stride of a tensor at `base`, in
/// laneTypeOf(type).
using LoadFn = void (*)(void *dst, const uint8_t *base, int64_t offset,
                        int64_t stride, size_t n);
/// The reverse; from lanes of a type to elements (docs/machine.md, "Vector
/// unit").
using StoreFn = void (*)(const void *src, uint8_t *base, int64_t offset,
                         int64_t stride, size_t n);
LoadFn load(isa::ElementType type);
StoreFn store(isa::LaneType from, isa::ElementType type);

/// What a v.out kind does with two values, and its neutral value.
struct Reduction {
  Fn combine = nullptr; // d = a op b
  /// partials[i % 16] = partials[i % 16] op x[i] for i < n.
  void (*accumulate)(void *partials, const void *x, size_t n) = nullptr;
  /// Running results in place: state = state op x[i], x[i] = state (or,
  /// exclusive, the state before); from the last lane to the first if reversed.
  void (*scan)(void *x, void *state, size_t n, bool exclusive,
               bool reverse) = nullptr;
  uint64_t identity = 0;     // bits of the lane type
  uint64_t scanIdentity = 0; // what an exclusive scan begins with
};
/// Reductions and scans; `combine` is null for arg-reductions and bad types.
Reduction reduction(isa::OutKind kind, isa::LaneType type);

/// Arg-reductions: lane i of best/index takes x[i] at position `at` if it wins.
/// `first` says that best holds nothing yet.
using ArgFn = void (*)(void *best, int64_t *index, const void *x, int64_t at,
                       bool first, size_t n);
/// The same over n successive positions into one best value and index.
using ArgRowFn = void (*)(void *best, int64_t *index, const void *x, int64_t at,
                          bool first, size_t n);
struct ArgReduction {
  ArgFn lanes = nullptr;
  ArgRowFn row = nullptr;
};
ArgReduction argReduction(bool maximum, bool last, isa::LaneType type);

} // namespace ashlar::runtime::lane

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_LANEKERNELS_H
