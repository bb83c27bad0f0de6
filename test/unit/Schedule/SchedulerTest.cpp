//===- SchedulerTest.cpp - The searching scheduler and the cost model ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Scheduler.h"

#include "ashlar/Machine/Machine.h"

#include <gtest/gtest.h>

#include <limits>

using namespace ashlar;

namespace {

runtime::Machine preset(llvm::StringRef name) {
  llvm::Expected<runtime::Machine> machine = loadMachine(name);
  EXPECT_TRUE(bool(machine));
  return *machine;
}

GroupShape::Buffer buffer(std::initializer_list<unsigned> loops, uint32_t bits,
                          bool loads) {
  GroupShape::Buffer result;
  for (unsigned loop : loops)
    result.indices.push_back({{{loop, 1}}});
  result.elementBits = bits;
  result.loads = loads;
  result.stores = result.written = !loads;
  return result;
}

/// out[m, n] = sum over k of lhs[m, k] * rhs[k, n].
GroupShape product(int64_t m, int64_t n, int64_t k, uint32_t bits) {
  GroupShape shape;
  for (int64_t size : {m, n, k}) {
    GroupShape::Loop range;
    range.size = range.maxTile = size;
    shape.loops.push_back(range);
  }
  shape.loops[2].reduction = true;
  shape.buffers = {buffer({0, 2}, bits, true), buffer({2, 1}, bits, true),
                   buffer({0, 1}, 32, false)};
  shape.matrix.emplace();
  shape.matrix->m = {0};
  shape.matrix->n = {1};
  shape.matrix->k = {2};
  shape.matrix->bits = bits;
  shape.matrix->rhsBuffer = 1;
  return shape;
}

/// out[i] = f(in[i]), all loops in the program.
GroupShape elementwise(llvm::ArrayRef<int64_t> sizes) {
  GroupShape shape;
  GroupShape::Buffer in, out;
  GroupShape::Program program;
  for (auto [loop, size] : llvm::enumerate(sizes)) {
    GroupShape::Loop range;
    range.size = range.maxTile = size;
    range.inProgram = true;
    shape.loops.push_back(range);
    in.indices.push_back({{{unsigned(loop), 1}}});
    program.loops.push_back(loop);
  }
  out.indices = in.indices;
  in.loads = true;
  out.stores = out.written = true;
  program.lane = 1;
  program.portBytes = 8;
  shape.buffers = {in, out};
  shape.programs = {program};
  return shape;
}

TEST(Scheduler, ProductsFitEveryPreset) {
  for (llvm::StringRef name : presetNames()) {
    runtime::Machine machine = preset(name);
    SearchingScheduler scheduler(machine);
    for (auto [m, n, k] : {std::array<int64_t, 3>{1, 1, 1},
                           {37, 129, 65},
                           {4096, 4096, 4096},
                           {1, 100000, 7},
                           {100000, 1, 100000}}) {
      GroupShape shape = product(m, n, k, 16);
      std::optional<TileDecision> decision = scheduler.decide(shape, nullptr);
      ASSERT_TRUE(decision) << name.str() << " " << m << " " << n << " " << k;
      EXPECT_LE(decision->sramBytes, machine.sramBytes);
      EXPECT_LE(decision->accBytes, machine.accBytes);
      EXPECT_EQ(
          checkTiles(shape, decision->tiles, decision->lhsStreams, machine),
          "");
    }
  }
}

TEST(Scheduler, TinyMachineFallsBackToSmallTiles) {
  runtime::Machine machine = preset("nano");
  machine.sramBytes = 1024;
  machine.accBytes = 256;
  SearchingScheduler scheduler(machine);
  std::optional<TileDecision> decision =
      scheduler.decide(product(1000, 1000, 1000, 32), nullptr);
  ASSERT_TRUE(decision);
  EXPECT_LE(decision->sramBytes, 1024u);
  EXPECT_LE(decision->accBytes, 256u);
}

TEST(Scheduler, LevelsFindTilesForTheSame) {
  runtime::Machine tiny = preset("nano");
  tiny.sramBytes = 1024;
  tiny.accBytes = 256;
  runtime::Machine none = tiny;
  none.sramBytes = 64;
  for (unsigned level : {0, 1, 2, 3}) {
    EXPECT_TRUE(SearchingScheduler(tiny, level)
                    .decide(product(1000, 1000, 1000, 32), nullptr));
    EXPECT_FALSE(
        SearchingScheduler(none, level).decide(product(8, 8, 8, 32), nullptr));
  }
}

TEST(Scheduler, HigherLevelsSearchMoreAndFindNoWorse) {
  double cycles = std::numeric_limits<double>::infinity();
  uint64_t candidates = 0;
  for (unsigned level : {0, 1, 2, 3}) {
    SearchingScheduler scheduler(preset("nano"), level);
    ScheduleTrace::Group trace;
    std::optional<TileDecision> decision =
        scheduler.decide(product(700, 500, 300, 8), &trace);
    ASSERT_TRUE(decision);
    // Less scratchpad may be worth a few cycles.
    EXPECT_LE(decision->cycles, 1.05 * cycles) << level;
    EXPECT_GT(uint64_t(trace.candidates), candidates) << level;
    cycles = decision->cycles;
    candidates = uint64_t(trace.candidates);
  }
}

TEST(Scheduler, NothingFitsIsSaid) {
  runtime::Machine machine = preset("nano");
  machine.sramBytes = 64;
  SearchingScheduler scheduler(machine);
  EXPECT_FALSE(scheduler.decide(product(8, 8, 8, 32), nullptr));
}

TEST(Scheduler, UncutLoopsStayWhole) {
  GroupShape shape = elementwise({64, 100});
  shape.loops[1].minTile = 100;
  SearchingScheduler scheduler(preset("edge"));
  std::optional<TileDecision> decision = scheduler.decide(shape, nullptr);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->tiles[1], 100);
}

