//===- MathTest.cpp - Error bounds of the transcendentals -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares with the host's long double functions, which carry eleven bits more.
// The bounds are those of docs/numerics.md.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include "Emulator/Kernels/LaneKernels.h"

#include <cfloat>

using namespace ashlar;
using namespace ashlar::test;
using O = isa::Opcode;
using Real = long double;

namespace {

constexpr size_t kBlock = lane::kBlock;

struct Function {
  const char *name;
  O op;
  Real (*reference)(Real);
  double bound; // f64, in units of the last place
  bool oddZero; // f(-0) is -0
};

Real sigmoidl(Real x) { return 1 / (1 + expl(-x)); }

const Function kFunctions[] = {{"exp", O::VExp, expl, 1.1, false},
                               {"exp2", O::VExp2, exp2l, 1.1, false},
                               {"expm1", O::VExpm1, expm1l, 2.0, true},
                               {"log", O::VLog, logl, 1.0, false},
                               {"log2", O::VLog2, log2l, 1.8, false},
                               {"log10", O::VLog10, log10l, 1.8, false},
                               {"log1p", O::VLog1p, log1pl, 1.0, true},
                               {"sin", O::VSin, sinl, 0.9, true},
                               {"cos", O::VCos, cosl, 0.9, false},
                               {"tan", O::VTan, tanl, 2.3, true},
                               {"asin", O::VAsin, asinl, 2.6, true},
                               {"acos", O::VAcos, acosl, 2.5, false},
                               {"atan", O::VAtan, atanl, 1.5, true},
                               {"sinh", O::VSinh, sinhl, 2.5, true},
                               {"cosh", O::VCosh, coshl, 1.7, false},
                               {"tanh", O::VTanh, tanhl, 2.6, true},
                               {"asinh", O::VAsinh, asinhl, 1.9, true},
                               {"acosh", O::VAcosh, acoshl, 2.3, false},
                               {"atanh", O::VAtanh, atanhl, 2.0, true},
                               {"erf", O::VErf, erfl, 1.8, true},
                               {"cbrt", O::VCbrt, cbrtl, 0.6, true},
                               {"sigmoid", O::VSigmoid, sigmoidl, 2.6, false}};

template <typename T> double errorInUlps(T actual, Real expected) {
  T rounded = T(expected);
  if (std::isnan(actual) || std::isnan(rounded))
    return std::isnan(actual) && std::isnan(rounded) ? 0 : INFINITY;
  if (std::isinf(actual) || std::isinf(rounded))
    return actual == rounded ? 0 : INFINITY;
  int exponent;
  std::frexp(rounded, &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  Real place = std::ldexp(Real(1), exponent - std::numeric_limits<T>::digits);
  return double(std::fabs(Real(actual) - expected) / place);
}

class MathTest : public KernelFixture {
public:
  double uniform() { return double(rng() >> 11) * 0x1p-53; }

  /// Arguments of every magnitude, denser where functions do something.
  template <typename T> std::vector<T> arguments(size_t count) {
    std::vector<T> v;
    int range = std::numeric_limits<T>::max_exponent;
    while (v.size() < count) {
      double sign = chance(50) ? 1 : -1;
      v.push_back(
          T(sign * std::ldexp(1 + uniform(), int(random(-range, range - 1)))));
      v.push_back(T(sign * std::ldexp(1 + uniform(), int(random(-20, 10)))));
      v.push_back(T(sign * uniform() * 8));
      v.push_back(T(1 + sign * std::ldexp(uniform(), -int(random(0, 25)))));
      v.push_back(T(double(random(-200, 200)) * 1.57079632679489661923));
    }
    v.resize(count);
    return v;
  }

  template <typename T>
  static std::vector<T> evaluate(O op, const std::vector<T> &x,
                                 const std::vector<T> &y) {
    lane::Fn fn = lane::transcendental(op, sizeof(T) == 4 ? L::f32 : L::f64);
    std::vector<T> r(x.size());
    for (size_t i = 0; i < x.size(); i += kBlock)
      fn(&r[i], &x[i], y.empty() ? nullptr : &y[i], nullptr,
         std::min(kBlock, x.size() - i));
    return r;
  }

  template <typename T>
  void checkBound(const Function &f, double bound, size_t count) {
    std::vector<T> x = arguments<T>(count);
    std::vector<T> r = evaluate<T>(f.op, x, {});
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      double e = errorInUlps(r[i], f.reference(Real(x[i])));
      if (e > worst)
        worst = e;
      ASSERT_LE(e, bound) << f.name << " at " << double(x[i]);
    }
    RecordProperty(std::string(f.name) + (sizeof(T) == 4 ? "_f32" : "_f64"),
                   std::to_string(worst));
  }
};

TEST_F(MathTest, ErrorBounds) {
  if (LDBL_MANT_DIG < 64)
    GTEST_SKIP() << "this host's long double is not wider than f64";
  for (const Function &f : kFunctions) {
    checkBound<double>(f, f.bound, 60000);
    checkBound<float>(f, 0.501, 60000);
  }
}

TEST_F(MathTest, PowerAndAngle) {
  if (LDBL_MANT_DIG < 64)
    GTEST_SKIP() << "this host's long double is not wider than f64";
  auto check = [&]<typename T>(T, double bound) {
    std::vector<T> x, y;
    for (int i = 0; i < 60000; ++i) {
      double base = std::exp((uniform() - 0.5) * (i % 2 ? 8 : 80));
      x.push_back(T(chance(20) ? -base : base));
      y.push_back(chance(30) ? T(random(-30, 30))
                             : T((uniform() - 0.5) * 160 / std::log(base)));
    }
    std::vector<T> r = evaluate<T>(O::VPow, x, y),
                   a = evaluate<T>(O::VAtan2, x, y);
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_LE(errorInUlps(r[i], powl(x[i], y[i])), bound)
          << double(x[i]) << " ^ " << double(y[i]);
      ASSERT_LE(errorInUlps(a[i], atan2l(x[i], y[i])),
                sizeof(T) == 8 ? 2.0 : 0.501)
          << double(x[i]) << " / " << double(y[i]);
    }
  };
  check(double(), 1.3);
  check(float(), 0.501);
}

