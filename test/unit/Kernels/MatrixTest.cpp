//===- MatrixTest.cpp - mm against three nested loops ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

using namespace ashlar;
using namespace ashlar::test;

namespace {

class MatrixTest : public KernelFixture {
public:
  /// Descriptor of an M x N tile at a row of the accumulators.
  Descriptor accTile(E type, int64_t m, int64_t n) {
    Descriptor d;
    d.type = type;
    int64_t lanes = machine.mxuN;
    d.size[0] = d.size[1] = d.size[2] = d.size[3] = 1;
    d.size[4] = m, d.size[5] = n;
    d.stride[5] = 1, d.stride[4] = lanes, d.stride[3] = m * lanes + lanes * 2;
    d.base = makeAddress(Space::Acc, kThisCore, uint64_t(lanes) * 4 * 3);
    return d;
  }
  uint8_t *accAt(const Descriptor &d, int64_t i, int64_t j) {
    int64_t lanes = machine.mxuN;
    return host(d) +
           4 * (i * d.stride[4] + j / lanes * d.stride[3] + j % lanes);
  }

  /// Element (row, k) of an operand by flattened indices.
  static Index at(const Descriptor &d, int64_t row, int64_t k) {
    Index i{};
    for (int dim = 2; dim >= 0; --dim)
      i[size_t(dim)] = row % d.size[dim], row /= d.size[dim];
    for (int dim = 5; dim >= 3; --dim)
      i[size_t(dim)] = k % d.size[dim], k /= d.size[dim];
    return i;
  }
  static int64_t product(const Descriptor &d, int first) {
    return d.size[first] * d.size[first + 1] * d.size[first + 2];
  }

  struct Case {
    Descriptor a, b, acc, scale, zero;
    bool add = false;
    int scaledSide = -1;
    bool hasZero = false;
  };

  Fault execute(const Case &c) {
    begin();
    isa::Mm mm{};
    mm.acc = desc(c.acc), mm.a = desc(c.a), mm.b = desc(c.b);
    mm.mode = c.add ? isa::AccMode::add : isa::AccMode::set;
    isa::MatrixSide side =
        c.scaledSide == 1 ? isa::MatrixSide::b : isa::MatrixSide::a;
    if (c.scaledSide >= 0)
      add(isa::MmScale{side, desc(c.scale)});
    if (c.hasZero)
      add(isa::MmZero{side, desc(c.zero)});
    return execMm(context, mm, finish());
  }

  float operandValue(const Case &c, int side, int64_t row, int64_t k) {
    const Descriptor &d = side ? c.b : c.a;
    Index i = at(d, row, k);
    if (side != c.scaledSide)
      return float(getFloat(d, i));
    int64_t q = getInt(d, i) - (c.hasZero ? getInt(c.zero, i) : 0);
    float value = float(q) * float(getFloat(c.scale, i));
    return float(roundTo(side ? c.a.type : c.b.type, value));
  }

