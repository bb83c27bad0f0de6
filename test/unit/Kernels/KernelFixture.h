//===- KernelFixture.h - One instruction on a small machine ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors with random sizes, strides (negative and padded ones too) and
// contents in a scratchpad, element access that is written without the kernels'
// help, and the means to run one head word with its payload.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_KERNELS_KERNELFIXTURE_H
#define ASHLAR_TEST_UNIT_KERNELS_KERNELFIXTURE_H

#include "Emulator/EngineContext.h"
#include "ISA/Exec.h"

#include "hwy/targets.h"
#include "gtest/gtest.h"

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

namespace ashlar::test {

using namespace ashlar::runtime;
using E = isa::ElementType;
using L = isa::LaneType;
using Index = std::array<int64_t, kDims>;

inline bool isFloat(E t) { return unsigned(t) >= unsigned(E::f8e4m3); }
inline bool isSignedType(E t) {
  return t == E::i4 || t == E::i8 || t == E::i16 || t == E::i32 || t == E::i64;
}

/// Mantissa bits, exponent bias, largest finite value of a float type.
struct FloatFormat {
  int mantissa, bias;
  double largest;
  bool saturates; // no infinity
};
inline FloatFormat formatOf(E t) {
  switch (t) {
  case E::f8e4m3:
    return {3, 7, 448, true};
  case E::f8e5m2:
    return {2, 15, 57344, false};
  case E::f16:
    return {10, 15, 65504, false};
  case E::bf16:
    return {7, 127, 0x1.fep127, false};
  default:
    return {23, 127, 0x1.fffffep127, false};
  }
}

/// The value of a small float's bits.
inline double decodeFloat(E t, uint64_t bits) {
  FloatFormat f = formatOf(t);
  int width = int(elementBits(t));
  int exponentBits = width - 1 - f.mantissa;
  int exponent = int(bits >> f.mantissa) & ((1 << exponentBits) - 1);
  double mantissa = double(bits & ((uint64_t(1) << f.mantissa) - 1));
  double sign = bits >> (width - 1) & 1 ? -1 : 1;
  if (f.saturates ? (bits & 0x7f) == 0x7f : exponent == (1 << exponentBits) - 1)
    return mantissa != 0 ? NAN : sign * INFINITY;
  if (exponent == 0)
    return sign * std::ldexp(mantissa, 1 - f.bias - f.mantissa);
  return sign *
         std::ldexp(1 + std::ldexp(mantissa, -f.mantissa), exponent - f.bias);
}

/// x rounded to a type's values (ties to even), as a double.
inline double roundTo(E t, double x) {
  if (t == E::f64 || std::isnan(x) || x == 0)
    return x;
  FloatFormat f = formatOf(t);
  double a = std::fabs(x);
  if (std::isinf(x))
    return f.saturates ? std::copysign(f.largest, x) : x;
  int exponent;
  std::frexp(a, &exponent);
  int place = std::max(exponent - 1, 1 - f.bias) - f.mantissa;
  double r = std::ldexp(std::nearbyint(std::ldexp(a, -place)), place);
  if (r > f.largest)
    r = f.saturates ? f.largest : INFINITY;
  return std::copysign(r, x);
}

class KernelFixture : public ::testing::Test {
public:
  KernelFixture()
      : rng(12345), memory(makeMachine()), context{memory, machine, 0} {}

  static Machine makeMachine() {
    Machine m;
    m.name = "test";
    m.cores = 2;
    m.sramBytes = 16 << 20;
    m.accBytes = 256 << 10;
    m.mxuM = 4, m.mxuK = 16, m.mxuN = 16;
    m.mxuFloat8 = true;
    return m;
  }

  int64_t random(int64_t lo, int64_t hi) {
    return lo + int64_t(rng() % uint64_t(hi - lo + 1));
  }
  bool chance(int percent) { return random(1, 100) <= percent; }

  /// Scratchpad of this core for `bytes`, on 64 bytes.
  uint64_t allocate(uint64_t bytes) {
    uint64_t at = (next + 63) / 64 * 64;
    next = at + bytes;
    EXPECT_LE(next, machine.sramBytes);
    return at;
  }
  void release() { next = 0; }

