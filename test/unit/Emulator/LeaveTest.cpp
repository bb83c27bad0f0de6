//===- LeaveTest.cpp - Copies that go on in the next run ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <algorithm>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

// d0 sram at 0, d1 what leaves, d2 sram behind it, d3 what arrives.
const std::string tensors = onChip +
                            "dnew d0, i8, r20, 0\nddim d0, 5, 16384, 1\n"
                            "dnew d1, i8, r1, 16384\nddim d1, 5, 16384, 1\n"
                            "dnew d2, i8, r20, 16384\nddim d2, 5, 16384, 1\n"
                            "dnew d3, i8, r1, 0\nddim d3, 5, 16384, 1\n";
const std::string arrives = "copy dma0, d2, d3 {\n c.signal s1, 1\n}\n";
const std::string waitsForLeft = "signal dma1, s0, 1\nwait vec, s0, 1\n";
const std::string computes =
    "wait vec, s1, 1\n"
    "vrun {\n v.in v0, d2\n v.add.i32 v1, v0, v0\n v.out.i32 d0, v1, store, "
    "0, set\n}\nsignal vec, s2, 1\n";
const std::string leaves = "wait dma1, s2, 1\ncopy dma1, d1, d0\n";
const std::string whole = tensors + arrives + waitsForLeft + computes + leaves;

constexpr uint64_t kCopyCycles = 16384 / 16;

RunRequest queued() {
  RunRequest request;
  request.hasNext = true;
  return request;
}

void expectDoubled(Session &session, uint8_t value) {
  EXPECT_EQ(session.io[16384], uint8_t(2 * value));
  EXPECT_EQ(session.io[32767], uint8_t(2 * value));
}

TEST(Leave, GoesOnInTheNextRun) {
  Session session({whole + "leave dma1\nhalt"}, sanitizeOptions(true));
  std::fill_n(session.io.begin(), 16384, 3);
  RunResult alone = session.run();
  ASSERT_TRUE(alone.ok()) << alone.trap.message();
  uint64_t cycles = alone.statistics.cycles, sum = 0;
  for (uint8_t value = 4; value <= 7; ++value) {
    std::fill_n(session.io.begin(), 16384, value);
    RunResult result = session.run(value < 7 ? queued() : RunRequest());
    ASSERT_TRUE(result.ok()) << result.trap.message();
    // The results are there, whatever the next run does.
    expectDoubled(session, value);
    sum += result.statistics.cycles;
    if (value == 4)
      EXPECT_LT(result.statistics.cycles + kCopyCycles - 64, cycles);
    for (const EngineStatistics &engine : result.statistics.engines)
      EXPECT_EQ(engine.cycles.busy + engine.cycles.stalled() +
                    engine.cycles.idle,
                result.statistics.cycles)
          << engine.name;
  }
  // What left met what arrived, so that dram was always at work in between; no
  // byte moved for nothing.
  EXPECT_LT(sum + 3 * 100, 4 * cycles);
  EXPECT_GE(sum, 4 * 2 * kCopyCycles);
  RunResult again = session.run();
  EXPECT_EQ(again.statistics.cycles, cycles);
}

TEST(Leave, IsForRunsThatOthersAreQueuedBehind) {
  Session with({whole + "leave dma1\nhalt"}, timedOptions());
  Session without({whole + "nop\nhalt"}, timedOptions());
  EXPECT_EQ(with.run().statistics.cycles, without.run().statistics.cycles);
  // Nothing is left that nobody has named.
  EXPECT_EQ(without.run(queued()).statistics.cycles,
            without.run(queued()).statistics.cycles);
}

TEST(Leave, WhatIsQueuedTakesEffectAndKeepsItsOrder) {
  // Six copies in a queue with four places, each behind a wait of its own.
  std::string copies = "signal vec, s2, 5\n";
  for (int i = 0; i < 6; ++i)
    copies += "wait dma1, s2, 1\ncopy dma1, d1, d0\n";
  Session session({tensors + arrives + waitsForLeft + computes + copies +
                   "leave dma1\nhalt"},
                  sanitizeOptions(true));
  std::fill_n(session.io.begin(), 16384, 1);
  uint64_t alone = session.run().statistics.cycles, sum = 0;
  for (uint8_t value = 2; value <= 4; ++value) {
    std::fill_n(session.io.begin(), 16384, value);
    RunResult result = session.run(value < 4 ? queued() : RunRequest());
    ASSERT_TRUE(result.ok()) << result.trap.message();
    expectDoubled(session, value);
    sum += result.statistics.cycles;
  }
  EXPECT_GE(sum, 3 * 7 * kCopyCycles);
  EXPECT_LE(sum, 3 * alone);
}

TEST(Leave, SanitizerFindsWhoDoesNotWait) {
  for (bool timed : {false, true}) {
    Session session(
        {tensors + arrives + computes + leaves + "leave dma1\nhalt"},
        sanitizeOptions(timed));
    ASSERT_TRUE(session.run().ok());
    // The run before had to wait for its copies: nobody else has to.
    ASSERT_TRUE(session.run(queued()).ok());
    RunResult result = session.run();
    EXPECT_EQ(result.trap.kind, TrapKind::DataRace);
    EXPECT_NE(result.trap.detail.find("write of 4096 bytes at"),
              std::string::npos)
        << result.trap.message();
    EXPECT_NE(result.trap.detail.find("is not ordered with the read by core "
                                      "0, dma1"),
              std::string::npos)
        << result.trap.message();
    // After a trap nothing is left of the runs before.
    EXPECT_TRUE(session.run().ok());
  }
}

TEST(Leave, NamesACopyQueue) {
  for (const char *queue : {"vec", "scalar", "dma3"}) {
    Trap trap = trapOf("leave " + std::string(queue) + "\nhalt");
    EXPECT_EQ(trap.kind, TrapKind::IllegalInstruction) << queue;
    EXPECT_NE(trap.detail.find("names a queue that this machine does not have "
                               "or that does not run it"),
              std::string::npos);
  }
}

} // namespace
