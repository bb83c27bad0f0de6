//===- ScalarMath.cpp - Arithmetic of one element -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

namespace {

/// Emits arithmetic of one element type: floats, or signed or unsigned
/// integers.
struct Emitter {
  ImplicitLocOpBuilder &b;
  Type type; // in which values are, signless
  bool isFloat, isUnsigned;

  Emitter(ImplicitLocOpBuilder &b, Type element)
      : b(b), type(getSignless(getComputeType(element))),
        isFloat(isa<FloatType>(element)),
        isUnsigned(element.isUnsignedInteger() || element.isInteger(1)) {}

  template <typename OpTy> Value make(ValueRange args) {
    return OpTy::create(b, type, args);
  }
  /// The float's, the signed or the unsigned operation.
  template <typename FloatOp, typename SignedOp, typename UnsignedOp = SignedOp>
  Value pick(ValueRange args) {
    if (isFloat)
      return FloatOp::create(b, args[0], args[1]);
    if (isUnsigned)
      return UnsignedOp::create(b, args[0], args[1]);
    return SignedOp::create(b, args[0], args[1]);
  }
  Value number(double value) {
    return isFloat ? makeFloat(b, type, value)
                   : makeInt(b, type, static_cast<int64_t>(value));
  }
  Value add(Value x, Value y) {
    return pick<arith::AddFOp, arith::AddIOp>({x, y});
  }
  Value sub(Value x, Value y) {
    return pick<arith::SubFOp, arith::SubIOp>({x, y});
  }
  Value mul(Value x, Value y) {
    return pick<arith::MulFOp, arith::MulIOp>({x, y});
  }
  Value div(Value x, Value y) {
    return pick<arith::DivFOp, arith::DivSIOp, arith::DivUIOp>({x, y});
  }
  Value max(Value x, Value y) {
    return pick<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>({x, y});
  }
  Value min(Value x, Value y) {
    return pick<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>({x, y});
  }
  Value rem(Value x, Value y) {
    return pick<arith::RemFOp, arith::RemSIOp, arith::RemUIOp>({x, y});
  }
  Value compare(nn::Predicate predicate, Value x, Value y);
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }

  Value abs(Value x);
  Value neg(Value x);
  Value sign(Value x);
  Value mod(Value x, Value y);
  Value sigmoid(Value x);
  Value softplus(Value x);
  Value gelu(Value x, bool approximateTanh);
  Value isInf(Value x, bool positive, bool negative);
};

} // namespace

Value Emitter::compare(nn::Predicate predicate, Value x, Value y) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  static constexpr F floats[] = {F::OEQ, F::UNE, F::OLT,
                                 F::OLE, F::OGT, F::OGE};
  static constexpr I signedOnes[] = {I::eq,  I::ne,  I::slt,
                                     I::sle, I::sgt, I::sge};
  static constexpr I unsignedOnes[] = {I::eq,  I::ne,  I::ult,
                                       I::ule, I::ugt, I::uge};
  auto index = static_cast<unsigned>(predicate);
  if (isFloat)
    return arith::CmpFOp::create(b, floats[index], x, y);
  return arith::CmpIOp::create(
      b, isUnsigned ? unsignedOnes[index] : signedOnes[index], x, y);
}

Value Emitter::abs(Value x) {
  if (isFloat)
    return math::AbsFOp::create(b, x);
  return isUnsigned ? x : Value(math::AbsIOp::create(b, x));
}

Value Emitter::neg(Value x) {
  return isFloat ? Value(arith::NegFOp::create(b, x)) : sub(number(0), x);
}

Value Emitter::sign(Value x) {
  Value zero = number(0);
  Value positive = compare(nn::Predicate::gt, x, zero);
  if (isUnsigned)
    return select(positive, number(1), zero);
  Value negative = compare(nn::Predicate::lt, x, zero);
  return select(positive, number(1), select(negative, number(-1), x));
}

Value Emitter::mod(Value x, Value y) {
  Value remainder = rem(x, y);
  if (isUnsigned)
    return remainder;
  // A remainder other than 0 takes the sign of the divisor.
  Value zero = number(0);
  Value nonZero = compare(nn::Predicate::ne, remainder, zero);
  Value differ =
      arith::XOrIOp::create(b, compare(nn::Predicate::lt, remainder, zero),
                            compare(nn::Predicate::lt, y, zero));
  // The remainder of an integer by 0 is x itself, whatever its sign.
  Value shift = arith::AndIOp::create(b, nonZero, differ);
  Value result = select(shift, add(remainder, y), remainder);
  if (!isFloat)
    return result;
  return select(nonZero, result, math::CopySignOp::create(b, zero, y));
}

Value Emitter::sigmoid(Value x) {
  Value one = number(1);
  return div(one, add(one, math::ExpOp::create(b, neg(x))));
}

