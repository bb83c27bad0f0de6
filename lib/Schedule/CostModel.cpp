//===- CostModel.cpp - What a choice of tiles costs -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A tile's work is timed with the functions that time the emulator. What they
// leave to the caller, overlap, is modelled step by step: a step of the
// innermost loop takes as long as the busiest engine or as the loads that the
// next step waits for, whichever is longer; steps at which an outer loop moves
// on wait for more. Nothing hides the first loads and the last stores.
//
//===----------------------------------------------------------------------===//

#include "CostModel.h"

#include "WindowCost.h"

#include "Timing/Timing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

namespace ashlar {

namespace {

constexpr uint64_t kBufferAlignBytes = 64;
/// Scalar instructions around one instruction of an engine: descriptors,
/// addresses, waits and signals.
constexpr double kDispatchCycles = 24;
/// Cores that share loads keep step, which the model does not see: it has to
/// gain as much as this.
constexpr double kWorthKeepingStep = 0.95;

} // namespace

//===----------------------------------------------------------------------===//
// Space
//===----------------------------------------------------------------------===//

uint64_t Evaluation::tileBytes(const GroupShape::Buffer &buffer) const {
  uint64_t elements = 1;
  for (const GroupShape::Index &index : buffer.indices)
    elements = llvm::SaturatingMultiply(elements, extent(index, false));
  return llvm::divideCeil(
      llvm::SaturatingMultiply<uint64_t>(elements, buffer.elementBits), 8);
}

/// Loops around the place where the buffer's tile is loaded or made.
unsigned Evaluation::depthOf(const GroupShape::Buffer &buffer) const {
  if (buffer.written)
    return numParallel;
  unsigned depth = 0;
  for (auto [place, loop] : llvm::enumerate(nest))
    for (const GroupShape::Index &index : buffer.indices)
      for (auto term : index.terms)
        if (term.first == loop)
          depth = place + 1;
  return depth;
}

uint64_t Evaluation::sramBytes() const {
  uint64_t total = 0;
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    if (!buffer.inSram)
      continue;
    uint64_t depth =
        buffer.handedOver && depthOf(buffer) > 0 ? kBufferDepth : 1;
    uint64_t bytes = llvm::alignTo(std::max<uint64_t>(tileBytes(buffer), 1),
                                   kBufferAlignBytes);
    total = llvm::SaturatingAdd(total, llvm::SaturatingMultiply(depth, bytes));
  }
  return total;
}

std::pair<uint64_t, uint64_t> Evaluation::rowsAndLanes() const {
  if (shape.window) {
    uint64_t lanes = tiles[shape.window->channels];
    return {product(shape.window->domain) / lanes, lanes};
  }
  uint64_t m = product(shape.matrix->m), n = product(shape.matrix->n);
  return lhsStreams ? std::pair(m, n) : std::pair(n, m);
}

uint64_t Evaluation::accBytes(uint64_t depth) const {
  if (!usesAccumulators())
    return 0;
  auto [rows, lanes] = rowsAndLanes();
  return llvm::SaturatingMultiply(depth * rows,
                                  llvm::alignTo(lanes, machine.mxuN) * 4);
}

//===----------------------------------------------------------------------===//
// Traffic
//===----------------------------------------------------------------------===//

/// Runs of a tile that are contiguous in dram, and the bytes of one.
double Evaluation::rowsOf(const GroupShape::Buffer &buffer,
                          double &runBytes) const {
  double rows = 1;
  bool contiguous = true;
  runBytes = buffer.elementBits / 8.0;
  for (const GroupShape::Index &index : llvm::reverse(buffer.indices)) {
    uint64_t size = extent(index, false);
    (contiguous ? runBytes : rows) *= size;
    contiguous &= size == extent(index, true);
  }
  return rows;
}

/// Bytes of one tile in whole bursts or lines; rows begin anywhere in one.
double Evaluation::movedBytes(const GroupShape::Buffer &buffer) const {
  double run, burst = std::max(1u, buffer.fromSram ? machine.sramLineBytes
                                                   : machine.dramBurstBytes);
  double rows = rowsOf(buffer, run);
  return rows * std::max(std::ceil(run / burst), (run + burst / 2) / burst) *
         burst * fillOf(buffer);
}

