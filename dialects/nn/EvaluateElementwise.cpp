//===- EvaluateElementwise.cpp - Arithmetic on small constants ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums, differences, products, quotients and square roots of f32 and halves are
// computed in f64 and rounded: f64 has more than twice f32's precision, so that
// rounding twice gives what rounding once would.
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Evaluate.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

static double larger(double x, double y) {
  if (std::isnan(x) || std::isnan(y))
    return std::numeric_limits<double>::quiet_NaN();
  if (x == y) // the zeros differ
    return std::signbit(x) ? y : x;
  return std::max(x, y);
}

/// Python's %: a remainder other than 0 has the divisor's sign.
static double modulo(double x, double y) {
  double remainder = std::fmod(x, y);
  if (remainder == 0)
    return std::copysign(0.0, y);
  return (remainder < 0) != (y < 0) ? remainder + y : remainder;
}

static std::optional<double> floatUnary(Operation *op, double x) {
  using Result = std::optional<double>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](AbsOp) { return std::fabs(x); })
      .Case([&](NegOp) { return -x; })
      .Case([&](SignOp) { return x > 0   ? 1.0
                                 : x < 0 ? -1.0
                                         : x; })
      .Case([&](CeilOp) { return std::ceil(x); })
      .Case([&](FloorOp) { return std::floor(x); })
      .Case([&](TruncOp) { return std::trunc(x); })
      .Case([&](RoundOp) { return std::nearbyint(x); })
      .Case([&](SqrtOp) { return std::sqrt(x); })
      .Case([&](ReciprocalOp) { return 1 / x; })
      .Case([&](ReluOp) { return larger(x, 0); })
      .Default([](Operation *) { return Result(); });
}

static std::optional<double> floatBinary(Operation *op, double x, double y) {
  using Result = std::optional<double>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](AddOp) { return x + y; })
      .Case([&](SubOp) { return x - y; })
      .Case([&](MulOp) { return x * y; })
      .Case([&](DivOp) { return x / y; })
      .Case([&](RemOp) { return std::fmod(x, y); })
      .Case([&](ModOp) { return modulo(x, y); })
      .Case([&](MaxOp) { return larger(x, y); })
      .Case([&](MinOp) { return -larger(-x, -y); })
      .Default([](Operation *) { return Result(); });
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

namespace {
/// Arithmetic of one integer type on extended values; results still wrap.
struct Integers {
  bool isUnsigned;
  unsigned width;

  explicit Integers(Type type)
      : isUnsigned(type.isUnsignedInteger() || type.isInteger(1)),
        width(type.getIntOrFloatBitWidth()) {}

  bool less(int64_t x, int64_t y) const {
    return isUnsigned ? uint64_t(x) < uint64_t(y) : x < y;
  }
  int64_t divide(int64_t x, int64_t y) const {
    if (y == 0)
      return -1;
    if (isUnsigned)
      return int64_t(uint64_t(x) / uint64_t(y));
    return y == -1 ? int64_t(0 - uint64_t(x)) : x / y;
  }
  int64_t remainder(int64_t x, int64_t y) const {
    if (y == 0)
      return x;
    if (isUnsigned)
      return int64_t(uint64_t(x) % uint64_t(y));
    return y == -1 ? 0 : x % y;
  }
  int64_t modulo(int64_t x, int64_t y) const {
    int64_t rest = remainder(x, y);
    bool differ = !isUnsigned && rest != 0 && (rest < 0) != (y < 0);
    return differ ? rest + y : rest;
  }
  int64_t shiftLeft(int64_t x, int64_t count) const {
    return uint64_t(count) >= width ? 0 : int64_t(uint64_t(x) << count);
  }
  int64_t shiftRight(int64_t x, int64_t count) const {
    if (uint64_t(count) >= width)
      return !isUnsigned && x < 0 ? -1 : 0;
    return isUnsigned ? int64_t(uint64_t(x) >> count) : x >> count;
  }
};
} // namespace