Value Emitter::softplus(Value x) {
  // exp of what is not positive cannot overflow.
  Value small = math::ExpOp::create(b, neg(abs(x)));
  return add(max(x, number(0)), math::Log1pOp::create(b, small));
}

Value Emitter::gelu(Value x, bool approximateTanh) {
  Value inner;
  if (approximateTanh) {
    Value cube = mul(mul(mul(x, x), x), number(0.044715));
    inner =
        math::TanhOp::create(b, mul(add(x, cube), number(std::sqrt(2 / M_PI))));
  } else {
    inner = math::ErfOp::create(b, mul(x, number(std::sqrt(0.5))));
  }
  return mul(mul(x, number(0.5)), add(inner, number(1)));
}

Value Emitter::isInf(Value x, bool positive, bool negative) {
  double infinity = std::numeric_limits<double>::infinity();
  if (positive && negative)
    x = abs(x);
  if (!positive && !negative)
    return makeInt(b, b.getI1Type(), 0);
  return compare(nn::Predicate::eq, x, number(positive ? infinity : -infinity));
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

/// Operations of floats alone that upstream has one for one.
static Value emitFloatFunction(Emitter &e, Operation *op, ValueRange x) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::CeilOp) { return e.make<math::CeilOp>(x); })
      .Case([&](nn::FloorOp) { return e.make<math::FloorOp>(x); })
      .Case([&](nn::TruncOp) { return e.make<math::TruncOp>(x); })
      .Case([&](nn::RoundOp) { return e.make<math::RoundEvenOp>(x); })
      .Case([&](nn::SqrtOp) { return e.make<math::SqrtOp>(x); })
      .Case([&](nn::RsqrtOp) { return e.make<math::RsqrtOp>(x); })
      .Case([&](nn::ExpOp) { return e.make<math::ExpOp>(x); })
      .Case([&](nn::Expm1Op) { return e.make<math::ExpM1Op>(x); })
      .Case([&](nn::LogOp) { return e.make<math::LogOp>(x); })
      .Case([&](nn::Log1pOp) { return e.make<math::Log1pOp>(x); })
      .Case([&](nn::SinOp) { return e.make<math::SinOp>(x); })
      .Case([&](nn::CosOp) { return e.make<math::CosOp>(x); })
      .Case([&](nn::TanOp) { return e.make<math::TanOp>(x); })
      .Case([&](nn::AsinOp) { return e.make<math::AsinOp>(x); })
      .Case([&](nn::AcosOp) { return e.make<math::AcosOp>(x); })
      .Case([&](nn::AtanOp) { return e.make<math::AtanOp>(x); })
      .Case([&](nn::SinhOp) { return e.make<math::SinhOp>(x); })
      .Case([&](nn::CoshOp) { return e.make<math::CoshOp>(x); })
      .Case([&](nn::TanhOp) { return e.make<math::TanhOp>(x); })
      .Case([&](nn::AsinhOp) { return e.make<math::AsinhOp>(x); })
      .Case([&](nn::AcoshOp) { return e.make<math::AcoshOp>(x); })
      .Case([&](nn::AtanhOp) { return e.make<math::AtanhOp>(x); })
      .Case([&](nn::ErfOp) { return e.make<math::ErfOp>(x); })
      .Case([&](nn::Atan2Op) { return e.make<math::Atan2Op>(x); })
      .Default(nullptr);
}

static Value emitUnary(Emitter &e, Operation *op, Value x) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::AbsOp) { return e.abs(x); })
      .Case([&](nn::NegOp) { return e.neg(x); })
      .Case([&](nn::SignOp) { return e.sign(x); })
      .Case([&](nn::NotOp) {
        return arith::XOrIOp::create(e.b, x, makeInt(e.b, x.getType(), -1));
      })
      .Case([&](nn::ReciprocalOp) { return e.div(e.number(1), x); })
      .Case([&](nn::ReluOp) { return e.max(x, e.number(0)); })
      .Case([&](nn::SigmoidOp) { return e.sigmoid(x); })
      .Case([&](nn::SoftplusOp) { return e.softplus(x); })
      .Case(
          [&](nn::GeluOp gelu) { return e.gelu(x, gelu.getApproximateTanh()); })
      .Case([&](nn::IsNanOp) {
        return arith::CmpFOp::create(e.b, arith::CmpFPredicate::UNO, x, x);
      })
      .Case([&](nn::IsInfOp test) {
        return e.isInf(x, test.getPositive(), test.getNegative());
      })
      .Default(nullptr);
}

