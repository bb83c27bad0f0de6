//===- OutOfMemoryTest.cpp - When the host has no memory ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Allocations fail when a test says so: those of the heap because `operator
// new` is this file's, those of sessions' buffers because of a limit of the
// process.
//
//===----------------------------------------------------------------------===//

#include "ashlar/ashlar.h"

#include "API/Session.h"
#include "Image/SampleImage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <new>

using namespace ashlar::runtime;
using testing::HasSubstr;

/// How many allocations of this thread still succeed; negative: all.
static thread_local int allocationsLeft = -1;

void *operator new(size_t bytes) {
  if (allocationsLeft == 0) {
    allocationsLeft = -1; // one fails: messages need memory too
    throw std::bad_alloc();
  }
  if (allocationsLeft > 0)
    --allocationsLeft;
  void *result = std::malloc(bytes != 0 ? bytes : 1);
  return result ? result : throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

static std::vector<uint8_t> imageBytes(const std::string &text) {
  ImageAssemblyOptions options;
  options.findTarget = [](const std::string &, Machine &machine) {
    machine = sampleMachine(1);
    machine.dramBytes = uint64_t(1) << 36;
    return std::string();
  };
  ImageContents contents;
  std::vector<uint8_t> bytes;
  EXPECT_EQ(assembleImage(".target one\n" + text, options, contents), "");
  EXPECT_EQ(writeImageBytes(contents, bytes), "");
  return bytes;
}

static std::shared_ptr<const Image> openImage(const std::string &text) {
  auto bytes = std::make_shared<std::vector<uint8_t>>(imageBytes(text));
  std::string error;
  auto image = Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  EXPECT_EQ(error, "");
  return image;
}

static const char idle[] = ".entry \"main\"\nmain:\n  halt\n";

/// Calls `body` with the first allocation failing, then the second, and so on,
/// until it needs no more. Returns how often it was out of memory.
template <typename Body> static unsigned failEach(Body &&body) {
  for (unsigned count = 0;; ++count) {
    allocationsLeft = static_cast<int>(count);
    body();
    bool enough = allocationsLeft >= 0;
    allocationsLeft = -1;
    if (enough)
      return count;
  }
}

TEST(OutOfMemory, OpeningAnImage) {
  std::vector<uint8_t> bytes = imageBytes(idle);
  ashlar_image *image = nullptr;
  allocationsLeft = 0;
  EXPECT_EQ(ashlar_image_open_memory(bytes.data(), bytes.size(), &image),
            ASHLAR_OUT_OF_MEMORY);
  EXPECT_STREQ(ashlar_last_error(), "the host is out of memory");
}

TEST(OutOfMemory, EveryAllocationOfASession) {
  std::vector<uint8_t> bytes = imageBytes(idle);
  ashlar_image *image = nullptr;
  ASSERT_EQ(ashlar_image_open_memory(bytes.data(), bytes.size(), &image),
            ASHLAR_OK);
  unsigned count = failEach([&] {
    ashlar_session *session = nullptr;
    ashlar_status status = ashlar_session_create(image, nullptr, &session);
    if (status == ASHLAR_OK)
      status = ashlar_session_run(session);
    if (status != ASHLAR_OK) {
      EXPECT_EQ(status, ASHLAR_OUT_OF_MEMORY) << ashlar_last_error();
      EXPECT_THAT(
          std::string(ashlar_last_error()),
          testing::AnyOf("the host is out of memory",
                         "the host has not enough memory for the scratchpads "
                         "of the machine"));
    }
    ashlar_session_close(session);
  });
  EXPECT_GT(count, 10u);
  ashlar_image_close(image);
}

TEST(OutOfMemory, Scratchpads) {
  auto image = openImage(idle);
  Outcome outcome;
  allocationsLeft = 0;
  EXPECT_FALSE(Session::create(image, {}, outcome));
  EXPECT_EQ(outcome.status, Status::OutOfMemory);
  EXPECT_EQ(outcome.message, "the host has not enough memory for the "
                             "scratchpads of the machine");
}

/// Bytes of address space that this process uses.
static uint64_t usedBytes() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(OutOfMemory, Dram) {
  auto image = openImage(".entry \"main\"\n.arena_bytes 34359738368\n"
                         "main:\n  halt\n");
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = usedBytes() + (uint64_t(1) << 30);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &tight), 0);
  Outcome outcome;
  EXPECT_FALSE(Session::create(image, {}, outcome));
  EXPECT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(outcome.status, Status::OutOfMemory);
  EXPECT_THAT(outcome.message, HasSubstr("the host has no 34359738368 bytes "
                                         "for the session's dram"));
}
