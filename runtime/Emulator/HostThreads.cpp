//===- HostThreads.cpp - Host threads for large instructions --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/HostThreads.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <system_error>

using namespace ashlar::runtime;

// More threads than any host has processors for are a typing error.
static constexpr unsigned kMostThreads = 256;

// How long a helper looks for new work before it sleeps: large instructions
// come one after the other, and waking a thread takes longer than many of them.
static constexpr std::chrono::microseconds kAttentive{50};

static void pauseABit() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

unsigned HostThreads::defaultCount() {
  if (const char *text = std::getenv("ASHLAR_THREADS")) {
    char *end = nullptr;
    unsigned long value = std::strtoul(text, &end, 10);
    if (end != text && *end == 0 && value > 0)
      return unsigned(std::min<unsigned long>(value, kMostThreads));
  }
  return std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
}

HostThreads::HostThreads(unsigned count)
    : wanted(std::clamp(count, 1u, kMostThreads)) {}

HostThreads::~HostThreads() {
  stopping = true;
  generation += 2;
  generation.notify_all();
  for (std::thread &thread : threads)
    thread.join();
}

void HostThreads::share(size_t partCount, Function theFunction,
                        void *theContext) {
  try {
    while (threads.size() + 1 < wanted)
      threads.emplace_back([this] { work(); });
  } catch (const std::system_error &) {
    // The host has no more threads: those that there are do the work.
  }
  function = theFunction;
  context = theContext;
  parts = partCount;
  next.store(0, std::memory_order_relaxed);
  ++generation;
  generation.notify_all();
  takeParts();
  ++generation;
  // Who is still inside has a part to finish.
  for (unsigned spins = 0; inside.load() != 0; ++spins)
    if (spins % 64 == 63)
      std::this_thread::yield();
    else
      pauseABit();
}

void HostThreads::takeParts() {
  for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < parts;)
    function(context, i);
}

void HostThreads::work() {
  uint32_t seen = generation.load() & ~1u;
  while (true) {
    auto since = std::chrono::steady_clock::now();
    // A thread that starts late may meet its end before any work.
    for (unsigned spins = 0; !stopping && generation.load() == seen; ++spins) {
      pauseABit();
      if (spins % 64 == 63 &&
          std::chrono::steady_clock::now() - since > kAttentive)
        generation.wait(seen);
    }
    if (stopping)
      return;
    ++inside;
    seen = generation.load();
    if (seen & 1)
      takeParts();
    --inside;
  }
}
