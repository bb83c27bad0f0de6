//===- InstructionWindow.h - What of the text a core has ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instruction memory is a window on the text that is filled sequentially. How
// fast, the shares of dram say (TimedText.cpp): between two changes of them the
// words come in at a constant rate, so that no event is needed for each.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_INSTRUCTIONWINDOW_H
#define ASHLAR_RUNTIME_EMULATOR_INSTRUCTIONWINDOW_H

#include "Timing/Machine.h"

#include <cstdint>

namespace ashlar::runtime {

class InstructionWindow {
public:
  /// The run begins at word `pc`: the fill starts at once, because what the
  /// first word takes to arrive is the launch's time, not the run's.
  InstructionWindow(const Machine &machine, uint64_t textWords, uint64_t pc);

  /// The window lies elsewhere: it has to be moved first.
  static constexpr uint64_t kElsewhere = ~uint64_t(0);
  /// Cycles until `pc` can be issued at `time`, as long as the fill goes on at
  /// its rate; 0 if it is there.
  uint64_t wait(uint64_t pc, uint64_t time) {
    return pc - low < ready ? 0 : waitSlow(pc, time);
  }
  /// Makes room for `pc`. A program that walks off the end takes the window
  /// along by half its size; a jump restarts the fill, unless the words between
  /// would be there before the latency of that is over.
  void move(uint64_t pc, uint64_t time);

  // The fill.

  /// When its next word can leave dram.
  uint64_t fillFrom() const { return from; }
  /// Words that it has room for, fractions included.
  double wordsLeft(uint64_t time) const { return limit() - filledBy(time); }
  /// From now on it gets so many words a cycle.
  void follow(uint64_t time, double wordsPerCycle);
  /// All that there is room for has come.
  void complete(uint64_t time);
  /// Bytes read from dram so far.
  uint64_t bytesRead(uint64_t time) const;

private:
  uint64_t waitSlow(uint64_t pc, uint64_t time);
  void restart(uint64_t pc, uint64_t time);
  double limit() const;
  double filledBy(uint64_t time) const;

  uint64_t words; // of the window
  uint64_t textWords;
  uint64_t leadWords; // that the fill may be ahead of the window
  uint64_t latency;
  double wordsOfLatency; // that dram gives in that time
  uint64_t low = 0;      // first word of the window
  uint64_t end = 0;      // first word behind it
  uint64_t ready = 0;    // words from `low` known to be there
  uint64_t base = 0;     // where the fill started
  uint64_t from = 0;
  double filled = 0; // first word that is not there, at time `since`
  uint64_t since = 0;
  double rate = 0; // words a cycle
  uint64_t readBefore = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_INSTRUCTIONWINDOW_H
