//===- Liveness.cpp - Where registers hold something ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Liveness.h"
#include "Emitter.h"
#include "dialects/nisa/Encoding.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace ashlar;

RegisterUse ashlar::getRegisterUse(Operation *op) {
  RegisterUse use;
  for (const nisa::RegisterOperand &operand : nisa::registerOperands(op)) {
    if (operand.cls != nisa::RegisterClass::Scalar ||
        operand.number < firstVirtualReg)
      continue;
    if (operand.isUse)
      use.reads.push_back(operand.number);
    if (operand.isDef)
      use.writes.push_back(operand.number);
  }
  return use;
}

namespace {
struct TextBlock {
  int64_t begin = 0, end = 0; ///< positions [begin, end)
  SmallVector<unsigned, 3> successors;
  llvm::BitVector reads, writes, liveIn, liveOut;
};

class LivenessSolver {
public:
  explicit LivenessSolver(ArrayRef<Operation *> ops) : ops(ops) {}
  std::vector<LiveInterval> run();

private:
  void findBlocks();
  void findSuccessors();
  void solve();
  unsigned number(int64_t reg) {
    return regs.try_emplace(reg, regs.size()).first->second;
  }
  static bool isLoop(StringRef name) {
    return name == "nisa.loop" || name == "nisa.loopi";
  }

  ArrayRef<Operation *> ops;
  std::vector<RegisterUse> uses;
  llvm::DenseMap<int64_t, unsigned> regs;
  llvm::DenseMap<int64_t, int64_t> labels; ///< label -> position
  std::vector<TextBlock> blocks;
  std::vector<unsigned> blockAt;
};
} // namespace

static std::optional<int64_t> getTarget(Operation *op) {
  const isa::InstInfo *info = nisa::instInfo(op);
  if (!info || !isa::findSlot(*info, "target"))
    return std::nullopt;
  return nisa::getOperand(op, "target");
}

void LivenessSolver::findBlocks() {
  std::vector<bool> starts(ops.size() + 1, false);
  starts[0] = true;
  for (auto [position, op] : llvm::enumerate(ops)) {
    if (auto label = dyn_cast<nisa::LabelOp>(op)) {
      labels[label.getId()] = position;
      starts[position] = true;
    }
    if (getTarget(op) || op->getName().getStringRef() == "nisa.halt")
      starts[position + 1] = true;
  }
  blockAt.resize(ops.size());
  for (int64_t position = 0; position < static_cast<int64_t>(ops.size());
       ++position) {
    if (starts[position]) {
      blocks.emplace_back();
      blocks.back().begin = position;
    }
    blocks.back().end = position + 1;
    blockAt[position] = blocks.size() - 1;
  }
}

void LivenessSolver::findSuccessors() {
  for (unsigned index = 0; index < blocks.size(); ++index) {
    Operation *last = ops[blocks[index].end - 1];
    StringRef name = last->getName().getStringRef();
    std::optional<int64_t> target = getTarget(last);
    if (target && labels.count(*target))
      blocks[index].successors.push_back(blockAt[labels[*target]]);
    if (name != "nisa.jmp" && name != "nisa.halt" && index + 1 < blocks.size())
      blocks[index].successors.push_back(index + 1);
    // The words before a hardware loop's end jump back to its begin.
    if (target && isLoop(name) && index + 1 < blocks.size() &&
        labels[*target] > 0)
      blocks[blockAt[labels[*target] - 1]].successors.push_back(index + 1);
  }
}

void LivenessSolver::solve() {
  for (TextBlock &block : blocks) {
    for (llvm::BitVector *set :
         {&block.reads, &block.writes, &block.liveIn, &block.liveOut})
      set->resize(regs.size());
    for (int64_t position = block.begin; position < block.end; ++position) {
      for (int64_t reg : uses[position].reads)
        if (!block.writes[number(reg)])
          block.reads.set(number(reg));
      for (int64_t reg : uses[position].writes)
        block.writes.set(number(reg));
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (TextBlock &block : llvm::reverse(blocks)) {
      for (unsigned successor : block.successors)
        block.liveOut |= blocks[successor].liveIn;
      llvm::BitVector liveIn = block.liveOut;
      liveIn.reset(block.writes);
      liveIn |= block.reads;
      if (liveIn != block.liveIn) {
        block.liveIn = liveIn;
        changed = true;
      }
    }
  }
}

std::vector<LiveInterval> LivenessSolver::run() {
  if (ops.empty())
    return {};
  int64_t head = 0;
  uses.resize(ops.size());
  for (auto [position, op] : llvm::enumerate(ops)) {
    bool payload = nisa::isPayload(op);
    if (!payload)
      head = position;
    RegisterUse use = getRegisterUse(op);
    llvm::append_range(uses[head].reads, use.reads);
    llvm::append_range(uses[head].writes, use.writes);
    for (int64_t reg : llvm::concat<int64_t>(use.reads, use.writes))
      number(reg);
  }
  findBlocks();
  findSuccessors();
  solve();
  std::vector<LiveInterval> intervals(regs.size());
  for (auto [reg, index] : regs)
    intervals[index] = {reg, std::numeric_limits<int64_t>::max(), -1};
  auto extend = [&](unsigned index, int64_t position) {
    intervals[index].first = std::min(intervals[index].first, position);
    intervals[index].last = std::max(intervals[index].last, position);
  };
  for (const TextBlock &block : blocks) {
    for (unsigned index : block.liveIn.set_bits())
      extend(index, block.begin);
    for (unsigned index : block.liveOut.set_bits())
      extend(index, block.end);
    for (int64_t position = block.begin; position < block.end; ++position)
      for (ArrayRef<int64_t> list : {ArrayRef<int64_t>(uses[position].reads),
                                     ArrayRef<int64_t>(uses[position].writes)})
        for (int64_t reg : list)
          extend(number(reg), position);
  }
  llvm::sort(intervals, [](const LiveInterval &a, const LiveInterval &b) {
    return std::tie(a.first, a.last, a.reg) < std::tie(b.first, b.last, b.reg);
  });
  return intervals;
}

std::vector<LiveInterval> ashlar::computeIntervals(ArrayRef<Operation *> ops) {
  return LivenessSolver(ops).run();
}
