//===- ScalarTest.cpp - Integer instructions, control and descriptors -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextualProgram.h"

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

struct Case {
  const char *body; // leaves its result in r5
  int64_t expected;
};

class ScalarInteger : public testing::TestWithParam<Case> {};

TEST_P(ScalarInteger, givesResult) {
  EXPECT_EQ(int64_t(resultOf(GetParam().body)), GetParam().expected);
}

// r6 = -7, r7 = 2, r16 = smallest integer, r17 = -1 where a case says so.
#define MIN64 "li r16, 0\nlih r16, 0x80000000\nli r17, -1\n"
const Case integerCases[] = {
    {"nop\nli r5, 1", 1},
    {"li r5, -5", -5},
    {"li r5, -1\nlih r5, 1", 0x1ffffffff},
    {"li r0, 9\nadd r5, r0, r0", 0},
    {"li r6, 3\nli r7, -4\nadd r5, r6, r7", -1},
    {MIN64 "add r5, r16, r17", INT64_MAX},
    {"li r6, 3\nli r7, 4\nsub r5, r6, r7", -1},
    {"li r6, -3\nli r7, 4\nmul r5, r6, r7", -12},
    {MIN64 "mul r5, r16, r17", INT64_MIN},
    {"li r6, -7\nli r7, 2\ndiv r5, r6, r7", -3},
    {MIN64 "div r5, r16, r17", INT64_MIN},
    {"li r6, -7\nli r7, 2\ndivu r5, r6, r7", 0x7ffffffffffffffc},
    {"li r6, -7\nli r7, 2\nrem r5, r6, r7", -1},
    {MIN64 "rem r5, r16, r17", 0},
    {"li r6, -7\nli r7, 4\nremu r5, r6, r7", 1},
    {"li r6, 12\nli r7, 10\nand r5, r6, r7", 8},
    {"li r6, 12\nli r7, 10\nor r5, r6, r7", 14},
    {"li r6, 12\nli r7, 10\nxor r5, r6, r7", 6},
    {"li r6, 1\nli r7, 68\nshl r5, r6, r7", 16},
    {"li r6, -1\nli r7, 60\nshr r5, r6, r7", 15},
    {"li r6, -16\nli r7, 66\nsar r5, r6, r7", -4},
    {"li r6, -1\nli r7, 1\nmin r5, r6, r7", -1},
    {"li r6, -1\nli r7, 1\nmax r5, r6, r7", 1},
    {"li r6, -1\nli r7, 1\nminu r5, r6, r7", 1},
    {"li r6, -1\nli r7, 1\nmaxu r5, r6, r7", -1},
    {"li r6, 4\nli r7, 4\nseq r5, r6, r7", 1},
    {"li r6, 4\nli r7, 5\nseq r5, r6, r7", 0},
    {"li r6, 4\nli r7, 4\nsne r5, r6, r7", 0},
    {"li r6, -1\nli r7, 1\nslt r5, r6, r7", 1},
    {"li r6, -1\nli r7, 1\nsltu r5, r6, r7", 0},
    {"li r6, 10\nli r7, 20\nsel r5, r6, r6, r7", 10},
    {"li r6, 10\nli r7, 20\nsel r5, r0, r6, r7", 20},
    {"li r6, 10\naddi r5, r6, -11", -1},
    {"li r6, 10\nmuli r5, r6, -2", -20},
    {"li r6, -1\nandi r5, r6, 255", 255},
    {"li r6, 1\nandi r5, r6, -1", 1},
    {"li r6, 8\nori r5, r6, 1", 9},
    {"li r6, 8\nxori r5, r6, -1", -9},
    {"li r6, 1\nshli r5, r6, 63", INT64_MIN},
    {"li r6, -1\nshri r5, r6, 63", 1},
    {"li r6, -8\nsari r5, r6, 1", -4},
    {"li r6, -8\nmini r5, r6, -9", -9},
    {"li r6, -8\nmaxi r5, r6, -9", -8},
    {"li r6, -8\nseqi r5, r6, -8", 1},
    {"li r6, -8\nslti r5, r6, -8", 0},
    {"rdsys r5, core", 0},
    {"rdsys r5, cores", 1},
    {"rdsys r5, chip", 0},
    {"rdsys r5, entry", 0},
};
INSTANTIATE_TEST_SUITE_P(All, ScalarInteger, testing::ValuesIn(integerCases));

