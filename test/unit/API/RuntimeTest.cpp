//===- RuntimeTest.cpp - The C interface ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/ashlar.h"

#include "Image/SampleImage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <thread>
#include <unistd.h>

using namespace ashlar::runtime;
using testing::HasSubstr;

extern "C" int runFromC(const void *bytes, size_t size, const float *x,
                        float *y, size_t tensorBytes);

/// y = x * w + s; s = s + 1, on 16 floats; the entry point `spin` never ends.
static const char source[] = R"(
.entry "main"
.input "x", f32, [16]
.output "y", f32, [16]
.state "s", f32, [16]
.weight "w", f32, [16]
  .data 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
.node "/fma", "Fma", 16

.macro sram desc, offset
  dnew \desc, f32, r20, \offset
  ddim \desc, 5, 16, 1
.endm
.macro dram desc, base, offset
  dnew \desc, f32, \base, \offset
  ddim \desc, 5, 16, 1
.endm

main:
.loc 0
  li r20, 0
  lih r20, 0x2000ff00
  sram d0, 0
  sram d1, 64
  sram d2, 128
  dram d3, r1, x.offset
  dram d4, r2, w.offset
  dram d5, r4, s.offset
  dram d6, r1, y.offset
  copy dma0, d0, d3 {
    c.signal s0, 1
  }
  copy dma0, d1, d4 {
    c.signal s0, 1
  }
  copy dma0, d2, d5 {
    c.signal s0, 1
  }
  wait vec, s0, 3
  vrun {
    v.in v0, d0
    v.in v1, d1
    v.in v2, d2
    v.mul.f32 v3, v0, v1
    v.add.f32 v3, v3, v2
    v.out.f32 d0, v3, store, 0, set
    v.const.f32 v4, 0x3f800000
    v.add.f32 v4, v2, v4
    v.out.f32 d2, v4, store, 0, set
  }
  signal vec, s1, 1
  wait dma0, s1, 1
  copy dma0, d6, d0
  copy dma0, d5, d2
  halt

.entry "spin"
.input "x", f32, [16]
spin:
  jmp spin

.entry "wild"
wild:
  dnew d0, f32, r0, 0
  dnew d1, f32, r0, 64
  copy dma0, d0, d1
  halt
)";

static std::vector<uint8_t> imageBytes() {
  ImageAssemblyOptions options;
  options.findTarget = [](const std::string &, Machine &machine) {
    machine = sampleMachine(1);
    return std::string();
  };
  ImageContents contents;
  std::vector<uint8_t> bytes;
  EXPECT_EQ(
      assembleImage(std::string(".target one\n") + source, options, contents),
      "");
  EXPECT_EQ(writeImageBytes(contents, bytes), "");
  return bytes;
}

using Vec = std::array<float, 16>;

static Vec filled(float value) {
  Vec vec;
  vec.fill(value);
  return vec;
}

class Runtime : public testing::Test {
protected:
  void SetUp() override {
    bytes = imageBytes();
    ASSERT_EQ(ashlar_image_open_memory(bytes.data(), bytes.size(), &image),
              ASHLAR_OK)
        << ashlar_last_error();
  }
  void TearDown() override { ashlar_image_close(image); }

  ashlar_session *create(const ashlar_session_options *options = nullptr) {
    ashlar_session *session = nullptr;
    EXPECT_EQ(ashlar_session_create(image, options, &session), ASHLAR_OK)
        << ashlar_last_error();
    return session;
  }
  static ashlar_session_options defaults() {
    ashlar_session_options options = {};
    options.struct_bytes = sizeof options;
    return options;
  }

  std::vector<uint8_t> bytes;
  ashlar_image *image = nullptr;
};

TEST_F(Runtime, SignatureQueries) {
  EXPECT_EQ(ashlar_image_num_entries(image), 3u);
  EXPECT_STREQ(ashlar_image_entry_name(image, 1), "spin");
  EXPECT_EQ(ashlar_image_entry_name(image, 9), nullptr);
  EXPECT_EQ(ashlar_image_num_tensors(image, 0, ASHLAR_STATE), 1u);
  EXPECT_EQ(ashlar_image_num_tensors(image, 9, ASHLAR_STATE), 0u);
  ashlar_tensor_info info;
  ASSERT_EQ(ashlar_image_tensor(image, 0, ASHLAR_INPUT, 0, &info), ASHLAR_OK);
  EXPECT_STREQ(info.name, "x");
  EXPECT_EQ(info.type, ASHLAR_F32);
  EXPECT_EQ(info.rank, 1u);
  EXPECT_EQ(info.shape[0], 16);
  EXPECT_EQ(info.bytes, 64u);
  EXPECT_EQ(info.dynamic, nullptr);
  EXPECT_EQ(ashlar_image_tensor(image, 0, ASHLAR_INPUT, 1, &info),
            ASHLAR_NOT_FOUND);
  EXPECT_STREQ(ashlar_image_target(image), "sample");
}

