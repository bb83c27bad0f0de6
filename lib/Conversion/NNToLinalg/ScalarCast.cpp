//===- ScalarCast.cpp - Conversion of one element -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

/// Whether x differs from 0.
static Value castToBool(ImplicitLocOpBuilder &b, Value value) {
  Type type = value.getType();
  if (isa<FloatType>(type)) {
    Value wide = widen(b, value);
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, wide,
                                 makeFloat(b, wide.getType(), 0));
  }
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, value,
                               makeInt(b, type, 0));
}

static Value resizeInt(ImplicitLocOpBuilder &b, Value value, Type to,
                       bool isUnsigned) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned width = to.getIntOrFloatBitWidth();
  if (from == width)
    return value;
  if (from > width)
    return arith::TruncIOp::create(b, to, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, to, value);
  return arith::ExtSIOp::create(b, to, value);
}

/// Truncates and saturates to 32 or 64 bits, then wraps to what is narrower.
static Value floatToInt(ImplicitLocOpBuilder &b, Value value, Type to,
                        bool isUnsigned) {
  value = widen(b, value);
  unsigned width = to.getIntOrFloatBitWidth();
  Type lane = width < 32 ? b.getI32Type() : to;
  if (isUnsigned && width >= 32)
    return arith::FPToUIOp::create(b, lane, value);
  return resizeInt(b, arith::FPToSIOp::create(b, lane, value), to,
                   /*isUnsigned=*/false);
}

/// To nearest even; halves by way of f32, as the machine does.
static Value intToFloat(ImplicitLocOpBuilder &b, Value value, Type to,
                        bool isUnsigned) {
  Type lane = getComputeType(to);
  if (value.getType().getIntOrFloatBitWidth() < 32)
    value = resizeInt(b, value, b.getI32Type(), isUnsigned);
  Value wide = isUnsigned ? Value(arith::UIToFPOp::create(b, lane, value))
                          : Value(arith::SIToFPOp::create(b, lane, value));
  return narrow(b, wide, to);
}

static Value floatToFloat(ImplicitLocOpBuilder &b, Value value, Type to) {
  Type lane = getComputeType(to);
  value = widen(b, value);
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned width = lane.getIntOrFloatBitWidth();
  if (from < width)
    value = arith::ExtFOp::create(b, lane, value);
  else if (from > width)
    value = arith::TruncFOp::create(b, lane, value);
  return narrow(b, value, to);
}

Value nntolinalg::castScalar(ImplicitLocOpBuilder &b, Value value, Type from,
                             Type to) {
  bool fromUnsigned = from.isUnsignedInteger() || from.isInteger(1);
  bool toUnsigned = to.isUnsignedInteger();
  Type signless = getSignless(to);
  if (from == to)
    return value;
  if (to.isInteger(1))
    return castToBool(b, value);
  if (isa<FloatType>(from))
    return isa<FloatType>(to) ? floatToFloat(b, value, to)
                              : floatToInt(b, value, signless, toUnsigned);
  return isa<FloatType>(to) ? intToFloat(b, value, to, fromUnsigned)
                            : resizeInt(b, value, signless, fromUnsigned);
}
