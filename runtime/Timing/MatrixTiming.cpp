//===- MatrixTiming.cpp - Matrix unit and output stage --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"
#include "WalkLines.h"

#include <algorithm>

namespace ashlar::runtime {

using detail::Walk;
using detail::WalkDim;

static uint64_t ceilDiv(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

//===----------------------------------------------------------------------===//
// Cycles
//===----------------------------------------------------------------------===//

uint32_t matrixBlockK(const Machine &machine, uint32_t bits) {
  uint32_t divisor = bits <= 8 ? 1 : bits <= 16 ? 2 : 8;
  return std::max(1u, machine.mxuK / divisor);
}

uint32_t matrixRateBits(uint32_t streamBits, uint32_t stationaryBits) {
  return std::max(streamBits, stationaryBits);
}

uint64_t matrixPeakMacs(const Machine &machine, uint32_t bits) {
  return uint64_t(machine.mxuM) * matrixBlockK(machine, bits) * machine.mxuN;
}

MatrixCost matrixCost(const MatrixShape &shape, const Machine &machine) {
  MatrixCost cost;
  if (shape.m == 0 || shape.n == 0)
    return cost;
  cost.macs =
      detail::mulSaturated(detail::mulSaturated(shape.m, shape.n), shape.k);
  uint64_t blockK = matrixBlockK(
      machine, matrixRateBits(shape.streamBits, shape.stationaryBits));
  cost.panels = ceilDiv(shape.n, machine.mxuN);
  // Without a reduction the unit still writes its zeros, panel by panel.
  cost.blocksPerPanel = std::max<uint64_t>(1, ceilDiv(shape.k, blockK));
  cost.cyclesPerBlock = ceilDiv(shape.m, machine.mxuM);
  cost.fillCycles = machine.mxuFillCycles;
  cost.blockCycles = cost.panels * cost.blocksPerPanel * cost.cyclesPerBlock;

  auto loadCycles = [&](uint64_t rows, uint64_t columns) {
    return ceilDiv(ceilDiv(rows * columns * shape.stationaryBits, 8),
                   machine.blockLoadBytesPerCycle);
  };
  uint64_t fullK = std::min(shape.k, blockK);
  uint64_t lastK =
      shape.k == 0 ? 0 : shape.k - (cost.blocksPerPanel - 1) * blockK;
  uint64_t fullN = std::min<uint64_t>(shape.n, machine.mxuN);
  uint64_t lastN = shape.n - (cost.panels - 1) * machine.mxuN;
  cost.firstLoadCycles = loadCycles(fullK, fullN);

  // A block begins when the one before it has entered, its own load (begun with
  // the block before) has ended, and, within a panel, the rows that it adds
  // to have come out of the adder.
  auto addStalls = [&](uint64_t times, uint64_t load, bool samePanel) {
    uint64_t work = cost.cyclesPerBlock;
    uint64_t afterLoad = std::max(work, load);
    uint64_t afterAdder =
        samePanel ? std::max<uint64_t>(afterLoad, machine.accLatencyCycles)
                  : afterLoad;
    cost.loadStallCycles += times * (afterLoad - work);
    cost.accStallCycles += times * (afterAdder - afterLoad);
  };
  auto addPanel = [&](uint64_t times, uint64_t columns, bool isFirst) {
    if (times == 0)
      return;
    if (!isFirst)
      addStalls(times, loadCycles(fullK, columns), /*samePanel=*/false);
    if (cost.blocksPerPanel == 1)
      return;
    addStalls(times * (cost.blocksPerPanel - 2), loadCycles(fullK, columns),
              true);
    addStalls(times, loadCycles(lastK, columns), true);
  };
  if (cost.panels == 1) {
    addPanel(1, lastN, /*isFirst=*/true);
    return cost;
  }
  addPanel(1, fullN, /*isFirst=*/true);
  addPanel(cost.panels - 2, fullN, /*isFirst=*/false);
  addPanel(1, lastN, /*isFirst=*/false);
  return cost;
}

//===----------------------------------------------------------------------===//
// Scratchpad lines
//===----------------------------------------------------------------------===//

/// One group of an operand's dimensions (rows, columns or reduction), cut into
/// pieces of at most `limit` flattened elements: `outer` counts the pieces,
/// `inner` walks one. A remainder makes a second cut with its own base.
namespace {
struct Cut {
  std::vector<WalkDim> outer, inner;
  int64_t baseElements = 0;
};
} // namespace

static std::vector<Cut> cutDims(const AccessPattern &pattern, unsigned first,
                                uint64_t limit) {
  // Dimensions that continue each other are one.
  std::vector<WalkDim> dims;
  for (unsigned d = first; d < first + 3; ++d) {
    if (pattern.size[d] == 1)
      continue;
    WalkDim dim{pattern.size[d], pattern.stride[d]};
    if (!dims.empty() && dims.back().stride == dim.stride * dim.size)
      dims.back() = {dims.back().size * dim.size, dim.stride};
    else
      dims.push_back(dim);
  }
  Cut whole;
  uint64_t elements = 1;
  while (!dims.empty() && elements <= limit / uint64_t(dims.back().size)) {
    elements *= uint64_t(dims.back().size);
    whole.inner.insert(whole.inner.begin(), dims.back());
    dims.pop_back();
  }
  int64_t pieces = int64_t(limit / elements);
  if (dims.empty() || pieces <= 1) {
    whole.outer = dims;
    return {whole};
  }
  // The dimension at the cut: groups of `pieces`, then what is left over.
  WalkDim cut = dims.back();
  dims.pop_back();
  Cut rest = whole;
  whole.outer = dims;
  whole.outer.push_back({cut.size / pieces, cut.stride * pieces});
  whole.inner.insert(whole.inner.begin(), {pieces, cut.stride});
  if (cut.size % pieces == 0)
    return {whole};
  rest.outer = dims;
  rest.inner.insert(rest.inner.begin(), {cut.size % pieces, cut.stride});
  rest.baseElements = cut.size / pieces * pieces * cut.stride;
  return {whole, rest};
}

/// Lines of an operand that is read block by block: both groups of its
/// dimensions are cut, and a block is walked in the order of its strides.
static uint64_t blockedLines(const AccessPattern &pattern, uint64_t limit0,
                             uint64_t limit3, uint32_t lineBytes) {
  if (elementCount(pattern) == 0)
    return 0;
  uint64_t lines = 0;
  for (const Cut &a : cutDims(pattern, 0, limit0)) {
    for (const Cut &k : cutDims(pattern, 3, limit3)) {
      Walk walk{pattern.elementBits, pattern.baseOffsetBytes, {}};
      int64_t skipped = a.baseElements + k.baseElements;
      // Only the remainder by the line matters; unsigned wrap-around keeps it.
      walk.baseBytes += pattern.elementBits < 8
                            ? uint64_t(skipped / 2)
                            : uint64_t(skipped) * (pattern.elementBits / 8);
      for (const std::vector<WalkDim> *dims : {&a.outer, &k.outer})
        walk.dims.insert(walk.dims.end(), dims->begin(), dims->end());
      size_t inner = walk.dims.size();
      for (const std::vector<WalkDim> *dims : {&a.inner, &k.inner})
        walk.dims.insert(walk.dims.end(), dims->begin(), dims->end());
      detail::sortByStride(walk.dims, inner);
      lines += detail::walkLines(walk, lineBytes);
    }
  }
  return lines;
}

uint64_t matrixStreamLines(const AccessPattern &a, uint64_t columns,
                           uint32_t rateBits, const Machine &machine) {
  uint64_t panels = ceilDiv(columns, machine.mxuN);
  return detail::mulSaturated(
      panels, blockedLines(a, UINT64_MAX, matrixBlockK(machine, rateBits),
                           machine.sramLineBytes));
}

uint64_t matrixStationaryLines(const AccessPattern &b, uint32_t rateBits,
                               const Machine &machine) {
  return blockedLines(b, machine.mxuN, matrixBlockK(machine, rateBits),
                      machine.sramLineBytes);
}

//===----------------------------------------------------------------------===//
// Output stage
//===----------------------------------------------------------------------===//

uint64_t outputCycles(uint64_t rows, uint64_t lanes, const Machine &machine) {
  return machine.outStartupCycles +
         ceilDiv(detail::mulSaturated(rows, lanes), machine.outLanesPerCycle);
}

uint64_t outputLines(const AccessPattern &tensor, bool laneMajor,
                     const Machine &machine) {
  AccessPattern walk = tensor;
  if (laneMajor) {
    walk.scatteredDims = 0;
    for (unsigned d = 0; d < 6; ++d) {
      walk.size[d] = tensor.size[(d + 3) % 6];
      walk.stride[d] = tensor.stride[(d + 3) % 6];
    }
  }
  bool repeats = true;
  for (unsigned d = 0; d < 3; ++d)
    repeats &= walk.size[d] <= 1 || walk.stride[d] == 0;
  for (unsigned d = 0; repeats && d < 3; ++d)
    walk.size[d] = std::min<int64_t>(walk.size[d], 1);
  return linesTouched(walk, machine.sramLineBytes);
}

} // namespace ashlar::runtime
