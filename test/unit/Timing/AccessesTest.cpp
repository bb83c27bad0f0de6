//===- AccessesTest.cpp ---------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lines touched: values counted by hand, agreement with a walk element by
// element, and what more work must never do.
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"

#include "gtest/gtest.h"

#include <random>
#include <set>

using namespace ashlar::runtime;

/// A pattern of the innermost dimensions.
static AccessPattern pattern(uint32_t bits, std::vector<int64_t> size,
                             std::vector<int64_t> stride, uint64_t base = 0) {
  AccessPattern p;
  p.elementBits = bits;
  p.baseOffsetBytes = base;
  size_t first = 6 - size.size();
  for (size_t i = 0; i < size.size(); ++i) {
    p.size[first + i] = size[i];
    p.stride[first + i] = stride[i];
  }
  return p;
}

TEST(LinesTouched, DenseTensorTouchesEachLineOnce) {
  EXPECT_EQ(linesTouched(pattern(8, {16, 64}, {64, 1}), 64), 16u);
  EXPECT_EQ(linesTouched(pattern(32, {1024}, {1}), 64), 64u);
  EXPECT_EQ(linesTouched(pattern(8, {1}, {1}), 64), 1u);
  EXPECT_EQ(linesTouched(pattern(4, {256}, {1}), 64), 2u);
}

TEST(LinesTouched, MisalignedRowsCostOneMore) {
  EXPECT_EQ(linesTouched(pattern(8, {64}, {1}, 1), 64), 2u);
  // 10 rows of 64 bytes, 200 apart, from 0: bases 0, 8, 16, ... modulo 64; the
  // first and the ninth are aligned.
  EXPECT_EQ(linesTouched(pattern(8, {10, 64}, {200, 1}), 64), 18u);
}

TEST(LinesTouched, ShortRowsCostALineEach) {
  EXPECT_EQ(linesTouched(pattern(8, {100, 3}, {256, 1}), 64), 100u);
  // Rows whose holes are shorter than a line share lines.
  EXPECT_EQ(linesTouched(pattern(8, {64, 3}, {4, 1}), 64), 4u);
}

TEST(LinesTouched, ColumnsTouchALinePerElement) {
  EXPECT_EQ(linesTouched(pattern(8, {64, 64}, {1, 64}), 64), 64u * 64);
  EXPECT_EQ(linesTouchedAnyOrder(pattern(8, {64, 64}, {1, 64}), 64), 64u);
}

TEST(LinesTouched, BroadcastsReadAgainUnlessHeld) {
  EXPECT_EQ(linesTouched(pattern(32, {100, 64}, {0, 1}), 64), 400u);
  EXPECT_EQ(linesTouched(pattern(32, {100, 64}, {1, 0}), 64), 7u);
  EXPECT_EQ(linesTouched(pattern(32, {1000}, {0}), 64), 1u);
}

TEST(LinesTouched, NegativeStridesAreTheirMirrorImage) {
  // Bytes 0..99 backwards, from 99.
  EXPECT_EQ(linesTouched(pattern(8, {100}, {-1}, 99), 64), 2u);
  // Bytes -36..63.
  EXPECT_EQ(linesTouched(pattern(8, {100}, {-1}, 63), 64), 2u);
  EXPECT_EQ(linesTouched(pattern(8, {65}, {-1}, 63), 64), 2u);
  EXPECT_EQ(linesTouched(pattern(8, {64}, {-1}, 63), 64), 1u);
}

TEST(LinesTouched, ZeroSizesTouchNothing) {
  EXPECT_EQ(linesTouched(pattern(8, {0, 64}, {64, 1}), 64), 0u);
  EXPECT_EQ(elementCount(pattern(8, {INT64_MAX, INT64_MAX, 0}, {0, 0, 1})), 0u);
}

TEST(LinesTouched, HugeRepetitionsSaturate) {
  AccessPattern p = pattern(32, {INT64_MAX, INT64_MAX, 1024}, {0, 0, 1});
  EXPECT_EQ(linesTouched(p, 64), UINT64_MAX);
  EXPECT_EQ(elementCount(p), UINT64_MAX);
  AccessPattern steep = pattern(32, {2, 2}, {INT64_MIN, INT64_MAX});
  EXPECT_GE(linesTouched(steep, 64), 1u);
}

