//===- PlannerTest.cpp ----------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plans against brute force on tiny problems, and against the validator on
// larger ones; the validator against plans that were broken on purpose.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Planner/Planner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <random>

using namespace ashlar::planner;
using testing::HasSubstr;

static Buffer buffer(std::string id, int64_t lower, int64_t upper,
                     uint64_t size) {
  Buffer b;
  b.id = std::move(id);
  b.live = {lower, upper};
  b.size = size;
  return b;
}

static Problem randomProblem(std::mt19937 &rng, size_t count, int64_t times,
                             uint64_t sizes) {
  Problem problem;
  for (size_t i = 0; i < count; ++i) {
    int64_t lower = int64_t(rng() % times);
    Buffer b = buffer(std::to_string(i), lower,
                      lower + 1 + int64_t(rng() % times), rng() % sizes);
    if (rng() % 4 == 0)
      b.alignment = 1 + rng() % 4;
    if (rng() % 4 == 0 && b.live.upper - b.live.lower >= 3)
      b.gaps.push_back({b.live.lower + 1, b.live.upper - 1});
    problem.buffers.push_back(b);
  }
  problem.capacity = UINT64_MAX;
  return problem;
}

static void expectValid(const Problem &problem, const Plan &plan) {
  std::optional<std::string> reason = validatePlan(problem, plan);
  EXPECT_FALSE(reason.has_value()) << *reason;
}

