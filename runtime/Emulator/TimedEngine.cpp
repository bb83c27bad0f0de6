//===- TimedEngine.cpp - Engines in simulated time ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedRun.h"

#include <algorithm>
#include <cmath>

using namespace ashlar;
using namespace ashlar::runtime;

static bool isCopyQueue(uint8_t queue) {
  return queue >= uint8_t(isa::Queue::dma0);
}

/// Bytes of issued copies that have not landed.
static double outstandingBytes(const TimedEngine &engine, uint64_t now) {
  double bytes = 0;
  for (const TimedJob &job : engine.jobs)
    bytes += job.work > 0
                 ? job.bytes * std::max(job.remainingAt(now), 0.0) / job.work
                 : job.bytes;
  return bytes;
}

bool TimedRun::engineEvent(TimedEngine &engine) {
  account(engine);
  if (!engine.jobs.empty()) {
    TimedJob &front = engine.jobs.front();
    if (front.working ? front.completesAt <= now : front.readyAt <= now) {
      if (front.working || front.work <= 0)
        complete(engine);
      else
        beginWork(engine);
    }
  }
  return pump(engine);
}

/// Takes entries from the queue as far as possible.
bool TimedRun::pump(TimedEngine &engine) {
  account(engine);
  CoreState &core = *chip.cores[engine.core];
  EntryQueue &queue = core.queues[engine.queue];
  bool blocked = false;
  while (!blocked) {
    if (engine.hasStaged) {
      if (!canStart(engine))
        break;
      if (!startStaged(engine))
        return false;
      continue;
    }
    if (queue.empty())
      break;
    Entry &entry = queue.front();
    switch (entry.kind) {
    case Entry::Kind::Wait:
      if (!pumpWait(engine, blocked))
        return false;
      break;
    case Entry::Kind::Signal: {
      Post post = chip.signalPost(core, engine.queue, entry);
      // It happens when what was taken before it has completed.
      if (engine.jobs.empty())
        schedule(post, engine.core, engine.queue, entry.pc);
      else
        engine.jobs.back().posts.push_back(post);
      popEntry(engine);
      break;
    }
    case Entry::Kind::Instruction:
      std::swap(engine.staged, entry);
      engine.hasStaged = true;
      engine.stagedAt = now;
      popEntry(engine);
      break;
    }
  }
  updateNext(engine);
  return true;
}

bool TimedRun::pumpWait(TimedEngine &engine, bool &blocked) {
  CoreState &core = *chip.cores[engine.core];
  const Entry &entry = core.queues[engine.queue].front();
  if (!chip.tryWait(core, engine.queue, entry)) {
    blocked = true;
    if (!engine.waiting) {
      engine.waiting = true;
      engine.waitingSince = now;
    }
    return true;
  }
  // While an earlier instruction ran, nobody was held up.
  if (engine.waiting && engine.jobs.empty()) {
    uint64_t since = std::max(engine.waitingSince, engine.endAt);
    if (since < now)
      traceEvent(engine, since, now, entry.pc, 1);
  }
  engine.waiting = false;
  popEntry(engine);
  return true;
}

void TimedRun::popEntry(TimedEngine &engine) {
  CoreState &core = *chip.cores[engine.core];
  core.queues[engine.queue].pop();
  // A core is done when its queues are empty, even if only waits were left.
  lastActivity = std::max(lastActivity, now);
  if (core.status == CoreState::Status::WaitQueue &&
      core.waitQueue == engine.queue)
    wakeScalar(engine.core);
}

bool TimedRun::canStart(TimedEngine &engine) {
  if (engine.jobs.empty())
    return engine.issueFreeAt <= now;
  if (!isCopyQueue(engine.queue) || engine.issueFreeAt > now)
    return false;
  // Half a byte of tolerance for what rounding leaves of fractions.
  return outstandingBytes(engine, now) <=
         double(machine.copyBytesInFlight) + 0.5;
}

/// When start-up, latency, first load and pipe fill are over.
uint64_t TimedRun::readyTime(TimedEngine &engine, const Demand &demand) const {
  if (engine.queue != uint8_t(isa::Queue::mxu))
    return now + demand.startupCycles + demand.latencyCycles;
  // The first block can be loaded as soon as the instruction is known and the
  // instruction before has begun its last block. While the pipe is busy, its
  // latency is hidden too.
  uint64_t registerFree =
      engine.endAt > engine.hideCycles ? engine.endAt - engine.hideCycles : 0;
  uint64_t loaded =
      std::max(engine.stagedAt, registerFree) + demand.firstLoadCycles;
  return std::max(loaded + demand.fillCycles, now);
}