TEST_F(Runtime, RunsFromC) {
  Vec x = filled(2), y = {};
  ASSERT_EQ(runFromC(bytes.data(), bytes.size(), x.data(), y.data(), 64), 0)
      << ashlar_last_error();
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(y[i], 2 * (i + 1));
}

TEST_F(Runtime, AnyNumberOfThreads) {
  for (unsigned threads : {1u, 3u, ~0u}) {
    ashlar_session_options options = defaults();
    options.threads = threads;
    ashlar_session *session = create(&options);
    Vec x = filled(2), y = {};
    ASSERT_EQ(ashlar_session_set_input(session, "x", x.data(), 64), ASHLAR_OK);
    ASSERT_EQ(ashlar_session_run(session), ASHLAR_OK) << ashlar_last_error();
    ASSERT_EQ(ashlar_session_get_output(session, "y", y.data(), 64), ASHLAR_OK);
    for (int i = 0; i < 16; ++i)
      EXPECT_EQ(y[i], 2 * (i + 1));
    ashlar_session_close(session);
  }
}

TEST_F(Runtime, StateStaysAndCanBeReset) {
  ashlar_session *session = create();
  void *x = nullptr;
  uint64_t size = 0;
  ASSERT_EQ(ashlar_session_input_buffer(session, "x", &x, &size), ASHLAR_OK);
  ASSERT_EQ(size, 64u);
  Vec one = filled(1);
  memcpy(x, one.data(), 64); // in place, without a copy of the library's
  for (int run = 0; run < 3; ++run) {
    ASSERT_EQ(ashlar_session_run(session), ASHLAR_OK) << ashlar_last_error();
    const void *y = nullptr;
    ASSERT_EQ(ashlar_session_output_buffer(session, "y", &y, nullptr),
              ASHLAR_OK);
    EXPECT_EQ(static_cast<const float *>(y)[4], 5.0f + run);
  }
  float state[16];
  ASSERT_EQ(ashlar_session_get_output(session, "s", state, 64), ASHLAR_OK);
  EXPECT_EQ(state[0], 3);
  ASSERT_EQ(ashlar_session_reset_state(session), ASHLAR_OK);
  ASSERT_EQ(ashlar_session_run(session), ASHLAR_OK);
  Vec y;
  ASSERT_EQ(ashlar_session_get_output(session, "y", y.data(), 64), ASHLAR_OK);
  EXPECT_EQ(y[0], 1);
  ashlar_session_close(session);
}

TEST_F(Runtime, QueuedRequestsAreDoubleBuffered) {
  ashlar_session *session = create();
  uint64_t previous = 0;
  for (int i = 0; i < 20; ++i) {
    Vec x = filled(static_cast<float>(i));
    uint64_t ticket = 0;
    ASSERT_EQ(ashlar_session_set_input(session, "x", x.data(), 64), ASHLAR_OK);
    ASSERT_EQ(ashlar_session_submit(session, &ticket), ASHLAR_OK);
    if (previous) {
      // Outputs of the request before are intact while this one runs.
      ASSERT_EQ(ashlar_session_wait(session, previous), ASHLAR_OK);
      Vec y;
      ASSERT_EQ(ashlar_session_get_output(session, "y", y.data(), 64),
                ASHLAR_OK);
      EXPECT_EQ(y[1], 2.0f * (i - 1) + (i - 1)) << "state counts requests";
    }
    previous = ticket;
  }
  ASSERT_EQ(ashlar_session_wait(session, previous), ASHLAR_OK);
  EXPECT_EQ(ashlar_session_wait(session, previous), ASHLAR_OK)
      << "waiting again is harmless";
  EXPECT_EQ(ashlar_session_wait(session, 1), ASHLAR_EXPIRED);
  EXPECT_THAT(ashlar_last_error(),
              HasSubstr("is no longer kept: later ones use its buffers"));
  EXPECT_EQ(ashlar_session_wait(session, 999), ASHLAR_EXPIRED);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("never submitted"));
  ashlar_session_close(session);
}

TEST_F(Runtime, OptionsOfAnotherSizeAreRefused) {
  ashlar_session_options options = defaults();
  options.struct_bytes = 8;
  ashlar_session *session = nullptr;
  EXPECT_EQ(ashlar_session_create(image, &options, &session),
            ASHLAR_INVALID_ARGUMENT);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("options of 8 bytes, expected"));
  EXPECT_THAT(ashlar_last_error(), HasSubstr("set struct_bytes"));
}

TEST_F(Runtime, ClosingWaitsForQueuedRequests) {
  ashlar_session *session = create();
  uint64_t ticket = 0;
  ASSERT_EQ(ashlar_session_submit(session, &ticket), ASHLAR_OK);
  ashlar_session_close(session);
}

