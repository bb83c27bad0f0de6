//===- Planner.h - Buffers with lifetimes to offsets ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Static memory planning as a pure problem: buffers that are alive during
// ranges of time get offsets so that those alive together do not overlap, and
// as few bytes as possible are used. Knows nothing of MLIR; the standard
// library only.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_PLANNER_PLANNER_H
#define ASHLAR_PLANNER_PLANNER_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::planner {

/// A half-open range of time.
struct LiveRange {
  int64_t lower = 0;
  int64_t upper = 0;
};

struct Buffer {
  std::string id;
  LiveRange live;
  uint64_t size = 0;      ///< bytes; 0 occupies nothing
  uint64_t alignment = 1; ///< bytes, at least 1
  /// Ranges inside `live` in which the buffer holds nothing and others may use
  /// its place: sorted, disjoint.
  std::vector<LiveRange> gaps;
  std::optional<uint64_t> fixedOffset; ///< the plan must put it here
};

struct Problem {
  std::vector<Buffer> buffers;
  uint64_t capacity = 0; ///< bytes; offset + size of no buffer may exceed it
};

struct Options {
  /// Work allowed, in placements of one buffer. Steps, not seconds: the same
  /// problem gives the same plan on every host.
  uint64_t budget = 2'000'000;
  /// Stop as soon as everything fits, even if fewer bytes might do.
  bool stopAtCapacity = false;
  uint64_t seed = 1;
};

struct Plan {
  /// One per buffer, in the problem's order.
  std::vector<uint64_t> offsets;
  uint64_t peak = 0;       ///< largest offset + size
  uint64_t lowerBound = 0; ///< no plan can have a smaller peak
  bool fits = false;       ///< peak <= capacity
  uint64_t steps = 0;      ///< of the budget, used
  bool optimal() const { return peak == lowerBound; }
};

/// The best plan found within the budget; also one that does not fit, so that
/// the caller can say by how much. The problem must be valid.
Plan plan(const Problem &problem, const Options &options = {});

/// What makes a problem meaningless (an empty live range, alignment 0, gaps
/// outside the live range, fixed offsets that are misaligned or overlap), or
/// nothing.
std::optional<std::string> checkProblem(const Problem &problem);

/// Independent of the algorithms: what is wrong with a plan, or nothing. Checks
/// alignment, fixed offsets, overlap of buffers that are alive together, and
/// that `peak` is what the offsets say. `fits` is checked against the capacity.
std::optional<std::string> validatePlan(const Problem &problem,
                                        const Plan &plan);

/// Whether two buffers are alive at the same time (gaps considered).
bool aliveTogether(const Buffer &a, const Buffer &b);

/// The most bytes that are alive at one time, and buffers fixed further up.
uint64_t lowerBound(const Problem &problem);

/// A moment at which the most bytes are alive, and the indices of the buffers
/// alive then, largest first: what to name when something does not fit.
struct PeakMoment {
  int64_t time = 0;
  uint64_t bytes = 0;
  std::vector<size_t> buffers;
};
PeakMoment peakMoment(const Problem &problem);

//===----------------------------------------------------------------------===//
// CSV
//===----------------------------------------------------------------------===//

/// Reads minimalloc's format: a header line and the columns id, lower, upper,
/// size, optionally alignment, offset (fixed; may be empty) and gaps
/// (`lower-upper`, separated by blanks), in any order. On failure gives nothing
/// and sets `error` to "line N: reason". The capacity is not part of the file.
std::optional<Problem> parseCsv(std::string_view text, std::string &error);

/// The problem's columns with the plan's offsets, in the problem's order.
std::string printCsv(const Problem &problem, const Plan &plan);

} // namespace ashlar::planner

#endif // ASHLAR_PLANNER_PLANNER_H
