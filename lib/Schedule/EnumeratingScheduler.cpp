//===- EnumeratingScheduler.cpp - Tiles by trying combinations ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Scheduler.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace ashlar {

namespace {

/// Combinations that are looked at for one group and role.
constexpr uint64_t kMaxCombinations = 6000;
constexpr size_t kRunnersUp = 4;

using Sizes = llvm::SmallVector<int64_t, 24>;

/// Sizes worth trying: the whole loop, even shares of it, powers of two and
/// three quarters of them; always the smallest and the largest.
Sizes candidateSizes(const GroupShape::Loop &loop) {
  Sizes sizes = {loop.minTile, loop.maxTile};
  auto add = [&](int64_t size) {
    if (size >= loop.minTile && size <= loop.maxTile)
      sizes.push_back(size);
  };
  for (int64_t power = 1; power < loop.maxTile; power *= 2) {
    add(power);
    if (power >= 16)
      add(power + power / 2);
  }
  for (int64_t share = 2; share <= 4; ++share)
    add(llvm::alignTo(llvm::divideCeil(loop.size, share), 16));
  llvm::sort(sizes);
  sizes.erase(llvm::unique(sizes), sizes.end());
  return sizes;
}

/// Every second candidate, the first and the last one kept.
void thin(Sizes &sizes) {
  Sizes kept;
  for (auto [index, size] : llvm::enumerate(sizes))
    if (index % 2 == 0 || index + 1 == sizes.size())
      kept.push_back(size);
  sizes = kept;
}

llvm::SmallVector<Sizes> allCandidates(const GroupShape &shape) {
  llvm::SmallVector<Sizes> all;
  for (const GroupShape::Loop &loop : shape.loops)
    all.push_back(candidateSizes(loop));
  auto count = [&] {
    double total = 1;
    for (const Sizes &sizes : all)
      total *= sizes.size();
    return total;
  };
  while (count() > kMaxCombinations) {
    Sizes &longest =
        *llvm::max_element(all, [](const Sizes &a, const Sizes &b) {
          return a.size() < b.size();
        });
    if (longest.size() <= 2)
      break;
    thin(longest);
  }
  // With many loops, all but the innermost ones stay uncut or one point wide.
  for (Sizes &sizes : all) {
    if (count() <= kMaxCombinations)
      break;
    sizes.resize(1);
  }
  return all;
}

/// Programs walk six dimensions at most: outer loops beyond that run one by
/// one.
void limitDimensions(GroupShape &shape) {
  int excess = -6;
  for (const GroupShape::Loop &loop : shape.loops)
    excess += loop.inProgram && loop.maxTile > 1;
  for (GroupShape::Loop &loop : shape.loops)
    if (excess > 0 && loop.inProgram && loop.maxTile > 1 && loop.minTile == 1) {
      loop.maxTile = 1;
      --excess;
    }
}

/// Keeps the best few of all that are offered.
class Ranking {
public:
  void offer(TileDecision decision) {
    auto place =
        llvm::upper_bound(best, decision, [](const auto &a, const auto &b) {
          return std::make_pair(a.cycles, a.dramBytes) <
                 std::make_pair(b.cycles, b.dramBytes);
        });
    if (place == best.end() && best.size() > kRunnersUp)
      return;
    best.insert(place, std::move(decision));
    if (best.size() > kRunnersUp + 1)
      best.pop_back();
  }
  std::vector<TileDecision> best;
};

} // namespace

/// Everything that the answer depends on.
static std::vector<int64_t> fingerprint(const GroupShape &shape) {
  std::vector<int64_t> key;
  auto add = [&](std::initializer_list<int64_t> values) {
    key.insert(key.end(), values);
  };
  auto addLoops = [&](llvm::ArrayRef<unsigned> loops) {
    key.push_back(loops.size());
    key.insert(key.end(), loops.begin(), loops.end());
  };
  for (const GroupShape::Loop &loop : shape.loops)
    add({loop.size, loop.maxTile, loop.minTile,
         loop.reduction + 2 * loop.inProgram});
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    add({-1, buffer.elementBits,
         buffer.loads + 2 * buffer.stores + 4 * buffer.inSram +
             8 * buffer.written});
    for (const GroupShape::Index &index : buffer.indices) {
      key.push_back(index.terms.size());
      for (auto [loop, scale] : index.terms)
        add({loop, scale});
    }
  }
  key.push_back(-2);
  if (shape.matrix) {
    addLoops(shape.matrix->m);
    addLoops(shape.matrix->n);
    addLoops(shape.matrix->k);
    add({shape.matrix->bits,
         shape.matrix->lhsMayStream + 2 * shape.matrix->rhsMayStream});
  }
  if (shape.window) {
    addLoops(shape.window->domain);
    addLoops(shape.window->window);
    add({shape.window->channels, shape.window->toAccumulator});
  }
  for (const GroupShape::Program &program : shape.programs) {
    addLoops(program.loops);
    add({program.lane, program.lane64, program.slow, program.slow64,
         program.trans, program.trans64, program.portBytes});
  }
  return key;
}