TEST_F(Runtime, OneImageManySessionsManyThreads) {
  std::vector<std::thread> threads;
  std::array<int, 8> good = {};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      ashlar_session *session = nullptr;
      if (ashlar_session_create(image, nullptr, &session) != ASHLAR_OK)
        return;
      for (int run = 0; run < 20; ++run) {
        Vec x = filled(static_cast<float>(t)), y;
        bool fine =
            ashlar_session_set_input(session, "x", x.data(), 64) == ASHLAR_OK &&
            ashlar_session_run(session) == ASHLAR_OK &&
            ashlar_session_get_output(session, "y", y.data(), 64) == ASHLAR_OK;
        good[t] += fine && y[3] == 4.0f * t + run;
        // Messages belong to their thread.
        std::string name = "none" + std::to_string(t);
        ashlar_session_set_input(session, name.c_str(), x.data(), 64);
        if (std::string(ashlar_last_error()).find(name) == std::string::npos)
          good[t] = -1000;
      }
      ashlar_session_close(session);
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int count : good)
    EXPECT_EQ(count, 20);
}

TEST_F(Runtime, OneSessionManyThreads) {
  ashlar_session *session = create();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int run = 0; run < 25; ++run)
        EXPECT_EQ(ashlar_session_run(session), ASHLAR_OK);
    });
  for (std::thread &thread : threads)
    thread.join();
  float state[16];
  ASSERT_EQ(ashlar_session_get_output(session, "s", state, 64), ASHLAR_OK);
  EXPECT_EQ(state[0], 100) << "each run counted once";
  ashlar_session_close(session);
}

TEST_F(Runtime, TimesAndStatistics) {
  ashlar_session_options options = defaults();
  options.timed = 1;
  options.sanitize = 1;
  ashlar_session *session = create(&options);
  Vec x = filled(1);
  ashlar_session_set_input(session, "x", x.data(), 64);
  ASSERT_EQ(ashlar_session_run(session), ASHLAR_OK) << ashlar_last_error();
  ashlar_statistics statistics;
  ASSERT_EQ(ashlar_session_statistics(session, &statistics), ASHLAR_OK);
  EXPECT_EQ(statistics.timed, 1);
  EXPECT_GT(statistics.cycles, 0u);
  EXPECT_GE(statistics.dram_read_bytes, 192u);
  EXPECT_GE(statistics.dram_write_bytes, 128u);
  EXPECT_GT(statistics.instructions, 10u);
  const char *json = nullptr;
  ASSERT_EQ(ashlar_session_statistics_json(session, &json), ASHLAR_OK);
  EXPECT_THAT(json, HasSubstr("\"/fma\""));
  EXPECT_THAT(json, HasSubstr("\"mxu_utilization\""));
  // A machine of other speeds takes other time.
  options.machine = "dramBytesPerCycle=0.25,dramLatencyCycles=5000";
  ashlar_session *slow = create(&options);
  ASSERT_EQ(ashlar_session_run(slow), ASHLAR_OK) << ashlar_last_error();
  ashlar_statistics slowStatistics;
  ASSERT_EQ(ashlar_session_statistics(slow, &slowStatistics), ASHLAR_OK);
  EXPECT_GT(slowStatistics.cycles, statistics.cycles + 5000);
  ashlar_session_close(slow);
  ashlar_session_close(session);
}

TEST_F(Runtime, TracesAreWritten) {
  std::string path = testing::TempDir() + "/trace-" + std::to_string(getpid());
  ashlar_session_options options = defaults();
  options.timed = 1;
  options.trace_path = path.c_str();
  ashlar_session *session = create(&options);
  ASSERT_EQ(ashlar_session_run(session), ASHLAR_OK) << ashlar_last_error();
  ashlar_session_close(session);
  FILE *file = fopen(path.c_str(), "rb");
  ASSERT_TRUE(file);
  char text[64] = {};
  EXPECT_GT(fread(text, 1, sizeof text - 1, file), 10u);
  fclose(file);
  unlink(path.c_str());
  EXPECT_EQ(text[0], '{');
  options.trace_path = "/nonexistent/trace";
  session = create(&options);
  EXPECT_EQ(ashlar_session_run(session), ASHLAR_INVALID_ARGUMENT);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("cannot write the trace"));
  ashlar_session_close(session);
}

