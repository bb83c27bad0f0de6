//===- CostModel.cpp - What a choice of tiles costs
//-----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A tile's work is timed with the functions that time the emulator; what they
// leave to the caller (overlap) is approximated by the busiest engine, plus the
// first loads and the last stores, which nothing hides.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Scheduler.h"

#include "Timing/Timing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

namespace ashlar {

namespace {

constexpr uint64_t kBufferAlignBytes = 64;
/// Tiles that are in the scratchpad at a time: one in use, one in flight.
constexpr uint64_t kBufferDepth = 2;
/// Scalar instructions around one instruction of an engine: descriptors,
/// addresses, waits and signals.
constexpr double kDispatchCycles = 24;
/// Vector programs walk at most six dimensions.
constexpr unsigned kProgramDims = 6;

struct Evaluation {
  const GroupShape &shape;
  llvm::ArrayRef<int64_t> tiles;
  bool lhsStreams;
  const runtime::Machine &machine;

  uint64_t trips(unsigned loop) const {
    return std::max<uint64_t>(
        1, llvm::divideCeil(shape.loops[loop].size, tiles[loop]));
  }
  /// Share of a whole tile that tiles have on average.
  double fill(unsigned loop) const {
    return double(shape.loops[loop].size) / double(trips(loop) * tiles[loop]);
  }
  bool iterates() const {
    for (unsigned loop = 0; loop < tiles.size(); ++loop)
      if (trips(loop) > 1)
        return true;
    return false;
  }
  uint64_t product(llvm::ArrayRef<unsigned> loops) const {
    uint64_t result = 1;
    for (unsigned loop : loops)
      result = llvm::SaturatingMultiply<uint64_t>(result, tiles[loop]);
    return result;
  }
  double parallelTrips() const {
    double result = 1;
    for (unsigned loop = 0; loop < tiles.size(); ++loop)
      if (!shape.loops[loop].reduction)
        result *= trips(loop);
    return result;
  }
  double reductionTrips() const {
    double result = 1;
    for (unsigned loop = 0; loop < tiles.size(); ++loop)
      if (shape.loops[loop].reduction)
        result *= trips(loop);
    return result;
  }

  uint64_t extent(const GroupShape::Index &index, bool whole) const {
    uint64_t result = 1;
    for (auto [loop, scale] : index.terms)
      result += uint64_t(scale) *
                ((whole ? shape.loops[loop].size : tiles[loop]) - 1);
    return result;
  }
  uint64_t tileBytes(const GroupShape::Buffer &buffer) const {
    uint64_t elements = 1;
    for (const GroupShape::Index &index : buffer.indices)
      elements = llvm::SaturatingMultiply(elements, extent(index, false));
    return llvm::divideCeil(
        llvm::SaturatingMultiply<uint64_t>(elements, buffer.elementBits), 8);
  }

