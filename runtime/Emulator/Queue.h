//===- Queue.h - Bounded queues between scalar unit and engines -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_QUEUE_H
#define ASHLAR_RUNTIME_EMULATOR_QUEUE_H

#include "Emulator/Captured.h"
#include "Emulator/DecodedText.h"
#include "Emulator/VectorClock.h"

#include <cstdint>
#include <vector>

namespace ashlar::runtime {

inline constexpr unsigned kMaxQueues = 8; // isa::Queue, scalar included

struct Entry {
  enum class Kind : uint8_t { Instruction, Wait, Signal };
  Kind kind = Kind::Instruction;
  uint8_t sem = 0;
  uint16_t n = 0;
  uint32_t core = 0; // of the semaphore that is signalled
  uint64_t pc = 0;
  const HeadInfo *head = nullptr; // of an instruction
  Captured captured;              // of an instruction
  VectorClock clock; // sanitiser: what the scalar unit knew at dispatch
};

/// First in, first out; slots keep their storage.
class EntryQueue {
public:
  explicit EntryQueue(unsigned depth = 1) : slots(depth ? depth : 1) {}

  bool empty() const { return count == 0; }
  bool full() const { return count == slots.size(); }
  size_t size() const { return count; }
  Entry &front() { return slots[first]; }
  const Entry &front() const { return slots[first]; }
  const Entry &at(size_t index) const {
    return slots[(first + index) % slots.size()];
  }
  /// The slot that `push` will add; fill it in place.
  Entry &back() { return slots[(first + count) % slots.size()]; }
  void push() { ++count; }
  void pop() {
    first = (first + 1) % slots.size();
    --count;
  }
  void clear() { first = count = 0; }

private:
  std::vector<Entry> slots;
  size_t first = 0, count = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_QUEUE_H
