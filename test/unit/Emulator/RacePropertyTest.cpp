//===- RacePropertyTest.cpp - Random programs, less one wait --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random operations on a few buffers, spread over queues and ordered by a
// semaphore for each dependence between two queues. Such a program gives the
// same memory in every mode, and the sanitiser finds nothing. Without one of
// the semaphores, it finds a race exactly if two conflicting operations are no
// longer ordered by what remains.
//
//===----------------------------------------------------------------------===//

#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <random>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

constexpr unsigned kSlots = 5, kLanes = 16;

struct Operation {
  unsigned queue; // 0 vec, 1 dma0, 2 dma1
  unsigned src, dst;
  int32_t addend; // vec only

  bool conflicts(const Operation &other) const {
    return dst == other.dst || dst == other.src || src == other.dst;
  }
};
const char *const queueNames[] = {"vec", "dma0", "dma1"};

struct Edge {
  size_t from, to;
};

struct RandomProgram {
  std::vector<Operation> operations;
  std::vector<Edge> edges;

  explicit RandomProgram(unsigned seed) {
    std::mt19937 random(seed);
    for (unsigned i = 0; i < 14; ++i) {
      Operation op;
      op.queue = random() % 3;
      op.src = random() % kSlots;
      op.dst = random() % kSlots;
      if (op.queue && op.dst == op.src)
        op.dst = (op.dst + 1) % kSlots;
      op.addend = int32_t(random() % 1000);
      for (size_t j = 0; j < operations.size(); ++j)
        if (operations[j].queue != op.queue && operations[j].conflicts(op))
          edges.push_back({j, i});
      operations.push_back(op);
    }
  }

  /// The program, without edge number `leftOut` if there is one.
  std::string text(size_t leftOut) const {
    std::string text = onChip;
    // d<slot>: a slot; d10 and d11: all of them, here and in io.
    for (unsigned slot = 0; slot < kSlots; ++slot)
      text += "dnew d" + std::to_string(slot) + ", i32, r20, " +
              std::to_string(slot * 256) + "\nddim d" + std::to_string(slot) +
              ", 5, 16, 1\n";
    text +=
        "dnew d10, i32, r20, 0\nddim d10, 4, 5, 64\nddim d10, 5, 16, 1\n"
        "dnew d11, i32, r1, 0\nddim d11, 4, 5, 16\nddim d11, 5, 16, 1\n"
        "copy dma0, d10, d11 {\n c.signal s255, 1\n}\nwait scalar, s255, 1\n";
    for (size_t i = 0; i < operations.size(); ++i) {
      const Operation &op = operations[i];
      std::string queue = queueNames[op.queue];
      for (size_t e = 0; e < edges.size(); ++e)
        if (e != leftOut && edges[e].to == i)
          text += "wait " + queue + ", s" + std::to_string(e) + ", 1\n";
      std::string dst = "d" + std::to_string(op.dst),
                  src = "d" + std::to_string(op.src);
      if (op.queue)
        text += "copy " + queue + ", " + dst + ", " + src + " {\n}\n";
      else
        text += "vrun {\n v.in v0, " + src + "\n v.const.i32 v1, " +
                std::to_string(op.addend) +
                "\n v.add.i32 v2, v0, v1\n v.out.i32 " + dst +
                ", v2, store, 0, set\n}\n";
      for (size_t e = 0; e < edges.size(); ++e)
        if (e != leftOut && edges[e].from == i)
          text += "signal " + queue + ", s" + std::to_string(e) + ", 1\n";
    }
    return text + "halt";
  }

  /// True if all conflicting operations are ordered without that edge.
  bool isOrdered(size_t leftOut) const {
    size_t n = operations.size();
    std::vector<std::vector<bool>> before(n, std::vector<bool>(n));
    // Operations are numbered in an order that all edges agree with.
    for (size_t to = 0; to < n; ++to) {
      auto add = [&](size_t from) {
        before[from][to] = true;
        for (size_t i = 0; i < from; ++i)
          if (before[i][from])
            before[i][to] = true;
      };
      for (size_t from = 0; from < to; ++from)
        if (operations[from].queue == operations[to].queue)
          add(from);
      for (size_t e = 0; e < edges.size(); ++e)
        if (e != leftOut && edges[e].to == to)
          add(edges[e].from);
    }
    for (size_t a = 0; a < n; ++a)
      for (size_t b = a + 1; b < n; ++b)
        if (operations[a].conflicts(operations[b]) && !before[a][b])
          return false;
    return true;
  }

  std::vector<int32_t> expected(const std::vector<int32_t> &start) const {
    std::vector<int32_t> slots = start;
    for (const Operation &op : operations)
      for (unsigned lane = 0; lane < kLanes; ++lane)
        slots[op.dst * kLanes + lane] =
            slots[op.src * kLanes + lane] + (op.queue ? 0 : op.addend);
    return slots;
  }
};

RunResult runOnce(const std::string &text, const std::vector<int32_t> &start,
                  EmulatorOptions options, std::vector<int32_t> &slots) {
  Session session({text}, options);
  std::memcpy(session.io.data(), start.data(), start.size() * 4);
  RunResult result = session.run();
  for (unsigned slot = 0; slot < kSlots; ++slot)
    for (unsigned lane = 0; lane < kLanes; ++lane)
      slots.push_back(session.sramAt<int32_t>(slot * 256 + lane * 4));
  return result;
}

TEST(RaceProperty, raceExactlyIfUnordered) {
  std::vector<int32_t> start;
  for (unsigned i = 0; i < kSlots * kLanes; ++i)
    start.push_back(int32_t(i * 1000));
  unsigned racy = 0, implied = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomProgram program(seed);
    ASSERT_LT(program.edges.size(), 255u);
    constexpr size_t none = ~size_t(0);
    for (bool timed : {false, true}) {
      for (bool sanitize : {false, true}) {
        EmulatorOptions options;
        options.timed = timed;
        options.sanitize = sanitize;
        std::vector<int32_t> slots;
        RunResult result = runOnce(program.text(none), start, options, slots);
        ASSERT_TRUE(result.ok()) << "seed " << seed << "\n"
                                 << result.trap.message();
        ASSERT_EQ(slots, program.expected(start)) << "seed " << seed;
      }
      for (size_t e = 0; e < program.edges.size(); ++e) {
        std::vector<int32_t> slots;
        RunResult result =
            runOnce(program.text(e), start, sanitizeOptions(timed), slots);
        bool ordered = program.isOrdered(e);
        ++(ordered ? implied : racy);
        EXPECT_EQ(result.trap.kind,
                  ordered ? TrapKind::None : TrapKind::DataRace)
            << "seed " << seed << " edge " << e << (timed ? " timed\n" : "\n")
            << result.trap.message();
        if (ordered) {
          EXPECT_EQ(slots, program.expected(start));
        }
      }
    }
  }
  EXPECT_GT(racy, 100u);
  EXPECT_GT(implied, 100u);
}

} // namespace
