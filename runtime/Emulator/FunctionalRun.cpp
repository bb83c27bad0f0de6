//===- FunctionalRun.cpp - Runs programs without timing -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/FunctionalRun.h"

#include <algorithm>

using namespace ashlar;
using namespace ashlar::runtime;

// Words that a core runs before the next one gets its turn: enough to make the
// turn cheap, few enough that polling another core's work ends soon.
static constexpr uint64_t kTurn = 1 << 14;

// All functions below return false when `trap` has been set.

bool FunctionalRun::fail(CoreState &core, uint8_t queue, uint64_t pc,
                         const Fault &fault) {
  trap = chip.makeTrap(core, queue, pc, fault);
  return false;
}

Trap FunctionalRun::run() {
  while (true) {
    bool progress = false;
    for (auto &core : chip.cores) {
      if (core->status != CoreState::Status::Running)
        continue;
      progress = true;
      if (!runCore(*core))
        return trap;
    }
    if (!progress)
      return chip.allDone() ? Trap() : chip.deadlock();
  }
}

bool FunctionalRun::runCore(CoreState &core) {
  uint64_t end = chip.steps + kTurn;
  while (core.status == CoreState::Status::Running && chip.steps < end) {
    if (!chip.stepsLeft())
      return fail(core, 0, core.scalar.pc, chip.budgetFault());
    uint64_t left = std::min(end, chip.options.stepBudget) - chip.steps;
    switch (chip.runScalar(core, left)) {
    case ScalarStop::Steps:
      break;
    case ScalarStop::Word:
      if (!handleWord(core))
        return false;
      break;
    case ScalarStop::Halt:
      core.status = CoreState::Status::Halted;
      break;
    case ScalarStop::Fault:
      return fail(core, 0, core.scalar.pc, core.scalar.fault);
    }
  }
  return true;
}

bool FunctionalRun::handleWord(CoreState &core) {
  uint64_t pc = core.scalar.pc;
  const DecodedWord &word = core.text[pc];
  if (word.kind == WordKind::Illegal || word.kind == WordKind::End)
    return fail(core, 0, pc, core.text.whyIllegal(pc));
  uint8_t queueNumber = Chip::queueOf(core, word);
  if (queueNumber == 0)
    return handleScalarEntry(core, word);

  EntryQueue &queue = core.queues[queueNumber];
  if (queue.full()) {
    core.status = CoreState::Status::WaitQueue;
    core.waitQueue = queueNumber;
    return true;
  }
  unsigned payload =
      word.kind == WordKind::Head ? core.text.head(word).payload : 0;
  chip.steps += word.steps + payload;
  bool direct = queue.empty();
  Entry &entry = direct ? scratch : queue.back();
  if (Fault fault = chip.capture(core, word, entry))
    return fail(core, 0, pc, fault);
  core.advance(payload);
  if (!direct) {
    queue.push();
    return true;
  }
  bool blocked = false;
  if (!runEntry(core, queueNumber, entry, blocked))
    return false;
  if (blocked) {
    std::swap(queue.back(), entry);
    queue.push();
  }
  return settle();
}

bool FunctionalRun::handleScalarEntry(CoreState &core,
                                      const DecodedWord &word) {
  chip.steps += word.steps;
  if (Fault fault = chip.capture(core, word, scratch))
    return fail(core, 0, core.scalar.pc, fault);
  bool blocked = false;
  if (!runEntry(core, 0, scratch, blocked))
    return false;
  if (blocked) {
    core.status = CoreState::Status::WaitSemaphore;
    return true;
  }
  core.advance(0);
  return settle();
}

bool FunctionalRun::runEntry(CoreState &core, uint8_t queue, Entry &entry,
                             bool &blocked) {
  switch (entry.kind) {
  case Entry::Kind::Wait:
    blocked = !chip.tryWait(core, queue, entry);
    return true;
  case Entry::Kind::Signal:
    if (Fault fault = chip.deliver(chip.signalPost(core, queue, entry)))
      return fail(core, queue, entry.pc, fault);
    woken.push_back(entry.core);
    return true;
  case Entry::Kind::Instruction:
    break;
  }
  Demand demand;
  posts.clear();
  if (Fault fault = chip.execute(core, entry, demand, posts))
    return fail(core, queue, entry.pc, fault);
  for (const Post &post : posts) {
    if (Fault fault = chip.deliver(post))
      return fail(core, queue, entry.pc, fault);
    woken.push_back(post.core);
  }
  return true;
}

/// Runs whatever new values of semaphores let run, until nothing changes.
bool FunctionalRun::settle() {
  while (!woken.empty()) {
    CoreState &core = *chip.cores[woken.back()];
    woken.pop_back();
    // Its scalar unit tries again in its turn.
    if (core.status == CoreState::Status::WaitSemaphore)
      core.status = CoreState::Status::Running;
    if (!drain(core))
      return false;
  }
  return true;
}

bool FunctionalRun::drain(CoreState &core) {
  for (uint8_t q = 1; q < kMaxQueues; ++q) {
    EntryQueue &queue = core.queues[q];
    while (!queue.empty()) {
      bool blocked = false;
      if (!runEntry(core, q, queue.front(), blocked))
        return false;
      if (blocked)
        break;
      queue.pop();
      if (core.status == CoreState::Status::WaitQueue && core.waitQueue == q)
        core.status = CoreState::Status::Running;
    }
  }
  return true;
}
