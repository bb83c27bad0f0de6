//===- Scheduler.h - From a group of operations to its tiles --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The scheduler sees loops, buffers and work as plain numbers: no IR. It
// answers with tile sizes, an order of the loops and the operand that streams.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_SCHEDULE_SCHEDULER_H
#define ASHLAR_SCHEDULE_SCHEDULER_H

#include "Timing/Machine.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ashlar {

/// What has to be scheduled as one: a nest of loops around some work.
struct GroupShape {
  struct Loop {
    int64_t size = 1;
    bool reduction = false; ///< of the root
    /// Largest tile: `size` if any will do, 1 if the loop must run point by
    /// point (indices that are no plain sums).
    int64_t maxTile = 1;
    /// Smallest tile: `size` if the loop cannot be cut.
    int64_t minTile = 1;
    /// Cores may share its tiles: each writes a part of its own.
    bool distributable = false;
    /// More than 1: so many cores share it in equal parts, because they have
    /// parts of the buffers; whole tiles make up a part.
    int64_t parts = 1;
    /// Inside a vector program's domain this loop counts against its
    /// dimensions.
    bool inProgram = false;
  };
  /// One index of a buffer: extent = 1 + sum of scale * (tile - 1).
  struct Index {
    llvm::SmallVector<std::pair<unsigned, int64_t>, 2> terms; ///< loop, scale
  };
  struct Buffer {
    llvm::SmallVector<Index, 6> indices;
    uint32_t elementBits = 32;
    bool loads = false, stores = false; ///< moves from and to dram
    bool inSram = true;                 ///< has a tile in the scratchpad
    bool fromSram = false; ///< what is loaded comes from the scratchpad
    bool inPlace = false;  ///< tiles are views of a buffer in the scratchpad
    bool written = false;  ///< lives across the reduction loops if so
    bool constant = false; ///< its first tiles can come during what is before
    /// Handed from one engine to another, so that two tiles are in use at a
    /// time.
    bool handedOver = true;
  };
  /// A product on the matrix unit: which loops are its m, n and k when lhs
  /// streams. A tile with several points of the batch holds as many products,
  /// each with its own drain; the reduction is not cut then.
  struct Matrix {
    llvm::SmallVector<unsigned, 3> batch, m, n, k;
    uint32_t bits = 8;
    unsigned lhsBuffer = 0, rhsBuffer = 0; ///< numbers of its operands
    bool lhsMayStream = true, rhsMayStream = true;
  };
  /// A windowed reduction on the vector unit: loops of its results and of the
  /// window, both outermost first, and the numbers of its operands.
  struct Window {
    llvm::SmallVector<unsigned, 6> domain, window;
    unsigned channels = 0; ///< the contiguous loop, lanes in accumulators
    unsigned input = 0, out = 0;
    int weights = -1;
    bool toAccumulator = false;
  };
  /// A vector program: per point of its loops.
  struct Program {
    llvm::SmallVector<unsigned, 6> loops;
    unsigned lane = 0, lane64 = 0, slow = 0, slow64 = 0, trans = 0, trans64 = 0;
    unsigned portBytes = 0;
  };

  std::string name; ///< for the trace: its source nodes
  llvm::SmallVector<Loop, 6> loops;
  llvm::SmallVector<Buffer, 6> buffers;
  std::optional<Matrix> matrix;
  std::optional<Window> window;
  llvm::SmallVector<Program, 4> programs;
};

/// Cores that share the tiles of each loop of a group.
using CoreGrid = llvm::SmallVector<int64_t, 6>;

/// The answer.
struct TileDecision {
  llvm::SmallVector<int64_t, 6> tiles; ///< for each loop of the group
  CoreGrid grid;
  bool lhsStreams = true;
  /// What several cores load comes to all of them at once.
  bool sharesLoads = false;
  /// Parallel loops, outermost first; empty: as they are numbered.
  llvm::SmallVector<int64_t, 6> order;
  double cycles = 0;      ///< expected, of the whole group
  uint64_t sramBytes = 0; ///< with double buffering
  uint64_t accBytes = 0;
  double dramBytes = 0; ///< of all cores
};

