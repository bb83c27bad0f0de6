//===- QueueTest.cpp - Queues, semaphores, cores --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextualProgram.h"

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

/// Both modes have to agree.
class Queues : public testing::TestWithParam<bool> {
protected:
  EmulatorOptions options() const {
    EmulatorOptions o;
    o.timed = GetParam();
    o.sanitize = true;
    return o;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, Queues, testing::Bool());

TEST_P(Queues, signalsOfQueuesReachTheScalarUnit) {
  Session session({"signal mxu, s1, 3\nwait scalar, s1, 2\nwait scalar, s1, 1\n"
                   "li r5, 1\nhalt"},
                  options());
  ASSERT_TRUE(session.run().ok());
  EXPECT_EQ(session.reg(5), 1u);
}

TEST_P(Queues, waitsTakeTokens) {
  Session session(
      {"signal mxu, s1, 3\nwait scalar, s1, 2\nwait scalar, s1, 2\nhalt"},
      options());
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, TrapKind::Deadlock);
  EXPECT_NE(result.trap.message().find("s1 is 1, needs 2"), std::string::npos)
      << result.trap.message();
}

TEST_P(Queues, waitForNothingPasses) {
  Session session(
      {"wait scalar, s0, 0\nwait mxu, s0, 0\nsignal mxu, s1, 0\nhalt"},
      options());
  EXPECT_TRUE(session.run().ok());
}

TEST_P(Queues, chainThroughAllQueuesInLoops) {
  Session session({"loopi 100, e\n"
                   "wait mxu, s1, 1\nsignal mxu, s2, 1\n"
                   "wait out, s2, 1\nsignal out, s3, 1\n"
                   "wait vec, s3, 1\nsignal vec, s4, 1\n"
                   "wait dma0, s4, 1\nsignal dma0, s5, 1\n"
                   "wait dma1, s5, 1\nsignal dma1, s6, 1\n"
                   "signal scalar, s1, 1\nwait scalar, s6, 1\n"
                   "addi r5, r5, 1\ne: halt"},
                  options());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  EXPECT_EQ(session.reg(5), 100u);
  EXPECT_EQ(result.statistics.instructions.semaphore, 1200u);
  EXPECT_EQ(result.statistics.instructions.scalar, 102u);
}

TEST_P(Queues, theScalarUnitBlocksWhenAQueueIsFull) {
  // The fifth entry does not fit behind a blocked wait, and nobody else would
  // ever give the token.
  std::string fill;
  for (int i = 0; i < 3; ++i)
    fill += "signal mxu, s2, 1\n";
  std::string give = "signal scalar, s1, 1\nhalt";
  EXPECT_TRUE(
      Session({"wait mxu, s1, 1\n" + fill + give}, options()).run().ok());
  Session full({"wait mxu, s1, 1\n" + fill + "signal mxu, s2, 1\n" + give},
               options());
  RunResult result = full.run();
  EXPECT_EQ(result.trap.kind, TrapKind::Deadlock);
  std::string message = result.trap.message();
  EXPECT_NE(message.find("core 0, scalar at word 4"), std::string::npos)
      << message;
  EXPECT_NE(message.find("queue mxu is full"), std::string::npos) << message;
  EXPECT_NE(message.find("core 0, mxu at word 0"), std::string::npos)
      << message;
  EXPECT_NE(message.find("semaphore s1 is 0, needs 1"), std::string::npos)
      << message;
  EXPECT_NE(message.find("wait mxu, s1, 1"), std::string::npos) << message;
}

TEST_P(Queues, coresSignalEachOther) {
  std::string ping = "li r6, 1\nloopi 50, e\nsignalr scalar, r6, s7, 1\n"
                     "wait scalar, s7, 1\naddi r5, r5, 1\ne: halt";
  std::string pong = "li r6, 0\nloopi 50, e\nwait scalar, s7, 1\n"
                     "signalr vec, r6, s7, 1\naddi r5, r5, 1\ne: halt";
  Session session({ping, pong}, options());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  EXPECT_EQ(session.reg(5, 0), 50u);
  EXPECT_EQ(session.reg(5, 1), 50u);
}

TEST_P(Queues, thisCoreByItsSpecialNumber) {
  Session session({"halt",
                   "li r6, 255\nsignalr mxu, r6, s1, 1\nwait scalar, s1, 1\n"
                   "li r5, 4\nhalt"},
                  options());
  ASSERT_TRUE(session.run().ok());
  EXPECT_EQ(session.reg(5, 1), 4u);
}

TEST_P(Queues, deadlockOfTwoCoresNamesBoth) {
  std::string wait = "wait scalar, s3, 1\nhalt";
  Session session({wait, "nop\n" + wait}, options());
  RunResult result = session.run();
  EXPECT_EQ(result.trap.kind, TrapKind::Deadlock);
  std::string message = result.trap.message();
  EXPECT_NE(message.find("core 0, scalar at word 0"), std::string::npos)
      << message;
  EXPECT_NE(message.find("core 1, scalar at word 1"), std::string::npos)
      << message;
}

TEST_P(Queues, aCoreIsDoneWhenItsQueuesAre) {
  // Core 0 halts with a wait in its queue that core 1 satisfies later.
  Session session({"wait mxu, s1, 1\nsignal mxu, s2, 1\nhalt",
                   "loopi 1000, e\nnop\ne: signalr scalar, r0, s1, 1\nhalt"},
                  options());
  EXPECT_TRUE(session.run().ok());
  Session never({"wait mxu, s1, 1\nhalt", "halt"}, options());
  EXPECT_EQ(never.run().trap.kind, TrapKind::Deadlock);
}

TEST_P(Queues, pollingAnotherCoresSignalThroughMemoryEnds) {
  // Not an ordered program, so not sanitised: core 0 spins on its scratchpad
  // until its own dma queue has been let go by core 1.
  EmulatorOptions o = options();
  o.sanitize = false;
  Session session({"store.i32 r0, r0, 0\nwait dma0, s1, 1\nsignal dma0, s2, 1\n"
                   "a: addi r5, r5, 1\nslti r6, r5, 50000\nbne r6, r0, a\n"
                   "wait scalar, s2, 1\nhalt",
                   "signalr scalar, r0, s1, 1\nhalt"},
                  o);
  EXPECT_TRUE(session.run().ok());
  EXPECT_EQ(session.reg(5), 50000u);
}

TEST_P(Queues, coresWithoutTextAreDone) {
  Machine machine = smallMachine();
  machine.cores = 4;
  Session session({"li r5, 1\nhalt"}, options(), machine);
  EXPECT_TRUE(session.run().ok());
}

TEST_P(Queues, runsRepeat) {
  Session session(
      {"signal mxu, s1, 1\nwait scalar, s1, 1\nsignal scalar, s9, 5\nhalt"},
      options());
  RunResult first = session.run(), second = session.run();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first.statistics.cycles, second.statistics.cycles);
  EXPECT_EQ(first.statistics.instructions.total(), 4u);
  EXPECT_EQ(second.statistics.instructions.total(), 4u);
}

} // namespace