TEST(Scheduler, ProgramsHaveSixDimensions) {
  SearchingScheduler scheduler(preset("edge"));
  std::optional<TileDecision> decision =
      scheduler.decide(elementwise({3, 3, 3, 3, 3, 3, 3, 3}), nullptr);
  ASSERT_TRUE(decision);
  EXPECT_LE(
      llvm::count_if(decision->tiles, [](int64_t tile) { return tile > 1; }),
      6);
}

TEST(Scheduler, OneRowStreamsTheWeights) {
  // A single row against many columns: the other operand has to stream, or each
  // of its blocks is loaded for one cycle of work.
  SearchingScheduler scheduler(preset("edge"));
  std::optional<TileDecision> decision =
      scheduler.decide(product(1, 4096, 4096, 8), nullptr);
  ASSERT_TRUE(decision);
  GroupShape shape = product(1, 4096, 4096, 8);
  shape.matrix->rhsMayStream = false;
  SearchingScheduler other(preset("edge"));
  std::optional<TileDecision> forced = other.decide(shape, nullptr);
  ASSERT_TRUE(forced);
  EXPECT_LE(decision->cycles, forced->cycles);
}

TEST(Scheduler, TraceTellsWhatWasConsidered) {
  ScheduleTrace trace;
  trace.groups.emplace_back();
  GroupShape shape = product(300, 300, 300, 8);
  shape.name = "node";
  SearchingScheduler scheduler(preset("nano"));
  std::optional<TileDecision> decision =
      scheduler.decide(shape, &trace.groups[0]);
  ASSERT_TRUE(decision);
  EXPECT_EQ(trace.groups[0].name, "node");
  EXPECT_GT(trace.groups[0].candidates, trace.groups[0].rejected);
  ASSERT_FALSE(trace.groups[0].runnersUp.empty());
  // Less scratchpad may be worth a few cycles.
  EXPECT_LE(decision->cycles, 1.05 * trace.groups[0].runnersUp[0].cycles);
  EXPECT_EQ(trace.cycles(), decision->cycles);
  // Asked again, the same answer comes from memory, trace included.
  ScheduleTrace::Group again;
  EXPECT_EQ(scheduler.decide(shape, &again)->tiles, decision->tiles);
  EXPECT_EQ(again.candidates, trace.groups[0].candidates);
}

