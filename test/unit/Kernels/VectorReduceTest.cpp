//===- VectorReduceTest.cpp - Domains, reductions, scans, windows ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorFixture.h"

#include <map>

using namespace ashlar;
using namespace ashlar::test;
using K = isa::OutKind;
using M = isa::OutMode;

namespace {

/// Combines two values of a lane type as docs/machine.md says.
double combine(K kind, double a, double b, bool single) {
  bool nan = std::isnan(a) || std::isnan(b);
  auto less = [](double x, double y) {
    return x < y || (x == y && std::signbit(x) && !std::signbit(y));
  };
  switch (kind) {
  case K::sum:
  case K::scansum:
    return single ? double(float(a) + float(b)) : a + b;
  case K::prod:
  case K::scanprod:
    return single ? double(float(a) * float(b)) : a * b;
  case K::min:
  case K::scanmin:
    return nan ? NAN : less(a, b) ? a : b;
  case K::max:
  case K::scanmax:
    return nan ? NAN : less(a, b) ? b : a;
  case K::minnum:
    return std::isnan(a) ? b : std::isnan(b) ? a : less(a, b) ? a : b;
  case K::maxnum:
    return std::isnan(a) ? b : std::isnan(b) ? a : less(a, b) ? b : a;
  default:
    return NAN;
  }
}
double identity(K kind) {
  switch (kind) {
  case K::sum:
    return -0.0;
  case K::prod:
  case K::scanprod:
    return 1;
  case K::min:
  case K::scanmin:
    return INFINITY;
  case K::max:
  case K::scanmax:
    return -INFINITY;
  case K::scansum:
    return 0;
  default:
    return NAN;
  }
}

class VectorReduceTest : public VectorFixture {
public:
  Index outSizes(const Descriptor &in, unsigned mask) {
    Index s;
    for (unsigned d = 0; d < kDims; ++d)
      s[d] = mask >> d & 1 ? 1 : in.size[d];
    return s;
  }
  static Index project(Index i, unsigned mask) {
    for (unsigned d = 0; d < kDims; ++d)
      if (mask >> d & 1)
        i[d] = 0;
    return i;
  }
  unsigned randomMask() {
    unsigned mask = unsigned(random(1, 63));
    return chance(50) ? mask & unsigned(random(1, 63)) : mask;
  }

  /// Values of each output's points in row-major order of the reduced
  /// dimensions.
  std::map<Index, std::vector<double>> groups(const Descriptor &in,
                                              unsigned mask) {
    std::map<Index, std::vector<double>> g;
    forAll(in.size, [&](const Index &i) {
      g[project(i, mask)].push_back(getFloat(in, i));
    });
    return g;
  }

  /// Points that are scanned together, row-major.
  std::map<Index, std::vector<Index>> pointsByGroup(const Index &sizes,
                                                    unsigned mask) {
    std::map<Index, std::vector<Index>> g;
    Descriptor all;
    std::copy(sizes.begin(), sizes.end(), all.size);
    forAll(all.size, [&](const Index &i) { g[project(i, mask)].push_back(i); });
    return g;
  }
  /// The same elements the other way round.
  static void turnAround(Descriptor &d, unsigned dim) {
    int64_t last = (d.size[dim] - 1) * d.stride[dim];
    d.base += uint64_t(last * int64_t(elementBits(d.type)) / 8);
    d.stride[dim] = -d.stride[dim];
  }

