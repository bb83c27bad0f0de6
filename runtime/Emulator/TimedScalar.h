//===- TimedScalar.h - A scalar unit in simulated time --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_TIMEDSCALAR_H
#define ASHLAR_RUNTIME_EMULATOR_TIMEDSCALAR_H

#include "Emulator/Chip.h"
#include "Timing/Timing.h"

namespace ashlar::runtime {

/// The window on the text that instruction memory is. It is filled from the
/// word at which it was (re)started, sequentially, at dram's bandwidth; when
/// the program has gone half a window beyond its end, the front half gives way.
class InstructionWindow {
public:
  InstructionWindow(const Machine &machine, uint64_t textWords);

  /// The run begins: the fill starts at `pc`, and what it waits for the first
  /// word is the launch's time, not the run's.
  void launch(uint64_t pc);
  /// Restarts the fill at `pc`: a jump outside the window.
  void restart(uint64_t pc, uint64_t time);
  /// If there was a restart since the last call: when its fill begins to use
  /// dram, and for how many bytes.
  bool takeRestart(uint64_t &time, uint64_t &bytes);
  /// Cycles until `pc` can be issued at `time`; 0 if it is there.
  uint64_t wait(uint64_t pc, uint64_t time) {
    return pc - low < ready ? 0 : waitSlow(pc, time);
  }
  /// Bytes read from dram so far.
  uint64_t bytesRead(uint64_t time) const {
    return readBefore + 8 * filledBy(time);
  }

private:
  uint64_t waitSlow(uint64_t pc, uint64_t time);
  uint64_t filledBy(uint64_t time) const; // words, from `base`

  uint64_t words; // of the window
  uint64_t textWords;
  double wordsPerCycle;
  uint64_t latency;
  uint64_t base = 0;      // where the fill started
  uint64_t fillStart = 0; // when its first word can arrive
  uint64_t end = 0;       // first word behind the window
  uint64_t low = 0;       // first word of the window
  uint64_t ready = 0;     // words from `low` known to be there
  uint64_t readBefore = 0;
  bool restarted = false;
};

/// Time and accounts of one core's scalar unit.
struct TimedScalar {
  TimedScalar(const Machine &machine, CoreState &core);

  /// Runs words until one belongs to a queue or semaphore (then `meetsWord` is
  /// set and the time to issue it and its payload is included), the unit stops,
  /// or `maxCycles` have passed.
  ScalarStop run(Chip &chip, uint64_t maxCycles);
  void blockedUntil(uint64_t when, StallCause cause);

  CoreState &core;
  uint64_t time = 0; // of the next word
  bool meetsWord = false;
  uint64_t blockedSince = 0;
  InstructionWindow window;
  uint64_t busy = 0;
  std::array<uint64_t, kStallCauses> stall{};
  std::array<std::array<uint32_t, 2>, 9> cycles; // by ScalarClass and taken

private:
  void fetch(uint64_t pc);
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_TIMEDSCALAR_H
