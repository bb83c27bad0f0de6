//===- CoreGrid.cpp - How cores share the tiles of a group ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Each of one or two parallel loops is cut into as many runs of tiles as the
// grid has cores in that dimension, as even as they can be. More loops would
// spare nothing that two do not. What a grid costs is the business of the cost
// model; here are the few that can be best: no other one needs fewer steps and
// repeats fewer loads.
//
//===----------------------------------------------------------------------===//

#include "Group.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ashlar {

SmallVector<bool> findDistributableLoops(const Group &group) {
  SmallVector<bool> result(group.sizes.size(), false);
  // Loops around groups are one core's.
  Operation *root = group.members[group.root].op;
  if (!isa<func::FuncOp>(root->getParentOp()))
    return result;
  for (unsigned loop = 0; loop < result.size(); ++loop) {
    // Cores write different parts of everything that anyone sees.
    bool isApart = llvm::all_of(group.buffers, [&](const GroupBuffer &buffer) {
      return !buffer.written || !buffer.escapes ||
             llvm::any_of(buffer.map.getResults(), [&](AffineExpr index) {
               auto dim = dyn_cast<AffineDimExpr>(index);
               return dim && dim.getPosition() == loop;
             });
    });
    result[loop] = group.cuttable[loop] && !group.reduction[loop] && isApart;
  }
  return result;
}

namespace {
struct Candidate {
  CoreGrid grid;
  double steps = 0;   ///< tiles of the core that has most
  double repeats = 0; ///< bytes that all cores load together
};
} // namespace

static double wholeBytes(const GroupShape &shape,
                         const GroupShape::Buffer &buffer) {
  double bytes = buffer.elementBits / 8.0;
  for (const GroupShape::Index &index : buffer.indices) {
    double extent = 1;
    for (auto [loop, scale] : index.terms)
      extent += double(scale) * double(shape.loops[loop].size - 1);
    bytes *= extent;
  }
  return bytes;
}

static Candidate measure(const GroupShape &shape, ArrayRef<int64_t> trips,
                         const CoreGrid &grid) {
  Candidate candidate{grid, 1, 0};
  for (auto [trip, cores] : llvm::zip_equal(trips, grid))
    candidate.steps *= double(llvm::divideCeil(trip, cores));
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    if (!buffer.loads || buffer.fromSram)
      continue;
    double copies = 1;
    for (auto [loop, cores] : llvm::enumerate(grid)) {
      bool depends = llvm::any_of(buffer.indices, [&](const auto &index) {
        return llvm::any_of(index.terms,
                            [&](auto term) { return term.first == loop; });
      });
      if (!depends)
        copies *= double(cores);
    }
    candidate.repeats += copies * wholeBytes(shape, buffer);
  }
  return candidate;
}

/// Keeps what no other candidate beats in both respects.
static void offer(SmallVector<Candidate> &best, Candidate candidate) {
  for (const Candidate &other : best)
    if (other.steps <= candidate.steps && other.repeats <= candidate.repeats)
      return;
  llvm::erase_if(best, [&](const Candidate &other) {
    return candidate.steps <= other.steps && candidate.repeats <= other.repeats;
  });
  best.push_back(std::move(candidate));
}

std::vector<CoreGrid> findGrids(const GroupShape &shape,
                                ArrayRef<int64_t> tiles, unsigned cores) {
  CoreGrid alone(tiles.size(), 1);
  for (auto [index, loop] : llvm::enumerate(shape.loops)) {
    if (loop.parts == 1)
      continue;
    if (loop.size / loop.parts % tiles[index] != 0)
      return {};
    alone[index] = loop.parts;
    return {alone};
  }
  SmallVector<int64_t> trips;
  SmallVector<unsigned> loops;
  for (auto [index, loop] : llvm::enumerate(shape.loops)) {
    trips.push_back(
        llvm::divideCeil(std::max<int64_t>(loop.size, 1), tiles[index]));
    if (cores > 1 && loop.distributable && trips.back() > 1)
      loops.push_back(index);
  }
  SmallVector<Candidate> best;
  offer(best, measure(shape, trips, alone));
  for (unsigned first = 0; first < loops.size(); ++first)
    for (int64_t rows = 2; rows <= cores && rows <= trips[loops[first]];
         ++rows) {
      CoreGrid grid = alone;
      grid[loops[first]] = rows;
      offer(best, measure(shape, trips, grid));
      for (unsigned second = first + 1; second < loops.size(); ++second) {
        grid[loops[second]] =
            std::min<int64_t>(cores / rows, trips[loops[second]]);
        offer(best, measure(shape, trips, grid));
        grid[loops[second]] = 1;
      }
    }
  std::vector<CoreGrid> grids;
  for (Candidate &candidate : best)
    grids.push_back(std::move(candidate.grid));
  return grids;
}

std::string checkGrid(const GroupShape &shape, ArrayRef<int64_t> tiles,
                      ArrayRef<int64_t> grid, unsigned cores) {
  std::string text;
  llvm::raw_string_ostream why(text);
  if (grid.size() != shape.loops.size()) {
    why << "expected " << shape.loops.size() << " numbers of cores, got "
        << grid.size();
    return text;
  }
  int64_t total = 1;
  for (auto [index, loop] : llvm::enumerate(shape.loops)) {
    int64_t trips = llvm::divideCeil(loop.size, tiles[index]);
    int64_t most = loop.distributable ? std::max<int64_t>(trips, 1) : 1;
    if (grid[index] < 1 || grid[index] > most) {
      why << "expected 1 to " << most << " cores in loop " << index << ", got "
          << grid[index];
      return text;
    }
    if (loop.parts > 1 && (grid[index] != loop.parts ||
                           loop.size / loop.parts % tiles[index] != 0)) {
      why << "expected tiles that make up the parts of " << loop.parts
          << " cores in loop " << index;
      return text;
    }
    total *= grid[index];
  }
  if (total > cores)
    why << "expected at most " << cores << " cores, got " << total;
  return text;
}

} // namespace ashlar
