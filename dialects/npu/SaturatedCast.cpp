//===- SaturatedCast.cpp - Floats clamped to a small integer type ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SaturatedCast.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace ashlar;

/// The bound of a clamp by a constant, which it sets together with what is
/// clamped.
template <typename Clamp>
static std::optional<double> matchBound(Operation *op, Value &clamped) {
  auto clamp = dyn_cast<Clamp>(op);
  FloatAttr bound;
  if (!clamp || !matchPattern(clamp.getRhs(), m_Constant(&bound)))
    return std::nullopt;
  clamped = clamp.getLhs();
  return bound.getValueAsDouble();
}

std::optional<npu::SaturatedCast> npu::matchSaturatedCast(Operation *op) {
  auto cast = dyn_cast<arith::TruncIOp>(op);
  if (!cast || !(cast.getType().isInteger(8) || cast.getType().isInteger(16)))
    return std::nullopt;
  auto convert = cast.getIn().getDefiningOp<arith::FPToSIOp>();
  if (!convert || !convert->hasOneUse() || !convert.getType().isInteger(32) ||
      !convert.getIn().getType().isF32())
    return std::nullopt;
  SaturatedCast result{convert.getIn(), false, false, {convert}};
  std::optional<double> low, high;
  for (unsigned step = 0; step < 2; ++step) {
    Operation *clamp = result.source.getDefiningOp();
    if (!clamp || !clamp->hasOneUse())
      return std::nullopt;
    if (auto bound = matchBound<arith::MaximumFOp>(clamp, result.source))
      low = bound;
    else if (auto bound = matchBound<arith::MinimumFOp>(clamp, result.source))
      high = bound;
    else
      return std::nullopt;
    result.steps.push_back(clamp);
  }
  auto round = result.source.getDefiningOp<math::RoundEvenOp>();
  if (round && round->hasOneUse()) {
    result.source = round.getOperand();
    result.rounds = true;
    result.steps.push_back(round);
  }
  double range = double(1 << cast.getType().getIntOrFloatBitWidth());
  result.isSigned = low == -range / 2;
  if (result.isSigned ? high == range / 2 - 1 : low == 0.0 && high == range - 1)
    return result;
  return std::nullopt;
}
