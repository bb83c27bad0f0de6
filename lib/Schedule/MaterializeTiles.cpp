//===- MaterializeTiles.cpp - Loops, on-chip buffers, copies --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"
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
    std::vector<Group> groups = collectGroups(getOperation());
    for (const Group &group : groups)
      if (failed(materialize(group)))
        return signalPassFailure();
    eraseUnused();
    getOperation()->removeAttr(kResidentAttr);
  }

private:
  LogicalResult materialize(const Group &group);
  void eraseUnused();
};

LogicalResult MaterializeTiles::materialize(const Group &group) {
  linalg::LinalgOp root = group.members[group.root].op;
  auto tiles = root->getAttrOfType<DenseI64ArrayAttr>(kTilesAttr);
  if (!tiles || tiles.size() != int64_t(group.sizes.size()))
    return root.emitError()
           << "expected '" << kTilesAttr << "' with " << group.sizes.size()
           << " sizes; run schedule-choose-tiles first";
  for (auto [index, tile] : llvm::enumerate(tiles.asArrayRef()))
    if (tile < 1 || tile > group.sizes[index] ||
        (!group.cuttable[index] && tile != group.sizes[index]))
      return root.emitError()
             << "expected a tile of "
             << (group.cuttable[index] ? 1 : group.sizes[index]) << " to "
             << group.sizes[index] << " in loop " << index << ", got " << tile;
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
  IRRewriter builder(&getContext());
  TileBuilder(group, tiles.asArrayRef(), grid,
              !stream || stream.getValue() != "rhs", order, builder)
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
  });
}

} // namespace
