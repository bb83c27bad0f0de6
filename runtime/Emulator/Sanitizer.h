//===- Sanitizer.h - Finds races and reads of nothing ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each queue of each core, scalar units included, has a vector clock. What
// orders them: dispatch (scalar unit to entry), the order within a queue, and
// semaphores (who takes a token knows what its giver knew; tokens are taken in
// the order in which they were given). Two accesses to a byte, one of them a
// write, that neither order is a race, whether or not this run's interleaving
// shows it.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_SANITIZER_H
#define ASHLAR_RUNTIME_EMULATOR_SANITIZER_H

#include "Emulator/Chip.h"
#include "Emulator/Footprint.h"
#include "Emulator/Shadow.h"

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace ashlar::runtime {

class Sanitizer : public ScalarObserver {
public:
  Sanitizer(const Machine &machine, const Program &program,
            const Memory &memory);

  /// A region was bound: `bytes` of it, all or none of them meaningful.
  void bindRegion(Region region, uint64_t bytes, bool initialized);
  void mark(Region region, uint64_t offset, uint64_t bytes, bool initialized);

  /// Only openings write these bytes of the scratchpads.
  void markResident(uint64_t offset, uint64_t bytes);

  /// A new run: everything before it has happened, but for what the run before
  /// has `left` (queues by core, a bit for each; empty: none): only the queue
  /// itself knows of that. Semaphores are zero.
  void startRun(bool isOpening, std::span<const uint32_t> left);

  /// The scalar unit handed `entry` to `queue` (0: keeps it itself).
  void dispatch(uint32_t core, uint8_t queue, Entry &entry);
  /// `queue` comes to `entry`.
  void begin(uint32_t core, uint8_t queue, const Entry &entry);
  /// What `queue` knows now, for a post; what it does later is not in it.
  std::shared_ptr<const VectorClock> release(uint32_t core, uint8_t queue);
  void deliver(const Post &post);
  /// `queue` takes n tokens of a semaphore of its core.
  void acquire(uint32_t core, uint8_t queue, uint8_t sem, uint16_t n);

  /// Checks and records what an instruction touches; `begin` was called.
  Fault check(const Entry &entry);
  Fault scalarAccess(uint32_t core, uint64_t pc, uint64_t offset,
                     unsigned bytes, bool write) override;

private:
  struct Tokens {
    uint64_t n;
    std::shared_ptr<const VectorClock> clock;
  };
  /// A tensor's bytes: runs relative to `start` of a shadow.
  struct Located {
    Shadow *shadow = nullptr;
    int64_t start = 0;
  };

  static size_t component(uint32_t core, uint8_t queue) {
    return size_t(core) * kMaxQueues + queue;
  }
  Epoch epochOf(uint32_t core, uint8_t queue, uint64_t pc) const;
  Located locate(uint32_t core, const Descriptor &d);
  Fault checkOverlaps(uint32_t core);
  Fault checkResident(uint32_t core, uint64_t begin, uint64_t end) const;
  Fault overlap(const Operand &a, const Operand &b, uint32_t core);
  Fault checkOperand(const Entry &entry, const Operand &operand);
  Fault report(const ShadowConflict &conflict, bool iWrite,
               const std::string &where);
  std::string whereIs(uint32_t core, uint64_t address, uint64_t begin,
                      uint64_t end) const;

  const Machine &machine;
  const Program &program;
  const Memory &memory;
  std::vector<VectorClock> clocks;                     // by component
  std::vector<std::vector<std::deque<Tokens>>> tokens; // [core][sem]
  std::vector<Shadow> sram, acc;                       // by core
  std::vector<Shadow> regions;                         // by Region
  std::map<uint64_t, uint64_t> residents; // begins and ends in scratchpads
  bool mayWriteResidents = false;

  // Scratch, kept for its storage.
  std::vector<Operand> operands;
  std::vector<ByteRun> runs, otherRuns;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_SANITIZER_H
