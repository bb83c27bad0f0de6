//===- ThreadsTest.cpp - The same bytes at every number of host threads ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/HostOverlap.h"
#include "VectorFixture.h"

#include <atomic>
#include <cstdlib>

using namespace ashlar;
using namespace ashlar::test;

namespace {

class ThreadsTest : public VectorFixture {
public:
  /// Runs `f` with 1, 2, 3 and 7 threads from the same memories and compares
  /// what it leaves.
  void atEveryCount(const std::function<void()> &f) {
    std::vector<uint8_t> sram(memory.sram(0),
                              memory.sram(0) + machine.sramBytes);
    std::vector<uint8_t> acc(memory.acc(0), memory.acc(0) + machine.accBytes);
    std::vector<uint8_t> firstSram, firstAcc;
    for (unsigned count : {1, 2, 3, 7}) {
      std::memcpy(memory.sram(0), sram.data(), sram.size());
      std::memcpy(memory.acc(0), acc.data(), acc.size());
      HostThreads threads(count);
      context.threads = &threads;
      f();
      context.threads = nullptr;
      std::vector<uint8_t> nowSram(memory.sram(0),
                                   memory.sram(0) + machine.sramBytes);
      std::vector<uint8_t> nowAcc(memory.acc(0),
                                  memory.acc(0) + machine.accBytes);
      if (count == 1)
        firstSram = nowSram, firstAcc = nowAcc;
      EXPECT_TRUE(firstSram == nowSram && firstAcc == nowAcc)
          << count << " threads give other bytes";
    }
  }
};

TEST_F(ThreadsTest, EveryPartRunsOnce) {
  HostThreads threads(4);
  for (size_t parts : {0, 1, 2, 3, 100, 1000}) {
    std::vector<std::atomic<int>> runs(parts);
    threads.run(parts, [&](size_t i) { ++runs[i]; });
    for (const std::atomic<int> &count : runs)
      EXPECT_EQ(count.load(), 1);
  }
}

TEST_F(ThreadsTest, CountFromTheEnvironment) {
  setenv("ASHLAR_THREADS", "3", 1);
  EXPECT_EQ(HostThreads::defaultCount(), 3u);
  setenv("ASHLAR_THREADS", "many", 1);
  EXPECT_GE(HostThreads::defaultCount(), 1u);
  unsetenv("ASHLAR_THREADS");
}

TEST_F(ThreadsTest, Products) {
  for (E type : {E::i8, E::u8, E::bf16, E::f32})
    for (auto [m, n, k] : {std::array<int64_t, 3>{200, 70, 129},
                           {7, 1000, 300},
                           {130, 300, 600}}) {
      release();
      Descriptor a = place(type, {1, 1, m, 1, 1, k}, false),
                 b = place(type, {1, 1, n, 1, 1, k}, false), acc;
      fill(a), fill(b);
      int64_t lanes = machine.mxuN;
      acc.type = type == E::i8 || type == E::u8 ? E::i32 : E::f32;
      for (int64_t &size : acc.size)
        size = 1;
      acc.size[4] = m, acc.size[5] = n;
      acc.stride[5] = 1, acc.stride[4] = lanes, acc.stride[3] = m * lanes;
      acc.base = makeAddress(Space::Acc, kThisCore, 0);
      atEveryCount([&] {
        for (isa::AccMode mode : {isa::AccMode::set, isa::AccMode::add}) {
          begin();
          isa::Mm mm{};
          mm.acc = desc(acc), mm.a = desc(a), mm.b = desc(b), mm.mode = mode;
          Fault f = execMm(context, mm, finish());
          ASSERT_FALSE(f) << f.detail;
        }
      });
    }
}

TEST_F(ThreadsTest, VectorPrograms) {
  Descriptor x = place(E::bf16, {1, 1, 1, 64, 33, 70}, false),
             sums = place(E::f32, {1, 1, 1, 64, 33, 1}, false),
             y = place(E::f32, {1, 1, 1, 64, 33, 70}, false),
             one = place(E::f32, {1, 1, 1, 64, 33, 70}, false);
  fill(x);
  one.stride[3] =
      0; // every point of dimension 3 writes the same: the last wins
  for (const Descriptor *target : {&y, &one})
    atEveryCount([&] {
      begin();
      in(0, x);
      add(isa::VExp{L::f32, 1, 0});
      out(L::f32, 1, *target);
      runOk();
    });
  atEveryCount([&] {
    begin();
    in(0, x);
    add(isa::VMul{L::f32, 1, 0, 0});
    out(L::f32, 1, sums, isa::OutKind::sum, 1 << 5);
    runOk();
  });
  atEveryCount([&] { // in place
    begin();
    in(0, y);
    add(isa::VAdd{L::f32, 1, 0, 0});
    out(L::f32, 1, y);
    runOk();
  });
  // The input is what the point before has written.
  Descriptor shifted = y;
  shifted.base += 4;
  shifted.size[3] = 63;
  Descriptor from = y;
  from.size[3] = 63;
  atEveryCount([&] {
    begin();
    in(0, from);
    add(isa::VAdd{L::f32, 1, 0, 0});
    out(L::f32, 1, shifted);
    runOk();
  });
}

TEST_F(ThreadsTest, Copies) {
  Descriptor x = place(E::f32, {1, 1, 3, 5, 64, 129}, false),
             y = place(E::f32, {1, 1, 3, 5, 64, 129}, false);
  fill(x), fill(y);
  Descriptor turned = y; // the two innermost dimensions exchanged
  turned.stride[4] = 1, turned.stride[5] = 64;
  Descriptor shifted = x; // by one row, over itself
  shifted.base += 129 * 4;
  Descriptor one = y; // all of dimension 3 in one place
  one.stride[3] = 0;
  for (const Descriptor *target : {&y, &turned, &shifted, &one})
    for (bool windowed : {false, true})
      atEveryCount([&] {
        begin();
        isa::Copy copy{};
        copy.queue = isa::Queue::dma0;
        copy.dst = desc(*target), copy.src = desc(x);
        if (windowed)
          add(isa::CWindow{4, reg(uint64_t(3)), reg(uint64_t(60))});
        Fault f = execCopy(context, copy, finish());
        ASSERT_FALSE(f) << f.detail;
      });
}

TEST_F(ThreadsTest, Overlap) {
  uint8_t bytes[64];
  HostTensor a;
  a.data = bytes, a.type = E::f32;
  for (int64_t &size : a.size)
    size = 1;
  a.size[4] = 2, a.size[5] = 4, a.stride[4] = 4, a.stride[5] = 1;
  EXPECT_TRUE(hasDistinctElements(a));
  HostTensor b = a;
  b.data += 32;
  EXPECT_TRUE(areApart(a, b));
  b.data -= 1;
  EXPECT_FALSE(areApart(a, b));
  EXPECT_FALSE(areSameElements(a, b));
  EXPECT_TRUE(areSameElements(a, a));
  a.stride[4] = -4; // backwards, from the base down
  b.data = bytes + 16;
  EXPECT_TRUE(hasDistinctElements(a));
  EXPECT_TRUE(areApart(a, b));
  a.stride[4] = 3;
  EXPECT_FALSE(hasDistinctElements(a));
  a.stride[4] = 4, a.type = E::i4;
  EXPECT_FALSE(hasDistinctElements(a));
}

/// Programs are kept by the place of their words: other types, registers and
/// words in that place count.
TEST_F(ThreadsTest, KeptProgramsFit) {
  Descriptor f = place(E::f32, {1, 1, 1, 1, 1, 4}, false),
             h = place(E::f16, {1, 1, 1, 1, 1, 4}, false),
             y = place(E::f32, {1, 1, 1, 1, 1, 4}, false);
  for (int64_t i = 0; i < 4; ++i) {
    setBits(f, {0, 0, 0, 0, 0, i}, std::bit_cast<uint32_t>(2.0f));
    setBits(h, {0, 0, 0, 0, 0, i}, 0x4200); // 3
  }
  auto result = [&](const Descriptor &x, float factor, bool adds) {
    begin();
    in(0, x);
    add(isa::VReg{L::f32, 1, reg(factor)});
    if (adds)
      add(isa::VAdd{L::f32, 2, 0, 1});
    else
      add(isa::VMul{L::f32, 2, 0, 1});
    out(L::f32, 2, y);
    runOk();
    return std::bit_cast<float>(uint32_t(getBits(y, {0, 0, 0, 0, 0, 3})));
  };
  EXPECT_EQ(result(f, 5, false), 10);
  EXPECT_EQ(result(f, 7, false), 14);
  EXPECT_EQ(result(h, 7, false), 21);
  EXPECT_EQ(result(h, 7, true), 10);
  EXPECT_EQ(result(f, 7, true), 9);
}

} // namespace