static Value emitBinary(Emitter &e, Operation *op, Value x, Value y) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::AddOp) { return e.add(x, y); })
      .Case([&](nn::SubOp) { return e.sub(x, y); })
      .Case([&](nn::MulOp) { return e.mul(x, y); })
      .Case([&](nn::DivOp) { return e.div(x, y); })
      .Case([&](nn::RemOp) { return e.rem(x, y); })
      .Case([&](nn::ModOp) { return e.mod(x, y); })
      .Case([&](nn::MaxOp) { return e.max(x, y); })
      .Case([&](nn::MinOp) { return e.min(x, y); })
      .Case([&](nn::AndOp) { return arith::AndIOp::create(e.b, x, y); })
      .Case([&](nn::OrOp) { return arith::OrIOp::create(e.b, x, y); })
      .Case([&](nn::XorOp) { return arith::XOrIOp::create(e.b, x, y); })
      .Case([&](nn::ShlOp) { return arith::ShLIOp::create(e.b, x, y); })
      .Case([&](nn::ShrOp) -> Value {
        if (e.isUnsigned)
          return arith::ShRUIOp::create(e.b, x, y);
        return arith::ShRSIOp::create(e.b, x, y);
      })
      .Case([&](nn::CompareOp compare) {
        return e.compare(compare.getPredicate(), x, y);
      })
      .Default(nullptr);
}

/// Integers take the way through f64.
static Value emitPow(ImplicitLocOpBuilder &b, nn::PowOp op, ValueRange args) {
  Type base = op.getLhs().getType().getElementType();
  Type exponent = op.getRhs().getType().getElementType();
  Type lane = isa<FloatType>(base) ? getComputeType(base) : b.getF64Type();
  Value power = math::PowFOp::create(b, castScalar(b, args[0], base, lane),
                                     castScalar(b, args[1], exponent, lane));
  return castScalar(b, power, lane, base);
}

Value nntolinalg::emitScalar(ImplicitLocOpBuilder &b, Operation *op,
                             ValueRange args) {
  Type element = getElementTypeOrSelf(op->getOperand(0));
  Type result = getElementTypeOrSelf(op->getResult(0));
  if (isa<nn::SelectOp>(op))
    return arith::SelectOp::create(b, args[0], args[1], args[2]);
  if (isa<nn::CastOp>(op))
    return castScalar(b, args[0], element, result);
  if (auto pow = dyn_cast<nn::PowOp>(op))
    return emitPow(b, pow, args);
  Emitter e(b, element);
  SmallVector<Value> wide;
  for (Value arg : args)
    wide.push_back(widen(b, arg));
  Value value = emitFloatFunction(e, op, wide);
  if (!value && wide.size() == 1)
    value = emitUnary(e, op, wide[0]);
  if (!value && wide.size() == 2)
    value = emitBinary(e, op, wide[0], wide[1]);
  if (!value && isa<nn::ClampOp>(op))
    value = e.min(e.max(wide[0], wide[1]), wide[2]);
  if (value && isa<FloatType>(result))
    value = narrow(b, value, result);
  return value;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value nntolinalg::combine(ImplicitLocOpBuilder &b, nn::ReduceKind kind,
                          Type element, Value old, Value value) {
  Emitter e(b, element);
  switch (kind) {
  case nn::ReduceKind::sum:
  case nn::ReduceKind::mean:
    return e.add(old, value);
  case nn::ReduceKind::prod:
    return e.mul(old, value);
  case nn::ReduceKind::max:
    if (element.isInteger(1))
      return arith::OrIOp::create(b, old, value);
    return e.max(old, value);
  case nn::ReduceKind::min:
    if (element.isInteger(1))
      return arith::AndIOp::create(b, old, value);
    return e.min(old, value);
  }
  return nullptr;
}

/// The largest or smallest value of an integer type.
static APInt getExtreme(IntegerType type, bool largest) {
  unsigned width = type.getWidth();
  if (type.isUnsigned() || width == 1)
    return largest ? APInt::getMaxValue(width) : APInt::getMinValue(width);
  return largest ? APInt::getSignedMaxValue(width)
                 : APInt::getSignedMinValue(width);
}

TypedAttr nntolinalg::getIdentity(nn::ReduceKind kind, Type element) {
  Type type = getSignless(getComputeType(element));
  double number = 0;
  switch (kind) {
  case nn::ReduceKind::sum:
  case nn::ReduceKind::mean:
    break;
  case nn::ReduceKind::prod:
    number = 1;
    break;
  case nn::ReduceKind::max:
  case nn::ReduceKind::min: {
    bool largest = kind == nn::ReduceKind::min;
    if (auto integer = dyn_cast<IntegerType>(element))
      return IntegerAttr::get(type, getExtreme(integer, largest));
    number = std::numeric_limits<double>::infinity();
    number = largest ? number : -number;
    break;
  }
  }
  if (isa<FloatType>(type))
    return FloatAttr::get(type, number);
  return IntegerAttr::get(type, static_cast<int64_t>(number));
}
