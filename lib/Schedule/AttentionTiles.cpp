//===- AttentionTiles.cpp - How attention is cut into tiles ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionTiles.h"
#include "Group.h"

#include "Timing/Timing.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace ashlar {

AttentionShape describeAttention(npu::AttentionOp op) {
  AttentionShape shape;
  shape.name = describeSources({op}, op);
  SmallVector<int64_t> extents = op.getExtents();
  shape.batch.assign(extents.begin(), extents.begin() + op.getNumBatch());
  shape.rows = extents[op.getRowDim()];
  shape.keys = extents[op.getKeyDim()];
  shape.depth = extents[op.getDepthDim()];
  shape.columns = extents[op.getColumnDim()];
  auto bitsOf = [](Value value) {
    return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  };
  shape.elementBits = bitsOf(op.getQuery());
  shape.targetBits = bitsOf(op.getTarget());
  if (op.getMask()) {
    shape.maskBits = bitsOf(op.getMask());
    shape.maskHasRows = op.getMap(3).isFunctionOfDim(op.getRowDim());
    shape.maskHasKeys = op.getMap(3).isFunctionOfDim(op.getKeyDim());
  }
  return shape;
}

namespace {

/// One choice under examination. Times are cycles of one core.
class Evaluation {
public:
  Evaluation(const AttentionShape &shape, int64_t rows, int64_t keys,
             int64_t interleave, const runtime::Machine &machine)
      : shape(shape), rows(rows), keys(keys), interleave(interleave),
        machine(machine), runRows(llvm::divideCeil(rows, interleave)),
        rowTrips(llvm::divideCeil(shape.rows, rows)),
        keyTrips(llvm::divideCeil(shape.keys, keys)) {}
  std::optional<AttentionDecision> run();

private:
  double accBytesOf(int64_t lanes) const {
    return 4.0 * double(runRows) * double(llvm::alignTo(lanes, machine.mxuN));
  }
  double accBytes() const;
  double sramBytes() const;
  double vectorCycles(double points, unsigned laneOps, unsigned transOps,
                      double bytes) const;
  double softmaxCycles() const;
  double stepCycles() const;
  void chooseGrid(TileDecision &decision) const;
  double loadBytes() const;

  const AttentionShape &shape;
  int64_t rows, keys, interleave;
  const runtime::Machine &machine;
  int64_t runRows, rowTrips, keyTrips;
};

} // namespace

/// Runs that take turns need no second slot of what passes between engines.
static double slotsOf(int64_t interleave) { return interleave > 1 ? 1 : 2; }

double Evaluation::accBytes() const {
  return double(interleave) *
         (accBytesOf(keys) * slotsOf(interleave) + accBytesOf(shape.columns));
}

double Evaluation::sramBytes() const {
  double element = shape.elementBits / 8.0;
  double operands =
      double(rows) * double(shape.depth) * element +
      double(keys) * double(shape.depth + shape.columns) * element +
      double(rows) * double(shape.columns) * (shape.targetBits / 8.0) +
      double(shape.maskHasRows ? rows : 1) *
          double(shape.maskHasKeys ? keys : 1) * (shape.maskBits / 8.0);
  double scores = double(runRows) * double(keys) * (4 + element);
  double statistics = double(runRows) * 4 * 8;
  // Gaps between buffers, whose places are aligned.
  constexpr double kGaps = 8192;
  return 2 * operands +
         double(interleave) * (scores * slotsOf(interleave) + statistics) +
         kGaps;
}

double Evaluation::vectorCycles(double points, unsigned laneOps,
                                unsigned transOps, double bytes) const {
  runtime::VectorWork work;
  work.laneOps = uint64_t(points * laneOps);
  work.transOps = uint64_t(points * transOps);
  work.portBytes = uint64_t(points * bytes);
  return double(runtime::vectorCycles(work, machine));
}

/// The programs of one run of rows and one block of keys.
double Evaluation::softmaxCycles() const {
  double points = double(runRows) * double(keys);
  double element = shape.elementBits / 8.0;
  double cycles = vectorCycles(points, 1, 0, 4) +
                  vectorCycles(points, 1, 1, 4 + element) +
                  vectorCycles(points, 1, 0, element);
  if (keyTrips > 1)
    cycles += vectorCycles(double(runRows), 1, 0, 8) +
              vectorCycles(double(runRows), 3, 1, 20);
  return cycles;
}

/// All runs of one tile: engines work at the same time on different runs, and
/// the first product and the last one find nothing to overlap with.
double Evaluation::stepCycles() const {
  runtime::MatrixShape scores{uint64_t(runRows), uint64_t(keys),
                              uint64_t(shape.depth), shape.elementBits,
                              shape.elementBits};
  runtime::MatrixShape result{uint64_t(runRows), uint64_t(shape.columns),
                              uint64_t(keys), shape.elementBits,
                              shape.elementBits};
  double first = double(runtime::matrixCost(scores, machine).aloneCycles());
  double second = double(runtime::matrixCost(result, machine).aloneCycles());
  double drain = double(runtime::outputCycles(runRows, keys, machine));
  double rescale =
      keyTrips > 1
          ? double(runtime::outputCycles(runRows, shape.columns, machine))
          : 0;
  double softmax = softmaxCycles(), runs = double(interleave);
  return std::max({runs * (first + second), runs * (drain + rescale),
                   first + drain + runs * softmax + rescale + second});
}

