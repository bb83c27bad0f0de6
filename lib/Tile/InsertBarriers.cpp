//===- InsertBarriers.cpp - Order between cores --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. A barrier stands directly before the work that needs it and
// orders everything before it, so that the next one is as far away as possible.
//
//===----------------------------------------------------------------------===//

#include "CoreFootprints.h"
#include "TargetOption.h"
#include "ashlar/Tile/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
/// What the cores do with a memref.
struct CoreAccess {
  Value buffer; ///< the root
  bool write;
  SmallVector<Footprint> byCore;
};

struct InsertBarriers : ashlar::impl::InsertBarriersBase<InsertBarriers> {
  using Base = ashlar::impl::InsertBarriersBase<InsertBarriers>;
  using Base::Base;
  explicit InsertBarriers(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    std::optional<runtime::Machine> machine = getMachine(func, given, target);
    if (!machine)
      return signalPassFailure();
    queue = getLastCopyQueue(*machine);
    SmallVector<CoreAccess> open; // not ordered by any barrier yet
    SmallVector<CoreAccess> held; // of buffers that each core has for itself
    for (auto op : llvm::make_early_inc_range(
             func.getBody().front().getOps<npu::OnCoresOp>())) {
      SmallVector<CoreAccess> accesses, own;
      if (failed(collect(op, npu::Space::Dram, accesses)) ||
          failed(collect(op, npu::Space::Sram, own)) ||
          failed(checkOwn(op, own, held)))
        return signalPassFailure();
      order(op, accesses, open);
      llvm::append_range(open, accesses);
      llvm::append_range(held, own);
    }
  }

private:
  LogicalResult collect(npu::OnCoresOp op, npu::Space space,
                        SmallVector<CoreAccess> &accesses);
  LogicalResult checkOwn(npu::OnCoresOp op, ArrayRef<CoreAccess> accesses,
                         ArrayRef<CoreAccess> held);
  void order(npu::OnCoresOp op, ArrayRef<CoreAccess> accesses,
             SmallVector<CoreAccess> &open);

  std::optional<runtime::Machine> given;
  npu::Queue queue = npu::Queue::Dma0;
};
} // namespace

LogicalResult InsertBarriers::collect(npu::OnCoresOp op, npu::Space space,
                                      SmallVector<CoreAccess> &accesses) {
  // Each memref once, however many operations use it in the same manner.
  llvm::SetVector<std::pair<Value, unsigned>> memrefs;
  op.walk([&](npu::EngineOpInterface work) {
    SmallVector<MemoryEffects::EffectInstance> effects;
    cast<MemoryEffectOpInterface>(work.getOperation()).getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects)
      if (npu::getSpace(effect.getValue().getType()) == space)
        memrefs.insert(
            {effect.getValue(), isa<MemoryEffects::Write>(effect.getEffect())});
  });
  std::vector<CoreFootprints> cores;
  for (int64_t core = 0; core < op.getNumCores(); ++core)
    cores.emplace_back(op, pointOf(core, op.getGrid()));
  for (auto [memref, write] : memrefs) {
    Value root = npu::getRootBuffer(memref);
    if (!root)
      return op.emitOpError() << "uses a memref whose buffer cannot be traced";
    // Nobody writes constants, and nobody else sees a buffer of the body.
    Operation *def = root.getDefiningOp();
    if (def && (isa<memref::GetGlobalOp>(def) || op->isProperAncestor(def)))
      continue;
    accesses.push_back({root, write != 0, {}});
    for (CoreFootprints &core : cores) {
      std::optional<Footprint> part = core.of(memref);
      if (!part)
        return root.getDefiningOp()->emitOpError()
               << "expected a placed buffer";
      accesses.back().byCore.push_back(*part);
    }
  }
  return success();
}

/// Whether one core touches what another one does, and one of them writes.
static bool conflict(const CoreAccess &a, const CoreAccess &b) {
  if (!a.write && !b.write)
    return false;
  for (auto [mine, part] : llvm::enumerate(a.byCore))
    for (auto [theirs, other] : llvm::enumerate(b.byCore))
      if (mine != theirs && part.overlaps(other))
        return true;
  return false;
}

/// On-chip buffers outside are each core's own: what one core puts there, no
/// other one finds.
LogicalResult InsertBarriers::checkOwn(npu::OnCoresOp op,
                                       ArrayRef<CoreAccess> accesses,
                                       ArrayRef<CoreAccess> held) {
  for (const CoreAccess &access : accesses)
    for (const CoreAccess &earlier : held)
      if (!access.write && earlier.write && access.buffer == earlier.buffer &&
          conflict(access, earlier)) {
        InFlightDiagnostic diag =
            op.emitOpError()
            << "expected each core to read what it wrote itself";
        diag.attachNote(access.buffer.getLoc())
            << "this buffer is in each core's scratchpad";
        return diag;
      }
  return success();
}

void InsertBarriers::order(npu::OnCoresOp op, ArrayRef<CoreAccess> accesses,
                           SmallVector<CoreAccess> &open) {
  llvm::SetVector<Value> buffers;
  for (const CoreAccess &access : accesses)
    for (const CoreAccess &earlier : open)
      if (conflict(access, earlier)) {
        buffers.insert(access.buffer);
        buffers.insert(earlier.buffer);
      }
  if (buffers.empty())
    return;
  OpBuilder b(op);
  npu::BarrierOp::create(b, op.getLoc(), buffers.getArrayRef(), queue,
                         IntegerAttr());
  llvm::erase_if(open, [&](const CoreAccess &earlier) {
    return buffers.contains(earlier.buffer);
  });
}

std::unique_ptr<Pass>
ashlar::createInsertBarriers(const runtime::Machine &machine) {
  return std::make_unique<InsertBarriers>(machine);
}
