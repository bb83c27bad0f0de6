//===- OpeningTest.cpp - What is loaded when a session opens --------------===//
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
#include <cstring>

using namespace ashlar::runtime;
using testing::HasSubstr;

/// y = x * w with w in the scratchpad from the opening on; a first element of 0
/// makes it overwrite w and trap. `spoil` overwrites w and goes on.
static const char source[] = R"(
.macro tensor desc, base, offset
  dnew \desc, f32, \base, \offset
  ddim \desc, 5, 16, 1
.endm
.macro places
  li r20, 0
  lih r20, 0x2000ff00
  tensor d0, r20, 0
  tensor d1, r20, 128
  tensor d3, r1, 0
.endm

.weight "w", f32, [16]
  .data 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16

.entry "main"
.input "x", f32, [16]
.output "y", f32, [16]
.opening "open"
main:
  places
  copy dma0, d0, d3 {
    c.signal s0, 1
  }
  wait scalar, s0, 1
  load.i32 r5, r0, 0
  bne r5, r0, good
  copy dma0, d1, d0
  trap 7
good:
  vrun {
    v.in v0, d0
    v.in v1, d1
    v.mul.f32 v2, v0, v1
    v.out.f32 d0, v2, store, 0, set
  }
  signal vec, s2, 1
  wait dma0, s2, 1
  dbase d3, r1, y.offset
  copy dma0, d3, d0
  halt

.entry "open"
open:
  places
  dnew d3, f32, r2, w.offset
  ddim d3, 5, 16, 1
  copy dma0, d1, d3
  halt

.entry "spoil"
.input "z", f32, [16]
.opening "open"
spoil:
  places
  copy dma0, d1, d3
  halt

.entry "closed"
.opening "crash"
closed:
  halt

.entry "crash"
crash:
  trap 9

.plan "w_resident", "sram", 0, 128, 64, 0, 0, resident
)";

static std::shared_ptr<const Image> openImage(const std::string &text = source,
                                              uint64_t dramBytes = 1 << 30) {
  ImageAssemblyOptions options;
  options.findTarget = [&](const std::string &, Machine &machine) {
    machine = sampleMachine(1);
    machine.dramBytes = dramBytes;
    return std::string();
  };
  ImageContents contents;
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  EXPECT_EQ(assembleImage(".target one\n" + text, options, contents), "");
  EXPECT_EQ(writeImageBytes(contents, *bytes), "");
  std::string error;
  auto image = Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  EXPECT_EQ(error, "");
  return image;
}

static std::unique_ptr<Session> openSession(std::shared_ptr<const Image> image,
                                            SessionOptions options = {}) {
  Outcome outcome;
  auto session = Session::create(std::move(image), options, outcome);
  EXPECT_TRUE(outcome.ok()) << outcome.message;
  return session;
}

/// Runs with x[i] = `value` and expects y[i] = value * (i + 1).
static void expectProduct(Session &session, float value) {
  float x[16];
  std::fill(std::begin(x), std::end(x), value);
  memcpy(session.inputData("x"), x, sizeof x);
  Outcome outcome = session.run();
  ASSERT_TRUE(outcome.ok()) << outcome.message;
  float y[16];
  memcpy(y, session.outputData("y"), sizeof y);
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(y[i], value * float(i + 1)) << i;
}

TEST(Opening, HappensOnce) {
  SessionOptions options;
  options.timed = options.sanitize = true;
  auto session = openSession(openImage(), options);
  EXPECT_GT(session->openingStatistics().cycles, 0u);
  EXPECT_GE(session->openingStatistics().dramReadBytes, 64u);
  expectProduct(*session, 2);
  uint64_t cycles = session->result().statistics.cycles;
  expectProduct(*session, 3);
  expectProduct(*session, -1);
  EXPECT_EQ(session->result().statistics.cycles, cycles);
  std::string json;
  ASSERT_TRUE(session->statisticsJson(json).ok());
  EXPECT_THAT(json, HasSubstr("\"opening\""));
}

