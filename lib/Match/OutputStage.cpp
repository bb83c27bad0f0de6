//===- OutputStage.cpp - Which elementwise operation a drain can do -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Match/OutputStage.h"

#include "ashlar/Match/Lookup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace ashlar {

/// A tensor's element as f32: as it is, widened, or from an integer.
static bool isTensorElement(Value value, Value chain, Block *body) {
  Operation *op = value.getDefiningOp();
  if (op && op->getBlock() == body &&
      isa<arith::ExtFOp, arith::SIToFPOp, arith::UIToFPOp>(op)) {
    value = op->getOperand(0);
    Operation *inner = value.getDefiningOp();
    if (inner && isa<arith::ExtSIOp, arith::ExtUIOp>(inner))
      value = inner->getOperand(0);
    // There is no descriptor of words without a sign.
    else if (isa<arith::UIToFPOp>(op) &&
             value.getType().getIntOrFloatBitWidth() > 16)
      return false;
  } else if (op || !value.getType().isF32()) {
    return false;
  }
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner() == body && value != chain &&
         !argument.getType().isInteger(1);
}

/// Such an element times a constant.
static bool isScaledElement(Value value, Value chain, Block *body) {
  auto mul = value.getDefiningOp<arith::MulFOp>();
  if (!mul || mul->getBlock() != body || !mul.getType().isF32())
    return false;
  return (isTensorElement(mul.getLhs(), chain, body) &&
          matchPattern(mul.getRhs(), m_Constant())) ||
         (isTensorElement(mul.getRhs(), chain, body) &&
          matchPattern(mul.getLhs(), m_Constant()));
}

static std::optional<double> getConstant(Value value) {
  FloatAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || attr.getValue().isNaN())
    return std::nullopt;
  return attr.getValueAsDouble();
}

/// The constant `value` without a fraction.
static bool isIntegral(Value value) {
  std::optional<double> number = getConstant(value);
  return number && std::isfinite(*number) && std::nearbyint(*number) == *number;
}

namespace {
/// What the chain's value is known to be after a step.
struct ChainState {
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  Value value, accArg;
  OutputStageWork work;
  double low = -kInfinity, high = kInfinity;
  bool integral = false;  ///< rounded already: converting to integers is exact
  bool converted = false; ///< left f32: nothing but narrowing may follow
  bool looked = false;    ///< an entry of a table: nothing may follow

  bool advance(Operation *op);

private:
  bool advanceBinary(Operation *op);
  bool advanceBound(Operation *op, Value bound);
  bool narrow(Operation *op);
  bool lookUp(Operation *op);
  bool fits(double from, double to) const { return low >= from && high <= to; }
};
} // namespace

bool ChainState::advanceBound(Operation *op, Value bound) {
  std::optional<double> number = getConstant(bound);
  if (!number)
    return false;
  if (isa<arith::MaximumFOp>(op)) {
    low = std::max(low, *number);
    high = std::max(high, *number);
  } else {
    low = std::min(low, *number);
    high = std::min(high, *number);
  }
  integral &= isIntegral(bound);
  ++work.steps;
  return true;
}

bool ChainState::advanceBinary(Operation *op) {
  Block *body = op->getBlock();
  bool chainFirst = op->getOperand(0) == value;
  Value other = op->getOperand(chainFirst ? 1 : 0);
  if (other == value || !op->getResult(0).getType().isF32())
    return false;
  if (isa<arith::MaximumFOp, arith::MinimumFOp>(op))
    return advanceBound(op, other);
  bool isSum = isa<arith::AddFOp>(op) || (isa<arith::SubFOp>(op) && chainFirst);
  if (!isSum && !isa<arith::MulFOp>(op))
    return false;
  integral &= isIntegral(other);
  low = -kInfinity;
  high = kInfinity;
  bool isScaled = isSum && isScaledElement(other, accArg, body);
  work.steps += isScaled ? 2 : 1;
  return isScaled || matchPattern(other, m_Constant()) ||
         isTensorElement(other, accArg, body);
}

/// From i32 to fewer bits: the value is known to fit.
bool ChainState::narrow(Operation *op) {
  unsigned width = op->getResult(0).getType().getIntOrFloatBitWidth();
  if (width < 8 || !integral)
    return false;
  double top = std::ldexp(1.0, width - 1);
  work.isUnsigned = fits(0, 2 * top - 1) && !fits(-top, top - 1);
  return fits(0, 2 * top - 1) || fits(-top, top - 1);
}

/// From a byte to its entry in a table, by way of an index.
bool ChainState::lookUp(Operation *op) {
  if (isa<arith::IndexCastUIOp>(op))
    return value.getType().isInteger(8);
  looked = matchLookup(op).has_value();
  ++work.steps;
  return looked;
}

bool ChainState::advance(Operation *op) {
  if (looked)
    return false;
  if (converted) {
    if (isa<arith::TruncIOp>(op) ? !narrow(op) : !lookUp(op))
      return false;
  } else if (op->getNumOperands() == 2) {
    if (!advanceBinary(op))
      return false;
  } else if (isa<math::RoundEvenOp>(op) && op->getResult(0).getType().isF32()) {
    integral = true;
    ++work.steps;
  } else if (isa<arith::SIToFPOp>(op) && value == accArg) {
    if (!op->getResult(0).getType().isF32())
      return false;
    integral = true;
  } else if (isa<arith::FPToSIOp, arith::FPToUIOp>(op)) {
    if (!integral || op->getResult(0).getType().getIntOrFloatBitWidth() > 32)
      return false;
    converted = true;
    work.isUnsigned = isa<arith::FPToUIOp>(op);
  } else if (isa<arith::TruncFOp>(op)) {
    converted = true;
    integral = false;
  } else {
    return false;
  }
  value = op->getResult(0);
  return true;
}

/// Takes `state`, which stands at input number `accInput` of `op`, to its
/// result.
static bool walkChain(linalg::LinalgOp op, unsigned accInput,
                      ChainState &state) {
  if (op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() || op.hasIndexSemantics() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return false;
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return false;
  if (!op.getIndexingMapsArray().back().isPermutation() ||
      !op.getIndexingMapsArray()[accInput].isPermutation())
    return false;
  Block *body = op.getBlock();
  state.value = state.accArg = body->getArgument(accInput);
  if (!state.accArg.hasOneUse() && !state.accArg.use_empty())
    return false;
  Value result = body->getTerminator()->getOperand(0);
  while (state.value != result) {
    if (!state.value.hasOneUse())
      return false;
    Operation *user = *state.value.user_begin();
    if (user->getBlock() != body || !state.advance(user))
      return false;
  }
  return state.value != state.accArg ||
         result.getType() == body->getArguments().back().getType();
}

std::optional<OutputStageWork> matchOutputStage(linalg::LinalgOp op,
                                                unsigned accInput) {
  ChainState state;
  if (!walkChain(op, accInput, state))
    return std::nullopt;
  return state.work;
}

std::optional<OutputStageWork> matchOutputStage(linalg::LinalgOp first,
                                                unsigned accInput,
                                                linalg::LinalgOp second,
                                                unsigned chainInput) {
  ChainState state;
  if (!walkChain(first, accInput, state) ||
      (state.converted && findLookups(second).empty()) ||
      !walkChain(second, chainInput, state))
    return std::nullopt;
  return state.work;
}

bool isOutputStageWork(linalg::LinalgOp op, unsigned accInput) {
  std::optional<OutputStageWork> work = matchOutputStage(op, accInput);
  return work && work->steps <= kMaxOutputSteps;
}

} // namespace ashlar
