//===- InsertSync.cpp - Order between engines with semaphores ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. Bottom-up, each block finds the edges between its items; then,
// top-down, edges get semaphores.
//
// Within a block, QueueWalk keeps what queues know of each other's items. For
// what a loop carries the body is looked at twice in a row: a conflict between
// the first and the second copy that the second one does not already know needs
// a token. Around a loop its own edges count (LoopOrder): a queue that begins
// its work there behind another one's need not wait for that one before the
// loop.
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "CoreSemaphores.h"
#include "MemoryAccesses.h"
#include "QueueKnowledge.h"
#include "TargetOption.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace ashlar {
#define GEN_PASS_DEF_INSERTSYNC
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
/// Tokens that circulate around a loop.
struct CarriedEdge {
  SyncEdge edge;
  int64_t slots;
  /// Taken back after the loop. A loop that runs once may keep its tokens if
  /// its semaphore is not used again: what comes behind the loop need not wait
  /// then.
  bool drained = true;
};

struct BlockEdges {
  SmallVector<SyncEdge> forward;
};

class SyncAnalysis {
public:
  /// `spare`: semaphores that may be used for one loop only.
  SyncAnalysis(const MemoryAccesses &accesses, int64_t spare)
      : accesses(accesses), spare(spare) {}

  void analyse(func::FuncOp func) {
    collectRings(func);
    analyseBlock(func.getBody().front());
  }

  /// Gives semaphores to the edges, from the outermost block inwards.
  void assign(Block &block, SyncBuilder &builder);

private:
  /// Edges by what comes before which item on which queue.
  using EdgesByTarget =
      std::map<std::pair<Operation *, npu::Queue>, SmallVector<SyncEdge>>;

  void collectRings(func::FuncOp func);
  void addRing(npu::AllocOp alloc);
  void analyseBlock(Block &block);
  void findForward(Block &block);
  void findCarried(Block &block, Operation *loop);
  void addBarrier(Block &block);
  void addCarried(Operation *scope, const CarriedEdge &edge);
  void sortAfter(SyncEdge &edge, const SyncEdge &other);
  bool endsWork(const SyncEdge &edge, Operation *loop) const;
  SmallVector<QueuePair> getDrained(Operation *loop) const;
  EdgesByTarget getIncoming(Block &block) const;
  LoopOrder summarise(Block &block) const;
  const LoopOrder *getOrder(Operation *item) const;

  SmallVector<Operation *> getItems(Block &block) const {
    SmallVector<Operation *> items;
    for (Operation &op : block)
      if (!accesses.of(&op).empty())
        items.push_back(&op);
    return items;
  }

  /// The latest of items [0, end) in conflict with accesses of `item` by queue
  /// `to`, per queue; -1 if there is none.
  Knowledge findLatest(ArrayRef<Operation *> items, unsigned end,
                       Operation *item, npu::Queue to, Operation *loop) const;
  bool isExempt(const Access &access, const Access &other,
                Operation *loop) const;

  const MemoryAccesses &accesses;
  int64_t spare;
  llvm::DenseMap<Block *, BlockEdges> blocks;
  llvm::DenseMap<Operation *, SmallVector<CarriedEdge>> carried;
  llvm::DenseMap<Operation *, LoopOrder> orders;
};
} // namespace

/// Slots of a ring are ordered by its own tokens, around every loop that runs
/// its allocation anew.
bool SyncAnalysis::isExempt(const Access &access, const Access &other,
                            Operation *loop) const {
  npu::AllocOp alloc = accesses.range(access.buffer).alloc;
  return loop && access.buffer == other.buffer && alloc &&
         alloc.getDepth() > 1 && loop->isProperAncestor(alloc);
}

Knowledge SyncAnalysis::findLatest(ArrayRef<Operation *> items, unsigned end,
                                   Operation *item, npu::Queue to,
                                   Operation *loop) const {
  Knowledge latest;
  latest.fill(-1);
  for (const Access &access : accesses.of(item)) {
    if (access.queue != to)
      continue;
    for (int64_t position = static_cast<int64_t>(end) - 1; position >= 0;
         --position)
      for (const Access &other : accesses.of(items[position]))
        // The scalar unit hands out work only when its own is done.
        if (other.queue != npu::Queue::Scalar &&
            latest[index(other.queue)] < position &&
            accesses.conflict(access, other) && !isExempt(access, other, loop))
          latest[index(other.queue)] = position;
  }
  return latest;
}

