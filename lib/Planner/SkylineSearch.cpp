//===- SkylineSearch.cpp - Search for a layout within a height ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SkylineSearch.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

using namespace ashlar::planner;

SkylineSearch::SkylineSearch(const Instance &instance, uint64_t seed)
    : instance(instance), random(seed), weights(instance.cliques.size(), 1.0),
      visited(instance.cliques.size(), 0) {}

//===----------------------------------------------------------------------===//
// Restarts
//===----------------------------------------------------------------------===//

/// 1, 1, 2, 1, 1, 2, 4, ...: many short attempts, a few long ones.
static uint64_t luby(uint64_t i) {
  while (true) {
    uint64_t power = std::bit_floor(i + 1);
    if (i + 2 == 2 * power)
      return power;
    i -= power - 1;
  }
}

/// Who goes first among buffers at the same offset; from the second round on
/// the order is shaken.
std::vector<uint32_t> SkylineSearch::chooseRanks(Order order, bool shaken) {
  std::vector<double> keys(instance.size());
  for (size_t b = 0; b < keys.size(); ++b) {
    double duration =
        double(instance.live[b].upper) - double(instance.live[b].lower);
    double size = double(instance.sizes[b]), sum = 0;
    for (uint32_t c : instance.cliquesOf[b])
      sum += weights[c];
    switch (order) {
    case Order::WeightTimesSize:
      keys[b] = sum * size;
      break;
    case Order::Area:
      keys[b] = size * duration;
      break;
    case Order::Duration:
      keys[b] = duration;
      break;
    case Order::Size:
      keys[b] = size;
      break;
    }
    if (shaken)
      keys[b] *= 0.7 + 0.6 * double(random() % 1024) / 1024;
  }
  std::vector<uint32_t> sorted(keys.size()), result(keys.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::sort(sorted.begin(), sorted.end(), [&](uint32_t a, uint32_t b) {
    return keys[a] != keys[b] ? keys[a] > keys[b] : a < b;
  });
  for (size_t i = 0; i < sorted.size(); ++i)
    result[sorted[i]] = uint32_t(i);
  return result;
}

SkylineSearch::Result SkylineSearch::run(uint64_t theHeight, uint64_t budget,
                                         uint64_t &steps) {
  height = theHeight;
  // No strategy is best for all problems; together they are robust.
  struct Strategy {
    Order order;
    bool byContact;
  };
  static constexpr Strategy strategies[] = {{Order::WeightTimesSize, true},
                                            {Order::Duration, false},
                                            {Order::Area, true},
                                            {Order::Duration, false},
                                            {Order::Size, true},
                                            {Order::Duration, true}};
  constexpr uint64_t unitSteps = 2000;
  for (uint64_t used = 0; used < budget; ++restarts) {
    const Strategy &strategy = strategies[restarts % std::size(strategies)];
    uint64_t round = restarts / std::size(strategies);
    uint64_t allowed = std::min(budget - used, luby(round) * unitSteps);
    stepsLeft = allowed;
    byContact = strategy.byContact;
    ranks = chooseRanks(strategy.order, /*shaken=*/round != 0);
    bool success = startOver();
    used += allowed - stepsLeft;
    steps += allowed - stepsLeft;
    if (success)
      return Result::Found;
    if (!gaveUp)
      return Result::Impossible;
  }
  return Result::GaveUp;
}

bool SkylineSearch::startOver() {
  size_t count = instance.size();
  gaveUp = false;
  placed.assign(count, false);
  placedStack.clear();
  raisedStack.clear();
  offsets.assign(count, 0);
  remaining.assign(instance.cliques.size(), 0);
  tops.assign(instance.cliques.size(), 0);
  topsStack.clear();
  Buffers todo(count);
  std::iota(todo.begin(), todo.end(), 0);
  std::sort(todo.begin(), todo.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(instance.live[a].lower, a) <
           std::tie(instance.live[b].lower, b);
  });
  for (uint32_t b : todo) {
    offsets[b] = instance.legalOffset(b, 0);
    if (offsets[b] > height || instance.sizes[b] > height - offsets[b])
      return false;
    for (uint32_t c : instance.cliquesOf[b])
      remaining[c] += instance.sizes[b];
  }
  for (uint64_t bytes : remaining)
    if (bytes > height)
      return false;
  if (!solve(std::move(todo), 0))
    return false;
  found.offsets = offsets;
  found.peak = 0;
  for (size_t b = 0; b < count; ++b)
    found.peak = std::max(found.peak, offsets[b] + instance.sizes[b]);
  return true;
}

//===----------------------------------------------------------------------===//
// Descent
//===----------------------------------------------------------------------===//

/// Groups of buffers, sorted by when they begin, that are not alive together.
static std::vector<std::vector<uint32_t>>
splitByTime(const Instance &instance, const std::vector<uint32_t> &todo) {
  std::vector<std::vector<uint32_t>> parts;
  int64_t end = 0;
  for (uint32_t b : todo) {
    if (parts.empty() || instance.live[b].lower >= end) {
      parts.emplace_back();
      end = instance.live[b].upper;
    }
    parts.back().push_back(b);
    end = std::max(end, instance.live[b].upper);
  }
  return parts;
}

