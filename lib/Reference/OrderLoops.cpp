//===- OrderLoops.cpp - Loop orders that hosts run well -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/STLExtras.h"

namespace ashlar::reference {
#define GEN_PASS_DEF_ORDERLOOPS
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

/// Points of the loop nest from which blocking pays.
static constexpr int64_t kBlockedPoints = 1 << 22;
/// Block sizes: of loops outside, of reductions, of the innermost loop.
static constexpr int64_t kOuterBlock = 64, kReductionBlock = 64,
                         kInnerBlock = 512;

/// Outer parallel loops, reductions, the loop of the result's last dimension.
static std::optional<SmallVector<unsigned>> chooseOrder(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1)
    return std::nullopt;
  AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (out.getNumResults() == 0)
    return std::nullopt;
  auto last = dyn_cast<AffineDimExpr>(out.getResults().back());
  if (!last)
    return std::nullopt;
  SmallVector<unsigned> order;
  auto iterators = op.getIteratorTypesArray();
  for (auto [loop, kind] : llvm::enumerate(iterators))
    if (kind == utils::IteratorType::parallel && loop != last.getPosition())
      order.push_back(loop);
  for (auto [loop, kind] : llvm::enumerate(iterators))
    if (kind == utils::IteratorType::reduction)
      order.push_back(loop);
  order.push_back(last.getPosition());
  return order;
}

/// Whether rows of the result are long enough to be worth the inner loop, and
/// inputs run along them or not at all.
static bool isWorthwhile(linalg::GenericOp op, unsigned innermost) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (sizes[innermost] < 8)
    return false;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    for (AffineExpr expr :
         map.getResults().drop_back(map.getNumResults() == 0 ? 0 : 1))
      if (expr.isFunctionOfDim(innermost))
        return false;
  }
  return true;
}

static FailureOr<linalg::GenericOp> block(IRRewriter &rewriter,
                                          linalg::GenericOp op) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges(), tiles;
  if (ShapedType::isDynamicShape(sizes) ||
      ShapedType::getNumElements(sizes) < kBlockedPoints)
    return failure();
  auto iterators = op.getIteratorTypesArray();
  for (auto [loop, size] : llvm::enumerate(sizes)) {
    int64_t tile = iterators[loop] == utils::IteratorType::reduction
                       ? kReductionBlock
                       : (loop + 1 == sizes.size() ? kInnerBlock : kOuterBlock);
    tiles.push_back(size > tile ? tile : 0);
  }
  auto tiled = linalg::tileLinalgOp(
      rewriter, op, linalg::LinalgTilingOptions().setTileSizes(tiles));
  if (failed(tiled))
    return failure();
  rewriter.eraseOp(op);
  return cast<linalg::GenericOp>(tiled->op.getOperation());
}

namespace {

struct OrderLoops : ashlar::reference::impl::OrderLoopsBase<OrderLoops> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp op) { copies.push_back(op); });
    for (memref::CopyOp copy : copies) {
      rewriter.setInsertionPoint(copy);
      linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(),
                               copy.getTarget());
      rewriter.eraseOp(copy);
    }
    SmallVector<linalg::GenericOp> generics;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.hasPureBufferSemantics())
        generics.push_back(op);
    });
    for (linalg::GenericOp op : generics) {
      std::optional<SmallVector<unsigned>> order = chooseOrder(op);
      if (!order || !isWorthwhile(op, order->back()))
        continue;
      rewriter.setInsertionPoint(op);
      if (failed(linalg::interchangeGenericOp(rewriter, op, *order)))
        continue;
      rewriter.setInsertionPoint(op);
      (void)block(rewriter, op);
    }
  }
};

} // namespace
