//===- Statistics.h - What a run counted ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_STATISTICS_H
#define ASHLAR_RUNTIME_EMULATOR_STATISTICS_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ashlar::runtime {

/// Why an engine that has work does not do it.
enum class StallCause : uint8_t {
  Semaphore, // waits for a semaphore
  Sram,      // scratchpad lines taken by others
  Dram,      // dram taken by others, or slower than the engine
  Link,      // core-to-core link likewise
  Latency,   // start-up, pipe fill, memory latency, branches, long operations
  QueueFull, // scalar unit only
  Imem,      // scalar unit only: waits for text
};
inline constexpr unsigned kStallCauses = 7;
const char *stallCauseName(StallCause cause);

/// Where the cycles of one engine went. busy + all stalls + idle = the run's
/// cycles, exactly.
struct EngineCycles {
  uint64_t busy = 0;
  std::array<uint64_t, kStallCauses> stall{};
  uint64_t idle = 0;

  uint64_t stalled() const;
  uint64_t total() const { return busy + stalled() + idle; }
};

struct EngineStatistics {
  uint32_t core = 0;
  std::string name; // "scalar", "mxu", "out", "vec", "dma0"..
  uint64_t instructions = 0;
  EngineCycles cycles; // zero in functional mode
};

/// Instructions by class, all cores together.
struct InstructionCounts {
  uint64_t scalar = 0; // words issued that are no head, wait or signal
  uint64_t semaphore = 0;
  uint64_t matrix = 0;
  uint64_t output = 0;
  uint64_t vector = 0;
  uint64_t copy = 0;
  uint64_t total() const {
    return scalar + semaphore + matrix + output + vector + copy;
  }
};

/// The share of one node of the source graph; the last entry, with an empty
/// name, is everything that no debug range names.
struct OperatorStatistics {
  std::string name;
  std::string op;
  uint64_t sourceMacs = 0; // of the source graph
  uint64_t macs = 0;       // executed
  uint64_t dramReadBytes = 0;
  uint64_t dramWriteBytes = 0;
  uint64_t instructions = 0;
  /// Busy cycles of each kind of engine, summed over cores (timed mode).
  double scalarCycles = 0, matrixCycles = 0, outputCycles = 0, vectorCycles = 0,
         copyCycles = 0;
  /// Stalled cycles likewise: waiting for semaphores, latencies, others'
  /// traffic.
  double scalarStalls = 0, matrixStalls = 0, outputStalls = 0, vectorStalls = 0,
         copyStalls = 0;
  /// First cycle in which one of its instructions ran, and the last (timed).
  uint64_t firstCycle = 0, lastCycle = 0;
};

struct Statistics {
  bool timed = false;
  uint64_t cycles = 0; // timed mode only
  double timeUs = 0;   // cycles / clock
  uint64_t macs = 0;   // executed by mm, padding and recomputation included
  /// Executed 8-bit-equivalent work over cycles x peak: macs at slower types
  /// count at their rate. Utilisation in the sense of the source graph's MACs
  /// is the caller's: it knows the entry point.
  double matrixOccupancy = 0;
  uint64_t dramReadBytes = 0;  // whole bursts, text included
  uint64_t dramWriteBytes = 0; // whole bursts
  uint64_t linkBytes = 0;
  InstructionCounts instructions;
  std::vector<EngineStatistics> engines; // core by core
  std::vector<OperatorStatistics> operators;
  uint64_t steps = 0; // taken from the step budget
  double hostSeconds = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_STATISTICS_H
