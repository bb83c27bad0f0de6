//===- FormRings.cpp - Buffers, and rings of them in loops ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SmallSet.h"

namespace ashlar {
#define GEN_PASS_DEF_FORMRINGS
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

/// The queues that use a buffer, through views.
static llvm::SmallSet<npu::Queue, 4> getQueues(Value buffer) {
  llvm::SmallSet<npu::Queue, 4> queues;
  SmallVector<Value> worklist = {buffer};
  while (!worklist.empty()) {
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (auto engine = dyn_cast<npu::EngineOpInterface>(user))
        queues.insert(engine.getEngineQueue());
      else if (isa<ViewLikeOpInterface, memref::TransposeOp>(user))
        llvm::append_range(worklist, user->getResults());
      else
        queues.insert(npu::Queue::Scalar);
    }
  }
  return queues;
}

namespace {
struct FormRings : ashlar::impl::FormRingsBase<FormRings> {
  using FormRingsBase::FormRingsBase;

  LogicalResult convert(memref::AllocOp alloc) {
    if (!alloc.getType().hasStaticShape())
      return alloc.emitOpError()
             << "expected a static shape for a buffer in "
             << stringifySpace(*npu::getSpace(alloc.getType())) << ", got "
             << alloc.getType();
    OpBuilder b(alloc);
    int64_t slots = 1;
    bool onChip = npu::getSpace(alloc.getType()) != npu::Space::Dram;
    if (onChip && alloc->getParentOfType<LoopLikeOpInterface>() &&
        getQueues(alloc.getResult()).size() > 1)
      slots = depth;
    auto buffer = npu::AllocOp::create(b, alloc.getLoc(), alloc.getType(),
                                       slots, IntegerAttr(), IntegerAttr());
    if (Attribute parts = alloc->getAttr(npu::kPartsAttr))
      buffer->setAttr(npu::kPartsAttr, parts);
    alloc.replaceAllUsesWith(buffer.getBuffer());
    alloc.erase();
    return success();
  }

  void runOnOperation() override {
    SmallVector<memref::AllocOp> allocs;
    SmallVector<memref::DeallocOp> deallocs;
    getOperation().walk([&](Operation *op) {
      if (auto alloc = dyn_cast<memref::AllocOp>(op);
          alloc && npu::getSpace(alloc.getType()))
        allocs.push_back(alloc);
      if (auto dealloc = dyn_cast<memref::DeallocOp>(op);
          dealloc && npu::getSpace(dealloc.getMemref().getType()))
        deallocs.push_back(dealloc);
    });
    for (memref::DeallocOp dealloc : deallocs)
      dealloc.erase();
    for (memref::AllocOp alloc : allocs)
      if (failed(convert(alloc)))
        signalPassFailure();
  }
};
} // namespace
