//===- Session.h - One user of an image -------------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C++ side of the C interface, used by the tools as well. A session owns an
// emulator, the arena, the state buffers and copies of the input and output
// region: two, so that one request can be prepared while another runs, or three
// if another one waits behind that.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_API_SESSION_H
#define ASHLAR_RUNTIME_API_SESSION_H

#include "Emulator/Emulator.h"
#include "HostBuffer.h"
#include "Image/Image.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ashlar::runtime {

/// Outcomes, with the numbers of ashlar_status.
enum class Status {
  Ok = 0,
  InvalidArgument = 1,
  NotFound = 2,
  BadImage = 3,
  Incompatible = 4,
  OutOfMemory = 5,
  Trap = 6,
  Expired = 7,
  Internal = 8,
};

/// An outcome and its message.
struct [[nodiscard]] Outcome {
  Status status = Status::Ok;
  std::string message;
  TrapKind trap = TrapKind::None; ///< of status Trap
  bool ok() const { return status == Status::Ok; }
};

struct SessionOptions {
  std::string entry; // empty: the first
  bool timed = false;
  bool sanitize = false;
  bool trace = false;      // keep events for traceJson; needs timed
  std::string tracePath;   // written after each run; implies trace
  uint64_t stepBudget = 0; // 0: the emulator's default
  unsigned threads = 0;    // of the host; 0: the emulator's default
  /// A queued request starts when the next one is queued, or somebody waits for
  /// it: its run can always fetch what the next one needs. Up to two requests
  /// are in flight while another one is prepared.
  bool stream = false;
  /// Other speeds; the functional fingerprint must be the image's.
  std::optional<Machine> machine;
};

/// Why an image does not run on `other`: the functional fields that differ.
std::string describeDifference(const Machine &compiledFor,
                               const Machine &other);

/// Requests that have been submitted, run and found in order.
struct QueueStatistics {
  uint64_t requests = 0;
  uint64_t arrived = 0; ///< whose inputs the run before had fetched
  uint64_t cycles = 0;  ///< of all of them; 0 if not timed
  /// Those that others ran before and behind: what a request takes in the
  /// middle of a long queue.
  uint64_t steady = 0, steadyCycles = 0;

  double cyclesPerRequest() const {
    uint64_t count = steady ? steady : requests;
    return count ? double(steady ? steadyCycles : cycles) / double(count) : 0;
  }
};

/// All functions may be called from any thread; they are serialised. Pointers
/// to tensors are the caller's to use as stated.
class Session {
public:
  static std::unique_ptr<Session> create(std::shared_ptr<const Image> image,
                                         const SessionOptions &options,
                                         Outcome &outcome);
  ~Session();

  const Image &image() const { return *source; }
  const EntryPoint &entry() const { return entryPoint; }
  const Machine &machine() const { return target; }

  /// Where the request that is being prepared has its input, or the session its
  /// state; null if there is no such tensor.
  uint8_t *inputData(std::string_view name, const TensorInfo **info = nullptr);
  /// Where the last finished request has its output, or the session its state.
  const uint8_t *outputData(std::string_view name,
                            const TensorInfo **info = nullptr);

  Outcome setDim(std::string_view name, int64_t size);
  /// A shape with its run-time dimensions as set.
  std::vector<int64_t> actualShape(const TensorInfo &tensor) const;
  void resetState();

  /// Runs the prepared request on the calling thread, after all queued ones.
  Outcome run();
  /// Queues the prepared request; waits while as many others are in flight as
  /// there are copies of the region besides that of the next one.
  Outcome submit(uint64_t &ticket);
  /// Waits for a request and makes it the last finished one.
  Outcome wait(uint64_t ticket);

  /// Of the run that loaded what stays in the scratchpads, when the session
  /// opened; not timed if there was nothing to load.
  const Statistics &openingStatistics() const { return openingRun.statistics; }

  /// Of the requests that have been submitted and have ended.
  QueueStatistics queueStatistics() const;

  /// Result of the last finished request; not while a later one is submitted.
  const RunResult &result() const { return slots[finished].result; }
  /// Its statistics, and multiply-accumulates of the source graph over cycles
  /// times peak. Expired while a later request runs in its place.
  Outcome copyStatistics(Statistics &statistics, double &utilization) const;
  /// The same as the JSON that `ashlar run --stats` writes.
  Outcome statisticsJson(std::string &json) const;

private:
  /// One copy of the input and output region and the request that uses it.
  struct Slot {
    HostBuffer io;
    uint64_t ticket = 0; // 0: none yet
    bool pending = false;
    std::vector<int64_t> dims;
    RunResult result;
    Outcome outcome;
  };

  Session(std::shared_ptr<const Image> image, const SessionOptions &options,
          const EntryPoint &entry, uint32_t entryIndex);
  Outcome allocate();
  Outcome open();
  void execute(Slot &slot, const Slot *next);
  Outcome writeTrace(const Slot &slot) const;
  void bindIo(Region region, const Slot &slot);
  void count(const Slot &slot, bool isAnnounced, bool hasNext);
  void demand(uint64_t ticket);
  bool isAnyPending() const;
  Slot *firstPending();
  void work();
  const uint8_t *locate(const TensorInfo &tensor, const Slot &slot) const;
  const TensorInfo *find(std::string_view name, bool output) const;
  std::vector<int64_t> shapeWith(const TensorInfo &tensor,
                                 const std::vector<int64_t> &values) const;

  std::shared_ptr<const Image> source;
  SessionOptions options;
  const EntryPoint &entryPoint;
  uint32_t entryIndex;
  Machine target;
  std::shared_ptr<const Program> program;
  std::unique_ptr<Emulator> emulator;
  HostBuffer arena, state;
  RunResult openingRun;
  bool isOpen = false; // what is resident has been loaded
  std::vector<Slot> slots;
  unsigned preparing = 0; // slot that takes inputs
  unsigned finished = 0;  // slot whose outputs are current
  std::vector<int64_t> dims;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::thread worker; // started by the first submit
  bool stopping = false;
  uint64_t nextTicket = 1;
  uint64_t demanded = 0; // requests up to this one have to start
  QueueStatistics queue;
  uint64_t announced = 0; // the request that the last run knew of; 0: none
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_API_SESSION_H
