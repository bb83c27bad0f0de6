//===- TrapTest.cpp - Every trap of the core ------------------------------===//
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
  const char *body;
  TrapKind kind;
  uint64_t pc;
  const char *says; // part of the message
};

class Traps : public testing::TestWithParam<std::tuple<Case, bool>> {};

TEST_P(Traps, nameTheInstruction) {
  auto [c, timed] = GetParam();
  EmulatorOptions options;
  options.timed = timed;
  Session session({c.body}, options);
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, c.kind) << c.body << "\n"
                                      << result.trap.message();
  EXPECT_EQ(result.trap.pc, c.pc) << c.body;
  EXPECT_NE(result.trap.message().find(c.says), std::string::npos)
      << result.trap.message();
  EXPECT_NE(result.trap.message().find(trapKindName(c.kind)),
            std::string::npos);
}

constexpr TrapKind illegal = TrapKind::IllegalInstruction;
const Case cases[] = {
    {".word 0", illegal, 0, "unknown opcode 0"},
    {".word 1023", illegal, 0, "unknown opcode 1023"},
    {"nop\n.word 0x8000000000000001", illegal, 1, "reserved bits"},
    // f32 is 0 and u64 is 5: there is no sixth type.
    {".word 64 | (6 << 40)", illegal, 0, "no legal value"},
    {".word 275", illegal, 0, "outside of its head"},
    {"jmp 2\nvrun {\nv.iota.i32 v0, 5\n}", illegal, 2, "outside of its head"},
    // A head that asks for two payload words and has one, and a foreign one.
    {".word 256 | (2 << 10)\n.word 261", illegal, 0, "past the end"},
    {".word 256 | (1 << 10)\n.word 1", illegal, 0, "no payload of vrun"},
    {"copy dma3, d0, d1 {\n}", illegal, 0, "queue"},
    {"copy vec, d0, d1 {\n}", illegal, 0, "queue"},
    {"wait dma2, s0, 1", illegal, 0, "queue"},
    {"trap 77", TrapKind::UserTrap, 0, "code 77"},
    {"nop", TrapKind::TextOutOfRange, 1, "ran past its end"},
    {"jmp 5", TrapKind::TextOutOfRange, 0, "word 5 of 1"},
    {"li r5, -1\njr r5", TrapKind::TextOutOfRange, 1, "word -1"},
    {"loopi 2, 9\nnop", TrapKind::TextOutOfRange, 0, "word 9"},
    {"nop\nloopi 2, 0\nnop", TrapKind::LoopStack, 1, "not ahead"},
    {"loopi 2, e\nloopi 2, e\nloopi 2, e\nloopi 2, e\nloopi 2, e\nloopi 2, e\n"
     "loopi 2, e\nloopi 2, e\nloopi 2, e\nnop\ne: halt",
     TrapKind::LoopStack, 8, "deeper than 8"},
    {"loopi 2, e\njmp f\ne: nop\nf: halt", TrapKind::LoopStack, 1, "leaves"},
    {"jmp s\ns: loopi 2, e\ncall r9, f\na: nop\ne: halt\nf: jmp a",
     TrapKind::LoopStack, 5, "enters"},
    {"div r5, r6, r0", TrapKind::DivisionByZero, 0, "r0 is 0"},
    {"divu r5, r6, r7", TrapKind::DivisionByZero, 0, "r7 is 0"},
    {"rem r5, r6, r7", TrapKind::DivisionByZero, 0, "r7 is 0"},
    {"remu r5, r6, r7", TrapKind::DivisionByZero, 0, "r7 is 0"},
    {"load.i32 r5, r0, 2", TrapKind::MisalignedDescriptor, 0, "multiple of 4"},
    {"load.i64 r5, r0, 0x100000", TrapKind::OutOfRange, 0, "1048576"},
    {"store.u8 r5, r0, -1", TrapKind::OutOfRange, 0, "byte offset -1"},
    {"load.i4 r5, r0, 0", illegal, 0, "4-bit"},
    {".word 101 | (6 << 15)", illegal, 0, "no legal value"},
    {".word 99 | (7 << 15)", illegal, 0, "no legal value"},
    {"li r6, 7\nsignalr mxu, r6, s0, 1", TrapKind::BadSemaphore, 1, "core 7"},
    {"li r6, 256\nsignalr scalar, r6, s0, 1", TrapKind::BadSemaphore, 1,
     "chip 1"},
    // Negative sizes trap when the descriptor is used.
    {"dnew d0, i8, r3, 0\ndnew d1, i8, r3, 64\ndsize d1, 2, r0, -3\n"
     "copy dma0, d0, d1 {\n}\nhalt",
     TrapKind::ShapeMismatch, 3, "negative"},
};
INSTANTIATE_TEST_SUITE_P(All, Traps,
                         testing::Combine(testing::ValuesIn(cases),
                                          testing::Bool()));

