//===- SanitizerTest.cpp - Races, uninitialised reads, overlaps -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EnginePrograms.h"
#include "TextualProgram.h"

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

// d0 sram at 0, d1 io, d2 sram at 0x100, d3 arena; 64 bytes each.
const std::string tensors =
    onChip + "dnew d0, i8, r20, 0\nddim d0, 5, 64, 1\ndnew d1, i8, r1, 0\n"
             "ddim d1, 5, 64, 1\ndnew d2, i8, r20, 0x100\nddim d2, 5, 64, 1\n"
             "dnew d3, i8, r3, 0\nddim d3, 5, 64, 1\n";
const std::string fill0 = "copy dma0, d0, d1 {\n c.signal s1, 1\n}\n";
const std::string addOne =
    "vrun {\n v.in v0, d0\n v.out.i32 d2, v0, store, 0, set\n}\n";
/// Two rows of accumulators, d5, that the output stage may use.
const std::string intoAccumulators =
    "dnew d5, i32, r21, 0\nddim d5, 4, 2, 32\nddim d5, 5, 32, 1\n" + fill0 +
    "ddim d0, 4, 2, 32\nddim d0, 5, 32, 1\nwait vec, s1, 1\n"
    "vrun {\n v.in v0, d0\n v.out.i32 d5, v0, store, 0, set\n}\n"
    "signal vec, s2, 1\nwait out, s2, 1\n";

struct Case {
  const char *name;
  std::string body;
  TrapKind kind;
  const char *says;
};

class Sanitized : public testing::TestWithParam<std::tuple<Case, bool>> {};

TEST_P(Sanitized, finds) {
  auto [c, timed] = GetParam();
  Session session({tensors + c.body + "halt"}, sanitizeOptions(timed));
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, c.kind) << result.trap.message();
  EXPECT_NE(result.trap.message().find(c.says), std::string::npos)
      << result.trap.message();
}

