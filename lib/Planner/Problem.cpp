//===- Problem.cpp - What a problem and a plan must satisfy ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing here is shared with the algorithms: a mistake there must not hide
// here.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Planner/Planner.h"

#include <algorithm>
#include <map>

using namespace ashlar::planner;

// Offsets and sums stay far from where 64 bits end.
static constexpr uint64_t maxBytes = uint64_t(1) << 60;

//===----------------------------------------------------------------------===//
// Problems
//===----------------------------------------------------------------------===//

static std::optional<std::string> checkBuffer(const Buffer &buffer) {
  auto fail = [&](const std::string &reason) {
    return "buffer '" + buffer.id + "': " + reason;
  };
  if (buffer.live.lower >= buffer.live.upper)
    return fail("empty live range [" + std::to_string(buffer.live.lower) +
                ", " + std::to_string(buffer.live.upper) + ")");
  if (buffer.alignment == 0)
    return fail("alignment must be at least 1");
  if (buffer.size > maxBytes || buffer.alignment > maxBytes)
    return fail("size or alignment is too large");
  int64_t end = buffer.live.lower;
  for (const LiveRange &gap : buffer.gaps) {
    if (gap.lower >= gap.upper || gap.lower < end ||
        gap.upper > buffer.live.upper)
      return fail("gap [" + std::to_string(gap.lower) + ", " +
                  std::to_string(gap.upper) +
                  ") is empty, overlaps another, or leaves the live range");
    end = gap.upper;
  }
  if (!buffer.fixedOffset)
    return std::nullopt;
  if (*buffer.fixedOffset > maxBytes)
    return fail("offset is too large");
  if (*buffer.fixedOffset % buffer.alignment != 0)
    return fail("offset " + std::to_string(*buffer.fixedOffset) +
                " is not a multiple of the alignment " +
                std::to_string(buffer.alignment));
  return std::nullopt;
}

/// Whether the buffer holds something at a moment.
static bool holdsAt(const Buffer &buffer, int64_t time) {
  if (time < buffer.live.lower || time >= buffer.live.upper)
    return false;
  return std::none_of(buffer.gaps.begin(), buffer.gaps.end(),
                      [&](const LiveRange &gap) {
                        return gap.lower <= time && time < gap.upper;
                      });
}

bool ashlar::planner::aliveTogether(const Buffer &a, const Buffer &b) {
  if (std::max(a.live.lower, b.live.lower) >=
      std::min(a.live.upper, b.live.upper))
    return false;
  if (a.gaps.empty() && b.gaps.empty())
    return true;
  // If they meet, they do so when one of them begins or a gap of one ends.
  auto meetsAtBeginOf = [](const Buffer &x, const Buffer &y) {
    if (holdsAt(x, x.live.lower) && holdsAt(y, x.live.lower))
      return true;
    return std::any_of(x.gaps.begin(), x.gaps.end(), [&](const LiveRange &gap) {
      return holdsAt(x, gap.upper) && holdsAt(y, gap.upper);
    });
  };
  return meetsAtBeginOf(a, b) || meetsAtBeginOf(b, a);
}

static bool overlap(const Buffer &a, uint64_t offsetA, const Buffer &b,
                    uint64_t offsetB) {
  return a.size != 0 && b.size != 0 && offsetA < offsetB + b.size &&
         offsetB < offsetA + a.size && aliveTogether(a, b);
}

/// The first pair that overlaps: a sweep over time with those alive.
template <typename OffsetOf>
static std::optional<std::pair<size_t, size_t>>
findOverlap(const Problem &problem, const std::vector<size_t> &which,
            OffsetOf offsetOf) {
  std::vector<size_t> order = which;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return problem.buffers[a].live.lower < problem.buffers[b].live.lower;
  });
  std::vector<size_t> alive;
  for (size_t i : order) {
    const Buffer &buffer = problem.buffers[i];
    std::erase_if(alive, [&](size_t other) {
      return problem.buffers[other].live.upper <= buffer.live.lower;
    });
    for (size_t other : alive)
      if (overlap(buffer, offsetOf(i), problem.buffers[other], offsetOf(other)))
        return std::pair(std::min(i, other), std::max(i, other));
    alive.push_back(i);
  }
  return std::nullopt;
}