std::optional<TileDecision>
EnumeratingScheduler::decide(const GroupShape &shape,
                             ScheduleTrace::Group *trace) {
  auto [place, isNew] = known.try_emplace(fingerprint(shape));
  if (isNew)
    place->second = search(shape);
  if (trace) {
    *trace = place->second.considered;
    trace->name = shape.name;
  }
  return place->second.decision;
}

EnumeratingScheduler::Answer
EnumeratingScheduler::search(GroupShape shape) const {
  limitDimensions(shape);
  llvm::SmallVector<Sizes> candidates = allCandidates(shape);
  Ranking ranking;
  uint64_t tried = 0, rejected = 0;
  for (bool lhsStreams : {true, false}) {
    if (shape.matrix ? !(lhsStreams ? shape.matrix->lhsMayStream
                                    : shape.matrix->rhsMayStream)
                     : !lhsStreams)
      continue;
    llvm::SmallVector<unsigned> position(candidates.size(), 0);
    llvm::SmallVector<int64_t> tiles(candidates.size());
    while (true) {
      for (auto [loop, sizes] : llvm::enumerate(candidates))
        tiles[loop] = sizes[position[loop]];
      ++tried;
      if (auto decision = evaluateTiles(shape, tiles, lhsStreams, machine))
        ranking.offer(*std::move(decision));
      else
        ++rejected;
      unsigned loop = 0;
      while (loop < position.size() &&
             ++position[loop] == candidates[loop].size())
        position[loop++] = 0;
      if (loop == position.size())
        break;
    }
  }
  Answer answer;
  for (const GroupShape::Loop &loop : shape.loops)
    answer.considered.loops.push_back(loop.size);
  answer.considered.candidates = tried;
  answer.considered.rejected = rejected;
  if (ranking.best.empty())
    return answer;
  answer.decision = answer.considered.chosen = ranking.best.front();
  answer.considered.runnersUp.assign(ranking.best.begin() + 1,
                                     ranking.best.end());
  return answer;
}

//===----------------------------------------------------------------------===//
// Trace
//===----------------------------------------------------------------------===//

static llvm::json::Value toJson(const TileDecision &decision) {
  llvm::json::Array tiles;
  for (int64_t tile : decision.tiles)
    tiles.push_back(tile);
  return llvm::json::Object{{"tiles", std::move(tiles)},
                            {"streams", decision.lhsStreams ? "lhs" : "rhs"},
                            {"cycles", decision.cycles},
                            {"sram_bytes", int64_t(decision.sramBytes)},
                            {"acc_bytes", int64_t(decision.accBytes)},
                            {"dram_bytes", decision.dramBytes}};
}

double ScheduleTrace::cycles() const {
  double total = 0;
  for (const Group &group : groups)
    total += group.chosen.cycles;
  return total;
}

llvm::json::Value ScheduleTrace::toJson() const {
  llvm::json::Array array;
  for (const Group &group : groups) {
    llvm::json::Array loops, others;
    for (int64_t loop : group.loops)
      loops.push_back(loop);
    for (const TileDecision &other : group.runnersUp)
      others.push_back(ashlar::toJson(other));
    array.push_back(
        llvm::json::Object{{"name", group.name},
                           {"loops", std::move(loops)},
                           {"chosen", ashlar::toJson(group.chosen)},
                           {"runners_up", std::move(others)},
                           {"candidates", int64_t(group.candidates)},
                           {"rejected", int64_t(group.rejected)}});
  }
  return llvm::json::Object{{"groups", std::move(array)}};
}

} // namespace ashlar
