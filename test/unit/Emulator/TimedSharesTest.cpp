//===- TimedSharesTest.cpp - Equal shares ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedShares.h"
#include "TextualProgram.h"

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

class Shares : public testing::Test {
protected:
  Shares() : machine(smallMachine()) { machine.cores = 2; }

  /// A job that takes `work` cycles alone and needs so many bytes and lines.
  TimedJob job(const TimedShares &shares, double work, uint64_t dramBytes,
               double lines, uint32_t core = 0) {
    TimedJob job;
    job.work = work;
    Demand demand;
    demand.dramReadBytes = dramBytes;
    demand.sramLines = lines;
    shares.setNeeds(job, demand, core);
    return job;
  }
  Machine machine; // 16 bytes of dram and 8 lines a cycle
};

TEST_F(Shares, nobodyWaitsIfThereIsEnough) {
  TimedShares shares(machine);
  TimedJob a = job(shares, 100, 800, 400), b = job(shares, 100, 800, 400);
  shares.add(&a);
  shares.add(&b);
  shares.update();
  EXPECT_DOUBLE_EQ(a.newSpeed, 1);
  EXPECT_DOUBLE_EQ(b.newSpeed, 1);
}

TEST_F(Shares, whatOneDoesNotNeedOthersGet) {
  TimedShares shares(machine);
  // Bytes a cycle: 2, 10, 20; the first gets its 2, the others 7 each.
  TimedJob a = job(shares, 100, 200, 0), b = job(shares, 100, 1000, 0),
           c = job(shares, 100, 2000, 0);
  for (TimedJob *j : {&a, &b, &c})
    shares.add(j);
  shares.update();
  EXPECT_DOUBLE_EQ(a.newSpeed, 1);
  EXPECT_DOUBLE_EQ(b.newSpeed, 0.7);
  EXPECT_DOUBLE_EQ(c.newSpeed, 0.35);
  EXPECT_EQ(b.newLimit, StallCause::Dram);
  shares.remove(&c);
  shares.update();
  EXPECT_DOUBLE_EQ(b.newSpeed, 1);
}

TEST_F(Shares, slowCopiesAskTheScratchpadForLess) {
  TimedShares shares(machine);
  // At full speed the copy would take 4 of 8 lines a cycle; dram gives it a
  // quarter of its speed, so that the other can have its 7 lines.
  TimedJob copy = job(shares, 100, 6400, 400), other = job(shares, 100, 0, 700);
  shares.add(&copy);
  shares.add(&other);
  shares.update();
  EXPECT_DOUBLE_EQ(copy.newSpeed, 0.25);
  EXPECT_DOUBLE_EQ(other.newSpeed, 1);
}

TEST_F(Shares, scratchpadsAreSeparate) {
  TimedShares shares(machine);
  TimedJob a = job(shares, 100, 0, 800, 0), b = job(shares, 100, 0, 1600, 1);
  shares.add(&a);
  shares.add(&b);
  shares.update();
  EXPECT_DOUBLE_EQ(a.newSpeed, 1);
  EXPECT_DOUBLE_EQ(b.newSpeed, 0.5);
  EXPECT_EQ(b.newLimit, StallCause::Sram);
}

} // namespace
