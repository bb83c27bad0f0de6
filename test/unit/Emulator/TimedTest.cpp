//===- TimedTest.cpp - The timing rules, with figures computed by hand ----===//
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

RunResult timed(const std::string &body,
                const Machine &machine = smallMachine(), bool trace = false) {
  EmulatorOptions options = timedOptions();
  options.trace = trace;
  Session session({body + "\nhalt"}, options, machine);
  RunResult result = session.run();
  EXPECT_TRUE(result.ok()) << result.trap.message();
  return result;
}
uint64_t cyclesOf(const std::string &body,
                  const Machine &machine = smallMachine()) {
  return timed(body, machine).statistics.cycles;
}
const EngineCycles &accounts(const RunResult &result, const std::string &engine,
                             uint32_t core = 0) {
  for (const EngineStatistics &e : result.statistics.engines)
    if (e.core == core && e.name == engine)
      return e.cycles;
  static const EngineCycles none;
  ADD_FAILURE() << "no engine " << engine;
  return none;
}
uint64_t stall(const EngineCycles &cycles, StallCause cause) {
  return cycles.stall[unsigned(cause)];
}
void expectAddsUp(const RunResult &result) {
  for (const EngineStatistics &e : result.statistics.engines)
    EXPECT_EQ(e.cycles.total(), result.statistics.cycles)
        << "core " << e.core << " " << e.name;
}
/// The first word comes in; its latency is the launch's.
constexpr uint64_t launch = 1;

std::string repeat(const std::string &text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i)
    all += text;
  return all;
}

//===----------------------------------------------------------------------===//
// Rule 1: scalar unit
//===----------------------------------------------------------------------===//

TEST(TimedScalar, latencies) {
  uint64_t base = cyclesOf("");
  EXPECT_EQ(cyclesOf("nop"), base + 1);
  EXPECT_EQ(cyclesOf("mul r5, r6, r7"), base + 1 + 3);
  EXPECT_EQ(cyclesOf("li r6, 1\ndiv r5, r6, r6"), base + 2 + 16);
  EXPECT_EQ(cyclesOf("fadd.f32 r5, r6, r7"), base + 1 + 4);
  EXPECT_EQ(cyclesOf("fdiv.f32 r5, r6, r7"), base + 1 + 16);
  EXPECT_EQ(cyclesOf("store.i32 r0, r0, 0"), base + 1);
  EXPECT_EQ(cyclesOf("store.i32 r0, r0, 0\nload.i32 r5, r0, 0"), base + 2 + 3);
  EXPECT_EQ(cyclesOf("jmp a\na:"), base + 1 + 2);
  EXPECT_EQ(cyclesOf("bne r0, r0, 0"), base + 1); // not taken
  // Hardware loops jump back for free.
  EXPECT_EQ(cyclesOf("loopi 100, e\nnop\nnop\ne:"), base + 1 + 200);
}

TEST(TimedScalar, textComesFromDram) {
  // One cycle for the first word, then two words a cycle: the unit never waits
  // again.
  RunResult result = timed(repeat("nop\n", 99));
  EXPECT_EQ(result.statistics.cycles, launch + 100);
  EXPECT_EQ(stall(accounts(result, "scalar"), StallCause::Imem), launch);
  EXPECT_EQ(accounts(result, "scalar").busy, 100u);
  EXPECT_EQ(result.statistics.dramReadBytes, 800u);
  // At half a word a cycle, it waits for each.
  Machine slow = smallMachine();
  slow.dramBytesPerCycle = 4;
  EXPECT_EQ(cyclesOf(repeat("nop\n", 99), slow), 200u + 1);
}

TEST(TimedScalar, loopsThatFitTheWindowStay) {
  Machine machine = smallMachine();
  machine.imemBytes = 8 * 64;
  uint64_t once =
      cyclesOf("loopi 1, e\n" + repeat("nop\n", 60) + "e:", machine);
  uint64_t ten =
      cyclesOf("loopi 10, e\n" + repeat("nop\n", 60) + "e:", machine);
  EXPECT_EQ(ten - once, 9 * 60u);
}

