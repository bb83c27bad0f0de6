//===- PlaceBuffers.cpp - Tensors that stay in the scratchpad -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A plan says which buffers stay on chip, whether core 0 alone works on them or
// each core on its part of the outermost dimension, and which constants every
// core keeps from the session's opening on. Plans are compared by what the
// scheduler expects of all groups together: nothing stays on chip unless that
// is faster.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"

#include "RequireMachine.h"
#include "dialects/npu/NPURequests.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_PLACEBUFFERS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// Intermediate buffers take at most this share of the scratchpad (percent),
/// and this one together with constants: tiles need the rest.
constexpr uint64_t kMaxShare = 60;
constexpr uint64_t kMaxShareWithConstants = 80;

/// A buffer that could stay, and the groups (by number) that use it.
struct Candidate {
  Operation *op = nullptr; ///< an allocation, or a constant
  uint64_t bytes = 0;
  llvm::SmallSetVector<unsigned, 4> users;
  bool isConstant() const { return isa<memref::GetGlobalOp>(op); }
};

struct PlaceBuffers : ashlar::impl::PlaceBuffersBase<PlaceBuffers> {
  using PlaceBuffersBase::PlaceBuffersBase;
  PlaceBuffers() = default;
  PlaceBuffers(const runtime::Machine &machine, unsigned level)
      : machine(machine) {
    optLevel = level;
  }

  LogicalResult initialize(MLIRContext *context) override {
    return requireMachine(machine, target, context);
  }

  void runOnOperation() override;

private:
  struct Plan {
    int64_t parts = 1;              ///< 0: no intermediate result stays
    SmallVector<unsigned> resident; ///< numbers of candidates
    uint64_t peakBytes = 0, constantBytes = 0;
    double cycles = 0;
  };

  void collectCandidates();
  void addCandidate(Operation *op);
  bool collectUsers(Value buffer, Candidate &candidate);
  void dropUnpartitionable(Plan &plan);
  void fit(Plan &plan);
  bool makePlan(int64_t parts, bool withConstants, Plan &plan);
  void apply(const Plan &plan, bool stay);
  void keepConstants(const Plan &plan);
  double estimate(const Plan &plan);
  double estimate(const Group &group, Scheduler &scheduler);

  std::optional<runtime::Machine> machine;
  std::vector<Group> groups;
  llvm::DenseMap<Operation *, unsigned> groupOf;
  std::vector<Candidate> candidates;
  uint64_t tableBytes = 0; ///< of constants that stay anyway
};

} // namespace

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

/// False if somebody uses the buffer who is no member of a group.
bool PlaceBuffers::collectUsers(Value buffer, Candidate &candidate) {
  for (Operation *user : buffer.getUsers()) {
    if (isa<memref::ExpandShapeOp, memref::CollapseShapeOp, memref::SubViewOp,
            memref::CastOp, npu::PadOp>(user)) {
      if (!collectUsers(user->getResult(0), candidate))
        return false;
      continue;
    }
    auto found = groupOf.find(user);
    if (found == groupOf.end())
      return false;
    candidate.users.insert(found->second);
  }
  return true;
}

void PlaceBuffers::collectCandidates() {
  groups = collectGroups(getOperation());
  groupOf.clear();
  candidates.clear();
  Block *entry = &getOperation().getBody().front();
  for (auto [number, group] : llvm::enumerate(groups))
    for (const GroupMember &member : group.members)
      if (member.op->getBlock() == entry)
        groupOf[member.op] = number;
  for (Operation &op : *entry)
    if (isa<memref::AllocOp, memref::GetGlobalOp>(op))
      addCandidate(&op);
}

