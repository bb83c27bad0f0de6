//===- Chip.h - The state of all cores ------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What functional and timed mode share: registers, queues, semaphores, counts,
// and how one queue entry is captured and executed. Who runs when is theirs.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_CHIP_H
#define ASHLAR_RUNTIME_EMULATOR_CHIP_H

#include "Emulator/Demand.h"
#include "Emulator/Emulator.h"
#include "Emulator/HostThreads.h"
#include "Emulator/Queue.h"
#include "Emulator/ScalarContext.h"

#include <memory>
#include <vector>

namespace ashlar::runtime {

class Sanitizer;

/// What one word did over a run; scalar words are only counted.
struct WordStatistics {
  uint64_t macs = 0, dramReadBytes = 0, dramWriteBytes = 0;
  double busy = 0, stalled = 0;            // cycles of its engine (timed)
  double scalarStalled = 0;                // cycles of the scalar unit
  uint64_t first = ~uint64_t(0), last = 0; // cycles
};

/// n for a semaphore, on its way. The clock is the sanitiser's.
struct Post {
  uint32_t core = 0;
  uint16_t n = 0;
  uint8_t sem = 0;
  std::shared_ptr<const VectorClock> clock;
};

struct CoreState {
  CoreState(uint32_t number, const std::vector<uint64_t> &text,
            const Machine &machine);

  enum class Status : uint8_t { Running, WaitSemaphore, WaitQueue, Halted };

  uint32_t number;
  DecodedText text;
  ScalarContext scalar;
  Status status = Status::Running;
  uint8_t waitQueue = 0;          // of status WaitQueue
  std::vector<EntryQueue> queues; // by isa::Queue; [0] is unused
  std::vector<uint32_t> semaphores;
  std::vector<uint64_t> counts;     // executions of each word
  std::vector<WordStatistics> work; // of each head word

  bool queuesEmpty() const;
  /// Takes n from a semaphore if it has them.
  bool take(uint8_t sem, uint16_t n);
  /// Moves on from the word at pc, which had `payload` words behind it.
  void advance(unsigned payload);
};

/// Why `Chip::runScalar` came back.
enum class ScalarStop : uint8_t { Steps, Word, Halt, Fault };

class Chip {
public:
  Chip(const Machine &machine, std::shared_ptr<const Program> program,
       const EmulatorOptions &options);
  ~Chip();

  /// Everything as at the start of a run; memories stay.
  void start(const RunRequest &request);
  /// Keeps which queues the next run has to expect work of this one in.
  void end(bool trapped);
  /// Whether this run need not wait for a queue (`leave`).
  bool mayLeave(const CoreState &core, uint8_t queue) const {
    return hasNext && core.scalar.left >> queue & 1;
  }

  /// Runs words of the scalar unit until one is not its own or `maxSteps` are
  /// done. Functional; `steps` counts them.
  ScalarStop runScalar(CoreState &core, uint64_t maxSteps);

  /// Fills `entry` for the queued word at the core's pc (of kind Head, Wait,
  /// Signal or SignalR), and gives its queue. Faults on semaphores and cores
  /// that do not exist.
  Fault capture(CoreState &core, const DecodedWord &word, Entry &entry);
  static uint8_t queueOf(const CoreState &core, const DecodedWord &word);

  /// Executes an instruction entry: memory changes, `posts` gets what the
  /// instruction itself signals when it has completed.
  Fault execute(CoreState &core, Entry &entry, Demand &demand,
                std::vector<Post> &posts);
  /// The post of a signal entry, in the order of its queue.
  Post signalPost(CoreState &core, uint8_t queue, const Entry &entry);
  /// Adds a post to its semaphore. Faults on overflow.
  Fault deliver(const Post &post);
  /// If semaphore `sem` has n, takes them for `queue` and is true.
  bool tryWait(CoreState &core, uint8_t queue, const Entry &entry);

  bool stepsLeft() const { return steps < options.stepBudget; }
  Fault budgetFault() const;
  Trap makeTrap(const CoreState &core, uint8_t queue, uint64_t pc,
                const Fault &fault) const;
  /// Called when nothing can go on and not every core is done.
  Trap deadlock() const;
  bool allDone() const;

  /// Counts of the run so far, without what only timing knows.
  void fillStatistics(Statistics &statistics) const;

  const Machine machine;
  const std::shared_ptr<const Program> program;
  const EmulatorOptions options;
  Memory memory;
  std::vector<std::unique_ptr<CoreState>> cores;
  std::unique_ptr<Sanitizer> sanitizer; // null unless asked for
  uint64_t steps = 0;
  uint64_t linkBytes = 0;
  double matrixPeakCycles = 0; // cycles that all mm would take at their peaks
  std::vector<std::vector<uint64_t>> engineInstructions; // [core][queue]

  HostThreads threads;

private:
  bool hasNext = false;       // another request is queued behind this one
  std::vector<uint32_t> left; // by core: queues that the last run has left
  Fault executeChecked(CoreState &core, Entry &entry, Demand &demand);
  Fault postsOf(CoreState &core, const Entry &entry, std::vector<Post> &posts);
};

/// "scalar", "mxu", "out", "vec", "dma0"..
std::string queueName(uint8_t queue);
/// The instruction at a word, for messages; survives any word.
std::string disassembleAt(const Program &program, uint32_t core, uint64_t pc);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_CHIP_H