TEST_F(MathTest, SpecialValues) {
  const double inf = INFINITY;
  const std::vector<double> special{
      0.0,  -0.0, 1,  -1,    inf,    -inf,   NAN,   2,    -2,     0.5,
      -0.5, 3,    -3, 1e300, -1e300, 1e-310, 710.5, -746, 0x1p53, -0x1p53 + 1};
  for (const Function &f : kFunctions) {
    std::vector<double> r = evaluate<double>(f.op, special, {});
    for (size_t i = 0; i < special.size(); ++i) {
      Real expected = f.reference(special[i]);
      ASSERT_LE(errorInUlps(r[i], expected), f.bound)
          << f.name << " of " << special[i];
      if (std::isnan(r[i]))
        ASSERT_EQ(std::bit_cast<uint64_t>(r[i]), 0x7ff8000000000000u)
            << f.name << " of " << special[i];
      else if (r[i] == 0 && special[i] == 0)
        ASSERT_EQ(std::signbit(r[i]), f.oddZero && std::signbit(special[i]))
            << f.name;
    }
  }
  std::vector<double> x, y;
  for (double a : special)
    for (double b : special)
      x.push_back(a), y.push_back(b);
  std::vector<double> p = evaluate<double>(O::VPow, x, y),
                      t = evaluate<double>(O::VAtan2, x, y);
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_LE(errorInUlps(p[i], powl(x[i], y[i])), 1.3)
        << x[i] << " ^ " << y[i];
    ASSERT_EQ(std::signbit(p[i]),
              !std::isnan(p[i]) && std::signbit(std::pow(x[i], y[i])))
        << x[i] << " ^ " << y[i];
    ASSERT_LE(errorInUlps(t[i], atan2l(x[i], y[i])), 2.0)
        << x[i] << ", " << y[i];
    ASSERT_EQ(std::signbit(t[i]),
              !std::isnan(t[i]) && std::signbit(std::atan2(x[i], y[i])));
  }
}

TEST_F(MathTest, TargetsAgree) {
  std::vector<double> x = arguments<double>(4000), y = arguments<double>(4000);
  std::vector<float> xf(x.begin(), x.end()), yf(y.begin(), y.end());
  auto all = [&] {
    std::vector<uint8_t> bytes;
    auto keep = [&](const auto &v) {
      const uint8_t *p = reinterpret_cast<const uint8_t *>(v.data());
      bytes.insert(bytes.end(), p, p + v.size() * sizeof v[0]);
    };
    for (const Function &f : kFunctions)
      keep(evaluate<double>(f.op, x, {})), keep(evaluate<float>(f.op, xf, {}));
    for (O op : {O::VPow, O::VAtan2})
      keep(evaluate<double>(op, x, y)), keep(evaluate<float>(op, xf, yf));
    return bytes;
  };
  std::vector<uint8_t> expected = all();
  for (int64_t target : targets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    EXPECT_TRUE(all() == expected) << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST_F(MathTest, SmallFloatsExhaustively) {
  for (E type : {E::f16, E::bf16, E::f8e4m3, E::f8e5m2}) {
    size_t bytes = elementBits(type) / 8, count = size_t(1)
                                                  << elementBits(type);
    std::vector<uint8_t> memory(count * bytes), back(count * bytes);
    for (size_t i = 0; i < count; ++i)
      std::memcpy(&memory[i * bytes], &i, bytes);
    std::vector<float> lanes(count);
    lane::load(type)(lanes.data(), memory.data(), 0, 1, count);
    lane::store(L::f32, type)(lanes.data(), back.data(), 0, 1, count);
    for (size_t i = 0; i < count; ++i) {
      double expected = decodeFloat(type, i);
      ASSERT_TRUE(sameFloat(expected, lanes[i])) << i;
      uint64_t again = 0;
      std::memcpy(&again, &back[i * bytes], bytes);
      if (!std::isnan(expected) && !(type == E::f8e4m3 && std::isinf(expected)))
        ASSERT_EQ(i, again);
    }
    // Halfway cases and their neighbours, through f32 and through f64.
    for (int round = 0; round < 200000; ++round) {
      uint64_t a = rng() & (count - 1);
      double x = decodeFloat(type, a),
             next = decodeFloat(type, (a + 1) & (count - 1));
      double middle = (x + next) / 2;
      if (!std::isfinite(middle))
        continue;
      double value =
          chance(30) ? middle : middle * (1 + double(random(-2, 2)) * 0x1p-40);
      uint64_t fromDouble = 0, fromFloat = 0;
      lane::store(L::f64, type)(
          &value, reinterpret_cast<uint8_t *>(&fromDouble), 0, 1, 1);
      ASSERT_TRUE(
          sameFloat(roundTo(type, value), decodeFloat(type, fromDouble)))
          << value;
      float single = float(value);
      lane::store(L::f32, type)(
          &single, reinterpret_cast<uint8_t *>(&fromFloat), 0, 1, 1);
      ASSERT_TRUE(
          sameFloat(roundTo(type, single), decodeFloat(type, fromFloat)))
          << single;
    }
  }
}

} // namespace
