//===- Accesses.cpp - Lines and bursts that a walk touches ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"
#include "WalkLines.h"

#include <algorithm>
#include <numeric>

namespace ashlar::runtime {

using detail::Walk;
using detail::WalkDim;

//===----------------------------------------------------------------------===//
// Walks of any depth
//===----------------------------------------------------------------------===//

uint64_t detail::mulSaturated(uint64_t a, uint64_t b) {
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t addSaturated(uint64_t a, uint64_t b) {
  uint64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t magnitude(int64_t value) {
  return value < 0 ? uint64_t(0) - uint64_t(value) : uint64_t(value);
}

void detail::sortByStride(std::vector<WalkDim> &dims, size_t first) {
  // Insertion keeps the order of equal strides, for a handful of dimensions.
  for (size_t i = first + 1; i < dims.size(); ++i)
    for (size_t j = i;
         j > first && magnitude(dims[j - 1].stride) < magnitude(dims[j].stride);
         --j)
      std::swap(dims[j - 1], dims[j]);
}

namespace {

/// Offsets within a line at which the runs of a walk begin, and how many begin
/// at each. Units are elements, or bytes where elements do not divide a line.
class Alignments {
public:
  Alignments(uint64_t lineUnits, uint64_t first) : counts(lineUnits, 0) {
    counts[first % lineUnits] = 1;
  }

  /// Repeats all runs `size` times, `stride` units apart.
  void repeat(uint64_t size, int64_t stride) {
    uint64_t line = counts.size();
    uint64_t step =
        uint64_t(((stride % int64_t(line)) + int64_t(line)) % int64_t(line));
    if (step == 0) {
      for (uint64_t &count : counts)
        count = detail::mulSaturated(count, size);
      return;
    }
    uint64_t period = line / std::gcd(line, step);
    std::vector<uint64_t> next(line, 0);
    for (uint64_t at = 0; at < line; ++at) {
      if (counts[at] == 0)
        continue;
      uint64_t target = at;
      for (uint64_t i = 0, e = std::min(period, size); i < e; ++i) {
        uint64_t times = size / period + (i < size % period);
        next[target] =
            addSaturated(next[target], detail::mulSaturated(counts[at], times));
        target += step;
        target -= target >= line ? line : 0;
      }
    }
    counts = std::move(next);
  }

  /// Lines under all runs, each `width` units long.
  uint64_t lines(uint64_t width) const {
    uint64_t line = counts.size(), total = 0;
    for (uint64_t at = 0; at < line; ++at)
      if (counts[at] != 0)
        total = addSaturated(
            total,
            detail::mulSaturated(counts[at], (at + width - 1) / line + 1));
    return total;
  }

private:
  std::vector<uint64_t> counts;
};

} // namespace

/// Folds inner dimensions into one run without holes of a line or more, in
/// which each line is touched once. Returns how many outer dimensions remain;
/// `width` is the run's length and `low` how far it reaches below the base, in
/// units.
static size_t foldRun(const std::vector<WalkDim> &dims,
                      uint64_t unitsPerElement, uint64_t lineUnits,
                      uint64_t &width, uint64_t &low) {
  width = unitsPerElement;
  low = 0;
  size_t outer = dims.size();
  for (; outer > 0; --outer) {
    const WalkDim &dim = dims[outer - 1];
    if (dim.size == 1)
      continue;
    uint64_t stride =
        detail::mulSaturated(magnitude(dim.stride), unitsPerElement);
    // Overlapping runs share lines only as long as the two lines that the port
    // holds cover them.
    bool shares =
        stride < width ? width <= lineUnits : stride - width < lineUnits;
    if (dim.scattered || !shares)
      break;
    uint64_t reach = detail::mulSaturated(uint64_t(dim.size - 1), stride);
    width = addSaturated(width, reach);
    if (dim.stride < 0)
      low += reach;
  }
  return outer;
}

uint64_t detail::walkLines(const Walk &walk, uint32_t lineBytes) {
  for (const WalkDim &dim : walk.dims)
    if (dim.size == 0)
      return 0;
  // Half bytes are counted in half bytes, all else in bytes.
  uint64_t unitBits = walk.elementBits < 8 ? walk.elementBits : 8;
  uint64_t unitsPerElement = walk.elementBits / unitBits;
  uint64_t lineUnits = uint64_t(lineBytes) * 8 / unitBits;
  uint64_t width, low;
  size_t outer = foldRun(walk.dims, unitsPerElement, lineUnits, width, low);
  uint64_t base = (walk.baseBytes % lineBytes) * 8 / unitBits;
  Alignments alignments(lineUnits, base + lineUnits - low % lineUnits);
  for (size_t d = 0; d < outer; ++d)
    if (walk.dims[d].size > 1)
      alignments.repeat(uint64_t(walk.dims[d].size),
                        (walk.dims[d].stride % int64_t(lineUnits)) *
                            int64_t(unitsPerElement));
  return alignments.lines(width);
}

//===----------------------------------------------------------------------===//
// Patterns of six dimensions
//===----------------------------------------------------------------------===//

static Walk makeWalk(const AccessPattern &pattern) {
  Walk walk{pattern.elementBits, pattern.baseOffsetBytes, {}};
  for (unsigned d = 0; d < 6; ++d)
    walk.dims.push_back({pattern.size[d], pattern.stride[d],
                         ((pattern.scatteredDims >> d) & 1) != 0});
  return walk;
}

static uint64_t bitsToBytes(uint64_t elements, uint32_t bits) {
  if (bits >= 8)
    return detail::mulSaturated(elements, bits / 8);
  return elements / (8 / bits) + (elements % (8 / bits) != 0);
}

uint64_t elementCount(const AccessPattern &pattern) {
  uint64_t count = 1;
  for (int64_t size : pattern.size)
    if (size == 0)
      return 0;
  for (int64_t size : pattern.size)
    count = detail::mulSaturated(count, uint64_t(size));
  return count;
}

uint64_t elementBytes(const AccessPattern &pattern) {
  return bitsToBytes(elementCount(pattern), pattern.elementBits);
}

uint64_t linesTouched(const AccessPattern &pattern, uint32_t lineBytes) {
  return detail::walkLines(makeWalk(pattern), lineBytes);
}

uint64_t linesTouchedAnyOrder(const AccessPattern &pattern,
                              uint32_t lineBytes) {
  Walk walk = makeWalk(pattern);
  detail::sortByStride(walk.dims, 0);
  return detail::walkLines(walk, lineBytes);
}

uint64_t portBytes(const AccessPattern &pattern) {
  AccessPattern moved = pattern;
  for (int d = 5; d >= 0 && (moved.stride[d] == 0 || moved.size[d] == 1); --d)
    moved.size[d] = std::min<int64_t>(moved.size[d], 1);
  return elementBytes(moved);
}

double sramLinesPerCycle(const Machine &machine) {
  return double(machine.sramBytesPerCycle) / machine.sramLineBytes;
}

} // namespace ashlar::runtime
