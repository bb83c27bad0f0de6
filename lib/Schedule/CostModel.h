//===- CostModel.h - One choice of tiles, measured ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_COSTMODEL_H
#define ASHLAR_LIB_SCHEDULE_COSTMODEL_H

#include "ashlar/Schedule/Scheduler.h"

#include "Timing/Timing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace ashlar {

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// Tiles of a buffer in the scratchpad at a time: one in use, one in flight.
inline constexpr uint64_t kBufferDepth = 2;

class Evaluation {
public:
  Evaluation(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
             bool lhsStreams, const runtime::Machine &machine,
             llvm::ArrayRef<int64_t> order = {},
             llvm::ArrayRef<int64_t> grid = {})
      : shape(shape), tiles(tiles), lhsStreams(lhsStreams), machine(machine),
        order(order), grid(grid) {
    for (int64_t number : grid)
      cores *= double(number);
    llvm::SmallVector<bool> reductions;
    for (const GroupShape::Loop &loop : shape.loops)
      reductions.push_back(loop.reduction);
    if (shape.matrix)
      for (unsigned loop : shape.matrix->batch)
        points *= double(tiles[loop]);
    for (unsigned loop : nestOrder(reductions, order)) {
      if (trips(loop) <= 1)
        continue;
      nest.push_back(loop);
      numParallel += !reductions[loop];
    }
  }

  uint64_t sramBytes() const;
  uint64_t accBytes(uint64_t depth) const;
  uint64_t accDepth() const {
    return (nest.empty() && points == 1) ||
                   accBytes(kBufferDepth) > machine.accBytes
               ? 1
               : kBufferDepth;
  }
  /// Products of a batch inside a tile leave no room for loops around each.
  bool cutsReductionOfBatch() const {
    return points > 1 && nest.size() > numParallel;
  }
  /// Above `bound` what the scratchpad adds is left out; from `limit` on, all
  /// but the engines' work.
  TileDecision cost(double bound, double limit = kNoLimit) const;

private:
  /// Tiles of a loop, of all cores together.
  uint64_t allTrips(unsigned loop) const {
    return std::max<uint64_t>(
        1, llvm::divideCeil(shape.loops[loop].size, tiles[loop]));
  }
  uint64_t coresOf(unsigned loop) const {
    return grid.empty() ? 1 : uint64_t(grid[loop]);
  }
  /// Tiles of the core that has most.
  uint64_t trips(unsigned loop) const {
    return llvm::divideCeil(allTrips(loop), coresOf(loop));
  }
  /// Share of a whole tile that tiles have on average.
  double averageFill(unsigned loop) const {
    return double(shape.loops[loop].size) /
           double(allTrips(loop) * tiles[loop]);
  }
  /// That of the core with most tiles: others have the one that is not whole.
  double fill(unsigned loop) const {
    return coresOf(loop) > 1 ? 1 : averageFill(loop);
  }
  double fillOf(const GroupShape::Buffer &buffer) const {
    double share = 1;
    for (const GroupShape::Index &index : buffer.indices)
      for (auto term : index.terms)
        share *= averageFill(term.first);
    return share;
  }
  static uint64_t product(llvm::ArrayRef<unsigned> loops,
                          llvm::ArrayRef<int64_t> sizes) {
    uint64_t result = 1;
    for (unsigned loop : loops)
      result = llvm::SaturatingMultiply<uint64_t>(result, sizes[loop]);
    return result;
  }
  uint64_t product(llvm::ArrayRef<unsigned> loops) const {
    return product(loops, tiles);
  }
  /// Iterations of the outermost `depth` loops of the nest.
  double steps(unsigned depth) const {
    double result = 1;
    for (unsigned loop : llvm::ArrayRef(nest).take_front(depth))
      result *= trips(loop);
    return result;
  }
  /// The same, of all cores together.
  double allSteps(unsigned depth) const {
    double result = cores;
    for (unsigned loop : llvm::ArrayRef(nest).take_front(depth))
      result *= double(allTrips(loop)) / double(coresOf(loop));
    return result;
  }
  uint64_t extent(const GroupShape::Index &index, bool whole) const {
    uint64_t result = 1;
    for (auto [loop, scale] : index.terms)
      result += uint64_t(scale) *
                ((whole ? shape.loops[loop].size : tiles[loop]) - 1);
    return result;
  }
  bool usesAccumulators() const {
    return shape.matrix || (shape.window && shape.window->toAccumulator);
  }
  uint64_t tileBytes(const GroupShape::Buffer &buffer) const;
  unsigned depthOf(const GroupShape::Buffer &buffer) const;
  std::pair<uint64_t, uint64_t> rowsAndLanes() const;
  double rowsOf(const GroupShape::Buffer &buffer, double &runBytes) const;
  double movedBytes(const GroupShape::Buffer &buffer) const;
  unsigned sharersOf(const GroupShape::Buffer &buffer) const;
  double tileLines(const GroupShape::Buffer &buffer) const;
  runtime::AccessPattern operand(unsigned number,
                                 llvm::ArrayRef<unsigned> outer) const;

  double matrixStep() const;  ///< cycles of one tile's products
  double matrixLines() const; ///< scratchpad lines of one tile's products
  double outputTile() const;  ///< cycles of one tile's drains
  double windowStep() const;  ///< cycles of one tile's windows
  double vectorCycles() const;
  /// Scratchpad lines of all steps: of the engine that products or windows keep
  /// busy, of other engines and copies inside, of copies from and to dram.
  struct Lines {
    double main = 0, others = 0, dram = 0;
  };
  Lines countLines() const;
  double besideOthers(double engines) const;

  /// Copies at one place of the nest: cycles of one core's queues, and of dram
  /// and links, which all cores use.
  struct Moves {
    double dram = 0, links = 0, loads = 0, longestLoad = 0, stores = 0;
    double loadLatency = 0, storeLatency = 0;
    Moves &operator+=(const Moves &more);
  };
  /// What moves between buffers and tiles, with or without loads that cores
  /// share.
  struct Transfers {
    bool sharesLoads = false;
    double copies = 0; ///< instructions of one core
    double dramBytes = 0;
    double outside = 0;    ///< cycles of the first loads and the last stores
    double early = 0;      ///< of those for which nothing has to be computed
    double dramCycles = 0; ///< that dram is busy
    /// Those that begin when the loop at a depth moves on.
    llvm::SmallVector<Moves, 8> moves;
  };
  Moves movesOf(const GroupShape::Buffer &buffer, double bytes, bool isStore,
                unsigned sharers) const;
  double loadCycles(const Moves &moves) const;
  double transferCycles(const Moves &moves) const;
  double period(double work, const Moves &moves) const;
  double period(double work, const Moves &moves,
                std::optional<unsigned> uneven) const;
  double overlap(double engines, llvm::ArrayRef<Moves> moves) const;
  Transfers measureTransfers(bool share) const;

  const GroupShape &shape;
  llvm::ArrayRef<int64_t> tiles;
  bool lhsStreams;
  const runtime::Machine &machine;
  llvm::ArrayRef<int64_t> order, grid;
  double cores = 1;                    ///< that work
  double points = 1;                   ///< of a product's batch in a tile
  llvm::SmallVector<unsigned, 6> nest; ///< loops that iterate, outermost first
  unsigned numParallel = 0;
};

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_COSTMODEL_H
