//===- Instance.cpp - A problem made ready for the algorithms -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Instance.h"

#include <algorithm>
#include <tuple>

using namespace ashlar::planner;

/// The parts of a live range in which the buffer holds something.
static std::vector<LiveRange> heldRanges(const Buffer &buffer) {
  std::vector<LiveRange> ranges;
  int64_t begin = buffer.live.lower;
  for (const LiveRange &gap : buffer.gaps) {
    if (gap.lower > begin)
      ranges.push_back({begin, gap.lower});
    begin = gap.upper;
  }
  if (begin < buffer.live.upper)
    ranges.push_back({begin, buffer.live.upper});
  return ranges;
}

namespace {
struct Event {
  int64_t time;
  bool begins;
  uint32_t buffer;
};
} // namespace

Instance::Instance(const Problem &problem) {
  std::vector<Event> events;
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    const Buffer &buffer = problem.buffers[i];
    std::vector<LiveRange> held = heldRanges(buffer);
    if (buffer.size == 0 || held.empty())
      continue;
    uint32_t index = uint32_t(original.size());
    original.push_back(i);
    sizes.push_back(buffer.size);
    alignments.push_back(buffer.alignment);
    fixed.push_back(buffer.fixedOffset.value_or(notFixed));
    live.push_back({held.front().lower, held.back().upper});
    for (const LiveRange &range : held) {
      events.push_back({range.lower, true, index});
      events.push_back({range.upper, false, index});
    }
  }
  // Ends before beginnings: ranges are half open.
  std::sort(events.begin(), events.end(), [](const Event &a, const Event &b) {
    return std::tie(a.time, a.begins, a.buffer) <
           std::tie(b.time, b.begins, b.buffer);
  });
  cliquesOf.resize(size());
  std::vector<uint32_t> alive;
  uint64_t pairs = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event &event = events[i];
    auto at = std::lower_bound(alive.begin(), alive.end(), event.buffer);
    if (event.begins) {
      alive.insert(at, event.buffer);
      pairs += alive.size();
    } else {
      alive.erase(at);
    }
    // A set is maximal where something begins and the next thing to happen is
    // an end.
    if (!event.begins || events[i + 1].begins)
      continue;
    for (uint32_t b : alive)
      cliquesOf[b].push_back(uint32_t(cliques.size()));
    cliques.push_back(alive);
  }
  constexpr uint64_t maxPairs = 4'000'000;
  if (pairs > maxPairs)
    return;
  hasNeighbours = true;
  neighbours.resize(size());
  for (uint32_t b = 0; b < size(); ++b) {
    std::vector<uint32_t> &list = neighbours[b];
    for (uint32_t clique : cliquesOf[b])
      list.insert(list.end(), cliques[clique].begin(), cliques[clique].end());
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    list.erase(std::find(list.begin(), list.end(), b));
  }
}

uint64_t Instance::legalOffset(size_t b, uint64_t offset) const {
  if (fixed[b] != notFixed)
    return offset <= fixed[b] ? fixed[b] : notFixed;
  uint64_t excess = offset % alignments[b];
  return excess == 0 ? offset : offset + (alignments[b] - excess);
}

bool Instance::aliveTogether(size_t a, size_t b) const {
  const std::vector<uint32_t> &x = cliquesOf[a], &y = cliquesOf[b];
  for (size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    if (x[i] == y[j])
      return true;
    ++(x[i] < y[j] ? i : j);
  }
  return false;
}
