//===- TransposeProducts.cpp - Contiguous inputs of products --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/STLExtras.h"

namespace ashlar::reference {
#define GEN_PASS_DEF_TRANSPOSEPRODUCTS
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

/// The loop that the last dimension of the only result runs along, if it is a
/// plain one.
static std::optional<unsigned> getInnermost(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1 ||
      !op.hasPureTensorSemantics())
    return std::nullopt;
  AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (out.getNumResults() == 0)
    return std::nullopt;
  auto last = dyn_cast<AffineDimExpr>(out.getResults().back());
  return last ? std::optional(last.getPosition()) : std::nullopt;
}

/// Moves the dimension along `loop` of an input last, if a reduction runs along
/// the last one now.
static void transposeInput(linalg::GenericOp op, OpOperand &input,
                           unsigned loop) {
  AffineMap map = op.getMatchingIndexingMap(&input);
  auto type = dyn_cast<RankedTensorType>(input.get().getType());
  if (!type || !map.isProjectedPermutation() || map.getNumResults() < 2)
    return;
  unsigned last = map.getDimPosition(map.getNumResults() - 1);
  std::optional<unsigned> at =
      map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
  if (!at || last == loop ||
      op.getIteratorTypesArray()[last] != utils::IteratorType::reduction)
    return;
  auto permutation =
      llvm::to_vector(llvm::seq<int64_t>(0, map.getNumResults()));
  permutation.erase(permutation.begin() + *at);
  permutation.push_back(*at);
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : permutation) {
    shape.push_back(type.getDimSize(dim));
    exprs.push_back(map.getResult(dim));
  }
  if (ShapedType::isDynamicShape(shape))
    return;
  OpBuilder b(op);
  Value empty =
      tensor::EmptyOp::create(b, op.getLoc(), shape, type.getElementType());
  auto transpose = linalg::TransposeOp::create(b, op.getLoc(), input.get(),
                                               empty, permutation);
  input.set(transpose->getResult(0));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps[input.getOperandNumber()] =
      AffineMap::get(map.getNumDims(), 0, exprs, op.getContext());
  op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
}

namespace {

struct TransposeProducts
    : ashlar::reference::impl::TransposeProductsBase<TransposeProducts> {
  void runOnOperation() override {
    getOperation().walk([](linalg::GenericOp op) {
      std::optional<unsigned> loop = getInnermost(op);
      if (!loop || op.getNumDpsInputs() != 2)
        return;
      for (OpOperand *input : op.getDpsInputOperands())
        transposeInput(op, *input, *loop);
    });
  }
};

} // namespace