TimedJob TimedRun::makeJob(const TimedEngine &engine, const Entry &entry,
                           const Demand &demand) {
  TimedJob job;
  job.engine = uint32_t(&engine - engines.data());
  job.pc = entry.pc;
  job.work = job.remaining = demand.workCycles;
  job.bytes = demand.bytes;
  shares.setNeeds(job, demand, engine.core);
  return job;
}

bool TimedRun::startStaged(TimedEngine &engine) {
  CoreState &core = *chip.cores[engine.core];
  Demand demand;
  posts.clear();
  if (Fault fault = chip.execute(core, engine.staged, demand, posts))
    return fail(engine.core, engine.queue, engine.staged.pc, fault);
  engine.hasStaged = false;
  engine.jobs.push_back(makeJob(engine, engine.staged, demand));
  TimedJob &job = engine.jobs.back();
  job.startedAt = now;
  job.readyAt = readyTime(engine, demand);
  job.posts = posts;
  if (isCopyQueue(engine.queue))
    engine.issueFreeAt = now + demand.startupCycles;
  if (engine.queue == uint8_t(isa::Queue::mxu))
    engine.hideCycles = demand.fillCycles + demand.lastBlockCycles;
  // An instruction without anything to do completes when it is ready, which
  // `engineEvent` sees to.
  if (engine.jobs.size() == 1 && job.readyAt <= now && job.work > 0)
    beginWork(engine);
  return true;
}

/// The front instruction is ready: from now on it shares what it needs.
void TimedRun::beginWork(TimedEngine &engine) {
  TimedJob &job = engine.jobs.front();
  job.working = true;
  job.workingAt = job.since = now;
  job.speed = 0; // until `reshare`, which runs before time goes on
  job.completesAt = kNever;
  shares.add(&job);
  sharesChanged = true;
}

void TimedRun::complete(TimedEngine &engine) {
  TimedJob &job = engine.jobs.front();
  if (job.working) {
    shares.remove(&job);
    sharesChanged = true;
  }
  WordStatistics &work = chip.cores[engine.core]->work[job.pc];
  work.first = std::min(work.first, job.startedAt);
  work.last = std::max(work.last, now);
  // One track an engine: a copy is shown from when it has the engine to itself.
  traceEvent(engine, std::max(job.startedAt, engine.endAt), now, job.pc, 0);
  for (const Post &post : job.posts)
    schedule(post, engine.core, engine.queue, job.pc);
  engine.endAt = now;
  lastActivity = std::max(lastActivity, now);
  engine.jobs.pop_front();
  if (!engine.jobs.empty() && engine.jobs.front().readyAt <= now &&
      engine.jobs.front().work > 0)
    beginWork(engine);
}

void TimedRun::updateNext(TimedEngine &engine) {
  uint64_t next = kNever;
  if (!engine.jobs.empty()) {
    TimedJob &front = engine.jobs.front();
    next = front.working ? front.completesAt : std::max(front.readyAt, now);
    if (engine.hasStaged && isCopyQueue(engine.queue)) {
      double others =
          outstandingBytes(engine, now) -
          (front.work > 0
               ? front.bytes * std::max(front.remainingAt(now), 0.0) /
                     front.work
               : front.bytes);
      double room = double(machine.copyBytesInFlight) - others;
      if (engine.issueFreeAt > now) {
        next = std::min(next, engine.issueFreeAt);
      } else if (room >= 0 && front.working && front.speed > 0 &&
                 front.bytes > 0) {
        double target = room / front.bytes * front.work;
        double cycles =
            std::max((front.remainingAt(now) - target) / front.speed, 1.0);
        if (cycles < 1e18)
          next = std::min(next, now + uint64_t(std::ceil(cycles)));
      }
    }
  } else if (engine.hasStaged) {
    next = std::max(engine.issueFreeAt, now);
  }
  engineNext[size_t(&engine - engines.data())] = next;
}

/// Gives every working instruction its new speed.
void TimedRun::reshare() {
  sharesChanged = false;
  shares.update();
  for (TimedJob *job : shares.working()) {
    if (job->newSpeed == job->speed && job->newLimit == job->limit)
      continue;
    bool isFill = job->engine >= engines.size();
    if (!isFill)
      account(engines[job->engine]);
    job->remaining = std::max(job->remainingAt(now), 0.0);
    job->since = now;
    job->speed = job->newSpeed;
    job->limit = job->newLimit;
    // A little less than the quotient, so that rounding never adds a cycle.
    double cycles = std::ceil(job->remaining / job->speed - 1e-6);
    job->completesAt =
        cycles < 1e18 ? now + uint64_t(std::max(cycles, 0.0)) : kNever - 1;
    if (!isFill) {
      updateNext(engines[job->engine]);
      continue;
    }
    size_t core = job->engine - engines.size();
    fillNext[core] = job->completesAt;
    scalars[core].window.follow(now,
                                job->speed * machine.dramBytesPerCycle / 8);
  }
}