  void checkFloatReduction(K kind, unsigned mask, const Index &sizes, E type,
                           bool acc) {
    release();
    Descriptor d = place(type, sizes);
    fill(d, chance(30));
    Descriptor o = place(chance(30) ? E::bf16 : type, outSizes(d, mask));
    fill(o);
    bool single = type != E::f64;
    auto g = groups(d, mask);
    std::map<Index, double> expected;
    for (auto &[at, values] : g) {
      double p[16];
      std::fill_n(p, 16, identity(kind));
      for (size_t i = 0; i < values.size(); ++i)
        p[i % 16] = combine(kind, p[i % 16], values[i], single);
      for (int s = 8; s > 0; s /= 2)
        for (int i = 0; i < s; ++i)
          p[i] = combine(kind, p[i], p[i + s], single);
      double r = acc ? combine(kind, getFloat(o, at), p[0], single) : p[0];
      expected[at] = roundTo(o.type, r);
    }
    onEveryTarget([&] {
      begin();
      in(0, d);
      out(single ? L::f32 : L::f64, 0, o, kind, mask, acc ? M::acc : M::set);
      runOk();
      for (auto &[at, value] : expected)
        ASSERT_TRUE(sameFloat(value, getFloat(o, at)))
            << "kind " << int(kind) << " mask " << mask << " type "
            << int(type);
    });
  }
};

TEST_F(VectorReduceTest, Floats) {
  for (int round = 0; round < 120; ++round) {
    K kind =
        std::array{
            K::sum, K::prod, K::min, K::max, K::minnum, K::maxnum}[size_t(
            round % 6)];
    E type = std::array{E::f32, E::f64, E::f16, E::bf16}[size_t(random(0, 3))];
    checkFloatReduction(kind, randomMask(),
                        randomSizes(chance(20) ? 6000 : 600), type, chance(40));
  }
}

TEST_F(VectorReduceTest, LongRowsAndColumns) {
  for (K kind : {K::sum, K::max, K::prod}) {
    checkFloatReduction(kind, 1 << 5, {1, 1, 1, 1, 3, 5000}, E::f32, false);
    checkFloatReduction(kind, 1 << 5, {1, 1, 1, 1, 40, 777}, E::f32, true);
    checkFloatReduction(kind, 1 << 4, {1, 1, 1, 1, 100, 700}, E::f32, true);
    checkFloatReduction(kind, 0x1b, {2, 3, 5, 7, 2, 9}, E::f32, false);
  }
}

TEST_F(VectorReduceTest, Integers) {
  for (int round = 0; round < 60; ++round) {
    release();
    K
        kind = std::array{K::sum, K::prod, K::min, K::max,
                          K::And, K::Or,   K::Xor}[size_t(round % 7)];
    E type = std::array{
        E::i8, E::u8, E::i32, E::u32, E::i64, E::i4}[size_t(random(0, 5))];
    L lane = type == E::i64 ? L::i64 : type == E::u32 ? L::u32 : L::i32;
    unsigned mask = randomMask();
    Descriptor d = place(type, randomSizes(800));
    fill(d);
    Descriptor o =
        place(chance(50) ? E::i16 : elementOf(lane), outSizes(d, mask));
    std::map<Index, int64_t> expected;
    forAll(d.size, [&](const Index &i) {
      int64_t v = getInt(d, i);
      auto [it, isNew] = expected.try_emplace(project(i, mask), v);
      int64_t &r = it->second;
      if (isNew)
        return;
      r = kind == K::sum    ? int64_t(uint64_t(r) + uint64_t(v))
          : kind == K::prod ? int64_t(uint64_t(r) * uint64_t(v))
          : kind == K::min  ? std::min(r, v)
          : kind == K::max  ? std::max(r, v)
          : kind == K::And  ? r & v
          : kind == K::Or   ? r | v
                            : r ^ v;
    });
    onEveryTarget([&] {
      begin();
      in(0, d);
      out(lane, 0, o, kind, mask);
      runOk();
      for (auto &[at, value] : expected) {
        uint64_t keep = elementBits(o.type) == 64
                            ? ~0ull
                            : (1ull << elementBits(o.type)) - 1;
        ASSERT_EQ(uint64_t(value) & keep, getBits(o, at))
            << int(kind) << " of " << int(type);
      }
    });
  }
}

TEST_F(VectorReduceTest, ArgReductions) {
  for (int round = 0; round < 60; ++round) {
    release();
    bool maximum = chance(50), last = chance(50);
    unsigned mask = randomMask();
    Descriptor d = place(chance(50) ? E::f32 : E::i8, randomSizes(1500));
    forAll(d.size, [&](const Index &i) {
      if (d.type == E::f32)
        setBits(
            d, i,
            std::bit_cast<uint32_t>(chance(2) ? NAN : float(random(-5, 5))));
      else
        setBits(d, i, uint64_t(random(-5, 5)));
    });
    Descriptor o = place(chance(50) ? E::i32 : E::i64, outSizes(d, mask));
    std::map<Index, std::vector<double>> g;
    forAll(d.size, [&](const Index &i) {
      g[project(i, mask)].push_back(d.type == E::f32 ? getFloat(d, i)
                                                     : double(getInt(d, i)));
    });
    onEveryTarget([&] {
      begin();
      in(0, d);
      out(d.type == E::f32 ? L::f32 : L::i32, 0, o,
          maximum ? K::argmax : K::argmin, mask, last ? M::last : M::set);
      runOk();
      for (auto &[at, v] : g) {
        size_t best = 0;
        auto key = [&](size_t i) {
          return std::isnan(v[i]) ? INFINITY : maximum ? v[i] : -v[i];
        };
        for (size_t i = 1; i < v.size(); ++i)
          if (last ? key(i) >= key(best) : key(i) > key(best))
            best = i;
        ASSERT_EQ(int64_t(best), getInt(o, at));
      }
    });
  }
}

TEST_F(VectorReduceTest, Scans) {
  for (int round = 0; round < 80; ++round) {
    release();
    K kind = std::array{K::scansum, K::scanprod, K::scanmin,
                        K::scanmax}[size_t(round % 4)];
    M mode = std::array{M::set, M::exclusive, M::reverse,
                        M::exrev}[size_t(random(0, 3))];
    bool exclusive = mode == M::exclusive || mode == M::exrev;
    bool reverse = mode == M::reverse || mode == M::exrev;
    unsigned dim = unsigned(random(0, 5)), mask = randomMask() | 1u << dim;
    Index sizes = randomSizes(2000);
    if (chance(40))
      sizes = {1, 1, 1, 1, 1, 1}, sizes[dim] = random(1, 1400),
      sizes[(dim + 1) % 6] = random(1, 4);
    Descriptor d = place(E::f32, sizes), o = place(E::f32, sizes);
    fill(d, chance(20));
    fill(o);
    for (unsigned i = 0; i < kDims; ++i) {
      if (chance(20))
        turnAround(d, i);
      if (chance(20))
        turnAround(o, i);
    }
    std::map<Index, double> expected;
    for (const auto &[at, points] : pointsByGroup(sizes, mask)) {
      double state = identity(kind);
      for (size_t i = 0; i < points.size(); ++i) {
        const Index &p = points[reverse ? points.size() - 1 - i : i];
        double x = getFloat(d, p);
        double next = i == 0 && !exclusive ? (std::isnan(x) ? NAN : x)
                                           : combine(kind, state, x, true);
        expected[p] = exclusive ? state : next;
        state = next;
      }
    }
    onEveryTarget([&] {
      begin();
      in(0, d);
      out(L::f32, 0, o, kind, mask, mode);
      runOk();
      for (auto &[at, value] : expected)
        ASSERT_TRUE(sameFloat(value, getFloat(o, at)))
            << int(kind) << " mode " << int(mode);
    });
  }
}

TEST_F(VectorReduceTest, ScanOfTwoDimensionsKeepsTheOneBetween) {
  Descriptor d = flat(E::i32, {1, 2, 3, 4, 5, 6, 7, 8});
  std::fill_n(d.size, kDims, 1), std::fill_n(d.stride, kDims, 0);
  for (unsigned i = 3; i < kDims; ++i)
    d.size[i] = 2, d.stride[i] = 1 << (5 - i);
  Descriptor sums = d, before = d;
  sums.base += 64, before.base += 128;
  onEveryTarget([&] {
    begin();
    in(0, d);
    out(L::i32, 0, sums, K::scansum, 1 << 3 | 1 << 5);
    out(L::i32, 0, before, K::scansum, 1 << 3 | 1 << 5, M::exrev);
    runOk();
    EXPECT_EQ(bitsOf(sums), (std::vector<uint64_t>{1, 3, 3, 7, 8, 14, 14, 22}));
    EXPECT_EQ(bitsOf(before),
              (std::vector<uint64_t>{13, 11, 19, 15, 6, 0, 8, 0}));
  });
}

TEST_F(VectorReduceTest, Windows) {
  using W = isa::WindowKind;
  for (int round = 0; round < 60; ++round) {
    release();
    W kind = std::array{W::mac, W::sum, W::max, W::min}[size_t(round % 4)];
    E type = std::array{E::i8, E::f32, E::u8, E::bf16}[size_t(random(0, 3))];
    int64_t h = random(1, 7), w = random(1, 9), c = random(1, 40),
            kh = random(1, 3), kw = random(1, 3), step = random(1, 2);
    // Channels-last image; the window is strides on it.
    Descriptor image =
        place(type, {1, 1, (h - 1) * step + kh, (w - 1) * step + kw, 1, c},
              chance(50));
    fill(image);
    Descriptor input = image;
    for (unsigned d = 0; d < kDims; ++d)
      input.size[d] = 1;
    input.size[1] = h, input.stride[1] = image.stride[2] * step;
    input.size[2] = w, input.stride[2] = image.stride[3] * step;
    input.size[3] = c, input.stride[3] = image.stride[5];
    input.size[4] = kh, input.stride[4] = image.stride[2];
    input.size[5] = kw, input.stride[5] = image.stride[3];
    Descriptor weight = place(type, {1, 1, 1, c, kh, kw});
    fill(weight);
    weight.size[1] = h, weight.stride[1] = 0, weight.size[2] = w,
    weight.stride[2] = 0;
    bool real = test::isFloat(type);
    Descriptor o = place(real ? E::f32 : E::i32, {1, h, w, c, 1, 1});
    onEveryTarget([&] {
      begin();
      isa::VWin win{};
      win.kind = kind, win.vd = 5, win.input = desc(input),
      win.weight = desc(weight);
      add(win);
      out(real ? L::f32 : L::i32, 5, o);
      runOk();
      forAll(o.size, [&](const Index &at) {
        double f = kind == W::max   ? -INFINITY
                   : kind == W::min ? INFINITY
                                    : -0.0;
        int64_t n = kind == W::max ? INT64_MIN : kind == W::min ? INT64_MAX : 0;
        for (int64_t i = 0; i < kh; ++i)
          for (int64_t j = 0; j < kw; ++j) {
            Index p = at;
            p[4] = i, p[5] = j;
            if (real) {
              double x = getFloat(input, p);
              if (kind == W::mac)
                f = std::fma(float(x), float(getFloat(weight, p)), float(f));
              else
                f = combine(kind == W::sum   ? K::sum
                            : kind == W::max ? K::max
                                             : K::min,
                            f, x, true);
            } else {
              int64_t x = getInt(input, p);
              n = kind == W::mac   ? n + x * getInt(weight, p)
                  : kind == W::sum ? n + x
                  : kind == W::max ? std::max(n, x)
                                   : std::min(n, x);
            }
          }
        if (real)
          ASSERT_TRUE(sameFloat(f, getFloat(o, at)));
        else
          ASSERT_EQ(n, getInt(o, at));
      });
    });
  }
}

TEST_F(VectorReduceTest, BroadcastIndexAndTwoOutputs) {
  for (int round = 0; round < 30; ++round) {
    release();
    Index sizes = randomSizes(3000);
    Descriptor a = place(E::i32, sizes), b = place(E::i8, sizes),
               o = place(E::i32, sizes);
    fill(a), fill(b);
    for (unsigned d = 0; d < kDims; ++d)
      if (chance(40))
        b.stride[d] = 0;
    unsigned dim = unsigned(random(0, 5)), mask = randomMask();
    Descriptor sum = place(E::i32, outSizes(a, mask));
    onEveryTarget([&] {
      begin();
      in(0, a), in(1, b);
      isa::VIota iota{};
      iota.type = L::i32, iota.vd = 2, iota.dim = decltype(iota.dim)(dim);
      add(iota);
      add(isa::VMul{L::i32, 1, 1, 2});
      add(isa::VAdd{L::i32, 0, 0, 1});
      out(L::i32, 0, o);
      out(L::i32, 0, sum, K::sum, mask);
      runOk();
      std::map<Index, uint32_t> sums;
      forAll(a.size, [&](const Index &i) {
        uint32_t expected =
            uint32_t(getInt(a, i)) + uint32_t(getInt(b, i) * i[dim]);
        ASSERT_EQ(expected, uint32_t(getBits(o, i)));
        sums[project(i, mask)] += expected;
      });
      for (auto &[at, value] : sums)
        ASSERT_EQ(value, uint32_t(getBits(sum, at)));
    });
  }
}

TEST_F(VectorReduceTest, AsManyIndicesAsOperations) {
  Descriptor o = place(E::i64, {2, 3, 2, 3, 2, 3});
  begin();
  for (unsigned i = 0; i < 32; ++i) {
    isa::VIota iota{};
    iota.type = L::i64, iota.vd = 2, iota.dim = decltype(iota.dim)(i % kDims);
    add(iota);
  }
  out(L::i64, 2, o); // of dimension 1
  runOk();
  forAll(o.size, [&](const Index &i) { ASSERT_EQ(getInt(o, i), i[1]); });
}

TEST_F(VectorReduceTest, TwoReductionsOverDifferentDimensions) {
  Descriptor a = place(E::i32, {1, 1, 3, 5, 7, 11});
  fill(a);
  Descriptor rows = place(E::i32, outSizes(a, 1 << 5)),
             columns = place(E::i32, outSizes(a, 3 << 2));
  begin();
  in(0, a);
  out(L::i32, 0, rows, K::max, 1 << 5);
  out(L::i32, 0, columns, K::sum, 3 << 2);
  runOk();
  std::map<Index, int64_t> top, sums;
  forAll(a.size, [&](const Index &i) {
    auto [it, isNew] = top.try_emplace(project(i, 1 << 5), getInt(a, i));
    it->second = std::max(it->second, getInt(a, i));
    sums[project(i, 3 << 2)] += getInt(a, i);
  });
  for (auto &[at, v] : top)
    EXPECT_EQ(v, getInt(rows, at));
  for (auto &[at, v] : sums)
    EXPECT_EQ(int32_t(v), getInt(columns, at));
}

} // namespace