void PlaceBuffers::addCandidate(Operation *op) {
  auto type = cast<MemRefType>(op->getResult(0).getType());
  if (npu::getSpace(type) != npu::Space::Dram || !type.hasStaticShape() ||
      !type.getLayout().isIdentity())
    return;
  Candidate candidate;
  candidate.op = op;
  Type element = type.getElementType();
  uint64_t bits =
      element.isIndex() ? 64 : std::max(8u, element.getIntOrFloatBitWidth());
  candidate.bytes = llvm::alignTo(type.getNumElements() * (bits / 8), 64);
  // An intermediate result that one group alone uses vanishes anyway.
  if (collectUsers(op->getResult(0), candidate) &&
      candidate.users.size() > (candidate.isConstant() ? 0 : 1))
    candidates.push_back(std::move(candidate));
}

/// A view's type follows its source's.
static void setSpace(Value buffer, npu::Space space) {
  buffer.setType(npu::withSpace(cast<MemRefType>(buffer.getType()), space));
  for (Operation *user : buffer.getUsers())
    if (isa<ViewLikeOpInterface, npu::PadOp>(user))
      setSpace(user->getResult(0), space);
}

void PlaceBuffers::apply(const Plan &plan, bool stay) {
  Builder builder(&getContext());
  for (unsigned number : plan.resident) {
    const Candidate &candidate = candidates[number];
    setSpace(candidate.op->getResult(0),
             stay ? npu::Space::Sram : npu::Space::Dram);
    if (stay && plan.parts > 1 && !candidate.isConstant())
      candidate.op->setAttr(kPartsAttr, builder.getI64IntegerAttr(plan.parts));
    else
      candidate.op->removeAttr(kPartsAttr);
  }
}

