//===- OutputTest.cpp - drain and preload step by step --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

using namespace ashlar;
using namespace ashlar::test;

namespace {

class OutputTest : public KernelFixture {
public:
  Descriptor accTile(E type, int64_t m, int64_t n, int64_t row = 0) {
    Descriptor d;
    d.type = type;
    int64_t lanes = machine.mxuN;
    d.size[0] = d.size[1] = d.size[2] = d.size[3] = 1;
    d.size[4] = m, d.size[5] = n;
    d.stride[5] = 1, d.stride[4] = lanes, d.stride[3] = (m + 1) * lanes;
    d.base = makeAddress(Space::Acc, kThisCore, uint64_t(lanes * 4 * row));
    return d;
  }
  uint8_t *accAt(const Descriptor &d, int64_t i, int64_t j) {
    int64_t lanes = machine.mxuN;
    return host(d) +
           4 * (i * d.stride[4] + j / lanes * d.stride[3] + j % lanes);
  }
  uint32_t accBits(const Descriptor &d, int64_t i, int64_t j) {
    uint32_t v;
    std::memcpy(&v, accAt(d, i, j), 4);
    return v;
  }
  void fillAcc(const Descriptor &d, int64_t range) {
    for (int64_t i = 0; i < d.size[4]; ++i)
      for (int64_t j = 0; j < d.size[5]; ++j) {
        int32_t v = chance(5) ? int32_t(rng()) : int32_t(random(-range, range));
        float f =
            chance(5) ? std::bit_cast<float>(uint32_t(rng())) : float(v) / 16;
        std::memcpy(accAt(d, i, j),
                    d.type == E::f32 ? static_cast<void *>(&f) : &v, 4);
      }
  }
  static int64_t row(const Descriptor &d, const Index &i) {
    return (i[0] * d.size[1] + i[1]) * d.size[2] + i[2];
  }
  static int64_t column(const Descriptor &d, const Index &i) {
    return (i[3] * d.size[4] + i[4]) * d.size[5] + i[5];
  }
  float asNumber(const Descriptor &acc, uint32_t bits) {
    return acc.type == E::f32 ? std::bit_cast<float>(bits)
                              : float(int32_t(bits));
  }
  float stepValue(const Descriptor &d, const Index &i) {
    return test::isFloat(d.type) ? float(getFloat(d, i)) : float(getInt(d, i));
  }

  /// A value as the end of a drain stores it, compared with what is there.
  ::testing::AssertionResult stored(const Descriptor &d, const Index &i,
                                    float x) {
    if (test::isFloat(d.type))
      return sameFloat(roundTo(d.type, x), getFloat(d, i));
    long double lo = isSignedType(d.type)
                         ? -std::ldexp(1.0L, int(elementBits(d.type)) - 1)
                         : 0;
    long double hi = lo + std::ldexp(1.0L, int(elementBits(d.type))) - 1;
    long double r = std::isnan(x) ? 0 : std::nearbyint(x);
    r = r < lo ? lo : r > hi ? hi : r;
    __int128 expected = __int128(r);
    __int128 got = isSignedType(d.type) ? __int128(getInt(d, i))
                                        : __int128(uint64_t(getInt(d, i)));
    if (expected == got)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure()
           << x << " is stored as " << int64_t(got);
  }

