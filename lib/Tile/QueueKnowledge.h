//===- QueueKnowledge.h - What queues know of each other ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `known[f][e]` is the last item of a block whose work on queue e is known to
// be complete when queue f goes on. A wait of f for e's item i makes i known,
// and everything that e knew when it did item i.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_QUEUEKNOWLEDGE_H
#define ASHLAR_LIB_TILE_QUEUEKNOWLEDGE_H

#include "SyncBuilder.h"

#include <array>

namespace ashlar {

inline constexpr unsigned numQueues = 8;

inline unsigned index(npu::Queue queue) { return static_cast<unsigned>(queue); }

/// What a queue knows of each other queue: the position of the last item done.
using Knowledge = std::array<int64_t, numQueues>;

/// Order that a loop's own edges make, in every execution of it: what holds
/// before its first turn holds for the work in it, and what its last turn has
/// waited for is known behind it. Sets of queues, by queue, a bit for each.
struct LoopOrder {
  /// A queue begins its work in the loop behind some work that these do there,
  /// and so behind everything that they did before the loop.
  std::array<uint8_t, numQueues> entry{};
  /// When a queue has left the loop, these have as well.
  std::array<uint8_t, numQueues> exit{};
};

/// The state of a walk over a block's items, twice for loops.
class QueueWalk {
public:
  QueueWalk();

  const Knowledge &of(npu::Queue queue) const { return known[index(queue)]; }
  /// Queues that `to` knows less of than `latest`: the latest first, and those
  /// first that know of the most others.
  llvm::SmallVector<npu::Queue> getMissing(const Knowledge &latest,
                                           npu::Queue to) const;

  /// `to` waits for what `from` did at item `position`.
  void learn(npu::Queue to, npu::Queue from, int64_t position);
  /// `to` begins its work in the loop at `position`, after all queues that
  /// begin theirs before it in program order.
  void enter(const LoopOrder &order, npu::Queue to, int64_t position);
  /// The item at `position` is behind us, `order` if it is a loop; `drained`
  /// are the pairs whose tokens it took back at its end.
  void pass(int64_t position, const LoopOrder *order,
            llvm::ArrayRef<QueuePair> drained);

private:
  std::array<Knowledge, numQueues> known;
  std::vector<std::array<Knowledge, numQueues>> snapshots;
};

/// The queues of `set`.
llvm::SmallVector<unsigned, numQueues> getMembers(uint8_t set);

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_QUEUEKNOWLEDGE_H
