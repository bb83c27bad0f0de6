//===- StepBudgetTest.cpp - What instructions take of the step budget -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BudgetPrograms.h"

#include <map>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

std::unique_ptr<Emulator> emulatorFor(const BudgetCase &work,
                                      EmulatorOptions options = {}) {
  static std::vector<uint8_t> arena(256 << 20);
  auto program = std::make_shared<Program>();
  std::vector<Diagnostic> diagnostics;
  program->text = {assembleText(budgetText(work), diagnostics).words};
  for (const Diagnostic &d : diagnostics)
    ADD_FAILURE() << work.name << ": " << d.message;
  auto emulator = std::make_unique<Emulator>(budgetMachine(), program, options);
  emulator->bindRegion(Region::Arena, arena.data(), arena.size());
  return emulator;
}

/// Steps of one round.
double stepsOf(const BudgetCase &work) {
  auto emulator = emulatorFor(work);
  RunRequest once, twice;
  once.dims = {1}, twice.dims = {2};
  RunResult first = emulator->run(once), second = emulator->run(twice);
  EXPECT_TRUE(first.ok()) << work.name << ": " << first.trap.message();
  return double(second.statistics.steps) - double(first.statistics.steps);
}

/// Nanoseconds of one round, from `bench-emulator --budget` on the host that
/// docs/emulator.md names, where a spin loop takes 4 a step.
const std::map<std::string, double> &measured() {
  static const std::map<std::string, double> table = {
#include "BudgetMeasured.inc"
  };
  return table;
}

TEST(StepBudget, noKindOfWorkIsCheap) {
  for (const BudgetCase &work : budgetCases()) {
    auto at = measured().find(work.name);
    ASSERT_NE(at, measured().end()) << work.name << " has not been measured";
    // Three times as long as a spin loop.
    EXPECT_LE(at->second, 12 * stepsOf(work)) << work.name;
  }
}

/// Whether one round ends within a budget.
bool fits(const BudgetCase &work, uint64_t budget) {
  EmulatorOptions options;
  options.stepBudget = budget;
  RunRequest once;
  once.dims = {1};
  Trap trap = emulatorFor(work, options)->run(once).trap;
  EXPECT_TRUE(trap.kind == TrapKind::None || trap.kind == TrapKind::StepBudget)
      << trap.message();
  return trap.kind == TrapKind::None;
}

TEST(StepBudget, isChargedBeforeTheWork) {
  // A window of 2^60 elements, a table and a sort that no host ends.
  BudgetTensor endless{"i8", {1, 1, 1, 1, 1 << 30, 1 << 30}, {}, 0},
      one{"i32", {1, 1, 1, 1, 1, 1}, {}, 64};
  EXPECT_FALSE(fits({"window", tensors({endless, one}),
                     vrun("v.win.sum v0, d0, d0\n"
                          "v.out.i32 d1, v0, store, 0, set\n")},
                    1 << 30));
  BudgetTensor rows{"i8", {1, 1, 1, 1 << 30, 1 << 30, 1}, {}, 0};
  EXPECT_FALSE(
      fits({"sort", tensors({rows, rows}), "vsort d0, d1, d0, d1, ascending"},
           1 << 30));
  EXPECT_FALSE(fits({"copy", tensors({endless, endless}),
                     "copy dma0, d0, d1 {\nc.window 0, r0, r0\n}"},
                    1 << 30));
}

TEST(StepBudget, growsWithTheWork) {
  BudgetTensor column{"f32", {1, 1, 1, 1, 1, 64}, {0, 0, 0, 0, 0, 1}, 0};
  BudgetCase work{"sines", "",
                  vrun("v.in v0, d0\nv.sin.f32 v1, v0\n"
                       "v.out.f32 d0, v1, store, 0, set\n")};
  auto stepsFor = [&](int64_t points) {
    column.size[5] = points;
    work.setup = tensors({column});
    return stepsOf(work);
  };
  // A sine takes 480 sixty-fourths of a step.
  double before = stepsFor(512);
  EXPECT_GE(stepsFor(32768) - before, (32768 - 512) * 480 / 64);
}

} // namespace
