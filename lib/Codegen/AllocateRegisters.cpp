//===- AllocateRegisters.cpp - Physical scalar registers -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. A register that is spilled is replaced, at each of its uses,
// by a fresh one that lives for that use only; then everything is allocated
// anew.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "Liveness.h"
#include "Requests.h"
#include "ashlar/Codegen/Passes.h"
#include "ashlar/Image/BuildImage.h"
#include "ashlar/Machine/Machine.h"
#include "dialects/nisa/Encoding.h"
#include "llvm/ADT/DenseSet.h"

namespace ashlar {
#define GEN_PASS_DEF_ALLOCATEREGISTERS
#include "lib/Codegen/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

/// Bytes at the end of the scratchpad that npu-plan-memory leaves free.
static constexpr int64_t spillAreaBytes = 1024;

/// Zero and the runtime's bases come before it, and what the runtime says of
/// other requests, if the text asks.
static int64_t firstAllocatable(nisa::TextOp text) {
  int64_t last = stateReg;
  for (Operation &op : text.getBody().front())
    for (const nisa::RegisterOperand &operand : nisa::registerOperands(&op))
      if (operand.cls == nisa::RegisterClass::Scalar && operand.isUse &&
          (operand.number == nextIoReg || operand.number == arrivedReg))
        last = arrivedReg;
  return last + 1;
}

namespace {
class TextAllocator {
public:
  TextAllocator(nisa::TextOp text, int64_t registers, int64_t spillBase)
      : text(text), first(firstAllocatable(text)),
        registers(std::clamp<int64_t>(registers, 4, 64 - first)),
        spillBase(spillBase) {}

  LogicalResult run();

private:
  void collect();
  /// Colours intervals, or names those that find no register.
  SmallVector<int64_t> scan(const std::vector<LiveInterval> &intervals);
  LogicalResult spill(ArrayRef<int64_t> regs);
  void spillAt(Operation *op, Operation *head, int64_t reg, int64_t slot);
  void rewrite();