/// Constants that stay are memory of their own from here on.
void PlaceBuffers::keepConstants(const Plan &plan) {
  IRRewriter rewriter(&getContext());
  for (unsigned number : plan.resident) {
    auto constant = dyn_cast<memref::GetGlobalOp>(candidates[number].op);
    if (!constant)
      continue;
    rewriter.setInsertionPoint(constant);
    FlatSymbolRefAttr name = constant.getNameAttr();
    auto alloc = rewriter.replaceOpWithNewOp<memref::AllocOp>(
        constant, constant.getType());
    alloc->setAttr(kConstantAttr, name);
  }
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// With parts, every group must be able to work on one part alone: the
/// outermost indices of all its resident buffers are the same loop.
void PlaceBuffers::dropUnpartitionable(Plan &plan) {
  if (plan.parts <= 1)
    return;
  bool changed = true;
  while (changed) {
    apply(plan, true);
    llvm::SmallDenseSet<unsigned> bad;
    for (auto [number, group] : llvm::enumerate(groups))
      if (!canPartition(group))
        bad.insert(number);
    apply(plan, false);
    size_t before = plan.resident.size();
    llvm::erase_if(plan.resident, [&](unsigned number) {
      return !candidates[number].isConstant() &&
             llvm::any_of(candidates[number].users,
                          [&](unsigned user) { return bad.contains(user); });
    });
    changed = plan.resident.size() != before;
  }
}

/// Keeps what fits at every moment, the smallest first: they spare as much
/// traffic per byte as large ones, and more latency. Constants get what
/// intermediate results leave, which spare a store as well.
void PlaceBuffers::fit(Plan &plan) {
  uint64_t limit = machine->sramBytes / 100 * kMaxShare;
  llvm::stable_sort(plan.resident, [&](unsigned a, unsigned b) {
    return candidates[a].bytes < candidates[b].bytes;
  });
  SmallVector<unsigned> order = std::move(plan.resident);
  SmallVector<uint64_t> live(groups.size(), 0);
  plan.resident.clear();
  for (unsigned number : order) {
    const Candidate &candidate = candidates[number];
    if (candidate.isConstant())
      continue;
    uint64_t bytes = llvm::alignTo(
        llvm::divideCeil(candidate.bytes, std::max<int64_t>(plan.parts, 1)),
        64);
    unsigned first = groups.size(), last = 0;
    for (unsigned user : candidate.users) {
      first = std::min(first, user);
      last = std::max(last, user);
    }
    bool fits = true;
    for (unsigned at = first; at <= last; ++at)
      fits &= live[at] + bytes <= limit;
    if (!fits)
      continue;
    for (unsigned at = first; at <= last; ++at) {
      live[at] += bytes;
      plan.peakBytes = std::max(plan.peakBytes, live[at]);
    }
    plan.resident.push_back(number);
  }
  uint64_t most = machine->sramBytes / 100 * kMaxShareWithConstants;
  for (unsigned number : order) {
    const Candidate &candidate = candidates[number];
    if (!candidate.isConstant() || reservedBytes(plan.peakBytes) + tableBytes +
                                           plan.constantBytes +
                                           candidate.bytes >
                                       most)
      continue;
    plan.constantBytes += candidate.bytes;
    plan.resident.push_back(number);
  }
}

/// False if nothing stays on chip in this way.
bool PlaceBuffers::makePlan(int64_t parts, bool withConstants, Plan &plan) {
  plan.parts = parts;
  for (auto [number, candidate] : llvm::enumerate(candidates))
    if (candidate.isConstant() ? withConstants : parts > 0)
      plan.resident.push_back(number);
  dropUnpartitionable(plan);
  fit(plan);
  if (plan.resident.empty() || (withConstants && plan.constantBytes == 0))
    return false;
  apply(plan, true);
  plan.cycles = estimate(plan);
  apply(plan, false);
  return true;
}

double PlaceBuffers::estimate(const Group &group, Scheduler &scheduler) {
  // Parts of a group that had to be taken apart.
  if (findPartLoop(group) && !canPartition(group))
    return std::numeric_limits<double>::infinity();
  if (auto decision = scheduler.decide(describeGroup(group), nullptr))
    return decision->cycles;
  if (group.members.size() == 1)
    return std::numeric_limits<double>::infinity();
  double total = 0;
  for (const Group &part : splitGroup(group))
    total += estimate(part, scheduler);
  return total;
}

double PlaceBuffers::estimate(const Plan &plan) {
  runtime::Machine rest = *machine;
  rest.sramBytes -=
      std::min(rest.sramBytes,
               reservedBytes(plan.peakBytes) + tableBytes + plan.constantBytes);
  SearchingScheduler scheduler(rest, optLevel);
  double total = 0;
  for (const Group &group : groups)
    total += estimate(group, scheduler);
  return total;
}

void PlaceBuffers::runOnOperation() {
  if (optLevel == 0)
    return;
  collectCandidates();
  if (candidates.empty())
    return;
  auto tables = getOperation()->getAttrOfType<IntegerAttr>(kConstantBytesAttr);
  tableBytes = tables ? tables.getInt() : 0;
  Plan best;
  best.cycles = estimate(best);
  SmallVector<int64_t, 3> ways = {1};
  if (machine->cores > 1)
    ways = {0, 1, machine->cores};
  for (int64_t parts : ways)
    for (bool withConstants : {false, true}) {
      Plan plan;
      if (withConstants && getOperation()->hasAttr(npu::kNoResidentAttr))
        continue;
      if (makePlan(parts, withConstants, plan) && plan.cycles < best.cycles)
        best = std::move(plan);
    }
  if (best.resident.empty())
    return;
  apply(best, true);
  keepConstants(best);
  auto note = [&](StringRef name, uint64_t bytes) {
    if (bytes > 0)
      getOperation()->setAttr(name,
                              Builder(&getContext()).getI64IntegerAttr(bytes));
  };
  note(kResidentAttr, best.peakBytes);
  note(kConstantBytesAttr, tableBytes + best.constantBytes);
}

std::unique_ptr<Pass>
ashlar::createPlaceBuffers(const runtime::Machine &machine, unsigned optLevel) {
  return std::make_unique<::PlaceBuffers>(machine, optLevel);
}
