//===- NormalizeLinalg.cpp - Linalg on tensors as generics and fills ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Whatever a front end writes reaches the scheduler in two forms: linalg.fill
// and linalg.generic. Everything here is semantics-preserving on its own, with
// one documented exception: half-precision accumulation is widened.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar {
#define GEN_PASS_DEF_NORMALIZELINALG
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

/// softmax and its like become the generics they stand for.
struct DecomposeAggregate
    : OpInterfaceRewritePattern<linalg::AggregatedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::AggregatedOpInterface op,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
    if (failed(results))
      return rewriter.notifyMatchFailure(op, "does not decompose");
    rewriter.replaceOp(op, *results);
    return success();
  }
};

/// An operation without a point to compute leaves its inits as they are.
struct FoldEmptyDomain : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() ||
        !llvm::is_contained(op.getStaticLoopRanges(), 0))
      return failure();
    rewriter.replaceOp(op, op.getDpsInits());
    return success();
  }
};

struct SplatToFill : OpRewritePattern<tensor::SplatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::SplatOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getType().hasStaticShape())
      return failure();
    Value empty =
        tensor::EmptyOp::create(rewriter, op.getLoc(), op.getType().getShape(),
                                op.getType().getElementType());
    rewriter.replaceOpWithNewOp<linalg::FillOp>(op, op.getInput(), empty);
    return success();
  }
};

/// Elementwise operations read their output's old value as an input: outputs of
/// vector programs are written only.
struct InitToInput : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0)
      return failure();
    SmallVector<unsigned> moved, detached;
    for (auto [index, init] : llvm::enumerate(op.getDpsInits())) {
      bool used = !op.getRegionOutputArgs()[index].use_empty();
      if (used)
        moved.push_back(index);
      if (used || !init.getDefiningOp<tensor::EmptyOp>())
        detached.push_back(index);
    }
    if (detached.empty())
      return failure();
    rewrite(op, moved, detached, rewriter);
    return success();
  }

  static void rewrite(linalg::GenericOp op, ArrayRef<unsigned> moved,
                      ArrayRef<unsigned> detached, PatternRewriter &rewriter) {
    SmallVector<Value> inputs = op.getDpsInputs(),
                       inits = llvm::to_vector(op.getDpsInits());
    SmallVector<AffineMap> all = op.getIndexingMapsArray();
    unsigned numInputs = inputs.size();
    SmallVector<AffineMap> maps(all.begin(), all.begin() + numInputs);
    for (unsigned index : moved) {
      inputs.push_back(inits[index]);
      maps.push_back(all[numInputs + index]);
    }
    llvm::append_range(maps, ArrayRef(all).drop_front(numInputs));
    for (unsigned index : detached) {
      auto type = cast<RankedTensorType>(inits[index].getType());
      inits[index] = tensor::EmptyOp::create(
          rewriter, op.getLoc(),
          tensor::getMixedSizes(rewriter, op.getLoc(), inits[index]),
          type.getElementType());
    }
    auto result = linalg::GenericOp::create(rewriter, op.getLoc(),
                                            op.getResultTypes(), inputs, inits,
                                            maps, op.getIteratorTypesArray());
    result->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getRegion(), result.getRegion(),
                                result.getRegion().begin());
    Block &body = result.getRegion().front();
    for (auto [position, index] : llvm::enumerate(moved)) {
      BlockArgument input = body.insertArgument(
          numInputs + position, getElementTypeOrSelf(inits[index].getType()),
          op.getLoc());
      rewriter.replaceAllUsesWith(
          body.getArgument(numInputs + position + 1 + index), input);
    }
    rewriter.replaceOp(op, result.getResults());
  }
};

/// `value` in another element type, as an elementwise operation.
Value convertElements(PatternRewriter &rewriter, Location loc, Value value,
                      Type element) {
  auto source = cast<RankedTensorType>(value.getType());
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, source.getShape(), element);
  SmallVector<AffineMap> maps(
      2, rewriter.getMultiDimIdentityMap(source.getRank()));
  SmallVector<utils::IteratorType> iterators(source.getRank(),
                                             utils::IteratorType::parallel);
  bool widens =
      element.getIntOrFloatBitWidth() > source.getElementTypeBitWidth();
  return linalg::GenericOp::create(
             rewriter, loc, TypeRange(empty.getType()), ValueRange(value),
             ValueRange(empty), maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               Value result = widens ? Value(arith::ExtFOp::create(
                                           builder, loc, element, args[0]))
                                     : Value(arith::TruncFOp::create(
                                           builder, loc, element, args[0]));
               linalg::YieldOp::create(builder, loc, result);
             })
      .getResult(0);
}