static std::optional<int64_t> intUnary(Operation *op, const Integers &type,
                                       int64_t x) {
  using Result = std::optional<int64_t>;
  bool negative = !type.isUnsigned && x < 0;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](AbsOp) { return negative ? int64_t(0 - uint64_t(x)) : x; })
      .Case([&](NegOp) { return int64_t(0 - uint64_t(x)); })
      .Case([&](SignOp) { return negative ? -1 : x != 0; })
      .Case([&](NotOp) { return ~x; })
      .Case([&](ReluOp) { return negative ? 0 : x; })
      .Default([](Operation *) { return Result(); });
}

static std::optional<int64_t> intBinary(Operation *op, const Integers &type,
                                        int64_t x, int64_t y) {
  using Result = std::optional<int64_t>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](AddOp) { return int64_t(uint64_t(x) + uint64_t(y)); })
      .Case([&](SubOp) { return int64_t(uint64_t(x) - uint64_t(y)); })
      .Case([&](MulOp) { return int64_t(uint64_t(x) * uint64_t(y)); })
      .Case([&](DivOp) { return type.divide(x, y); })
      .Case([&](RemOp) { return type.remainder(x, y); })
      .Case([&](ModOp) { return type.modulo(x, y); })
      .Case([&](MaxOp) { return type.less(x, y) ? y : x; })
      .Case([&](MinOp) { return type.less(y, x) ? y : x; })
      .Case([&](AndOp) { return x & y; })
      .Case([&](OrOp) { return x | y; })
      .Case([&](XorOp) { return x ^ y; })
      .Case([&](ShlOp) { return type.shiftLeft(x, y); })
      .Case([&](ShrOp) { return type.shiftRight(x, y); })
      .Default([](Operation *) { return Result(); });
}

//===----------------------------------------------------------------------===//
// Comparison and conversion
//===----------------------------------------------------------------------===//

template <typename T, typename Less>
static bool compare(Predicate predicate, T x, T y, Less less) {
  switch (predicate) {
  case Predicate::eq:
    return x == y;
  case Predicate::ne:
    return x != y;
  case Predicate::lt:
    return less(x, y);
  case Predicate::le:
    return less(x, y) || x == y;
  case Predicate::gt:
    return less(y, x);
  case Predicate::ge:
    return less(y, x) || x == y;
  }
  return false;
}

/// Truncates and saturates to 32 or 64 bits, then wraps to what is narrower.
static int64_t toInteger(double value, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  unsigned lane = std::max(width, 32u);
  bool isUnsigned = type.isUnsignedInteger() && width >= 32;
  if (std::isnan(value))
    return 0;
  value = std::trunc(value);
  double limit = std::ldexp(1.0, isUnsigned ? lane : lane - 1);
  uint64_t largest = (isUnsigned ? ~uint64_t(0) : ~uint64_t(0) >> 1);
  largest >>= 64 - lane;
  if (value >= limit)
    return int64_t(largest);
  if (isUnsigned)
    return value <= 0 ? 0 : int64_t(uint64_t(value));
  return value < -limit ? -int64_t(largest) - 1 : int64_t(value);
}

static double toFloat(int64_t value, bool isUnsigned, Type type) {
  // One rounding: 64 bits do not fit f64, and f32 must not go by way of it.
  if (type.isF64())
    return isUnsigned ? double(uint64_t(value)) : double(value);
  return roundTo(type, isUnsigned ? float(uint64_t(value)) : float(value));
}

