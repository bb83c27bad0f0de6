//===- SearchingScheduler.cpp - Tiles by a search with a budget -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A choice is a tile size for each loop, an order of the parallel loops and the
// operand that streams. For each order and role the search starts from balanced
// tiles, improves one loop at a time and two against each other until nothing
// gets better, and starts again from a changed best. The budget counts
// evaluations; numbers are drawn from a generator of our own, so that the same
// question has the same answer everywhere.
//
//===----------------------------------------------------------------------===//

#include "TileCandidates.h"

#include "ashlar/Schedule/Scheduler.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>

namespace ashlar {

namespace {

/// Evaluations for one group, by optimisation level; a part of it for each
/// order and role, the rest for the two best of them.
constexpr uint64_t kBudgets[] = {0, 1000, 5000, 50000};
constexpr uint64_t kFirstShares[] = {0, 100, 500, 2500};
/// Evaluations without a better choice that end the search.
constexpr uint64_t kPatience[] = {0, 100, 500, 5000};
constexpr size_t kRunnersUp = 4;
/// What all of the scratchpad is worth, as a share of a group's time.
constexpr double kSramPrice = 0.04;
constexpr double kImpossible = std::numeric_limits<double>::infinity();

constexpr int kProgramDims = 6;

/// Programs walk six dimensions at most: outer loops beyond that run one by
/// one.
void limitDimensions(GroupShape &shape) {
  int excess = -kProgramDims;
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
  explicit Ranking(const runtime::Machine &machine) : machine(machine) {}

  /// Cycles, and a little for scratchpad that a neighbouring group could use to
  /// begin early.
  double price(const TileDecision &decision) const {
    return decision.cycles *
           (1 + kSramPrice * double(decision.sramBytes) / machine.sramBytes);
  }

  void offer(TileDecision decision) {
    auto place =
        llvm::upper_bound(best, decision, [&](const auto &a, const auto &b) {
          return std::make_pair(price(a), a.dramBytes) <
                 std::make_pair(price(b), b.dramBytes);
        });
    if (place == best.end() && best.size() > kRunnersUp)
      return;
    best.insert(place, std::move(decision));
    if (best.size() > kRunnersUp + 1)
      best.pop_back();
  }
  /// What a choice must cost less than to be among them.
  double bound() const {
    return best.size() > kRunnersUp ? price(best.back()) : kImpossible;
  }
  std::vector<TileDecision> best;

private:
  const runtime::Machine &machine;
};

/// One order and role.
struct Variant {
  bool lhsStreams = true;
  llvm::SmallVector<int64_t, 6> order;
  llvm::SmallVector<uint8_t, 8> best; ///< places among the candidates
  double cycles = kImpossible;
  llvm::DenseMap<uint64_t, double> known; ///< prices of choices
};

class Search {
public:
  Search(const GroupShape &shape, const runtime::Machine &machine,
         unsigned optLevel, Ranking &ranking)
      : shape(shape), machine(machine), budget(kBudgets[optLevel]),
        firstShare(kFirstShares[optLevel]), patience(kPatience[optLevel]),
        ranking(ranking) {
    for (unsigned loop = 0; loop < shape.loops.size(); ++loop) {
      candidates.push_back(candidateTiles(shape, loop, machine));
      if (candidates.back().size() > 1)
        free.push_back(loop);
    }
  }
  void run();
  uint64_t tried = 0, rejected = 0;

private:
  using Places = llvm::SmallVector<uint8_t, 8>;

  /// Choices that do not fit take little time.
  uint64_t spent() const { return tried - rejected + rejected / 8; }
  double cost(Variant &variant, const Places &places);
  bool offer(Variant &variant, const Places &places);
  void improve(Variant &variant, Places places, uint64_t limit);
  bool improveLoop(Variant &variant, Places &places, unsigned loop);
  bool improvePair(Variant &variant, Places &places, unsigned up,
                   unsigned down);
  Places startBalanced(Variant &variant, unsigned first);
  Places startLarge(Variant &variant);
  Places startNearBest(Variant &variant);
  void shrinkUntilPossible(Variant &variant, Places &places);
  void explore(Variant &variant, uint64_t limit, bool fromScratch);
  unsigned draw(unsigned below);