// Each adds a bit to r5 where it should come by, and 64 where it should not.
const Case branchCases[] = {
    {"jmp a\naddi r5, r5, 64\na: addi r5, r5, 1", 1},
    {"beq r0, r0, a\naddi r5, r5, 64\na: addi r5, r5, 1", 1},
    {"li r6, 1\nbeq r0, r6, a\naddi r5, r5, 2\na: addi r5, r5, 1", 3},
    {"li r6, 1\nbne r0, r6, a\naddi r5, r5, 64\na: addi r5, r5, 1", 1},
    {"li r6, -1\nblt r6, r0, a\naddi r5, r5, 64\na: addi r5, r5, 1", 1},
    {"li r6, -1\nbltu r6, r0, a\naddi r5, r5, 2\na: addi r5, r5, 1", 3},
    {"li r6, -1\nbge r6, r0, a\naddi r5, r5, 2\na: addi r5, r5, 1", 3},
    {"li r6, -1\nbgeu r6, r0, a\naddi r5, r5, 64\na: addi r5, r5, 1", 1},
    {"call r9, f\naddi r5, r5, 1\nhalt\nf: addi r5, r5, 2\njr r9", 3},
    // Backwards: counts down from 3.
    {"li r6, 3\na: addi r5, r5, 1\naddi r6, r6, -1\nbne r6, r0, a", 3},
};
INSTANTIATE_TEST_SUITE_P(Branches, ScalarInteger,
                         testing::ValuesIn(branchCases));

// Every comparison and branch on pairs of operands around the signs' borders,
// each pair both ways round.
struct Comparison {
  const char *set, *branch; // instructions; null if there is none
  bool (*holds)(int64_t a, int64_t b);
};
bool isEqual(int64_t a, int64_t b) { return a == b; }
bool isNotEqual(int64_t a, int64_t b) { return a != b; }
bool isLess(int64_t a, int64_t b) { return a < b; }
bool isBelow(int64_t a, int64_t b) { return uint64_t(a) < uint64_t(b); }
bool isNotLess(int64_t a, int64_t b) { return a >= b; }
bool isNotBelow(int64_t a, int64_t b) { return uint64_t(a) >= uint64_t(b); }
const Comparison comparisons[] = {
    {"seq", "beq", isEqual},     {"sne", "bne", isNotEqual},
    {"slt", "blt", isLess},      {"sltu", "bltu", isBelow},
    {nullptr, "bge", isNotLess}, {nullptr, "bgeu", isNotBelow},
};
const int64_t operands[] = {
    INT64_MIN,        INT64_MIN + 1, -(int64_t(1) << 32), -1, 0, 1,
    int64_t(1) << 31, INT64_MAX};

std::string setRegister(const char *name, int64_t value) {
  std::string reg = name;
  return "li " + reg + ", " + std::to_string(int32_t(value)) + "\nlih " + reg +
         ", " + std::to_string(uint32_t(uint64_t(value) >> 32)) + "\n";
}

/// One program of many outcomes: each is left in r5 by its part of the text and
/// expected to be 0 or 1. Labels may end in "@", a number of their own.
struct Outcomes {
  std::string text;
  std::vector<std::pair<std::string, bool>> expected;

  void add(std::string part, bool holds, const std::string &what) {
    std::string number = std::to_string(expected.size());
    for (size_t at; (at = part.find('@')) != std::string::npos;)
      part.replace(at, 1, number);
    text += part + "\nstore.u8 r5, r0, " + number + "\n";
    expected.emplace_back(what, holds);
  }
  void check() const {
    Session session({text + "halt"});
    RunResult result = session.run();
    ASSERT_TRUE(result.ok()) << result.trap.message();
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(session.sramAt<uint8_t>(i), expected[i].second)
          << expected[i].first;
  }
};