/// In the order in which they begin.
static SmallVector<npu::Queue> getQueues(ArrayRef<Access> accesses) {
  SmallVector<npu::Queue> queues;
  for (const Access &access : accesses)
    if (!llvm::is_contained(queues, access.queue))
      queues.push_back(access.queue);
  return queues;
}

static bool runsAlways(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  std::optional<APInt> count = loop ? loop.getStaticTripCount() : std::nullopt;
  return count && !count->isZero();
}

/// Of a loop that may not run nothing is known.
const LoopOrder *SyncAnalysis::getOrder(Operation *item) const {
  auto found = orders.find(item);
  return found != orders.end() && runsAlways(item) ? &found->second : nullptr;
}

/// Whether a queue that has done `edge.after` for the last time in `loop` has
/// nothing left to do there.
bool SyncAnalysis::endsWork(const SyncEdge &edge, Operation *loop) const {
  bool isReached = true;
  for (Operation *op = edge.after; op != loop; op = op->getParentOp()) {
    isReached &= op == edge.after || runsAlways(op);
    for (Operation &other : *op->getBlock())
      if (&other != op && (!isReached || op->isBeforeInBlock(&other)) &&
          llvm::is_contained(getQueues(accesses.of(&other)), edge.queues.from))
        return false;
  }
  return true;
}

/// Pairs of queues the second of which knows behind `loop` that the first has
/// left it: the tokens that it takes back come from the first one's last work.
/// If it has not run, they are its own.
SmallVector<QueuePair> SyncAnalysis::getDrained(Operation *loop) const {
  SmallVector<QueuePair> pairs;
  if (!runsAlways(loop))
    return pairs;
  for (const CarriedEdge &edge : carried.lookup(loop))
    if (edge.drained && endsWork(edge.edge, loop))
      pairs.push_back(edge.edge.queues);
  return pairs;
}

/// Who has received what a shared copy brings knows that this core's own queue
/// has come there too: it has said that it had room.
static void learnShared(QueueWalk &walk, Operation *item, int64_t position) {
  if (npu::CopyOp copy = getReceivedCopy(item))
    walk.learn(cast<npu::ReceiveOp>(item).getQueue(), copy.getEngineQueue(),
               position - 1);
}

void SyncAnalysis::findForward(Block &block) {
  SmallVector<Operation *> items = getItems(block);
  BlockEdges &edges = blocks[&block];
  QueueWalk walk;
  for (auto [position, item] : llvm::enumerate(items)) {
    const LoopOrder *order = getOrder(item);
    learnShared(walk, item, position);
    for (npu::Queue to : getQueues(accesses.of(item))) {
      if (order)
        walk.enter(*order, to, position);
      Knowledge latest = findLatest(items, position, item, to, nullptr);
      for (npu::Queue from : walk.getMissing(latest, to)) {
        int64_t source = latest[index(from)];
        if (walk.of(to)[index(from)] >= source)
          continue;
        edges.forward.push_back({{from, to}, items[source], item});
        walk.learn(to, from, source);
      }
    }
    walk.pass(position, order, getDrained(item));
  }
}

SyncAnalysis::EdgesByTarget SyncAnalysis::getIncoming(Block &block) const {
  EdgesByTarget incoming;
  for (const SyncEdge &edge : blocks.find(&block)->second.forward)
    incoming[{edge.before, edge.queues.to}].push_back(edge);
  return incoming;
}

/// From the edges in one execution of the body: what the first one's first work
/// waits for, and what the last one's queues know at their end.
LoopOrder SyncAnalysis::summarise(Block &block) const {
  SmallVector<Operation *> items = getItems(block);
  llvm::DenseMap<Operation *, int64_t> positions;
  for (auto [position, item] : llvm::enumerate(items))
    positions[item] = position;
  EdgesByTarget incoming = getIncoming(block);
  LoopOrder result;
  Knowledge last;
  last.fill(-1);
  QueueWalk walk;
  for (auto [position, item] : llvm::enumerate(items)) {
    const LoopOrder *order = getOrder(item);
    learnShared(walk, item, position);
    for (npu::Queue to : getQueues(accesses.of(item))) {
      for (const SyncEdge &edge : incoming[{item, to}])
        walk.learn(to, edge.queues.from, positions[edge.after]);
      if (order)
        walk.enter(*order, to, position);
      if (last[index(to)] < 0) {
        uint8_t &entry = result.entry[index(to)];
        entry = order ? order->entry[index(to)] : 0;
        for (unsigned from = 0; from < numQueues; ++from)
          entry |= (walk.of(to)[from] >= 0) << from;
      }
      last[index(to)] = position;
    }
    walk.pass(position, order, getDrained(item));
  }
  for (unsigned to = 0; to < numQueues; ++to)
    for (unsigned from = 0; from < numQueues; ++from)
      if (last[from] >= 0 &&
          walk.of(static_cast<npu::Queue>(to))[from] >= last[from])
        result.exit[to] |= 1 << from;
  return result;
}