TEST(Opening, IsEachSessionsOwn) {
  auto image = openImage();
  auto first = openSession(image), second = openSession(image);
  expectProduct(*first, 2);
  expectProduct(*second, 3);
  first.reset();
  expectProduct(*second, 4);
}

TEST(Opening, HappensAgainAfterATrap) {
  auto session = openSession(openImage());
  expectProduct(*session, 2);
  memset(session->inputData("x"), 0, 64);
  Outcome outcome = session->run();
  EXPECT_EQ(outcome.status, Status::Trap);
  EXPECT_THAT(outcome.message, HasSubstr("user trap"));
  expectProduct(*session, 3);
  // Queued likewise.
  uint64_t ticket = 0;
  memset(session->inputData("x"), 0, 64);
  ASSERT_TRUE(session->submit(ticket).ok());
  EXPECT_EQ(session->wait(ticket).status, Status::Trap);
  expectProduct(*session, 4);
}

TEST(Opening, AloneMayWriteWhatIsResident) {
  SessionOptions options;
  options.entry = "spoil";
  options.sanitize = true;
  auto session = openSession(openImage(), options);
  Outcome outcome = session->run();
  EXPECT_EQ(outcome.status, Status::Trap);
  EXPECT_THAT(outcome.message, HasSubstr("resident write"));
  EXPECT_THAT(outcome.message, HasSubstr("64 bytes at sram:core 0 + 0x80"));
  EXPECT_THAT(outcome.message,
              HasSubstr("which only the session's opening may write"));
}

TEST(Opening, MayTrap) {
  SessionOptions options;
  options.entry = "closed";
  Outcome outcome;
  EXPECT_EQ(Session::create(openImage(), options, outcome), nullptr);
  EXPECT_EQ(outcome.status, Status::Trap);
  EXPECT_THAT(outcome.message, HasSubstr("the session cannot be opened"));
}

/// Assembles `entries` and expects that the image is refused.
static void expectRefused(const std::string &entries, const char *why) {
  ImageAssemblyOptions options;
  options.findTarget = [](const std::string &, Machine &machine) {
    machine = sampleMachine(1);
    return std::string();
  };
  ImageContents contents;
  EXPECT_THAT(
      assembleImage(".target one\n" + entries + "halt\n", options, contents),
      HasSubstr(why));
}

TEST(Opening, IsChecked) {
  expectRefused(".entry \"main\"\n.opening \"other\"\n",
                "there is no entry point 'other' to open a session");
  expectRefused(".entry \"main\"\n.opening \"main\"\n",
                "and has tensors, run-time dimensions or an opening itself");
  expectRefused(".entry \"main\"\n.opening \"open\"\n.entry \"open\"\n"
                ".input \"x\", f32, [16]\n",
                "and has tensors, run-time dimensions or an opening itself");
  expectRefused(".plan \"w\", \"acc\", 0, 0, 64, 0, 0, resident\n",
                "is resident, but not in sram");
  expectRefused(".entry \"main\"\n.opening main\n", "an entry point's name");
  expectRefused(".plan \"w\", \"sram\", 0, 0, 64, 0, 0, tile\n",
                "expected 'resident'");
}

// Each region has a part of dram's addresses to itself, however large dram is.
TEST(Opening, RefusesRegionsThatAddressesCannotHold) {
  const uint64_t room = uint64_t(1) << 37;
  auto image = openImage(".entry \"large\"\n.arena_bytes " +
                             std::to_string(room) + "\nlarge:\n  halt\n",
                         room * 4);
  ASSERT_TRUE(image);
  Outcome outcome;
  EXPECT_FALSE(Session::create(image, {}, outcome));
  EXPECT_EQ(outcome.status, Status::Incompatible);
  EXPECT_THAT(outcome.message,
              HasSubstr("entry point 'large' has a region of 137438953472 "
                        "bytes; this runtime has room for 137438953471"));
}