/// Cores that load the same tiles equally often: they differ in loops that the
/// buffer's indices do not have, and if its tiles change inside such a loop,
/// all have as many tiles of it.
unsigned Evaluation::sharersOf(const GroupShape::Buffer &buffer) const {
  if (grid.empty() || buffer.fromSram)
    return 1;
  unsigned sharers = 1, depth = depthOf(buffer);
  auto inside = llvm::ArrayRef(nest).take_front(depth);
  for (unsigned loop = 0; loop < tiles.size(); ++loop) {
    bool differs =
        llvm::any_of(buffer.indices, [&](const GroupShape::Index &index) {
          return llvm::any_of(index.terms,
                              [&](auto term) { return term.first == loop; });
        });
    bool uneven =
        llvm::is_contained(inside, loop) && allTrips(loop) % coresOf(loop) != 0;
    if (!differs && !uneven)
      sharers *= unsigned(coresOf(loop));
  }
  return sharers > 1 &&
                 runtime::isWorthSharing(tileBytes(buffer), sharers, machine)
             ? sharers
             : 1;
}

/// One transfer of a tile over the links: every core but one gets it there.
double Evaluation::linkCycles(const GroupShape::Buffer &buffer,
                              unsigned sharers) const {
  if (sharers == 1)
    return 0;
  return movedBytes(buffer) / std::max(1e-9, machine.coreLinkBytesPerCycle) +
         machine.copyStartupCycles + machine.dramLatencyCycles / 4.0 +
         runtime::creditCycles(sharers, machine);
}

/// One transfer of a tile: all cores share dram.
double Evaluation::copyCycles(const GroupShape::Buffer &buffer,
                              unsigned sharers) const {
  if (buffer.fromSram)
    return movedBytes(buffer) / std::max(1u, machine.copyBytesPerCycle) +
           machine.copyStartupCycles;
  return cores / sharers * movedBytes(buffer) /
             std::max(1e-9, machine.dramBytesPerCycle) +
         machine.copyStartupCycles + machine.dramLatencyCycles / 4.0;
}

/// Scratchpad lines of a tile that is walked once, row by row.
double Evaluation::tileLines(const GroupShape::Buffer &buffer) const {
  double line = std::max(1u, machine.sramLineBytes);
  double inner = buffer.elementBits / 8.0;
  if (!buffer.indices.empty())
    inner *= extent(buffer.indices.back(), false);
  double rows = tileBytes(buffer) / std::max(1.0, inner);
  return rows * std::max(1.0, inner / line) * fillOf(buffer);
}

//===----------------------------------------------------------------------===//
// Engines
//===----------------------------------------------------------------------===//

double Evaluation::matrixStep() const {
  if (!shape.matrix)
    return 0;
  auto [rows, lanes] = rowsAndLanes();
  runtime::MatrixShape one;
  one.m = rows;
  one.n = lanes;
  one.k = product(shape.matrix->k);
  one.streamBits = one.stationaryBits = shape.matrix->bits;
  runtime::MatrixCost cost = runtime::matrixCost(one, machine);
  double share = 1;
  for (unsigned loop = 0; loop < tiles.size(); ++loop)
    share *= fill(loop);
  return points * (cost.busyCycles() * share + cost.fillCycles);
}

/// How the matrix unit walks an operand: the loops `outer` in dimensions 0..2,
/// the reduction in 3..5, over a row-major tile, or over the buffer that the
/// tile is part of.
runtime::AccessPattern
Evaluation::operand(unsigned number, llvm::ArrayRef<unsigned> outer) const {
  const GroupShape::Buffer &buffer = shape.buffers[number];
  runtime::AccessPattern pattern;
  pattern.elementBits = buffer.elementBits;
  auto place = [&](llvm::ArrayRef<unsigned> loops, unsigned first) {
    unsigned dim = first + 3;
    for (unsigned loop : llvm::reverse(loops)) {
      if (tiles[loop] == 1 || dim == first)
        continue;
      pattern.size[--dim] = tiles[loop];
      int64_t stride = 1;
      for (const GroupShape::Index &index : llvm::reverse(buffer.indices)) {
        for (auto [other, scale] : index.terms)
          if (other == loop)
            pattern.stride[dim] += stride * scale;
        stride *= extent(index, /*whole=*/buffer.inPlace);
      }
    }
  };
  place(outer, 0);
  place(shape.matrix->k, 3);
  return pattern;
}

