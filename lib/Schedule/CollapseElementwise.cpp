//===- CollapseElementwise.cpp - Elementwise operations follow products ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution of a window of one element is a matrix product over merged
// places, and its result is expanded. What follows on it has to run over the
// merged dimensions as well, to become part of the product's group.
//
//===----------------------------------------------------------------------===//

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
  if (!op || !value.hasOneUse() || depth == maxDepth)
    return false;
  if (op.getNumReductionLoops() != 0)
    return matchMatrixWork(op) || matchWindowWork(op);
  return llvm::any_of(op.getDpsInputs(), [&](Value input) {
    return finishesProduct(input, depth + 1);
  });
}

/// Whether an elementwise operation reads an expanded result of another
/// operation, and is not another product's epilogue.
static bool shouldCollapse(OpOperand *operand) {
  auto reader = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  return reader && expand &&
         expand.getSrc().getDefiningOp<linalg::LinalgOp>() &&
         llvm::none_of(reader.getDpsInputs(),
                       [](Value input) { return finishesProduct(input); }) &&
         reader.hasPureTensorSemantics() &&
         reader.getNumReductionLoops() == 0 && !reader.hasIndexSemantics();
}

namespace {

struct CollapseElementwise
    : ashlar::impl::CollapseElementwiseBase<CollapseElementwise> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns,
                                                       shouldCollapse);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::EmptyOp::getCanonicalizationPatterns(patterns, context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
