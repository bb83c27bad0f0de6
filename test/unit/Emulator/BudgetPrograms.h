//===- BudgetPrograms.h - What costs the host most for its steps ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instructions in the form in which the host has the most to do for what they
// ask: `bench-emulator --budget` measures them, StepBudgetTest checks their
// charges.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_EMULATOR_BUDGETPROGRAMS_H
#define ASHLAR_TEST_UNIT_EMULATOR_BUDGETPROGRAMS_H

#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <array>
#include <string>
#include <vector>

namespace ashlar::runtime::test {

/// A tensor of the scratchpad, for assembly.
struct BudgetTensor {
  std::string type;
  std::array<int64_t, 6> size{1, 1, 1, 1, 1, 1}, stride{};
  uint64_t at = 0;
  std::string base = "r20";
};

inline std::string descriptor(unsigned number, const BudgetTensor &t) {
  std::string d = "d" + std::to_string(number);
  std::string text = "dnew " + d + ", " + t.type + ", " + t.base + ", " +
                     std::to_string(t.at) + "\n";
  for (unsigned i = 0; i < 6; ++i)
    text += "li r60, " + std::to_string(t.size[i]) + "\nli r61, " +
            std::to_string(t.stride[i]) + "\ndsize " + d + ", " +
            std::to_string(i) + ", r60, 0\ndstride " + d + ", " +
            std::to_string(i) + ", r61, 0\n";
  return text;
}

/// Descriptors d0, d1, ...
inline std::string tensors(const std::vector<BudgetTensor> &list) {
  std::string text;
  for (unsigned i = 0; i < list.size(); ++i)
    text += descriptor(i, list[i]);
  return text;
}
inline std::string repeat(const std::string &word, unsigned times) {
  std::string text;
  for (unsigned i = 0; i < times; ++i)
    text += word;
  return text;
}
inline std::string vrun(const std::string &words) {
  return "vrun {\n" + words + "}";
}

/// One kind of work.
struct BudgetCase {
  std::string name;
  std::string setup;      // once
  std::string body;       // repeated
  double nanoseconds = 0; // of the host, for one round, when last measured
};

/// Runs as many rounds as the request's first dimension says, on a scratchpad
/// and accumulators that hold something.
inline std::string budgetText(const BudgetCase &c) {
  BudgetTensor sram{"i8", {1, 1, 1, 1, 1, 16 << 20}, {0, 0, 0, 0, 0, 1}, 0},
      acc{"i32", {1, 1, 1, 1, 1, 1 << 18}, {0, 0, 0, 0, 0, 1}, 0, "r21"};
  std::string text = onChip + descriptor(30, sram) + descriptor(31, acc) +
                     "copy dma0, d30, d30 {\nc.window 5, r0, r0\n}\n" +
                     vrun("v.const.i32 v0, 0\n"
                          "v.out.i32 d31, v0, store, 0, set\n") +
                     "\nsignal dma0, s9, 3\nsignal vec, s8, 1\n"
                     "wait vec, s9, 1\nwait mxu, s9, 1\nwait out, s9, 1\n"
                     "wait out, s8, 1\n";
  return text + c.setup + "loop r8, e\n" + c.body + "\ne: halt\n";
}

inline Machine budgetMachine() {
  Machine m = smallMachine();
  m.cores = 2;
  m.sramBytes = 16 << 20;
  m.accBytes = 1 << 20;
  m.mxuFloat8 = true;
  return m;
}

/// Vector programs and the smallest of everything; what moves elements, and
/// products.
void addBudgetPrograms(std::vector<BudgetCase> &cases);
void addBudgetMoves(std::vector<BudgetCase> &cases);

inline std::vector<BudgetCase> budgetCases() {
  std::vector<BudgetCase> cases;
  addBudgetPrograms(cases);
  addBudgetMoves(cases);
  return cases;
}

} // namespace ashlar::runtime::test

#endif // ASHLAR_TEST_UNIT_EMULATOR_BUDGETPROGRAMS_H