  void check(const Case &c) {
    int64_t m = product(c.a, 0), n = product(c.b, 0), k = product(c.a, 3);
    std::vector<uint32_t> expected;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        uint32_t bits = 0;
        if (c.add)
          std::memcpy(&bits, accAt(c.acc, i, j), 4);
        if (c.acc.type == E::i32) {
          for (int64_t x = 0; x < k; ++x)
            bits += uint32_t(getInt(c.a, at(c.a, i, x)) *
                             getInt(c.b, at(c.b, j, x)));
        } else {
          float sum = std::bit_cast<float>(bits);
          for (int64_t x = 0; x < k; ++x)
            sum = std::fma(operandValue(c, 0, i, x), operandValue(c, 1, j, x),
                           sum);
          bits = std::isnan(sum) ? 0x7fc00000u : std::bit_cast<uint32_t>(sum);
        }
        expected.push_back(bits);
      }
    onEveryTarget([&] {
      Fault f = execute(c);
      ASSERT_FALSE(f) << f.detail;
      size_t at = 0;
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j, ++at) {
          uint32_t bits;
          std::memcpy(&bits, accAt(c.acc, i, j), 4);
          ASSERT_EQ(expected[at], bits)
              << "element " << i << ", " << j << " of " << m << " x " << n
              << " x " << k;
        }
    });
  }

  Index operandSizes(int64_t rows, int64_t k1, int64_t k2) {
    Index s{1, 1, 1, 1, 1, 1};
    s[size_t(random(0, 2))] = rows;
    if (rows % 3 == 0 && chance(30))
      s = {1, 3, rows / 3, 1, 1, 1};
    s[4] = k1, s[5] = k2;
    return s;
  }

  Case makeCase(E a, E b, int64_t m, int64_t n, int64_t k1, int64_t k2,
                bool strange) {
    release();
    Case c;
    c.a = place(a, operandSizes(m, k1, k2), strange);
    c.b = place(b, operandSizes(n, k1, k2), strange);
    fill(c.a), fill(c.b);
    bool integer = !isFloat(a) && !isFloat(b);
    c.acc = accTile(integer ? E::i32 : E::f32, m, n);
    for (uint64_t i = 0; i < machine.accBytes; i += 4) {
      float x = float(random(-99, 99));
      std::memcpy(memory.acc(0) + i, &x, 4);
    }
    c.add = chance(50);
    return c;
  }
};

TEST_F(MatrixTest, RandomShapesAndStrides) {
  const std::pair<E, E> types[] = {{E::i8, E::i8},   {E::u8, E::i8},
                                   {E::i8, E::u8},   {E::u8, E::u8},
                                   {E::f32, E::f32}, {E::bf16, E::bf16},
                                   {E::f16, E::f16}, {E::f8e4m3, E::f8e5m2}};
  for (int round = 0; round < 12; ++round)
    for (auto [a, b] : types) {
      int64_t m = random(1, 50), n = random(1, 70);
      if (chance(20))
        m = 1;
      if (chance(20))
        n = 1;
      check(makeCase(a, b, m, n, random(1, 4), random(1, 30), chance(70)));
    }
}

TEST_F(MatrixTest, LongReductions) {
  for (auto t : {E::i8, E::u8, E::f32, E::f16}) {
    check(makeCase(t, t, 7, 33, 3, 901, false));
    check(makeCase(t, t, 33, 7, 1, 4400, false));
    check(makeCase(t, t, 130, 70, 2, 40, true));
  }
}

TEST_F(MatrixTest, TransposedOperands) {
  for (auto t : {E::i8, E::bf16, E::f32})
    for (int which = 0; which < 4; ++which) {
      Case c = makeCase(t, t, 37, 41, 1, 53, false);
      for (Descriptor *d : {&c.a, &c.b}) {
        bool flip = d == &c.a ? which & 1 : which & 2;
        unsigned rowDim = 0;
        while (rowDim < 2 && d->size[rowDim] == 1)
          ++rowDim;
        if (!flip || product(*d, 0) != d->size[rowDim])
          continue;
        d->stride[rowDim] = 1, d->stride[5] = d->size[rowDim];
      }
      check(c);
    }
}

TEST_F(MatrixTest, IntegersWrapAndNeverSaturate) {
  for (auto [a, b] :
       {std::pair{E::i8, E::i8}, {E::u8, E::u8}, {E::u8, E::i8}}) {
    Case c = makeCase(a, b, 3, 5, 1, 64, false);
    auto extreme = [&](const Descriptor &d) {
      forAll(d.size, [&](const Index &i) {
        setBits(d, i, d.type == E::i8 ? 0x80 : 0xff);
      });
    };
    extreme(c.a), extreme(c.b);
    c.add = true;
    for (uint64_t i = 0; i < machine.accBytes; i += 4) {
      uint32_t top = 0x7fffffff;
      std::memcpy(memory.acc(0) + i, &top, 4);
    }
    check(c);
  }
}