TEST(TimedScalar, jumpsOutOfTheWindowWait) {
  Machine machine = smallMachine();
  machine.imemBytes = 8 * 64;
  // Two places 200 words apart, ten times there and back.
  std::string body =
      "li r6, 10\na: call r9, f\naddi r6, r6, -1\nbne r6, r0, a\njmp e\n" +
      repeat("nop\n", 200) + "f: jr r9\n" + repeat("nop\n", 5) + "e:";
  RunResult far = timed(body, machine), near = timed(body);
  uint64_t extra = far.statistics.cycles - near.statistics.cycles;
  // Thirty jumps: ten calls, ten returns, nine to `a`, which lies before the
  // place returned to, and the last one. Each costs the latency and a cycle to
  // come in; with a large window, the first call waits 98 cycles for the words
  // between.
  EXPECT_EQ(extra, 30 * 101u - 98);
  EXPECT_GE(stall(accounts(far, "scalar"), StallCause::Imem), 30 * 101u);
  expectAddsUp(far);
}

TEST(TimedScalar, waitsForRoomInAQueue) {
  // Six copies of 4096 bytes; depth 4.
  Machine machine = smallMachine();
  machine.copyBytesInFlight = 64;
  std::string copy = "copy dma0, d0, d1 {\n}\n";
  std::string set = onChip + "dnew d0, i8, r20, 0\nddim d0, 5, 4096, 1\n"
                             "dnew d1, i8, r1, 0\nddim d1, 5, 4096, 1\n";
  RunResult few = timed(set + repeat(copy, 4), machine);
  EXPECT_EQ(stall(accounts(few, "scalar"), StallCause::QueueFull), 0u);
  RunResult many = timed(set + repeat(copy, 8), machine);
  EXPECT_GT(stall(accounts(many, "scalar"), StallCause::QueueFull), 1000u);
  expectAddsUp(many);
}

//===----------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------===//

TEST(TimedSignals, latencyOnThisCore) {
  uint64_t one = cyclesOf("signal scalar, s1, 1\nwait scalar, s1, 1");
  uint64_t two =
      cyclesOf(repeat("signal scalar, s1, 1\nwait scalar, s1, 1\n", 2));
  // The signal is given at the end of its cycle and arrives two later; the wait
  // was issued one cycle after it.
  EXPECT_EQ(two - one, 1u + 2);
}

TEST(TimedSignals, latencyBetweenCores) {
  auto pingPong = [](unsigned rounds) {
    std::string count = "loopi " + std::to_string(rounds) + ", e\n";
    Session session(
        {"li r6, 1\n" + count +
             "signalr scalar, r6, s7, 1\nwait scalar, s7, 1\ne: halt",
         "li r6, 0\n" + count +
             "wait scalar, s7, 1\nsignalr scalar, r6, s7, 1\ne: halt"},
        timedOptions());
    RunResult result = session.run();
    EXPECT_TRUE(result.ok());
    expectAddsUp(result);
    return result.statistics.cycles;
  };
  // A round: two crossings of 20 cycles, each followed by issuing a signal.
  EXPECT_EQ(pingPong(20) - pingPong(10), 10 * (2 * 20 + 2u));
}

//===----------------------------------------------------------------------===//
// Rule 4: copies
//===----------------------------------------------------------------------===//

// d0, d2: 4096 bytes of scratchpad; d1, d3: of io.
const std::string pages = onChip +
                          "dnew d0, i8, r20, 0\nddim d0, 5, 4096, 1\n"
                          "dnew d1, i8, r1, 0\nddim d1, 5, 4096, 1\n"
                          "dnew d2, i8, r20, 8192\nddim d2, 5, 4096, 1\n"
                          "dnew d3, i8, r1, 8192\nddim d3, 5, 4096, 1\n";
const std::string load0 = "copy dma0, d0, d1 {\n}\n";
const std::string load1 = "copy dma1, d2, d3 {\n}\n";

TEST(TimedCopies, oneAlone) {
  // Dispatched in the 13th word; then start-up,
  // latency and 4096 bytes at 16 a cycle.
  RunResult result = timed(pages + load0);
  EXPECT_EQ(result.statistics.cycles, launch + 13 + 8 + 100 + 256);
  const EngineCycles &dma = accounts(result, "dma0");
  EXPECT_EQ(stall(dma, StallCause::Latency), 108u);
  // The engine itself could move 128 bytes a cycle.
  EXPECT_EQ(dma.busy, 32u);
  EXPECT_EQ(stall(dma, StallCause::Dram), 224u);
  EXPECT_EQ(result.statistics.dramReadBytes, 4096u + 8 * 14);
  expectAddsUp(result);
}

TEST(TimedCopies, latenciesOverlap) {
  uint64_t one = cyclesOf(pages + load0), two = cyclesOf(pages + load0 + load0);
  EXPECT_EQ(two - one, 256u);
  // Sixteen of 256 bytes: 16 cycles of dram each, and all latencies hidden.
  std::string small = pages + "ddim d0, 5, 256, 1\nddim d1, 5, 256, 1\n";
  EXPECT_EQ(cyclesOf(small + repeat(load0, 16)) - cyclesOf(small + load0),
            15 * 16u);
}

