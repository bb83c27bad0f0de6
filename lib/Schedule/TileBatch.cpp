//===- TileBatch.cpp - Products of a batch inside a tile ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles of a batch of small products (the groups of a convolution, mostly) hold
// several points of it, so that copies move whole bursts and there are few of
// them. The matrix unit takes the points one after the other: a loop inside the
// tile around the product, what makes its first values and what drains it, all
// of them on views of the tiles in which the batch has no dimension.
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace ashlar {

/// What touches the accumulators, point by point.
void TileBuilder::buildPoints() {
  // The loop goes on to the drain: what stands between runs ahead of it.
  for (int index = group.root + 1; index < group.drainMember; ++index)
    cloneMember(index);
  OpBuilder::InsertionGuard guard(builder);
  std::vector<LocalBuffer> tilesOfBatch = locals;
  auto positionOfBatch = position;
  enterPoints();
  const GroupBuffer &buffer = group.buffers[group.accumulator];
  LocalBuffer &acc = locals[group.accumulator];
  acc.acc = allocate(cast<MemRefType>(buffer.value.getType()).getElementType(),
                     acc.accExprs, npu::Space::Acc);
  if (buffer.readFirst)
    preload();
  for (unsigned index = 0; index <= group.root; ++index)
    if (runsPerPoint(group, index))
      cloneMember(index);
  if (accumulatorNeedsSram(group))
    drainToSram();
  if (group.drainMember >= 0)
    cloneMember(group.drainMember);
  locals = std::move(tilesOfBatch);
  position = positionOfBatch;
  for (unsigned loop : batch)
    dropped[loop] = false;
}

/// Loops over the batch's points in the tile, and the views of one.
void TileBuilder::enterPoints() {
  std::vector<SmallVector<OpFoldResult>> sizes(locals.size());
  for (auto [number, local] : llvm::enumerate(locals))
    for (AffineExpr expr : local.exprs)
      sizes[number].push_back(indexExtent(expr));
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> corner = position;
  for (unsigned loop : batch) {
    Value end = getValueOrCreateConstantIndexOp(builder, loc, extents[loop]);
    auto op = scf::ForOp::create(builder, loc, zero, end, one);
    builder.setInsertionPointToStart(op.getBody());
    position[loop] = op.getInductionVar();
  }
  for (unsigned number = 0; number < locals.size(); ++number)
    viewPoint(number, sizes[number]);
  for (unsigned loop : batch) {
    dropped[loop] = true;
    if (corner[loop])
      position[loop] =
          arith::AddIOp::create(builder, loc, corner[loop], position[loop]);
  }
}

/// The part of a tile that belongs to the current point.
void TileBuilder::viewPoint(unsigned number, ArrayRef<OpFoldResult> sizes) {
  LocalBuffer &local = locals[number];
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> extent(sizes),
      strides(sizes.size(), builder.getIndexAttr(1));
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;
  for (auto [index, expr] : llvm::enumerate(local.exprs)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (dim && llvm::is_contained(batch, dim.getPosition())) {
      offsets[index] = position[dim.getPosition()];
      extent[index] = builder.getIndexAttr(1);
      continue;
    }
    exprs.push_back(expr);
    shape.push_back(
        getConstantIntValue(extent[index]).value_or(ShapedType::kDynamic));
  }
  if (!local.sram || exprs.size() == local.exprs.size())
    return;
  auto type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(local.sram.getType()), offsets, extent, strides);
  local.sram = memref::SubViewOp::create(builder, loc, type, local.sram,
                                         offsets, extent, strides);
  local.exprs = exprs;
}

} // namespace ashlar
