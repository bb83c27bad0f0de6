//===- ShadowTest.cpp - Histories of bytes --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Shadow.h"

#include <gtest/gtest.h>
#include <random>

using namespace ashlar::runtime;

namespace {

using Kind = ShadowConflict::Kind;

/// The same, byte by byte and reader by reader.
struct NaiveShadow {
  struct Byte {
    bool initialized = false;
    Epoch writer;
    std::vector<Epoch> readers;
  };
  std::vector<Byte> bytes;

  Kind access(uint64_t begin, uint64_t end, Epoch me, const VectorClock &now,
              bool write) {
    for (uint64_t i = begin; i < end; ++i) {
      Byte &byte = bytes[i];
      if (!byte.writer.before(now))
        return Kind::Race;
      if (write) {
        for (Epoch reader : byte.readers)
          if (!reader.before(now))
            return Kind::Race;
        byte = {true, me, {}};
      } else {
        if (!byte.initialized)
          return Kind::Uninitialized;
        byte.readers.push_back(me);
      }
    }
    return Kind::None;
  }
};

TEST(Shadow, agreesWithByteByByte) {
  constexpr uint64_t size = 3 * 4096 + 77;
  std::mt19937 random(3);
  unsigned conflicts = 0, accesses = 0;
  for (unsigned round = 0; round < 60; ++round) {
    Shadow shadow(size, round % 2);
    NaiveShadow naive;
    naive.bytes.resize(size);
    for (auto &byte : naive.bytes)
      byte.initialized = round % 2;
    std::vector<VectorClock> clocks(3);
    for (size_t i = 0; i < 3; ++i)
      clocks[i].advance(i);
    for (unsigned step = 0; step < 200; ++step) {
      size_t who = random() % 3, other = random() % 3;
      // Mostly ordered, so that histories grow.
      if (random() % 16) {
        clocks[who].join(clocks[other]);
        clocks[other].advance(other);
      }
      uint64_t begin = random() % size;
      uint64_t end = std::min<uint64_t>(
          size, begin + 1 + random() % (random() % 2 ? 60 : 6000));
      Epoch me = Epoch::make(uint32_t(who), clocks[who].at(who), step);
      bool write = random() % 2;
      Kind expected = naive.access(begin, end, me, clocks[who], write);
      ShadowConflict got =
          write ? shadow.write(begin, end, me, clocks[who], false)
                : shadow.read(begin, end, me, clocks[who]);
      ASSERT_EQ(int(got.kind), int(expected)) << round << ", " << step;
      ++accesses;
      if (expected != Kind::None) {
        EXPECT_LT(got.begin, end);
        EXPECT_GT(got.end, begin);
        ++conflicts;
        break; // histories may differ after a conflict
      }
    }
  }
  EXPECT_GT(conflicts, 20u);
  EXPECT_GT(accesses, 300u);
}

TEST(Shadow, epochsKeepTheirParts) {
  Epoch epoch = Epoch::make(2047, 0xfffffffe, 0x1ffffe);
  EXPECT_EQ(epoch.component(), 2047u);
  EXPECT_EQ(epoch.clock(), 0xfffffffeu);
  EXPECT_EQ(epoch.pc(), 0x1ffffeu);
}

TEST(Shadow, readModifyWriteNeedsAValue) {
  Shadow shadow(128, false);
  VectorClock clock;
  clock.advance(0);
  Epoch me = Epoch::make(0, 1, 0);
  EXPECT_EQ(shadow.write(0, 64, me, clock, true).kind, Kind::Uninitialized);
  EXPECT_EQ(shadow.write(0, 64, me, clock, false).kind, Kind::None);
  EXPECT_EQ(shadow.write(0, 64, me, clock, true).kind, Kind::None);
  ShadowConflict conflict = shadow.write(32, 96, me, clock, true);
  EXPECT_EQ(conflict.kind, Kind::Uninitialized);
  EXPECT_EQ(conflict.begin, 64u);
}

TEST(Shadow, marks) {
  Shadow shadow(10000, false);
  VectorClock clock;
  clock.advance(0);
  Epoch me = Epoch::make(0, 1, 0);
  shadow.mark(100, 9000, true);
  EXPECT_EQ(shadow.read(100, 9000, me, clock).kind, Kind::None);
  shadow.mark(5000, 5001, false);
  EXPECT_EQ(shadow.read(100, 9000, me, clock).begin, 5000u);
}

} // namespace
