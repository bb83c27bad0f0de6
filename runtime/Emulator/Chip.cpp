//===- Chip.cpp - The state of all cores ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Chip.h"

#include "Assembly/Disassembler.h"
#include "Emulator/EngineContext.h"
#include "Emulator/Sanitizer.h"

#include <algorithm>
#include <bit>

using namespace ashlar;
using namespace ashlar::runtime;

CoreState::CoreState(uint32_t theNumber, const std::vector<uint64_t> &theText,
                     const Machine &machine)
    : number(theNumber), text(theText, machine.copyQueues),
      semaphores(machine.semaphores), counts(theText.size() + 1),
      work(theText.size() + 1) {
  for (unsigned q = 0; q < kMaxQueues; ++q)
    queues.emplace_back(q ? machine.queueDepth : 1);
}

bool CoreState::queuesEmpty() const {
  return std::all_of(queues.begin(), queues.end(),
                     [](const EntryQueue &queue) { return queue.empty(); });
}

bool CoreState::take(uint8_t sem, uint16_t n) {
  if (semaphores[sem] < n)
    return false;
  semaphores[sem] -= n;
  return true;
}

void CoreState::advance(unsigned payload) {
  counts[scalar.pc] += 1;
  scalar.next = scalar.pc + 1 + payload;
  if (scalar.next == scalar.loopEnd)
    scalar.closeLoop(/*isReturn=*/false);
  scalar.pc = scalar.next;
}

Chip::Chip(const Machine &theMachine, std::shared_ptr<const Program> theProgram,
           const EmulatorOptions &theOptions)
    : machine(theMachine), program(std::move(theProgram)), options(theOptions),
      memory(machine), engineInstructions(machine.cores),
      threads(options.threads ? options.threads : HostThreads::defaultCount()) {
  static const std::vector<uint64_t> noText;
  for (uint32_t i = 0; i < machine.cores; ++i)
    cores.push_back(std::make_unique<CoreState>(
        i, i < program->text.size() ? program->text[i] : noText, machine));
  if (options.sanitize)
    sanitizer = std::make_unique<Sanitizer>(machine, *program, memory);
}

Chip::~Chip() = default;

void Chip::start(const RunRequest &request) {
  hasNext = request.hasNext;
  steps = 0;
  linkBytes = 0;
  matrixPeakCycles = 0;
  for (auto &counts : engineInstructions)
    counts.assign(kMaxQueues, 0);
  for (auto &core : cores) {
    ScalarContext &scalar = core->scalar;
    scalar = ScalarContext();
    for (Region region :
         {Region::Io, Region::Weights, Region::Arena, Region::State})
      scalar.regs[1 + unsigned(region)] = regionBase(region);
    scalar.regs[5] = request.hasNext ? regionBase(Region::NextIo) : 0;
    scalar.regs[6] = request.arrived;
    for (size_t i = 0; i < std::min<size_t>(request.dims.size(), 8); ++i)
      scalar.regs[8 + i] = uint64_t(request.dims[i]);
    scalar.textWords = core->text.size();
    scalar.sram = memory.sram(core->number);
    scalar.sramBytes = memory.sramBytes();
    scalar.core = core->number;
    scalar.cores = machine.cores;
    scalar.entry = request.entry;
    scalar.observer = sanitizer.get();
    uint64_t first = core->number < request.coreStart.size()
                         ? request.coreStart[core->number]
                         : 0;
    // A start outside the text traps there.
    scalar.pc = std::min(first, scalar.textWords);
    // A core without text has nothing to do.
    core->status = scalar.textWords ? CoreState::Status::Running
                                    : CoreState::Status::Halted;
    for (EntryQueue &queue : core->queues)
      queue.clear();
    std::fill(core->semaphores.begin(), core->semaphores.end(), 0);
    std::fill(core->counts.begin(), core->counts.end(), 0);
    std::fill(core->work.begin(), core->work.end(), WordStatistics());
  }
  if (sanitizer)
    sanitizer->startRun(request.opening, left);
}

void Chip::end(bool trapped) {
  left.clear();
  if (hasNext && !trapped)
    for (auto &core : cores)
      left.push_back(core->scalar.left);
}

