//===- TimedShares.h - Who gets how much of what is shared ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// dram, core-to-core links and scratchpads serve all engines at once. Each
// gives equal shares; what one does not need, the others get. A job's speed is
// the smallest share of what it needs at full speed. dram and links are divided
// first; a copy that they slow down asks its scratchpads for less.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_TIMEDSHARES_H
#define ASHLAR_RUNTIME_EMULATOR_TIMEDSHARES_H

#include "Emulator/Chip.h"

#include <vector>

namespace ashlar::runtime {

/// An instruction in its engine.
struct TimedJob {
  uint32_t engine = 0; // index into TimedRun's engines
  uint64_t pc = 0;
  uint64_t startedAt = 0; // start-up and latency included
  uint64_t workingAt = 0;
  uint64_t readyAt = 0; // end of start-up and latency
  bool working = false;
  double work = 0;      // cycles at full speed
  double remaining = 0; // of `work`, at time `since`
  uint64_t since = 0;
  double speed = 0; // of `work` a cycle
  double newSpeed = 0;
  StallCause limit = StallCause::Latency; // why speed is below 1
  StallCause newLimit = StallCause::Latency;
  uint64_t completesAt = 0;
  double bytes = 0; // of a copy
  std::vector<Post> posts;

  /// What it needs of a shared resource in one cycle at full speed.
  struct Need {
    uint32_t resource;
    double perCycle;
  };
  std::vector<Need> needs;
  double speedCap = 1; // bytes in flight over latency

  double remainingAt(uint64_t time) const {
    return working ? remaining - speed * double(time - since) : remaining;
  }
};

class TimedShares {
public:
  explicit TimedShares(const Machine &machine);

  /// Fills `needs` and `speedCap` of a job.
  void setNeeds(TimedJob &job, const Demand &demand, uint32_t core) const;
  /// The same for a fill of instruction memory: it asks for all of dram.
  void setFillNeeds(TimedJob &job) const;
  /// Jobs that work take part from now on; `update` has to follow.
  void add(TimedJob *job);
  void remove(TimedJob *job);
  /// Sets `newSpeed` and `newLimit` of all that take part.
  void update();
  const std::vector<TimedJob *> &working() const { return jobs; }

private:
  uint32_t dram() const { return 0; }
  uint32_t linkOut(uint32_t core) const { return 1 + core; }
  uint32_t linkIn(uint32_t core) const { return 1 + cores + core; }
  uint32_t sram(uint32_t core) const { return 1 + 2 * cores + core; }
  void divide(uint32_t first, uint32_t last);
  void limitUsers(uint32_t resource);

  struct Use {
    TimedJob *job;
    double perCycle;
  };
  const Machine &machine;
  uint32_t cores;
  std::vector<double> capacity;        // by resource, a cycle; 0: unlimited
  std::vector<std::vector<Use>> users; // by resource
  std::vector<double> wanted;          // scratch
  std::vector<TimedJob *> jobs;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_TIMEDSHARES_H
