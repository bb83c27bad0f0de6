//===- Instance.h - A problem made ready for the algorithms ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Times are reduced to cliques: moments at which a maximal set of buffers is
// alive. Two buffers are alive together exactly if they share a clique. Buffers
// of size zero are left out.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_PLANNER_INSTANCE_H
#define ASHLAR_LIB_PLANNER_INSTANCE_H

#include "ashlar/Planner/Planner.h"

#include <cstdint>
#include <vector>

namespace ashlar::planner {

struct Instance {
  static constexpr uint64_t notFixed = UINT64_MAX;

  explicit Instance(const Problem &problem);

  size_t size() const { return sizes.size(); }
  /// Smallest legal offset of `b` that is at least `offset`; `notFixed` (beyond
  /// everything) if there is none.
  uint64_t legalOffset(size_t b, uint64_t offset) const;
  bool aliveTogether(size_t a, size_t b) const;

  /// Index into the problem's buffers.
  std::vector<size_t> original;
  std::vector<uint64_t> sizes, alignments, fixed;
  std::vector<LiveRange> live; ///< first to last moment, gaps included
  std::vector<std::vector<uint32_t>> cliques; ///< buffers of each clique
  std::vector<std::vector<uint32_t>>
      cliquesOf; ///< cliques of each buffer, ascending
  /// Buffers alive together with each. Empty if there would be too many pairs.
  std::vector<std::vector<uint32_t>> neighbours;
  bool hasNeighbours = false;
};

/// Offsets of an instance's buffers, and the largest top.
struct Layout {
  std::vector<uint64_t> offsets;
  uint64_t peak = 0;
};

/// Puts the buffers in this order, each at the lowest offset that is free.
/// Buffers with a fixed offset come first, whatever the order.
Layout placeInOrder(const Instance &instance,
                    const std::vector<uint32_t> &order);

/// The best of several orders, then repeated with the buffers at the peak put
/// earlier each time, for at most `budget` placements. Adds to `steps`.
Layout placeGreedily(const Instance &instance, uint64_t goal, uint64_t budget,
                     uint64_t &steps);

} // namespace ashlar::planner

#endif // ASHLAR_LIB_PLANNER_INSTANCE_H