ScalarStop Chip::runScalar(CoreState &core, uint64_t maxSteps) {
  ScalarContext &scalar = core.scalar;
  uint64_t *counts = core.counts.data();
  uint64_t left = maxSteps;
  ScalarStop stop = ScalarStop::Steps;
  while (left) {
    const DecodedWord &word = core.text[scalar.pc];
    if (word.kind != WordKind::Scalar) {
      stop = ScalarStop::Word;
      break;
    }
    left -= std::min<uint64_t>(word.steps, left);
    ++counts[scalar.pc];
    scalar.next = scalar.pc + 1;
    word.handler(scalar, word.word);
    if (scalar.stop) {
      stop = scalar.halted ? ScalarStop::Halt : ScalarStop::Fault;
      break;
    }
    if (scalar.next == scalar.loopEnd && !word.isCall)
      scalar.closeLoop(word.isReturn);
    scalar.pc = scalar.next;
  }
  steps += maxSteps - left;
  return stop;
}

//===----------------------------------------------------------------------===//
// Queue entries
//===----------------------------------------------------------------------===//

uint8_t Chip::queueOf(const CoreState &core, const DecodedWord &word) {
  switch (word.kind) {
  case WordKind::Head:
    return uint8_t(core.text.head(word).queue);
  case WordKind::Wait:
    return uint8_t(isa::unpacked<isa::Wait>(word.word).queue);
  case WordKind::Signal:
    return uint8_t(isa::unpacked<isa::Signal>(word.word).queue);
  case WordKind::SignalR:
    return uint8_t(isa::unpacked<isa::Signalr>(word.word).queue);
  default:
    return 0;
  }
}

static void captureHead(CoreState &core, const DecodedWord &word,
                        Entry &entry) {
  const HeadInfo &head = core.text.head(word);
  entry.kind = Entry::Kind::Instruction;
  entry.head = &head;
  Captured &captured = entry.captured;
  captured.reset(core.text.raw(core.scalar.pc), head.payload);
  captured.core = core.number;
  captured.queue = uint8_t(head.queue);
  captured.pc = core.scalar.pc;
  for (uint32_t set = head.captures.descs; set; set &= set - 1) {
    unsigned d = unsigned(std::countr_zero(set));
    captured.captureDesc(d, core.scalar.descs[d]);
  }
  for (uint64_t set = head.captures.regs; set; set &= set - 1) {
    unsigned r = unsigned(std::countr_zero(set));
    captured.captureReg(r, core.scalar.regs[r]);
  }
}

Fault Chip::capture(CoreState &core, const DecodedWord &word, Entry &entry) {
  entry.pc = core.scalar.pc;
  entry.core = core.number;
  if (sanitizer)
    sanitizer->dispatch(core.number, queueOf(core, word), entry);
  switch (word.kind) {
  case WordKind::Wait: {
    auto wait = isa::unpacked<isa::Wait>(word.word);
    entry.kind = Entry::Kind::Wait;
    entry.sem = wait.sem;
    entry.n = wait.n;
    break;
  }
  case WordKind::Signal: {
    auto signal = isa::unpacked<isa::Signal>(word.word);
    entry.kind = Entry::Kind::Signal;
    entry.sem = signal.sem;
    entry.n = signal.n;
    break;
  }
  case WordKind::SignalR: {
    auto signal = isa::unpacked<isa::Signalr>(word.word);
    entry.kind = Entry::Kind::Signal;
    entry.sem = signal.sem;
    entry.n = signal.n;
    // The chip number is in bits 19..8; 255 names this core, as in addresses.
    uint64_t target = core.scalar.regs[signal.core];
    if (target == kThisCore)
      target = core.number;
    if (target >= machine.cores)
      return {TrapKind::BadSemaphore,
              "core " + std::to_string(target & 0xff) + " of chip " +
                  std::to_string(target >> 8) +
                  " does not exist; cores: " + std::to_string(machine.cores)};
    entry.core = uint32_t(target);
    break;
  }
  default:
    captureHead(core, word, entry);
    return {};
  }
  if (entry.sem >= machine.semaphores)
    return {TrapKind::BadSemaphore, "semaphore " + std::to_string(entry.sem) +
                                        " of " +
                                        std::to_string(machine.semaphores)};
  return {};
}

