//===- PlanMemory.cpp - Gives every buffer its place ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. Alive is what program order says; that engines run ahead of it
// is the business of npu-insert-sync, which orders whatever shares bytes.
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "DramRegions.h"
#include "TargetOption.h"
#include "ashlar/Planner/Planner.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace ashlar {
#define GEN_PASS_DEF_PLANMEMORY
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

/// The source's name in a location, if it has one.
static std::string describe(Operation *op) {
  std::string text;
  op->getLoc()->walk([&](Location loc) {
    if (auto name = dyn_cast<NameLoc>(loc)) {
      text = name.getName().str();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return text.empty() ? "a buffer" : "'" + text + "'";
}

namespace {
/// Planning of one memory.
class SpacePlanner {
public:
  /// Plans for the bytes from `base` to `capacity`.
  SpacePlanner(npu::Space space, uint64_t base, uint64_t capacity,
               unsigned accLanes, const ProgramOrder &order)
      : space(space), base(base), accLanes(accLanes), order(order) {
    problem.capacity = capacity - std::min(capacity, base);
  }

  void add(npu::AllocOp alloc) { allocs.push_back(alloc); }

  /// Plans, with fewer slots if need be, and writes the offsets. An error names
  /// what is alive at the peak.
  LogicalResult run() {
    planner::Options options;
    // On chip any plan that fits is as good as another, and rings may have to
    // be cut many times.
    options.stopAtCapacity = space != npu::Space::Dram;
    options.budget = space == npu::Space::Dram ? 2'000'000 : 200'000;
    // In program order a place is free as soon as its last use is behind us,
    // but engines run ahead: who takes the place of a tile in flight waits for
    // it. So buffers keep their places longer as far as memory allows.
    int64_t window = space == npu::Space::Dram ? 0 : order.length();
    while (true) {
      pose(window);
      bool hopeless =
          window > 0 && planner::lowerBound(problem) > problem.capacity;
      if (!hopeless) {
        plan = planner::plan(problem, options);
        if (plan.fits)
          break;
      }
      if (window > 0)
        window /= 2;
      else if (!cutLargestRing())
        return reportPeak();
    }
    for (auto [index, alloc] : llvm::enumerate(allocs)) {
      alloc.setOffset(base + plan.offsets[index]);
      if (alloc.getDepth() > 1)
        alloc.setSlotBytes(getSlotBytes(alloc, accLanes));
    }
    return success();
  }

  uint64_t peak() const { return base + plan.peak; }
  uint64_t lowerBound() const { return base + plan.lowerBound; }

private:
  /// `window`: by how much a buffer's live range is extended on either side.
  void pose(int64_t window) {
    problem.buffers.clear();
    for (auto [index, alloc] : llvm::enumerate(allocs)) {
      planner::Buffer buffer;
      buffer.id = std::to_string(index);
      auto [begin, end] = order.liveRange(alloc);
      buffer.live = {std::max<int64_t>(0, begin - window),
                     std::min(order.length(), end + window)};
      buffer.size = getReservedBytes(alloc, accLanes);
      buffer.alignment = getAlignment(alloc, accLanes);
      problem.buffers.push_back(buffer);
    }
  }

  bool cutLargestRing() {
    npu::AllocOp largest;
    int64_t saved = 0;
    for (npu::AllocOp alloc : allocs) {
      int64_t bytes = getSlotBytes(alloc, accLanes) * (alloc.getDepth() - 1);
      if (bytes > saved) {
        largest = alloc;
        saved = bytes;
      }
    }
    if (!largest)
      return false;
    largest.setDepth(1);
    return true;
  }

  /// What has the rest of the memory, and what would help.
  const char *getRest() const {
    if (space == npu::Space::Dram)
      return " besides those of inputs, outputs, states and constants; smaller "
             "shapes, a narrower --precision or a target with more dram would "
             "help";
    return base > 0 ? " besides those of constants; smaller tiles or a larger "
                      "target would help"
                    : "; smaller tiles or a larger target would help";
  }

  LogicalResult reportPeak() {
    planner::PeakMoment peak = planner::peakMoment(problem);
    Operation *first =
        peak.buffers.empty() ? allocs.front() : allocs[peak.buffers.front()];
    InFlightDiagnostic diag = first->emitError()
                              << "does not fit: "
                              << std::max(plan.lowerBound, peak.bytes)
                              << " bytes of " << stringifySpace(space)
                              << " are needed at once, the machine has "
                              << problem.capacity << getRest();
    for (auto [count, index] : llvm::enumerate(peak.buffers)) {
      npu::AllocOp alloc = allocs[index];
      if (count == 16) {
        diag.attachNote(alloc.getLoc())
            << "and " << peak.buffers.size() - count << " more";
        break;
      }
      diag.attachNote(alloc.getLoc())
          << problem.buffers[index].size << " bytes: " << describe(alloc)
          << ", " << alloc.getType();
    }
    return failure();
  }

  npu::Space space;
  uint64_t base; ///< before it lies what is resident
  unsigned accLanes;
  const ProgramOrder &order;
  SmallVector<npu::AllocOp> allocs;
  planner::Problem problem;
  planner::Plan plan;
};

struct PlanMemory : ashlar::impl::PlanMemoryBase<PlanMemory> {
  using Base = ashlar::impl::PlanMemoryBase<PlanMemory>;
  using Base::Base;
  explicit PlanMemory(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    std::optional<runtime::Machine> machine = getMachine(func, given, target);
    if (!machine)
      return signalPassFailure();
    DramRegions regions = placeRegions(func);
    auto refuse = [&] {
      func->getParentOp()->setAttr("npu.does_not_fit",
                                   UnitAttr::get(func.getContext()));
      signalPassFailure();
    };
    if (regions.total() > machine->dramBytes) {
      (void)regions.refuse(func, machine->dramBytes);
      return refuse();
    }
    ProgramOrder order(func);
    uint64_t sramBytes =
        machine->sramBytes - std::min<uint64_t>(machine->sramBytes, spillBytes);
    std::optional<uint64_t> resident = getResidentTop(func->getParentOp());
    if (!resident) {
      func.emitError() << "expected 'npu.offset' of globals in sram, run "
                          "npu-place-residents first";
      return signalPassFailure();
    }
    unsigned lanes = machine->mxuN;
    std::array<SpacePlanner, 3> planners = {
        SpacePlanner(npu::Space::Dram, 0, machine->dramBytes - regions.total(),
                     lanes, order),
        SpacePlanner(npu::Space::Sram, *resident, sramBytes, lanes, order),
        SpacePlanner(npu::Space::Acc, 0, machine->accBytes, lanes, order)};
    func.walk([&](npu::AllocOp alloc) {
      npu::Space space = *npu::getSpace(alloc.getType());
      planners[static_cast<unsigned>(space) - 1].add(alloc);
    });
    Builder b(func.getContext());
    SmallVector<NamedAttribute> plan;
    for (auto [name, planner] :
         llvm::zip(ArrayRef<StringRef>{"dram", "sram", "acc"}, planners)) {
      if (failed(planner.run()))
        return refuse();
      plan.emplace_back(b.getStringAttr(name + "_peak"),
                        b.getI64IntegerAttr(planner.peak()));
      plan.emplace_back(b.getStringAttr(name + "_bound"),
                        b.getI64IntegerAttr(planner.lowerBound()));
    }
    func->setAttr("npu.plan", b.getDictionaryAttr(plan));
  }

  std::optional<runtime::Machine> given;
};
} // namespace

std::unique_ptr<Pass>
ashlar::createPlanMemory(const runtime::Machine &machine) {
  return std::make_unique<PlanMemory>(machine);
}