/// The init of a sum in f32: a fill stays a fill.
Value widenInit(PatternRewriter &rewriter, Location loc, Value init) {
  auto type = cast<RankedTensorType>(init.getType());
  Type f32 = rewriter.getF32Type();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (!fill)
    return convertElements(rewriter, loc, init, f32);
  Value scalar = arith::ExtFOp::create(rewriter, loc, f32, fill.value());
  Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), f32);
  return linalg::FillOp::create(rewriter, loc, scalar, empty).getResult(0);
}

/// A sum of halves accumulates in f32 and is rounded once: the accumulators of
/// the machine are 32 bits wide, and frameworks mean the same.
struct WidenHalfAccumulation : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
        op.getNumReductionLoops() == 0)
      return failure();
    auto type = cast<RankedTensorType>(op.getResult(0).getType());
    Type half = type.getElementType();
    if ((!half.isF16() && !half.isBF16()) || !type.hasStaticShape())
      return failure();
    BlockArgument old = op.getRegionOutputArgs()[0];
    auto add = op.getBlock()
                   ->getTerminator()
                   ->getOperand(0)
                   .getDefiningOp<arith::AddFOp>();
    if (!add || !old.hasOneUse() || *old.user_begin() != add ||
        add->getBlock() != op.getBlock())
      return rewriter.notifyMatchFailure(op, "not a sum");
    rewrite(op, add, rewriter);
    return success();
  }

  static void rewrite(linalg::GenericOp op, arith::AddFOp add,
                      PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    Type f32 = rewriter.getF32Type();
    Type half = getElementTypeOrSelf(op.getResult(0).getType());
    Value init = widenInit(rewriter, loc, op.getDpsInits()[0]);
    auto sum = linalg::GenericOp::create(
        rewriter, loc, init.getType(), op.getDpsInputs(), init,
        op.getIndexingMapsArray(), op.getIteratorTypesArray());
    sum->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getRegion(), sum.getRegion(),
                                sum.getRegion().begin());
    BlockArgument old = sum.getRegionOutputArgs()[0];
    unsigned termIndex = add.getLhs() == old ? 1 : 0;
    Value term = add->getOperand(termIndex);
    old.setType(f32);
    rewriter.setInsertionPoint(add);
    auto widen = [&](Value value) -> Value {
      return arith::ExtFOp::create(rewriter, loc, f32, value);
    };
    // Products of halves are exact in f32.
    if (auto mul = term.getDefiningOp<arith::MulFOp>(); mul && mul->hasOneUse())
      term = arith::MulFOp::create(rewriter, loc, widen(mul.getLhs()),
                                   widen(mul.getRhs()));
    else
      term = widen(term);
    Value result = arith::AddFOp::create(rewriter, loc, old, term);
    rewriter.modifyOpInPlace(sum.getBlock()->getTerminator(), [&] {
      sum.getBlock()->getTerminator()->setOperand(0, result);
    });
    rewriter.eraseOp(add);
    rewriter.setInsertionPointAfter(sum);
    rewriter.replaceOp(op,
                       convertElements(rewriter, loc, sum.getResult(0), half));
  }
};

struct GeneralizeNamed : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (isa<linalg::FillOp, linalg::GenericOp>(op.getOperation()) ||
        !op.hasPureTensorSemantics())
      return failure();
    DictionaryAttr attributes = op->getDiscardableAttrDictionary();
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return failure();
    rewriter.modifyOpInPlace(*generic, [&] {
      for (NamedAttribute attribute : attributes)
        (*generic)->setDiscardableAttr(attribute.getName(),
                                       attribute.getValue());
    });
    return success();
  }
};

/// Gives every use of a fill or an empty tensor a copy of its own. A shared one
/// would have to be copied once somebody writes into it.
void unshareInits(func::FuncOp function) {
  // Users first: a fill's copies then share its empty tensor until its turn
  // comes.
  for (int round = 0; round < 2; ++round) {
    SmallVector<Operation *> inits;
    function.walk([&](Operation *op) {
      if (round == 0 ? isa<linalg::FillOp>(op) : isa<tensor::EmptyOp>(op))
        inits.push_back(op);
    });
    for (Operation *op : inits) {
      SmallVector<OpOperand *> uses = llvm::map_to_vector(
          op->getUses(), [](OpOperand &use) -> OpOperand * { return &use; });
      for (OpOperand *use : ArrayRef(uses).drop_front(uses.empty() ? 0 : 1)) {
        OpBuilder builder(use->getOwner());
        use->set(builder.clone(*op)->getResult(0));
      }
    }
  }
}

struct NormalizeLinalg : ashlar::impl::NormalizeLinalgBase<NormalizeLinalg> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<DecomposeAggregate, FoldEmptyDomain, SplatToFill, InitToInput,
                 WidenHalfAccumulation, GeneralizeNamed>(context);
    linalg::populateDecomposePadPatterns(patterns);
    tensor::populateDecomposeTensorConcatPatterns(patterns);
    linalg::populateConvertToDestinationStylePatterns(patterns);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    unshareInits(getOperation());
  }
};

} // namespace
