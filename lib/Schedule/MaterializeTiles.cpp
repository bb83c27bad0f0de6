//===- MaterializeTiles.cpp - Loops, on-chip buffers, copies --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"
#include "RuntimeDims.h"
#include "TileBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace ashlar {
#define GEN_PASS_DEF_MATERIALIZETILES
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// What addresses have room for; the machine's number has been looked at
/// before.
constexpr unsigned kMaxCores = 255;

struct MaterializeTiles : ashlar::impl::MaterializeTilesBase<MaterializeTiles> {
  void getDependentDialects(DialectRegistry &registry) const override {
    MaterializeTilesBase::getDependentDialects(registry);
    registry.insert<affine::AffineDialect>();
  }

  void runOnOperation() override {
    FailureOr<RuntimeDims> found = RuntimeDims::analyse(getOperation());
    if (failed(found))
      return signalPassFailure();
    dims = std::move(*found);
    values.clear();
    if (!dims.isEmpty())
      markGathers();
    std::vector<Group> groups = collectGroups(getOperation());
    for (const Group &group : groups)
      if (failed(materialize(group)))
        return signalPassFailure();
    eraseUnused();
    getOperation()->removeAttr(kResidentAttr);
    getOperation()->removeAttr(kConstantBytesAttr);
  }

private:
  LogicalResult materialize(const Group &group);
  LogicalResult checkTiles(const Group &group, ArrayRef<int64_t> tiles);
  FailureOr<SmallVector<LoopEnd>> findEnds(const Group &group);
  void markGathers();
  Value valueOf(Extent extent);
  void eraseUnused();

  RuntimeDims dims;
  llvm::DenseMap<std::pair<StringAttr, int64_t>, Value> values;
};

/// Where it ends, computed once.
Value MaterializeTiles::valueOf(Extent extent) {
  Value &value = values[{extent.name, extent.factor}];
  if (!value)
    value = buildEnd(getOperation(), extent);
  return value;
}

/// Gathers are tiled later, when the linalg operations that their sizes follow
/// from are gone.
void MaterializeTiles::markGathers() {
  Builder builder(&getContext());
  getOperation().walk([&](npu::GatherOp op) {
    auto type = dyn_cast<MemRefType>(op.getTarget().getType());
    SmallVector<Attribute> extents;
    bool isRuntime = false;
    for (unsigned dim = 0; type && dim < type.getRank(); ++dim) {
      Extent extent = dims.of(op.getTarget(), dim);
      isRuntime |= extent.isRuntime();
      SmallVector<Attribute> pair;
      if (extent.isRuntime())
        pair = {extent.name, builder.getI64IntegerAttr(extent.factor)};
      extents.push_back(builder.getArrayAttr(pair));
    }
    if (isRuntime)
      op->setAttr(kExtentsAttr, builder.getArrayAttr(extents));
  });
}

FailureOr<SmallVector<LoopEnd>> MaterializeTiles::findEnds(const Group &group) {
  SmallVector<LoopEnd> ends(group.sizes.size());
  if (dims.isEmpty())
    return ends;
  SmallVector<std::optional<Extent>> known(group.sizes.size());
  for (const GroupMember &member : group.members)
    for (auto [loop, extent] :
         llvm::zip_equal(member.loops, dims.ofLoops(member.op))) {
      if (known[loop] && !(*known[loop] == extent))
        return member.op.emitError()
               << "shares a loop with another operation of its group, but one "
                  "of them ends at run time";
      known[loop] = extent;
      if (extent.isRuntime())
        ends[loop] = {valueOf(extent), dims.lowest(extent.name) == 0};
    }
  return ends;
}

LogicalResult MaterializeTiles::checkTiles(const Group &group,
                                           ArrayRef<int64_t> tiles) {
  linalg::LinalgOp root = group.members[group.root].op;
  for (auto [index, tile] : llvm::enumerate(tiles))
    if (tile < 1 || tile > group.sizes[index] ||
        (!group.cuttable[index] && tile != group.sizes[index]))
      return root.emitError()
             << "expected a tile of "
             << (group.cuttable[index] ? 1 : group.sizes[index]) << " to "
             << group.sizes[index] << " in loop " << index << ", got " << tile;
  if (!group.matrix)
    return success();
  bool isCut = false;
  for (unsigned loop : group.matrix->k)
    isCut |= tiles[loop] < group.sizes[loop];
  SmallVector<bool> points = findPointLoops(group);
  for (unsigned loop : group.matrix->batch)
    if (tiles[loop] > 1 && (isCut || points[loop]))
      return root.emitError()
             << "expected a tile of 1 in loop " << loop
             << ", whose products cannot share one, got " << tiles[loop];
  return success();
}

LogicalResult MaterializeTiles::materialize(const Group &group) {
  linalg::LinalgOp root = group.members[group.root].op;
  auto tiles = root->getAttrOfType<DenseI64ArrayAttr>(kTilesAttr);
  if (!tiles || tiles.size() != int64_t(group.sizes.size()))
    return root.emitError()
           << "expected '" << kTilesAttr << "' with " << group.sizes.size()
           << " sizes; run schedule-choose-tiles first";
  if (failed(checkTiles(group, tiles.asArrayRef())))
    return failure();
  CoreGrid grid(group.sizes.size(), 1);
  if (auto cores = root->getAttrOfType<DenseI64ArrayAttr>(kCoresAttr)) {
    std::string why = checkGrid(describeGroup(group), tiles.asArrayRef(),
                                cores.asArrayRef(), kMaxCores);
    if (!why.empty())
      return root.emitError()
             << "'" << kCoresAttr << "' cannot be used: " << why;
    grid.assign(cores.asArrayRef().begin(), cores.asArrayRef().end());
  }
  auto stream = root->getAttrOfType<StringAttr>(kStreamAttr);
  SmallVector<int64_t> order;
  if (auto given = root->getAttrOfType<DenseI64ArrayAttr>(kOrderAttr))
    order.assign(given.asArrayRef().begin(), given.asArrayRef().end());
  if (std::string why = checkOrder(group.reduction, order); !why.empty())
    return root.emitError() << "'" << kOrderAttr << "' cannot be used: " << why;
  FailureOr<SmallVector<LoopEnd>> ends = findEnds(group);
  if (failed(ends))
    return failure();
  IRRewriter builder(&getContext());
  TileBuilder(group, tiles.asArrayRef(), grid,
              !stream || stream.getValue() != "rhs", order, *ends, builder)
      .build();
  for (const GroupMember &member : llvm::reverse(group.members))
    builder.eraseOp(member.op);
  return success();
}

/// Buffers that lived inside one group have no place in dram any more, and all
/// pads are part of copies.
void MaterializeTiles::eraseUnused() {
  getOperation().walk([](npu::PadOp pad) {
    if (pad->use_empty())
      pad.erase();
  });
  getOperation().walk([](memref::AllocOp alloc) {
    if (alloc->use_empty())
      alloc.erase();
    else if (Attribute parts = alloc->removeAttr(kPartsAttr))
      alloc->setAttr(npu::kPartsAttr, parts);
  });
}

} // namespace
