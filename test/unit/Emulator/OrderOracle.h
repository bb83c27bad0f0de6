//===- OrderOracle.h - Is a program ordered? by brute force -----*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the sanitiser says, found another way: no vector clocks and no shadow
// memory, but the whole graph of what must come before what, and every pair of
// accesses that conflict. Executes no instruction, so the text may not depend
// on data (loads by the scalar unit are refused).
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_EMULATOR_ORDERORACLE_H
#define ASHLAR_TEST_UNIT_EMULATOR_ORDERORACLE_H

#include "Emulator/Chip.h"
#include "Emulator/Footprint.h"

#include <deque>
#include <map>
#include <string>

namespace ashlar::runtime::test {

struct OrderVerdict {
  std::string error; // the program cannot be judged; why
  bool ordered = true;
  std::string unordered;  // the first pair that nothing orders
  uint64_t entries = 0;   // of all queues
  uint64_t conflicts = 0; // pairs that were looked at
};

class OrderOracle : public ScalarObserver {
public:
  OrderOracle(const Machine &machine, std::shared_ptr<const Program> program);

  OrderVerdict judge(const RunRequest &request);

  Fault scalarAccess(uint32_t core, uint64_t pc, uint64_t offset,
                     unsigned bytes, bool write) override;

private:
  static constexpr int kNone = -1;

  /// A queue entry as it was dispatched. Numbers of nodes are places in the
  /// order in which `simulate` lets them happen.
  struct Dispatched {
    Entry entry;
    uint8_t queue = 0;
    int scalarWait = kNone; // last wait of the scalar unit before it (index)
    int place = kNone;      // in the order; none before `simulate`
  };
  struct Tokens {
    uint64_t n;
    int giver; // place
  };
  /// Bytes with one writer and the last reader of each queue since then.
  struct Segment {
    uint64_t end = 0;
    int writer = kNone;
    std::map<unsigned, int> readers; // by component
  };
  using Segments = std::map<uint64_t, Segment>; // by first byte

  bool record(CoreState &core);
  bool simulate();
  bool tryEntry(uint32_t core, Dispatched &node);
  void place(uint32_t core, Dispatched &node, const std::vector<int> &before);
  bool isBefore(int first, int second) const;
  void touch(uint32_t core, const Dispatched &node, const Operand &operand);
  void touchRun(Segments &segments, uint64_t begin, uint64_t end,
                const Dispatched &node, unsigned component, bool writes);
  void split(Segments &segments, uint64_t at);
  void compare(int earlier, const Dispatched &node);

  const Machine &machine;
  Chip chip;
  std::vector<std::vector<Dispatched>> nodes;          // [core], as dispatched
  std::vector<std::vector<std::vector<int>>> queues;   // [core][queue]: indices
  std::vector<std::vector<size_t>> heads;              // [core][queue]
  std::vector<std::vector<std::deque<Tokens>>> tokens; // [core][sem]
  std::vector<std::vector<int>> lastOf;                // [core][queue]: place
  std::vector<std::vector<uint64_t>> ancestors;        // [place]: bits
  std::vector<uint64_t> wordOf;                        // [place]: pc
  std::map<uint64_t, Segments> memory; // by space, core or region
  OrderVerdict verdict;
};

} // namespace ashlar::runtime::test

#endif // ASHLAR_TEST_UNIT_EMULATOR_ORDERORACLE_H