TEST(ScalarComparison, everyOutcomeOfEach) {
  Outcomes outcomes;
  for (int64_t a : operands)
    for (int64_t b : operands) {
      outcomes.text += setRegister("r6", a) + setRegister("r7", b);
      for (const Comparison &c : comparisons) {
        std::string of = " " + std::to_string(a) + ", " + std::to_string(b);
        if (c.set)
          outcomes.add(std::string(c.set) + " r5, r6, r7", c.holds(a, b),
                       c.set + of);
        outcomes.add("li r5, 1\n" + std::string(c.branch) +
                         " r6, r7, a@\nli r5, 0\na@:",
                     c.holds(a, b), c.branch + of);
      }
    }
  outcomes.check();
}

TEST(ScalarComparison, withAnImmediate) {
  Outcomes outcomes;
  for (int64_t a : operands)
    for (int64_t b : {-2, -1, 0, 1, 2}) {
      std::string imm = std::to_string(b), of = std::to_string(a) + ", " + imm;
      outcomes.text += setRegister("r6", a);
      outcomes.add("seqi r5, r6, " + imm, a == b, "seqi " + of);
      outcomes.add("slti r5, r6, " + imm, a < b, "slti " + of);
    }
  outcomes.check();
}

const Case loopCases[] = {
    {"loopi 5, e\naddi r5, r5, 1\ne:", 5},
    {"loopi 0, e\naddi r5, r5, 1\ne:", 0},
    {"li r6, 4\nloop r6, e\naddi r5, r5, 1\ne:", 4},
    {"li r6, -4\nloop r6, e\naddi r5, r5, 1\ne:", 0},
    // An empty body, however often, ends at once.
    {"li r6, -1\nshri r6, r6, 1\nloop r6, e\ne: li r5, 7", 7},
    // Both end at the same word.
    {"loopi 3, e\nloopi 4, e\naddi r5, r5, 1\ne:", 12},
    // The inner one does not run and ends where the outer one does.
    {"loopi 3, e\naddi r5, r5, 1\nloopi 0, e\naddi r5, r5, 64\ne:", 3},
    // Eight deep.
    {"loopi 2, e\nloopi 2, e\nloopi 2, e\nloopi 2, e\nloopi 2, e\nloopi 2, e\n"
     "loopi 2, e\nloopi 2, e\naddi r5, r5, 1\ne:",
     256},
    // `continue`: a branch to the end of the body is the next iteration.
    {"loopi 6, e\nandi r6, r5, 1\naddi r5, r5, 1\nbne r6, r0, e\nnop\ne:", 6},
    // A call from a body, which is its last word, to a function right behind
    // it.
    {"jmp s\ns: loopi 3, e\ncall r9, f\ne: halt\nf: addi r5, r5, 1\njr r9", 3},
    {"jmp s\nf: addi r5, r5, 1\njr r9\ns: loopi 3, e\nnop\ncall r9, f\ne:", 3},
    // A function whose first word is the loop's end and which loops back to it.
    {"loopi 2, f\nbne r5, r0, t\nli r7, 3\ncall r9, f\nnop\n"
     "f: addi r5, r5, 1\naddi r7, r7, -1\nbne r7, r0, f\njr r9\nt: trap 1",
     -1},
    // A return out of a loop takes the loop off the stack; more often than the
    // stack is deep.
    {"loopi 20, e\ncall r9, f\ne: halt\n"
     "f: loopi 5, g\naddi r5, r5, 1\njr r9\ng: trap 1",
     20},
};

TEST(ScalarLoop, all) {
  for (const Case &c : loopCases) {
    if (c.expected < 0)
      continue;
    EXPECT_EQ(int64_t(resultOf(c.body)), c.expected) << c.body;
  }
}

TEST(ScalarLoop, functionBehindTheBody) {
  // The body's second iteration finds r5 set and traps on purpose with `trap`;
  // up to there, the function has run its own three rounds without being
  // mistaken for the end of the body.
  Trap trap = trapOf("loopi 2, f\nbne r5, r0, t\nli r7, 3\ncall r9, f\nnop\n"
                     "f: addi r5, r5, 1\naddi r7, r7, -1\nbne r7, r0, f\n"
                     "seqi r8, r5, 3\njr r9\nt: trap 42");
  EXPECT_EQ(trap.kind, TrapKind::LoopStack); // `t` lies outside the body
  EXPECT_EQ(trap.pc, 1u);
}