TEST(CostModel, EstimateCoversTheWork) {
  runtime::Machine machine = preset("edge");
  SearchingScheduler scheduler(machine);
  std::optional<TileDecision> decision =
      scheduler.decide(product(1024, 1024, 1024, 8), nullptr);
  ASSERT_TRUE(decision);
  double peak = double(machine.mxuM) * machine.mxuK * machine.mxuN;
  EXPECT_GE(decision->cycles, 1024.0 * 1024 * 1024 / peak);
  EXPECT_GE(decision->dramBytes, 2.0 * 1024 * 1024 + 4.0 * 1024 * 1024);
}

/// A product with eight tiles of rows and as many of columns as asked for.
std::optional<TileDecision> onGrid(const runtime::Machine &machine, int64_t n,
                                   CoreGrid grid) {
  GroupShape shape = product(2048, n, 4096, 8);
  shape.loops[0].distributable = shape.loops[1].distributable = true;
  return evaluateTiles(shape, {256, 256, 512}, true, machine, {},
                       std::numeric_limits<double>::infinity(), grid);
}

TEST(CostModel, DramIsReadOnceForCoresThatShareLoads) {
  // Four cores need all of b, and each its rows of a; tiles of b change in
  // loops that all of them walk alike.
  runtime::Machine machine = preset("server");
  std::optional<TileDecision> shared = onGrid(machine, 2048, {4, 1, 1});
  ASSERT_TRUE(shared);
  EXPECT_TRUE(shared->sharesLoads);
  // Without links as fast as dram each loads it itself.
  machine.coreLinkBytesPerCycle = 1;
  std::optional<TileDecision> apart = onGrid(machine, 2048, {4, 1, 1});
  ASSERT_TRUE(apart);
  EXPECT_FALSE(apart->sharesLoads);
  // Tiles of a are read again for each column of tiles, in either case.
  EXPECT_LT(shared->dramBytes, 0.7 * apart->dramBytes);
  EXPECT_LT(shared->cycles, 0.7 * apart->cycles);
}

TEST(CostModel, CoresWithDifferentTripsShareNothing) {
  // Eight tiles of rows for three cores: the one with two is done before the
  // others load their third.
  runtime::Machine machine = preset("server");
  std::optional<TileDecision> uneven = onGrid(machine, 2048, {3, 1, 1});
  ASSERT_TRUE(uneven);
  EXPECT_FALSE(uneven->sharesLoads);
}

TEST(CostModel, RefusalsSayWhy) {
  runtime::Machine machine = preset("nano");
  GroupShape shape = product(512, 512, 512, 32);
  EXPECT_NE(
      checkTiles(shape, {1, 1}, true, machine).find("expected 3 tile sizes"),
      std::string::npos);
  EXPECT_NE(checkTiles(shape, {0, 1, 1}, true, machine)
                .find("expected a tile of 1 to 512"),
            std::string::npos);
  EXPECT_NE(
      checkTiles(shape, {512, 512, 512}, true, machine).find("scratchpad"),
      std::string::npos);
  machine.sramBytes = 1 << 30;
  EXPECT_NE(
      checkTiles(shape, {512, 512, 512}, true, machine).find("accumulators"),
      std::string::npos);
  shape.matrix->lhsMayStream = false;
  EXPECT_NE(checkTiles(shape, {8, 8, 8}, true, machine).find("cannot stream"),
            std::string::npos);
  EXPECT_EQ(checkTiles(shape, {8, 8, 8}, false, machine), "");
}

} // namespace
