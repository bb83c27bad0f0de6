//===- PlaceBuffers.cpp - Tensors that stay in the scratchpad -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A plan says which buffers stay on chip, and whether core 0 alone works on
// them or each core on its part of the outermost dimension. Plans are compared
// by what the scheduler expects of all groups together: nothing stays on chip
// unless that is faster.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"

#include "RequireMachine.h"
#include "dialects/npu/NPU.h"

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

/// Resident buffers take at most this share of the scratchpad (percent): tiles
/// need the rest.
constexpr uint64_t kMaxShare = 60;

/// A buffer that could stay, and the groups (by number) that use it.
struct Candidate {
  memref::AllocOp alloc;
  uint64_t bytes = 0;
  llvm::SmallSetVector<unsigned, 4> users;
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
    int64_t parts = 1;
    SmallVector<unsigned> resident; ///< numbers of candidates
    uint64_t peakBytes = 0;
    double cycles = 0;
  };

  void collectCandidates();
  bool collectUsers(Value buffer, Candidate &candidate);
  void dropUnpartitionable(Plan &plan);
  void fit(Plan &plan);
  void apply(const Plan &plan, bool stay);
  double estimate(const Plan &plan);
  double estimate(const Group &group, Scheduler &scheduler);

  std::optional<runtime::Machine> machine;
  std::vector<Group> groups;
  llvm::DenseMap<Operation *, unsigned> groupOf;
  std::vector<Candidate> candidates;
};

} // namespace

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

/// False if somebody uses the buffer who is no member of a group.
bool PlaceBuffers::collectUsers(Value buffer, Candidate &candidate) {
  for (Operation *user : buffer.getUsers()) {
    if (isa<memref::ExpandShapeOp, memref::CollapseShapeOp, memref::SubViewOp,
            memref::CastOp>(user)) {
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
  for (auto alloc : entry->getOps<memref::AllocOp>()) {
    MemRefType type = alloc.getType();
    if (npu::getSpace(type) != npu::Space::Dram || !type.hasStaticShape() ||
        !type.getLayout().isIdentity())
      continue;
    Candidate candidate;
    candidate.alloc = alloc;
    Type element = type.getElementType();
    uint64_t bits =
        element.isIndex() ? 64 : std::max(8u, element.getIntOrFloatBitWidth());
    candidate.bytes = llvm::alignTo(type.getNumElements() * (bits / 8), 64);
    // What one group alone uses vanishes anyway.
    if (collectUsers(alloc, candidate) && candidate.users.size() > 1)
      candidates.push_back(std::move(candidate));
  }
}

/// A view's type follows its source's.
static void setSpace(Value buffer, npu::Space space) {
  buffer.setType(npu::withSpace(cast<MemRefType>(buffer.getType()), space));
  for (Operation *user : buffer.getUsers())
    if (isa<ViewLikeOpInterface>(user))
      setSpace(user->getResult(0), space);
}

void PlaceBuffers::apply(const Plan &plan, bool stay) {
  Builder builder(&getContext());
  for (unsigned number : plan.resident) {
    memref::AllocOp alloc = candidates[number].alloc;
    setSpace(alloc, stay ? npu::Space::Sram : npu::Space::Dram);
    if (stay && plan.parts > 1)
      alloc->setAttr(kPartsAttr, builder.getI64IntegerAttr(plan.parts));
    else
      alloc->removeAttr(kPartsAttr);
  }
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// With parts, every group must be able to work on one part alone: the
/// outermost indices of all its resident buffers are the same loop.
void PlaceBuffers::dropUnpartitionable(Plan &plan) {
  if (plan.parts == 1)
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
      return llvm::any_of(candidates[number].users,
                          [&](unsigned user) { return bad.contains(user); });
    });
    changed = plan.resident.size() != before;
  }
}

/// Keeps what fits at every moment, the smallest first: they spare as much
/// traffic per byte as large ones, and more latency.
void PlaceBuffers::fit(Plan &plan) {
  uint64_t limit = machine->sramBytes / 100 * kMaxShare;
  SmallVector<unsigned> order = plan.resident;
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return candidates[a].bytes < candidates[b].bytes;
  });
  SmallVector<uint64_t> live(groups.size(), 0);
  plan.resident.clear();
  for (unsigned number : order) {
    const Candidate &candidate = candidates[number];
    unsigned first = groups.size(), last = 0;
    for (unsigned user : candidate.users) {
      first = std::min(first, user);
      last = std::max(last, user);
    }
    bool fits = true;
    for (unsigned at = first; at <= last; ++at)
      fits &= live[at] + candidate.bytes <= limit;
    if (!fits)
      continue;
    for (unsigned at = first; at <= last; ++at) {
      live[at] += candidate.bytes;
      plan.peakBytes = std::max(plan.peakBytes, live[at]);
    }
    plan.resident.push_back(number);
  }
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
  rest.sramBytes -= std::min(rest.sramBytes, reservedBytes(plan.peakBytes));
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
  Plan best;
  best.cycles = estimate(best);
  SmallVector<int64_t, 2> ways = {1};
  if (machine->cores > 1)
    ways.push_back(machine->cores);
  for (int64_t parts : ways) {
    Plan plan;
    plan.parts = parts;
    for (unsigned number = 0; number < candidates.size(); ++number)
      plan.resident.push_back(number);
    dropUnpartitionable(plan);
    fit(plan);
    if (plan.resident.empty())
      continue;
    apply(plan, true);
    plan.cycles = estimate(plan);
    apply(plan, false);
    if (plan.cycles < best.cycles)
      best = std::move(plan);
  }
  if (best.resident.empty())
    return;
  apply(best, true);
  getOperation()->setAttr(
      kResidentAttr, Builder(&getContext()).getI64IntegerAttr(best.peakBytes));
}

std::unique_ptr<Pass>
ashlar::createPlaceBuffers(const runtime::Machine &machine, unsigned optLevel) {
  return std::make_unique<::PlaceBuffers>(machine, optLevel);
}
