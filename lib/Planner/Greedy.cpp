//===- Greedy.cpp - One buffer after the other ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Instance.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

using namespace ashlar::planner;

namespace {

/// Buffers that have their place.
class Placement {
public:
  explicit Placement(const Instance &instance)
      : instance(instance), placed(instance.size()) {
    layout.offsets.assign(instance.size(), 0);
  }

  void placeLowest(uint32_t b) {
    std::vector<std::pair<uint64_t, uint64_t>> taken = takenBy(b);
    uint64_t offset = instance.legalOffset(b, 0);
    // In ascending order, the first hole that is large enough.
    for (auto [begin, end] : taken) {
      if (offset + instance.sizes[b] <= begin)
        break;
      if (end > offset)
        offset = instance.legalOffset(b, end);
    }
    place(b, offset);
  }

  void place(uint32_t b, uint64_t offset) {
    layout.offsets[b] = offset;
    layout.peak = std::max(layout.peak, offset + instance.sizes[b]);
    placed[b] = true;
    all.push_back(b);
  }

  Layout layout;

private:
  /// What neighbours occupy, ascending.
  std::vector<std::pair<uint64_t, uint64_t>> takenBy(uint32_t b) const {
    std::vector<std::pair<uint64_t, uint64_t>> taken;
    auto add = [&](uint32_t other) {
      uint64_t offset = layout.offsets[other];
      taken.push_back({offset, offset + instance.sizes[other]});
    };
    if (instance.hasNeighbours) {
      for (uint32_t other : instance.neighbours[b])
        if (placed[other])
          add(other);
    } else {
      for (uint32_t other : all)
        if (instance.live[b].lower < instance.live[other].upper &&
            instance.live[other].lower < instance.live[b].upper &&
            instance.aliveTogether(b, other))
          add(other);
    }
    std::sort(taken.begin(), taken.end());
    return taken;
  }

  const Instance &instance;
  std::vector<bool> placed;
  std::vector<uint32_t> all;
};

} // namespace

Layout ashlar::planner::placeInOrder(const Instance &instance,
                                     const std::vector<uint32_t> &order) {
  Placement placement(instance);
  for (uint32_t b : order)
    if (instance.fixed[b] != Instance::notFixed)
      placement.place(b, instance.fixed[b]);
  for (uint32_t b : order)
    if (instance.fixed[b] == Instance::notFixed)
      placement.placeLowest(b);
  return std::move(placement.layout);
}

/// Largest key first; equal keys in the problem's order.
static std::vector<uint32_t> orderBy(const std::vector<double> &keys) {
  std::vector<uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return keys[a] != keys[b] ? keys[a] > keys[b] : a < b;
  });
  return order;
}

/// The orders that people use, and the one by how contended a buffer's time is.
static std::vector<std::vector<double>> startingKeys(const Instance &instance) {
  std::vector<std::vector<double>> keys(5,
                                        std::vector<double>(instance.size()));
  std::vector<double> load(instance.cliques.size());
  for (size_t c = 0; c < load.size(); ++c)
    for (uint32_t b : instance.cliques[c])
      load[c] += double(instance.sizes[b]);
  for (size_t b = 0; b < instance.size(); ++b) {
    double size = double(instance.sizes[b]);
    double duration =
        double(instance.live[b].upper) - double(instance.live[b].lower);
    double contention = 0;
    for (uint32_t c : instance.cliquesOf[b])
      contention = std::max(contention, load[c]);
    keys[0][b] = size * duration;
    keys[1][b] = size;
    keys[2][b] = duration;
    keys[3][b] = contention * size;
    keys[4][b] = -double(instance.live[b].lower);
  }
  return keys;
}

Layout ashlar::planner::placeGreedily(const Instance &instance, uint64_t goal,
                                      uint64_t budget, uint64_t &steps) {
  Layout best;
  std::vector<double> keys;
  for (std::vector<double> &start : startingKeys(instance)) {
    if (!best.offsets.empty() && (best.peak <= goal || steps > budget))
      return best;
    Layout layout = placeInOrder(instance, orderBy(start));
    steps += instance.size();
    if (best.offsets.empty() || layout.peak < best.peak) {
      best = std::move(layout);
      keys = std::move(start);
    }
  }
  // Positions count, not the keys' own scale.
  std::vector<uint32_t> order = orderBy(keys);
  for (size_t i = 0; i < order.size(); ++i)
    keys[order[i]] = double(order.size() - i);
  Layout last = best;
  for (unsigned fruitless = 0;
       best.peak > goal && fruitless < 60 && steps < budget;) {
    // Who lies highest came too late.
    uint64_t highest = best.peak - (best.peak - goal) / 4;
    for (size_t b = 0; b < instance.size(); ++b)
      if (last.offsets[b] + instance.sizes[b] >= std::min(highest, last.peak))
        keys[b] += double(order.size()) / (8 + fruitless % 16);
    last = placeInOrder(instance, orderBy(keys));
    steps += instance.size();
    ++fruitless;
    if (last.peak < best.peak) {
      best = last;
      fruitless = 0;
    }
  }
  return best;
}
