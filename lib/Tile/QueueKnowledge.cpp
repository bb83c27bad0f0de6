//===- QueueKnowledge.cpp - What queues know of each other ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QueueKnowledge.h"

using namespace mlir;
using namespace ashlar;

static void join(Knowledge &into, const Knowledge &other) {
  for (unsigned queue = 0; queue < numQueues; ++queue)
    into[queue] = std::max(into[queue], other[queue]);
}

SmallVector<unsigned, numQueues> ashlar::getMembers(uint8_t set) {
  SmallVector<unsigned, numQueues> members;
  for (unsigned queue = 0; queue < numQueues; ++queue)
    if (set >> queue & 1)
      members.push_back(queue);
  return members;
}

QueueWalk::QueueWalk() {
  for (Knowledge &knowledge : known)
    knowledge.fill(-1);
}

SmallVector<npu::Queue> QueueWalk::getMissing(const Knowledge &latest,
                                              npu::Queue to) const {
  const Knowledge &mine = of(to);
  SmallVector<std::tuple<int64_t, int64_t, unsigned>> missing;
  for (unsigned queue = 0; queue < numQueues; ++queue) {
    if (latest[queue] <= mine[queue])
      continue;
    const Knowledge &theirs = snapshots[latest[queue]][queue];
    int64_t others = 0;
    for (unsigned other = 0; other < numQueues; ++other)
      others += latest[other] > mine[other] && theirs[other] >= latest[other];
    missing.push_back({-latest[queue], -others, queue});
  }
  llvm::sort(missing);
  SmallVector<npu::Queue> queues;
  for (auto [position, others, queue] : missing)
    queues.push_back(static_cast<npu::Queue>(queue));
  return queues;
}

void QueueWalk::learn(npu::Queue to, npu::Queue from, int64_t position) {
  Knowledge learned = snapshots[position][index(from)];
  learned[index(from)] = std::max(learned[index(from)], position);
  join(known[index(to)], learned);
  // The scalar unit hands out everything else: what it waited for is done for
  // all that follows.
  if (to == npu::Queue::Scalar)
    for (Knowledge &knowledge : known)
      join(knowledge, learned);
}

void QueueWalk::enter(const LoopOrder &order, npu::Queue to, int64_t position) {
  for (unsigned from : getMembers(order.entry[index(to)])) {
    Knowledge learned = known[from];
    learned[from] = std::max(learned[from], position - 1);
    join(known[index(to)], learned);
  }
}

void QueueWalk::pass(int64_t position, const LoopOrder *order,
                     ArrayRef<QueuePair> drained) {
  if (order) {
    std::array<Knowledge, numQueues> before = known;
    for (unsigned to = 0; to < numQueues; ++to)
      for (unsigned from : getMembers(order->exit[to])) {
        Knowledge learned = before[from];
        learned[from] = position;
        join(known[to], learned);
      }
  }
  for (const QueuePair &pair : drained)
    known[index(pair.to)][index(pair.from)] = position;
  snapshots.push_back(known);
}