const Case cases[] = {
    {"ordered", fill0 + "wait vec, s1, 1\n" + addOne, TrapKind::None, ""},
    {"readAfterWrite", fill0 + addOne, TrapKind::DataRace,
     "write by core 0, dma0, word 12: copy dma0, d0, d1"},
    {"writeAfterRead",
     fill0 + "wait vec, s1, 1\n" + addOne + "copy dma0, d0, d1 {\n}\n",
     TrapKind::DataRace, "core 0, vec"},
    {"writeAfterReadOrdered",
     fill0 + "wait vec, s1, 1\n" + addOne +
         "signal vec, s2, 1\nwait dma0, s2, 1\ncopy dma0, d0, d1 {\n}\n",
     TrapKind::None, ""},
    {"writeAfterWrite", "copy dma0, d0, d1 {\n}\ncopy dma1, d0, d1 {\n}\n",
     TrapKind::DataRace, "write by core 0, dma0"},
    {"sameQueueIsOrdered", "copy dma0, d0, d1 {\n}\ncopy dma0, d0, d1 {\n}\n",
     TrapKind::None, ""},
    // The signal comes before the copy that matters.
    {"signalTooEarly",
     "signal dma0, s1, 1\ncopy dma0, d0, d1 {\n}\nwait vec, s1, 1\n" + addOne,
     TrapKind::DataRace, "dma0"},
    // Two tokens, but the wait takes the first, which says nothing of the
    // second.
    {"wrongToken",
     "signal dma0, s1, 1\n" + fill0 + "wait vec, s1, 1\n" + addOne,
     TrapKind::DataRace, "dma0"},
    {"bothTokens",
     "signal dma0, s1, 1\n" + fill0 + "wait vec, s1, 2\n" + addOne,
     TrapKind::None, ""},
    {"throughAThird",
     fill0 + "wait dma1, s1, 1\nsignal dma1, s2, 1\nwait vec, s2, 1\n" + addOne,
     TrapKind::None, ""},
    {"dramToo", "copy dma0, d3, d1 {\n}\ncopy dma1, d2, d3 {\n}\n",
     TrapKind::DataRace, "dram:arena"},
    {"scalarLoad", fill0 + "load.i8 r5, r0, 63\n", TrapKind::DataRace,
     "1 bytes at sram"},
    {"scalarLoadOrdered", fill0 + "wait scalar, s1, 1\nload.i8 r5, r0, 63\n",
     TrapKind::None, ""},
    {"scalarStoreThenDispatch",
     "loopi 64, e\nstore.i8 r0, r6, 0\naddi r6, r6, 1\ne:\n" + addOne,
     TrapKind::None, ""},
    {"scalarStoreAfterDispatch",
     "loopi 64, e\nstore.i8 r0, r6, 0\naddi r6, r6, 1\ne:\n" + addOne +
         "store.i8 r0, r0, 0\n",
     TrapKind::DataRace, "read by core 0, vec"},
    {"neighbourBytes",
     "store.i8 r0, r0, 64\n" + fill0 +
         "store.i8 r0, r0, 65\nload.i8 r5, r0, 64\n",
     TrapKind::None, ""},
    {"uninitialised", addOne, TrapKind::UninitializedRead,
     "64 bytes at sram:core 0 + 0x0"},
    {"uninitialisedScalar", "load.i8 r5, r0, 0\n", TrapKind::UninitializedRead,
     "nothing has written 1 bytes"},
    {"uninitialisedArena", "copy dma0, d0, d3 {\n}\n",
     TrapKind::UninitializedRead, "arena"},
    {"uninitialisedPart",
     "ddim d1, 5, 63, 1\nddim d0, 5, 63, 1\n" + fill0 +
         "wait vec, s1, 1\nddim d0, 5, 64, 1\n" + addOne,
     TrapKind::UninitializedRead, "1 bytes at sram:core 0 + 0x3f"},
    {"fillIsAWrite",
     "copy dma0, d0, d1 {\n c.window 5, r0, r0\n c.signal s1, 1\n}\nwait vec, "
     "s1, 1\n" +
         addOne,
     TrapKind::None, ""},
    {"windowLeavesOut", // all of arena is uninitialised, but nothing of it is
                        // read
     "copy dma0, d0, d3 {\n c.window 5, r0, r0\n}\n", TrapKind::None, ""},
    {"overlap",
     fill0 + "wait dma0, s1, 1\ndbase d2, r20, 63\ncopy dma0, d2, d0 {\n}\n",
     TrapKind::OperandOverlap, "1 bytes at sram:core 0 + 0x3f"},
    {"inPlace", fill0 + "wait vec, s1, 1\ndbase d2, r20, 0\n" + addOne,
     TrapKind::None, ""},
    {"nearlyInPlace", fill0 + "wait vec, s1, 1\ndbase d2, r20, 1\n" + addOne,
     TrapKind::OperandOverlap, "63 bytes"},
    {"reductionOntoInput",
     fill0 + "wait vec, s1, 1\ndbase d2, r20, 0\nddim d2, 5, 1, 1\n"
             "vrun {\n v.in v0, d0\n v.out.i32 d2, v0, sum, 32, set\n}\n",
     TrapKind::OperandOverlap, "1 bytes"},
    // Interleaved rows share no byte.
    {"interleaved",
     "ddim d0, 4, 4, 128\nddim d1, 4, 4, 64\nddim d2, 4, 4, 128\ndbase d2, "
     "r20, 64\n" +
         fill0 + "wait vec, s1, 1\n" + addOne,
     TrapKind::None, ""},
    {"vectorIntoAccumulators",
     "dnew d5, i32, r21, 0\nddim d5, 4, 2, 32\nddim d5, 5, 32, 1\n" + fill0 +
         "ddim d0, 4, 2, 32\nddim d0, 5, 32, 1\nddim d2, 4, 1, 0\n"
         "ddim d2, 2, 2, 32\nddim d2, 5, 32, 1\nwait vec, s1, 1\n"
         "vrun {\n v.in v0, d0\n v.out.i32 d5, v0, store, 0, set\n}\n"
         "signal vec, s2, 1\nwait out, s2, 1\ndrain d2, d5, row {\n}\n",
     TrapKind::None, ""},
    {"vectorIntoAccumulatorsUnordered",
     "dnew d5, i32, r21, 0\nddim d5, 4, 2, 32\nddim d5, 5, 32, 1\n" + fill0 +
         "ddim d0, 4, 2, 32\nddim d0, 5, 32, 1\nddim d2, 4, 1, 0\n"
         "ddim d2, 2, 2, 32\nddim d2, 5, 32, 1\nwait vec, s1, 1\n"
         "vrun {\n v.in v0, d0\n v.out.i32 d5, v0, store, 0, set\n}\n"
         "signal vec, s2, 1\nwait out, s2, 1\ndrain d2, d5, row {\n}\n"
         "vrun {\n v.in v0, d0\n v.out.i32 d5, v0, store, 0, set\n}\n",
     TrapKind::DataRace, "256 bytes at acc:core 0"},
    {"rescalingInPlace", intoAccumulators + "preload d5, d5 {\n o.muls r6\n}\n",
     TrapKind::None, ""},
    {"rescalingOntoNeighbours",
     intoAccumulators + "dnew d6, i32, r21, 128\nddim d6, 4, 2, 32\nddim d6, "
                        "5, 32, 1\npreload d6, d5 {\n o.muls r6\n}\n",
     TrapKind::OperandOverlap, "128 bytes at acc:core 0"},
    {"accumulatingOntoNothing",
     "dnew d5, i32, r21, 0\nddim d5, 5, 32, 1\nddim d5, 4, 1, 32\n" + fill0 +
         "dnew d6, i8, r20, 0\nddim d6, 5, 32, 1\nddim d6, 2, 32, 0\n"
         "dnew d7, i8, r20, 0\nddim d7, 5, 32, 1\n"
         "wait mxu, s1, 1\nmm d5, d7, d6, add {\n}\n",
     TrapKind::UninitializedRead, "acc:core 0"},
};
std::string nameOf(const testing::TestParamInfo<std::tuple<Case, bool>> &info) {
  return std::string(std::get<0>(info.param).name) +
         (std::get<1>(info.param) ? "Timed" : "");
}
INSTANTIATE_TEST_SUITE_P(All, Sanitized,
                         testing::Combine(testing::ValuesIn(cases),
                                          testing::Bool()),
                         nameOf);

