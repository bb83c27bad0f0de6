//===- TileAttention.cpp - Loops and tiles of npu.attention ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "AttentionTile.h"
#include "AttentionTiles.h"
#include "CoreShare.h"
#include "Group.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace ashlar {
#define GEN_PASS_DEF_TILEATTENTION
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// The loops over batch elements and rows, shared by cores.
class AttentionLoops {
public:
  AttentionLoops(npu::AttentionOp op, ArrayRef<int64_t> tiles,
                 ArrayRef<int64_t> grid, int64_t interleave)
      : op(op), tiles(tiles), grid(grid), interleave(interleave),
        b(op.getLoc(), op), sizes(op.getExtents()), shares(sizes.size()),
        positions(sizes.size()) {}
  void build();

private:
  void shareAmongCores();
  void buildBatch(unsigned dim);

  npu::AttentionOp op;
  ArrayRef<int64_t> tiles, grid;
  int64_t interleave;
  ImplicitLocOpBuilder b;
  SmallVector<int64_t> sizes;
  SmallVector<CoreShare> shares; ///< by dimension; null if not shared
  SmallVector<Value> positions;
};

void AttentionLoops::shareAmongCores() {
  SmallVector<int64_t> cores;
  for (int64_t number : grid)
    if (number > 1)
      cores.push_back(number);
  if (cores.empty())
    return;
  auto onCores = npu::OnCoresOp::create(b, cores);
  b.setInsertionPoint(onCores.getBlock()->getTerminator());
  auto core = onCores.getBlock()->args_begin();
  for (auto [dim, number] : llvm::enumerate(grid))
    if (number > 1)
      shares[dim] =
          takeShare(b, b.getLoc(), sizes[dim], tiles[dim], number, *core++);
}

/// The loop of a batch dimension and what is inside of it; then one element.
void AttentionLoops::buildBatch(unsigned dim) {
  if (dim < op.getNumBatch()) {
    CoreShare share = shares[dim];
    if (sizes[dim] == 1)
      return buildBatch(dim + 1);
    OpBuilder::InsertionGuard guard(b);
    Value length = share.length ? share.length
                                : arith::ConstantIndexOp::create(b, sizes[dim]);
    auto loop =
        scf::ForOp::create(b, arith::ConstantIndexOp::create(b, 0), length,
                           arith::ConstantIndexOp::create(b, 1));
    b.setInsertionPointToStart(loop.getBody());
    positions[dim] = loop.getInductionVar();
    if (share.begin)
      positions[dim] = arith::AddIOp::create(b, share.begin, positions[dim]);
    return buildBatch(dim + 1);
  }
  SmallVector<OpFoldResult> at, of;
  for (auto [index, size] : llvm::enumerate(sizes)) {
    at.push_back(positions[index] ? OpFoldResult(positions[index])
                                  : OpFoldResult(b.getIndexAttr(0)));
    of.push_back(b.getIndexAttr(index < op.getNumBatch() ? 1 : size));
  }
  auto tiled = op.getTiledImplementation(b, at, of);
  auto part = cast<npu::AttentionOp>(tiled->tiledOps.front());
  const CoreShare &rows = shares[op.getRowDim()];
  AttentionTile(part, tiles, interleave, b).build(rows.begin, rows.length);
  part.erase();
}

void AttentionLoops::build() {
  shareAmongCores();
  buildBatch(0);
  op.erase();
}

/// Cores may share batch elements and rows, as many as there are tiles.
LogicalResult checkCores(npu::AttentionOp op, ArrayRef<int64_t> tiles) {
  auto cores = op->getAttrOfType<DenseI64ArrayAttr>(kCoresAttr);
  if (!cores)
    return success();
  SmallVector<int64_t> extents = op.getExtents();
  bool isRight = cores.size() == int64_t(extents.size());
  for (unsigned dim = 0; isRight && dim < extents.size(); ++dim) {
    int64_t most =
        dim > op.getRowDim() ? 1 : llvm::divideCeil(extents[dim], tiles[dim]);
    isRight = cores[dim] >= 1 && cores[dim] <= most;
  }
  if (isRight)
    return success();
  return op.emitError() << "'" << kCoresAttr
                        << "' cannot be used: expected cores for each loop, at "
                           "most as many as batch elements or tiles of rows, "
                           "got "
                        << cores;
}

/// Whether the attributes that schedule-choose-tiles leaves are there and fit
/// the operation.
LogicalResult checkAttributes(npu::AttentionOp op) {
  SmallVector<int64_t> extents = op.getExtents();
  auto tiles = op->getAttrOfType<DenseI64ArrayAttr>(kTilesAttr);
  if (!tiles || tiles.size() != int64_t(extents.size()))
    return op.emitError() << "expected '" << kTilesAttr << "' with "
                          << extents.size()
                          << " sizes; run schedule-choose-tiles first";
  for (auto [index, tile] : llvm::enumerate(tiles.asArrayRef())) {
    bool isBatch = index < op.getNumBatch();
    bool isWhole = index >= op.getDepthDim();
    int64_t least = isWhole ? extents[index] : 1;
    int64_t most = isBatch ? 1 : extents[index];
    if (tile < least || tile > most)
      return op.emitError() << "expected a tile of " << least << " to " << most
                            << " in loop " << index << ", got " << tile;
  }
  int64_t rows = tiles[op.getRowDim()];
  auto interleave = op->getAttrOfType<IntegerAttr>(kInterleaveAttr);
  if (interleave && (interleave.getInt() < 1 || interleave.getInt() > rows))
    return op.emitError() << "expected '" << kInterleaveAttr << "' of 1 to "
                          << rows << ", got " << interleave.getInt();
  return checkCores(op, tiles.asArrayRef());
}

struct TileAttention : ashlar::impl::TileAttentionBase<TileAttention> {
  void runOnOperation() override {
    SmallVector<npu::AttentionOp> ops;
    getOperation().walk([&](npu::AttentionOp op) {
      if (isa<MemRefType>(op.getTarget().getType()))
        ops.push_back(op);
    });
    for (npu::AttentionOp op : ops) {
      if (failed(checkAttributes(op)))
        return signalPassFailure();
      auto tiles = op->getAttrOfType<DenseI64ArrayAttr>(kTilesAttr);
      auto cores = op->getAttrOfType<DenseI64ArrayAttr>(kCoresAttr);
      auto interleave = op->getAttrOfType<IntegerAttr>(kInterleaveAttr);
      CoreGrid grid(tiles.size(), 1);
      if (cores)
        grid.assign(cores.asArrayRef().begin(), cores.asArrayRef().end());
      SmallVector<int64_t> sizes(tiles.asArrayRef());
      AttentionLoops(op, sizes, grid, interleave ? interleave.getInt() : 1)
          .build();
    }
  }
};

} // namespace
