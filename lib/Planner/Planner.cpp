//===- Planner.cpp - From quick to thorough -------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Planner/Planner.h"

#include "Instance.h"
#include "SkylineSearch.h"

#include <algorithm>

using namespace ashlar::planner;

namespace {

/// Best layout so far, and what is known about those below it.
class Improver {
public:
  Improver(const Instance &instance, uint64_t capacity, uint64_t bound,
           const Options &options)
      : bound(bound), instance(instance), options(options), capacity(capacity),
        search(instance, options.seed) {}

  void improve();

  Layout best;
  uint64_t bound; ///< no layout is lower
  uint64_t steps = 0;

private:
  bool done() const {
    return best.peak <= bound ||
           (options.stopAtCapacity && best.peak <= capacity) ||
           steps >= options.budget;
  }
  bool tryHeight(uint64_t height, uint64_t budget);
  void approachCapacity();
  void approachBound();

  const Instance &instance;
  const Options &options;
  uint64_t capacity;
  SkylineSearch search;
};

} // namespace

/// True if something was learnt: a layout, or that there is none.
bool Improver::tryHeight(uint64_t height, uint64_t budget) {
  budget = std::min(budget, options.budget - std::min(options.budget, steps));
  switch (search.run(height, budget, steps)) {
  case SkylineSearch::Result::Found:
    best = search.layout();
    return true;
  case SkylineSearch::Result::Impossible:
    bound = height + 1;
    return true;
  case SkylineSearch::Result::GaveUp:
    return false;
  }
  return false;
}

/// That everything fits matters more than how far below the capacity it stays:
/// three quarters of the budget. Tighter heights are tried, too: where less is
/// possible, wrong turns show earlier.
void Improver::approachCapacity() {
  uint64_t reserve = options.stopAtCapacity ? 0 : options.budget / 4;
  for (uint64_t slice = 50'000; best.peak > capacity && capacity >= bound;
       slice *= 2) {
    for (uint64_t part : {2, 0, 1}) {
      if (best.peak <= capacity || capacity < bound || done() ||
          steps + reserve >= options.budget)
        return;
      tryHeight(bound + (capacity - bound) / 2 * part, slice);
    }
  }
}

/// Between the bound and the best: heights further and further from the bound
/// while nothing is found, with more and more work for each.
void Improver::approachBound() {
  uint64_t slice = std::max<uint64_t>(20'000, 4 * instance.size());
  while (!done()) {
    bool learnt = false;
    // The bound itself first, then a half, three quarters, ... of the gap.
    uint64_t gap = best.peak - 1 - bound;
    for (uint64_t part = gap; !learnt && !done(); part /= 2) {
      learnt = tryHeight(bound + (gap - part), slice);
      if (part == 0)
        break;
    }
    if (!learnt)
      slice *= 2;
  }
}

void Improver::improve() {
  uint64_t goal = options.stopAtCapacity ? std::max(bound, capacity) : bound;
  uint64_t quick = std::min<uint64_t>(options.budget, 400 * instance.size());
  best = placeGreedily(instance, goal, quick, steps);
  // Deep recursion and quadratic memory end somewhere.
  constexpr size_t maxSearched = 10'000;
  if (!instance.hasNeighbours || instance.size() > maxSearched)
    return;
  approachCapacity();
  approachBound();
}

Plan ashlar::planner::plan(const Problem &problem, const Options &options) {
  Plan plan;
  plan.offsets.assign(problem.buffers.size(), 0);
  for (size_t i = 0; i < problem.buffers.size(); ++i)
    plan.offsets[i] = problem.buffers[i].fixedOffset.value_or(0);
  plan.lowerBound = lowerBound(problem);

  Instance instance(problem);
  if (instance.size() != 0) {
    Improver improver(instance, problem.capacity, plan.lowerBound, options);
    improver.improve();
    for (size_t b = 0; b < instance.size(); ++b)
      plan.offsets[instance.original[b]] = improver.best.offsets[b];
    plan.lowerBound = improver.bound;
    plan.steps = improver.steps;
  }
  for (size_t i = 0; i < problem.buffers.size(); ++i)
    plan.peak = std::max(plan.peak, plan.offsets[i] + problem.buffers[i].size);
  plan.fits = plan.peak <= problem.capacity;
  return plan;
}
