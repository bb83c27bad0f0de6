//===- StreamTest.cpp - Requests whose inputs come while others run -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "API/Session.h"

#include "Image/SampleImage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

using namespace ashlar::runtime;
using testing::HasSubstr;

static constexpr size_t kElements = 2048;

/// s = s + the first elements of x; y = s; and something that takes long. An x
/// that begins with 0 traps. If another request is queued, its x goes to a
/// place in the scratchpad; a request whose x has arrived takes it from there.
static const char source[] = R"(
.macro tensor desc, base, offset
  dnew \desc, f32, \base, \offset
  ddim \desc, 5, 2048, 1
.endm
.macro sum desc, base, offset
  dnew \desc, f32, \base, \offset
  ddim \desc, 5, 16, 1
.endm

.entry "main"
.input "x", f32, [2048]
.output "y", f32, [16]
.state "s", f32, [16]
.fetches_next
main:
  li r20, 0
  lih r20, 0x2000ff00
  addi r21, r20, 16384
  addi r22, r1, x.offset
  sel r23, r6, r21, r22
  tensor d0, r20, 0
  tensor d1, r21, 0
  tensor d2, r23, 0
  copy dma0, d0, d2 {
    c.signal s0, 1
  }
  wait scalar, s0, 1
  load.i32 r24, r0, 0
  bne r24, r0, good
  trap 7
good:
  sum d3, r20, 32768
  sum d4, r4, s.offset
  sum d5, r1, y.offset
  sum d6, r20, 0
  copy dma0, d3, d4 {
    c.signal s1, 1
  }
  beq r5, r0, last
  addi r22, r5, x.offset
  tensor d2, r22, 0
  copy dma0, d1, d2
last:
  vrun {
    v.in v0, d0
    v.add.f32 v1, v0, v0
    v.sub.f32 v1, v1, v0
    v.out.f32 d0, v1, store, 0, set
  }
  wait vec, s1, 1
  vrun {
    v.in v0, d6
    v.in v1, d3
    v.add.f32 v2, v0, v1
    v.out.f32 d3, v2, store, 0, set
  }
  signal vec, s2, 1
  wait dma0, s2, 1
  copy dma0, d5, d3
  copy dma0, d4, d3
  halt
)";

static std::string assemble(const std::string &text,
                            std::vector<uint8_t> &bytes) {
  ImageAssemblyOptions options;
  options.findTarget = [](const std::string &, Machine &machine) {
    machine = sampleMachine(1);
    machine.dramBytesPerCycle = 8;
    return std::string();
  };
  ImageContents contents;
  std::string error = assembleImage(".target one\n" + text, options, contents);
  return error.empty() ? writeImageBytes(contents, bytes) : error;
}

static std::unique_ptr<Session> openSession(SessionOptions options) {
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  EXPECT_EQ(assemble(source, *bytes), "");
  std::string error;
  auto image = Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  EXPECT_EQ(error, "");
  Outcome outcome;
  auto session = Session::create(std::move(image), options, outcome);
  EXPECT_TRUE(outcome.ok()) << outcome.message;
  return session;
}

static SessionOptions streamed() {
  SessionOptions options;
  options.stream = options.timed = options.sanitize = true;
  return options;
}

static void setInput(Session &session, float value) {
  auto *x = reinterpret_cast<float *>(session.inputData("x"));
  std::fill(x, x + kElements, value);
}

static uint64_t submit(Session &session, float value) {
  setInput(session, value);
  uint64_t ticket = 0;
  EXPECT_TRUE(session.submit(ticket).ok());
  return ticket;
}

static void expectOutput(Session &session, float value) {
  auto *y = reinterpret_cast<const float *>(session.outputData("y"));
  EXPECT_EQ(y[0], value);
  EXPECT_EQ(y[15], value);
}

static void expectSum(Session &session, uint64_t ticket, float sum) {
  Outcome outcome = session.wait(ticket);
  ASSERT_TRUE(outcome.ok()) << outcome.message;
  expectOutput(session, sum);
}

TEST(Stream, FetchesTheNextInputs) {
  auto session = openSession(streamed());
  setInput(*session, 1);
  ASSERT_TRUE(session->run().ok());
  expectOutput(*session, 1);
  uint64_t alone = session->result().statistics.cycles;
  uint64_t previous = submit(*session, 2);
  for (int i = 3; i <= 7; ++i) {
    uint64_t ticket = submit(*session, float(i));
    expectSum(*session, previous, float(i) * float(i - 1) / 2);
    previous = ticket;
  }
  expectSum(*session, previous, 28);
  QueueStatistics queue = session->queueStatistics();
  EXPECT_EQ(queue.requests, 6u);
  EXPECT_EQ(queue.arrived, 5u);
  EXPECT_EQ(queue.steady, 4u);
  // The input's 8192 bytes take 1024 cycles from dram, 256 within the
  // scratchpad.
  EXPECT_LT(queue.cyclesPerRequest() + 700, double(alone));
  std::string json;
  ASSERT_TRUE(session->statisticsJson(json).ok());
  EXPECT_THAT(json, HasSubstr("\"arrived\": 5"));
  // And one that comes alone afterwards.
  setInput(*session, 2);
  ASSERT_TRUE(session->run().ok());
  expectOutput(*session, 30);
  EXPECT_EQ(session->result().statistics.cycles, alone);
}

