//===- SkylineSearch.h - Search for a layout within a height --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decides whether everything fits below a height: depth first, lowest offsets
// first, with restarts.
//
// Buffers are placed in ascending order of their offsets, so that each lies on
// the tops of those alive with it: its offset is known when it is chosen. That
// loses nothing: in a layout whose sorted offsets are smallest, every buffer
// lies on another or at the bottom. Three rules cut the tree:
// - Of the buffers that remain, one must begin below the lowest top that any of
//   them could have; otherwise that one could be moved down.
// - In each clique, what remains must fit between the lowest offset that one
//   of its buffers can still have and the height.
// - When what remains at different times is not alive together, the parts are
//   solved by themselves.
//
// Every failure of the second rule makes its clique heavier; restarts begin
// with buffers of heavy cliques.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_PLANNER_SKYLINESEARCH_H
#define ASHLAR_LIB_PLANNER_SKYLINESEARCH_H

#include "Instance.h"

#include <random>

namespace ashlar::planner {

class SkylineSearch {
public:
  enum class Result { Found, Impossible, GaveUp };

  /// The instance must have neighbours.
  SkylineSearch(const Instance &instance, uint64_t seed);

  /// Looks for a layout of at most `height` within `budget` placements, which
  /// are added to `steps`. What was learnt in earlier calls is kept.
  Result run(uint64_t height, uint64_t budget, uint64_t &steps);

  /// After Found.
  const Layout &layout() const { return found; }

private:
  using Buffers = std::vector<uint32_t>;

  /// Largest first by this measure.
  enum class Order { WeightTimesSize, Area, Duration, Size };

  std::vector<uint32_t> chooseRanks(Order order, bool shaken);
  bool startOver();
  bool solve(Buffers todo, uint64_t lowest);
  bool solveParts(const std::vector<Buffers> &parts, uint64_t lowest);
  unsigned looseness(uint32_t b) const;
  Buffers candidates(const Buffers &todo, uint64_t lowest);
  bool place(uint32_t b);
  bool cliqueFails(uint32_t clique, uint64_t lowest);
  void undo(size_t placedCount, size_t raisedCount);

  const Instance &instance;
  std::mt19937_64 random;
  std::vector<double> weights; ///< of cliques; grows with failures
  unsigned restarts = 0;

  uint64_t height = 0;
  uint64_t stepsLeft = 0; ///< of this restart
  bool gaveUp = false;
  bool byContact = false; ///< at the same offset, best fit before rank

  // State of the descent. `offsets` is where a buffer lies, or the lowest place
  // that it can still have.
  std::vector<uint32_t> ranks;
  std::vector<uint64_t> offsets;
  std::vector<bool> placed;
  std::vector<uint64_t>
      remaining;              ///< bytes of each clique that have no place yet
  std::vector<uint64_t> tops; ///< of what lies highest in each clique
  std::vector<uint64_t> topsStack;
  std::vector<uint32_t> placedStack;
  std::vector<std::pair<uint32_t, uint64_t>> raisedStack;
  std::vector<uint64_t> visited; ///< cliques, by the number of the visit
  uint64_t visit = 0;

  Layout found;
};

} // namespace ashlar::planner

#endif // ASHLAR_LIB_PLANNER_SKYLINESEARCH_H
