//===- AssignQueues.cpp - Spreads copies over the copy engines -----------===//
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

namespace ashlar {
#define GEN_PASS_DEF_ASSIGNQUEUES
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
struct AssignQueues : ashlar::impl::AssignQueuesBase<AssignQueues> {
  using Base = ashlar::impl::AssignQueuesBase<AssignQueues>;
  using Base::Base;
  explicit AssignQueues(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    std::optional<runtime::Machine> machine =
        getMachine(getOperation(), given, target);
    if (!machine)
      return signalPassFailure();
    unsigned first = static_cast<unsigned>(npu::Queue::Dma0);
    unsigned last = static_cast<unsigned>(getLastCopyQueue(*machine));
    unsigned loads = std::max(1u, last - first), next = 0;
    auto assign = [&](auto copy) {
      if (copy.getQueue())
        return;
      // Into the scratchpad, or within dram.
      bool load =
          npu::getSpace(copy.getSource().getType()) == npu::Space::Dram ||
          npu::getSpace(copy.getTarget().getType()) == npu::Space::Sram;
      unsigned queue = load ? first + next++ % loads : last;
      copy.setQueue(static_cast<npu::Queue>(queue));
    };
    getOperation().walk([&](Operation *op) {
      if (auto copy = dyn_cast<npu::CopyOp>(op))
        assign(copy);
      else if (auto gather = dyn_cast<npu::GatherOp>(op);
               gather && !gather.isInScratchpad())
        assign(gather);
    });
  }

  std::optional<runtime::Machine> given;
};
} // namespace

std::unique_ptr<Pass>
ashlar::createAssignQueues(const runtime::Machine &machine) {
  return std::make_unique<AssignQueues>(machine);
}
