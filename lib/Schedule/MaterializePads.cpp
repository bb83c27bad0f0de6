//===- MaterializePads.cpp - Memory for pads that cannot ride on a load ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace ashlar {
#define GEN_PASS_DEF_MATERIALIZEPADS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// A load of a tile can do the padding of what a linalg operation reads.
bool ridesOnLoad(OpOperand &use) {
  auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
  return op && op.hasPureBufferSemantics() && op.isDpsInput(&use);
}

struct MaterializePads : ashlar::impl::MaterializePadsBase<MaterializePads> {
  void runOnOperation() override {
    SmallVector<npu::PadOp> pads;
    getOperation().walk([&](npu::PadOp pad) {
      if (isa<MemRefType>(pad.getResult().getType()))
        pads.push_back(pad);
    });
    for (npu::PadOp pad : pads)
      materialize(pad);
  }

private:
  void materialize(npu::PadOp pad);
};

/// The memory is made by an operation that reads the pad itself.
void MaterializePads::materialize(npu::PadOp pad) {
  SmallVector<OpOperand *> others;
  for (OpOperand &use : pad.getResult().getUses())
    if (!ridesOnLoad(use))
      others.push_back(&use);
  if (others.empty())
    return;
  OpBuilder builder(pad->getContext());
  builder.setInsertionPointAfter(pad);
  auto type = cast<MemRefType>(pad.getResult().getType());
  Value memory = memref::AllocOp::create(builder, pad.getLoc(), type);
  SmallVector<AffineMap> maps(2,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  linalg::GenericOp::create(builder, pad.getLoc(), TypeRange(), pad.getResult(),
                            memory, maps, iterators,
                            [](OpBuilder &body, Location loc, ValueRange args) {
                              linalg::YieldOp::create(body, loc, args[0]);
                            });
  for (OpOperand *use : others)
    use->set(memory);
}

} // namespace
