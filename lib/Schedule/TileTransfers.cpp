//===- TileTransfers.cpp - On-chip buffers and copies of one group --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace ashlar {

bool isPadded(npu::PadOp pad, unsigned dim) {
  auto source = cast<ShapedType>(pad.getSource().getType());
  auto result = cast<ShapedType>(pad.getResult().getType());
  return source.getDimSize(dim) != result.getDimSize(dim);
}

/// A buffer for a whole tile, seen through a window of the current tile's size.
Value TileBuilder::allocate(Type element, ArrayRef<AffineExpr> exprs,
                            npu::Space space) {
  SmallVector<int64_t> bounds;
  SmallVector<OpFoldResult> sizes;
  for (AffineExpr expr : exprs) {
    bounds.push_back(indexBound(expr));
    sizes.push_back(indexExtent(expr));
  }
  auto attr = npu::SpaceAttr::get(builder.getContext(), space);
  Value buffer = memref::AllocOp::create(
      builder, loc,
      MemRefType::get(bounds, element, MemRefLayoutAttrInterface(), attr));
  if (isEqualConstantIntOrValueArray(
          sizes, getAsIndexOpFoldResult(builder.getContext(), bounds)))
    return buffer;
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  return memref::SubViewOp::create(builder, loc, buffer, offsets, sizes,
                                   strides);
}

void TileBuilder::allocateLocal(unsigned number) {
  LocalBuffer &local = locals[number];
  Type element =
      cast<MemRefType>(group.buffers[number].value.getType()).getElementType();
  bool isAccumulator = int(number) == group.accumulator;
  if (auto pad = group.buffers[number].value.getDefiningOp<npu::PadOp>())
    local.whole = allocatePadded(number);
  else if (isResident(group.buffers[number]))
    local.sram = wholeTile(number);
  else if (!isAccumulator || accumulatorNeedsSram(group))
    local.sram = allocate(element, local.exprs, npu::Space::Sram);
  if (isAccumulator && batch.empty())
    local.acc = allocate(element, local.accExprs, npu::Space::Acc);
}

/// A tile of a padded buffer: copies see all its padded dimensions, members
/// only those that they walk.
Value TileBuilder::allocatePadded(unsigned number) {
  const GroupBuffer &buffer = group.buffers[number];
  LocalBuffer &local = locals[number];
  SmallVector<AffineExpr> exprs;
  SmallVector<int64_t> shape;
  SmallVector<OpFoldResult> sizes;
  for (unsigned index : local.moved) {
    exprs.push_back(buffer.map.getResult(index));
    sizes.push_back(indexExtent(exprs.back()));
    if (llvm::is_contained(local.kept, index))
      shape.push_back(
          getConstantIntValue(sizes.back()).value_or(ShapedType::kDynamic));
  }
  auto element = cast<MemRefType>(buffer.value.getType()).getElementType();
  Value whole = allocate(element, exprs, npu::Space::Sram);
  local.sram = whole;
  if (local.moved == local.kept)
    return whole;
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  auto type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(whole.getType()), offsets, sizes, strides);
  local.sram = memref::SubViewOp::create(builder, loc, type, whole, offsets,
                                         sizes, strides);
  return whole;
}

/// The part of a buffer, wherever it lies, that the current tile covers.
Value TileBuilder::wholeTile(unsigned number) {
  const GroupBuffer &buffer = group.buffers[number];
  const LocalBuffer &local = locals[number];
  auto type = cast<MemRefType>(buffer.value.getType());
  if (type.getRank() == 0)
    return buffer.value;
  SmallVector<OpFoldResult> offsets, sizes;
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  for (AffineExpr expr : buffer.map.getResults()) {
    offsets.push_back(indexOffset(expr));
    sizes.push_back(builder.getIndexAttr(1));
  }
  SmallVector<int64_t> shape;
  for (auto [index, expr] : llvm::zip(local.kept, local.exprs)) {
    sizes[index] = indexExtent(expr);
    shape.push_back(
        getConstantIntValue(sizes[index]).value_or(ShapedType::kDynamic));
  }
  auto result = memref::SubViewOp::inferRankReducedResultType(
      shape, type, offsets, sizes, strides);
  return memref::SubViewOp::create(builder, loc, result, buffer.value, offsets,
                                   sizes, strides);
}