/// Bytes that all cores load and store together.
double Evaluation::loadBytes() const {
  double batch = 1;
  for (int64_t size : shape.batch)
    batch *= double(size);
  double keyLoads = keyTrips == 1 ? 1 : double(rowTrips);
  double maskBytes = double(shape.maskHasRows ? shape.rows : rowTrips) *
                     double(shape.maskHasKeys ? shape.keys : keyTrips) *
                     (shape.maskBits / 8.0);
  return batch *
         (double(shape.rows) * double(shape.depth) * shape.elementBits / 8 +
          double(shape.rows) * double(shape.columns) * shape.targetBits / 8 +
          keyLoads * double(shape.keys) * double(shape.depth + shape.columns) *
              shape.elementBits / 8 +
          maskBytes);
}

/// Cores for each batch dimension and for the rows, so that the busiest one has
/// the fewest tiles.
void Evaluation::chooseGrid(TileDecision &decision) const {
  SmallVector<int64_t> trips(shape.batch);
  trips.push_back(rowTrips);
  CoreGrid grid(trips.size(), 1), best = grid;
  auto stepsOf = [&](const CoreGrid &grid) {
    double steps = 1;
    for (auto [trip, cores] : llvm::zip_equal(trips, grid))
      steps *= double(llvm::divideCeil(trip, cores));
    return steps;
  };
  std::function<void(unsigned, int64_t)> visit = [&](unsigned loop,
                                                     int64_t left) {
    if (loop == grid.size()) {
      if (stepsOf(grid) < stepsOf(best))
        best = grid;
      return;
    }
    for (int64_t cores = 1; cores <= std::min(left, trips[loop]); ++cores) {
      grid[loop] = cores;
      visit(loop + 1, left / cores);
    }
    grid[loop] = 1;
  };
  visit(0, machine.cores);
  decision.grid = best;
  decision.grid.append(3, 1); // keys, depth, columns
  decision.cycles = stepsOf(best) * double(keyTrips) * stepCycles();
}

std::optional<AttentionDecision> Evaluation::run() {
  AttentionDecision decision;
  decision.interleave = interleave;
  TileDecision &tiles = decision.tiles;
  tiles.sramBytes = uint64_t(sramBytes());
  tiles.accBytes = uint64_t(accBytes());
  if (tiles.sramBytes > machine.sramBytes || tiles.accBytes > machine.accBytes)
    return std::nullopt;
  tiles.tiles.assign(shape.batch.size(), 1);
  tiles.tiles.append({rows, keys, shape.depth, shape.columns});
  tiles.dramBytes = loadBytes();
  chooseGrid(tiles);
  double dram = tiles.dramBytes / std::max(1e-9, machine.dramBytesPerCycle);
  tiles.cycles = std::max(tiles.cycles, dram) + 2.0 * machine.dramLatencyCycles;
  return decision;
}

std::optional<AttentionDecision>
evaluateAttention(const AttentionShape &shape, int64_t rows, int64_t keys,
                  int64_t interleave, const runtime::Machine &machine) {
  return Evaluation(shape, rows, keys, interleave, machine).run();
}

/// Even cuts of `size`, the whole first, also rounded up to what the unit takes
/// at once.
static SmallVector<int64_t> cutsOf(int64_t size, int64_t unit) {
  SmallVector<int64_t> cuts;
  auto add = [&](int64_t cut) {
    if (cut >= 1 && cut <= size && !llvm::is_contained(cuts, cut))
      cuts.push_back(cut);
  };
  int64_t last = 0;
  for (int64_t pieces = 1; last != 1; pieces += (pieces + 3) / 4) {
    last = llvm::divideCeil(size, pieces);
    add(last);
    add(llvm::alignTo(last, unit));
  }
  return cuts;
}

std::optional<AttentionDecision>
chooseAttentionTiles(const AttentionShape &shape,
                     const runtime::Machine &machine,
                     ScheduleTrace::Group *trace) {
  std::vector<AttentionDecision> fitting;
  uint64_t candidates = 0;
  for (int64_t keys : cutsOf(shape.keys, machine.mxuN))
    for (int64_t rows : cutsOf(shape.rows, machine.mxuM))
      for (int64_t interleave : {1, 2, 4}) {
        if (interleave > rows)
          continue;
        ++candidates;
        if (auto decision =
                evaluateAttention(shape, rows, keys, interleave, machine))
          fitting.push_back(std::move(*decision));
      }
  if (fitting.empty())
    return std::nullopt;
  // Of equals the first: larger tiles of fewer runs.
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(0, fitting.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    return std::pair(fitting[a].tiles.cycles, a) <
           std::pair(fitting[b].tiles.cycles, b);
  });
  if (trace) {
    constexpr size_t kRunnersUp = 4;
    trace->name = shape.name;
    trace->unit = "matrix";
    trace->loops.assign(shape.batch.begin(), shape.batch.end());
    trace->loops.append({shape.rows, shape.keys, shape.depth, shape.columns});
    trace->chosen = fitting[order.front()].tiles;
    for (unsigned place : ArrayRef(order).drop_front().take_front(kRunnersUp))
      trace->runnersUp.push_back(fitting[place].tiles);
    trace->candidates = candidates;
    trace->rejected = candidates - fitting.size();
  }
  return fitting[order.front()];
}

} // namespace ashlar