  Index tileSizes(bool even) {
    Index s{1, 1, 1, 1, 1, 1};
    s[size_t(random(0, 2))] = random(1, 9),
                       s[size_t(random(0, 2))] = random(1, 5);
    s[3] = random(1, 3), s[5] = random(1, 25);
    if (even)
      s[5] += s[5] & 1;
    return s;
  }
  static int64_t product(const Index &s, size_t first) {
    return s[first] * s[first + 1] * s[first + 2];
  }
};

TEST_F(OutputTest, DrainWithoutSteps) {
  for (int round = 0; round < 80; ++round) {
    release();
    E type = E(round % 16);
    Index sizes = tileSizes(elementBits(type) == 4);
    Descriptor acc = accTile(chance(50) ? E::i32 : E::f32, product(sizes, 0),
                             product(sizes, 3));
    fillAcc(acc, 200000);
    Descriptor d = place(type, sizes);
    onEveryTarget([&] {
      begin();
      isa::Drain drain{};
      drain.dst = desc(d), drain.acc = desc(acc);
      Fault f = execDrain(context, drain, finish());
      ASSERT_FALSE(f) << f.detail;
      forAll(d.size, [&](const Index &i) {
        uint32_t bits = accBits(acc, row(d, i), column(d, i));
        if (acc.type == E::i32 && !test::isFloat(type)) {
          int64_t v = int32_t(bits);
          if (elementBits(type) < 64 || !isSignedType(type)) {
            int64_t lo = isSignedType(type)
                             ? -(int64_t(1) << (elementBits(type) - 1))
                             : 0;
            int64_t hi = elementBits(type) == 64
                             ? INT64_MAX
                             : lo + (int64_t(1) << elementBits(type)) - 1;
            v = std::clamp(v, lo, hi);
          }
          ASSERT_EQ(v, getInt(d, i)) << int(type);
        } else {
          ASSERT_TRUE(stored(d, i, asNumber(acc, bits))) << int(type);
        }
      });
    });
  }
}

TEST_F(OutputTest, Requantisation) {
  for (int round = 0; round < 30; ++round) {
    release();
    E type = chance(50) ? E::i8 : E::u8;
    Index sizes = tileSizes(false);
    Descriptor acc = accTile(E::i32, product(sizes, 0), product(sizes, 3));
    fillAcc(acc, 20000);
    Descriptor d = place(type, sizes), scale = place(E::f32, sizes),
               other = place(E::i8, sizes);
    fill(scale), fill(other);
    for (unsigned dim = 0; dim < 3; ++dim)
      scale.stride[dim] = 0;
    float zero = float(random(-5, 130)), factor = 0.37f, otherScale = 1.9f;
    onEveryTarget([&] {
      begin();
      isa::Drain drain{};
      drain.dst = desc(d), drain.acc = desc(acc),
      drain.order = isa::DrainOrder::lane;
      add(isa::OMul{desc(scale)});
      add(isa::OMuls{reg(factor)});
      add(isa::OFma{desc(other)});
      add(isa::OMuls{reg(otherScale)});
      add(isa::ORound{});
      add(isa::OAdds{reg(zero)});
      add(isa::OSat{type});
      Fault f = execDrain(context, drain, finish());
      ASSERT_FALSE(f) << f.detail;
      forAll(d.size, [&](const Index &i) {
        float x = asNumber(acc, accBits(acc, row(d, i), column(d, i)));
        x = x * stepValue(scale, i);
        x = x * factor;
        float y = stepValue(other, i) * otherScale;
        x = std::nearbyintf(y + x) + zero;
        ASSERT_TRUE(stored(d, i, x));
      });
    });
  }
}

TEST_F(OutputTest, ClampTableAndFloats) {
  for (int round = 0; round < 20; ++round) {
    release();
    Index sizes = tileSizes(false);
    Descriptor acc = accTile(E::f32, product(sizes, 0), product(sizes, 3));
    fillAcc(acc, 3000);
    Descriptor bf = place(E::bf16, sizes), bytes = place(E::i8, sizes),
               t = place(E::f16, sizes);
    fill(t);
    Descriptor table = place(E::i8, {1, 1, 1, 1, 1, 256}, false);
    fill(table);
    onEveryTarget([&] {
      begin();
      isa::Drain drain{};
      drain.dst = desc(bf), drain.acc = desc(acc);
      add(isa::OSub{desc(t)});
      add(isa::OAdd{desc(t)});
      add(isa::OClamp{reg(-2.5f), reg(60.0f)});
      ASSERT_FALSE(execDrain(context, drain, finish()));
      begin();
      drain.dst = desc(bytes), drain.acc = desc(acc);
      add(isa::ORound{});
      add(isa::OSat{E::i8});
      add(isa::OTable{desc(table)});
      ASSERT_FALSE(execDrain(context, drain, finish()));
      forAll(bf.size, [&](const Index &i) {
        float x = asNumber(acc, accBits(acc, row(bf, i), column(bf, i)));
        float y = x - stepValue(t, i);
        y = y + stepValue(t, i);
        y = std::isnan(y) ? y : y < -2.5f ? -2.5f : y > 60 ? 60.0f : y;
        ASSERT_TRUE(stored(bf, i, y));
        float z =
            std::isnan(x) ? 0 : std::clamp(std::nearbyintf(x), -128.0f, 127.0f);
        ASSERT_EQ(getInt(table, {0, 0, 0, 0, 0, int64_t(z) & 255}),
                  getInt(bytes, i));
      });
    });
  }
}

TEST_F(OutputTest, PiecewisePolynomial) {
  // tanh on [-4, 4] in 32 segments; coefficients by Taylor at each segment's
  // start.
  std::vector<float> values{-4.0f, 4.0f};
  for (int s = 0; s < 32; ++s) {
    double x = -4 + s * 0.25, t = std::tanh(x), h = 0.25, d = 1 - t * t;
    values.insert(values.end(), {float(t), float(h * d), float(-h * h * t * d),
                                 float(h * h * h * d * (6 * t * t - 2) / 6)});
  }
  Descriptor table =
      place(E::f32, {1, 1, 1, 1, 1, int64_t(values.size())}, false);
  for (size_t i = 0; i < values.size(); ++i)
    setBits(table, {0, 0, 0, 0, 0, int64_t(i)},
            std::bit_cast<uint32_t>(values[i]));
  Descriptor acc = accTile(E::f32, 20, 33);
  for (int64_t i = 0; i < 20; ++i)
    for (int64_t j = 0; j < 33; ++j) {
      float x = i == 0 && j == 0 ? NAN : float(random(-4500, 4500)) / 1000;
      std::memcpy(accAt(acc, i, j), &x, 4);
    }
  Descriptor d = place(E::f32, {1, 1, 20, 1, 1, 33});
  onEveryTarget([&] {
    begin();
    isa::Drain drain{};
    drain.dst = desc(d), drain.acc = desc(acc);
    add(isa::OPoly{desc(table)});
    ASSERT_FALSE(execDrain(context, drain, finish()));
    forAll(d.size, [&](const Index &i) {
      float x = std::bit_cast<float>(accBits(acc, i[2], i[5]));
      float t = (x - values[0]) * values[1];
      float s = std::isnan(t) ? 0 : std::clamp(std::floor(t), 0.0f, 31.0f),
            u = t - s;
      const float *c = &values[2 + 4 * size_t(s)];
      float expected =
          std::fma(std::fma(std::fma(c[3], u, c[2]), u, c[1]), u, c[0]);
      ASSERT_TRUE(sameFloat(expected, getFloat(d, i)));
      if (std::fabs(x) < 4)
        ASSERT_NEAR(std::tanh(x), getFloat(d, i), 2e-3);
    });
  });
}

TEST_F(OutputTest, Preload) {
  for (int round = 0; round < 60; ++round) {
    release();
    E type =
        std::array{E::i8, E::u8, E::i32, E::bf16, E::f16, E::f32, E::i4}[size_t(
            round % 7)];
    bool steps = chance(50), real = test::isFloat(type);
    Index sizes = tileSizes(type == E::i4);
    Descriptor src = place(type, sizes), factor = place(E::f32, sizes);
    fill(src), fill(factor);
    bool toFloat = steps ? chance(50) : real;
    Descriptor acc = accTile(toFloat ? E::f32 : E::i32, product(sizes, 0),
                             product(sizes, 3));
    onEveryTarget([&] {
      begin();
      isa::Preload preload{};
      preload.acc = desc(acc), preload.src = desc(src);
      if (steps)
        add(isa::OMul{desc(factor)});
      Fault f = execPreload(context, preload, finish());
      ASSERT_FALSE(f) << f.detail;
      forAll(src.size, [&](const Index &i) {
        uint32_t bits = accBits(acc, row(src, i), column(src, i));
        if (!steps && !real)
          ASSERT_EQ(int32_t(getInt(src, i)), int32_t(bits));
        float x = stepValue(src, i) * (steps ? stepValue(factor, i) : 1.0f);
        if (toFloat)
          ASSERT_TRUE(sameFloat(x, std::bit_cast<float>(bits)));
        else if (steps)
          ASSERT_EQ(int64_t(std::clamp(double(std::nearbyintf(x)), -0x1p31,
                                       0x1p31 - 1)),
                    int32_t(bits));
      });
    });
  }
}

TEST_F(OutputTest, PreloadRescalesATile) {
  Descriptor from = accTile(E::f32, 9, 37), to = accTile(E::f32, 9, 37, 200);
  fillAcc(from, 5000);
  Descriptor perRow = place(E::f32, {1, 1, 9, 1, 1, 1});
  fill(perRow);
  perRow.size[5] = 37, perRow.stride[5] = 0;
  onEveryTarget([&] {
    begin();
    isa::Preload preload{};
    preload.acc = desc(to), preload.src = desc(from);
    add(isa::OMul{desc(perRow)});
    Fault f = execPreload(context, preload, finish());
    ASSERT_FALSE(f) << f.detail;
    for (int64_t i = 0; i < 9; ++i)
      for (int64_t j = 0; j < 37; ++j) {
        float x = std::bit_cast<float>(accBits(from, i, j));
        ASSERT_TRUE(sameFloat(x * float(getFloat(perRow, {0, 0, i, 0, 0, j})),
                              std::bit_cast<float>(accBits(to, i, j))));
      }
  });
}

TEST_F(OutputTest, Faults) {
  Descriptor acc = accTile(E::i32, 4, 20),
             d = place(E::i8, {1, 1, 4, 1, 1, 20}, false);
  Descriptor table = place(E::u8, {1, 1, 1, 1, 1, 256}, false);
  isa::Drain drain{};
  auto expect = [&](TrapKind kind) {
    Fault f = execDrain(context, drain, finish());
    EXPECT_EQ(f.kind, kind) << f.detail;
  };
  auto start = [&](const Descriptor &dst, const Descriptor &tile) {
    begin();
    drain.dst = desc(dst), drain.acc = desc(tile);
  };
  Descriptor wrong = d;
  wrong.size[5] = 19;
  start(wrong, acc);
  expect(TrapKind::ShapeMismatch);
  start(d, acc);
  add(isa::OMul{desc(wrong)});
  expect(TrapKind::ShapeMismatch);
  start(d, acc);
  add(isa::OTable{desc(table)}); // u8 table, i8 result
  expect(TrapKind::TypeMismatch);
  start(d, acc);
  add(isa::OFma{desc(d)});
  add(isa::ORound{});
  expect(TrapKind::IllegalInstruction);
  start(d, acc);
  for (int i = 0; i < 17; ++i)
    add(isa::ORound{});
  expect(TrapKind::IllegalInstruction);
  Descriptor outside = acc;
  outside.base += machine.accBytes;
  start(d, outside);
  expect(TrapKind::OutOfRange);
  begin();
  isa::Preload preload{};
  preload.acc = desc(acc),
  preload.src = desc(place(E::f32, {1, 1, 4, 1, 1, 20}, false));
  EXPECT_EQ(execPreload(context, preload, finish()).kind,
            TrapKind::TypeMismatch);
}

} // namespace