  uint64_t sramBytes() const;
  uint64_t accBytes() const;
  std::pair<uint64_t, uint64_t> matrixRowsAndLanes() const;
  double burstBytes(const GroupShape::Buffer &buffer) const;
  double moves(const GroupShape::Buffer &buffer) const;
  double matrixCycles() const;
  double outputCycles() const;
  double vectorCycles() const;
  TileDecision cost() const;
};

uint64_t Evaluation::sramBytes() const {
  uint64_t depth = iterates() ? kBufferDepth : 1, total = 0;
  for (const GroupShape::Buffer &buffer : shape.buffers)
    if (buffer.inSram)
      total = llvm::SaturatingAdd(
          total, depth * llvm::alignTo(std::max<uint64_t>(tileBytes(buffer), 1),
                                       kBufferAlignBytes));
  return total;
}

std::pair<uint64_t, uint64_t> Evaluation::matrixRowsAndLanes() const {
  uint64_t m = product(shape.matrix->m), n = product(shape.matrix->n);
  return lhsStreams ? std::pair(m, n) : std::pair(n, m);
}

uint64_t Evaluation::accBytes() const {
  if (!shape.matrix)
    return 0;
  auto [rows, lanes] = matrixRowsAndLanes();
  uint64_t depth = iterates() ? kBufferDepth : 1;
  return llvm::SaturatingMultiply(depth * rows,
                                  llvm::alignTo(lanes, machine.mxuN) * 4);
}

/// Bytes of one tile in whole bursts: rows that are contiguous in dram count
/// together.
double Evaluation::burstBytes(const GroupShape::Buffer &buffer) const {
  double run = buffer.elementBits / 8.0, rows = 1;
  bool contiguous = true;
  for (const GroupShape::Index &index : llvm::reverse(buffer.indices)) {
    uint64_t size = extent(index, false);
    (contiguous ? run : rows) *= size;
    contiguous &= size == extent(index, true);
  }
  double burst = std::max(1u, machine.dramBurstBytes);
  return rows * std::max(std::ceil(run / burst), (run + burst / 2) / burst) *
         burst;
}

/// How often a tile of the buffer moves: once per trip of the loops around the
/// place where it is loaded.
double Evaluation::moves(const GroupShape::Buffer &buffer) const {
  if (buffer.written)
    return parallelTrips();
  double result = 1, outer = 1;
  for (bool reduction : {false, true})
    for (unsigned loop = 0; loop < tiles.size(); ++loop) {
      if (shape.loops[loop].reduction != reduction)
        continue;
      outer *= trips(loop);
      for (const GroupShape::Index &index : buffer.indices)
        for (auto term : index.terms)
          if (term.first == loop && trips(loop) > 1)
            result = outer;
    }
  return result;
}

double Evaluation::matrixCycles() const {
  if (!shape.matrix)
    return 0;
  auto [rows, lanes] = matrixRowsAndLanes();
  runtime::MatrixShape one;
  one.m = rows;
  one.n = lanes;
  one.k = product(shape.matrix->k);
  one.streamBits = one.stationaryBits = shape.matrix->bits;
  runtime::MatrixCost cost = runtime::matrixCost(one, machine);
  double steps = parallelTrips() * reductionTrips(), share = 1;
  for (unsigned loop = 0; loop < tiles.size(); ++loop)
    share *= fill(loop);
  return steps * (cost.busyCycles() * share + cost.fillCycles);
}

double Evaluation::outputCycles() const {
  if (!shape.matrix)
    return 0;
  auto [rows, lanes] = matrixRowsAndLanes();
  return parallelTrips() * runtime::outputCycles(rows, lanes, machine);
}

double Evaluation::vectorCycles() const {
  double total = 0;
  for (const GroupShape::Program &program : shape.programs) {
    double points = 1, share = 1, steps = parallelTrips();
    for (unsigned loop : program.loops) {
      points *= tiles[loop];
      share *= fill(loop);
      if (shape.loops[loop].reduction)
        steps *= trips(loop);
    }
    auto times = [&](unsigned count) {
      return uint64_t(std::min(1e15, points * count));
    };
    runtime::VectorWork work;
    work.laneOps = times(program.lane);
    work.laneOps64 = times(program.lane64);
    work.slowOps = times(program.slow);
    work.slowOps64 = times(program.slow64);
    work.transOps = times(program.trans);
    work.transOps64 = times(program.trans64);
    work.portBytes = times(program.portBytes);
    total += steps *
             (machine.vecStartupCycles + (runtime::vectorCycles(work, machine) -
                                          machine.vecStartupCycles) *
                                             share);
  }
  return total;
}

TileDecision Evaluation::cost() const {
  TileDecision decision;
  decision.tiles.assign(tiles.begin(), tiles.end());
  decision.lhsStreams = lhsStreams;
  decision.sramBytes = sramBytes();
  decision.accBytes = accBytes();
  double copies = 0, firstLoad = 0, lastStore = 0,
         latency = machine.dramLatencyCycles;
  double rate = std::max(1e-9, machine.dramBytesPerCycle);
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    if (!buffer.loads && !buffer.stores)
      continue;
    double bytes = burstBytes(buffer),
           times = moves(buffer) * (buffer.loads + buffer.stores);
    double share = 1;
    for (const GroupShape::Index &index : buffer.indices)
      for (auto term : index.terms)
        share *= fill(term.first);
    copies += times;
    decision.dramBytes += times * bytes * std::min(share, 1.0);
    if (buffer.loads)
      firstLoad += bytes / rate;
    if (buffer.stores)
      lastStore += bytes / rate;
  }
  double steps = parallelTrips() * reductionTrips();
  double dispatch = kDispatchCycles *
                    (copies + parallelTrips() * (1 + shape.programs.size()) +
                     (shape.matrix ? steps : 0));
  double copying = decision.dramBytes / rate +
                   copies * (machine.copyStartupCycles + latency / 2) /
                       std::max(1u, machine.copyQueues);
  decision.cycles = std::max({copying, matrixCycles(), outputCycles(),
                              vectorCycles(), dispatch}) +
                    firstLoad + lastStore + 2 * latency;
  return decision;
}

} // namespace

std::string checkTiles(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
                       bool lhsStreams, const runtime::Machine &machine) {
  std::string text;
  llvm::raw_string_ostream why(text);
  if (tiles.size() != shape.loops.size()) {
    why << "expected " << shape.loops.size() << " tile sizes, got "
        << tiles.size();
    return text;
  }
  unsigned programDims = 0;
  for (auto [index, loop] : llvm::enumerate(shape.loops)) {
    if (tiles[index] < loop.minTile || tiles[index] > loop.maxTile) {
      why << "expected a tile of " << loop.minTile << " to " << loop.maxTile
          << " in loop " << index << ", got " << tiles[index];
      return text;
    }
    programDims += loop.inProgram && tiles[index] > 1;
  }
  Evaluation evaluation{shape, tiles, lhsStreams, machine};
  if (programDims > kProgramDims)
    why << "expected at most " << kProgramDims
        << " loops with tiles above 1, got " << programDims;
  else if (uint64_t bytes = evaluation.sramBytes(); bytes > machine.sramBytes)
    why << "the tiles need " << bytes
        << " bytes of scratchpad, the machine has " << machine.sramBytes;
  else if (uint64_t bytes = evaluation.accBytes(); bytes > machine.accBytes)
    why << "the tiles need " << bytes
        << " bytes of accumulators, the machine has " << machine.accBytes;
  else if (shape.matrix && !(lhsStreams ? shape.matrix->lhsMayStream
                                        : shape.matrix->rhsMayStream))
    why << "the " << (lhsStreams ? "lhs" : "rhs")
        << " cannot stream: the other operand's indices "
        << "are no plain dimensions";
  return text;
}

std::optional<TileDecision> evaluateTiles(const GroupShape &shape,
                                          llvm::ArrayRef<int64_t> tiles,
                                          bool lhsStreams,
                                          const runtime::Machine &machine) {
  Evaluation evaluation{shape, tiles, lhsStreams, machine};
  unsigned programDims = 0;
  for (auto [loop, tile] : llvm::zip_equal(shape.loops, tiles)) {
    if (tile < loop.minTile || tile > loop.maxTile)
      return std::nullopt;
    programDims += loop.inProgram && tile > 1;
  }
  if (programDims > kProgramDims ||
      evaluation.sramBytes() > machine.sramBytes ||
      evaluation.accBytes() > machine.accBytes)
    return std::nullopt;
  return evaluation.cost();
}

} // namespace ashlar
