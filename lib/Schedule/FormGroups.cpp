//===- FormGroups.cpp - Which operations share on-chip memory -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Groups grow in two steps. First each product or reduction takes its fill and
// the elementwise operations that only read its result. Then groups of the
// vector unit that hand rows to each other are joined, if the cost model says
// that this is cheaper than going through dram. Nothing is ever computed twice
// for it.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"

#include "RequireMachine.h"
#include "ashlar/Match/Lookup.h"
#include "ashlar/Match/OutputStage.h"
#include "ashlar/Match/VectorProgram.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/Support/FormatVariadic.h"

namespace ashlar {
#define GEN_PASS_DEF_FORMGROUPS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// Limits of a group, for the sake of buffers, semaphores and compile time.
constexpr unsigned kMaxMembers = 16;
constexpr unsigned kMaxBuffers = 16;

struct Part {
  SmallVector<linalg::LinalgOp> ops; ///< in program order
  SmallVector<SmallVector<linalg::LinalgOp>> subparts;
  bool hasMatrix = false; ///< a product or a window: never joined with others
  std::optional<double> cycles; ///< expected; nothing if not asked yet
  bool isAlive = true;
  /// Why something that reads its result is not in the group.
  std::string apart;
};

std::string atMost(unsigned number, StringRef of) {
  return ("a group has at most " + Twine(number) + " " + of).str();
}

class BlockGrouping {
public:
  BlockGrouping(Block &block, const runtime::Machine &machine,
                unsigned optLevel)
      : block(block), scheduler(machine, optLevel) {}
  void run(int64_t &nextGroup);

private:
  void addPart(ArrayRef<linalg::LinalgOp> ops);
  void formParts();
  std::string addReader(Part &part, linalg::LinalgOp user);
  void addEpilogue(Part &part);
  void joinParts();
  std::string tryJoin(unsigned first, unsigned second);
  bool wouldCycle(const Part &first, const Part &second);
  std::optional<double> estimate(ArrayRef<linalg::LinalgOp> ops,
                                 std::string &why);
  double estimate(Part &part);
  void attach(int64_t &nextGroup);
  void reorder();

  Block &block;
  SearchingScheduler scheduler;
  std::vector<Part> parts;
  llvm::DenseMap<Operation *, unsigned> partOf;
};

bool isCandidate(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && !op.hasDynamicShape();
}

/// The single operation that reads the last result of `op`, if it is an
/// elementwise one.
linalg::LinalgOp onlyElementwiseUser(linalg::LinalgOp op) {
  if (op->getNumResults() != 1 || !op->getResult(0).hasOneUse())
    return {};
  OpOperand &use = *op->getResult(0).use_begin();
  auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!user || !isCandidate(user) || user.getNumReductionLoops() != 0 ||
      user.isDpsInit(&use) || user->getBlock() != op->getBlock())
    return {};
  return user;
}

bool isProduct(linalg::LinalgOp op) {
  return matchMatrixWork(op) || matchWindowWork(op);
}

/// Whether `user`, which reads the last result of `ops`, is what the output
/// stage can make of another product: then it is that one's epilogue, and the
/// result of `ops` is its second tensor. The other way round, the other product
/// would go to memory unfinished, and the vector unit would have to finish it.
bool finishesAnotherProduct(linalg::GenericOp user,
                            ArrayRef<linalg::LinalgOp> ops) {
  return !isProduct(ops.back()) &&
         llvm::any_of(user.getDpsInputOperands(), [&](OpOperand *input) {
           auto other = input->get().getDefiningOp<linalg::LinalgOp>();
           return other && other != ops.back() && input->get().hasOneUse() &&
                  isProduct(other) &&
                  isOutputStageWork(cast<linalg::LinalgOp>(user.getOperation()),
                                    input->getOperandNumber());
         });
}

/// "READER: why", for people.
std::string keptApart(ArrayRef<linalg::LinalgOp> reader, StringRef why) {
  SmallVector<Operation *> ops(reader.begin(), reader.end());
  return describeSources(ops, ops.back()) + ": " + why.str();
}

/// Takes `user` into the group of what it reads, or says why not.
std::string BlockGrouping::addReader(Part &part, linalg::LinalgOp user) {
  if (part.ops.size() == kMaxMembers)
    return atMost(kMaxMembers, "operations");
  if (partOf.count(user) ||
      finishesAnotherProduct(cast<linalg::GenericOp>(user.getOperation()),
                             part.ops))
    return "it is the epilogue of another product that it reads";
  SmallVector<linalg::LinalgOp> extended = part.ops;
  extended.push_back(user);
  std::string why;
  FailureOr<Group> group = analyzeGroup(extended, why);
  if (failed(group))
    return why;
  if (group->buffers.size() > kMaxBuffers)
    return atMost(kMaxBuffers, "buffers");
  if (!findLookups(user).empty() &&
      group->drainMember != int(extended.size()) - 1)
    return "only the output stage looks bytes up, and it has other work";
  if (!llvm::all_of(group->cuttable, [](bool cuttable) { return cuttable; }))
    return "a loop of what it reads would have to stay in one piece";
  part.ops = extended;
  partOf[user] = partOf[part.ops.front()];
  return {};
}

