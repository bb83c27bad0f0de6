//===- TimedScalar.h - A scalar unit in simulated time --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_TIMEDSCALAR_H
#define ASHLAR_RUNTIME_EMULATOR_TIMEDSCALAR_H

#include "Emulator/Chip.h"
#include "Emulator/InstructionWindow.h"
#include "Timing/Timing.h"

namespace ashlar::runtime {

/// Time and accounts of one core's scalar unit.
struct TimedScalar {
  TimedScalar(const Machine &machine, CoreState &core);

  /// Runs words until one belongs to a queue or semaphore (then `meetsWord` is
  /// set and the time to issue it and its payload is included), lies outside of
  /// instruction memory (`leavesWindow`), the unit stops, or `maxCycles` have
  /// passed.
  ScalarStop run(Chip &chip, uint64_t maxCycles);
  void blockedUntil(uint64_t when, StallCause cause);

  CoreState &core;
  uint64_t time = 0; // of the next word
  bool meetsWord = false;
  bool leavesWindow = false;
  uint64_t leftFor = 0; // the word outside
  uint64_t blockedSince = 0;
  InstructionWindow window;
  uint64_t busy = 0;
  std::array<uint64_t, kStallCauses> stall{};
  std::array<std::array<uint32_t, 2>, 9> cycles; // by ScalarClass and taken

private:
  bool fetch(uint64_t pc, uint64_t end);
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_TIMEDSCALAR_H