TEST(ScalarMemory, loadsAndStores) {
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.i8 r6, r0, 3\nload.i8 r5, r0, 3")),
      -2);
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.i8 r6, r0, 3\nload.u8 r5, r0, 3")),
      254);
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.i16 r6, r0, 4\nload.i16 r5, r0, 4")),
      -2);
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.u16 r6, r0, 4\nload.u16 r5, r0, 4")),
      65534);
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.i32 r6, r0, 4\nload.i32 r5, r0, 4")),
      -2);
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.u32 r6, r0, 4\nload.u32 r5, r0, 4")),
      0xfffffffe);
  EXPECT_EQ(
      int64_t(resultOf("li r6, -2\nstore.i64 r6, r0, 8\nload.i64 r5, r0, 8")),
      -2);
  // f16, bf16, f8 and floats move as bits, zero-extended.
  EXPECT_EQ(resultOf("li r6, -1\nstore.bf16 r6, r0, 8\nload.bf16 r5, r0, 8"),
            0xffffu);
  EXPECT_EQ(resultOf("li r6, -1\nstore.f16 r6, r0, 8\nload.f16 r5, r0, 8"),
            0xffffu);
  EXPECT_EQ(
      resultOf("li r6, -1\nstore.f8e4m3 r6, r0, 8\nload.f8e5m2 r5, r0, 8"),
      0xffu);
  EXPECT_EQ(resultOf("li r6, -1\nstore.f32 r6, r0, 8\nload.f32 r5, r0, 8"),
            0xffffffffu);
  EXPECT_EQ(resultOf("li r6, -1\nstore.f64 r6, r0, 8\nload.f64 r5, r0, 8"),
            0xffffffffffffffffu);
  // Only the element is written.
  EXPECT_EQ(resultOf("store.i64 r0, r0, 0\nli r6, -1\nstore.i16 r6, r0, 2\n"
                     "load.i64 r5, r0, 0"),
            0xffff0000u);
  // The last byte of the scratchpad.
  EXPECT_EQ(resultOf("li r6, 0x100000\nli r7, 9\nstore.u8 r7, r6, -1\n"
                     "load.u8 r5, r6, -1"),
            9u);
}

TEST(ScalarStart, registersAsTheMachineSays) {
  Session session({"halt"});
  RunRequest request;
  request.dims = {11, 12, 13, 14, 15, 16, 17, 18};
  ASSERT_TRUE(session.run(request).ok());
  EXPECT_EQ(session.reg(1), regionBase(Region::Io));
  EXPECT_EQ(session.reg(2), regionBase(Region::Weights));
  EXPECT_EQ(session.reg(3), regionBase(Region::Arena));
  EXPECT_EQ(session.reg(4), regionBase(Region::State));
  for (unsigned i = 0; i < 8; ++i)
    EXPECT_EQ(session.reg(8 + i), 11 + i);
  EXPECT_EQ(session.reg(5), 0u);
  EXPECT_EQ(session.reg(63), 0u);
}

TEST(ScalarStart, entryAndCores) {
  Session session(
      {"halt\nrdsys r5, entry\nhalt", "rdsys r5, core\nrdsys r6, cores\nhalt"});
  RunRequest request;
  request.entry = 3;
  request.coreStart = {1, 0};
  ASSERT_TRUE(session.run(request).ok());
  EXPECT_EQ(session.reg(5, 0), 3u);
  EXPECT_EQ(session.reg(5, 1), 1u);
  EXPECT_EQ(session.reg(6, 1), 2u);
}

TEST(ScalarStart, scratchpadLastsRegistersDoNot) {
  Session session({"load.i32 r5, r0, 0\nli r6, 77\nstore.i32 r6, r0, 0\nhalt"});
  ASSERT_TRUE(session.run().ok());
  ASSERT_TRUE(session.run().ok());
  EXPECT_EQ(session.reg(5), 77u);
}

} // namespace