static void convert(const Elements &from, Elements &to) {
  Type source = from.type.getElementType(), type = to.type.getElementType();
  bool isUnsigned = source.isUnsignedInteger() || source.isInteger(1);
  for (double value : from.floats) {
    if (to.isFloat())
      to.floats.push_back(roundTo(type, value));
    else if (type.isInteger(1))
      to.ints.push_back(value != 0);
    else
      to.ints.push_back(wrapTo(type, toInteger(value, type)));
  }
  for (int64_t value : from.ints) {
    if (to.isFloat())
      to.floats.push_back(toFloat(value, isUnsigned, type));
    else
      to.ints.push_back(type.isInteger(1) ? value != 0 : wrapTo(type, value));
  }
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

/// What the operands' elements at the same place give; false if the operator is
/// not evaluated.
static bool evaluateAt(Operation *op, ArrayRef<const Elements *> operands,
                       ArrayRef<int64_t> places, Elements &result) {
  const Elements &last = *operands.back();
  Type element = last.type.getElementType();
  if (last.isFloat()) {
    SmallVector<double, 3> x;
    for (auto [operand, place] : llvm::zip_equal(operands, places))
      x.push_back(operand->floats[place]);
    if (auto test = dyn_cast<CompareOp>(op)) {
      result.ints.push_back(compare(test.getPredicate(), x[0], x[1],
                                    [](double a, double b) { return a < b; }));
      return true;
    }
    std::optional<double> value;
    if (isa<ClampOp>(op))
      value = -larger(-larger(x[0], x[1]), -x[2]);
    else if (x.size() == 1)
      value = floatUnary(op, x[0]);
    else if (x.size() == 2)
      value = floatBinary(op, x[0], x[1]);
    if (value)
      result.floats.push_back(roundTo(element, *value));
    return value.has_value();
  }
  Integers type(element);
  SmallVector<int64_t, 3> x;
  for (auto [operand, place] : llvm::zip_equal(operands, places))
    x.push_back(operand->ints[place]);
  if (auto test = dyn_cast<CompareOp>(op)) {
    result.ints.push_back(
        compare(test.getPredicate(), x[0], x[1],
                [&](int64_t a, int64_t b) { return type.less(a, b); }));
    return true;
  }
  std::optional<int64_t> value;
  if (isa<ClampOp>(op)) {
    int64_t raised = type.less(x[0], x[1]) ? x[1] : x[0];
    value = type.less(x[2], raised) ? x[2] : raised;
  } else if (x.size() == 1) {
    value = intUnary(op, type, x[0]);
  } else if (x.size() == 2) {
    value = intBinary(op, type, x[0], x[1]);
  }
  if (value)
    result.ints.push_back(wrapTo(element, *value));
  return value.has_value();
}

static void select(ArrayRef<Elements> operands,
                   ArrayRef<SmallVector<int64_t>> places, Elements &result) {
  for (int64_t i = 0; i < result.size(); ++i) {
    unsigned taken = operands[0].ints[places[0][i]] ? 1 : 2;
    if (result.isFloat())
      result.floats.push_back(operands[taken].floats[places[taken][i]]);
    else
      result.ints.push_back(operands[taken].ints[places[taken][i]]);
  }
}

bool nn::evaluateElementwise(Operation *op, ArrayRef<Elements> operands,
                             Elements &result) {
  if (!op->hasTrait<Elementwise>() || operands.empty())
    return false;
  if (isa<CastOp>(op)) {
    convert(operands[0], result);
    return true;
  }
  SmallVector<SmallVector<int64_t>> places;
  SmallVector<const Elements *> sources;
  for (const Elements &operand : operands) {
    places.push_back(
        broadcastPlaces(operand.type.getShape(), result.type.getShape()));
    sources.push_back(&operand);
  }
  if (isa<SelectOp>(op)) {
    select(operands, places, result);
    return true;
  }
  // Of two element types: the power, and tests of one float.
  if (isa<PowOp, IsNanOp, IsInfOp>(op))
    return false;
  for (int64_t i = 0; i < result.size(); ++i) {
    SmallVector<int64_t, 3> at;
    for (const auto &list : places)
      at.push_back(list[i]);
    if (!evaluateAt(op, sources, at, result))
      return false;
  }
  return true;
}
