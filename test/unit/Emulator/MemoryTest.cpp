//===- MemoryTest.cpp - Bounds, alignment, spaces -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Memory.h"
#include "Emulator/Footprint.h"
#include "ISA/Isa.h"
#include "TextualProgram.h"

#include <random>
#include <set>

using namespace ashlar;
using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

Descriptor tensor(uint64_t base, isa::ElementType type,
                  std::vector<int64_t> sizes = {},
                  std::vector<int64_t> strides = {}) {
  Descriptor d;
  d.base = base;
  d.type = type;
  for (unsigned i = 0; i < kDims; ++i) {
    d.size[i] = 1;
    d.stride[i] = 0;
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    d.size[kDims - sizes.size() + i] = sizes[i];
    d.stride[kDims - sizes.size() + i] = strides[i];
  }
  return d;
}

class Resolve : public testing::Test {
protected:
  Resolve() : memory(machine()) {
    memory.bindRegion(Region::Arena, arena, sizeof arena);
    memory.bindRegion(Region::Weights, arena, sizeof arena);
  }
  static Machine machine() {
    Machine m = smallMachine();
    m.cores = 2;
    m.sramBytes = 1024;
    m.accBytes = 512;
    return m;
  }
  TrapKind kind(const Descriptor &d,
                unsigned spaces = kInDram | kInSram | kInAcc,
                Access access = Access::Read) {
    return memory.resolve(0, d, access, spaces, host).kind;
  }
  uint8_t arena[256];
  Memory memory;
  HostTensor host;
};
constexpr TrapKind ok = TrapKind::None, outside = TrapKind::OutOfRange,
                   misaligned = TrapKind::MisalignedDescriptor;
constexpr auto i8 = isa::ElementType::i8, f32 = isa::ElementType::f32,
               i4 = isa::ElementType::i4;
const uint64_t sram = makeAddress(Space::Sram, kThisCore, 0);
const uint64_t acc = makeAddress(Space::Acc, kThisCore, 0);
const uint64_t dram = regionBase(Region::Arena);

TEST_F(Resolve, findsTheHostAddress) {
  EXPECT_EQ(kind(tensor(sram + 12, f32)), ok);
  EXPECT_EQ(host.data, memory.sram(0) + 12);
  EXPECT_EQ(kind(tensor(withCore(sram, 0) + 12, f32)), ok);
  EXPECT_EQ(kind(tensor(acc + 508, f32)), ok);
  EXPECT_EQ(host.data, memory.acc(0) + 508);
  EXPECT_EQ(kind(tensor(dram + 255, i8)), ok);
  EXPECT_EQ(host.data, arena + 255);
  // dram ignores the core.
  EXPECT_EQ(kind(tensor(withCore(dram, 77) + 255, i8)), ok);
}

TEST_F(Resolve, exactBounds) {
  EXPECT_EQ(kind(tensor(sram, i8, {1024}, {1})), ok);
  EXPECT_EQ(kind(tensor(sram, i8, {1025}, {1})), outside);
  EXPECT_EQ(kind(tensor(sram + 1023, i8, {1024}, {-1})), ok);
  EXPECT_EQ(host.data, memory.sram(0) + 1023);
  EXPECT_EQ(kind(tensor(sram + 1022, i8, {1024}, {-1})), outside);
  EXPECT_EQ(kind(tensor(sram + 4, f32, {2, 3}, {-1, 127})), ok);
  EXPECT_EQ(kind(tensor(sram, f32, {2, 3}, {-1, 127})), outside);
  EXPECT_EQ(kind(tensor(sram + 4, f32, {2, 3}, {-1, 128})), outside);
  EXPECT_EQ(kind(tensor(dram + 256, i8)), outside);
  EXPECT_EQ(kind(tensor(dram, i8, {257}, {1})), outside);
  EXPECT_EQ(kind(tensor(regionBase(Region::State), i8)), outside); // unbound
}

TEST_F(Resolve, nothingWrapsAround) {
  constexpr int64_t huge = int64_t(1) << 62;
  EXPECT_EQ(kind(tensor(sram, i8, {4}, {huge})), outside);
  EXPECT_EQ(kind(tensor(sram, i8, {5}, {huge})), outside);
  EXPECT_EQ(kind(tensor(sram, f32, {INT64_MAX}, {INT64_MAX})), outside);
  EXPECT_EQ(kind(tensor(sram, f32, {INT64_MAX}, {INT64_MIN})), outside);
  EXPECT_EQ(kind(tensor(sram, f32, {3, 3}, {huge, -huge})), outside);
  // 2^64 bytes in all: as if nothing, if it wrapped.
  EXPECT_EQ(kind(tensor(sram, isa::ElementType::i64, {2}, {int64_t(1) << 61})),
            outside);
  // Any size is legal with stride 0.
  EXPECT_EQ(kind(tensor(sram, i8, {INT64_MAX, INT64_MAX}, {0, 0})), ok);
}

