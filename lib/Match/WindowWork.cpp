//===- WindowWork.cpp - Which linalg operation is a windowed reduction ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Match/WindowWork.h"

#include "ashlar/Match/MatrixWork.h"
#include "ashlar/Match/VectorProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ashlar {

namespace {
/// An input's element, as it is or widened.
struct Factor {
  BlockArgument argument;
  bool isWidened = false, isUnsigned = false;
};
} // namespace

static Factor matchFactor(Value value) {
  Factor factor;
  if (auto op = value.getDefiningOp();
      op && isa<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(op)) {
    factor.isWidened = true;
    factor.isUnsigned = isa<arith::ExtUIOp>(op);
    value = op->getOperand(0);
  }
  factor.argument = dyn_cast<BlockArgument>(value);
  return factor;
}

static bool isNarrowInteger(Type type) {
  return type.isSignlessInteger(8) || type.isSignlessInteger(16);
}

/// Sums are i32 or f32, whatever is summed.
static bool areSumTypes(Type element, Type out) {
  if (out.isSignlessInteger(32))
    return isNarrowInteger(element) || element == out;
  return out.isF32() &&
         (element.isF16() || element.isBF16() || element.isF32());
}

/// Largest and smallest values are exact in any type that holds the elements.
/// Unsigned words have no place among the unit's 32-bit lanes.
static bool areChoiceTypes(Type element, Type out, bool isUnsigned) {
  if (areSumTypes(element, out))
    return !(isUnsigned && element.isSignlessInteger(32));
  return element == out &&
         (isNarrowInteger(out) || out.isF16() || out.isBF16());
}

/// The kind, by the operation that combines; unsigned comparisons say what
/// their operands are.
static std::optional<WindowWork::Kind> getKind(Operation *combiner,
                                               bool &isUnsigned) {
  using Kind = WindowWork::Kind;
  isUnsigned = isa<arith::MaxUIOp, arith::MinUIOp>(combiner);
  return llvm::TypeSwitch<Operation *, std::optional<Kind>>(combiner)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return Kind::Sum; })
      .Case<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(
          [](auto) { return Kind::Max; })
      .Case<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(
          [](auto) { return Kind::Min; })
      .Default([](Operation *) { return std::nullopt; });
}

/// out + widen(x) * widen(w).
static bool matchProduct(linalg::LinalgOp op, Value contribution,
                         WindowWork &work) {
  Operation *mul = contribution.getDefiningOp();
  if (!mul || !isa<arith::MulFOp, arith::MulIOp>(mul))
    return false;
  Factor first = matchFactor(mul->getOperand(0)),
         second = matchFactor(mul->getOperand(1));
  if (!first.argument || !second.argument || first.argument == second.argument)
    return false;
  Type a = first.argument.getType(), b = second.argument.getType(),
       out = mul->getResult(0).getType();
  bool widened =
      out.isF32() ? a == b : isNarrowInteger(a) && isNarrowInteger(b);
  if (!widened || !areSumTypes(a, out) || !areSumTypes(b, out))
    return false;
  unsigned one = first.argument.getArgNumber(),
           other = second.argument.getArgNumber();
  if (one >= op.getNumDpsInputs() || other >= op.getNumDpsInputs())
    return false;
  // The window slides over the one that all results need.
  AffineMap map = op.getIndexingMapsArray()[one];
  bool firstSlides = llvm::all_of(
      work.domain, [&](unsigned loop) { return map.isFunctionOfDim(loop); });
  if (!firstSlides) {
    std::swap(one, other);
    std::swap(first, second);
  }
  work.kind = WindowWork::Kind::Mac;
  work.input = one;
  work.weights = other;
  work.inputUnsigned = first.isUnsigned;
  work.weightsUnsigned = second.isUnsigned;
  return true;
}

/// out op widen(x).
static bool matchPool(linalg::LinalgOp op, Value contribution, Type out,
                      WindowWork &work) {
  bool isUnsigned;
  std::optional<WindowWork::Kind> kind = getKind(work.combiner, isUnsigned);
  Factor factor = matchFactor(contribution);
  if (!kind || !factor.argument ||
      factor.argument.getArgNumber() >= op.getNumDpsInputs())
    return false;
  Type element = factor.argument.getType();
  // Unsigned elements that were widened compare as signed.
  isUnsigned = factor.isWidened ? factor.isUnsigned : isUnsigned;
  if (*kind == WindowWork::Kind::Sum
          ? !areSumTypes(element, out)
          : !areChoiceTypes(element, out, isUnsigned))
    return false;
  work.kind = *kind;
  work.input = factor.argument.getArgNumber();
  work.inputUnsigned = isUnsigned;
  return true;
}

/// Channels are the last index of every operand and nowhere else.
static bool findChannels(ArrayRef<AffineMap> maps, WindowWork &work) {
  std::optional<unsigned> channels;
  for (AffineMap map : maps) {
    if (map.getNumResults() == 0)
      return false;
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    if (!last || (channels && *channels != last.getPosition()))
      return false;
    channels = last.getPosition();
    for (AffineExpr expr : map.getResults().drop_back())
      if (expr.isFunctionOfDim(*channels))
        return false;
  }
  work.channels = *channels;
  return llvm::is_contained(work.domain, *channels);
}

/// Whether some index is a sum of a place and a step within the window.
static bool slides(AffineMap map, const WindowWork &work) {
  auto uses = [](AffineExpr expr, ArrayRef<unsigned> loops) {
    return llvm::any_of(
        loops, [&](unsigned loop) { return expr.isFunctionOfDim(loop); });
  };
  return llvm::any_of(map.getResults(), [&](AffineExpr expr) {
    return uses(expr, work.domain) && uses(expr, work.window);
  });
}

std::optional<WindowWork> matchWindowWork(linalg::LinalgOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0 ||
      op.hasIndexSemantics())
    return std::nullopt;
  for (Value operand : op->getOperands())
    if (!isa<ShapedType>(operand.getType()))
      return std::nullopt;
  WindowWork work;
  for (auto [loop, type] : llvm::enumerate(op.getIteratorTypesArray()))
    (type == utils::IteratorType::reduction ? work.window : work.domain)
        .push_back(loop);
  work.combiner = matchReduction(op, 0);
  if (!work.combiner)
    return std::nullopt;
  BlockArgument old = op.getBlock()->getArguments().back();
  Value contribution =
      work.combiner->getOperand(work.combiner->getOperand(0) == old ? 1 : 0);
  bool isSum = isa<arith::AddFOp, arith::AddIOp>(work.combiner);
  if (!(isSum && matchProduct(op, contribution, work)) &&
      !matchPool(op, contribution, old.getType(), work))
    return std::nullopt;

  SmallVector<AffineMap> all = op.getIndexingMapsArray();
  SmallVector<AffineMap> maps = {all[work.input], all.back()};
  if (work.weights >= 0)
    maps.push_back(all[work.weights]);
  if (!all.back().isProjectedPermutation() ||
      (work.weights >= 0 && !all[work.weights].isProjectedPermutation()) ||
      !llvm::all_of(all[work.input].getResults(), isWindowExpr) ||
      !findChannels(maps, work))
    return std::nullopt;
  for (unsigned loop : work.domain)
    if (!all.back().isFunctionOfDim(loop))
      return std::nullopt;
  for (unsigned loop : work.window)
    if (!all[work.input].isFunctionOfDim(loop) ||
        (work.weights >= 0 && !all[work.weights].isFunctionOfDim(loop)))
      return std::nullopt;
  if (work.weights < 0 && !slides(all[work.input], work))
    return std::nullopt;
  return work;
}

} // namespace ashlar
