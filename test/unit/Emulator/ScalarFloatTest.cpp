//===- ScalarFloatTest.cpp - Floating point of scalar units ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/ScalarFloat.h"
#include "TextualProgram.h"

#include <cmath>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string setReg(unsigned reg, uint64_t bits) {
  std::string name = "r" + std::to_string(reg);
  return "li " + name + ", " + std::to_string(int32_t(bits)) + "\nlih " + name +
         ", " + std::to_string(uint32_t(bits >> 32)) + "\n";
}

template <typename T>
uint64_t apply(const std::string &what, T a, T b = 0, T c = 0) {
  std::string type = sizeof(T) == 4 ? ".f32 " : ".f64 ";
  std::string operands = what == "fsqrt" ? "r5, r6"
                         : what == "fma" ? "r5, r6, r7, r16"
                                         : "r5, r6, r7";
  return resultOf(setReg(6, bitsOf<T>(a)) + setReg(7, bitsOf<T>(b)) +
                  setReg(16, bitsOf<T>(c)) + what + type + operands);
}

template <typename T> void checkType() {
  auto eq = [](uint64_t bits, T expected) {
    EXPECT_EQ(bits, bitsOf<T>(expected));
  };
  T tiny = std::numeric_limits<T>::denorm_min();
  eq(apply<T>("fadd", T(1.5), T(2)), T(3.5));
  eq(apply<T>("fadd", tiny, tiny), T(2) * tiny); // subnormals are kept
  eq(apply<T>("fsub", T(inf), T(inf)), T(nan));  // canonical NaN
  eq(apply<T>("fmul", T(0.1), T(0.1)), T(0.1) * T(0.1));
  eq(apply<T>("fdiv", T(1), T(3)), T(1) / T(3));
  eq(apply<T>("fdiv", T(1), T(0)), T(inf));
  eq(apply<T>("fmin", T(0.0), T(-0.0)), T(-0.0));
  eq(apply<T>("fmin", T(nan), T(1)), T(nan));
  eq(apply<T>("fmin", T(2), T(1)), T(1));
  eq(apply<T>("fmax", T(-0.0), T(0.0)), T(0.0));
  eq(apply<T>("fmax", T(1), T(nan)), T(nan));
  eq(apply<T>("fmax", T(2), T(1)), T(2));
  eq(apply<T>("fsqrt", T(2)), std::sqrt(T(2)));
  eq(apply<T>("fsqrt", T(-1)), T(nan));
  // Rounded once: the product alone would round to 1.
  T e = std::numeric_limits<T>::epsilon();
  eq(apply<T>("fma", T(1) + e, T(1) - e, T(-1)), -e * e);
}

/// Zeros are equal, subnormals are not; a NaN compares false on either side.
template <typename T> void checkComparisons() {
  T tiny = std::numeric_limits<T>::denorm_min();
  const T points[] = {T(-inf), T(-2), -tiny, T(-0.0), T(0.0),
                      tiny,    T(1),  T(2),  T(inf),  T(nan)};
  std::string text, type = sizeof(T) == 4 ? ".f32" : ".f64";
  std::vector<bool> expected;
  auto add = [&](const char *what, bool holds) {
    text += what + type + " r5, r6, r7\nstore.u8 r5, r0, " +
            std::to_string(expected.size()) + "\n";
    expected.push_back(holds);
  };
  for (T a : points)
    for (T b : points) {
      text += setReg(6, bitsOf<T>(a)) + setReg(7, bitsOf<T>(b));
      add("feq", a == b);
      add("flt", a < b);
      add("fle", a <= b);
    }
  Session session({text + "halt"});
  ASSERT_TRUE(session.run().ok());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(session.sramAt<uint8_t>(i), expected[i])
        << points[i / 30] << ", " << points[i / 3 % 10] << ", comparison "
        << i % 3;
}

TEST(ScalarFloat, comparisons) {
  checkComparisons<float>();
  checkComparisons<double>();
}

TEST(ScalarFloat, f32) { checkType<float>(); }
TEST(ScalarFloat, f64) { checkType<double>(); }

TEST(ScalarFloat, integerTypesAreMalformed) {
  EXPECT_EQ(trapOf("fadd.i32 r5, r6, r7").kind, TrapKind::IllegalInstruction);
  EXPECT_EQ(trapOf("fsqrt.u64 r5, r6").kind, TrapKind::IllegalInstruction);
}

