//===- TimedLeft.cpp - Copies that go on in the next run ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run that need not wait for a copy queue (`leave`) ends when everything else
// is done. What that queue still has takes effect on memory then, as copies do
// when they start, so that no later run, trapped or not, changes it; its bytes
// move in the next run's time, in front of what that one gives to the queue.
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedRun.h"

#include <algorithm>
#include <map>

using namespace ashlar::runtime;

void TimedRun::takeOver(std::vector<TimedJob> jobs) {
  for (TimedJob &job : jobs) {
    TimedEngine &engine = engines[job.engine];
    // Copies are issued in order.
    engine.issueFreeAt = job.readyAt;
    engine.jobs.push_back(std::move(job));
  }
  for (TimedEngine &engine : engines) {
    if (engine.jobs.empty())
      continue;
    if (engine.jobs.front().readyAt == 0 && engine.jobs.front().work > 0)
      beginWork(engine);
    updateNext(engine);
  }
}

/// Whether all that is to be done may be left.
bool TimedRun::mayEnd() const {
  if (!inFlight.empty())
    return false;
  for (const auto &core : chip.cores)
    if (core->status != CoreState::Status::Halted)
      return false;
  bool isAnyLeft = false;
  // A wait that does not hold yet is one for work of this run.
  std::map<std::pair<uint32_t, uint8_t>, uint64_t> wanted;
  for (const TimedEngine &engine : engines) {
    const CoreState &core = *chip.cores[engine.core];
    const EntryQueue &queue = core.queues[engine.queue];
    if (engine.jobs.empty() && !engine.hasStaged && queue.empty())
      continue;
    if (!chip.mayLeave(core, engine.queue))
      return false;
    isAnyLeft = true;
    for (size_t i = 0; i < queue.size(); ++i)
      if (const Entry &entry = queue.at(i); entry.kind == Entry::Kind::Wait)
        wanted[{engine.core, entry.sem}] += entry.n;
  }
  return isAnyLeft && std::all_of(wanted.begin(), wanted.end(), [&](auto &w) {
           return chip.cores[w.first.first]->semaphores[w.first.second] >=
                  w.second;
         });
}

bool TimedRun::leaveRest() {
  for (TimedEngine &engine : engines) {
    account(engine);
    if (!engine.jobs.empty() && engine.jobs.front().working)
      traceEvent(engine, std::max(engine.jobs.front().startedAt, engine.endAt),
                 now, engine.jobs.front().pc, 0);
    for (const TimedJob &job : engine.jobs) {
      left.push_back(job);
      TimedJob &rest = left.back();
      rest.remaining = std::max(job.remainingAt(now), 0.0);
      rest.readyAt = job.readyAt > now ? job.readyAt - now : 0;
      rest.startedAt = rest.since = 0;
      rest.working = false;
      rest.speed = 0;
      rest.posts.clear();
    }
    if (!leaveQueued(engine))
      return false;
  }
  return true;
}

/// What has not started. Nobody takes signals of a run that is over.
bool TimedRun::leaveQueued(TimedEngine &engine) {
  CoreState &core = *chip.cores[engine.core];
  EntryQueue &queue = core.queues[engine.queue];
  uint64_t issued = engine.issueFreeAt > now ? engine.issueFreeAt - now : 0;
  while (engine.hasStaged || !queue.empty()) {
    if (!engine.hasStaged) {
      Entry &entry = queue.front();
      engine.hasStaged = entry.kind == Entry::Kind::Instruction;
      if (engine.hasStaged)
        std::swap(engine.staged, entry);
      else if (entry.kind == Entry::Kind::Wait)
        chip.tryWait(core, engine.queue, entry);
      queue.pop();
      continue;
    }
    Demand demand;
    posts.clear();
    if (Fault fault = chip.execute(core, engine.staged, demand, posts))
      return fail(engine.core, engine.queue, engine.staged.pc, fault);
    engine.hasStaged = false;
    issued += uint64_t(demand.startupCycles);
    left.push_back(makeJob(engine, engine.staged, demand));
    left.back().readyAt = issued + uint64_t(demand.latencyCycles);
  }
  return true;
}
