//===- MoveTest.cpp - Gather, scatter, transpose, sort, merge -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

using namespace ashlar;
using namespace ashlar::test;
using S = isa::ScatterMode;

namespace {

class MoveTest : public KernelFixture {
public:
  std::vector<uint64_t> bitsOf(const Descriptor &d) {
    std::vector<uint64_t> v;
    forAll(d.size, [&](const Index &i) { v.push_back(getBits(d, i)); });
    return v;
  }
  static size_t flatOf(const Descriptor &d, const Index &i) {
    int64_t n = 0;
    for (size_t k = 0; k < kDims; ++k)
      n = n * d.size[k] + i[k];
    return size_t(n);
  }
  static Index sizesOf(const Descriptor &d) {
    Index s;
    std::copy_n(d.size, kDims, s.begin());
    return s;
  }
  /// An i16 combined with another as a scatter mode says.
  static uint64_t combined(S mode, uint64_t old, uint64_t x) {
    int16_t a = int16_t(old), b = int16_t(x);
    switch (mode) {
    case S::set:
      return x;
    case S::add:
      return uint16_t(a + b);
    case S::min:
      return uint16_t(std::min(a, b));
    default:
      return uint16_t(std::max(a, b));
    }
  }
};

TEST_F(MoveTest, GatherAndScatterSlices) {
  for (int round = 0; round < 60; ++round) {
    release();
    size_t dim = size_t(random(0, 5));
    Index table = randomSizes(600), rows = table;
    rows[dim] = random(1, 20);
    Descriptor index =
        place(chance(50) ? E::i32 : E::i64, {1, 1, 1, 1, 1, rows[dim]}, true);
    forAll(index.size, [&](const Index &i) {
      setBits(index, i, uint64_t(random(0, table[dim] - 1)));
    });
    bool gathers = chance(40);
    S mode = gathers ? S::set : S(random(0, 3));
    Descriptor src = place(E::i16, gathers ? table : rows),
               dst = place(E::i16, gathers ? rows : table);
    fill(src), fill(dst);
    std::vector<uint64_t> expected = bitsOf(dst);
    for (int64_t n = 0; n < rows[dim]; ++n) {
      int64_t to = getInt(index, {0, 0, 0, 0, 0, n});
      Descriptor slice = dst;
      std::copy(rows.begin(), rows.end(), slice.size);
      slice.size[dim] = 1;
      forAll(slice.size, [&](const Index &at) {
        Index d = at, s = at;
        d[dim] = gathers ? n : to, s[dim] = gathers ? to : n;
        uint64_t &e = expected[flatOf(dst, d)];
        e = combined(mode, e, getBits(src, s));
      });
    }
    begin();
    Fault f;
    if (gathers) {
      isa::Vgather g{};
      g.dst = desc(dst), g.src = desc(src), g.index = desc(index),
      g.dim = decltype(g.dim)(dim);
      f = execVgather(context, g, finish());
    } else {
      isa::Vscatter g{};
      g.dst = desc(dst), g.src = desc(src), g.index = desc(index),
      g.dim = decltype(g.dim)(dim);
      g.mode = mode;
      f = execVscatter(context, g, finish());
    }
    ASSERT_FALSE(f) << f.detail;
    ASSERT_EQ(expected, bitsOf(dst));
  }
}

TEST_F(MoveTest, TakeAndPutElements) {
  for (int round = 0; round < 60; ++round) {
    release();
    size_t dim = size_t(random(0, 5));
    Index table = randomSizes(600), points = table;
    points[dim] = random(1, 20);
    bool takes = chance(40);
    S mode = takes ? S::set : S(random(0, 3));
    Descriptor src = place(E::i16, takes ? table : points),
               dst = place(E::i16, takes ? points : table);
    Descriptor index = place(chance(50) ? E::i32 : E::i64, points);
    fill(src), fill(dst);
    forAll(index.size, [&](const Index &i) {
      setBits(index, i, uint64_t(random(0, table[dim] - 1)));
    });
    std::vector<uint64_t> expected = bitsOf(dst);
    forAll(index.size, [&](const Index &p) {
      Index d = p, s = p;
      (takes ? s : d)[dim] = getInt(index, p);
      uint64_t &e = expected[flatOf(dst, d)];
      e = combined(mode, e, getBits(src, s));
    });
    begin();
    Fault f;
    if (takes) {
      isa::Vtake t{};
      t.dst = desc(dst), t.src = desc(src), t.index = desc(index),
      t.dim = decltype(t.dim)(dim);
      f = execVtake(context, t, finish());
    } else {
      isa::Vput t{};
      t.dst = desc(dst), t.src = desc(src), t.index = desc(index),
      t.dim = decltype(t.dim)(dim);
      t.mode = mode;
      f = execVput(context, t, finish());
    }
    ASSERT_FALSE(f) << f.detail;
    ASSERT_EQ(expected, bitsOf(dst));
  }
}

TEST_F(MoveTest, BadIndices) {
  Descriptor src = place(E::f32, {1, 1, 1, 1, 5, 4}, false),
             dst = place(E::f32, {1, 1, 1, 1, 2, 4}, false);
  fill(dst);
  std::vector<uint64_t> before = bitsOf(dst);
  Descriptor list = place(E::i32, {1, 1, 1, 1, 1, 2}, false);
  setBits(list, {}, 1), setBits(list, {0, 0, 0, 0, 0, 1}, 5);
  begin();
  isa::Vgather g{};
  g.dst = desc(dst), g.src = desc(src), g.index = desc(list), g.dim = 4;
  EXPECT_EQ(execVgather(context, g, finish()).kind, TrapKind::IndexOutOfRange);
  Descriptor each = place(E::i64, {1, 1, 1, 1, 2, 4}, false);
  forAll(each.size, [&](const Index &i) {
    setBits(each, i, i[5] == 3 ? ~uint64_t(0) : 0);
  });
  begin();
  isa::Vtake t{};
  t.dst = desc(dst), t.src = desc(src), t.index = desc(each), t.dim = 4;
  EXPECT_EQ(execVtake(context, t, finish()).kind, TrapKind::IndexOutOfRange);
  EXPECT_EQ(before, bitsOf(dst));
}

TEST_F(MoveTest, Transpose) {
  for (E type : {E::u8, E::bf16, E::f32, E::f64}) {
    Index sizes{1, 2, 3, 1, 17, 23};
    Descriptor src = place(type, sizes), dst = place(type, sizes);
    fill(src, true);
    begin();
    isa::Vtrans t{};
    t.dst = desc(dst), t.src = desc(src);
    ASSERT_FALSE(execVtrans(context, t, finish()));
    EXPECT_EQ(bitsOf(src), bitsOf(dst));
  }
}

/// Insertion sort, the plainest stable one.
template <typename T, typename Less>
void sortStable(std::vector<T> &v, Less less) {
  for (size_t i = 1; i < v.size(); ++i)
    for (size_t j = i; j > 0 && less(v[j], v[j - 1]); --j)
      std::swap(v[j], v[j - 1]);
}

/// a before b, with NaN the largest.
bool before(double a, double b, bool descending) {
  if (descending)
    std::swap(a, b);
  return std::isnan(b) ? !std::isnan(a) : a < b;
}

TEST_F(MoveTest, SortIsStable) {
  for (int round = 0; round < 60; ++round) {
    release();
    E type = std::array{
        E::f32, E::i8, E::f16, E::u64, E::f64, E::bf16}[size_t(round % 6)];
    int64_t rows = random(1, 4), n = random(1, 60),
            k = chance(50) ? n : random(1, n);
    bool descending = chance(50), positions = chance(50);
    Descriptor src = place(type, {1, rows, 1, 1, 1, n});
    forAll(src.size, [&](const Index &i) {
      double x = double(random(-6, 6));
      bool nan = chance(5);
      uint64_t bits =
          type == E::f32    ? std::bit_cast<uint32_t>(
                                  nan ? NAN : float(chance(50) ? -x * 0 : x))
          : type == E::f64  ? std::bit_cast<uint64_t>(nan ? double(NAN) : x)
          : type == E::f16  ? (nan ? 0x7e01 : uint64_t(rng() & 0xbc00))
          : type == E::bf16 ? (nan ? 0xffc0 : uint64_t(rng() & 0xbf80))
                            : uint64_t(int64_t(x));
      setBits(src, i, bits);
    });
    Descriptor payload = place(E::i32, {1, rows, 1, 1, 1, n});
    fill(payload);
    Descriptor keys = place(type, {1, rows, 1, 1, 1, k}),
               moved = place(E::i32, {1, rows, 1, 1, 1, k});
    bool inPlace = k == n && chance(30);
    if (inPlace)
      keys = src;
    auto number = [&](const Descriptor &d, const Index &i) {
      return test::isFloat(type) ? getFloat(d, i)
             : type == E::u64    ? double(int64_t(getBits(d, i))) +
                                       (getBits(d, i) >> 63 ? 1000 : 0)
                                 : double(getInt(d, i));
    };
    std::vector<std::vector<int64_t>> order;
    std::vector<uint64_t> srcBits, payloadBits;
    for (int64_t r = 0; r < rows; ++r) {
      std::vector<int64_t> o(size_t(n), 0);
      for (int64_t i = 0; i < n; ++i)
        o[size_t(i)] = i;
      sortStable(o, [&](int64_t a, int64_t b) {
        return before(number(src, {0, r, 0, 0, 0, a}),
                      number(src, {0, r, 0, 0, 0, b}), descending);
      });
      order.push_back(o);
    }
    srcBits = bitsOf(src), payloadBits = bitsOf(payload);
    begin();
    Fault f;
    auto direction =
        descending ? isa::SortOrder::descending : isa::SortOrder::ascending;
    if (positions) {
      isa::Vsorti s{};
      s.keys = desc(keys), s.index = desc(moved), s.srckeys = desc(src),
      s.base = reg(uint64_t(100));
      s.order = direction;
      f = execVsorti(context, s, finish());
    } else {
      isa::Vsort s{};
      s.keys = desc(keys), s.payload = desc(moved), s.srckeys = desc(src);
      s.srcpayload = desc(payload), s.order = direction;
      f = execVsort(context, s, finish());
    }
    ASSERT_FALSE(f) << f.detail;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < k; ++i) {
        int64_t from = order[size_t(r)][size_t(i)];
        size_t at = size_t(r * n + from);
        ASSERT_EQ(srcBits[at], getBits(keys, {0, r, 0, 0, 0, i}));
        ASSERT_EQ(positions ? uint64_t(100 + from) : payloadBits[at],
                  getBits(moved, {0, r, 0, 0, 0, i}));
      }
  }
}

