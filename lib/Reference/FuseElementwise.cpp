//===- FuseElementwise.cpp - Fewer passes over memory on the host ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's fusion with two rules more. A producer that computes something
// must not be computed again for every point of loops that only the consumer
// has: a product would take an activation in front of it as often as it has
// columns. And a producer that adds to what its result holds (a product over no
// loop, as a depthwise 1x1 convolution is) must not be computed again at all,
// which upstream's pass does where it keeps the producer's result beside the
// consumer's.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar::reference {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

namespace {

struct FuseElementwise
    : ashlar::reference::impl::FuseElementwiseBase<FuseElementwise> {
  static bool mayFuse(OpOperand *operand) {
    auto producer = operand->get().getDefiningOp<linalg::LinalgOp>();
    auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
    return producer && consumer && producer->hasOneUse() &&
           (consumer.getMatchingIndexingMap(operand).isPermutation() ||
            llvm::hasSingleElement(*producer.getBlock())) &&
           llvm::none_of(producer.getDpsInitsMutable(), [&](OpOperand &init) {
             return producer.payloadUsesValueFromOperand(&init);
           });
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, mayFuse);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
