//===- SyncBuilder.cpp - Edges between queues, and their semaphores ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SyncBuilder.h"

using namespace mlir;
using namespace ashlar;

int64_t SyncBuilder::acquire(QueuePair pair) {
  std::vector<int64_t> &pool = pools[pair];
  size_t &used = active[pair];
  if (used == pool.size())
    pool.push_back(next++);
  return pool[used++];
}

void SyncBuilder::release(QueuePair pair) { --active[pair]; }

void SyncBuilder::addForward(const SyncEdge &edge, int64_t semaphore) {
  signalsAfter[edge.after].push_back({edge.queues.from, semaphore, 1});
  waitsBefore[edge.before].push_back({edge.queues.to, semaphore, 1});
}

void SyncBuilder::addCarried(const SyncEdge &edge, Operation *scope,
                             int64_t slots, bool drain, int64_t semaphore) {
  // The waiting queue itself gives the first tokens: they come behind whatever
  // it took from this semaphore before.
  tokensBefore[scope].push_back({edge.queues.to, semaphore, slots});
  if (drain)
    drainsAfter[scope].push_back({edge.queues.to, semaphore, slots});
  addForward(edge, semaphore);
}

void SyncBuilder::create(OpBuilder &b, Location loc, const Token &token,
                         bool wait) {
  if (wait)
    npu::WaitOp::create(b, loc, token.queue, token.semaphore, token.count);
  else
    npu::SignalOp::create(b, loc, token.queue, token.semaphore, token.count);
}

void SyncBuilder::insert() {
  // Behind an operation the later insertion ends up closer to it.
  for (auto &[op, tokens] : signalsAfter) {
    OpBuilder b(op->getContext());
    b.setInsertionPointAfter(op);
    for (const Token &token : tokens)
      create(b, op->getLoc(), token, /*wait=*/false);
  }
  for (auto &[op, tokens] : drainsAfter) {
    OpBuilder b(op->getContext());
    b.setInsertionPointAfter(op);
    for (const Token &token : tokens)
      create(b, op->getLoc(), token, /*wait=*/true);
  }
  for (auto &[op, tokens] : tokensBefore) {
    OpBuilder b(op);
    for (const Token &token : tokens)
      create(b, op->getLoc(), token, /*wait=*/false);
  }
  for (auto &[op, tokens] : waitsBefore) {
    OpBuilder b(op);
    for (const Token &token : tokens)
      create(b, op->getLoc(), token, /*wait=*/true);
  }
}