/// The same pair of queues needs one token: from the later of the sources to
/// the earlier of the targets.
void SyncAnalysis::sortAfter(SyncEdge &edge, const SyncEdge &other) {
  if (edge.after->isBeforeInBlock(other.after))
    edge.after = other.after;
  if (other.before->isBeforeInBlock(edge.before))
    edge.before = other.before;
}

void SyncAnalysis::addCarried(Operation *scope, const CarriedEdge &edge) {
  for (CarriedEdge &existing : carried[scope])
    if (existing.edge.queues == edge.edge.queues &&
        existing.slots == edge.slots &&
        existing.edge.after->getBlock() == edge.edge.after->getBlock())
      return sortAfter(existing.edge, edge.edge);
  CarriedEdge added = edge;
  if (spare > 0 && !scope->getParentOfType<LoopLikeOpInterface>()) {
    added.drained = false;
    --spare;
  }
  carried[scope].push_back(added);
}

void SyncAnalysis::findCarried(Block &block, Operation *loop) {
  SmallVector<Operation *> items = getItems(block);
  unsigned count = items.size();
  llvm::DenseMap<Operation *, unsigned> positions;
  for (auto [position, item] : llvm::enumerate(items))
    positions[item] = position;
  EdgesByTarget incoming = getIncoming(block);
  QueueWalk walk;
  for (unsigned copy = 0; copy < 2; ++copy) {
    for (auto [position, item] : llvm::enumerate(items)) {
      const LoopOrder *order = getOrder(item);
      learnShared(walk, item, copy * count + position);
      for (npu::Queue to : getQueues(accesses.of(item))) {
        for (const SyncEdge &edge : incoming[{item, to}])
          walk.learn(to, edge.queues.from,
                     copy * count + positions[edge.after]);
        if (order)
          walk.enter(*order, to, copy * count + position);
        if (copy == 0)
          continue;
        Knowledge latest = findLatest(items, count, item, to, loop);
        for (npu::Queue from : walk.getMissing(latest, to)) {
          int64_t source = latest[index(from)];
          if (walk.of(to)[index(from)] >= source)
            continue;
          addCarried(loop, {{{from, to}, items[source], item}, 1});
          walk.learn(to, from, source);
        }
      }
      walk.pass(copy * count + position, order, getDrained(item));
    }
  }
}

/// Everything that the block's queues do is complete when its end is reached.
void SyncAnalysis::addBarrier(Block &block) {
  SmallVector<Operation *> items = getItems(block);
  if (items.empty())
    return;
  Operation *terminator = block.getTerminator();
  Knowledge last;
  last.fill(-1);
  for (auto [position, item] : llvm::enumerate(items))
    for (const Access &access : accesses.of(item))
      last[index(access.queue)] = position;
  for (unsigned queue = 1; queue < numQueues; ++queue)
    if (last[queue] >= 0)
      blocks[&block].forward.push_back(
          {{static_cast<npu::Queue>(queue), npu::Queue::Scalar},
           items[last[queue]],
           terminator});
}

