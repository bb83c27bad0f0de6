//===- ConvertLinalgToNPU.cpp - Work on tiles to the engines --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Conversion/LinalgToNPU/Passes.h"

#include "Lowering.h"

#include "ashlar/Match/WindowWork.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace ashlar {
#define GEN_PASS_DEF_CONVERTLINALGTONPU
#include "lib/Conversion/LinalgToNPU/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace ashlar {

std::optional<npu::Space> spaceOf(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  auto space = type ? dyn_cast_if_present<npu::SpaceAttr>(type.getMemorySpace())
                    : nullptr;
  return space ? std::optional(space.getValue()) : std::nullopt;
}

} // namespace ashlar

namespace {

using namespace ashlar;

std::string lowerGeneric(linalg::GenericOp op, RewriterBase &rewriter) {
  for (Value operand : op->getOperands())
    if (isa<MemRefType>(operand.getType()) &&
        spaceOf(operand).value_or(npu::Space::Dram) == npu::Space::Dram)
      return op.hasDynamicShape() ? "its sizes are not known at compile time"
                                  : "it was not cut into tiles";
  if (matchWindowWork(op))
    return lowerWindow(op, rewriter);
  if (llvm::any_of(op.getDpsInits(), [](Value init) {
        return spaceOf(init) == npu::Space::Acc;
      })) {
    if (op.getNumReductionLoops() != 0)
      return lowerMatmul(op, rewriter);
    return op.getNumDpsInputs() != 0 &&
                   spaceOf(op.getDpsInputs()[0]) == npu::Space::Acc
               ? lowerRescale(op, rewriter)
               : lowerPreload(op, rewriter);
  }
  for (auto [index, input] : llvm::enumerate(op.getDpsInputs()))
    if (spaceOf(input) == npu::Space::Acc)
      return lowerDrain(op, index, rewriter);
  return lowerVector(op, rewriter);
}

struct ConvertLinalgToNPU
    : ashlar::impl::ConvertLinalgToNPUBase<ConvertLinalgToNPU> {
  void runOnOperation() override {
    reported.clear();
    // Products first: they take the fills of their accumulators away. Fills
    // before reductions, which take theirs.
    lowerAll([](Operation *op) {
      auto generic = dyn_cast<linalg::GenericOp>(op);
      return generic && generic.getNumReductionLoops() != 0 &&
             spaceOf(generic.getDpsInits()[0]) == npu::Space::Acc;
    });
    lowerAll([](Operation *op) { return isa<linalg::FillOp>(op); });
    lowerAll([](Operation *op) {
      return isa<linalg::LinalgOp, memref::CopyOp>(op);
    });
    reportLeftovers();
    if (!reported.empty())
      signalPassFailure();
  }

private:
  void lowerAll(function_ref<bool(Operation *)> filter);
  std::string lower(Operation *op, RewriterBase &rewriter);
  void report(Operation *op, const Twine &why);
  void reportLeftovers();

  llvm::SmallPtrSet<Operation *, 8> reported;
};

void ConvertLinalgToNPU::lowerAll(function_ref<bool(Operation *)> filter) {
  IRRewriter rewriter(&getContext());
  SmallVector<Operation *> work;
  getOperation().walk([&](Operation *op) {
    if (filter(op) && !reported.contains(op))
      work.push_back(op);
  });
  for (Operation *op : work)
    if (std::string why = lower(op, rewriter); !why.empty())
      report(op, why);
}

std::string ConvertLinalgToNPU::lower(Operation *op, RewriterBase &rewriter) {
  if (auto copy = dyn_cast<memref::CopyOp>(op)) {
    rewriter.setInsertionPoint(op);
    npu::CopyOp::create(rewriter, op->getLoc(), copy.getSource(),
                        copy.getTarget());
    rewriter.eraseOp(op);
    return "";
  }
  if (!cast<linalg::LinalgOp>(op).hasPureBufferSemantics())
    return "it works on tensors; run schedule-bufferize first";
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return lowerFill(fill, rewriter);
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return lowerGeneric(generic, rewriter);
  return "it is no linalg.generic; run schedule-normalize-linalg first";
}

void ConvertLinalgToNPU::report(Operation *op, const Twine &why) {
  if (reported.insert(op).second)
    op->emitError() << "cannot be compiled: " << why;
}

/// Whatever else works on buffers has no engine either.
void ConvertLinalgToNPU::reportLeftovers() {
  getOperation().walk([&](Operation *op) {
    // Lookups of the output stage are loads too.
    if (isa_and_present<linalg::LinalgOp, npu::DrainOp>(op->getParentOp()) ||
        isa<linalg::LinalgOp>(op))
      return;
    if (isa<memref::LoadOp, memref::StoreOp>(op))
      report(op, "single elements of tensors in dram cannot be accessed");
    else if (op->getDialect() &&
             isa_and_present<RankedTensorType, UnrankedTensorType>(
                 op->getNumResults() ? op->getResult(0).getType() : Type()))
      report(op, "no engine works on it");
  });
}

} // namespace
