//===- VectorTiming.cpp - Vector unit -------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"
#include "WalkLines.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ashlar::runtime {

VectorWork &operator+=(VectorWork &work, const VectorWork &more) {
  work.laneOps += more.laneOps;
  work.laneOps64 += more.laneOps64;
  work.slowOps += more.slowOps;
  work.slowOps64 += more.slowOps64;
  work.transOps += more.transOps;
  work.transOps64 += more.transOps64;
  work.windowOps8 += more.windowOps8;
  work.windowOps16 += more.windowOps16;
  work.windowOps32 += more.windowOps32;
  work.portBytes += more.portBytes;
  work.accLanes += more.accLanes;
  work.lines += more.lines;
  return work;
}

uint64_t vectorCycles(const VectorWork &work, const Machine &machine) {
  double lane = 1.0 / machine.vecLanes, slow = lane * machine.vecSlowDivisor;
  double trans = 1.0 / machine.vecTransPerCycle;
  double window = 1.0 / machine.vecWindowMacsPerCycle;
  double wide = machine.vec64Divisor;
  double operations =
      double(work.laneOps) * lane + double(work.laneOps64) * lane * wide +
      double(work.slowOps) * slow + double(work.slowOps64) * slow * wide +
      double(work.transOps) * trans + double(work.transOps64) * trans * wide +
      double(work.windowOps8) * window + double(work.windowOps16) * window * 2 +
      double(work.windowOps32) * window * 8;
  double bytes = double(work.portBytes) / machine.vecBytesPerCycle;
  double lanes =
      double(work.accLanes) / (double(machine.mxuM) * double(machine.mxuN));
  // Reciprocals round: a count that divides evenly must not become a cycle
  // more.
  double cycles = std::ceil(std::max({operations, bytes, lanes}) * (1 - 1e-12));
  return machine.vecStartupCycles + uint64_t(cycles);
}