TEST_F(MatrixTest, NansAreCanonical) {
  Case c = makeCase(E::f32, E::f32, 5, 20, 1, 7, false);
  c.add = false;
  setBits(c.a, at(c.a, 0, 3), 0xffc12345u);
  setBits(c.a, at(c.a, 1, 3), 0x7f800000u); // infinity times zero
  setBits(c.b, at(c.b, 2, 3), 0);
  check(c);
}

TEST_F(MatrixTest, Dequantised) {
  for (int round = 0; round < 24; ++round) {
    E q = std::array{E::i4, E::u4, E::i8, E::u8}[size_t(round % 4)];
    E other = std::array{E::bf16, E::f16, E::f32}[size_t(round % 3)];
    bool left = chance(50);
    int64_t k = 2 * random(1, 20);
    Case c = makeCase(left ? q : other, left ? other : q, random(1, 20),
                      random(1, 40), 1, k, chance(50));
    c.acc.type = E::f32;
    c.scaledSide = left ? 0 : 1;
    const Descriptor &d = left ? c.a : c.b;
    Index sizes{};
    std::copy_n(d.size, kDims, sizes.begin());
    c.scale = place(std::array{E::f32, E::bf16, E::f16}[size_t(random(0, 2))],
                    sizes, true);
    if (chance(50))
      c.scale.stride[5] = 0;
    fill(c.scale);
    c.hasZero = chance(60);
    if (c.hasZero) {
      c.zero = place(q, sizes, true);
      fill(c.zero);
    }
    check(c);
  }
}

TEST_F(MatrixTest, EmptyReductionAndEmptyTiles) {
  Case c = makeCase(E::f32, E::f32, 4, 20, 1, 1, false);
  for (Descriptor *d : {&c.a, &c.b})
    d->size[5] = 0;
  c.add = false;
  check(c); // zeros
  c.add = true;
  check(c); // untouched
  c.a.size[5] = c.b.size[5] = 1;
  c.a.size[0] = 0, c.acc.size[4] = 0;
  EXPECT_FALSE(execute(c));
}

TEST_F(MatrixTest, Faults) {
  auto expectFault = [&](const Case &c, TrapKind kind) {
    std::vector<uint8_t> before(memory.acc(0),
                                memory.acc(0) + machine.accBytes);
    EXPECT_EQ(execute(c).kind, kind);
    EXPECT_EQ(std::memcmp(before.data(), memory.acc(0), before.size()), 0);
  };
  auto good = [&] { return makeCase(E::i8, E::i8, 4, 20, 1, 8, false); };
  Case c = good();
  c.b.size[5] = 7;
  expectFault(c, TrapKind::ShapeMismatch);
  c = good();
  c.b.type = E::bf16;
  expectFault(c, TrapKind::TypeMismatch);
  c = good();
  c.acc.type = E::f32;
  expectFault(c, TrapKind::TypeMismatch);
  c = good();
  c.acc.size[5] = 19;
  expectFault(c, TrapKind::ShapeMismatch);
  c = good();
  c.acc.stride[4] = 8;
  expectFault(c, TrapKind::ShapeMismatch);
  c = good();
  c.acc.base += 4;
  expectFault(c, TrapKind::MisalignedDescriptor);
  c = good();
  c.acc.stride[3] = int64_t(machine.accBytes / 4);
  expectFault(c, TrapKind::OutOfRange);
  c = good();
  c.acc.stride[3] = INT64_MAX / 2;
  expectFault(c, TrapKind::OutOfRange);
  c = good();
  c.a.base = makeAddress(Space::Sram, kThisCore, machine.sramBytes - 4);
  expectFault(c, TrapKind::OutOfRange);
  c = good();
  c.a.base = makeAddress(Space::Acc, kThisCore, 0);
  expectFault(c, TrapKind::OutOfRange);
  c = good();
  c.hasZero = true, c.zero = c.a;
  expectFault(c, TrapKind::IllegalInstruction);
}

} // namespace
