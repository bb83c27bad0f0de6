//===- ShareTiles.cpp - The tiles of one core -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "CoreShare.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace ashlar {

/// Goes on inside an npu.on_cores if cores share loops.
void TileBuilder::shareAmongCores() {
  SmallVector<int64_t> sizes;
  for (int64_t cores : grid)
    if (cores > 1)
      sizes.push_back(cores);
  if (sizes.empty())
    return;
  auto op = npu::OnCoresOp::create(builder, loc, sizes);
  if (group.members[group.root].op->hasAttr(kShareAttr))
    op->setAttr(npu::kShareLoadsAttr, builder.getUnitAttr());
  builder.setInsertionPoint(op.getBlock()->getTerminator());
  auto core = op.getBlock()->args_begin();
  for (auto [loop, cores] : llvm::enumerate(grid))
    if (cores > 1)
      takeShare(loop, *core++);
}

void TileBuilder::takeShare(unsigned loop, Value core) {
  CoreShare share = ashlar::takeShare(builder, loc, group.sizes[loop],
                                      tiles[loop], grid[loop], core);
  shareBegin[loop] = position[loop] = share.begin;
  shareLength[loop] = share.length;
  extents[loop] = loopExtent(loop);
}

CoreShare takeShare(OpBuilder &builder, Location loc, int64_t size,
                    int64_t tile, int64_t cores, Value core) {
  int64_t trips = llvm::divideCeil(size, tile);
  int64_t share = trips / cores, more = trips % cores;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value begin =
      arith::MulIOp::create(builder, loc, core, constant(share * tile));
  Value length = constant(share * tile);
  if (more != 0) {
    Value before = arith::MinSIOp::create(builder, loc, core, constant(more));
    Value shift = arith::MulIOp::create(builder, loc, before, constant(tile));
    begin = arith::AddIOp::create(builder, loc, begin, shift);
    Value isLonger = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::slt, core, constant(more));
    length = arith::SelectOp::create(builder, loc, isLonger,
                                     constant((share + 1) * tile), length);
  }
  return {begin, length};
}

} // namespace ashlar