std::optional<std::string>
ashlar::planner::checkProblem(const Problem &problem) {
  uint64_t total = 0;
  std::vector<size_t> fixed;
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    const Buffer &buffer = problem.buffers[i];
    if (std::optional<std::string> reason = checkBuffer(buffer))
      return reason;
    total += buffer.size + buffer.alignment;
    if (total > maxBytes)
      return "buffer '" + buffer.id + "': all sizes together are too large";
    if (buffer.fixedOffset)
      fixed.push_back(i);
  }
  auto overlapping = findOverlap(problem, fixed, [&](size_t i) {
    return *problem.buffers[i].fixedOffset;
  });
  if (overlapping)
    return "buffers '" + problem.buffers[overlapping->first].id + "' and '" +
           problem.buffers[overlapping->second].id + "': fixed offsets overlap";
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// Bytes alive from each moment at which that changes.
static std::map<int64_t, int64_t> changesOfLoad(const Problem &problem) {
  std::map<int64_t, int64_t> changes;
  for (const Buffer &buffer : problem.buffers) {
    int64_t size = int64_t(buffer.size);
    changes[buffer.live.lower] += size;
    changes[buffer.live.upper] -= size;
    for (const LiveRange &gap : buffer.gaps) {
      changes[gap.lower] -= size;
      changes[gap.upper] += size;
    }
  }
  return changes;
}

PeakMoment ashlar::planner::peakMoment(const Problem &problem) {
  PeakMoment peak;
  uint64_t load = 0;
  for (auto [time, change] : changesOfLoad(problem)) {
    load += uint64_t(change);
    if (load <= peak.bytes)
      continue;
    peak.bytes = load;
    peak.time = time;
  }
  for (size_t i = 0; i < problem.buffers.size(); ++i)
    if (problem.buffers[i].size != 0 && holdsAt(problem.buffers[i], peak.time))
      peak.buffers.push_back(i);
  std::sort(peak.buffers.begin(), peak.buffers.end(), [&](size_t a, size_t b) {
    uint64_t sizeA = problem.buffers[a].size, sizeB = problem.buffers[b].size;
    return sizeA != sizeB ? sizeA > sizeB : a < b;
  });
  return peak;
}

uint64_t ashlar::planner::lowerBound(const Problem &problem) {
  uint64_t bound = peakMoment(problem).bytes;
  for (const Buffer &buffer : problem.buffers)
    bound = std::max(bound, buffer.size + buffer.fixedOffset.value_or(0));
  return bound;
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

std::optional<std::string> ashlar::planner::validatePlan(const Problem &problem,
                                                         const Plan &plan) {
  if (plan.offsets.size() != problem.buffers.size())
    return "expected " + std::to_string(problem.buffers.size()) +
           " offsets, found " + std::to_string(plan.offsets.size());
  uint64_t peak = 0;
  std::vector<size_t> all;
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    const Buffer &buffer = problem.buffers[i];
    uint64_t offset = plan.offsets[i];
    if (offset % buffer.alignment != 0)
      return "buffer '" + buffer.id + "': offset " + std::to_string(offset) +
             " is not a multiple of " + std::to_string(buffer.alignment);
    if (buffer.fixedOffset && offset != *buffer.fixedOffset)
      return "buffer '" + buffer.id + "': offset " + std::to_string(offset) +
             ", but fixed at " + std::to_string(*buffer.fixedOffset);
    if (offset > maxBytes)
      return "buffer '" + buffer.id + "': offset is too large";
    peak = std::max(peak, offset + buffer.size);
    all.push_back(i);
  }
  if (auto overlapping =
          findOverlap(problem, all, [&](size_t i) { return plan.offsets[i]; }))
    return "buffers '" + problem.buffers[overlapping->first].id + "' and '" +
           problem.buffers[overlapping->second].id +
           "' overlap while both are alive";
  if (peak != plan.peak)
    return "the peak is " + std::to_string(peak) + ", not " +
           std::to_string(plan.peak);
  if (plan.fits != (peak <= problem.capacity))
    return "a peak of " + std::to_string(peak) + " in a capacity of " +
           std::to_string(problem.capacity) +
           (plan.fits ? " does not fit" : " fits");
  if (plan.lowerBound > peak)
    return "the peak of " + std::to_string(peak) +
           " is below the lower bound of " + std::to_string(plan.lowerBound);
  return std::nullopt;
}
