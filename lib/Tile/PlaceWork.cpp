//===- PlaceWork.cpp - Work that no core has been given -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td.
//
//===----------------------------------------------------------------------===//

#include "TargetOption.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_PLACEWORK
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

/// Something that every core may do for itself: numbers, names of memory.
static bool isHarmless(Operation *op) {
  return isMemoryEffectFree(op) || op->hasTrait<OpTrait::IsTerminator>() ||
         isa<memref::AllocOp, memref::DeallocOp, memref::GetGlobalOp,
             npu::AllocOp, ViewLikeOpInterface, memref::TransposeOp>(op);
}

/// Whether `op` is an on-chip buffer that `ops` alone use: it lives no longer
/// than they need it if it moves with them.
static bool isOnlyFor(Operation *op, ArrayRef<Operation *> ops) {
  auto alloc = dyn_cast<memref::AllocOp>(op);
  if (!alloc || npu::getSpace(alloc.getType()) == npu::Space::Dram)
    return false;
  SmallVector<Operation *> worklist(op->getUsers());
  while (!worklist.empty()) {
    Operation *user = worklist.pop_back_val();
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
    bool isView = isa<ViewLikeOpInterface, memref::TransposeOp>(user);
    if (isView)
      llvm::append_range(worklist, user->getUsers());
    if (!llvm::is_contained(ops, ancestor) && !(isView && ancestor == user))
      return false;
  }
  return true;
}

namespace {
struct PlaceWork : ashlar::impl::PlaceWorkBase<PlaceWork> {
  using Base = ashlar::impl::PlaceWorkBase<PlaceWork>;
  using Base::Base;
  explicit PlaceWork(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    std::optional<runtime::Machine> machine = getMachine(func, given, target);
    if (!machine || failed(checkGrids(*machine)))
      return signalPassFailure();
    if (machine->cores == 1)
      return;
    SmallVector<SmallVector<Operation *>> runs;
    bool isOpen = false;
    for (Operation &op : func.getBody().front()) {
      bool isPlaced = isa<npu::OnCoresOp>(op);
      if (!isPlaced && isHarmless(&op))
        continue;
      if (!isPlaced && !isOpen)
        runs.emplace_back();
      if (!isPlaced)
        runs.back().push_back(&op);
      isOpen = !isPlaced;
    }
    for (ArrayRef<Operation *> run : runs)
      if (failed(wrap(run)))
        return signalPassFailure();
  }

private:
  LogicalResult checkGrids(const runtime::Machine &machine) {
    auto result = getOperation().walk([&](npu::OnCoresOp op) -> WalkResult {
      if (op.getNumCores() <= machine.cores)
        return WalkResult::advance();
      return op.emitOpError() << "needs " << op.getNumCores()
                              << " cores, the machine has " << machine.cores;
    });
    return failure(result.wasInterrupted());
  }

  /// `ops` move to core 0, in their order. What stands between them is
  /// harmless, and what they need of it comes with them if it depends on them.
  LogicalResult wrap(ArrayRef<Operation *> ops) {
    func::FuncOp func = getOperation();
    OpBuilder builder(ops.front());
    auto onCore = npu::OnCoresOp::create(builder, ops.front()->getLoc(),
                                         ArrayRef<int64_t>());
    llvm::SetVector<Operation *> moved;
    for (Operation &op : func.getBody().front()) {
      if (llvm::is_contained(ops, &op) || isOnlyFor(&op, ops) ||
          llvm::any_of(op.getOperands(), [&](Value operand) {
            return moved.contains(operand.getDefiningOp());
          }))
        moved.insert(&op);
      if (&op == ops.back())
        break;
    }
    // The others stay in front: nothing of them reads what is computed here.
    for (Operation *op = ops.front(); op != ops.back();) {
      Operation *next = op->getNextNode();
      if (!moved.contains(op))
        op->moveBefore(onCore);
      op = next;
    }
    for (Operation *op : moved)
      op->moveBefore(onCore.getBlock()->getTerminator());
    for (Operation *op : moved)
      for (Operation *user : op->getUsers())
        if (!onCore->isProperAncestor(user)) {
          InFlightDiagnostic diag =
              op->emitOpError()
              << "expected that one core alone uses what it computes";
          diag.attachNote(user->getLoc()) << "used here by all cores";
          return diag;
        }
    return success();
  }

  std::optional<runtime::Machine> given;
};
} // namespace

std::unique_ptr<Pass> ashlar::createPlaceWork(const runtime::Machine &machine) {
  return std::make_unique<PlaceWork>(machine);
}