/// Elementwise readers of a product or a reduction run on its tile while it is
/// on chip.
void BlockGrouping::addEpilogue(Part &part) {
  while (linalg::LinalgOp user = onlyElementwiseUser(part.ops.back()))
    if (std::string why = addReader(part, user); !why.empty()) {
      part.apart = keptApart(user, why);
      return;
    }
}

/// The operation that accumulates into the result of `op`, if `op` makes
/// nothing but first values: equal elements, or for a product a tensor that
/// repeats (a bias), which accumulators are loaded with.
linalg::LinalgOp accumulatingUser(linalg::LinalgOp op) {
  if (op->getNumResults() != 1 || !op->getResult(0).hasOneUse())
    return {};
  OpOperand &use = *op->getResult(0).use_begin();
  auto user = dyn_cast<linalg::LinalgOp>(use.getOwner());
  if (!user || !user.isDpsInit(&use) || !isCandidate(user) ||
      user->getBlock() != op->getBlock())
    return {};
  if (isa<linalg::FillOp>(op.getOperation()))
    return user;
  AffineMap result = op.getIndexingMapsArray().back();
  bool repeats = isCandidate(op) && isDataMovement(op) &&
                 result.isPermutation() &&
                 op.getIndexingMapsArray().front().isProjectedPermutation();
  return repeats && matchMatrixWork(user) ? user : linalg::LinalgOp();
}

/// A part of an operation and what it accumulates into.
void BlockGrouping::addPart(ArrayRef<linalg::LinalgOp> ops) {
  Part part;
  part.ops.assign(ops.begin(), ops.end());
  linalg::LinalgOp op = ops.back();
  part.hasMatrix = isProduct(op);
  for (linalg::LinalgOp member : part.ops)
    partOf[member] = parts.size();
  if (op.getNumReductionLoops() != 0)
    addEpilogue(part);
  part.subparts = {part.ops};
  parts.push_back(std::move(part));
}

void BlockGrouping::formParts() {
  for (linalg::LinalgOp op : block.getOps<linalg::LinalgOp>()) {
    // What makes first values goes with the operation that accumulates.
    if (partOf.count(op) || !isCandidate(op) || accumulatingUser(op))
      continue;
    SmallVector<linalg::LinalgOp> ops;
    for (Value init : op.getDpsInits())
      if (auto start = init.getDefiningOp<linalg::LinalgOp>();
          start && accumulatingUser(start) == op && !partOf.count(start))
        ops.push_back(start);
    ops.push_back(op);
    std::string why;
    if (ops.size() > 1 && failed(analyzeGroup(ops, why)))
      while (ops.size() > 1) {
        addPart(ops.front());
        ops.erase(ops.begin());
      }
    addPart(ops);
  }
}

/// Whether something outside both depends on `first` and feeds `second`.
bool BlockGrouping::wouldCycle(const Part &first, const Part &second) {
  llvm::SmallPtrSet<Operation *, 16> mine, reached;
  Operation *begin = first.ops.front(), *end = second.ops.back();
  for (const Part *part : {&first, &second})
    for (linalg::LinalgOp op : part->ops) {
      mine.insert(op);
      if (op->isBeforeInBlock(begin))
        begin = op;
      if (end->isBeforeInBlock(op))
        end = op;
    }
  auto readsAny = [](Operation *op,
                     const llvm::SmallPtrSetImpl<Operation *> &set) {
    bool found = false;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        found |=
            operand.getDefiningOp() && set.contains(operand.getDefiningOp());
    });
    return found;
  };
  for (Operation *op = begin; op; op = op->getNextNode()) {
    if (mine.contains(op)) {
      if (readsAny(op, reached))
        return true;
    } else if (readsAny(op, mine) || readsAny(op, reached)) {
      reached.insert(op);
    }
    if (op == end)
      break;
  }
  return false;
}

std::optional<double> BlockGrouping::estimate(ArrayRef<linalg::LinalgOp> ops,
                                              std::string &why) {
  FailureOr<Group> group = analyzeGroup(ops, why);
  if (failed(group))
    return std::nullopt;
  if (group->buffers.size() > kMaxBuffers) {
    why = atMost(kMaxBuffers, "buffers");
    return std::nullopt;
  }
  std::optional<TileDecision> decision =
      scheduler.decide(describeGroup(*group), nullptr);
  if (!decision) {
    why = "no tile of both together fits";
    return std::nullopt;
  }
  return decision->cycles;
}

double BlockGrouping::estimate(Part &part) {
  std::string why;
  if (!part.cycles)
    part.cycles = estimate(part.ops, why).value_or(1e30);
  return *part.cycles;
}