/// One copy from the unpadded source: all of it in padded dimensions, at a
/// position in the tile that may be anywhere.
void TileBuilder::loadPadded(unsigned number, npu::PadOp pad) {
  const GroupBuffer &buffer = group.buffers[number];
  const LocalBuffer &local = locals[number];
  auto type = cast<MemRefType>(pad.getSource().getType());
  SmallVector<OpFoldResult> offsets, sizes;
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<int64_t> shape;
  SmallVector<Value> positions;
  for (auto [index, expr] : llvm::enumerate(buffer.map.getResults())) {
    OpFoldResult offset = indexOffset(expr), low = builder.getIndexAttr(0);
    OpFoldResult size = indexExtent(expr);
    if (isPadded(pad, index)) {
      AffineExpr begin = builder.getAffineSymbolExpr(0);
      low = affine::makeComposedFoldedAffineApply(
          builder, loc, AffineMap::get(0, 1, pad.getLow()[index] - begin),
          {offset});
      size = builder.getIndexAttr(type.getDimSize(index));
      offset = builder.getIndexAttr(0);
    }
    offsets.push_back(offset);
    sizes.push_back(size);
    if (!llvm::is_contained(local.moved, index))
      continue;
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
    positions.push_back(getValueOrCreateConstantIndexOp(builder, loc, low));
  }
  auto part = memref::SubViewOp::inferRankReducedResultType(
      shape, type, offsets, sizes, strides);
  Value source = memref::SubViewOp::create(builder, loc, part, pad.getSource(),
                                           offsets, sizes, strides);
  Value fill = arith::ConstantOp::create(builder, loc, pad.getValue());
  npu::CopyOp::create(builder, loc, source, local.whole, positions, fill,
                      npu::QueueAttr());
}

void TileBuilder::load(unsigned number) {
  if (isPureCopy(group) && group.buffers[number].written)
    return;
  allocateLocal(number);
  LocalBuffer &local = locals[number];
  if (!group.buffers[number].readFirst)
    return;
  if (auto pad = group.buffers[number].value.getDefiningOp<npu::PadOp>())
    return loadPadded(number, pad);
  if (!isResident(group.buffers[number]))
    memref::CopyOp::create(builder, loc, wholeTile(number), local.sram);
  if (local.acc)
    preload();
}

/// The accumulators' first values, from their tile in the scratchpad.
void TileBuilder::preload() {
  const LocalBuffer &local = locals[group.accumulator];
  copyBetween(local.sram, local.exprs, local.acc, local.accExprs);
}

/// And back.
void TileBuilder::drainToSram() {
  const LocalBuffer &local = locals[group.accumulator];
  copyBetween(local.acc, local.accExprs, local.sram, local.exprs);
}

void TileBuilder::store(unsigned number) {
  memref::CopyOp::create(builder, loc, locals[number].sram, wholeTile(number));
}

/// Between the scratchpad and the accumulators: a preload or a drain.
void TileBuilder::copyBetween(Value from, ArrayRef<AffineExpr> fromExprs,
                              Value to, ArrayRef<AffineExpr> toExprs) {
  MLIRContext *context = builder.getContext();
  // Number the loops of this copy by their place in the accumulator's tile.
  SmallVector<AffineExpr> dims(tiles.size(), getAffineConstantExpr(0, context));
  ArrayRef<AffineExpr> accExprs = locals[group.accumulator].accExprs;
  for (auto [index, expr] : llvm::enumerate(accExprs))
    dims[cast<AffineDimExpr>(expr).getPosition()] =
        getAffineDimExpr(index, context);
  auto mapOf = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(accExprs.size(), 0, exprs, context)
        .replaceDimsAndSymbols(dims, {}, accExprs.size(), 0);
  };
  SmallVector<utils::IteratorType> iterators(accExprs.size(),
                                             utils::IteratorType::parallel);
  linalg::GenericOp::create(
      builder, loc, TypeRange(), ValueRange(from), ValueRange(to),
      ArrayRef<AffineMap>{mapOf(fromExprs), mapOf(toExprs)}, iterators,
      [](OpBuilder &builder, Location loc, ValueRange args) {
        linalg::YieldOp::create(builder, loc, args[0]);
      });
}

} // namespace ashlar