TEST(LinesTouched, ScatteredRowsDoNotShare) {
  AccessPattern p = pattern(8, {100, 4}, {4, 1});
  EXPECT_EQ(linesTouched(p, 64), 7u);
  p.scatteredDims = 1 << 4;
  EXPECT_EQ(linesTouched(p, 64), 100u);
}

TEST(PortBytes, InnermostBroadcastIsHeld) {
  EXPECT_EQ(portBytes(pattern(32, {10, 64}, {64, 1})), 2560u);
  EXPECT_EQ(portBytes(pattern(32, {10, 64}, {1, 0})), 40u);
  EXPECT_EQ(portBytes(pattern(32, {10, 64}, {0, 1})), 2560u);
  EXPECT_EQ(portBytes(pattern(4, {3}, {1})), 2u);
}

/// Every element in turn, with a port that holds the last two lines.
static uint64_t walkElements(const AccessPattern &p, uint32_t line) {
  uint64_t touched = 0;
  int64_t held[2] = {INT64_MIN, INT64_MIN};
  int64_t count = int64_t(elementCount(p));
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, offset = 0;
    for (int d = 5; d >= 0; --d) {
      offset += rest % p.size[d] * p.stride[d];
      rest /= p.size[d];
    }
    int64_t byte = int64_t(p.baseOffsetBytes) + offset * (p.elementBits / 8);
    int64_t number = byte >= 0 ? byte / line : (byte - line + 1) / line;
    if (number == held[0] || number == held[1]) {
      if (number == held[1])
        std::swap(held[0], held[1]);
      continue;
    }
    held[1] = held[0];
    held[0] = number;
    ++touched;
  }
  return touched;
}

// Tensors as compilers make them: a tile of a larger row-major tensor, possibly
// with its dimensions permuted. The closed form may not see that a short
// tensor's rows happen to end and begin in one line across dimensions, so it
// may count more, but no more than one for each run, and never fewer.
TEST(LinesTouched, AgreesWithAWalkElementByElement) {
  std::mt19937 rng(7);
  auto upTo = [&](int n) { return int64_t(rng() % n) + 1; };
  unsigned exact = 0, total = 0;
  for (int round = 0; round < 3000; ++round) {
    uint32_t bits = 8u << (rng() % 4);
    int64_t stride = 1;
    AccessPattern p;
    p.elementBits = bits;
    for (int d = 5; d >= 2; --d) {
      p.size[d] = upTo(12);
      p.stride[d] = stride;
      stride *= p.size[d] + (rng() % 2 ? int64_t(rng() % 9) : 0);
    }
    p.baseOffsetBytes = (rng() % 64) * (bits / 8);
    uint64_t fast = linesTouched(p, 64), slow = walkElements(p, 64);
    EXPECT_GE(fast, slow);
    uint64_t runs = 1;
    for (int d = 2; d <= 4; ++d)
      runs *= p.size[d];
    EXPECT_LE(fast, slow + runs);
    exact += fast == slow;
    ++total;
  }
  EXPECT_GE(exact, total * 9 / 10) << exact << " of " << total;
}

TEST(LinesTouched, MoreElementsNeverTouchFewerLines) {
  std::mt19937 rng(11);
  for (int round = 0; round < 2000; ++round) {
    AccessPattern p;
    p.elementBits = 8u << (rng() % 3);
    for (int d = 0; d < 6; ++d) {
      p.size[d] = int64_t(rng() % 5) + 1;
      p.stride[d] = int64_t(rng() % 300) - 60;
    }
    p.baseOffsetBytes = (rng() % 16) * 8;
    uint64_t before = linesTouched(p, 64);
    EXPECT_LE(before, elementCount(p) * 1);
    AccessPattern more = p;
    more.size[0] += 1;
    EXPECT_GE(linesTouched(more, 64), before);
  }
}
