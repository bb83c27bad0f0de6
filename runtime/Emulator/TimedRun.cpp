//===- TimedRun.cpp - The event loop and the scalar units -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedRun.h"

#include <algorithm>

using namespace ashlar;
using namespace ashlar::runtime;

// Cycles that a scalar unit may run ahead of everything else while it meets no
// queue or semaphore. Only programs that poll memory can see it, and those
// whose words come in more slowly meanwhile than they did.
static constexpr uint64_t kRunAhead = 4096;
static constexpr uint64_t kRunAheadInFill = 256;

TimedRun::TimedRun(Chip &chip, std::vector<TimedJob> jobs)
    : chip(chip), machine(chip.machine),
      enginesPerCore(
          std::min<unsigned>(3 + machine.copyQueues, kMaxQueues - 1)),
      engines(size_t(machine.cores) * enginesPerCore),
      engineNext(engines.size(), kNever), scalarNext(machine.cores, kNever),
      fills(machine.cores), fillNext(machine.cores, kNever), shares(machine) {
  for (uint32_t core = 0; core < machine.cores; ++core) {
    for (uint8_t queue = 1; queue <= enginesPerCore; ++queue) {
      engineOf(core, queue).core = core;
      engineOf(core, queue).queue = queue;
    }
    scalars.emplace_back(machine, *chip.cores[core]);
    if (chip.cores[core]->status == CoreState::Status::Running)
      scalarNext[core] = fillNext[core] = 0;
  }
  takeOver(std::move(jobs));
}

bool TimedRun::fail(uint32_t core, uint8_t queue, uint64_t pc,
                    const Fault &fault) {
  trap = chip.makeTrap(*chip.cores[core], queue, pc, fault);
  return false;
}

Trap TimedRun::run() {
  bool done = false;
  while (!done && step(done)) {
  }
  finish();
  return trap;
}

/// Goes to the next moment at which something happens and lets it happen.
bool TimedRun::step(bool &done) {
  uint64_t next = inFlight.empty() ? kNever : inFlight.top().time;
  for (uint64_t time : engineNext)
    next = std::min(next, time);
  for (uint64_t time : scalarNext)
    next = std::min(next, time);
  if (uint64_t end = std::max(now, lastActivity); next >= end && mayEnd()) {
    now = lastActivity = end;
    done = true;
    return leaveRest();
  }
  bool onlyFills = next == kNever;
  for (uint64_t time : fillNext)
    next = std::min(next, time);
  // Text that arrives while everybody waits for somebody else helps nobody.
  if (onlyFills)
    next = kNever;
  if (next == kNever) {
    done = true;
    if (!chip.allDone())
      trap = chip.deadlock();
    return true;
  }
  now = next;
  if (!deliverPosts())
    return false;
  for (size_t i = 0; i < engines.size(); ++i)
    if (engineNext[i] <= now && !engineEvent(engines[i]))
      return false;
  for (uint32_t core = 0; core < scalarNext.size(); ++core) {
    // What a fill gets is known at the end of this moment.
    if (fillNext[core] <= now)
      fillEvent(core);
    else if (scalarNext[core] <= now && !scalarEvent(core))
      return false;
  }
  if (sharesChanged)
    reshare();
  return true;
}

//===----------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------===//

void TimedRun::schedule(const Post &post, uint32_t fromCore, uint8_t fromQueue,
                        uint64_t fromPc) {
  uint64_t time = now + signalLatency(post.core == fromCore, machine);
  inFlight.push({time, sequence++, post, fromQueue, fromCore, fromPc});
}

bool TimedRun::deliverPosts() {
  while (!inFlight.empty() && inFlight.top().time <= now) {
    TimedPost arrived = inFlight.top();
    inFlight.pop();
    uint32_t core = arrived.post.core;
    if (Fault fault = chip.deliver(arrived.post))
      return fail(arrived.fromCore, arrived.fromQueue, arrived.fromPc, fault);
    if (chip.cores[core]->status == CoreState::Status::WaitSemaphore)
      wakeScalar(core);
    for (uint8_t queue = 1; queue <= enginesPerCore; ++queue) {
      TimedEngine &engine = engineOf(core, queue);
      if (engine.waiting && !pump(engine))
        return false;
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Scalar units
//===----------------------------------------------------------------------===//

void TimedRun::wakeScalar(uint32_t core) {
  CoreState &state = *chip.cores[core];
  StallCause cause = state.status == CoreState::Status::WaitQueue
                         ? StallCause::QueueFull
                         : StallCause::Semaphore;
  state.status = CoreState::Status::Running;
  scalars[core].blockedUntil(now, cause);
  scalarNext[core] = now;
}

bool TimedRun::scalarEvent(uint32_t core) {
  TimedScalar &scalar = scalars[core];
  CoreState &state = *chip.cores[core];
  if (!chip.stepsLeft())
    return fail(core, 0, state.scalar.pc, chip.budgetFault());
  if (scalar.leavesWindow) {
    moveWindow(core);
    return true;
  }
  if (scalar.meetsWord) {
    if (!handleWord(core))
      return false;
    if (state.status != CoreState::Status::Running) {
      scalar.blockedSince = now;
      scalarNext[core] = kNever;
      return true;
    }
    scalar.meetsWord = false;
  }
  ScalarStop stop =
      scalar.run(chip, fills[core].working ? kRunAheadInFill : kRunAhead);
  switch (stop) {
  case ScalarStop::Steps:
  case ScalarStop::Word:
    scalarNext[core] = scalar.time;
    return true;
  case ScalarStop::Halt:
    state.status = CoreState::Status::Halted;
    scalarNext[core] = kNever;
    lastActivity = std::max(lastActivity, scalar.time);
    return true;
  case ScalarStop::Fault:
    break;
  }
  return fail(core, 0, state.scalar.pc, state.scalar.fault);
}

/// Hands over the word that the scalar unit has met. If it cannot, the unit's
/// status says what it waits for.
bool TimedRun::handleWord(uint32_t core) {
  CoreState &state = *chip.cores[core];
  uint64_t pc = state.scalar.pc;
  const DecodedWord &word = state.text[pc];
  if (word.kind == WordKind::Illegal || word.kind == WordKind::End)
    return fail(core, 0, pc, state.text.whyIllegal(pc));
  uint8_t number = Chip::queueOf(state, word);
  if (number == 0)
    return handleScalarEntry(core, word);
  EntryQueue &queue = state.queues[number];
  if (queue.full()) {
    state.status = CoreState::Status::WaitQueue;
    state.waitQueue = number;
    return true;
  }
  if (Fault fault = chip.capture(state, word, queue.back()))
    return fail(core, 0, pc, fault);
  state.advance(word.kind == WordKind::Head ? state.text.head(word).payload
                                            : 0);
  TimedEngine &engine = engineOf(core, number);
  account(engine);
  queue.push();
  return pump(engine);
}

bool TimedRun::handleScalarEntry(uint32_t core, const DecodedWord &word) {
  CoreState &state = *chip.cores[core];
  if (Fault fault = chip.capture(state, word, scratch))
    return fail(core, 0, state.scalar.pc, fault);
  if (scratch.kind == Entry::Kind::Signal) {
    schedule(chip.signalPost(state, 0, scratch), core, 0, scratch.pc);
  } else if (!chip.tryWait(state, 0, scratch)) {
    state.status = CoreState::Status::WaitSemaphore;
    return true;
  }
  state.advance(0);
  return true;
}
