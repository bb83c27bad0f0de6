//===- CopyTest.cpp - copy and its modifiers ------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

using namespace ashlar;
using namespace ashlar::test;

namespace {

class CopyTest : public KernelFixture {
public:
  isa::Copy copy{};

  void start(const Descriptor &dst, const Descriptor &src) {
    begin();
    copy.queue = isa::Queue::dma0;
    copy.dst = desc(dst), copy.src = desc(src);
  }
  Fault run() { return execCopy(context, copy, finish()); }
  void window(unsigned dim, int64_t lo, int64_t hi) {
    isa::CWindow w{};
    w.dim = decltype(w.dim)(dim), w.lo = reg(uint64_t(lo)),
    w.hi = reg(uint64_t(hi));
    add(w);
  }
  Descriptor indexList(const std::vector<int64_t> &values, E type = E::i32) {
    Descriptor d = place(type, {1, 1, 1, 1, 1, int64_t(values.size())}, false);
    for (size_t i = 0; i < values.size(); ++i)
      setBits(d, {0, 0, 0, 0, 0, int64_t(i)}, uint64_t(values[i]));
    return d;
  }
};

TEST_F(CopyTest, StridedOfEveryWidth) {
  for (int round = 0; round < 60; ++round) {
    release();
    E type =
        std::array{E::i4, E::u8, E::bf16, E::f32, E::i64}[size_t(round % 5)];
    Index sizes = randomSizes(2000);
    if (type == E::i4)
      sizes[5] = 2 * random(1, 20);
    Descriptor src = place(type, sizes), dst = place(type, sizes);
    fill(src, true);
    start(dst, src);
    Fault f = run();
    ASSERT_FALSE(f) << f.detail;
    forAll(dst.size, [&](const Index &i) {
      ASSERT_EQ(getBits(src, i), getBits(dst, i));
    });
  }
}

TEST_F(CopyTest, OddNibbles) {
  Descriptor src = place(E::u4, {1, 1, 1, 1, 3, 7}, false),
             dst = place(E::u4, {1, 1, 1, 1, 3, 7}, false);
  fill(src), fill(dst);
  Descriptor inner = dst;
  inner.size[5] = 8; // includes the padding nibble of each row
  std::vector<uint64_t> padding;
  for (int64_t r = 0; r < 3; ++r)
    padding.push_back(getBits(inner, {0, 0, 0, 0, r, 7}));
  start(dst, src);
  ASSERT_FALSE(run());
  forAll(dst.size,
         [&](const Index &i) { EXPECT_EQ(getBits(src, i), getBits(dst, i)); });
  for (int64_t r = 0; r < 3; ++r)
    EXPECT_EQ(padding[size_t(r)], getBits(inner, {0, 0, 0, 0, r, 7}));
}

TEST_F(CopyTest, WindowsFillOutside) {
  for (int round = 0; round < 80; ++round) {
    release();
    E type = std::array{E::i8, E::f32, E::u4, E::f16}[size_t(round % 4)];
    Index sizes = randomSizes(1500);
    if (type == E::u4)
      sizes[5] = 2 * random(1, 9);
    Descriptor src = place(type, sizes, type != E::u4),
               dst = place(type, sizes);
    fill(src), fill(dst);
    bool adds = type != E::u4 && chance(30);
    uint64_t value = rng() & 0x3cff;
    Index lo{}, hi = sizes;
    std::vector<uint64_t> before;
    forAll(dst.size,
           [&](const Index &i) { before.push_back(getBits(dst, i)); });
    start(dst, src);
    for (int w = 0; w < 2; ++w) {
      size_t d = size_t(random(0, 5));
      int64_t a = random(-3, sizes[d]), b = random(-3, sizes[d] + 3);
      window(unsigned(d), a, b);
      lo[d] = std::max(lo[d], a), hi[d] = std::min(hi[d], b);
    }
    add(isa::CFill{reg(value)});
    if (adds)
      add(isa::CAdd{});
    Fault f = run();
    ASSERT_FALSE(f) << f.detail;
    size_t at = 0;
    forAll(dst.size, [&](const Index &i) {
      bool inside = true;
      for (size_t d = 0; d < kDims; ++d)
        inside &= i[d] >= lo[d] && i[d] < hi[d];
      uint64_t keep = (uint64_t(1) << elementBits(type)) - 1;
      uint64_t moved = inside ? getBits(src, i) : value & keep;
      uint64_t old = before[at++];
      if (!adds) {
        ASSERT_EQ(moved, getBits(dst, i));
      } else if (type == E::i8) {
        ASSERT_EQ((old + moved) & 0xff, getBits(dst, i));
      } else {
        auto number = [&](uint64_t b) {
          return type == E::f32 ? double(std::bit_cast<float>(uint32_t(b)))
                                : decodeFloat(type, b);
        };
        ASSERT_TRUE(sameFloat(roundTo(type, number(old) + number(moved)),
                              getFloat(dst, i)));
      }
    });
  }
}

TEST_F(CopyTest, SourceBaseOutsideMemory) {
  // A 3-wide window at the left edge of an image at offset 0.
  Descriptor image = place(E::f32, {1, 1, 1, 1, 4, 6}, false);
  ASSERT_EQ(addressOffset(image.base), 0u);
  fill(image);
  Descriptor src = image, dst = place(E::f32, {1, 1, 1, 1, 6, 8}, false);
  src.size[4] = 6, src.size[5] = 8;
  src.base -= uint64_t(4 * (6 + 1)); // one row up, one column left
  start(dst, src);
  window(4, 1, 5), window(5, 1, 7);
  Fault f = run();
  ASSERT_FALSE(f) << f.detail;
  forAll(dst.size, [&](const Index &i) {
    bool inside = i[4] >= 1 && i[4] < 5 && i[5] >= 1 && i[5] < 7;
    uint64_t expected =
        inside ? getBits(image, {0, 0, 0, 0, i[4] - 1, i[5] - 1}) : 0;
    EXPECT_EQ(expected, getBits(dst, i));
  });
  start(dst, src);
  EXPECT_EQ(run().kind, TrapKind::OutOfRange);
}

TEST_F(CopyTest, GatherAndScatter) {
  for (int round = 0; round < 40; ++round) {
    release();
    size_t dim = size_t(random(0, 5));
    Index table = randomSizes(800), rows = table;
    rows[dim] = random(1, 30);
    std::vector<int64_t> list;
    for (int64_t i = 0; i < rows[dim]; ++i)
      list.push_back(random(0, table[dim] - 1));
    Descriptor index = indexList(list, chance(50) ? E::i32 : E::i64);
    bool gathers = chance(50), adds = chance(50);
    Descriptor src = place(E::i16, gathers ? table : rows),
               dst = place(E::i16, gathers ? rows : table);
    fill(src), fill(dst);
    std::vector<uint64_t> expected;
    forAll(dst.size,
           [&](const Index &i) { expected.push_back(getBits(dst, i)); });
    auto flatOf = [&](const Index &i) {
      int64_t n = 0;
      for (size_t d = 0; d < kDims; ++d)
        n = n * dst.size[d] + i[d];
      return size_t(n);
    };
    Descriptor walked = dst;
    std::copy(rows.begin(), rows.end(), walked.size);
    // The list is walked outermost, in ascending order.
    for (int64_t n = 0; n < rows[dim]; ++n) {
      Descriptor slice = walked;
      slice.size[dim] = 1;
      forAll(slice.size, [&](const Index &at) {
        Index d = at, s = at;
        d[dim] = gathers ? n : list[size_t(n)],
        s[dim] = gathers ? list[size_t(n)] : n;
        uint64_t &place = expected[flatOf(d)];
        place = ((adds ? place : 0) + getBits(src, s)) & 0xffff;
      });
    }
    start(dst, src);
    if (gathers)
      add(isa::CGather{desc(index), decltype(isa::CGather::dim)(dim)});
    else
      add(isa::CScatter{desc(index), decltype(isa::CScatter::dim)(dim)});
    if (adds)
      add(isa::CAdd{});
    Fault f = run();
    ASSERT_FALSE(f) << f.detail;
    forAll(dst.size, [&](const Index &i) {
      ASSERT_EQ(expected[flatOf(i)], getBits(dst, i));
    });
  }
}

TEST_F(CopyTest, BadIndexWritesNothing) {
  Descriptor src = place(E::f32, {1, 1, 1, 1, 5, 4}, false),
             dst = place(E::f32, {1, 1, 1, 1, 3, 4}, false);
  fill(src), fill(dst);
  for (int64_t bad : {int64_t(5), int64_t(-1)}) {
    std::vector<uint64_t> before;
    forAll(dst.size,
           [&](const Index &i) { before.push_back(getBits(dst, i)); });
    start(dst, src);
    add(isa::CGather{desc(indexList({0, 1, bad})), 4});
    EXPECT_EQ(run().kind, TrapKind::IndexOutOfRange);
    size_t at = 0;
    forAll(dst.size,
           [&](const Index &i) { EXPECT_EQ(before[at++], getBits(dst, i)); });
  }
}

TEST_F(CopyTest, MulticastAndOtherCores) {
  Descriptor src = place(E::u8, {1, 1, 1, 1, 2, 50}, false),
             dst = place(E::u8, {1, 1, 1, 1, 2, 50}, false);
  fill(src);
  start(dst, src);
  add(isa::CMulticast{reg(uint64_t(3))});
  ASSERT_FALSE(run());
  uint64_t at = addressOffset(dst.base);
  EXPECT_EQ(std::memcmp(memory.sram(0) + at, host(src), 100), 0);
  EXPECT_EQ(std::memcmp(memory.sram(1) + at, host(src), 100), 0);
  start(dst, src);
  add(isa::CMulticast{reg(uint64_t(4))}); // there are two cores
  EXPECT_EQ(run().kind, TrapKind::OutOfRange);
  Descriptor remote = dst;
  remote.base = makeAddress(Space::Sram, 1, at + 256);
  start(remote, src);
  ASSERT_FALSE(run());
  EXPECT_EQ(std::memcmp(memory.sram(1) + at + 256, host(src), 100), 0);
}

TEST_F(CopyTest, Faults) {
  Descriptor src = place(E::f32, {1, 1, 1, 1, 5, 4}, false),
             dst = place(E::f32, {1, 1, 1, 1, 5, 4}, false);
  auto expect = [&](TrapKind kind) {
    Fault f = run();
    EXPECT_EQ(f.kind, kind) << f.detail;
  };
  Descriptor half = dst;
  half.type = E::f16;
  start(half, src);
  expect(TrapKind::TypeMismatch);
  Descriptor shorter = dst;
  shorter.size[4] = 4;
  start(shorter, src);
  expect(TrapKind::ShapeMismatch);
  Descriptor integers = dst;
  integers.type = E::i32;
  start(integers, src);
  add(isa::CAdd{});
  expect(TrapKind::TypeMismatch);
  start(integers, src); // without addition bits move
  ASSERT_FALSE(run());
  Descriptor acc = dst;
  acc.base = makeAddress(Space::Acc, kThisCore, 0);
  start(acc, src);
  expect(TrapKind::OutOfRange);
  start(dst, src);
  window(6, 0, 1);
  expect(TrapKind::IllegalInstruction);
}

} // namespace