TEST(TimedCopies, bytesInFlightLimitTheOverlap) {
  // 800 bytes in flight over 100 cycles of latency: half of dram's bandwidth.
  Machine machine = smallMachine();
  machine.copyBytesInFlight = 800;
  uint64_t one = cyclesOf(pages + load0, machine);
  EXPECT_EQ(one - cyclesOf(pages + load0), 256u);
  // The next copy is asked for when 800 bytes are left, 100 cycles before the
  // end; its start-up and latency are 108.
  EXPECT_EQ(cyclesOf(pages + load0 + load0, machine) - one, 512u + 8);
}

TEST(TimedCopies, dramIsShared) {
  RunResult one = timed(pages + load0),
            both = timed(pages + load0 + load1, smallMachine(), true);
  EXPECT_EQ(both.statistics.cycles - one.statistics.cycles, 256u);
  // They run side by side: the first to start ends within a few cycles of the
  // second, not 256 before.
  ASSERT_EQ(both.trace.size(), 2u);
  EXPECT_LE(both.trace[1].end - both.trace[0].end, 4u);
  expectAddsUp(both);
}

TEST(TimedCopies, coresShareDram) {
  Machine machine = smallMachine();
  std::string body = pages + load0 + "halt";
  auto cycles = [&](unsigned cores) {
    Session session(std::vector<std::string>(cores, body), timedOptions(),
                    machine);
    RunResult result = session.run();
    EXPECT_TRUE(result.ok());
    expectAddsUp(result);
    return result.statistics.cycles;
  };
  // Its 13th word, too, comes to each of four cores at half a word a cycle.
  EXPECT_EQ(cycles(4) - cycles(1), 3 * 256u + 13);
}

TEST(TimedCopies, linksBetweenCores) {
  // 16 bytes a cycle out of core 0, however many receive it.
  Machine machine = smallMachine();
  machine.cores = 4;
  std::string multicast = onChip +
                          "li r6, 14\ndnew d0, i8, r20, 0\n"
                          "ddim d0, 5, 4096, 1\ndnew d1, i8, r20, 8192\n"
                          "ddim d1, 5, 4096, 1\n"
                          "copy dma0, d0, d1 {\n c.multicast r6\n}\n";
  uint64_t three = cyclesOf(multicast, machine);
  EXPECT_EQ(three, launch + 11 + 8 + 30 + 256);
  // Two unicasts out of one core share its way out.
  std::string unicast =
      "li r20, 0\nlih r20, 0x20000100\nli r22, 0\nlih r22, 0x20000200\n"
      "li r23, 0\nlih r23, 0x2000ff00\n"
      "dnew d0, i8, r20, 0\nddim d0, 5, 4096, 1\n"
      "dnew d1, i8, r22, 0\nddim d1, 5, 4096, 1\n"
      "dnew d2, i8, r23, 0\nddim d2, 5, 4096, 1\n";
  uint64_t one = cyclesOf(unicast + "copy dma0, d0, d2 {\n}", machine);
  uint64_t two = cyclesOf(
      unicast + "copy dma0, d0, d2 {\n}\ncopy dma1, d1, d2 {\n}", machine);
  EXPECT_EQ(two - one, 256u);
}

// r22: a core that no machine has; r23: four bytes below this core's
// scratchpad.
const std::string outside = onChip + "li r22, 0\nlih r22, 0x20006400\n"
                                     "li r23, -4\nlih r23, 0x2000feff\n"
                                     "dnew d0, i32, r20, 0\nddim d0, 4, 4, 8\n"
                                     "ddim d0, 5, 8, 1\n";
std::string sourceAt(const std::string &base) {
  return "dnew d1, i32, " + base + "\nddim d1, 4, 4, 8\nddim d1, 5, 8, 1\n";
}

