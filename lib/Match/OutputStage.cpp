//===- OutputStage.cpp - Which elementwise operation a drain can do -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Match/OutputStage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ashlar {

/// A tensor's element as f32 (as it is, widened, or from an integer), or a
/// constant.
static bool isStepOperand(Value value, Value chain, Block *body) {
  if (matchPattern(value, m_Constant()))
    return true;
  if (Operation *op = value.getDefiningOp()) {
    if (op->getBlock() != body || !isa<arith::ExtFOp, arith::SIToFPOp>(op))
      return false;
    value = op->getOperand(0);
  }
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner() == body && value != chain;
}

/// The constant `value` without a fraction.
static bool isIntegral(Value value) {
  FloatAttr attr;
  return matchPattern(value, m_Constant(&attr)) && attr.getValue().isInteger();
}

/// What the chain's value is known to be after a step.
struct ChainState {
  Value value;
  bool integral = false;  ///< rounded already: converting to integers is exact
  bool converted = false; ///< left f32: nothing may follow
};

static bool advanceBinary(Operation *op, ChainState &state, Value accArg) {
  Block *body = op->getBlock();
  bool chainFirst = op->getOperand(0) == state.value;
  Value other = op->getOperand(chainFirst ? 1 : 0);
  if (other == state.value || !op->getResult(0).getType().isF32())
    return false;
  bool isConstant = matchPattern(other, m_Constant());
  if (isa<arith::MaximumFOp, arith::MinimumFOp>(op)) {
    state.integral &= isIntegral(other);
    return isConstant;
  }
  if (!isa<arith::AddFOp, arith::MulFOp>(op) &&
      !(isa<arith::SubFOp>(op) && chainFirst))
    return false;
  state.integral &= isIntegral(other);
  return isStepOperand(other, accArg, body);
}

static bool advance(Operation *op, ChainState &state, Value accArg) {
  if (state.converted)
    return false;
  if (op->getNumOperands() == 2) {
    if (!advanceBinary(op, state, accArg))
      return false;
  } else if (isa<math::RoundEvenOp>(op) && op->getResult(0).getType().isF32()) {
    state.integral = true;
  } else if (isa<arith::SIToFPOp>(op) && state.value == accArg) {
    if (!op->getResult(0).getType().isF32())
      return false;
    state.integral = true;
  } else if (isa<arith::FPToSIOp, arith::FPToUIOp>(op)) {
    if (!state.integral ||
        op->getResult(0).getType().getIntOrFloatBitWidth() > 32)
      return false;
    state.converted = true;
  } else if (isa<arith::TruncFOp>(op)) {
    state.converted = true;
  } else {
    return false;
  }
  state.value = op->getResult(0);
  return true;
}

bool isOutputStageWork(linalg::LinalgOp op, unsigned accInput) {
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
  Value accArg = body->getArgument(accInput);
  if (!accArg.hasOneUse() && !accArg.use_empty())
    return false;
  ChainState state{accArg};
  Value result = body->getTerminator()->getOperand(0);
  while (state.value != result) {
    if (!state.value.hasOneUse())
      return false;
    Operation *user = *state.value.user_begin();
    if (user->getBlock() != body || !advance(user, state, accArg))
      return false;
  }
  return state.value != accArg ||
         accArg.getType() == op.getBlock()->getArguments().back().getType();
}

} // namespace ashlar