/// `todo` is sorted by the begin of life; all that follows lies at `lowest` or
/// above.
bool SkylineSearch::solve(Buffers todo, uint64_t lowest) {
  if (todo.empty())
    return true;
  std::vector<Buffers> parts = splitByTime(instance, todo);
  if (parts.size() > 1)
    return solveParts(parts, lowest);
  for (uint32_t b : candidates(todo, lowest)) {
    if (stepsLeft == 0) {
      gaveUp = true;
      return false;
    }
    --stepsLeft;
    size_t placedCount = placedStack.size(), raisedCount = raisedStack.size();
    uint64_t offset = offsets[b];
    if (place(b)) {
      Buffers rest;
      rest.reserve(todo.size() - 1);
      for (uint32_t other : todo)
        if (other != b)
          rest.push_back(other);
      if (solve(std::move(rest), offset))
        return true;
    }
    undo(placedCount, raisedCount);
    if (gaveUp)
      return false;
  }
  return false;
}

/// The smallest part first: its failure is the cheapest to find.
bool SkylineSearch::solveParts(const std::vector<Buffers> &parts,
                               uint64_t lowest) {
  std::vector<std::pair<size_t, size_t>> order;
  for (size_t i = 0; i < parts.size(); ++i)
    order.push_back({parts[i].size(), i});
  std::sort(order.begin(), order.end());
  for (auto [size, i] : order)
    if (!solve(parts[i], lowest))
      return false;
  return true;
}

/// How badly a buffer fits the skyline before and after its life: best is to
/// end level with what lies there, worst to stand free.
unsigned SkylineSearch::looseness(uint32_t b) const {
  uint64_t top = offsets[b] + instance.sizes[b];
  auto at = [&](size_t clique) {
    if (clique >= tops.size() || remaining[clique] == 0)
      return 1u;
    return tops[clique] == top ? 0u : tops[clique] > offsets[b] ? 1u : 3u;
  };
  // Before the first clique wraps around to beyond the last.
  return at(size_t(instance.cliquesOf[b].front()) - 1) +
         at(size_t(instance.cliquesOf[b].back()) + 1);
}

/// Buffers that may be next, best first.
SkylineSearch::Buffers SkylineSearch::candidates(const Buffers &todo,
                                                 uint64_t lowest) {
  uint64_t lowestTop = UINT64_MAX, latest = UINT64_MAX;
  ++visit;
  for (uint32_t b : todo) {
    lowestTop = std::min(lowestTop, offsets[b] + instance.sizes[b]);
    for (uint32_t c : instance.cliquesOf[b]) {
      if (visited[c] == visit)
        continue;
      visited[c] = visit;
      latest = std::min(latest, height - remaining[c]);
    }
  }
  Buffers result;
  for (uint32_t b : todo)
    if (offsets[b] >= lowest && offsets[b] < lowestTop && offsets[b] <= latest)
      result.push_back(b);
  // Key: offset, then how well it fits its place, then rank.
  std::vector<std::tuple<uint64_t, unsigned, uint32_t, uint32_t>> keyed;
  for (uint32_t b : result)
    keyed.push_back({offsets[b], byContact ? looseness(b) : 0, ranks[b], b});
  std::sort(keyed.begin(), keyed.end());
  for (size_t i = 0; i < keyed.size(); ++i)
    result[i] = std::get<3>(keyed[i]);
  return result;
}

/// Whether what remains of a clique no longer fits above what is certainly
/// lost.
bool SkylineSearch::cliqueFails(uint32_t clique, uint64_t lowest) {
  if (remaining[clique] == 0)
    return false;
  uint64_t begin = UINT64_MAX;
  for (uint32_t b : instance.cliques[clique])
    if (!placed[b])
      begin = std::min(begin, std::max(offsets[b], lowest));
  if (begin <= height - remaining[clique])
    return false;
  weights[clique] += 1;
  return true;
}

/// Puts `b` at its lowest offset and raises its neighbours. False if something
/// can no longer fit; the caller undoes it then, too.
bool SkylineSearch::place(uint32_t b) {
  uint64_t offset = offsets[b], top = offset + instance.sizes[b];
  placed[b] = true;
  placedStack.push_back(b);
  ++visit;
  Buffers touched;
  auto touch = [&](uint32_t buffer) {
    for (uint32_t c : instance.cliquesOf[buffer]) {
      if (visited[c] == visit)
        continue;
      visited[c] = visit;
      touched.push_back(c);
    }
  };
  for (uint32_t c : instance.cliquesOf[b]) {
    remaining[c] -= instance.sizes[b];
    topsStack.push_back(tops[c]);
    tops[c] = top;
  }
  touch(b);
  for (uint32_t other : instance.neighbours[b]) {
    if (placed[other] || offsets[other] >= top)
      continue;
    uint64_t raised = instance.legalOffset(other, top);
    if (raised > height || instance.sizes[other] > height - raised)
      return false;
    if (raised == offsets[other])
      continue;
    raisedStack.push_back({other, offsets[other]});
    offsets[other] = raised;
    touch(other);
  }
  for (uint32_t c : touched)
    if (cliqueFails(c, offset))
      return false;
  return true;
}

void SkylineSearch::undo(size_t placedCount, size_t raisedCount) {
  for (; placedStack.size() > placedCount; placedStack.pop_back()) {
    uint32_t b = placedStack.back();
    placed[b] = false;
    const Buffers &cliques = instance.cliquesOf[b];
    for (size_t i = cliques.size(); i-- > 0; topsStack.pop_back()) {
      remaining[cliques[i]] += instance.sizes[b];
      tops[cliques[i]] = topsStack.back();
    }
  }
  for (; raisedStack.size() > raisedCount; raisedStack.pop_back())
    offsets[raisedStack.back().first] = raisedStack.back().second;
}