TEST(TimedCopies, ofNothingAreNowhere) {
  // A window that leaves nothing, of every kind of source: nothing is read, so
  // that neither dram's nor a link's latency counts, and no core's number.
  Machine machine = smallMachine();
  machine.cores = 2;
  std::string fills =
      "copy dma0, d0, d1 {\n c.window 4, r7, r7\n c.fill r6\n}\n";
  for (const char *base : {"r20, 0", "r20, -4", "r20, -128", "r22, 0", "r1, 0",
                           "r1, -128", "r0, 0"})
    for (const char *at : {"0", "3", "9"}) {
      std::string body = outside + sourceAt(base) + "li r6, 77\nli r7, " + at +
                         "\n" + fills + "halt";
      for (EmulatorOptions options :
           {EmulatorOptions(), timedOptions(), sanitizeOptions(),
            sanitizeOptions(true)}) {
        Session session({body}, options, machine);
        RunResult result = session.run();
        ASSERT_TRUE(result.ok()) << body << result.trap.message();
        EXPECT_EQ(session.sramAt<int32_t>(0), 77);
        EXPECT_EQ(session.sramAt<int32_t>(124), 77);
        if (!options.timed)
          continue;
        // Dispatched in the 19th word; 128 bytes: a cycle of the engine's.
        EXPECT_EQ(result.statistics.cycles, launch + 19 + 8 + 1) << body;
        EXPECT_EQ(result.statistics.dramReadBytes, 8 * 20u);
        expectAddsUp(result);
      }
    }
}

TEST(TimedCopies, baseOutsideOfWhatIsRead) {
  // The window's first row lies where this core's scratchpad begins: no link.
  std::string body = outside +
                     "li r6, 5\nstore.i32 r6, r0, 4\nli r7, 1\nli r8, 2\n"
                     "dadd d0, r0, 1024\n" +
                     sourceAt("r20, -32") +
                     "copy dma0, d0, d1 {\n c.window 4, r7, r8\n}\nhalt";
  Machine machine = smallMachine();
  machine.cores = 2;
  Session session({body}, timedOptions(), machine);
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  EXPECT_EQ(session.sramAt<int32_t>(1024 + 32 + 4), 5);
  EXPECT_EQ(session.sramAt<int32_t>(1024 + 64 + 4), 0);
  EXPECT_EQ(result.statistics.linkBytes, 0u);
  EXPECT_EQ(stall(accounts(result, "dma0"), StallCause::Latency), 8u);
}

TEST(TimedCopies, emptyTensorsAreNowhere) {
  for (bool sanitize : {false, true}) {
    EmulatorOptions options = timedOptions();
    options.sanitize = sanitize;
    Session session({outside + sourceAt("r22, 0") +
                     "ddim d0, 4, 0, 8\ncopy dma0, d0, d1\n"
                     "copy dma0, d1, d0\nhalt"},
                    options);
    RunResult result = session.run();
    ASSERT_TRUE(result.ok()) << result.trap.message();
    EXPECT_EQ(result.statistics.linkBytes, 0u);
  }
}

//===----------------------------------------------------------------------===//
// Rules 2, 3 and 5: engines on the scratchpad
//===----------------------------------------------------------------------===//

// 128 x 64 times 64 x 32, i8: two blocks of 32 cycles, loads of 4 cycles.
const std::string product = onChip +
                            "dnew d0, i8, r20, 0\nddim d0, 2, 128, 64\n"
                            "ddim d0, 5, 64, 1\ndnew d1, i8, r20, 0x4000\n"
                            "ddim d1, 2, 32, 64\nddim d1, 5, 64, 1\n"
                            "dnew d2, i32, r21, 0\nddim d2, 4, 128, 32\n"
                            "ddim d2, 5, 32, 1\n";
const std::string mm = "mm d2, d0, d1, set {\n}\n";

TEST(TimedMatrix, oneAlone) {
  RunResult result = timed(product + mm);
  EXPECT_EQ(result.statistics.cycles, launch + 14 + 4 + 40 + 64);
  EXPECT_EQ(accounts(result, "mxu").busy, 64u);
  EXPECT_EQ(stall(accounts(result, "mxu"), StallCause::Latency), 44u);
  EXPECT_EQ(result.statistics.macs, 128u * 64 * 32);
  expectAddsUp(result);
}

TEST(TimedMatrix, loadsAndFillHideBehindTheOneBefore) {
  EXPECT_EQ(cyclesOf(product + mm + mm) - cyclesOf(product + mm), 64u);
  RunResult many = timed(product + repeat(mm, 100));
  EXPECT_EQ(accounts(many, "mxu").busy, 6400u);
  EXPECT_EQ(stall(accounts(many, "mxu"), StallCause::Latency), 44u);
}

TEST(TimedMatrix, aPauseFillsThePipeAgain) {
  std::string pause =
      "signal mxu, s1, 1\nwait scalar, s1, 1\nloopi 200, e\nnop\ne:\n";
  uint64_t one = cyclesOf(product + mm + pause);
  EXPECT_EQ(cyclesOf(product + mm + pause + mm) - one, 1u + 44 + 64 - 1);
}