TEST_F(MoveTest, MergeEqualsSortOfBoth) {
  for (int round = 0; round < 40; ++round) {
    release();
    int64_t rows = random(1, 3), na = random(1, 20), nb = random(1, 20),
            k = random(1, na + nb);
    bool descending = chance(50);
    auto direction =
        descending ? isa::SortOrder::descending : isa::SortOrder::ascending;
    Descriptor all = place(E::f32, {1, rows, 1, 1, 1, na + nb}),
               ids = place(E::i32, sizesOf(all));
    // Sorted runs side by side; payloads number the elements.
    for (int64_t r = 0; r < rows; ++r)
      for (auto [first, n] : {std::pair{int64_t(0), na}, {na, nb}}) {
        std::vector<float> v;
        for (int64_t i = 0; i < n; ++i)
          v.push_back(chance(5) ? NAN : float(random(-4, 4)));
        sortStable(v,
                   [&](float a, float b) { return before(a, b, descending); });
        for (int64_t i = 0; i < n; ++i) {
          setBits(all, {0, r, 0, 0, 0, first + i},
                  std::bit_cast<uint32_t>(v[size_t(i)]));
          setBits(ids, {0, r, 0, 0, 0, first + i}, uint64_t(first + i));
        }
      }
    auto part = [&](Descriptor d, int64_t first, int64_t n) {
      d.base += uint64_t(first * d.stride[5] * 4);
      d.size[5] = n;
      return d;
    };
    Index outSizes{1, rows, 1, 1, 1, k};
    Descriptor keys = place(E::f32, outSizes), moved = place(E::i32, outSizes);
    Descriptor wantKeys = place(E::f32, outSizes),
               want = place(E::i32, outSizes);
    begin();
    isa::Vmerge m{};
    m.keys = desc(keys), m.payload = desc(moved);
    m.keysa = desc(part(all, 0, na)), m.payloada = desc(part(ids, 0, na));
    m.keysb = desc(part(all, na, nb)), m.payloadb = desc(part(ids, na, nb));
    m.order = direction;
    Fault f = execVmerge(context, m, finish());
    ASSERT_FALSE(f) << f.detail;
    begin();
    isa::Vsort s{};
    s.keys = desc(wantKeys), s.payload = desc(want), s.srckeys = desc(all),
    s.srcpayload = desc(ids);
    s.order = direction;
    ASSERT_FALSE(execVsort(context, s, finish()));
    ASSERT_EQ(bitsOf(wantKeys), bitsOf(keys));
    ASSERT_EQ(bitsOf(want), bitsOf(moved));
  }
}

} // namespace
