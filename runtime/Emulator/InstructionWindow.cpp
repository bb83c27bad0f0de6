//===- InstructionWindow.cpp - What of the text a core has ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/InstructionWindow.h"

#include <algorithm>
#include <cmath>

using namespace ashlar::runtime;

// What rounding may leave of a word.
static constexpr double kTolerance = 1e-6;

InstructionWindow::InstructionWindow(const Machine &machine,
                                     uint64_t theTextWords, uint64_t pc)
    : words(std::max<uint64_t>(2, machine.imemBytes / 8)),
      textWords(theTextWords),
      // dram gives whole bursts; one has room beside the window.
      leadWords(std::max<uint64_t>(1, machine.dramBurstBytes / 8)),
      latency(machine.dramLatencyCycles),
      wordsOfLatency(double(latency) * machine.dramBytesPerCycle / 8) {
  restart(pc, 0);
  from = 0;
}

double InstructionWindow::limit() const {
  return double(std::min(end + leadWords, textWords));
}

double InstructionWindow::filledBy(uint64_t time) const {
  if (time <= since)
    return filled;
  return std::max(filled,
                  std::min(limit(), filled + rate * double(time - since)));
}

uint64_t InstructionWindow::bytesRead(uint64_t time) const {
  return 8 * (readBefore + uint64_t(filledBy(time) + kTolerance) - base);
}

void InstructionWindow::follow(uint64_t time, double wordsPerCycle) {
  filled = filledBy(time);
  since = time;
  rate = wordsPerCycle;
}

void InstructionWindow::complete(uint64_t time) {
  filled = std::max(filled, limit());
  since = time;
  rate = 0;
}

void InstructionWindow::restart(uint64_t pc, uint64_t time) {
  readBefore = bytesRead(time) / 8;
  base = low = std::min(pc, textWords);
  end = low + words;
  ready = 0;
  filled = double(base);
  since = time;
  rate = 0;
  from = time + latency;
}

void InstructionWindow::move(uint64_t pc, uint64_t time) {
  // What the window has room for is on its way in any case.
  bool slides = pc >= low && pc < end + words / 2 &&
                (pc < end + leadWords || double(pc - end) <= wordsOfLatency);
  if (!slides)
    return restart(pc, time);
  follow(time, rate);
  end = pc + words / 2;
  low = end - words;
  ready = 0;
  from = time;
}

uint64_t InstructionWindow::waitSlow(uint64_t pc, uint64_t time) {
  // What stands behind the text traps.
  if (pc >= textWords)
    return 0;
  if (pc < low || pc >= end)
    return kElsewhere;
  uint64_t waited = 0;
  double there = filledBy(time);
  if (there + kTolerance < double(pc + 1)) {
    double cycles = (double(pc + 1) - filled) / rate - kTolerance;
    uint64_t arrives = since + uint64_t(std::ceil(cycles));
    waited = arrives > time ? arrives - time : 0;
    there = std::max(filledBy(time + waited), double(pc + 1));
  }
  ready = std::min(uint64_t(there + kTolerance), end) - low;
  return waited;
}