TEST(TimedMatrix, aWaitThatHoldsDoesNotDisturb) {
  std::string ready = "signal scalar, s1, 1\nloopi 5, e\nnop\ne: " + mm +
                      "wait mxu, s1, 1\n" + mm;
  RunResult result = timed(product + ready);
  EXPECT_EQ(stall(accounts(result, "mxu"), StallCause::Semaphore), 0u);
  EXPECT_EQ(stall(accounts(result, "mxu"), StallCause::Latency), 44u);
}

TEST(TimedEngines, outputStage) {
  // 128 rows of 32 lanes at 32 lanes a cycle, start-up 10.
  std::string drain = product +
                      "dnew d3, i32, r20, 0x8000\nddim d3, 2, 128, 32\n"
                      "ddim d3, 5, 32, 1\ndrain d3, d2, row {\n}\n";
  RunResult result = timed(drain);
  EXPECT_EQ(result.statistics.cycles, launch + 17 + 10 + 128);
  EXPECT_EQ(accounts(result, "out").busy, 128u);
}

TEST(TimedEngines, vectorUnit) {
  // 4096 f32: 128 lane cycles for one operation; bytes: 2 * 16384 / 128 = 256.
  std::string program = onChip + "dnew d0, f32, r20, 0\nddim d0, 5, 4096, 1\n"
                                 "vrun {\n v.in v0, d0\n v.add.f32 v1, v0, v0\n"
                                 " v.out.f32 d0, v1, store, 0, set\n}\n";
  RunResult result = timed(program);
  EXPECT_EQ(result.statistics.cycles, launch + 10 + 10 + 256);
  EXPECT_EQ(accounts(result, "vec").busy, 256u);
}

TEST(TimedEngines, scratchpadIsShared) {
  // One line a cycle: vec asks for 512 lines over 256 cycles.
  Machine narrow = smallMachine();
  narrow.sramBytesPerCycle = 64;
  std::string program = onChip + "dnew d0, f32, r20, 0\nddim d0, 5, 4096, 1\n"
                                 "vrun {\n v.in v0, d0\n v.add.f32 v1, v0, v0\n"
                                 " v.out.f32 d0, v1, store, 0, set\n}\n";
  RunResult result = timed(program, narrow);
  EXPECT_EQ(result.statistics.cycles, launch + 10 + 10 + 512);
  EXPECT_EQ(stall(accounts(result, "vec"), StallCause::Sram), 256u);
  expectAddsUp(result);
}

//===----------------------------------------------------------------------===//
// Rule 6
//===----------------------------------------------------------------------===//

TEST(TimedAccounts, addUpAndAgreeWithFunctionalMode) {
  ProductProgram program;
  program.tiles = 15;
  Session timedRun({program.text()}, timedOptions()),
      functional({program.text()});
  program.fill(timedRun.io);
  program.fill(functional.io);
  RunResult a = timedRun.run(), b = functional.run();
  ASSERT_TRUE(a.ok() && b.ok());
  expectAddsUp(a);
  EXPECT_EQ(timedRun.io, functional.io);
  EXPECT_EQ(a.statistics.macs, b.statistics.macs);
  EXPECT_EQ(a.statistics.dramWriteBytes, b.statistics.dramWriteBytes);
  EXPECT_EQ(a.statistics.instructions.total(),
            b.statistics.instructions.total());
  EXPECT_EQ(accounts(a, "mxu").busy,
            15u * 8); // 16 x 64: two blocks of 4 cycles
  EXPECT_GT(a.statistics.matrixOccupancy, 0.0);
  EXPECT_LT(a.statistics.matrixOccupancy, 1.0);
}

TEST(TimedAccounts, addUpAfterATrap) {
  Session session({pages + load0 + "loopi 50, e\nnop\ne: trap 1"},
                  timedOptions());
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, TrapKind::UserTrap);
  expectAddsUp(result);
}

TEST(TimedAccounts, aRunEndsWithItsLastEntry) {
  // The wait is all that is left when its signal, 20 cycles late, comes.
  Session session({"wait mxu, s1, 1\nhalt", "loopi 50, e\nnop\ne: signalr "
                                            "scalar, r0, s1, 1\nhalt"},
                  timedOptions());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.statistics.cycles, launch + 1 + 50 + 1 + 20);
  EXPECT_EQ(accounts(result, "mxu").idle, launch + 1);
  expectAddsUp(result);
}

TEST(TimedAccounts, ofADeadlock) {
  Session session({"wait mxu, s1, 1\nwait scalar, s2, 1\nhalt"},
                  timedOptions());
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, TrapKind::Deadlock);
  expectAddsUp(result);
}

} // namespace