void addVectorTensor(VectorWork &work, const AccessPattern &tensor,
                     const Machine &machine) {
  work.portBytes += portBytes(tensor);
  work.lines += linesTouched(tensor, machine.sramLineBytes);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// What is read of a window's input. Dimensions 0..3 are the domain, 4..5 the
/// window. A row is what dimensions 2, 3 and 5 reach; it is read once for each
/// index of 0, 1 and of the window's rows (4), so that columns of the window
/// that overlap cost nothing more.
static AccessPattern windowRows(const AccessPattern &input) {
  AccessPattern rows = input;
  rows.size = {input.size[0], input.size[1], input.size[4], 1, 1, 1};
  rows.stride = {input.stride[0], input.stride[1], input.stride[4], 0, 0, 0};
  std::vector<detail::WalkDim> dims;
  for (unsigned d : {2, 3, 5}) {
    int64_t stride = input.stride[d];
    if (stride < 0) {
      // The same elements from the other end; only the remainder matters.
      rows.baseOffsetBytes += uint64_t(stride) * uint64_t(input.size[d] - 1) *
                              input.elementBits / 8;
      stride = -stride;
    }
    dims.push_back({stride == 0 ? 1 : input.size[d], stride});
  }
  detail::sortByStride(dims, 0);
  // From the innermost dimension outwards: steps that land among elements that
  // are reached already only lengthen their run.
  unsigned at = 5;
  for (size_t i = dims.size(); i-- > 0;) {
    const detail::WalkDim &dim = dims[i];
    if (dim.size == 1)
      continue;
    int64_t &size = rows.size[at], &stride = rows.stride[at];
    if (size == 1) {
      size = dim.size, stride = dim.stride;
    } else if (dim.stride % stride == 0 && dim.stride / stride <= size) {
      size += (dim.size - 1) * (dim.stride / stride);
    } else {
      --at;
      rows.size[at] = dim.size, rows.stride[at] = dim.stride;
    }
  }
  return rows;
}

void addVectorWindow(VectorWork &work, const AccessPattern &input,
                     const AccessPattern *weight, const Machine &machine) {
  uint64_t operations = elementCount(input);
  if (input.elementBits <= 8)
    work.windowOps8 += operations;
  else if (input.elementBits <= 16)
    work.windowOps16 += operations;
  else
    work.windowOps32 += operations;
  if (operations == 0)
    return;
  AccessPattern rows = windowRows(input);
  work.portBytes += elementBytes(rows);
  work.lines += linesTouched(rows, machine.sramLineBytes);
  if (!weight)
    return;
  // Weights are held: what repeats is not read again.
  AccessPattern held = *weight;
  for (unsigned d = 0; d < 6; ++d)
    if (held.stride[d] == 0)
      held.size[d] = 1;
  work.portBytes += elementBytes(held);
  work.lines += linesTouchedAnyOrder(held, machine.sramLineBytes);
}

//===----------------------------------------------------------------------===//
// Moves and orders
//===----------------------------------------------------------------------===//

VectorWork vectorGatherWork(const AccessPattern &dst, const AccessPattern &src,
                            const AccessPattern &list, bool combines,
                            const Machine &machine) {
  VectorWork work;
  work.laneOps = elementCount(list);
  addVectorTensor(work, list, machine);
  addVectorTensor(work, src, machine);
  addVectorTensor(work, dst, machine);
  if (combines) {
    work.laneOps += elementCount(dst);
    addVectorTensor(work, dst, machine);
  }
  return work;
}

VectorWork vectorTransposeWork(const AccessPattern &dst,
                               const AccessPattern &src,
                               const Machine &machine) {
  VectorWork work;
  work.portBytes = elementBytes(dst) + elementBytes(src);
  work.lines = linesTouchedAnyOrder(dst, machine.sramLineBytes) +
               linesTouchedAnyOrder(src, machine.sramLineBytes);
  return work;
}

/// ceil(log2(n)), 0 for n <= 1.
static uint32_t log2Ceil(uint64_t n) {
  return n <= 1 ? 0 : 64 - std::countl_zero(n - 1);
}

uint32_t sortTrips(uint64_t length) {
  return std::max(1u, (log2Ceil(length) + 3) / 4);
}

/// Three lane operations for each compare-exchange of keys with their payload.
static void addExchanges(VectorWork &work, uint64_t exchanges, uint32_t keyBits,
                         uint32_t payloadBits) {
  uint64_t &keyOps = keyBits > 32 ? work.laneOps64 : work.laneOps;
  keyOps += detail::mulSaturated(exchanges, 2);
  uint64_t &payloadOps = payloadBits > 32 ? work.laneOps64 : work.laneOps;
  payloadOps += exchanges;
}

VectorWork vectorSortWork(uint64_t rows, uint64_t length, uint32_t keyBits,
                          uint32_t payloadBits, const Machine &machine) {
  VectorWork work;
  uint64_t elements = detail::mulSaturated(rows, length);
  addExchanges(work,
               detail::mulSaturated(elements, std::max(1u, log2Ceil(length))),
               keyBits, payloadBits);
  uint64_t bits = detail::mulSaturated(elements, keyBits + payloadBits);
  work.portBytes =
      detail::mulSaturated(bits / 8 + (bits % 8 != 0), 2 * sortTrips(length));
  return work;
}

VectorWork vectorMergeWork(uint64_t rows, uint64_t outputs, uint32_t keyBits,
                           uint32_t payloadBits, const Machine &machine) {
  VectorWork work;
  uint64_t elements = detail::mulSaturated(rows, outputs);
  addExchanges(work, elements, keyBits, payloadBits);
  uint64_t bits = detail::mulSaturated(elements, keyBits + payloadBits);
  work.portBytes = detail::mulSaturated(bits / 8 + (bits % 8 != 0), 2);
  return work;
}

} // namespace ashlar::runtime
