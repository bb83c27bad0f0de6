//===- TimedRun.h - Runs programs in simulated time -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Event-driven: nothing happens between the moments at which a scalar unit
// meets a queue or semaphore, an engine's instruction becomes ready or
// completes, a copy makes room for the next one, or a signal arrives. Between
// them, every running instruction progresses at a constant speed
// (TimedShares.cpp). Instructions take effect on memory when they start; who is
// properly synchronised cannot tell.
//
// Time is in whole cycles; an instruction completes at the end of its last one.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_TIMEDRUN_H
#define ASHLAR_RUNTIME_EMULATOR_TIMEDRUN_H

#include "Emulator/Chip.h"
#include "Emulator/TimedScalar.h"
#include "Emulator/TimedShares.h"

#include <deque>
#include <memory>
#include <queue>
#include <vector>

namespace ashlar::runtime {

inline constexpr uint64_t kNever = ~uint64_t(0);

/// An engine with its queue's entries that it has taken.
struct TimedEngine {
  uint32_t core = 0;
  uint8_t queue = 0;
  /// In order; the first one works, or waits to be ready. Only copy engines
  /// have more than one: their latencies overlap.
  std::deque<TimedJob> jobs;
  /// The next instruction, taken from the queue while the one before still
  /// works.
  bool hasStaged = false;
  Entry staged;
  uint64_t stagedAt = 0;
  /// Copies: when the start-up of the last one is over.
  uint64_t issueFreeAt = 0;
  /// Copies: when enough bytes have landed for the staged one to be issued.
  uint64_t roomAt = kNever;
  /// Matrix unit: how early the next first load may start, relative to `endAt`.
  uint64_t endAt = 0, hideCycles = 0;
  /// The queue's first entry is a wait that does not hold yet.
  bool waiting = false;
  uint64_t waitingSince = 0;

  // Where the cycles went, up to `accountedTo`.
  uint64_t accountedTo = 0;
  double busy = 0, idle = 0;
  std::array<double, kStallCauses> stall{};
};

class TimedRun {
public:
  /// `jobs`: copies of the run before that go on.
  explicit TimedRun(Chip &chip, std::vector<TimedJob> jobs = {});
  /// To the end or the first trap. `Chip::start` has been called.
  Trap run();
  /// Copies that go on in the next run; after `run`.
  std::vector<TimedJob> takeLeft() { return std::move(left); }

  /// What only timing knows; after `run`.
  void fillStatistics(Statistics &statistics) const;
  std::vector<TraceEvent> takeTrace(bool &truncated);

private:
  struct TimedPost {
    uint64_t time;
    uint64_t sequence; // ties in the order of posting
    Post post;
    uint8_t fromQueue;
    uint32_t fromCore;
    uint64_t fromPc;
    bool operator>(const TimedPost &other) const {
      return time != other.time ? time > other.time : sequence > other.sequence;
    }
  };

  // All functions that return bool return false when `trap` has been set.
  bool fail(uint32_t core, uint8_t queue, uint64_t pc, const Fault &fault);
  bool step(bool &done);
  void finish();

  // Copies that go on in the next run (TimedLeft.cpp).
  void takeOver(std::vector<TimedJob> jobs);
  bool mayEnd() const;
  bool leaveRest();
  bool leaveQueued(TimedEngine &engine);
  TimedJob makeJob(const TimedEngine &engine, const Entry &entry,
                   const Demand &demand);

  // Scalar units (TimedScalar.cpp has their inner loop).
  bool scalarEvent(uint32_t core);
  bool handleWord(uint32_t core);
  bool handleScalarEntry(uint32_t core, const DecodedWord &word);
  void wakeScalar(uint32_t core);

  // Their text (TimedText.cpp).
  void startFill(uint32_t core);
  void fillEvent(uint32_t core);
  void moveWindow(uint32_t core);

  // Engines.
  TimedEngine &engineOf(uint32_t core, uint8_t queue) {
    return engines[core * enginesPerCore + queue - 1];
  }
  bool engineEvent(TimedEngine &engine);
  bool pump(TimedEngine &engine);
  bool pumpWait(TimedEngine &engine, bool &blocked);
  void popEntry(TimedEngine &engine);
  bool canStart(TimedEngine &engine);
  bool startStaged(TimedEngine &engine);
  uint64_t readyTime(TimedEngine &engine, const Demand &demand) const;
  void beginWork(TimedEngine &engine);
  void complete(TimedEngine &engine);
  void updateNext(TimedEngine &engine);
  void reshare();
  bool deliverPosts();
  void schedule(const Post &post, uint32_t fromCore, uint8_t fromQueue,
                uint64_t fromPc);

  // Accounting.
  void account(TimedEngine &engine);
  void traceEvent(const TimedEngine &engine, uint64_t start, uint64_t end,
                  uint64_t pc, uint8_t kind);

  Chip &chip;
  const Machine &machine;
  const unsigned enginesPerCore;
  std::vector<TimedEngine> engines;
  std::vector<uint64_t> engineNext; // parallel to `engines`
  std::vector<TimedScalar> scalars;
  std::vector<uint64_t> scalarNext;
  std::vector<TimedJob> fills; // of instruction memories, by core
  std::vector<uint64_t> fillNext;
  std::priority_queue<TimedPost, std::vector<TimedPost>, std::greater<>>
      inFlight;
  uint64_t sequence = 0;
  uint64_t now = 0;
  uint64_t lastActivity = 0;
  TimedShares shares;
  bool sharesChanged = false;
  Trap trap;
  Entry scratch;
  std::vector<Post> posts;
  std::vector<TimedJob> left;
  std::vector<TraceEvent> trace;
  bool traceTruncated = false;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_TIMEDRUN_H
