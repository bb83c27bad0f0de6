//===- TimedAccounting.cpp - Where the cycles went ------------------------===//
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

// 48 bytes each: two million are a trace that a viewer still opens.
static constexpr size_t kMaxTraceEvents = 2'000'000;

/// Books the cycles since the last call under what the engine was doing. Called
/// before anything about it changes.
void TimedRun::account(TimedEngine &engine) {
  if (engine.accountedTo == now)
    return;
  double cycles = double(now - engine.accountedTo);
  engine.accountedTo = now;
  CoreState &core = *chip.cores[engine.core];
  if (!engine.jobs.empty()) {
    const TimedJob &front = engine.jobs.front();
    // The last cycle may be worked in part only.
    double left = std::max(front.remainingAt(now) + cycles * front.speed, 0.0);
    double worked = front.working ? std::min(cycles * front.speed, left) : 0;
    StallCause cause = front.working ? front.limit : StallCause::Latency;
    engine.busy += worked;
    engine.stall[unsigned(cause)] += cycles - worked;
    WordStatistics &work = core.work[front.pc];
    work.busy += worked;
    work.stalled += cycles - worked;
  } else if (engine.hasStaged) {
    engine.stall[unsigned(StallCause::Latency)] += cycles;
    core.work[engine.staged.pc].stalled += cycles;
  } else if (engine.waiting) {
    engine.stall[unsigned(StallCause::Semaphore)] += cycles;
    core.work[core.queues[engine.queue].front().pc].stalled += cycles;
  } else {
    engine.idle += cycles;
  }
}

void TimedRun::traceEvent(const TimedEngine &engine, uint64_t start,
                          uint64_t end, uint64_t pc, uint8_t kind) {
  if (!chip.options.trace)
    return;
  if (trace.size() >= kMaxTraceEvents) {
    traceTruncated = true;
    return;
  }
  trace.push_back({start, end, pc, engine.core, engine.queue, kind});
}

/// The run is over: everybody's accounts end at the same time.
void TimedRun::finish() {
  // After a trap, what was going on is cut off at the trap's time.
  bool trapped = trap.kind != TrapKind::None;
  uint64_t end = trapped ? std::max(now, lastActivity) : lastActivity;
  for (size_t i = 0; i < scalars.size(); ++i) {
    CoreState::Status status = chip.cores[i]->status;
    if (status == CoreState::Status::WaitQueue)
      scalars[i].blockedUntil(std::max(now, scalars[i].blockedSince),
                              StallCause::QueueFull);
    else if (status == CoreState::Status::WaitSemaphore)
      scalars[i].blockedUntil(std::max(now, scalars[i].blockedSince),
                              StallCause::Semaphore);
    // A scalar unit that ran ahead of a trap elsewhere has been where it was.
    if (trapped)
      end = std::max(end, scalars[i].time);
  }
  now = end;
  for (TimedEngine &engine : engines) {
    // Signals that nobody took may have arrived after the end.
    if (engine.accountedTo > end)
      engine.idle -= double(engine.accountedTo - end);
    else
      account(engine);
  }
}

std::vector<TraceEvent> TimedRun::takeTrace(bool &truncated) {
  truncated = traceTruncated;
  return std::move(trace);
}

/// Whole cycles that add up to `total`: rounded down, the rest goes to where
/// the fractions were largest.
static EngineCycles rounded(const TimedEngine &engine, uint64_t total) {
  std::array<double, 2 + kStallCauses> exact;
  exact[0] = engine.busy;
  exact[1] = engine.idle;
  std::copy(engine.stall.begin(), engine.stall.end(), exact.begin() + 2);
  std::array<uint64_t, exact.size()> whole;
  uint64_t sum = 0;
  for (size_t i = 0; i < exact.size(); ++i)
    sum += whole[i] = uint64_t(exact[i]);
  // At most one cycle per account is missing; more would be a mistake in
  // `account`, and shows in the total.
  for (size_t given = 0; given < exact.size() && sum < total; ++given, ++sum) {
    size_t largest = 0;
    for (size_t i = 1; i < exact.size(); ++i)
      if (exact[i] - double(whole[i]) > exact[largest] - double(whole[largest]))
        largest = i;
    ++whole[largest];
  }
  EngineCycles cycles;
  cycles.busy = whole[0];
  cycles.idle = whole[1];
  std::copy(whole.begin() + 2, whole.end(), cycles.stall.begin());
  return cycles;
}

void TimedRun::fillStatistics(Statistics &statistics) const {
  statistics.cycles = now;
  statistics.timeUs =
      machine.clockGHz > 0 ? double(now) * 1e-3 / machine.clockGHz : 0;
  if (now)
    statistics.matrixOccupancy =
        chip.matrixPeakCycles / (double(now) * double(machine.cores));
  for (EngineStatistics &engine : statistics.engines) {
    const TimedScalar &scalar = scalars[engine.core];
    if (engine.name == "scalar") {
      engine.cycles.busy = scalar.busy;
      engine.cycles.stall = scalar.stall;
      uint64_t used = scalar.busy + engine.cycles.stalled();
      engine.cycles.idle = now > used ? now - used : 0;
      uint64_t text = scalar.window.bytesRead(now);
      statistics.dramReadBytes += text;
      statistics.operators.back().dramReadBytes += text;
      continue;
    }
    for (const TimedEngine &timed : engines)
      if (timed.core == engine.core && queueName(timed.queue) == engine.name)
        engine.cycles = rounded(timed, now);
  }
}