  nisa::TextOp text;
  int64_t first, registers, spillBase;
  int64_t nextReg = firstVirtualReg, slots = 0;
  SmallVector<Operation *> ops;
  llvm::DenseMap<int64_t, int64_t> colours;
  llvm::DenseSet<int64_t> unspillable;
};
} // namespace

void TextAllocator::collect() {
  ops.clear();
  for (Operation &op : text.getBody().front()) {
    ops.push_back(&op);
    RegisterUse use = getRegisterUse(&op);
    for (int64_t reg : llvm::concat<int64_t>(use.reads, use.writes))
      nextReg = std::max(nextReg, reg + 1);
  }
}

SmallVector<int64_t>
TextAllocator::scan(const std::vector<LiveInterval> &intervals) {
  colours.clear();
  SmallVector<int64_t> free, spilled;
  for (int64_t index = registers - 1; index >= 0; --index)
    free.push_back(first + index);
  SmallVector<LiveInterval> active;
  for (const LiveInterval &interval : intervals) {
    // A register whose last read is in the word that writes the next one can be
    // that one; payload reads come with the head.
    llvm::erase_if(active, [&](const LiveInterval &old) {
      if (old.last > interval.first)
        return false;
      free.push_back(colours[old.reg]);
      return true;
    });
    if (!free.empty()) {
      colours[interval.reg] = free.pop_back_val();
      active.push_back(interval);
      continue;
    }
    // The one that lives longest gives way.
    LiveInterval *victim = nullptr;
    for (LiveInterval &old : active)
      if (!unspillable.contains(old.reg) &&
          (!victim || old.last > victim->last))
        victim = &old;
    if (victim &&
        (victim->last > interval.last || unspillable.contains(interval.reg))) {
      spilled.push_back(victim->reg);
      colours[interval.reg] = colours[victim->reg];
      *victim = interval;
    } else {
      spilled.push_back(interval.reg);
    }
  }
  return spilled;
}

void TextAllocator::spillAt(Operation *op, Operation *head, int64_t reg,
                            int64_t slot) {
  bool reads = false, writes = false;
  int64_t fresh = -1;
  for (const nisa::RegisterOperand &operand : nisa::registerOperands(op)) {
    if (operand.cls != nisa::RegisterClass::Scalar || operand.number != reg)
      continue;
    if (fresh < 0)
      fresh = nextReg++;
    reads |= operand.isUse;
    writes |= operand.isDef;
    nisa::setOperand(op, operand.slot, fresh);
  }
  if (fresh < 0)
    return;
  unspillable.insert(fresh);
  constexpr auto word = static_cast<int64_t>(isa::ElementType::i64);
  OpBuilder b(head);
  if (reads)
    nisa::createInst(b, op->getLoc(), "load", {word, fresh, zeroReg, slot});
  if (!writes)
    return;
  b.setInsertionPointAfter(op);
  nisa::createInst(b, op->getLoc(), "store", {word, fresh, zeroReg, slot});
}

LogicalResult TextAllocator::spill(ArrayRef<int64_t> regs) {
  for (int64_t reg : regs) {
    if (unspillable.contains(reg) || slots == spillAreaBytes / 8)
      return text.emitError()
             << "the program needs more scalar registers than there are, and "
             << "more than " << spillAreaBytes / 8 << " spilled ones";
    int64_t slot = spillBase + 8 * slots++;
    Operation *head = nullptr;
    for (Operation *op : ops) {
      if (!nisa::isPayload(op))
        head = op;
      spillAt(op, head, reg, slot);
    }
  }
  return success();
}

void TextAllocator::rewrite() {
  for (Operation *op : ops)
    for (const nisa::RegisterOperand &operand : nisa::registerOperands(op))
      if (operand.cls == nisa::RegisterClass::Scalar &&
          operand.number >= firstVirtualReg)
        nisa::setOperand(op, operand.slot, colours[operand.number]);
}

LogicalResult TextAllocator::run() {
  while (true) {
    collect();
    SmallVector<int64_t> spilled = scan(computeIntervals(ops));
    if (spilled.empty())
      break;
    if (failed(spill(spilled)))
      return failure();
  }
  rewrite();
  return success();
}

namespace {
struct AllocateRegisters
    : ashlar::impl::AllocateRegistersBase<AllocateRegisters> {
  using Base = ashlar::impl::AllocateRegistersBase<AllocateRegisters>;
  using Base::Base;
  explicit AllocateRegisters(const runtime::Machine &given)
      : sramBytes(given.sramBytes) {}

  LogicalResult findMachine() {
    if (sramBytes)
      return success();
    if (target.empty() && getOperation()->hasAttr(imageMetaAttrName)) {
      FailureOr<runtime::ImageMeta> meta = getImageMeta(getOperation());
      if (failed(meta))
        return failure();
      sramBytes = meta->machine.sramBytes;
      return success();
    }
    llvm::Expected<runtime::Machine> machine =
        loadMachine(target.empty() ? StringRef("edge") : StringRef(target));
    if (!machine)
      return getOperation().emitError() << llvm::toString(machine.takeError());
    sramBytes = machine->sramBytes;
    return success();
  }

  void runOnOperation() override {
    if (failed(findMachine()))
      return signalPassFailure();
    for (auto text : getOperation().getOps<nisa::TextOp>()) {
      TextAllocator allocator(
          text, registers, static_cast<int64_t>(*sramBytes) - spillAreaBytes);
      if (failed(allocator.run()))
        return signalPassFailure();
    }
  }

  std::optional<uint64_t> sramBytes;
};
} // namespace

std::unique_ptr<Pass>
ashlar::createAllocateRegisters(const runtime::Machine &machine) {
  return std::make_unique<AllocateRegisters>(machine);
}
