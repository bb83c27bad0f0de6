//===- CollapseElementwise.cpp - Elementwise operations follow products ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution of a window of one element is a matrix product over merged
// places, and its result is expanded. What follows on it has to run over the
// merged dimensions as well, to become part of the product's group. A grouped
// convolution is the opposite: its result has its groups apart, and what
// follows reads it with groups and features as one dimension.
//
//===----------------------------------------------------------------------===//

#include "GenericInputs.h"

#include "ashlar/Schedule/Passes.h"

#include "ashlar/Match/MatrixWork.h"
#include "ashlar/Match/WindowWork.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar {
#define GEN_PASS_DEF_COLLAPSEELEMENTWISE
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

/// Whether `value` is what elementwise operations make of a product that runs
/// over all its dimensions: its output stage takes what follows as it is.
static bool finishesProduct(Value value, unsigned depth = 0) {
  constexpr unsigned maxDepth = 32;
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op || !hasOneReader(value) || depth == maxDepth)
    return false;
  if (op.getNumReductionLoops() != 0)
    return matchMatrixWork(op) || matchWindowWork(op);
  return llvm::any_of(op.getDpsInputs(), [&](Value input) {
    return finishesProduct(input, depth + 1);
  });
}

static bool isElementwise(linalg::GenericOp op) {
  return op && op.hasPureTensorSemantics() && !op.hasIndexSemantics() &&
         op.getNumReductionLoops() == 0;
}

static unsigned bitsOf(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth()
                                : IndexType::kInternalStorageBitWidth;
}

/// The elementwise operation that alone reads the only result of another.
static linalg::GenericOp onlyReader(linalg::GenericOp op) {
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return nullptr;
  auto reader = dyn_cast<linalg::GenericOp>(*op->user_begin());
  return isElementwise(reader) ? reader : nullptr;
}

/// Whether `op` begins to make real numbers of a stored tensor's elements, and
/// what reads them in the end is another product's epilogue, which stays as it
/// is: then so do these, to become part of it, and what is handed over is the
/// narrow tensor.
static bool widensForEpilogue(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 1 || op->getNumResults() != 1 ||
      bitsOf(op.getDpsInputs().front()) >= bitsOf(op->getResult(0)))
    return false;
  linalg::GenericOp reader = onlyReader(op);
  Value read = op->getResult(0);
  while (reader && reader.getNumDpsInputs() == 1) {
    read = reader->getResult(0);
    reader = onlyReader(reader);
  }
  return reader && llvm::any_of(reader.getDpsInputs(), [&](Value input) {
           return input != read && finishesProduct(input);
         });
}

/// Whether an elementwise operation reads an expanded result of another
/// operation, and is not another product's epilogue.
static bool shouldExpandLater(OpOperand *operand) {
  auto reader = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  return isElementwise(reader) && expand &&
         expand.getSrc().getDefiningOp<linalg::LinalgOp>() &&
         !widensForEpilogue(reader) &&
         llvm::none_of(reader.getDpsInputs(),
                       [](Value input) { return finishesProduct(input); });
}

/// Whether elementwise operations have made `value` wider than what they read:
/// then they belong to its reader, so that the narrow tensor is handed over.
static bool isWidened(Value value) {
  unsigned bits = bitsOf(value);
  for (auto op = value.getDefiningOp<linalg::GenericOp>();
       isElementwise(op) && hasOneReader(value) && op.getNumDpsInputs() == 1;
       op = value.getDefiningOp<linalg::GenericOp>()) {
    value = op.getDpsInputs().front();
    if (bitsOf(value) < bits)
      return true;
  }
  return false;
}

/// Whether a stored tensor's elements are made wider and then collapsed for an
/// elementwise reader: collapsed before, all can become one program.
static bool shouldCollapseEarlier(OpOperand *operand) {
  auto collapse = dyn_cast<tensor::CollapseShapeOp>(operand->getOwner());
  return collapse && collapse->hasOneUse() &&
         isElementwise(dyn_cast<linalg::GenericOp>(*collapse->user_begin())) &&
         isWidened(operand->get());
}

/// Whether an elementwise operation reads a collapsed result of a product, and
/// no other product as it is.
static bool shouldExpand(OpOperand *operand) {
  auto reader = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto collapse = operand->get().getDefiningOp<tensor::CollapseShapeOp>();
  if (!isElementwise(reader) || !collapse || !hasOneReader(collapse) ||
      !finishesProduct(collapse.getSrc()) || isWidened(collapse.getSrc()))
    return false;
  bool widens = reader.getNumDpsInputs() == 1 &&
                bitsOf(operand->get()) < bitsOf(reader.getDpsInits().front());
  return !widens && llvm::none_of(reader.getDpsInputs(), [](Value input) {
    return finishesProduct(input);
  });
}

namespace {

struct CollapseElementwise
    : ashlar::impl::CollapseElementwiseBase<CollapseElementwise> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    linalg::populateFoldReshapeOpsByCollapsingPatterns(
        patterns, [](OpOperand *operand) {
          return shouldExpandLater(operand) || shouldCollapseEarlier(operand);
        });
    linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, shouldExpand);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::EmptyOp::getCanonicalizationPatterns(patterns, context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