TEST_F(Resolve, alignment) {
  EXPECT_EQ(kind(tensor(sram + 2, f32)), misaligned);
  EXPECT_EQ(kind(tensor(sram + 1, i8)), ok);
  EXPECT_EQ(kind(tensor(sram + 1, i4, {2, 4}, {6, 1})), ok);
  EXPECT_EQ(kind(tensor(sram + 1, i4, {2, 4}, {5, 1})), misaligned);
  EXPECT_EQ(kind(tensor(sram + 1, i4, {4}, {2})), misaligned);
  EXPECT_EQ(kind(tensor(sram + 1, i4, {1}, {2})), ok);
  EXPECT_EQ(kind(tensor(sram + 1023, i4, {2}, {1})), ok);
  EXPECT_EQ(kind(tensor(sram + 1023, i4, {3}, {1})), outside);
}

TEST_F(Resolve, sizes) {
  EXPECT_EQ(kind(tensor(sram, i8, {-1}, {1})), TrapKind::ShapeMismatch);
  // Empty tensors are nowhere; even a bad base does not matter.
  EXPECT_EQ(kind(tensor(3, f32, {0}, {1})), ok);
  EXPECT_EQ(host.data, nullptr);
}

TEST_F(Resolve, saysWhereItLies) {
  auto message = [&](const Descriptor &d) {
    return memory
        .resolve(0, d, Access::Read, kInDram | kInAnySram | kInAcc, host)
        .detail;
  };
  // Below a memory: the core's number has been borrowed from.
  for (uint64_t base : {sram - 64, withCore(sram, 1) - 64})
    EXPECT_NE(message(tensor(base, i8, {128}, {1}))
                  .find("read of bytes [-64, 64) of 1024"),
              std::string::npos);
  EXPECT_NE(message(tensor(withCore(sram, 2), i8)).find("there is no core 2"),
            std::string::npos);
}

TEST_F(Resolve, spaces) {
  EXPECT_EQ(kind(tensor(0, i8)), outside);
  EXPECT_EQ(kind(tensor(makeAddress(Space(4), 0, 0), i8)), outside);
  EXPECT_EQ(kind(tensor(sram | uint64_t(1) << 48, i8)), outside); // chip 1
  EXPECT_EQ(kind(tensor(withCore(sram, 2), i8), kInAnySram), outside);
  EXPECT_EQ(kind(tensor(withCore(sram, 1), i8), kInAnySram), ok);
  EXPECT_EQ(kind(tensor(withCore(sram, 1), i8), kInSram), outside);
  EXPECT_EQ(kind(tensor(withCore(acc, 1), i8)), outside);
  EXPECT_EQ(kind(tensor(acc, i8), kInSram | kInDram), outside);
  EXPECT_EQ(kind(tensor(dram, i8), kInSram), outside);
  EXPECT_EQ(kind(tensor(dram, i8), kInDram, Access::Write), ok);
  uint64_t weights = regionBase(Region::Weights);
  EXPECT_EQ(kind(tensor(weights, i8), kInDram, Access::Read), ok);
  EXPECT_EQ(kind(tensor(weights, i8), kInDram, Access::Write), outside);
  EXPECT_EQ(kind(tensor(weights, i8), kInDram, Access::ReadWrite), outside);
}

TEST(ByteRuns, agreeWithTouchingEveryElement) {
  std::mt19937 random(7);
  std::vector<ByteRun> runs;
  for (unsigned round = 0; round < 1000; ++round) {
    Descriptor d;
    auto pick = [&](int lo, int hi) {
      return int64_t(lo + int(random() % unsigned(hi - lo + 1)));
    };
    const isa::ElementType types[] = {i8, f32, isa::ElementType::bf16,
                                      isa::ElementType::f64};
    d.type = types[random() % 4];
    for (unsigned i = 0; i < kDims; ++i) {
      d.size[i] = pick(1, 4);
      d.stride[i] = pick(-40, 40);
    }
    int64_t bytes = elementBits(d.type) / 8;
    std::set<int64_t> touched;
    int64_t at[kDims] = {};
    while (true) {
      int64_t offset = 0;
      for (unsigned i = 0; i < kDims; ++i)
        offset += at[i] * d.stride[i] * bytes;
      for (int64_t b = 0; b < bytes; ++b)
        touched.insert(offset + b);
      int i = kDims - 1;
      for (; i >= 0 && ++at[i] == d.size[i]; --i)
        at[i] = 0;
      if (i < 0)
        break;
    }
    byteRuns(d, runs);
    std::set<int64_t> fromRuns;
    int64_t last = INT64_MIN;
    for (const ByteRun &run : runs) {
      ASSERT_LT(last, run.begin); // ascending, and not touching
      last = run.end;
      for (int64_t b = run.begin; b < run.end; ++b)
        fromRuns.insert(b);
    }
    ASSERT_EQ(fromRuns, touched) << describe(d);
    int64_t lo, hi;
    ASSERT_TRUE(byteExtent(d, lo, hi));
    ASSERT_EQ(lo, *touched.begin());
    ASSERT_EQ(hi, *touched.rbegin() + 1);
  }
}

} // namespace