TEST(Sanitizer, gatherReadsOnlyWhatTheListSays) {
  // Rows 0 and 2 of four are written; a list of 0, 2 is fine, a list of 0, 1 is
  // not.
  for (int second : {1, 2}) {
    std::string body =
        onChip +
        "dnew d1, i8, r1, 0\nddim d1, 4, 2, 64\nddim d1, 5, 64, 1\n"
        "dnew d0, i8, r20, 0\nddim d0, 4, 2, 128\nddim d0, 5, 64, 1\n"
        "copy dma0, d0, d1 {\n}\nddim d0, 4, 4, 64\n"
        "store.i32 r0, r0, 0x400\nli r6, " +
        std::to_string(second) +
        "\nstore.i32 r6, r0, 0x404\ndnew d4, i32, r20, 0x400\nddim d4, 5, 2, "
        "1\n"
        "dnew d5, i8, r20, 0x500\nddim d5, 4, 2, 64\nddim d5, 5, 64, 1\n"
        "copy dma0, d5, d0 {\n c.gather d4, 4\n}\nhalt";
    Session session({body}, sanitizeOptions());
    RunResult result = session.run();
    EXPECT_EQ(result.trap.kind,
              second == 2 ? TrapKind::None : TrapKind::UninitializedRead)
        << result.trap.message();
  }
}

TEST(Sanitizer, racesBetweenCores) {
  // Core 0 writes into core 1's scratchpad; core 1 reads with and without
  // waiting.
  std::string writer =
      "li r20, 0\nlih r20, 0x20000100\ndnew d0, i8, r20, 0\n"
      "ddim d0, 5, 64, 1\ndnew d1, i8, r1, 0\nddim d1, 5, 64, 1\n"
      "copy dma0, d0, d1 {\n c.signal s9, 1\n}\nhalt";
  std::string load = "load.i32 r5, r0, 0\nhalt";
  for (bool timed : {false, true}) {
    Session good({writer, "wait scalar, s9, 1\n" + load},
                 sanitizeOptions(timed));
    EXPECT_TRUE(good.run().ok());
    // Initialised by the core itself, then read without waiting: the write
    // races.
    Session bad({writer, "store.i32 r0, r0, 0\n" + load},
                sanitizeOptions(timed));
    RunResult result = bad.run();
    EXPECT_EQ(result.trap.kind, TrapKind::DataRace) << result.trap.message();
    EXPECT_NE(result.trap.message().find("core 1"), std::string::npos);
  }
}

TEST(Sanitizer, runsAreOrderedAndMemoryLasts) {
  Session session({"load.i32 r5, r0, 0\nhalt\n" + tensors + fill0 + "halt"},
                  sanitizeOptions());
  EXPECT_EQ(session.run().trap.kind, TrapKind::UninitializedRead);
  RunRequest fill;
  fill.coreStart = {2};
  ASSERT_TRUE(session.run(fill).ok());
  EXPECT_TRUE(session.run().ok());
}

TEST(Sanitizer, initialisedPartsOfTheArena) {
  Session session({tensors + "copy dma0, d0, d3 {\n}\nhalt"},
                  sanitizeOptions());
  session.emulator->markInitialized(Region::Arena, 0, 63);
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, TrapKind::UninitializedRead);
  EXPECT_NE(result.trap.message().find("1 bytes at dram:arena + 0x3f"),
            std::string::npos)
      << result.trap.message();
  session.emulator->markInitialized(Region::Arena, 63, 1);
  EXPECT_TRUE(session.run().ok());
}

} // namespace
