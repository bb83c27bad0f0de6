//===- MatrixWork.cpp - Which linalg operation the matrix unit can do -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Match/MatrixWork.h"

#include "ashlar/Match/WindowWork.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace ashlar {

bool isWindowExpr(AffineExpr expr) {
  if (isa<AffineDimExpr>(expr))
    return true;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return isWindowExpr(binary.getLHS()) && isWindowExpr(binary.getRHS());
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && factor &&
         factor.getValue() > 0 && isa<AffineDimExpr>(binary.getLHS());
}

/// The body's argument behind `value`, through at most one widening.
static BlockArgument lookThroughWidening(Value value, bool &isUnsigned) {
  if (Operation *op = value.getDefiningOp()) {
    if (!isa<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(op))
      return {};
    isUnsigned = isa<arith::ExtUIOp>(op);
    value = op->getOperand(0);
  }
  return dyn_cast<BlockArgument>(value);
}

static bool areMatrixTypes(Type lhs, Type rhs, Type out) {
  if (lhs.isSignlessInteger(8) && rhs.isSignlessInteger(8))
    return out.isSignlessInteger(32);
  return lhs == rhs && (lhs.isF32() || lhs.isF16() || lhs.isBF16()) &&
         out.isF32();
}

/// Matches out + widen(lhs) * widen(rhs), operands in any order.
static bool matchBody(linalg::LinalgOp op, MatrixWork &work) {
  Block *body = op.getBlock();
  Operation *add = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!add || !isa<arith::AddFOp, arith::AddIOp>(add))
    return false;
  Value out = body->getArgument(2);
  Value product =
      add->getOperand(0) == out ? add->getOperand(1) : add->getOperand(0);
  if (add->getOperand(0) != out && add->getOperand(1) != out)
    return false;
  Operation *mul = product.getDefiningOp();
  if (!mul || !isa<arith::MulFOp, arith::MulIOp>(mul))
    return false;
  bool firstUnsigned = false, secondUnsigned = false;
  BlockArgument first = lookThroughWidening(mul->getOperand(0), firstUnsigned);
  BlockArgument second =
      lookThroughWidening(mul->getOperand(1), secondUnsigned);
  if (!first || !second)
    return false;
  if (first.getArgNumber() == 1) {
    std::swap(first, second);
    std::swap(firstUnsigned, secondUnsigned);
  }
  if (first.getArgNumber() != 0 || second.getArgNumber() != 1)
    return false;
  work.lhsUnsigned = firstUnsigned;
  work.rhsUnsigned = secondUnsigned;
  return areMatrixTypes(first.getType(), second.getType(), out.getType());
}

static bool classifyLoops(linalg::LinalgOp op, MatrixWork &work) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (auto [loop, type] : llvm::enumerate(op.getIteratorTypesArray())) {
    bool inLhs = maps[0].isFunctionOfDim(loop),
         inRhs = maps[1].isFunctionOfDim(loop);
    if (type == utils::IteratorType::reduction) {
      if (!inLhs || !inRhs)
        return false;
      work.k.push_back(loop);
    } else if (!maps[2].isFunctionOfDim(loop) || (!inLhs && !inRhs)) {
      return false;
    } else {
      (inLhs && inRhs ? work.batch : inLhs ? work.m : work.n).push_back(loop);
    }
  }
  return !work.k.empty() && (!work.m.empty() || !work.n.empty());
}

std::optional<MatrixWork> matchMatrixWork(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.hasIndexSemantics())
    return std::nullopt;
  for (Value operand : op->getOperands())
    if (!isa<ShapedType>(operand.getType()))
      return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!maps[2].isProjectedPermutation())
    return std::nullopt;
  for (AffineMap map : {maps[0], maps[1]})
    if (!llvm::all_of(map.getResults(), isWindowExpr))
      return std::nullopt;
  MatrixWork work;
  if (!matchBody(op, work) || !classifyLoops(op, work) || matchWindowWork(op))
    return std::nullopt;
  work.lhsMayStay = maps[0].isProjectedPermutation();
  work.rhsMayStay = maps[1].isProjectedPermutation();
  if (!work.lhsMayStay && !work.rhsMayStay)
    return std::nullopt;
  return work;
}

} // namespace ashlar
