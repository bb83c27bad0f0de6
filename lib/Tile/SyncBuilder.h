//===- SyncBuilder.h - Edges between queues, and their semaphores --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Collects the tokens that a function needs and gives them semaphores. Tokens
// of one ordered pair of queues are given and taken in order, so edges of one
// block share a semaphore; what is in force at the same time does not.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_SYNCBUILDER_H
#define ASHLAR_LIB_TILE_SYNCBUILDER_H

#include "dialects/npu/NPU.h"
#include <map>
#include <vector>

namespace ashlar {

/// An ordered pair: work of `from` comes before work of `to`.
struct QueuePair {
  npu::Queue from, to;
  auto operator<=>(const QueuePair &other) const = default;
};

/// `from` signals after `after`, `to` waits before `before`.
struct SyncEdge {
  QueuePair queues;
  mlir::Operation *after, *before;
};

class SyncBuilder {
public:
  /// Semaphore numbers that are in use for a pair during some part of the walk
  /// form a stack: `acquire` pushes, `release` pops.
  int64_t acquire(QueuePair pair);
  void release(QueuePair pair);
  /// A number that is never used again.
  int64_t acquireForGood() { return next++; }
  /// Semaphores used so far.
  int64_t size() const { return next; }

  /// A token from one item to a later one of the same block.
  void addForward(const SyncEdge &edge, int64_t semaphore);
  /// `slots` tokens that circulate around `scope`, taken back behind it if
  /// `drain`.
  void addCarried(const SyncEdge &edge, mlir::Operation *scope, int64_t slots,
                  bool drain, int64_t semaphore);

  /// Writes everything that was added. Order at one place: what is taken back
  /// after a loop, signals, then tokens for a loop, then waits.
  void insert();

private:
  struct Token {
    npu::Queue queue;
    int64_t semaphore, count;
    bool operator==(const Token &other) const = default;
  };
  void create(mlir::OpBuilder &b, mlir::Location loc, const Token &token,
              bool wait);

  std::map<QueuePair, std::vector<int64_t>> pools;
  std::map<QueuePair, size_t> active;
  int64_t next = 0;
  // In order of insertion, so that the output is the same on every run.
  llvm::MapVector<mlir::Operation *, std::vector<Token>> drainsAfter,
      signalsAfter, tokensBefore, waitsBefore;
};

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_SYNCBUILDER_H
