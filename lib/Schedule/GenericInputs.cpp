//===- GenericInputs.cpp - Who reads what, and one input more -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericInputs.h"

using namespace mlir;

namespace ashlar {

bool hasOneReader(Value value) {
  return llvm::count_if(value.getUses(), [](OpOperand &use) {
           return !isOpTriviallyDead(use.getOwner());
         }) == 1;
}

void addInput(linalg::GenericOp op, Value value, AffineMap map, Value replaced,
              PatternRewriter &rewriter) {
  SmallVector<Value> inputs = op.getDpsInputs();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned place = inputs.size();
  inputs.push_back(value);
  maps.insert(maps.begin() + place, map);
  auto result = linalg::GenericOp::create(
      rewriter, op.getLoc(), op.getResultTypes(), inputs, op.getDpsInits(),
      maps, op.getIteratorTypesArray());
  result->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.inlineRegionBefore(op.getRegion(), result.getRegion(),
                              result.getRegion().begin());
  Block &body = result.getRegion().front();
  BlockArgument argument =
      body.insertArgument(place, replaced.getType(), op.getLoc());
  rewriter.replaceAllUsesWith(replaced, argument);
  for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&inner))
      rewriter.eraseOp(&inner);
  rewriter.replaceOp(op, result.getResults());
}

} // namespace ashlar