  /// A tensor of those sizes. `strange`: permuted, padded and reversed
  /// dimensions.
  Descriptor place(E type, const Index &sizes, bool strange = true) {
    Descriptor d;
    d.type = type;
    unsigned order[kDims] = {0, 1, 2, 3, 4, 5};
    bool nibbles = elementBits(type) == 4;
    if (strange && !nibbles)
      std::shuffle(order, order + kDims, rng);
    int64_t stride = 1, first = 0;
    for (unsigned i = kDims; i-- > 0;) {
      unsigned dim = order[i];
      d.size[dim] = sizes[dim];
      d.stride[dim] = stride;
      bool reversed = strange && !(nibbles && dim == 5) && chance(20);
      if (reversed) {
        first += (sizes[dim] - 1) * stride;
        d.stride[dim] = -stride;
      }
      stride *= std::max<int64_t>(sizes[dim], 1) +
                (strange && chance(30) ? random(1, 3) : 0);
      if (nibbles)
        stride += stride & 1;
    }
    uint64_t at = allocate(uint64_t(stride + 2) * elementBits(type) / 8 + 8);
    uint64_t firstBytes = uint64_t(first) * elementBits(type) / 8;
    d.base = makeAddress(Space::Sram, kThisCore, at + firstBytes);
    return d;
  }

  uint8_t *host(const Descriptor &d) {
    uint8_t *base = addressSpace(d.base) == unsigned(Space::Acc)
                        ? memory.acc(0)
                        : memory.sram(0);
    return base + addressOffset(d.base);
  }
  int64_t elementOffset(const Descriptor &d, const Index &at) {
    int64_t offset = 0;
    for (unsigned i = 0; i < kDims; ++i)
      offset += at[i] * d.stride[i];
    return offset;
  }
  uint64_t getBits(const Descriptor &d, const Index &at) {
    int64_t offset = elementOffset(d, at);
    if (elementBits(d.type) == 4)
      return host(d)[offset >> 1] >> ((offset & 1) * 4) & 15;
    uint64_t v = 0;
    int64_t bytes = elementBits(d.type) / 8;
    std::memcpy(&v, host(d) + offset * bytes, size_t(bytes));
    return v;
  }
  void setBits(const Descriptor &d, const Index &at, uint64_t bits) {
    int64_t offset = elementOffset(d, at);
    if (elementBits(d.type) == 4) {
      uint8_t &byte = host(d)[offset >> 1];
      byte = uint8_t(offset & 1 ? (byte & 15) | bits << 4
                                : (byte & 0xf0) | (bits & 15));
      return;
    }
    int64_t bytes = elementBits(d.type) / 8;
    std::memcpy(host(d) + offset * bytes, &bits, size_t(bytes));
  }
  int64_t getInt(const Descriptor &d, const Index &at) {
    uint64_t v = getBits(d, at);
    unsigned width = elementBits(d.type);
    if (isSignedType(d.type) && width < 64 && (v >> (width - 1) & 1))
      v |= ~uint64_t(0) << width;
    return int64_t(v);
  }
  double getFloat(const Descriptor &d, const Index &at) {
    uint64_t v = getBits(d, at);
    if (d.type == E::f64)
      return std::bit_cast<double>(v);
    if (d.type == E::f32)
      return std::bit_cast<float>(uint32_t(v));
    return decodeFloat(d.type, v);
  }

  /// Calls f for every index in row-major order.
  static void forAll(const int64_t (&sizes)[kDims],
                     const std::function<void(const Index &)> &f) {
    Index at{};
    for (at[0] = 0; at[0] < sizes[0]; ++at[0])
      for (at[1] = 0; at[1] < sizes[1]; ++at[1])
        for (at[2] = 0; at[2] < sizes[2]; ++at[2])
          for (at[3] = 0; at[3] < sizes[3]; ++at[3])
            for (at[4] = 0; at[4] < sizes[4]; ++at[4])
              for (at[5] = 0; at[5] < sizes[5]; ++at[5])
                f(at);
  }