TEST(Stream, TakesThreeRequestsAndRunsThemInOrder) {
  auto session = openSession(streamed());
  uint64_t first = submit(*session, 1), second = submit(*session, 2);
  uint64_t third = submit(*session, 3);
  expectSum(*session, third, 6);
  expectSum(*session, second, 3);
  // The place of the first is that of the one which is being prepared.
  expectSum(*session, first, 1);
  uint64_t fourth = submit(*session, 4);
  expectSum(*session, fourth, 10);
  EXPECT_EQ(session->wait(first).status, Status::Expired);
  EXPECT_EQ(session->queueStatistics().arrived, 2u);
}

// The buffers of a request that has been waited for are a later one's by then.
TEST(Stream, KeepsStatisticsAsLongAsTheRequest) {
  auto session = openSession(streamed());
  uint64_t first = submit(*session, 1);
  expectSum(*session, first, 1);
  Statistics statistics;
  double utilization = 0;
  EXPECT_TRUE(session->copyStatistics(statistics, utilization).ok());
  submit(*session, 2);
  submit(*session, 3);
  submit(*session, 4); // waits for a successor, where the first one was
  Outcome outcome = session->copyStatistics(statistics, utilization);
  EXPECT_EQ(outcome.status, Status::Expired);
  EXPECT_EQ(outcome.message, "the request's place is taken by a later one");
  EXPECT_EQ(session->wait(5).message, "request 5 was never submitted");
}

TEST(Stream, GoesOnAfterATrap) {
  auto session = openSession(streamed());
  uint64_t first = submit(*session, 1), second = submit(*session, 0);
  expectSum(*session, first, 1);
  uint64_t third = submit(*session, 3);
  Outcome outcome = session->wait(second);
  EXPECT_EQ(outcome.status, Status::Trap);
  EXPECT_THAT(outcome.message, HasSubstr("user trap"));
  uint64_t fourth = submit(*session, 4);
  expectSum(*session, third, 4);
  expectSum(*session, fourth, 8);
  // What trapped was told of the third one, but nobody relies on that.
  EXPECT_EQ(session->queueStatistics().arrived, 1u);
}

TEST(Stream, WaitsForWhoIsQueuedBehind) {
  auto session = openSession(streamed());
  uint64_t first = submit(*session, 1);
  // Had the first one started, it would have been told of nothing.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  uint64_t second = submit(*session, 5);
  expectSum(*session, second, 6);
  expectSum(*session, first, 1);
  EXPECT_EQ(session->queueStatistics().arrived, 1u);
  // Who resets the state, runs or closes the session waits for nobody.
  submit(*session, 1);
  session->resetState();
  submit(*session, 2);
  setInput(*session, 3);
  ASSERT_TRUE(session->run().ok());
  expectOutput(*session, 5);
  submit(*session, 4);
  session.reset();
}

TEST(Stream, IsForSessionsThatAskForIt) {
  SessionOptions options = streamed();
  options.stream = false;
  auto session = openSession(options);
  setInput(*session, 1);
  ASSERT_TRUE(session->run().ok());
  uint64_t alone = session->result().statistics.cycles;
  uint64_t first = submit(*session, 2);
  uint64_t second = submit(*session, 3);
  expectSum(*session, first, 3);
  EXPECT_EQ(session->result().statistics.cycles, alone);
  expectSum(*session, second, 6);
  EXPECT_EQ(session->queueStatistics().arrived, 0u);
  EXPECT_EQ(session->queueStatistics().cyclesPerRequest(), double(alone));
}

TEST(Stream, MayNotWriteTheNextInputs) {
  std::string text = source;
  std::string copy = "copy dma0, d1, d2\nlast:";
  text.replace(text.find(copy), copy.size(), "copy dma0, d2, d1\nlast:");
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  ASSERT_EQ(assemble(text, *bytes), "");
  std::string error;
  auto image = Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  Outcome outcome;
  SessionOptions options;
  options.stream = true;
  auto session = Session::create(image, options, outcome);
  ASSERT_TRUE(outcome.ok()) << outcome.message;
  uint64_t first = submit(*session, 1);
  submit(*session, 2);
  outcome = session->wait(first);
  EXPECT_EQ(outcome.status, Status::Trap);
  EXPECT_THAT(outcome.message, HasSubstr("write to read-only memory"));
  EXPECT_THAT(outcome.message, HasSubstr("dram:next io"));
}

TEST(Stream, NeedsSizesThatAreKnown) {
  std::vector<uint8_t> bytes;
  EXPECT_THAT(
      assemble(".entry \"main\"\n.dim \"N\"\n.fetches_next\nhalt\n", bytes),
      HasSubstr("fetches inputs of the next request, whose run-time "
                "dimensions may be others"));
}