/// Makes one group of two, or says why not.
std::string BlockGrouping::tryJoin(unsigned first, unsigned second) {
  Part &producer = parts[first], &consumer = parts[second];
  if (producer.hasMatrix || consumer.hasMatrix)
    return "products and windows are joined with elementwise readers only";
  if (producer.ops.size() + consumer.ops.size() > kMaxMembers)
    return atMost(kMaxMembers, "operations");
  if (wouldCycle(producer, consumer))
    return "something else needs the one and is needed by the other";
  SmallVector<linalg::LinalgOp> ops = producer.ops;
  llvm::append_range(ops, consumer.ops);
  llvm::sort(ops, [](linalg::LinalgOp a, linalg::LinalgOp b) {
    return a->isBeforeInBlock(b);
  });
  std::string why;
  std::optional<double> together = estimate(ops, why);
  if (!together)
    return why;
  double apart = estimate(producer) + estimate(consumer);
  if (*together >= apart)
    return llvm::formatv("{0:F0} cycles together, {1:F0} apart", *together,
                         apart);
  producer.isAlive = false;
  consumer.ops = ops;
  consumer.cycles = together;
  consumer.subparts.insert(consumer.subparts.begin(), producer.subparts.begin(),
                           producer.subparts.end());
  for (linalg::LinalgOp op : ops)
    partOf[op] = second;
  return {};
}

void BlockGrouping::joinParts() {
  for (unsigned second = 0; second < parts.size(); ++second) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (linalg::LinalgOp op :
           SmallVector<linalg::LinalgOp>(parts[second].ops)) {
        for (Value operand : op->getOperands()) {
          auto found = operand.getDefiningOp()
                           ? partOf.find(operand.getDefiningOp())
                           : partOf.end();
          if (found == partOf.end() || found->second == second ||
              !parts[found->second].isAlive)
            continue;
          Part &producer = parts[found->second];
          std::string why = tryJoin(found->second, second);
          changed |= why.empty();
          if (!why.empty() && (producer.apart.empty() || !producer.hasMatrix))
            producer.apart = keptApart(parts[second].ops, why);
        }
        if (changed)
          break;
      }
    }
  }
}

void BlockGrouping::attach(int64_t &nextGroup) {
  Builder builder(block.getParentOp()->getContext());
  int64_t nextSubgroup = 0;
  for (Part &part : parts) {
    if (!part.isAlive)
      continue;
    for (ArrayRef<linalg::LinalgOp> subpart : part.subparts) {
      for (linalg::LinalgOp op : subpart) {
        op->setAttr(kGroupAttr, builder.getI64IntegerAttr(nextGroup));
        if (part.subparts.size() > 1)
          op->setAttr(kSubgroupAttr, builder.getI64IntegerAttr(nextSubgroup));
      }
      ++nextSubgroup;
    }
    if (!part.apart.empty())
      part.ops.back()->setAttr(kApartAttr, builder.getStringAttr(part.apart));
    ++nextGroup;
  }
}

/// Puts the members of each group next to each other, after everything that any
/// of them needs; the order is that of the program otherwise.
void BlockGrouping::reorder() {
  SmallVector<Operation *> order;
  llvm::SmallPtrSet<Operation *, 32> placed;
  auto unitOf = [&](Operation *op) {
    SmallVector<Operation *> unit = {op};
    if (auto found = partOf.find(op); found != partOf.end())
      unit.assign(parts[found->second].ops.begin(),
                  parts[found->second].ops.end());
    return unit;
  };
  std::function<void(Operation *)> place = [&](Operation *op) {
    if (placed.contains(op))
      return;
    SmallVector<Operation *> unit = unitOf(op);
    placed.insert(unit.begin(), unit.end());
    for (Operation *member : unit)
      member->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (Operation *def = operand.getDefiningOp())
            if (def->getBlock() == &block)
              place(def);
      });
    llvm::append_range(order, unit);
  };
  for (Operation &op : block.without_terminator())
    place(&op);
  for (Operation *op : order)
    op->moveBefore(block.getTerminator());
}

void BlockGrouping::run(int64_t &nextGroup) {
  formParts();
  joinParts();
  attach(nextGroup);
  reorder();
}

struct FormGroups : ashlar::impl::FormGroupsBase<FormGroups> {
  using FormGroupsBase::FormGroupsBase;
  FormGroups() = default;
  FormGroups(const runtime::Machine &machine, unsigned level)
      : machine(machine) {
    optLevel = level;
  }

  LogicalResult initialize(MLIRContext *context) override {
    return requireMachine(machine, target, context);
  }

  void runOnOperation() override {
    int64_t nextGroup = 0;
    getOperation().walk([&](Block *block) {
      // Only blocks of the graph itself: not bodies of linalg operations.
      if (!isa<linalg::LinalgOp>(block->getParentOp()) &&
          block->mightHaveTerminator())
        BlockGrouping(*block, *machine, optLevel).run(nextGroup);
    });
  }

private:
  std::optional<runtime::Machine> machine;
};

} // namespace

std::unique_ptr<Pass> ashlar::createFormGroups(const runtime::Machine &machine,
                                               unsigned optLevel) {
  return std::make_unique<::FormGroups>(machine, optLevel);
}