/// A choice and the ones that lost, for `--explain`.
struct ScheduleTrace {
  struct Group {
    std::string name;
    llvm::StringRef unit; ///< "matrix", "window" or "vector"
    llvm::SmallVector<int64_t, 6> loops;
    TileDecision chosen;
    std::vector<TileDecision> runnersUp;   ///< best first
    uint64_t candidates = 0, rejected = 0; ///< looked at; did not fit
    std::string apart; ///< "READER: why it is not in the group", if one is not
  };
  std::vector<Group> groups;
  /// Expected cycles of all groups, one after the other.
  double cycles() const;
  llvm::json::Value toJson() const;
};

/// Grids of cores worth a look for these tiles; a single core is among them
/// unless another grid loads no more. None if the tiles do not make up parts.
std::vector<CoreGrid> findGrids(const GroupShape &shape,
                                llvm::ArrayRef<int64_t> tiles, unsigned cores);

/// Why the cores cannot share the tiles in this manner; empty if they can.
std::string checkGrid(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
                      llvm::ArrayRef<int64_t> grid, unsigned cores);

/// The loops of a group, outermost first: parallel ones in `order` (those that
/// it does not name follow as they are numbered), then reductions.
llvm::SmallVector<unsigned> nestOrder(llvm::ArrayRef<bool> isReduction,
                                      llvm::ArrayRef<int64_t> order);

/// Why `order` cannot be used; empty if it can.
std::string checkOrder(llvm::ArrayRef<bool> isReduction,
                       llvm::ArrayRef<int64_t> order);

/// Cycles, scratchpad, accumulators and traffic of a choice, or nothing if it
/// does not fit. A choice that takes more than `bound` cycles may be said to
/// take less than it does, but not less than `bound`. Takes the best grid of
/// cores if none is given.
std::optional<TileDecision>
evaluateTiles(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
              bool lhsStreams, const runtime::Machine &machine,
              llvm::ArrayRef<int64_t> order = {},
              double bound = std::numeric_limits<double>::infinity(),
              llvm::ArrayRef<int64_t> grid = {});

/// Why `tiles` cannot be used; empty if they can.
std::string checkTiles(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
                       bool lhsStreams, const runtime::Machine &machine);

class Scheduler {
public:
  virtual ~Scheduler() = default;
  /// The best choice found, or nothing if no tile at all fits.
  virtual std::optional<TileDecision> decide(const GroupShape &shape,
                                             ScheduleTrace::Group *trace) = 0;
};

/// What the compiler does unless it is told otherwise.
constexpr unsigned kDefaultOptLevel = 2;

/// Looks for the cheapest choice with a limited number of evaluations, which
/// grows with the optimisation level (0 to 3; level 0 takes the better of a few
/// choices that fit). Smallest tiles are always among them: what fits with any
/// choice gets one at every level.
class SearchingScheduler : public Scheduler {
public:
  explicit SearchingScheduler(const runtime::Machine &machine,
                              unsigned optLevel = kDefaultOptLevel)
      : machine(machine), optLevel(optLevel) {}
  std::optional<TileDecision> decide(const GroupShape &shape,
                                     ScheduleTrace::Group *trace) override;

private:
  /// An answer and what was considered for it.
  struct Answer {
    std::optional<TileDecision> decision;
    ScheduleTrace::Group considered;
  };
  Answer search(GroupShape shape) const;

  runtime::Machine machine;
  unsigned optLevel;
  /// Answers by the numbers of the question: layers repeat.
  std::map<std::vector<int64_t>, Answer> known;
};

} // namespace ashlar

#endif // ASHLAR_SCHEDULE_SCHEDULER_H
