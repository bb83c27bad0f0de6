//===- TimedTextTest.cpp - Text takes its share of dram -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <cmath>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

/// 16 bytes of dram a cycle, unless stated; 128 words of instruction memory.
Machine narrowMachine(double dramBytesPerCycle = 16) {
  Machine machine = smallMachine();
  machine.imemBytes = 8 * 128;
  machine.dramBytesPerCycle = dramBytesPerCycle;
  return machine;
}

Statistics timed(const std::string &body, const Machine &machine,
                 unsigned cores = 1) {
  Session session(std::vector<std::string>(cores, body + "halt"),
                  timedOptions(), machine);
  RunResult result = session.run();
  EXPECT_TRUE(result.ok()) << result.trap.message();
  const Statistics &s = result.statistics;
  for (const EngineStatistics &e : s.engines)
    EXPECT_EQ(e.cycles.total(), s.cycles) << e.name;
  // Nobody gets more out of dram than it has.
  EXPECT_LE(double(s.dramReadBytes + s.dramWriteBytes),
            double(s.cycles) * machine.dramBytesPerCycle + 1);
  return s;
}

uint64_t imemStall(const Statistics &s) {
  for (const EngineStatistics &e : s.engines)
    if (e.name == "scalar")
      return e.cycles.stall[unsigned(StallCause::Imem)];
  return 0;
}

std::string nops(unsigned count) {
  return ".rept " + std::to_string(count) + "\nnop\n.endr\n";
}

// 32 KiB from io to the scratchpad: 9 words.
const std::string load = onChip + "dnew d0, i8, r20, 0\nddim d0, 5, 32768, 1\n"
                                  "dnew d1, i8, r1, 0\nddim d1, 5, 32768, 1\n"
                                  "copy dma0, d0, d1\n";

TEST(TimedText, aloneItNeverWaits) {
  // One cycle for the first word; windows slide 155 times.
  for (double bandwidth : {8., 10., 16., 100.}) {
    Statistics s = timed(nops(9999), narrowMachine(bandwidth));
    EXPECT_EQ(s.cycles, 10000u + 1) << bandwidth;
    EXPECT_EQ(s.dramReadBytes, 80000u) << bandwidth;
  }
  // Slower than a word a cycle, it comes in without a pause.
  for (double bandwidth : {0.5, 3., 4., 6.5, 7.9})
    EXPECT_EQ(timed(nops(9999), narrowMachine(bandwidth)).cycles,
              uint64_t(std::ceil(80000 / bandwidth)) + 1)
        << bandwidth;
}

TEST(TimedText, loopsThatFitCostNothingAgain) {
  Machine machine = narrowMachine(4);
  std::string loop = load + "loopi 1000, e\n" + nops(100) + "e:\n";
  Statistics s = timed(loop, machine);
  // The copy has dram for itself once the body is there: the fill is given half
  // of it while it works.
  EXPECT_EQ(s.dramReadBytes, 32768u + 8 * 111);
  EXPECT_GE(s.cycles, 100000u);
  EXPECT_LE(s.cycles, 100000u + 2 * 2 * 111 + 1);
  EXPECT_LE(imemStall(s), 2u * 2 * 111);
}

TEST(TimedText, straightLineTextSharesWithCopies) {
  // 80 KB of text at a word a cycle and 32 KiB of copy: at 8 bytes a cycle the
  // two take as long as all their bytes, at 16 each has what it asks for.
  uint64_t bytes = 8 * 10009 + 32768;
  Statistics both = timed(load + nops(9999), narrowMachine(8));
  EXPECT_NEAR(double(both.cycles), double(bytes) / 8, 32);
  EXPECT_EQ(both.dramReadBytes, bytes);
  // Half of dram until the copy is done.
  EXPECT_NEAR(double(imemStall(both)), 32768. / 8, 32);
  Statistics wide = timed(load + nops(9999), narrowMachine(16));
  EXPECT_LE(wide.cycles, 10009u + 32);
  // The copy ends with the text where it is the longer of the two.
  Statistics few = timed(load + nops(999), narrowMachine(8));
  EXPECT_NEAR(double(few.cycles), (8 * 1009. + 32768) / 8, 32);
}

TEST(TimedText, coresShareDramForTheirTexts) {
  // Four times half a word a cycle.
  Statistics s = timed(nops(999), narrowMachine(16), 4);
  EXPECT_EQ(s.cycles, 2000u + 1);
  EXPECT_EQ(s.dramReadBytes, 4 * 8000u);
}

TEST(TimedText, jumpsAheadTakeTheShorterWay) {
  // Behind the window's end, 20 words on: they are there in 10 cycles, a
  // restart would take 100. 60 words on with a slow dram: restart.
  auto body = [](unsigned distance) {
    return nops(110) + "jmp a\n" + nops(distance) + "a: " + nops(10);
  };
  Machine machine = narrowMachine(16);
  EXPECT_LE(timed(body(20), machine).cycles, 122u + 3 + 10);
  EXPECT_GE(timed(body(200), machine).cycles, 122u + 3 + 100);
  machine.dramBytesPerCycle = 1;
  machine.dramLatencyCycles = 20;
  uint64_t straight = timed(nops(121), machine).cycles;
  EXPECT_LE(timed(body(60), machine).cycles, straight + 3 + 20);
}

TEST(TimedText, manyEventsRepeat) {
  // Jumps to and fro beside copies on two cores; the same in every run.
  std::string body = load + "li r6, 30\na: call r9, f\naddi r6, r6, -1\n" +
                     "copy dma0, d0, d1\nbne r6, r0, a\njmp e\n" + nops(300) +
                     "f: jr r9\n" + nops(150) + "e:\n";
  Statistics first = timed(body, narrowMachine(8), 2);
  Statistics second = timed(body, narrowMachine(8), 2);
  EXPECT_EQ(first.cycles, second.cycles);
  EXPECT_EQ(first.dramReadBytes, second.dramReadBytes);
}

} // namespace
