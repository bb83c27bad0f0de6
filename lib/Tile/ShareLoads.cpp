//===- ShareLoads.cpp - One copy brings what several cores load -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. What a copy depends on is a property of values, not of
// numbers: whoever chose the loops, a copy is shared where no core could tell
// which of the cores it is.
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "TargetOption.h"
#include "Timing/Timing.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SmallBitVector.h"

namespace ashlar {
#define GEN_PASS_DEF_SHARELOADS
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

/// Dimensions that one copy instruction walks.
static constexpr int64_t kCopyDims = 6;

namespace {
/// Adjacent dimensions of a grid along which cores do the same.
struct CoreGroup {
  unsigned first = 0, count = 0;
  int64_t members = 1; ///< cores
  int64_t stride = 1;  ///< between the numbers of two of them
};

/// On which dimensions of the grid of an npu.on_cores a value depends. All of
/// them where that cannot be told.
class GridDependences {
public:
  explicit GridDependences(npu::OnCoresOp op) : op(op) {}
  const llvm::SmallBitVector &of(Value value);
  /// What decides how often `nested` is executed, and on what.
  llvm::SmallBitVector ofExecution(Operation *nested);

private:
  llvm::SmallBitVector none() {
    return llvm::SmallBitVector(op.getGrid().size());
  }
  llvm::SmallBitVector all() {
    return llvm::SmallBitVector(op.getGrid().size(), true);
  }
  llvm::SmallBitVector ofTurns(scf::ForOp loop);
  llvm::SmallBitVector compute(Value value);

  npu::OnCoresOp op;
  llvm::DenseMap<Value, llvm::SmallBitVector> known;
};

struct ShareLoads : ashlar::impl::ShareLoadsBase<ShareLoads> {
  using Base = ashlar::impl::ShareLoadsBase<ShareLoads>;
  using Base::Base;
  explicit ShareLoads(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    std::optional<runtime::Machine> machine =
        getMachine(getOperation(), given, target);
    if (!machine)
      return signalPassFailure();
    for (auto op : getOperation().getBody().front().getOps<npu::OnCoresOp>())
      if (op->removeAttr(npu::kShareLoadsAttr) && machine->cores > 1)
        shareIn(op, *machine);
  }

private:
  void shareIn(npu::OnCoresOp op, const runtime::Machine &machine);

  std::optional<runtime::Machine> given;
};
} // namespace

//===----------------------------------------------------------------------===//
// What depends on which core it is
//===----------------------------------------------------------------------===//

llvm::SmallBitVector GridDependences::ofTurns(scf::ForOp loop) {
  llvm::SmallBitVector result = of(loop.getLowerBound());
  result |= of(loop.getUpperBound());
  result |= of(loop.getStep());
  return result;
}

llvm::SmallBitVector GridDependences::compute(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    Operation *owner = argument.getOwner()->getParentOp();
    if (!op->isAncestor(owner))
      return none();
    if (owner == op) {
      llvm::SmallBitVector result = none();
      result.set(argument.getArgNumber());
      return result;
    }
    auto loop = dyn_cast<scf::ForOp>(owner);
    return loop && argument == loop.getInductionVar() ? ofTurns(loop) : all();
  }
  Operation *def = value.getDefiningOp();
  if (!op->isProperAncestor(def))
    return none();
  // A place is the same on every core that allocates equally often.
  if (isa<npu::AllocOp>(def))
    return ofExecution(def);
  if (def->getNumRegions() != 0 || !isPure(def) || isa<npu::CoreIdOp>(def))
    return all();
  llvm::SmallBitVector result = none();
  for (Value operand : def->getOperands())
    result |= of(operand);
  return result;
}

const llvm::SmallBitVector &GridDependences::of(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  llvm::SmallBitVector result = compute(value);
  return known[value] = result;
}

llvm::SmallBitVector GridDependences::ofExecution(Operation *nested) {
  llvm::SmallBitVector result = none();
  for (Operation *parent = nested->getParentOp(); parent != op;
       parent = parent->getParentOp()) {
    auto loop = dyn_cast<scf::ForOp>(parent);
    result |= loop ? ofTurns(loop) : all();
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// The largest run of dimensions that `depends` leaves out.
static CoreGroup findGroup(ArrayRef<int64_t> grid,
                           const llvm::SmallBitVector &depends) {
  CoreGroup best;
  for (unsigned first = 0; first < grid.size(); ++first) {
    CoreGroup group{first};
    for (unsigned dim = first; dim < grid.size() && !depends[dim]; ++dim) {
      group.members *= grid[dim];
      ++group.count;
    }
    if (group.members > best.members)
      best = group;
  }
  for (int64_t size : grid.drop_front(best.first + best.count))
    best.stride *= size;
  return best;
}

/// The queue of the first work behind `copy` that uses its target's buffer.
static std::optional<npu::Queue> findFirstUser(npu::CopyOp copy, Value root) {
  std::optional<npu::Queue> queue;
  auto body = copy->getParentOfType<npu::OnCoresOp>();
  body.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == copy || queue || !copy->getBlock()->findAncestorOpInBlock(*op) ||
        !copy->isBeforeInBlock(copy->getBlock()->findAncestorOpInBlock(*op)))
      return;
    bool uses = llvm::any_of(op->getOperands(), [&](Value operand) {
      return isa<MemRefType>(operand.getType()) &&
             npu::getRootBuffer(operand) == root;
    });
    if (!uses || isa<ViewLikeOpInterface, memref::TransposeOp>(op))
      return;
    auto engine = dyn_cast<npu::EngineOpInterface>(op);
    queue = engine ? engine.getEngineQueue() : npu::Queue::Scalar;
  });
  return queue;
}

