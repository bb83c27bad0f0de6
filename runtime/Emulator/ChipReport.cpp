//===- ChipReport.cpp - Traps, deadlocks and counts as people read them ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Disassembler.h"
#include "Emulator/Chip.h"

#include <algorithm>

using namespace ashlar;
using namespace ashlar::runtime;

std::string ashlar::runtime::queueName(uint8_t queue) {
  static const char *const names[kMaxQueues] = {
      "scalar", "mxu", "out", "vec", "dma0", "dma1", "dma2", "dma3"};
  return queue < kMaxQueues ? names[queue] : "queue " + std::to_string(queue);
}

std::string ashlar::runtime::disassembleAt(const Program &program,
                                           uint32_t core, uint64_t pc) {
  if (core >= program.text.size() || pc >= program.text[core].size())
    return "";
  return disassemble(program.text[core][pc], pc);
}

std::string Trap::message() const {
  std::string text = trapKindName(kind);
  if (!detail.empty())
    text += ": " + detail;
  if (engine.empty())
    return text;
  text += "\n  core " + std::to_string(core) + ", " + engine + ", word " +
          std::to_string(pc);
  if (!disassembly.empty())
    text += ": " + disassembly;
  if (!node.empty() || !op.empty())
    text += "\n  operator " + op + " \"" + node + "\"";
  return text;
}

Trap Chip::makeTrap(const CoreState &core, uint8_t queue, uint64_t pc,
                    const Fault &fault) const {
  Trap trap;
  trap.kind = fault.kind;
  trap.detail = fault.detail;
  trap.core = core.number;
  trap.engine = queueName(queue);
  trap.pc = pc;
  trap.disassembly = disassembleAt(*program, core.number, pc);
  if (const DebugNode *node = program->nodeAt(core.number, pc)) {
    trap.node = node->name;
    trap.op = node->op;
  }
  if (fault.kind == TrapKind::UserTrap)
    trap.userCode = core.scalar.userCode;
  return trap;
}

Fault Chip::budgetFault() const {
  return {TrapKind::StepBudget, "the budget of " +
                                    std::to_string(options.stepBudget) +
                                    " steps is exhausted"};
}

bool Chip::allDone() const {
  return std::all_of(cores.begin(), cores.end(), [](const auto &core) {
    return core->status == CoreState::Status::Halted && core->queuesEmpty();
  });
}

/// One line of a deadlock's message: who waits for what.
static std::string waiter(const Program &program, const CoreState &core,
                          const std::string &who, uint64_t pc,
                          const std::string &what) {
  std::string line = "\n  core " + std::to_string(core.number) + ", " + who +
                     " at word " + std::to_string(pc) + " (" +
                     disassembleAt(program, core.number, pc) + "): " + what;
  if (const DebugNode *node = program.nodeAt(core.number, pc))
    line += ", operator " + node->op + " \"" + node->name + "\"";
  return line;
}

static std::string shortage(const CoreState &core, uint8_t sem, uint16_t n) {
  return "semaphore s" + std::to_string(sem) + " is " +
         std::to_string(core.semaphores[sem]) + ", needs " + std::to_string(n);
}

Trap Chip::deadlock() const {
  Trap trap;
  trap.kind = TrapKind::Deadlock;
  trap.detail = "nothing can go on";
  bool first = true;
  auto add = [&](const CoreState &core, const std::string &who, uint64_t pc,
                 const std::string &what) {
    trap.detail += waiter(*program, core, who, pc, what);
    if (!first)
      return;
    first = false;
    trap.core = core.number;
    trap.pc = pc;
    trap.disassembly = disassembleAt(*program, core.number, pc);
  };
  for (const auto &core : cores) {
    uint64_t pc = core->scalar.pc;
    if (core->status == CoreState::Status::WaitSemaphore) {
      auto wait = isa::unpacked<isa::Wait>(core->text[pc].word);
      add(*core, "scalar", pc, shortage(*core, wait.sem, wait.n));
    } else if (core->status == CoreState::Status::WaitQueue) {
      add(*core, "scalar", pc,
          "queue " + queueName(core->waitQueue) + " is full");
    }
    for (uint8_t q = 1; q < kMaxQueues; ++q) {
      if (core->queues[q].empty())
        continue;
      const Entry &head = core->queues[q].front();
      add(*core, queueName(q), head.pc, shortage(*core, head.sem, head.n));
    }
  }
  return trap;
}