void SyncAnalysis::analyseBlock(Block &block) {
  for (Operation &op : block) {
    if (isa<npu::EngineOpInterface>(op) || accesses.of(&op).empty())
      continue;
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        analyseBlock(nested);
  }
  findForward(block);
  Operation *parent = block.getParentOp();
  if (isa<scf::ForOp>(parent)) {
    findCarried(block, parent);
    orders[parent] = summarise(block);
  } else if (isa<LoopLikeOpInterface>(parent)) {
    addBarrier(block);
  }
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

void SyncAnalysis::collectRings(func::FuncOp func) {
  func.walk([&](npu::AllocOp alloc) {
    if (alloc.getDepth() > 1 && getRingScope(alloc))
      addRing(alloc);
  });
}

/// Whoever touches a slot first waits for those who touched it last, `depth`
/// executions of the allocation ago.
void SyncAnalysis::addRing(npu::AllocOp alloc) {
  SmallVector<Operation *> items;
  std::array<Operation *, numQueues> first{}, last{};
  std::array<bool, numQueues> writes{};
  for (Operation *item : getItems(*alloc->getBlock())) {
    for (const Access &access : accesses.of(item)) {
      if (accesses.range(access.buffer).alloc != alloc)
        continue;
      if (items.empty() || items.back() != item)
        items.push_back(item);
      unsigned queue = index(access.queue);
      if (!first[queue])
        first[queue] = item;
      last[queue] = item;
      writes[queue] |= access.write;
    }
  }
  if (items.empty())
    return;
  // If one queue alone does the first item, and writes there, forward edges
  // order all the others behind it.
  std::array<bool, numQueues> starts{};
  bool alone = true, written = false;
  for (const Access &access : accesses.of(items.front())) {
    if (accesses.range(access.buffer).alloc != alloc)
      continue;
    starts[index(access.queue)] = true;
    written |= access.write;
  }
  alone = llvm::count(starts, true) == 1 && written;
  for (unsigned to = 0; to < numQueues; ++to) {
    if (!first[to] || (alone && !starts[to]))
      continue;
    for (unsigned from = 1; from < numQueues; ++from)
      if (from != to && last[from] && (writes[from] || writes[to]))
        addCarried(
            getRingScope(alloc),
            {{{static_cast<npu::Queue>(from), static_cast<npu::Queue>(to)},
              last[from],
              first[to]},
             static_cast<int64_t>(alloc.getDepth())});
  }
}

//===----------------------------------------------------------------------===//
// Semaphores
//===----------------------------------------------------------------------===//

void SyncAnalysis::assign(Block &block, SyncBuilder &builder) {
  std::map<QueuePair, int64_t> semaphores;
  for (const SyncEdge &edge : blocks[&block].forward) {
    auto [entry, isNew] = semaphores.try_emplace(edge.queues, 0);
    if (isNew)
      entry->second = builder.acquire(edge.queues);
    builder.addForward(edge, entry->second);
  }
  for (Operation *item : getItems(block)) {
    if (isa<npu::EngineOpInterface>(item))
      continue;
    ArrayRef<CarriedEdge> edges = carried[item];
    for (const CarriedEdge &edge : edges)
      builder.addCarried(edge.edge, item, edge.slots, edge.drained,
                         edge.drained ? builder.acquire(edge.edge.queues)
                                      : builder.acquireForGood());
    for (Region &region : item->getRegions())
      for (Block &nested : region)
        assign(nested, builder);
    for (const CarriedEdge &edge : edges)
      if (edge.drained)
        builder.release(edge.edge.queues);
  }
  for (auto &[pair, semaphore] : semaphores)
    builder.release(pair);
}

/// Needs one semaphore: the scalar unit waits for every piece of work before it
/// hands out the next.
static void serialise(func::FuncOp func) {
  func.walk([](npu::EngineOpInterface op) {
    OpBuilder b(op->getContext());
    b.setInsertionPointAfter(op);
    npu::SignalOp::create(b, op->getLoc(), op.getEngineQueue(), 0, 1);
    npu::WaitOp::create(b, op->getLoc(), npu::Queue::Scalar, 0, 1);
  });
}

namespace {
struct InsertSync : ashlar::impl::InsertSyncBase<InsertSync> {
  using Base = ashlar::impl::InsertSyncBase<InsertSync>;
  using Base::Base;
  explicit InsertSync(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    std::optional<runtime::Machine> machine = getMachine(func, given, target);
    MemoryAccesses accesses;
    if (!machine || failed(accesses.analyse(func, machine->mxuN)))
      return signalPassFailure();
    int64_t budget = std::min<int64_t>(machine->semaphores, semaphores);
    budget -= assignCoreSemaphores(func, budget);
    SyncAnalysis analysis(accesses, budget / 2);
    analysis.analyse(func);
    SyncBuilder builder;
    analysis.assign(func.getBody().front(), builder);
    if (builder.size() <= budget)
      builder.insert();
    else
      serialise(func);
  }

  std::optional<runtime::Machine> given;
};
} // namespace

std::unique_ptr<Pass>
ashlar::createInsertSync(const runtime::Machine &machine) {
  return std::make_unique<InsertSync>(machine);
}