/// Whether it brings a tile from dram to a buffer that lies at the same place
/// on every core.
static bool isTileLoad(npu::CopyOp copy, npu::OnCoresOp op) {
  if (copy.getMulticast() || copy.getSharing() || !copy.getQueue() ||
      npu::getSpace(copy.getSource().getType()) != npu::Space::Dram ||
      npu::getSpace(copy.getTarget().getType()) != npu::Space::Sram ||
      cast<MemRefType>(copy.getTarget().getType()).getRank() > kCopyDims)
    return false;
  Value from = npu::getRootBuffer(copy.getSource());
  Value to = npu::getRootBuffer(copy.getTarget());
  auto alloc = to ? to.getDefiningOp<npu::AllocOp>() : npu::AllocOp();
  if (!from || !alloc || !op->isProperAncestor(alloc))
    return false;
  // Of a staged input in parts, each core has its own, if it is there at all; a
  // whole one is the same everywhere.
  for (Value view = copy.getSource(); Operation *def = view.getDefiningOp();
       view = def->getOperand(0)) {
    if (auto input = dyn_cast<npu::RequestInputOp>(def);
        input && input.getParts() != 1)
      return false;
    if (def->getNumOperands() == 0)
      break;
  }
  return true;
}

/// The cores that execute `copy` alike, if it is worth their while.
static std::optional<CoreGroup> findSharers(npu::CopyOp copy, npu::OnCoresOp op,
                                            GridDependences &dependences,
                                            const runtime::Machine &machine) {
  if (!isTileLoad(copy, op))
    return std::nullopt;
  llvm::SmallBitVector depends = dependences.ofExecution(copy);
  for (Value operand : copy->getOperands())
    depends |= dependences.of(operand);
  CoreGroup group = findGroup(op.getGrid(), depends);
  auto alloc =
      npu::getRootBuffer(copy.getTarget()).getDefiningOp<npu::AllocOp>();
  uint64_t bytes = getSlotBytes(alloc, machine.mxuN);
  if (group.members < 2 ||
      !runtime::isWorthSharing(bytes, group.members, machine))
    return std::nullopt;
  return group;
}

/// The rank of this core in its group, computed at the beginning of the body.
static Value buildRank(npu::OnCoresOp op, const CoreGroup &group) {
  ImplicitLocOpBuilder b(op.getLoc(), op.getContext());
  b.setInsertionPointToStart(op.getBlock());
  Value rank;
  for (unsigned dim = group.first; dim < group.first + group.count; ++dim) {
    Value place = op.getBlock()->getArgument(dim);
    if (rank) {
      Value size = arith::ConstantIndexOp::create(b, op.getGrid()[dim]);
      rank = arith::MulIOp::create(b, rank, size);
      rank = arith::AddIOp::create(b, rank, place);
    } else {
      rank = place;
    }
  }
  return rank;
}

void ShareLoads::shareIn(npu::OnCoresOp op, const runtime::Machine &machine) {
  GridDependences dependences(op);
  SmallVector<npu::CopyOp> copies;
  op.walk([&](npu::CopyOp copy) { copies.push_back(copy); });
  for (npu::CopyOp copy : copies) {
    std::optional<CoreGroup> group =
        findSharers(copy, op, dependences, machine);
    if (!group)
      continue;
    std::optional<npu::Queue> user =
        findFirstUser(copy, npu::getRootBuffer(copy.getTarget()));
    if (!user || *user == npu::Queue::Scalar || *user == copy.getQueue())
      continue;
    copy.getRankMutable().assign(buildRank(op, *group));
    copy.setSharingAttr(npu::SharingAttr::get(&getContext(), group->members,
                                              group->stride, std::nullopt,
                                              std::nullopt));
    OpBuilder b(&getContext());
    b.setInsertionPointAfter(copy);
    npu::ReceiveOp::create(b, copy.getLoc(), copy.getTarget(), *user,
                           IntegerAttr());
  }
}

std::unique_ptr<Pass>
ashlar::createShareLoads(const runtime::Machine &machine) {
  return std::make_unique<ShareLoads>(machine);
}