/// The smallest peak of all: every order, every buffer at its lowest place
/// above those before it. Some order of every best plan's offsets is among
/// them.
static uint64_t bruteForcePeak(const Problem &problem) {
  std::vector<size_t> order(problem.buffers.size());
  std::iota(order.begin(), order.end(), 0);
  uint64_t best = UINT64_MAX;
  do {
    std::vector<uint64_t> tops(order.size(), 0);
    std::vector<bool> placed(order.size(), false);
    uint64_t peak = 0;
    bool legal = true;
    for (size_t i : order) {
      const Buffer &b = problem.buffers[i];
      uint64_t offset = 0;
      for (size_t j = 0; j < order.size(); ++j)
        if (placed[j] && b.size && problem.buffers[j].size &&
            aliveTogether(b, problem.buffers[j]))
          offset = std::max(offset, tops[j]);
      offset = (offset + b.alignment - 1) / b.alignment * b.alignment;
      if (b.fixedOffset) {
        legal &= offset <= *b.fixedOffset;
        offset = *b.fixedOffset;
      }
      placed[i] = true;
      tops[i] = offset + b.size;
      peak = std::max(peak, b.size ? tops[i] : b.fixedOffset.value_or(0));
    }
    if (legal)
      best = std::min(best, peak);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

TEST(Plan, NothingToDo) {
  Problem problem;
  Plan empty = plan(problem);
  EXPECT_EQ(empty.peak, 0u);
  EXPECT_TRUE(empty.fits);
  problem.buffers = {buffer("a", 0, 5, 0), buffer("b", 0, 5, 0)};
  Plan zeros = plan(problem);
  EXPECT_EQ(zeros.peak, 0u);
  expectValid(problem, zeros);
}

TEST(Plan, SharesWhatIsNotAliveTogether) {
  Problem problem;
  problem.buffers = {buffer("a", 0, 2, 10), buffer("b", 2, 4, 10),
                     buffer("c", 1, 3, 5)};
  problem.capacity = 15;
  Plan result = plan(problem);
  EXPECT_EQ(result.peak, 15u);
  EXPECT_TRUE(result.fits);
  EXPECT_TRUE(result.optimal());
  expectValid(problem, result);
}

TEST(Plan, GapsAreShared) {
  Problem problem;
  problem.buffers = {buffer("a", 0, 10, 8), buffer("b", 3, 6, 8)};
  EXPECT_EQ(plan(problem).peak, 16u);
  problem.buffers[0].gaps = {{3, 6}};
  Plan result = plan(problem);
  EXPECT_EQ(result.peak, 8u);
  expectValid(problem, result);
}

TEST(Plan, FixedOffsetsStay) {
  Problem problem;
  problem.buffers = {buffer("a", 0, 4, 8), buffer("b", 0, 4, 8),
                     buffer("c", 0, 4, 4)};
  problem.buffers[0].fixedOffset = 8;
  problem.capacity = 20;
  Plan result = plan(problem);
  EXPECT_EQ(result.offsets[0], 8u);
  EXPECT_EQ(result.peak, 20u);
  expectValid(problem, result);
}

TEST(Plan, WhatDoesNotFitIsStillPlanned) {
  Problem problem;
  problem.buffers = {buffer("a", 0, 4, 8), buffer("b", 1, 4, 9)};
  problem.capacity = 16;
  Plan result = plan(problem);
  EXPECT_FALSE(result.fits);
  EXPECT_EQ(result.peak, 17u);
  expectValid(problem, result);
  PeakMoment peak = peakMoment(problem);
  EXPECT_EQ(peak.time, 1);
  EXPECT_EQ(peak.bytes, 17u);
  EXPECT_THAT(peak.buffers, testing::ElementsAre(1, 0));
}

TEST(Plan, AgreesWithBruteForce) {
  std::mt19937 rng(1);
  unsigned aboveFirstBound = 0;
  for (int round = 0; round < 400; ++round) {
    Problem problem = randomProblem(rng, 1 + rng() % 7, 6, 8);
    if (rng() % 3 == 0) {
      Buffer &b = problem.buffers[rng() % problem.buffers.size()];
      b.fixedOffset = (rng() % 12) * b.alignment;
    }
    ASSERT_FALSE(checkProblem(problem).has_value());
    Plan result = plan(problem);
    expectValid(problem, result);
    uint64_t best = bruteForcePeak(problem);
    EXPECT_EQ(result.peak, best);
    // The search is exhaustive on problems of this size: it proves its result.
    EXPECT_EQ(result.lowerBound, best);
    aboveFirstBound += best > lowerBound(problem);
  }
  // Otherwise nothing would have had to be proved.
  EXPECT_GT(aboveFirstBound, 5u);
}

TEST(Plan, ValidAndAboveTheBoundOnRandomProblems) {
  std::mt19937 rng(2);
  for (int round = 0; round < 60; ++round) {
    Problem problem = randomProblem(rng, 1 + rng() % 120, 40, 1000);
    problem.capacity = rng() % 30000;
    Options options;
    options.budget = rng() % 20000;
    options.stopAtCapacity = rng() % 2;
    Plan result = plan(problem, options);
    expectValid(problem, result);
    EXPECT_GE(result.peak, lowerBound(problem));
    EXPECT_GE(result.lowerBound, lowerBound(problem));
  }
}

TEST(Plan, FindsPerfectPackings) {
  // A square cut into pieces at random fits the square again.
  std::mt19937 rng(3);
  for (int round = 0; round < 40; ++round) {
    Problem problem;
    struct Piece {
      int64_t lower, upper;
      uint64_t bottom, top;
    };
    std::vector<Piece> pieces = {{0, 64, 0, 64}};
    while (pieces.size() < 40) {
      size_t i = rng() % pieces.size();
      Piece p = pieces[i], q = p;
      if (rng() % 2 && p.upper - p.lower > 1)
        p.upper = q.lower =
            p.lower + 1 + int64_t(rng() % uint64_t(p.upper - p.lower - 1));
      else if (p.top - p.bottom > 1)
        p.top = q.bottom = p.bottom + 1 + rng() % (p.top - p.bottom - 1);
      else
        continue;
      pieces[i] = p;
      pieces.push_back(q);
    }
    std::shuffle(pieces.begin(), pieces.end(), rng);
    for (const Piece &p : pieces)
      problem.buffers.push_back(buffer(std::to_string(problem.buffers.size()),
                                       p.lower, p.upper, p.top - p.bottom));
    problem.capacity = 64;
    Plan result = plan(problem);
    expectValid(problem, result);
    EXPECT_EQ(result.peak, 64u) << round;
  }
}

TEST(Plan, SameAnswerEveryTime) {
  std::mt19937 rng(4);
  Problem problem = randomProblem(rng, 80, 30, 1000);
  Options options;
  options.budget = 30000;
  EXPECT_EQ(plan(problem, options).offsets, plan(problem, options).offsets);
}

TEST(Plan, ABudgetOfNothingStillGivesAPlan) {
  std::mt19937 rng(5);
  Problem problem = randomProblem(rng, 200, 50, 1000);
  Options options;
  options.budget = 0;
  Plan result = plan(problem, options);
  expectValid(problem, result);
  EXPECT_LE(result.steps, 200u);
}

TEST(Plan, ManyBuffersAtOnce) {
  // Too many pairs for the search: greedy alone.
  Problem problem;
  for (int i = 0; i < 3000; ++i)
    problem.buffers.push_back(buffer(std::to_string(i), 0, 10, 64));
  problem.capacity = 3000 * 64;
  Options options;
  options.budget = 10000;
  Plan result = plan(problem, options);
  expectValid(problem, result);
  EXPECT_EQ(result.peak, 3000u * 64);
}

//===----------------------------------------------------------------------===//
// Bounds and checks
//===----------------------------------------------------------------------===//

TEST(AliveTogether, HalfOpenAndWithGaps) {
  Buffer a = buffer("a", 0, 4, 1), b = buffer("b", 4, 8, 1),
         c = buffer("c", 3, 5, 1);
  EXPECT_FALSE(aliveTogether(a, b));
  EXPECT_TRUE(aliveTogether(a, c));
  Buffer holes = buffer("d", 0, 10, 1);
  holes.gaps = {{0, 2}, {3, 5}, {8, 10}};
  EXPECT_FALSE(aliveTogether(holes, c));
  EXPECT_TRUE(aliveTogether(holes, a));
  EXPECT_TRUE(aliveTogether(b, holes));
}

TEST(LowerBound, LoadOrTheHighestFixedBuffer) {
  Problem problem;
  problem.buffers = {buffer("a", 0, 4, 8), buffer("b", 2, 6, 8),
                     buffer("c", 5, 7, 9)};
  EXPECT_EQ(lowerBound(problem), 17u);
  problem.buffers[0].fixedOffset = 100;
  EXPECT_EQ(lowerBound(problem), 108u);
}

TEST(CheckProblem, NamesTheBufferAndTheReason) {
  auto reasonFor = [](auto change) {
    Problem problem;
    problem.buffers = {buffer("a", 0, 10, 8), buffer("b", 0, 10, 8)};
    change(problem.buffers[0], problem.buffers[1]);
    return checkProblem(problem).value_or("fine");
  };
  EXPECT_EQ(reasonFor([](Buffer &a, Buffer &) {}), "fine");
  EXPECT_EQ(reasonFor([](Buffer &a, Buffer &) { a.live = {4, 4}; }),
            "buffer 'a': empty live range [4, 4)");
  EXPECT_THAT(reasonFor([](Buffer &a, Buffer &) { a.alignment = 0; }),
              HasSubstr("alignment must be at least 1"));
  EXPECT_THAT(reasonFor([](Buffer &a, Buffer &) { a.size = UINT64_MAX; }),
              HasSubstr("size or alignment is too large"));
  EXPECT_EQ(reasonFor([](Buffer &a, Buffer &b) {
              a.size = b.size = uint64_t(1) << 59;
            }),
            "buffer 'b': all sizes together are too large");
  EXPECT_EQ(reasonFor([](Buffer &a, Buffer &) { a.fixedOffset = UINT64_MAX; }),
            "buffer 'a': offset is too large");
  EXPECT_THAT(reasonFor([](Buffer &a, Buffer &) { a.gaps = {{5, 11}}; }),
              HasSubstr("gap [5, 11) is empty, overlaps another, or leaves "
                        "the live range"));
  EXPECT_THAT(reasonFor([](Buffer &a, Buffer &) { a.gaps = {{5, 7}, {6, 8}}; }),
              HasSubstr("gap [6, 8)"));
  EXPECT_THAT(reasonFor([](Buffer &a, Buffer &) {
                a.alignment = 4, a.fixedOffset = 6;
              }),
              HasSubstr("offset 6 is not a multiple of the alignment 4"));
  EXPECT_EQ(reasonFor([](Buffer &a, Buffer &b) {
              a.fixedOffset = 4, b.fixedOffset = 8;
            }),
            "buffers 'a' and 'b': fixed offsets overlap");
  EXPECT_EQ(reasonFor([](Buffer &a, Buffer &b) {
              a.fixedOffset = 0, b.fixedOffset = 8;
            }),
            "fine");
}

TEST(ValidatePlan, FindsWhatIsWrong) {
  Problem problem;
  problem.buffers = {buffer("a", 0, 10, 8), buffer("b", 5, 15, 8),
                     buffer("c", 10, 20, 8)};
  problem.buffers[1].alignment = 4;
  problem.capacity = 16;
  const Plan good = plan(problem);
  expectValid(problem, good);
  auto reasonFor = [&](auto change) {
    Plan broken = good;
    change(broken);
    return validatePlan(problem, broken).value_or("fine");
  };
  EXPECT_THAT(reasonFor([](Plan &p) { p.offsets.pop_back(); }),
              HasSubstr("expected 3 offsets, found 2"));
  EXPECT_THAT(reasonFor([](Plan &p) { p.offsets = {8, 2, 8}; }),
              HasSubstr("not a multiple of 4"));
  EXPECT_EQ(reasonFor([](Plan &p) { p.offsets = {0, 4, 12}; }),
            "buffers 'a' and 'b' overlap while both are alive");
  EXPECT_THAT(reasonFor([](Plan &p) { p.peak -= 1; }),
              HasSubstr("the peak is 16, not 15"));
  EXPECT_EQ(reasonFor([](Plan &p) { p.fits = false; }),
            "a peak of 16 in a capacity of 16 fits");
  EXPECT_EQ(reasonFor([](Plan &p) { p.offsets = {uint64_t(1) << 61, 8, 0}; }),
            "buffer 'a': offset is too large");
  EXPECT_THAT(reasonFor([](Plan &p) { p.lowerBound = 17; }),
              HasSubstr("the peak of 16 is below the lower bound of 17"));
  problem.buffers[0].fixedOffset = 100;
  EXPECT_THAT(validatePlan(problem, good).value_or("fine"),
              HasSubstr(", but fixed at 100"));
}
