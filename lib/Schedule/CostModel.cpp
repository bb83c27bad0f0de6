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
// on wait for more. Nothing hides the first loads and the last stores, but for
// what constants bring early.
//
//===----------------------------------------------------------------------===//

#include "CostModel.h"

#include "WindowCost.h"

#include "Timing/Timing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

namespace ashlar {

namespace {

constexpr uint64_t kBufferAlignBytes = 64;
/// Scalar instructions around one instruction of an engine: descriptors,
/// addresses, waits and signals.
constexpr double kDispatchCycles = 24;
/// Loops of a product whose remainders are looked at: all combinations of them.
constexpr unsigned kMaxCutLoops = 3;
/// How much of their first loads comes while the work before is done, if that
/// leaves dram as idle as this group does, and has room and queues for them.
constexpr double kEarlyShare = 0.5;
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
// Engines
//===----------------------------------------------------------------------===//

/// The unit takes whole rows, columns and blocks: what the remainders of the
/// product's loops take is asked for apart.
double Evaluation::matrixStep() const {
  if (!shape.matrix)
    return 0;
  const GroupShape::Matrix &matrix = *shape.matrix;
  llvm::SmallVector<unsigned, 4> cut;
  double share = 1;
  for (unsigned loop = 0; loop < tiles.size(); ++loop) {
    if (fill(loop) == 1)
      continue;
    if (llvm::is_contained(matrix.batch, loop) || cut.size() == kMaxCutLoops)
      share *= fill(loop);
    else
      cut.push_back(loop);
  }
  double busy = 0, filled = 0;
  for (unsigned last = 0; last < 1u << cut.size(); ++last) {
    double probability = 1;
    llvm::SmallVector<int64_t, 8> sizes(tiles);
    for (auto [place, loop] : llvm::enumerate(cut)) {
      bool isLast = last >> place & 1;
      double ofLast = 1.0 / double(trips(loop));
      probability *= isLast ? ofLast : 1 - ofLast;
      if (isLast)
        sizes[loop] = shape.loops[loop].size % tiles[loop];
    }
    runtime::MatrixShape one;
    one.m = product(lhsStreams ? matrix.m : matrix.n, sizes);
    one.n = product(lhsStreams ? matrix.n : matrix.m, sizes);
    one.k = product(matrix.k, sizes);
    one.streamBits = one.stationaryBits = matrix.bits;
    runtime::MatrixCost cost = runtime::matrixCost(one, machine);
    busy += probability * double(cost.busyCycles());
    filled = double(cost.fillCycles);
  }
  return points * (busy * share + filled);
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

TileDecision Evaluation::cost(double bound, double limit) const {
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
  double vector = vectorCycles(), chain = matrix + output + vector;
  if (usesAccumulators() && shape.window)
    matrix = windowStep() * all; // in `vector`, too
  double instructions = parallel * (points + shape.programs.size()) +
                        (shape.matrix || shape.window ? points * all : 0);
  double engines = std::max(
      accDepth() == 1 ? matrix + output : std::max(matrix, output), vector);
  if (engines >= limit) {
    decision.cycles = engines;
    return decision;
  }
  // The last tile goes from one engine to the next with nothing behind it.
  double outside = (chain - engines) / parallel;
  // Who shares work waits for the others in the end: each tells each.
  if (cores > 1)
    outside += 2.0 * machine.remoteSignalCycles + machine.cores;
  llvm::SmallVector<Transfers, 2> choices = {measureTransfers(false)};
  auto isShared = [&](const GroupShape::Buffer &buffer) {
    return buffer.loads && sharersOf(buffer) > 1;
  };
  if (cores > 1 && llvm::any_of(shape.buffers, isShared))
    choices.push_back(measureTransfers(true));
  auto choose = [&] {
    for (const Transfers &choice : choices) {
      double dispatch = kDispatchCycles * (choice.copies + instructions);
      double cycles = overlap(std::max(engines, dispatch), choice.moves) +
                      choice.outside + outside;
      double idle = std::max(0.0, cycles - choice.dramCycles);
      cycles -= kEarlyShare * std::min(choice.early, idle);
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
    engines = besideOthers(engines);
    choose();
  }
  return decision;
}

} // namespace ashlar
