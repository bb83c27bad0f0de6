//===- TimedText.cpp - Text on its way from dram --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A core's fill is a job like a copy: it asks for all of dram's bandwidth and
// gets its share. It has one event when it begins, and one when the window is
// full; scalar units look up in between what has come (InstructionWindow.h).
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedRun.h"

using namespace ashlar::runtime;

/// Goes on with the fill from what has come so far, towards what the window has
/// room for now.
void TimedRun::startFill(uint32_t core) {
  const InstructionWindow &window = scalars[core].window;
  TimedJob &job = fills[core];
  fillNext[core] = kNever;
  if (job.working) {
    shares.remove(&job);
    job.working = false;
    sharesChanged = true;
  }
  if (window.fillFrom() > now) {
    fillNext[core] = window.fillFrom();
    return;
  }
  double bytes = 8 * window.wordsLeft(now);
  if (bytes <= 0)
    return;
  job.engine = uint32_t(engines.size() + core);
  job.work = job.remaining = bytes / machine.dramBytesPerCycle;
  job.working = true;
  job.since = now;
  job.speed = 0; // until `reshare`
  shares.setFillNeeds(job);
  shares.add(&job);
  sharesChanged = true;
}

void TimedRun::fillEvent(uint32_t core) {
  TimedJob &job = fills[core];
  if (!job.working)
    return startFill(core);
  shares.remove(&job);
  job.working = false;
  sharesChanged = true;
  fillNext[core] = kNever;
  scalars[core].window.complete(now);
}

/// The scalar unit has left its window. It goes on when the fill has its share
/// of dram, which is known at the end of this moment.
void TimedRun::moveWindow(uint32_t core) {
  TimedScalar &scalar = scalars[core];
  scalar.window.move(scalar.leftFor, now);
  scalar.leavesWindow = false;
  startFill(core);
  scalar.blockedSince = scalar.time;
  scalar.blockedUntil(std::max(now, scalar.window.fillFrom()),
                      StallCause::Imem);
  scalarNext[core] = scalar.time;
}