  /// Random contents: integers over the whole range, floats of moderate size
  /// with a sprinkling of special values if `special`.
  void fill(const Descriptor &d, bool special = false) {
    forAll(d.size, [&](const Index &at) {
      uint64_t bits = rng();
      if (isFloat(d.type) && !(special && chance(15))) {
        double x = double(random(-4096, 4096)) / 512;
        if (d.type == E::f64)
          bits = std::bit_cast<uint64_t>(x * 1.1);
        else if (d.type == E::f32)
          bits = std::bit_cast<uint32_t>(float(x * 1.1));
        else
          do
            bits = rng() & ((uint64_t(1) << elementBits(d.type)) - 1);
          while (!(std::fabs(decodeFloat(d.type, bits)) < 64));
      }
      setBits(d, at, bits);
    });
  }

  Index randomSizes(int64_t most) {
    Index s{1, 1, 1, 1, 1, 1};
    int64_t left = most;
    for (int i = 0; i < 4; ++i) {
      int64_t n = random(1, std::max<int64_t>(1, std::min<int64_t>(left, 40)));
      if (chance(40))
        n = 1;
      s[size_t(random(0, 5))] = n;
      left = most;
      for (int64_t v : s)
        left /= v;
    }
    return s;
  }

  // An instruction: descriptor registers are handed out in order.
  void begin() {
    captured.reset(nullptr, 0);
    payload.assign(1, 0);
    descriptors = registers = 0;
  }
  uint8_t desc(const Descriptor &d) {
    captured.captureDesc(descriptors, d);
    return uint8_t(descriptors++);
  }
  uint8_t reg(uint64_t value) {
    captured.captureReg(++registers, value);
    return uint8_t(registers);
  }
  uint8_t reg(float value) {
    return reg(uint64_t(std::bit_cast<uint32_t>(value)));
  }
  template <typename Inst> void add(const Inst &inst) {
    payload.push_back(isa::encode(inst));
  }
  const Captured &finish() {
    captured.words = payload.data();
    captured.payloadCount = uint32_t(payload.size() - 1);
    return captured;
  }

  /// Runs `f` for every target this host has and checks that the scratchpad and
  /// the accumulators hold the same bytes after each.
  void onEveryTarget(const std::function<void()> &f) {
    std::vector<uint8_t> sram(memory.sram(0), memory.sram(0) + next);
    std::vector<uint8_t> acc(memory.acc(0), memory.acc(0) + machine.accBytes);
    std::vector<uint8_t> firstSram, firstAcc;
    for (int64_t target : targets()) {
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      std::memcpy(memory.sram(0), sram.data(), next);
      std::memcpy(memory.acc(0), acc.data(), acc.size());
      f();
      std::vector<uint8_t> nowSram(memory.sram(0), memory.sram(0) + next);
      std::vector<uint8_t> nowAcc(memory.acc(0),
                                  memory.acc(0) + machine.accBytes);
      if (firstSram.empty() && firstAcc.empty())
        firstSram = nowSram, firstAcc = nowAcc;
      EXPECT_TRUE(firstSram == nowSram && firstAcc == nowAcc)
          << "target " << hwy::TargetName(target) << " gives other bits";
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  static std::vector<int64_t> targets() {
    std::vector<int64_t> list;
    for (int64_t t : {HWY_EMU128, HWY_AVX2, HWY_AVX3_DL})
      if (t == HWY_EMU128 || (hwy::SupportedTargets() & t))
        list.push_back(t);
    return list;
  }

  std::mt19937_64 rng;
  Machine machine = makeMachine();
  Memory memory;
  EngineContext context;
  Captured captured;
  std::vector<uint64_t> payload;
  uint64_t next = 0;
  unsigned descriptors = 0, registers = 0;
};

/// Equal bits, or both NaN with the canonical bits.
inline ::testing::AssertionResult sameFloat(double expected, double actual) {
  if (std::isnan(expected) ? std::isnan(actual)
                           : expected == actual &&
                                 std::signbit(expected) == std::signbit(actual))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "expected " << expected << ", got " << actual;
}

} // namespace ashlar::test

#endif // ASHLAR_TEST_UNIT_KERNELS_KERNELFIXTURE_H