//===----------------------------------------------------------------------===//
// Counts
//===----------------------------------------------------------------------===//

static void countWord(InstructionCounts &counts, const CoreState &core,
                      uint64_t pc) {
  const DecodedWord &word = core.text[pc];
  uint64_t times = core.counts[pc];
  switch (word.kind) {
  case WordKind::Wait:
  case WordKind::Signal:
  case WordKind::SignalR:
    counts.semaphore += times;
    return;
  case WordKind::Head:
    break;
  default:
    counts.scalar += times;
    return;
  }
  switch (core.text.head(word).queue) {
  case isa::Queue::mxu:
    counts.matrix += times;
    break;
  case isa::Queue::out:
    counts.output += times;
    break;
  case isa::Queue::vec:
    counts.vector += times;
    break;
  default:
    counts.copy += times;
    break;
  }
}

static void addToOperator(OperatorStatistics &op, const CoreState &core,
                          uint64_t pc, bool timed) {
  const WordStatistics &work = core.work[pc];
  const DecodedWord &word = core.text[pc];
  op.instructions += core.counts[pc];
  op.macs += work.macs;
  op.dramReadBytes += work.dramReadBytes;
  op.dramWriteBytes += work.dramWriteBytes;
  if (work.first != ~uint64_t(0)) {
    // firstCycle counts from 1 here so that 0 can mean "not yet".
    op.firstCycle = op.firstCycle ? std::min(op.firstCycle, work.first + 1)
                                  : work.first + 1;
    op.lastCycle = std::max(op.lastCycle, work.last);
  }
  // Every word costs a cycle of the scalar unit, payload included.
  bool isHead = word.kind == WordKind::Head;
  if (timed)
    op.scalarCycles += double(core.counts[pc]) *
                       (1 + (isHead ? core.text.head(word).payload : 0));
  op.scalarStalls += work.scalarStalled;
  switch (isa::Queue(Chip::queueOf(core, word))) {
  case isa::Queue::scalar:
    break;
  case isa::Queue::mxu:
    op.matrixCycles += work.busy;
    op.matrixStalls += work.stalled;
    break;
  case isa::Queue::out:
    op.outputCycles += work.busy;
    op.outputStalls += work.stalled;
    break;
  case isa::Queue::vec:
    op.vectorCycles += work.busy;
    op.vectorStalls += work.stalled;
    break;
  default:
    op.copyCycles += work.busy;
    op.copyStalls += work.stalled;
    break;
  }
}

void Chip::fillStatistics(Statistics &statistics) const {
  auto &operators = statistics.operators;
  operators.assign(program->nodes.size() + 1, {});
  for (size_t i = 0; i < program->nodes.size(); ++i) {
    operators[i].name = program->nodes[i].name;
    operators[i].op = program->nodes[i].op;
    operators[i].sourceMacs = program->nodes[i].macs;
  }
  for (const auto &core : cores) {
    for (uint64_t pc = 0; pc < core->text.size(); ++pc) {
      if (!core->counts[pc])
        continue;
      countWord(statistics.instructions, *core, pc);
      int64_t node = program->nodeIndexAt(core->number, pc);
      addToOperator(node < 0 ? operators.back() : operators[size_t(node)],
                    *core, pc, options.timed);
      statistics.macs += core->work[pc].macs;
      statistics.dramReadBytes += core->work[pc].dramReadBytes;
      statistics.dramWriteBytes += core->work[pc].dramWriteBytes;
    }
    uint64_t scalarWords = 0;
    for (uint64_t pc = 0; pc < core->text.size(); ++pc)
      scalarWords += core->counts[pc];
    for (uint8_t q = 0; q < 4 + machine.copyQueues && q < kMaxQueues; ++q) {
      EngineStatistics engine;
      engine.core = core->number;
      engine.name = queueName(q);
      engine.instructions =
          q ? engineInstructions[core->number][q] : scalarWords;
      statistics.engines.push_back(engine);
    }
  }
  for (OperatorStatistics &op : operators)
    op.firstCycle -= op.firstCycle != 0;
  statistics.linkBytes = linkBytes;
  statistics.steps = steps;
}