TEST(Trap, semaphoreOverflow) {
  // 65537 times 65535 is the largest value that fits; one more does not.
  std::string body = "li r6, 65537\nloop r6, e\nsignal scalar, s0, 65535\ne:\n";
  EXPECT_TRUE(Session({body + "halt"}).run().ok());
  Trap trap = trapOf(body + "signal mxu, s0, 1\nhalt");
  EXPECT_EQ(trap.kind, TrapKind::BadSemaphore);
  EXPECT_EQ(trap.engine, "mxu");
}

TEST(Trap, semaphoresOfTheMachine) {
  Machine machine = smallMachine();
  machine.semaphores = 16;
  Session session({"signal scalar, s16, 1\nhalt"}, {}, machine);
  EXPECT_EQ(session.run().trap.kind, TrapKind::BadSemaphore);
}

TEST(Trap, stepBudget) {
  for (bool timed : {false, true}) {
    EmulatorOptions options;
    options.timed = timed;
    options.stepBudget = 100000;
    Trap trap = trapOf("a: addi r5, r5, 1\njmp a", options);
    EXPECT_EQ(trap.kind, TrapKind::StepBudget);
    EXPECT_EQ(trap.engine, "scalar");
    EXPECT_FALSE(trap.disassembly.empty());
  }
}

TEST(Trap, stepBudgetChargesEngines) {
  // One instruction that would keep the host busy for years.
  EmulatorOptions options;
  options.stepBudget = 1 << 20;
  Trap trap =
      trapOf("dnew d0, i8, r3, 0\ndnew d1, i8, r3, 64\nli r5, 0x40000000\n"
             "dsize d0, 0, r5, 0\ndsize d1, 0, r5, 0\n"
             "dsize d0, 1, r5, 0\ndsize d1, 1, r5, 0\n"
             "copy dma0, d0, d1 {\n}\nhalt",
             options);
  EXPECT_EQ(trap.kind, TrapKind::StepBudget);
  EXPECT_EQ(trap.engine, "dma0");
}

TEST(Trap, namesOperatorAndNode) {
  auto program = std::make_shared<Program>();
  std::vector<Diagnostic> diagnostics;
  program->text = {assembleText("nop\nnop\ntrap 1", diagnostics).words};
  program->nodes = {{"/a/Conv", "Conv", 0}, {"/b/Relu", "Relu", 0}};
  program->ranges = {{0, 0, 2, 0}, {0, 2, 1, 1}};
  Session session(smallMachine(), program);
  RunResult result = session.run();
  EXPECT_EQ(result.trap.node, "/b/Relu");
  EXPECT_EQ(result.trap.op, "Relu");
  EXPECT_EQ(result.statistics.operators[0].instructions, 2u);
}

TEST(Trap, badStartAndRangesAreHarmless) {
  auto program = std::make_shared<Program>();
  program->text = {{1, 2}};
  program->ranges = {{0, 0, ~0ull, 9}, {7, 3, 1, 0}};
  Session session(smallMachine(), program);
  RunRequest request;
  request.coreStart = {~0ull};
  EXPECT_EQ(session.run(request).trap.kind, TrapKind::TextOutOfRange);
}

} // namespace
