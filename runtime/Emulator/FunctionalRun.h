//===- FunctionalRun.h - Runs programs without timing ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Entries of queues are executed as soon as they may be: at dispatch if their
// queue is empty. Cores take turns. Which order is chosen does not matter to a
// race-free program, and it is always the same.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_FUNCTIONALRUN_H
#define ASHLAR_RUNTIME_EMULATOR_FUNCTIONALRUN_H

#include "Emulator/Chip.h"

namespace ashlar::runtime {

class FunctionalRun {
public:
  explicit FunctionalRun(Chip &chip) : chip(chip) {}
  /// To the end or the first trap. `Chip::start` has been called.
  Trap run();

private:
  bool runCore(CoreState &core);
  bool handleWord(CoreState &core);
  bool handleScalarEntry(CoreState &core, const DecodedWord &word);
  bool runEntry(CoreState &core, uint8_t queue, Entry &entry, bool &blocked);
  bool post(const Post &post);
  bool settle();
  bool drain(CoreState &core);
  bool fail(CoreState &core, uint8_t queue, uint64_t pc, const Fault &fault);

  Chip &chip;
  Trap trap;
  Entry scratch; // an entry that is executed without ever being queued
  std::vector<Post> posts;
  std::vector<uint32_t> woken; // cores whose semaphores changed
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_FUNCTIONALRUN_H
