//===- Lookup.cpp - Entries of tables that bodies read --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Match/Lookup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ashlar {

std::optional<Lookup> matchLookup(Operation *op) {
  ValueRange indices;
  Value table;
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    table = extract.getTensor();
    indices = extract.getIndices();
    if (!table.getDefiningOp<arith::ConstantOp>())
      return std::nullopt;
  } else if (auto load = dyn_cast<memref::LoadOp>(op)) {
    table = load.getMemRef();
    indices = load.getIndices();
  } else {
    return std::nullopt;
  }
  auto type = cast<ShapedType>(table.getType());
  if (!type.hasRank() || type.getShape() != ArrayRef{kLookupEntries} ||
      !type.getElementType().isInteger(8) ||
      table.getParentBlock() == op->getBlock())
    return std::nullopt;
  auto cast = indices[0].getDefiningOp<arith::IndexCastUIOp>();
  if (!cast || !cast.getIn().getType().isInteger(8))
    return std::nullopt;
  return Lookup{table, cast.getIn()};
}

SmallVector<Lookup> findLookups(linalg::LinalgOp op) {
  SmallVector<Lookup> lookups;
  for (Operation &inner : *op.getBlock())
    if (std::optional<Lookup> lookup = matchLookup(&inner))
      lookups.push_back(*lookup);
  return lookups;
}

bool isLookup(linalg::LinalgOp op) {
  // The cast to an index, the entry, its yield.
  if (op.getNumDpsInits() != 1 || op.getNumDpsInputs() != 1 ||
      op.getNumReductionLoops() != 0 ||
      op.getBlock()->getOperations().size() != 3)
    return false;
  Value result = op.getBlock()->getTerminator()->getOperand(0);
  std::optional<Lookup> lookup = result.getDefiningOp()
                                     ? matchLookup(result.getDefiningOp())
                                     : std::nullopt;
  return lookup && lookup->byte == op.getBlock()->getArgument(0) &&
         llvm::all_of(op.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isIdentity(); });
}

} // namespace ashlar
