//===- TransferCost.cpp - What tiles cost on their way --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Copies of one step run on several queues and share dram; the slowest of
// these, and a latency now and then, is what the work behind them waits for.
//
//===----------------------------------------------------------------------===//

#include "CostModel.h"

#include <algorithm>
#include <cmath>

namespace ashlar {

//===----------------------------------------------------------------------===//
// One buffer
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

//===----------------------------------------------------------------------===//
// One step
//===----------------------------------------------------------------------===//

/// One transfer of a tile, of so many bytes in whole bursts. Loads go to all
/// copy queues but the last one, which is that of stores.
Evaluation::Moves Evaluation::movesOf(const GroupShape::Buffer &buffer,
                                      double bytes, bool isStore,
                                      unsigned sharers) const {
  Moves moves;
  double latency = buffer.fromSram ? 0 : machine.dramLatencyCycles;
  if (!buffer.fromSram)
    moves.dram =
        cores / sharers * bytes / std::max(1e-9, machine.dramBytesPerCycle);
  double queue =
      machine.copyStartupCycles +
      std::max(moves.dram,
               bytes / runtime::copyInFlightRate(uint64_t(latency), machine));
  if (sharers > 1) {
    latency += runtime::creditCycles(sharers, machine);
    moves.links = machine.copyStartupCycles +
                  bytes / std::max(1e-9, machine.coreLinkBytesPerCycle);
  }
  if (isStore) {
    moves.stores = queue;
    moves.storeLatency = latency;
  } else {
    moves.loads = moves.longestLoad = queue;
    moves.loadLatency = latency;
  }
  return moves;
}

Evaluation::Moves &Evaluation::Moves::operator+=(const Moves &more) {
  dram += more.dram;
  links += more.links;
  loads += more.loads;
  stores += more.stores;
  longestLoad = std::max(longestLoad, more.longestLoad);
  loadLatency = std::max(loadLatency, more.loadLatency);
  storeLatency = std::max(storeLatency, more.storeLatency);
  return *this;
}

double Evaluation::loadCycles(const Moves &moves) const {
  return std::max(moves.longestLoad,
                  moves.loads / std::max(1u, machine.copyQueues - 1));
}

/// Time of the busiest of dram, links and queues.
double Evaluation::transferCycles(const Moves &moves) const {
  double loads = loadCycles(moves);
  double queues = machine.copyQueues > 1 ? std::max(loads, moves.stores)
                                         : loads + moves.stores;
  return std::max({moves.dram, moves.links, queues});
}

/// From one step to the next: of two places for a tile, one is filled (or
/// emptied) again when its work is done, so that two steps take a transfer,
/// with its latency, and the work.
double Evaluation::period(double work, const Moves &moves) const {
  double turn = 0;
  if (moves.loads > 0)
    turn = moves.loadLatency + loadCycles(moves) + work;
  if (moves.stores > 0)
    turn = std::max(turn, moves.storeLatency + moves.stores + work);
  return std::max({work, transferCycles(moves), turn / kBufferDepth});
}

/// What remains of a loop of `size` as a share of its tiles.
static double remainder(int64_t size, int64_t tile) {
  return double(size - (size - 1) / tile * tile) / double(tile);
}

/// `period` of steps whose work is `work` on average, but less in the last
/// steps of `uneven`, which hide less.
double Evaluation::period(double work, const Moves &moves,
                          std::optional<unsigned> uneven) const {
  if (!uneven)
    return period(work, moves);
  double last = 1.0 / double(trips(*uneven)), whole = work / fill(*uneven);
  return (1 - last) * period(whole, moves) +
         last * period(whole *
                           remainder(shape.loops[*uneven].size, tiles[*uneven]),
                       moves);
}

/// The nest's time when its work takes `engines` cycles and the loops at each
/// depth wait for `moves` when they move on. The first loads are not in it, nor
/// the last stores. When the innermost loop starts anew, its last step was what
/// remained of the loop, and hides less; of the other loops the most uneven one
/// counts.
double Evaluation::overlap(double engines, llvm::ArrayRef<Moves> moves) const {
  double step = engines / steps(nest.size()), rest = step;
  std::optional<unsigned> uneven;
  if (!nest.empty()) {
    unsigned inner = nest.back();
    step /= fill(inner);
    // Of the core with most tiles all are whole.
    rest = coresOf(inner) > 1
               ? step
               : step * remainder(shape.loops[inner].size, tiles[inner]);
    for (unsigned loop : llvm::ArrayRef(nest).drop_back())
      if (fill(loop) < (uneven ? fill(*uneven) : 1))
        uneven = loop;
  }
  Moves together;
  double total = rest;
  for (unsigned depth = nest.size(); depth > 0; --depth) {
    together += moves[depth];
    total += (steps(depth) - steps(depth - 1)) *
             period(depth == nest.size() ? step : rest, together, uneven);
  }
  return total;
}

Evaluation::Transfers Evaluation::measureTransfers(bool share) const {
  Transfers result;
  result.moves.resize(nest.size() + 1);
  Moves outside;
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    if (!buffer.loads && !buffer.stores)
      continue;
    unsigned depth = depthOf(buffer);
    double bytes = movedBytes(buffer);
    for (bool isStore : {false, true}) {
      if (!(isStore ? buffer.stores : buffer.loads))
        continue;
      unsigned sharers = share && !isStore ? sharersOf(buffer) : 1;
      Moves moves = movesOf(buffer, bytes, isStore, sharers);
      result.sharesLoads |= sharers > 1;
      result.moves[depth] += moves;
      // First tiles are whole ones, last tiles often are not.
      result.outside += transferCycles(moves) / (isStore ? 1 : fillOf(buffer));
      if (buffer.constant)
        result.early += transferCycles(moves) / fillOf(buffer);
      result.dramCycles += steps(depth) * moves.dram;
      outside += moves;
      // Half as much again is dispatched where cores agree on one.
      result.copies += steps(depth) * (sharers > 1 ? 1.5 : 1);
      if (!buffer.fromSram)
        result.dramBytes += allSteps(depth) * bytes / sharers;
    }
  }
  result.outside += outside.loadLatency + outside.storeLatency;
  return result;
}

} // namespace ashlar
