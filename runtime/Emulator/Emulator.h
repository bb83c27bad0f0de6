//===- Emulator.h - Executes programs instruction by instruction ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The device that the runtime drives. Knows nothing of images: it takes the
// text of each core, host memory for the dram regions, and start addresses, and
// gives back a trap or statistics. One object is one session's device:
// scratchpads keep their contents between runs. Not thread-safe; objects are
// independent.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_EMULATOR_H
#define ASHLAR_RUNTIME_EMULATOR_EMULATOR_H

#include "Emulator/Fault.h"
#include "Emulator/Memory.h"
#include "Emulator/Program.h"
#include "Emulator/Statistics.h"
#include "Timing/Machine.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ashlar::runtime {

struct EmulatorOptions {
  /// Event-driven timing; else only results and counts.
  bool timed = false;
  /// Uninitialised reads, races between engines, overlapping operands.
  bool sanitize = false;
  /// Keep one event per instruction and engine for `RunResult::trace` (timed).
  bool trace = false;
  /// Words that the scalar units of all cores may issue in one run, plus a
  /// charge for what the work of engines costs the host (HostCost.h), so that
  /// any program ends; exceeding it is the trap `step budget`.
  uint64_t stepBudget = uint64_t(1) << 33;
  /// Host threads that large instructions may use; 0: what ASHLAR_THREADS says,
  /// else one per processor. Results do not depend on it.
  unsigned threads = 0;
};

/// A trap, complete with where it happened.
struct Trap {
  TrapKind kind = TrapKind::None;
  uint32_t core = 0;
  std::string engine; // "scalar", "mxu", ..; empty for deadlock
  uint64_t pc = 0;    // word index in the core's text
  std::string disassembly;
  std::string node; // source node, may be empty
  std::string op;   // its operator
  std::string detail;
  uint32_t userCode = 0; // of a user trap

  /// All of it as text for a person; more than one line for deadlocks and
  /// races.
  std::string message() const;
};

/// One instruction on one engine, for traces.
struct TraceEvent {
  uint64_t start = 0, end = 0; // cycles
  uint64_t pc = 0;
  uint32_t core = 0;
  uint8_t queue = 0; // isa::Queue
  uint8_t kind = 0;  // 0 instruction, 1 wait on a semaphore
};

struct RunRequest {
  /// Number of the entry point, for `rdsys`.
  uint32_t entry = 0;
  /// First word of each core; missing ones are 0.
  std::vector<uint64_t> coreStart;
  /// Run-time dimensions for r8..r15, at most eight.
  std::vector<int64_t> dims;
  /// The session opens: what is resident may be written.
  bool opening = false;
  /// Another request for the same entry point is queued, whose inputs lie in
  /// NextIo (r5): the run may leave copies to the next one (`leave`). They have
  /// taken effect; what they take of the next run's time is in that one's
  /// statistics. The run before was told of this one in that manner (r6).
  bool hasNext = false, arrived = false;
};

struct RunResult {
  Trap trap;             // kind None: the program ran to its end
  Statistics statistics; // also after a trap, up to there
  std::vector<TraceEvent> trace;
  bool traceTruncated = false; // too many events, the later ones are missing

  bool ok() const { return trap.kind == TrapKind::None; }
};

class Emulator {
public:
  /// `program` is shared between the sessions of an image. The machine must be
  /// sane (as lib/Machine's parser checks); text for cores that the machine
  /// does not have is ignored.
  Emulator(const Machine &machine, std::shared_ptr<const Program> program,
           const EmulatorOptions &options = {});
  ~Emulator();
  Emulator(const Emulator &) = delete;
  Emulator &operator=(const Emulator &) = delete;

  /// Host memory of a region, kept until rebound; the caller owns it. Weights
  /// are read only. Unbound regions are empty. The addresses that programs see
  /// are `regionBase`; they are put into r1..r4 at each run.
  void bindRegion(Region region, void *data, uint64_t bytes);

  /// For the sanitiser: bytes [offset, offset + bytes) of a region hold (or no
  /// longer hold) meaningful data. After `bindRegion`, IO, weights and state
  /// count as initialised and the arena does not.
  void markInitialized(Region region, uint64_t offset, uint64_t bytes,
                       bool initialized = true);

  /// For the sanitiser: only openings write bytes [offset, offset + bytes) of
  /// the scratchpads. Ranges are disjoint.
  void markResident(uint64_t offset, uint64_t bytes);

  /// Runs an entry point on all cores to the end or to the first trap.
  /// Registers, descriptors and semaphores start at zero, scratchpads as the
  /// last run left them.
  RunResult run(const RunRequest &request);

  const Memory &memory() const;
  Memory &memory();
  /// Register of a core as the last run left it, for tests.
  uint64_t scalarRegister(uint32_t core, unsigned number) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// The trace as Chrome's JSON, one process per core and one track per engine;
/// opens in Perfetto. A microsecond stands for a microsecond of the machine.
std::string traceToJson(const Machine &machine, const Program &program,
                        std::span<const TraceEvent> events, bool truncated);

/// A table per operator, most expensive first, as `ashlar run --profile`
/// prints.
std::string profileTable(const Machine &machine, const Statistics &statistics);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_EMULATOR_H
