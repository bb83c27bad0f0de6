//===- ExpandAttention.cpp - Attention that no tile of fits ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "AttentionTiles.h"
#include "RequireMachine.h"
#include "RuntimeDims.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace ashlar {
#define GEN_PASS_DEF_EXPANDATTENTION
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// Share of the scratchpad (percent) that tiles can count on: buffers that stay
/// between groups may take the rest (schedule-place-buffers).
constexpr uint64_t kShare = 18;

struct ExpandAttention : ashlar::impl::ExpandAttentionBase<ExpandAttention> {
  using ExpandAttentionBase::ExpandAttentionBase;
  ExpandAttention() = default;
  explicit ExpandAttention(const runtime::Machine &machine)
      : machine(machine) {}

  LogicalResult initialize(MLIRContext *context) override {
    return requireMachine(machine, target, context);
  }

  void runOnOperation() override {
    runtime::Machine budget = *machine;
    budget.sramBytes = budget.sramBytes / 100 * kShare;
    // Its tiles end where the types do.
    bool hasRuntimeDims = getOperation()->hasAttr(kGraphRangesAttr);
    SmallVector<npu::AttentionOp> ops;
    getOperation().walk([&](npu::AttentionOp op) {
      if (op.getResult() &&
          (hasRuntimeDims ||
           !chooseAttentionTiles(describeAttention(op), budget, nullptr)))
        ops.push_back(op);
    });
    for (npu::AttentionOp op : ops) {
      OpBuilder builder(op);
      op.getResult().replaceAllUsesWith(npu::decomposeAttention(builder, op));
      op.erase();
    }
  }

private:
  std::optional<runtime::Machine> machine;
};

} // namespace

std::unique_ptr<Pass>
ashlar::createExpandAttention(const runtime::Machine &machine) {
  return std::make_unique<::ExpandAttention>(machine);
}
