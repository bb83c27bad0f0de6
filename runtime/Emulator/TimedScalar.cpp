//===- TimedScalar.cpp - A scalar unit in simulated time ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedScalar.h"

#include <algorithm>
#include <cmath>

using namespace ashlar::runtime;

InstructionWindow::InstructionWindow(const Machine &machine,
                                     uint64_t theTextWords)
    : words(std::max<uint64_t>(2, machine.imemBytes / 8)),
      textWords(theTextWords),
      wordsPerCycle(
          machine.dramBytesPerCycle > 0 ? machine.dramBytesPerCycle / 8 : 1e9),
      latency(machine.dramLatencyCycles) {}

void InstructionWindow::restart(uint64_t pc, uint64_t time) {
  readBefore = bytesRead(time);
  base = low = pc;
  end = pc + words;
  fillStart = time + latency;
  ready = 0;
  restarted = true;
}

bool InstructionWindow::takeRestart(uint64_t &time, uint64_t &bytes) {
  if (!restarted)
    return false;
  restarted = false;
  time = fillStart;
  bytes = 8 * (std::min(end, textWords) - std::min(base, textWords));
  return true;
}

void InstructionWindow::launch(uint64_t pc) {
  restart(pc, 0);
  fillStart = 0;
}

uint64_t InstructionWindow::filledBy(uint64_t time) const {
  if (time <= fillStart)
    return 0;
  double filled = double(time - fillStart) * wordsPerCycle;
  uint64_t most = std::min(end, textWords) - std::min(base, textWords);
  return filled >= double(most) ? most : uint64_t(filled);
}

uint64_t InstructionWindow::waitSlow(uint64_t pc, uint64_t time) {
  uint64_t waited = 0;
  if (pc < low || pc >= end) {
    // Walking off the end slides the window by half; the fill has had half a
    // window's time to be ahead.
    bool slides = pc >= low && pc < end + words / 2;
    if (slides) {
      end = pc + words / 2;
      low = end - words;
    } else {
      restart(pc, time);
    }
  }
  uint64_t filled = filledBy(time);
  if (base + filled <= pc) {
    double cycles = double(pc + 1 - base) / wordsPerCycle;
    uint64_t arrives = fillStart + uint64_t(std::ceil(cycles));
    waited = arrives > time ? arrives - time : 0;
    filled = std::max(filledBy(time + waited), pc + 1 - base);
  }
  ready = base + filled - low;
  return waited;
}

TimedScalar::TimedScalar(const Machine &machine, CoreState &core)
    : core(core), window(machine, core.text.size()) {
  for (unsigned cls = 0; cls < cycles.size(); ++cls)
    for (bool taken : {false, true})
      cycles[cls][taken] = scalarCycles(ScalarClass(cls), taken, machine);
  window.launch(core.scalar.pc);
}

void TimedScalar::fetch(uint64_t pc) {
  uint64_t waited = window.wait(pc, time);
  stall[unsigned(StallCause::Imem)] += waited;
  core.work[core.scalar.pc].scalarStalled += double(waited);
  time += waited;
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
    fetch(scalar.pc);
    ++steps;
    if (word.kind != WordKind::Scalar) {
      unsigned payload =
          word.kind == WordKind::Head ? core.text.head(word).payload : 0;
      if (payload)
        fetch(scalar.pc + payload);
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