  const GroupShape &shape;
  const runtime::Machine &machine;
  uint64_t budget, firstShare, patience;
  Ranking &ranking;
  std::vector<TileSizes> candidates;
  llvm::SmallVector<unsigned> free; ///< loops with a choice
  uint64_t state = 0x9e3779b97f4a7c15;
};

unsigned Search::draw(unsigned below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return unsigned(state >> 33) % below;
}

double Search::cost(Variant &variant, const Places &places) {
  // Different choices have different keys, up to ten loops with a choice.
  uint64_t key = 0;
  for (unsigned loop : free)
    key = key * kMaxTileSizes + places[loop];
  // The two largest values are the map's own.
  key &= ~uint64_t(0) >> 1;
  auto [place, isNew] = variant.known.try_emplace(key, kImpossible);
  if (!isNew)
    return place->second;
  llvm::SmallVector<int64_t, 8> tiles;
  for (auto [loop, sizes] : llvm::enumerate(candidates))
    tiles.push_back(sizes[places[loop]]);
  ++tried;
  std::optional<TileDecision> decision =
      evaluateTiles(shape, tiles, variant.lhsStreams, machine, variant.order,
                    ranking.bound());
  if (!decision) {
    ++rejected;
    return kImpossible;
  }
  place->second = ranking.price(*decision);
  ranking.offer(*std::move(decision));
  return place->second;
}

bool Search::offer(Variant &variant, const Places &places) {
  double cycles = cost(variant, places);
  if (cycles >= variant.cycles)
    return false;
  variant.cycles = cycles;
  variant.best = places;
  return true;
}

/// The best size of one loop, the others staying as they are.
bool Search::improveLoop(Variant &variant, Places &places, unsigned loop) {
  double best = cost(variant, places);
  uint8_t bestPlace = places[loop];
  for (unsigned place = 0; place < candidates[loop].size(); ++place) {
    Places other = places;
    other[loop] = place;
    if (double cycles = cost(variant, other); cycles < best) {
      best = cycles;
      bestPlace = place;
    }
  }
  bool changed = bestPlace != places[loop];
  places[loop] = bestPlace;
  return changed;
}

/// A larger tile in one loop for a smaller one in another: the largest ones
/// that fit.
bool Search::improvePair(Variant &variant, Places &places, unsigned up,
                         unsigned down) {
  double best = cost(variant, places);
  Places bestPlaces = places;
  for (unsigned more : {1, 2, 3, 6}) {
    if (places[up] + more >= candidates[up].size())
      break;
    Places other = places;
    other[up] += more;
    for (unsigned fitting = 0; other[down] > 0 && fitting < 3;) {
      --other[down];
      double cycles = cost(variant, other);
      fitting += cycles != kImpossible;
      if (cycles < best) {
        best = cycles;
        bestPlaces = other;
      }
    }
  }
  bool changed = bestPlaces != places;
  places = bestPlaces;
  return changed;
}

void Search::improve(Variant &variant, Places places, uint64_t limit) {
  bool changed = true;
  while (changed && spent() < limit) {
    changed = false;
    for (unsigned loop : free)
      changed |= spent() < limit && improveLoop(variant, places, loop);
    if (changed)
      continue;
    for (unsigned up : free)
      for (unsigned down : free)
        if (up != down && spent() < limit)
          changed |= improvePair(variant, places, up, down);
  }
  offer(variant, places);
}

/// The loop `first` grows as long as its tiles fit, then all of them in turn.
Search::Places Search::startBalanced(Variant &variant, unsigned first) {
  Places places(candidates.size(), 0);
  auto grow = [&](unsigned loop) {
    if (places[loop] + 1u >= candidates[loop].size())
      return false;
    ++places[loop];
    if (cost(variant, places) != kImpossible)
      return true;
    --places[loop];
    return false;
  };
  while (grow(first))
    ;
  bool grown = true;
  while (grown) {
    grown = false;
    for (unsigned loop : llvm::reverse(free))
      grown |= grow(loop);
  }
  return places;
}

void Search::shrinkUntilPossible(Variant &variant, Places &places) {
  while (cost(variant, places) == kImpossible) {
    llvm::SmallVector<unsigned> larger;
    for (unsigned loop : free)
      if (places[loop] != 0)
        larger.push_back(loop);
    if (larger.empty())
      return;
    unsigned loop = larger[draw(larger.size())];
    places[loop] -= 1 + draw(places[loop]) / 2;
  }
}

Search::Places Search::startLarge(Variant &variant) {
  Places places;
  for (const TileSizes &sizes : candidates)
    places.push_back(sizes.size() - 1);
  shrinkUntilPossible(variant, places);
  return places;
}

/// Some loops of the best choice anew.
Search::Places Search::startNearBest(Variant &variant) {
  Places places = variant.best;
  for (unsigned change = 0; change < 1 + free.size() / 2; ++change) {
    unsigned loop = free[draw(free.size())];
    places[loop] = draw(candidates[loop].size());
  }
  shrinkUntilPossible(variant, places);
  return places;
}

void Search::explore(Variant &variant, uint64_t limit, bool fromScratch) {
  if (fromScratch) {
    offer(variant, Places(candidates.size(), 0));
    improve(variant, startLarge(variant), limit);
    for (unsigned first : llvm::reverse(free))
      if (spent() < limit)
        improve(variant, startBalanced(variant, first), limit);
  }
  // A small question runs out of new choices before the budget does, and most
  // find their best one early.
  unsigned idle = 0;
  uint64_t improved = spent();
  while (!free.empty() && variant.cycles != kImpossible && spent() < limit &&
         spent() < improved + patience && idle < 40) {
    uint64_t before = tried;
    double cycles = variant.cycles;
    improve(variant, startNearBest(variant), limit);
    idle = tried == before ? idle + 1 : 0;
    if (variant.cycles < cycles)
      improved = spent();
  }
}

void Search::run() {
  std::vector<Variant> variants;
  for (bool lhsStreams : {true, false}) {
    if (shape.matrix ? !(lhsStreams ? shape.matrix->lhsMayStream
                                    : shape.matrix->rhsMayStream)
                     : !lhsStreams)
      continue;
    for (const auto &order : candidateOrders(shape)) {
      Variant &variant = variants.emplace_back();
      variant.lhsStreams = lhsStreams;
      variant.order = order;
    }
  }
  for (Variant &variant : variants)
    explore(variant, spent() + firstShare, /*fromScratch=*/true);
  llvm::stable_sort(variants, [](const Variant &a, const Variant &b) {
    return a.cycles < b.cycles;
  });
  unsigned last = std::min<size_t>(2, variants.size());
  for (unsigned index = 0; index < last && spent() < budget; ++index)
    explore(variants[index], spent() + (budget - spent()) / (last - index),
            /*fromScratch=*/false);
}

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
    add({loop.size, loop.maxTile, loop.minTile, loop.parts,
         loop.reduction + 2 * loop.inProgram + 4 * loop.distributable});
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    add({-1, buffer.elementBits,
         buffer.loads + 2 * buffer.stores + 4 * buffer.inSram +
             8 * buffer.written + 16 * buffer.handedOver +
             32 * buffer.fromSram + 64 * buffer.inPlace +
             128 * buffer.constant});
    for (const GroupShape::Index &index : buffer.indices) {
      key.push_back(index.terms.size());
      for (auto [loop, scale] : index.terms)
        add({loop, scale});
    }
  }
  key.push_back(-2);
  if (shape.matrix) {
    addLoops(shape.matrix->batch);
    addLoops(shape.matrix->m);
    addLoops(shape.matrix->n);
    addLoops(shape.matrix->k);
    add({shape.matrix->bits, shape.matrix->lhsBuffer, shape.matrix->rhsBuffer,
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
SearchingScheduler::decide(const GroupShape &shape,
                           ScheduleTrace::Group *trace) {
  auto [place, isNew] = known.try_emplace(fingerprint(shape));
  if (isNew)
    place->second = search(shape);
  if (trace) {
    *trace = place->second.considered;
    trace->name = shape.name;
    trace->unit = shape.matrix ? "matrix" : shape.window ? "window" : "vector";
  }
  return place->second.decision;
}

SearchingScheduler::Answer SearchingScheduler::search(GroupShape shape) const {
  limitDimensions(shape);
  Ranking ranking(machine);
  Search search(shape, machine, std::min(optLevel, 3u), ranking);
  search.run();
  Answer answer;
  for (const GroupShape::Loop &loop : shape.loops)
    answer.considered.loops.push_back(loop.size);
  answer.considered.candidates = search.tried;
  answer.considered.rejected = search.rejected;
  if (ranking.best.empty())
    return answer;
  answer.decision = answer.considered.chosen = ranking.best.front();
  answer.considered.runnersUp.assign(ranking.best.begin() + 1,
                                     ranking.best.end());
  return answer;
}

} // namespace ashlar