double Evaluation::matrixLines() const {
  if (!shape.matrix)
    return 0;
  const GroupShape::Matrix &matrix = *shape.matrix;
  auto [rows, lanes] = rowsAndLanes();
  unsigned streamed = lhsStreams ? matrix.lhsBuffer : matrix.rhsBuffer;
  unsigned stationary = lhsStreams ? matrix.rhsBuffer : matrix.lhsBuffer;
  double share = 1;
  for (unsigned loop = 0; loop < tiles.size(); ++loop)
    share *= fill(loop);
  return points * share *
         (runtime::matrixStreamLines(
              operand(streamed, lhsStreams ? matrix.m : matrix.n), lanes,
              matrix.bits, machine) +
          runtime::matrixStationaryLines(
              operand(stationary, lhsStreams ? matrix.n : matrix.m),
              matrix.bits, machine));
}

double Evaluation::outputTile() const {
  if (!usesAccumulators())
    return 0;
  auto [rows, lanes] = rowsAndLanes();
  return points * runtime::outputCycles(rows, lanes, machine);
}

double Evaluation::windowStep() const {
  if (!shape.window)
    return 0;
  double share = 1, startup = machine.vecStartupCycles;
  for (unsigned loop = 0; loop < tiles.size(); ++loop)
    share *= fill(loop);
  return startup +
         (runtime::vectorCycles(windowWork(shape, tiles, machine), machine) -
          startup) *
             share;
}

double Evaluation::vectorCycles() const {
  double total = windowStep() * steps(nest.size());
  for (const GroupShape::Program &program : shape.programs) {
    double points = 1, share = 1, times = steps(numParallel);
    for (unsigned loop : program.loops) {
      points *= tiles[loop];
      share *= fill(loop);
      if (shape.loops[loop].reduction)
        times *= trips(loop);
    }
    auto count = [&](unsigned perPoint) {
      return uint64_t(std::min(1e15, points * perPoint));
    };
    runtime::VectorWork work;
    work.laneOps = count(program.lane);
    work.laneOps64 = count(program.lane64);
    work.slowOps = count(program.slow);
    work.slowOps64 = count(program.slow64);
    work.transOps = count(program.trans);
    work.transOps64 = count(program.trans64);
    work.portBytes = count(program.portBytes);
    double startup = machine.vecStartupCycles;
    total += times * (startup +
                      (runtime::vectorCycles(work, machine) - startup) * share);
  }
  return total;
}

/// Everything that the scratchpad serves: transfers, products, programs.
double Evaluation::sramCycles() const {
  double lines = matrixLines() * steps(nest.size());
  if (shape.window)
    lines += windowWork(shape, tiles, machine).lines * steps(nest.size());
  for (auto [number, buffer] : llvm::enumerate(shape.buffers)) {
    // The windows' own accesses are counted above.
    bool ofWindow = shape.window && (number == shape.window->input ||
                                     number == shape.window->out ||
                                     int(number) == shape.window->weights);
    if (buffer.inSram)
      lines += ((ofWindow ? 1 : 2) + buffer.fromSram) * tileLines(buffer) *
               steps(depthOf(buffer));
  }
  return lines / std::max(1e-9, runtime::sramLinesPerCycle(machine));
}

/// The nest's time when its work takes `engines` cycles and the loops at each
/// depth wait for `transfers` when they move on. The first loads are not in it,
/// nor the last stores. When the innermost loop starts anew, its last step was
/// what remained of the loop, and hides less.
double Evaluation::overlap(double engines,
                           llvm::ArrayRef<double> transfers) const {
  double step = engines / steps(nest.size()), rest = step;
  if (!nest.empty()) {
    const int64_t size = shape.loops[nest.back()].size,
                  tile = tiles[nest.back()];
    step /= fill(nest.back());
    // Of the core with most tiles all are whole.
    rest = coresOf(nest.back()) > 1
               ? step
               : step * (size - (trips(nest.back()) - 1) * tile) / tile;
  }
  double loads = 0, total = rest;
  for (unsigned depth = nest.size(); depth > 0; --depth) {
    loads += transfers[depth];
    total += (steps(depth) - steps(depth - 1)) *
             std::max(depth == nest.size() ? step : rest, loads);
  }
  return total;
}

