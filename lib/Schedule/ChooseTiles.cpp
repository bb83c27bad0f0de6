//===- ChooseTiles.cpp - Tile sizes and operand roles for every group -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "AttentionTiles.h"
#include "Group.h"

#include "RequireMachine.h"
#include "dialects/npu/NPURequests.h"

#include "mlir/Interfaces/ViewLikeInterface.h"

namespace ashlar {
#define GEN_PASS_DEF_CHOOSETILES
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

struct ChooseTiles : ashlar::impl::ChooseTilesBase<ChooseTiles> {
  using ChooseTilesBase::ChooseTilesBase;
  ChooseTiles() = default;
  ChooseTiles(const runtime::Machine &machine, unsigned level,
              ScheduleTrace *trace)
      : machine(machine), trace(trace) {
    optLevel = level;
  }

  LogicalResult initialize(MLIRContext *context) override {
    return requireMachine(machine, target, context);
  }

  void runOnOperation() override {
    budget = *machine;
    budget.sramBytes = bytesForTiles(getOperation(), *machine);
    SearchingScheduler scheduler(budget, optLevel);
    nextGroup = 0;
    for (const Group &group : collectGroups(getOperation()))
      if (failed(decide(group, scheduler)))
        return signalPassFailure();
    auto result = getOperation().walk([&](npu::AttentionOp op) {
      return isa<MemRefType>(op.getTarget().getType()) ? WalkResult(decide(op))
                                                       : WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    noteCycles();
  }

private:
  LogicalResult decide(const Group &group, Scheduler &scheduler);
  LogicalResult decide(npu::AttentionOp op);
  LogicalResult checkGiven(const Group &group, const GroupShape &shape,
                           DenseI64ArrayAttr tiles);
  void attach(const Group &group, const TileDecision &decision);
  void noteCycles();

  std::optional<runtime::Machine> machine;
  runtime::Machine budget; ///< the machine without resident buffers
  ScheduleTrace *trace = nullptr;
  int64_t nextGroup = 0;
};

/// The last group that reads a buffer, through views and pads; all of them if
/// somebody reads it who is in none.
static int64_t findLastReader(Value buffer) {
  int64_t last = -1;
  for (Operation *user : buffer.getUsers()) {
    auto group = user->getAttrOfType<IntegerAttr>(kGroupAttr);
    int64_t reader = std::numeric_limits<int64_t>::max();
    if (group)
      reader = group.getInt();
    else if (isa<ViewLikeOpInterface, npu::PadOp>(user))
      reader = findLastReader(user->getResult(0));
    last = std::max(last, reader);
  }
  return last;
}

/// What is expected of a run, and of the rest of it when an input is not needed
/// any more.
void ChooseTiles::noteCycles() {
  func::FuncOp function = getOperation();
  Builder builder(&getContext());
  auto cyclesBehind = [&](int64_t last) {
    int64_t total = 0;
    function.walk([&](Operation *op) {
      auto group = op->getAttrOfType<IntegerAttr>(kGroupAttr);
      auto cycles = op->getAttrOfType<IntegerAttr>(kCyclesAttr);
      if (cycles && (group ? group.getInt() > last : last < 0))
        total += cycles.getInt();
    });
    return builder.getI64IntegerAttr(total);
  };
  function->setAttr(npu::kExpectedCyclesAttr, cyclesBehind(-1));
  for (BlockArgument argument : function.getArguments())
    if (auto io = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        "npu.io");
        io && io.getValue() == "input")
      function.setArgAttr(argument.getArgNumber(), npu::kCyclesBehindAttr,
                          cyclesBehind(findLastReader(argument)));
}

/// Attributes on the members are the whole answer; numbers are given anew, so
/// that a group that was taken apart cannot be mistaken for a whole one.
void ChooseTiles::attach(const Group &group, const TileDecision &decision) {
  Builder builder(&getContext());
  for (const GroupMember &member : group.members) {
    member.op->setAttr(kGroupAttr, builder.getI64IntegerAttr(nextGroup));
    member.op->removeAttr(kSubgroupAttr);
  }
  ++nextGroup;
  Operation *root = group.members[group.root].op;
  root->setAttr(kTilesAttr, builder.getDenseI64ArrayAttr(decision.tiles));
  root->setAttr(kOrderAttr, builder.getDenseI64ArrayAttr(decision.order));
  root->setAttr(kCyclesAttr, builder.getI64IntegerAttr(
                                 static_cast<int64_t>(decision.cycles)));
  if (llvm::any_of(decision.grid, [](int64_t cores) { return cores > 1; }))
    root->setAttr(kCoresAttr, builder.getDenseI64ArrayAttr(decision.grid));
  if (decision.sharesLoads)
    root->setAttr(kShareAttr, builder.getUnitAttr());
  if (group.matrix)
    root->setAttr(kStreamAttr,
                  builder.getStringAttr(decision.lhsStreams ? "lhs" : "rhs"));
}

LogicalResult ChooseTiles::checkGiven(const Group &group,
                                      const GroupShape &shape,
                                      DenseI64ArrayAttr tiles) {
  Operation *root = group.members[group.root].op;
  auto stream = root->getAttrOfType<StringAttr>(kStreamAttr);
  bool lhsStreams = stream ? stream.getValue() != "rhs"
                           : !shape.matrix || shape.matrix->lhsMayStream;
  SmallVector<int64_t> order;
  if (auto given = root->getAttrOfType<DenseI64ArrayAttr>(kOrderAttr))
    order.assign(given.asArrayRef().begin(), given.asArrayRef().end());
  if (std::string why = checkOrder(group.reduction, order); !why.empty())
    return root->emitError()
           << "'" << kOrderAttr << "' cannot be used: " << why;
  std::string why = checkTiles(shape, tiles.asArrayRef(), lhsStreams, budget);
  if (!why.empty())
    return root->emitError()
           << "'" << kTilesAttr << "' cannot be used: " << why;
  CoreGrid grid;
  if (auto cores = root->getAttrOfType<DenseI64ArrayAttr>(kCoresAttr)) {
    grid.assign(cores.asArrayRef().begin(), cores.asArrayRef().end());
    why = checkGrid(shape, tiles.asArrayRef(), grid, budget.cores);
    if (!why.empty())
      return root->emitError()
             << "'" << kCoresAttr << "' cannot be used: " << why;
  }
  auto decision =
      evaluateTiles(shape, tiles.asArrayRef(), lhsStreams, budget, order,
                    std::numeric_limits<double>::infinity(), grid);
  if (!decision)
    return root->emitError() << "'" << kTilesAttr
                             << "' cannot be used: expected tiles that make up "
                                "each core's part";
  attach(group, *decision);
  return success();
}

LogicalResult ChooseTiles::decide(const Group &group, Scheduler &scheduler) {
  GroupShape shape = describeGroup(group);
  linalg::LinalgOp root = group.members[group.root].op;
  if (auto given = root->getAttrOfType<DenseI64ArrayAttr>(kTilesAttr))
    return checkGiven(group, shape, given);
  ScheduleTrace::Group considered;
  std::optional<TileDecision> decision =
      scheduler.decide(shape, trace ? &considered : nullptr);
  if (decision) {
    attach(group, *decision);
    if (trace) {
      for (const GroupMember &member : group.members)
        if (auto apart = member.op->getAttrOfType<StringAttr>(kApartAttr))
          considered.apart = apart.str();
      trace->groups.push_back(std::move(considered));
    }
    return success();
  }
  if (group.members.size() == 1)
    return root.emitError()
           << "no tile of this operation fits the machine '" << budget.name
           << "': " << budget.sramBytes << " bytes of scratchpad, "
           << budget.accBytes << " of accumulators";
  for (const Group &part : splitGroup(group))
    if (failed(decide(part, scheduler)))
      return failure();
  return success();
}

/// Given tiles are kept, if they fit.
LogicalResult ChooseTiles::decide(npu::AttentionOp op) {
  AttentionShape shape = describeAttention(op);
  ScheduleTrace::Group considered;
  std::optional<AttentionDecision> decision;
  if (auto given = op->getAttrOfType<DenseI64ArrayAttr>(kTilesAttr)) {
    auto interleave = op->getAttrOfType<IntegerAttr>(kInterleaveAttr);
    if (given.size() == op.getNumDims())
      decision =
          evaluateAttention(shape, given[op.getRowDim()], given[op.getKeyDim()],
                            interleave ? interleave.getInt() : 1, budget);
    if (!decision)
      return op.emitError()
             << "'" << kTilesAttr << "' cannot be used: expected "
             << op.getNumDims() << " sizes that fit the machine '"
             << budget.name << "', got " << given;
  } else {
    decision =
        chooseAttentionTiles(shape, budget, trace ? &considered : nullptr);
  }
  if (!decision)
    return op.emitError() << "no tile of this operation fits the machine '"
                          << budget.name << "': " << budget.sramBytes
                          << " bytes of scratchpad, " << budget.accBytes
                          << " of accumulators";
  if (trace)
    trace->groups.push_back(std::move(considered));
  Builder builder(&getContext());
  const TileDecision &tiles = decision->tiles;
  op->setAttr(kTilesAttr, builder.getDenseI64ArrayAttr(tiles.tiles));
  op->setAttr(kCyclesAttr,
              builder.getI64IntegerAttr(static_cast<int64_t>(tiles.cycles)));
  op->setAttr(kInterleaveAttr, builder.getI64IntegerAttr(decision->interleave));
  // Loops around it are one core's.
  if (isa<func::FuncOp>(op->getParentOp()) &&
      llvm::any_of(tiles.grid, [](int64_t cores) { return cores > 1; }))
    op->setAttr(kCoresAttr, builder.getDenseI64ArrayAttr(tiles.grid));
  return success();
}

} // namespace

std::unique_ptr<Pass> ashlar::createChooseTiles(const runtime::Machine &machine,
                                                unsigned optLevel,
                                                ScheduleTrace *trace) {
  return std::make_unique<::ChooseTiles>(machine, optLevel, trace);
}