Fault Chip::executeChecked(CoreState &core, Entry &entry, Demand &demand) {
  bool empty = false;
  for (const Descriptor &d : entry.captured.descriptors()) {
    for (unsigned i = 0; i < kDims; ++i)
      if (d.size[i] < 0)
        return {TrapKind::ShapeMismatch, "size of dimension " +
                                             std::to_string(i) +
                                             " is negative: " + describe(d)};
    empty |= isEmpty(d);
  }
  demand = demandOf(entry.captured, machine, options.timed);
  steps += demand.steps;
  if (!stepsLeft())
    return budgetFault();
  // With K = 0 a matrix instruction still writes zeros; its kernel sees to
  // that.
  if (empty && entry.head->opcode != isa::Opcode::Mm)
    return {};
  if (sanitizer)
    if (Fault fault = sanitizer->check(entry))
      return fault;
  EngineContext context{memory, machine, core.number, &threads};
  return entry.head->handler(context, entry.captured.head(), entry.captured);
}

Fault Chip::execute(CoreState &core, Entry &entry, Demand &demand,
                    std::vector<Post> &posts) {
  if (sanitizer)
    sanitizer->begin(core.number, entry.captured.queue, entry);
  if (Fault fault = executeChecked(core, entry, demand))
    return fault;
  ++engineInstructions[core.number][entry.captured.queue];
  WordStatistics &work = core.work[entry.pc];
  work.macs += demand.macs;
  work.dramReadBytes += demand.dramReadBytes;
  work.dramWriteBytes += demand.dramWriteBytes;
  linkBytes += uint64_t(demand.linkBytes);
  if (demand.peakMacsPerCycle)
    matrixPeakCycles += double(demand.macs) / double(demand.peakMacsPerCycle);
  return postsOf(core, entry, posts);
}

Fault Chip::postsOf(CoreState &core, const Entry &entry,
                    std::vector<Post> &posts) {
  if (entry.head->opcode != isa::Opcode::Copy)
    return {};
  std::shared_ptr<const VectorClock> clock;
  for (unsigned i = 0; i < entry.captured.payloadCount; ++i) {
    uint64_t word = entry.captured.payload(i);
    if (isa::opcodeOf(word) != isa::Opcode::CSignal)
      continue;
    auto signal = isa::unpacked<isa::CSignal>(word);
    if (signal.sem >= machine.semaphores)
      return {TrapKind::BadSemaphore, "semaphore " +
                                          std::to_string(signal.sem) + " of " +
                                          std::to_string(machine.semaphores)};
    if (sanitizer && !clock)
      clock = sanitizer->release(core.number, entry.captured.queue);
    CopyPlan plan = planCopy(entry.captured);
    auto post = [&](uint32_t to) {
      // A multicast to cores that do not exist has trapped, unless it was
      // empty.
      if (to < machine.cores)
        posts.push_back({to, signal.n, signal.sem, clock});
    };
    if (!plan.dstInSram)
      post(core.number);
    for (uint64_t set = plan.dstCores; set; set &= set - 1)
      post(uint32_t(std::countr_zero(set)));
    if (plan.dstCoreAbove >= 0)
      post(uint32_t(plan.dstCoreAbove));
  }
  return {};
}

Post Chip::signalPost(CoreState &core, uint8_t queue, const Entry &entry) {
  Post post{entry.core, entry.n, entry.sem, nullptr};
  if (sanitizer) {
    sanitizer->begin(core.number, queue, entry);
    post.clock = sanitizer->release(core.number, queue);
  }
  return post;
}

Fault Chip::deliver(const Post &post) {
  uint32_t &value = cores[post.core]->semaphores[post.sem];
  if (value > UINT32_MAX - post.n)
    return {TrapKind::BadSemaphore,
            "semaphore " + std::to_string(post.sem) + " of core " +
                std::to_string(post.core) + " overflows 32 bits"};
  value += post.n;
  if (sanitizer)
    sanitizer->deliver(post);
  return {};
}

bool Chip::tryWait(CoreState &core, uint8_t queue, const Entry &entry) {
  if (!core.take(entry.sem, entry.n))
    return false;
  if (sanitizer) {
    sanitizer->begin(core.number, queue, entry);
    sanitizer->acquire(core.number, queue, entry.sem, entry.n);
  }
  return true;
}