Evaluation::Transfers Evaluation::measureTransfers(bool share) const {
  Transfers result;
  result.cycles.assign(nest.size() + 1, 0);
  llvm::SmallVector<double, 8> links(nest.size() + 1, 0);
  double firstLinks = 0;
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    unsigned depth = depthOf(buffer);
    for (bool isStore : {false, true}) {
      if (!(isStore ? buffer.stores : buffer.loads))
        continue;
      unsigned sharers = share && !isStore ? sharersOf(buffer) : 1;
      double cycles = copyCycles(buffer, sharers);
      double onLinks = linkCycles(buffer, sharers);
      result.sharesLoads |= sharers > 1;
      // First tiles are whole ones, last tiles often are not.
      if (isStore)
        result.lastStores += cycles;
      else
        result.firstLoads += cycles / fillOf(buffer);
      firstLinks += onLinks / fillOf(buffer);
      result.cycles[depth] += cycles;
      links[depth] += onLinks;
      // Half as much again is dispatched where cores agree on one.
      result.copies += steps(depth) * (sharers > 1 ? 1.5 : 1);
      if (!buffer.fromSram)
        result.dramBytes += allSteps(depth) * movedBytes(buffer) / sharers;
    }
  }
  // dram and links work at the same time.
  result.firstLoads = std::max(result.firstLoads, firstLinks);
  for (auto [dram, link] : llvm::zip_equal(result.cycles, links))
    dram = std::max(dram, link);
  return result;
}

TileDecision Evaluation::cost(double bound) const {
  TileDecision decision;
  decision.tiles.assign(tiles.begin(), tiles.end());
  decision.order.assign(order.begin(), order.end());
  decision.lhsStreams = lhsStreams;
  decision.grid.assign(tiles.size(), 1);
  if (!grid.empty())
    decision.grid.assign(grid.begin(), grid.end());
  decision.sramBytes = sramBytes();
  decision.accBytes = accBytes(accDepth());
  double parallel = steps(numParallel), all = steps(nest.size());
  // With one accumulator tile, draining it and filling it take turns.
  double matrix = matrixStep() * all, output = outputTile() * parallel;
  if (usesAccumulators() && shape.window)
    matrix = windowStep() * all;
  double instructions = parallel * (points + shape.programs.size()) +
                        (shape.matrix || shape.window ? points * all : 0);
  double engines =
      std::max(accDepth() == 1 ? matrix + output : std::max(matrix, output),
               vectorCycles());
  double outside = 2.0 * machine.dramLatencyCycles;
  // Who shares work waits for the others in the end: each tells each.
  if (cores > 1)
    outside += 2.0 * machine.remoteSignalCycles + machine.cores;
  llvm::SmallVector<Transfers, 2> choices = {measureTransfers(false)};
  if (cores > 1)
    if (Transfers shared = measureTransfers(true); shared.sharesLoads)
      choices.push_back(std::move(shared));
  auto choose = [&] {
    for (const Transfers &choice : choices) {
      double dispatch = kDispatchCycles * (choice.copies + instructions);
      double cycles = overlap(std::max(engines, dispatch), choice.cycles) +
                      choice.firstLoads + choice.lastStores + outside;
      if (choice.sharesLoads && cycles > decision.cycles * kWorthKeepingStep)
        continue;
      decision.cycles = cycles;
      decision.sharesLoads = choice.sharesLoads;
      decision.dramBytes = choice.dramBytes;
    }
  };
  choose();
  // The scratchpad's lines take longest to count: only where they matter.
  if (decision.cycles < bound) {
    engines = std::max(engines, sramCycles());
    choose();
  }
  return decision;
}

} // namespace ashlar