TEST_F(Runtime, BadOptionsAreRefused) {
  ashlar_session *session = nullptr;
  auto refuse = [&](const ashlar_session_options &options, ashlar_status status,
                    const char *message) {
    EXPECT_EQ(ashlar_session_create(image, &options, &session), status);
    EXPECT_THAT(ashlar_last_error(), HasSubstr(message));
  };
  ashlar_session_options options = {};
  refuse(options, ASHLAR_INVALID_ARGUMENT, "options of 0 bytes, expected ");
  options = defaults();
  options.entry = "nowhere";
  refuse(options, ASHLAR_NOT_FOUND, "'main', 'spin', 'wild'");
  options = defaults();
  options.trace_path = "x";
  refuse(options, ASHLAR_INVALID_ARGUMENT, "a trace needs the timed mode");
  options = defaults();
  options.machine = "sramBytes=4096";
  refuse(options, ASHLAR_INCOMPATIBLE, "sramBytes is 4096, expected 65536");
  options.machine = "colour=1";
  refuse(options, ASHLAR_INVALID_ARGUMENT,
         "there is no machine field 'colour'");
  options.machine = "clockGHz=fast";
  refuse(options, ASHLAR_INVALID_ARGUMENT, "'fast' is no number");
  options.machine = "clockGHz";
  refuse(options, ASHLAR_INVALID_ARGUMENT,
         "'clockGHz' is not of the form field=value");
  options.machine = "clockGHz=-1";
  refuse(options, ASHLAR_INVALID_ARGUMENT, "clockGHz");
}

TEST_F(Runtime, TrapsAreReported) {
  ashlar_session_options options = defaults();
  options.entry = "spin";
  options.step_budget = 1000;
  ashlar_session *session = create(&options);
  EXPECT_EQ(ashlar_session_run(session), ASHLAR_TRAP);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("step budget"));
  ashlar_session_close(session);
  options = defaults();
  options.entry = "wild";
  session = create(&options);
  EXPECT_EQ(ashlar_session_run(session), ASHLAR_TRAP);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("out of range"));
  EXPECT_THAT(ashlar_last_error(), HasSubstr("copy dma0"));
  // The session lives on, queued as well.
  uint64_t ticket = 0;
  ASSERT_EQ(ashlar_session_submit(session, &ticket), ASHLAR_OK);
  EXPECT_EQ(ashlar_session_wait(session, ticket), ASHLAR_TRAP);
  ashlar_session_close(session);
}

TEST_F(Runtime, WrongTensorsAreRefused) {
  ashlar_session *session = create();
  Vec x = filled(0);
  EXPECT_EQ(ashlar_session_set_input(session, "x", x.data(), 63),
            ASHLAR_INVALID_ARGUMENT);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("has 64 bytes, given 63"));
  EXPECT_EQ(ashlar_session_set_input(session, "y", x.data(), 64),
            ASHLAR_NOT_FOUND);
  EXPECT_EQ(ashlar_session_get_output(session, "x", x.data(), 64),
            ASHLAR_NOT_FOUND);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("or state 'x'"));
  EXPECT_EQ(ashlar_session_set_dim(session, "N", 1), ASHLAR_NOT_FOUND);
  EXPECT_THAT(ashlar_last_error(),
              HasSubstr("there is no run-time dimension 'N'"));
  ashlar_session_close(session);
  ashlar_tensor_info info;
  EXPECT_EQ(ashlar_image_tensor(image, 0, ASHLAR_INPUT, 99, &info),
            ASHLAR_NOT_FOUND);
  EXPECT_STREQ(ashlar_last_error(), "there is no such tensor");
}

TEST(RuntimeErrors, NullPointersAreRefused) {
  ashlar_image *image = nullptr;
  ashlar_session *session = nullptr;
  EXPECT_EQ(ashlar_image_open(nullptr, &image), ASHLAR_INVALID_ARGUMENT);
  EXPECT_STREQ(ashlar_last_error(), "a required pointer is null");
  EXPECT_EQ(ashlar_image_open("x", nullptr), ASHLAR_INVALID_ARGUMENT);
  EXPECT_EQ(ashlar_image_open("/nonexistent", &image), ASHLAR_BAD_IMAGE);
  EXPECT_THAT(ashlar_last_error(), HasSubstr("/nonexistent"));
  EXPECT_EQ(ashlar_session_create(nullptr, nullptr, &session),
            ASHLAR_INVALID_ARGUMENT);
  EXPECT_EQ(ashlar_session_run(nullptr), ASHLAR_INVALID_ARGUMENT);
  EXPECT_EQ(ashlar_session_wait(nullptr, 1), ASHLAR_INVALID_ARGUMENT);
  ashlar_image_close(nullptr);
  ashlar_session_close(nullptr);
  EXPECT_STREQ(ashlar_status_name(ASHLAR_INVALID_ARGUMENT), "invalid argument");
  EXPECT_STREQ(ashlar_status_name(ASHLAR_BAD_IMAGE), "bad image");
  EXPECT_STREQ(ashlar_status_name(ASHLAR_TRAP), "trap");
  EXPECT_STREQ(ashlar_status_name(static_cast<ashlar_status>(99)), "unknown");
  EXPECT_STRNE(ashlar_version(), "");
}
