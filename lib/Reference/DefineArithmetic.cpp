//===- DefineArithmetic.cpp - Arithmetic without undefined results --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

namespace ashlar::reference {
#define GEN_PASS_DEF_DEFINEARITHMETIC
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

namespace {

struct Rewriter {
  ImplicitLocOpBuilder b;

  Value constant(Type type, const APInt &value) {
    return arith::ConstantOp::create(b, IntegerAttr::get(type, value));
  }
  Value isEqual(Value value, const APInt &to) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, value,
                                 constant(value.getType(), to));
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }

  /// x / 0 is all ones, x rem 0 is x; the smallest number by -1 is as by 1.
  template <typename OpTy> void divide(OpTy op, bool isSigned, bool remainder) {
    Value x = op.getLhs(), y = op.getRhs();
    unsigned width = x.getType().getIntOrFloatBitWidth();
    APInt known;
    if (matchPattern(y, m_ConstantInt(&known)) && !known.isZero() &&
        !known.isAllOnes())
      return;
    Value isZero = isEqual(y, APInt::getZero(width)), unsafe = isZero;
    if (isSigned) {
      Value overflows =
          arith::AndIOp::create(b, isEqual(x, APInt::getSignedMinValue(width)),
                                isEqual(y, APInt::getAllOnes(width)));
      unsafe = arith::OrIOp::create(b, unsafe, overflows);
    }
    Value divisor = select(unsafe, constant(y.getType(), APInt(width, 1)), y);
    Value safe = OpTy::create(b, x, divisor);
    Value byZero =
        remainder ? x : constant(x.getType(), APInt::getAllOnes(width));
    op.getResult().replaceAllUsesWith(select(isZero, byZero, safe));
    op.erase();
  }

  /// Counts not below the width shift everything out.
  template <typename OpTy> void shift(OpTy op, bool keepSign) {
    Value x = op.getLhs(), count = op.getRhs();
    Type type = x.getType();
    unsigned width = type.getIntOrFloatBitWidth();
    Value most = constant(type, APInt(width, width - 1));
    Value outside =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, count, most);
    Value result = OpTy::create(b, x, select(outside, most, count));
    if (!keepSign)
      result = select(outside, constant(type, APInt::getZero(width)), result);
    op.getResult().replaceAllUsesWith(result);
    op.erase();
  }

  /// Saturates; NaN gives 0.
  template <typename OpTy> void truncate(OpTy op, bool isSigned) {
    Value x = op.getIn();
    auto type = dyn_cast<IntegerType>(op.getType());
    if (!type)
      return;
    unsigned width = type.getWidth();
    auto real = [&](double value) {
      return arith::ConstantOp::create(b, b.getFloatAttr(x.getType(), value));
    };
    auto compare = [&](arith::CmpFPredicate predicate, Value y) {
      return arith::CmpFOp::create(b, predicate, x, y);
    };
    using P = arith::CmpFPredicate;
    double high = std::ldexp(1.0, isSigned ? width - 1 : width);
    APInt most =
        isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
    APInt least =
        isSigned ? APInt::getSignedMinValue(width) : APInt::getZero(width);
    Value isNumber = compare(P::ORD, x);
    Value above = compare(P::OGE, real(high));
    // Down to but not including -1, what is below 0 truncates to 0.
    Value below =
        isSigned ? compare(P::OLT, real(-high)) : compare(P::OLE, real(-1));
    Value inside = arith::AndIOp::create(
        b, isNumber,
        arith::XOrIOp::create(b, arith::OrIOp::create(b, above, below),
                              constant(b.getI1Type(), APInt(1, 1))));
    Value safe = OpTy::create(b, type, select(inside, x, real(0)));
    Value result = select(above, constant(type, most),
                          select(below, constant(type, least), safe));
    op.getResult().replaceAllUsesWith(result);
    op.erase();
  }
};

struct DefineArithmetic
    : ashlar::reference::impl::DefineArithmeticBase<DefineArithmetic> {
  void runOnOperation() override {
    SmallVector<Operation *> operations;
    getOperation().walk([&](Operation *op) {
      if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
              arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp, arith::FPToSIOp,
              arith::FPToUIOp>(op) &&
          isa<IntegerType>(op->getResult(0).getType()))
        operations.push_back(op);
    });
    for (Operation *op : operations)
      define(op);
  }

  static void define(Operation *op) {
    Rewriter r{ImplicitLocOpBuilder(op->getLoc(), op)};
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](arith::DivSIOp div) { r.divide(div, true, false); })
        .Case([&](arith::DivUIOp div) { r.divide(div, false, false); })
        .Case([&](arith::RemSIOp rem) { r.divide(rem, true, true); })
        .Case([&](arith::RemUIOp rem) { r.divide(rem, false, true); })
        .Case([&](arith::ShLIOp shift) { r.shift(shift, false); })
        .Case([&](arith::ShRSIOp shift) { r.shift(shift, true); })
        .Case([&](arith::ShRUIOp shift) { r.shift(shift, false); })
        .Case([&](arith::FPToSIOp cast) { r.truncate(cast, true); })
        .Case([&](arith::FPToUIOp cast) { r.truncate(cast, false); });
  }
};

} // namespace
