//===- OutputStage.cpp - Conversions of the output stage on the host ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputStage.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

Value ashlar::convertPlain(ImplicitLocOpBuilder &b, Value value, Type to) {
  Type from = value.getType();
  if (from == to)
    return value;
  unsigned fromWidth = from.getIntOrFloatBitWidth(),
           toWidth = to.getIntOrFloatBitWidth();
  if (isa<FloatType>(to)) {
    if (toWidth > fromWidth)
      return arith::ExtFOp::create(b, to, value);
    return arith::TruncFOp::create(b, to, value);
  }
  if (toWidth > fromWidth)
    return arith::ExtSIOp::create(b, to, value);
  APInt lowest = APInt::getSignedMinValue(toWidth).sext(fromWidth);
  APInt highest = APInt::getSignedMaxValue(toWidth).sext(fromWidth);
  Value low = arith::ConstantOp::create(b, b.getIntegerAttr(from, lowest));
  Value high = arith::ConstantOp::create(b, b.getIntegerAttr(from, highest));
  value = arith::MaxSIOp::create(b, value, low);
  value = arith::MinSIOp::create(b, value, high);
  return arith::TruncIOp::create(b, to, value);
}
