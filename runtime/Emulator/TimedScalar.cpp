//===- TimedScalar.cpp - A scalar unit in simulated time ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedScalar.h"

#include <algorithm>

using namespace ashlar::runtime;

TimedScalar::TimedScalar(const Machine &machine, CoreState &core)
    : core(core), window(machine, core.text.size(), core.scalar.pc) {
  for (unsigned cls = 0; cls < cycles.size(); ++cls)
    for (bool taken : {false, true})
      cycles[cls][taken] = scalarCycles(ScalarClass(cls), taken, machine);
}

/// Waits for a word, no longer than until `end`; false if it is not there then.
bool TimedScalar::fetch(uint64_t pc, uint64_t end) {
  uint64_t wanted = window.wait(pc, time);
  if (wanted == 0)
    return true;
  if (wanted == InstructionWindow::kElsewhere) {
    leavesWindow = true;
    leftFor = pc;
    return false;
  }
  uint64_t waited = std::min(wanted, end - time);
  stall[unsigned(StallCause::Imem)] += waited;
  core.work[core.scalar.pc].scalarStalled += double(waited);
  time += waited;
  return waited == wanted;
}

void TimedScalar::blockedUntil(uint64_t when, StallCause cause) {
  stall[unsigned(cause)] += when - blockedSince;
  core.work[core.scalar.pc].scalarStalled += double(when - blockedSince);
  time = when;
}

ScalarStop TimedScalar::run(Chip &chip, uint64_t maxCycles) {
  ScalarContext &scalar = core.scalar;
  uint64_t *counts = core.counts.data();
  uint64_t end = time + maxCycles, steps = 0;
  ScalarStop stop = ScalarStop::Steps;
  meetsWord = false;
  while (time < end) {
    const DecodedWord &word = core.text[scalar.pc];
    unsigned payload =
        word.kind == WordKind::Head ? core.text.head(word).payload : 0;
    if (!fetch(scalar.pc, end) || (payload && !fetch(scalar.pc + payload, end)))
      break;
    steps += word.steps;
    if (word.kind != WordKind::Scalar) {
      time += 1 + payload;
      busy += 1 + payload;
      steps += payload;
      meetsWord = true;
      stop = ScalarStop::Word;
      break;
    }
    ++counts[scalar.pc];
    scalar.next = scalar.pc + 1;
    scalar.taken = false;
    word.handler(scalar, word.word);
    uint32_t took = cycles[word.scalarClass][scalar.taken];
    time += took;
    busy += 1;
    if (took > 1) {
      stall[unsigned(StallCause::Latency)] += took - 1;
      core.work[scalar.pc].scalarStalled += took - 1;
    }
    if (scalar.stop) {
      stop = scalar.halted ? ScalarStop::Halt : ScalarStop::Fault;
      break;
    }
    if (scalar.next == scalar.loopEnd && !word.isCall)
      scalar.closeLoop(word.isReturn);
    scalar.pc = scalar.next;
  }
  chip.steps += steps;
  return stop;
}