TEST(ScalarFloat, rounding) {
  struct {
    float value, even, down, up, zero, away;
  } cases[] = {
      {2.5f, 2, 2, 3, 2, 3},
      {-2.5f, -2, -3, -2, -2, -3},
      {3.5f, 4, 3, 4, 3, 4},
      {-0.25f, -0.f, -1, -0.f, -0.f, -0.f},
      {0.75f, 1, 0, 1, 0, 1},
      {8388609.f, 8388609.f, 8388609.f, 8388609.f, 8388609.f, 8388609.f}};
  for (const auto &c : cases) {
    const float expected[] = {c.even, c.down, c.up, c.zero, c.away};
    for (unsigned mode = 0; mode < 5; ++mode) {
      EXPECT_EQ(bitsOf<float>(roundToInteger(c.value, mode)),
                bitsOf<float>(expected[mode]))
          << c.value << " mode " << mode;
      EXPECT_EQ(roundToInteger(double(c.value), mode), double(expected[mode]));
    }
  }
}

uint64_t convert(uint64_t bits, const std::string &from,
                 const std::string &to) {
  return resultOf(setReg(6, bits) + "cvt." + to + "." + from + " r5, r6");
}

TEST(ScalarFloat, conversionToIntegersSaturates) {
  EXPECT_EQ(int64_t(convert(bitsOf<float>(-2.9f), "f32", "i32")), -2);
  EXPECT_EQ(int64_t(convert(bitsOf<float>(3e9f), "f32", "i32")), INT32_MAX);
  EXPECT_EQ(int64_t(convert(bitsOf<float>(-3e9f), "f32", "i32")), INT32_MIN);
  EXPECT_EQ(convert(bitsOf<double>(nan), "f64", "i64"), 0u);
  EXPECT_EQ(convert(bitsOf<double>(-0.5), "f64", "u32"), 0u);
  EXPECT_EQ(convert(bitsOf<double>(-5), "f64", "u64"), 0u);
  EXPECT_EQ(convert(bitsOf<double>(5e9), "f64", "u32"), UINT32_MAX);
  EXPECT_EQ(int64_t(convert(bitsOf<double>(1e30), "f64", "i64")), INT64_MAX);
  EXPECT_EQ(int64_t(convert(bitsOf<double>(-1e30), "f64", "i64")), INT64_MIN);
  EXPECT_EQ(convert(bitsOf<double>(1e30), "f64", "u64"), UINT64_MAX);
  EXPECT_EQ(convert(bitsOf<float>(float(inf)), "f32", "u64"), UINT64_MAX);
}

TEST(ScalarFloat, otherConversions) {
  EXPECT_EQ(convert(bitsOf<double>(1.0 + 1e-9), "f64", "f32"),
            bitsOf<float>(1.f));
  EXPECT_EQ(convert(bitsOf<float>(0.1f), "f32", "f64"),
            bitsOf<double>(double(0.1f)));
  // A signalling NaN with payload becomes the canonical one.
  EXPECT_EQ(convert(0x7f800001, "f32", "f64"), 0x7ff8000000000000u);
  EXPECT_EQ(convert(16777217, "i32", "f32"),
            bitsOf<float>(16777216.f)); // to even
  EXPECT_EQ(convert(UINT64_MAX, "u64", "f64"),
            bitsOf<double>(18446744073709551616.0));
  EXPECT_EQ(convert(UINT64_MAX, "i64", "f64"), bitsOf<double>(-1));
  // The upper half of a 32-bit integer's register is ignored.
  EXPECT_EQ(convert(0x1ffffffff, "i32", "i64"), UINT64_MAX);
  EXPECT_EQ(convert(0x1ffffffff, "u32", "i64"), 0xffffffffu);
  EXPECT_EQ(convert(0x180000000, "i64", "i32"), 0xffffffff80000000u);
  EXPECT_EQ(convert(0x180000000, "i64", "u32"), 0x80000000u);
}

TEST(ScalarFloat, roundingModesOfTheInstruction) {
  const char *modes[] = {"even", "down", "up", "zero", "away"};
  const double expected[] = {-2, -3, -2, -2, -3};
  for (unsigned i = 0; i < 5; ++i)
    EXPECT_EQ(floatOf<double>(resultOf(setReg(6, bitsOf<double>(-2.5)) +
                                       "frint.f64 " + modes[i] + ", r5, r6")),
              expected[i]);
}

} // namespace
