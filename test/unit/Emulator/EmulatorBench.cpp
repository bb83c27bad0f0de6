//===- EmulatorBench.cpp - How fast the emulator is on this host ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints figures; judges nothing. Ratios are against a run of the same program
// in the same process. With --budget, --budget-timed or --budget-sanitised:
// what kinds of work cost the host for their steps of the budget.
//
//===----------------------------------------------------------------------===//

#include "Assembly/Assembler.h"
#include "BudgetPrograms.h"
#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

/// The best of five, in seconds of this process: other work on the host hardly
/// matters.
static double secondsOf(const std::string &text, EmulatorOptions options,
                        const Machine &machine, uint64_t &steps) {
  auto program = std::make_shared<Program>();
  std::vector<Diagnostic> diagnostics;
  program->text = {assembleText(text, diagnostics).words};
  for (const Diagnostic &d : diagnostics)
    std::fprintf(stderr, "%u: %s\n", d.line, d.message.c_str());
  std::vector<uint8_t> io(1 << 16, 1);
  Emulator emulator(machine, program, options);
  emulator.bindRegion(Region::Io, io.data(), io.size());
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    std::clock_t start = std::clock();
    RunResult result = emulator.run({});
    best = std::min(best, double(std::clock() - start) / CLOCKS_PER_SEC);
    if (!result.ok())
      std::fprintf(stderr, "%s\n", result.trap.message().c_str());
    steps = result.statistics.instructions.total();
  }
  return best;
}

static void report(const char *name, const std::string &text,
                   const Machine &machine) {
  uint64_t steps = 0;
  EmulatorOptions timed = timedOptions(), sanitized = sanitizeOptions();
  double plain = secondsOf(text, {}, machine, steps);
  double inTime = secondsOf(text, timed, machine, steps);
  double checked = secondsOf(text, sanitized, machine, steps);
  std::printf(
      "%-28s %9.3f ms  %7.1f M instructions/s  timed x%.2f  sanitised x%.2f\n",
      name, plain * 1e3, double(steps) / plain * 1e-6, inTime / plain,
      checked / plain);
}

/// Nanoseconds of this process and steps for so many rounds; the best of three.
static bool measure(const BudgetCase &work, int64_t rounds, Emulator &emulator,
                    double &nanoseconds, double &steps) {
  RunRequest request;
  request.dims = {rounds};
  nanoseconds = 1e18;
  for (int i = 0; i < 3; ++i) {
    timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    RunResult result = emulator.run(request);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    if (!result.ok()) {
      std::fprintf(stderr, "%s: %s\n", work.name.c_str(),
                   result.trap.message().c_str());
      return false;
    }
    nanoseconds =
        std::min(nanoseconds, 1e9 * double(end.tv_sec - start.tv_sec) +
                                  double(end.tv_nsec - start.tv_nsec));
    steps = double(result.statistics.steps);
  }
  return true;
}

static void reportBudget(const BudgetCase &work, EmulatorOptions options,
                         std::vector<uint8_t> &arena) {
  auto program = std::make_shared<Program>();
  std::vector<Diagnostic> diagnostics;
  program->text = {assembleText(budgetText(work), diagnostics).words};
  for (const Diagnostic &d : diagnostics)
    std::fprintf(stderr, "%s: %s\n", work.name.c_str(), d.message.c_str());
  Emulator emulator(budgetMachine(), program, options);
  emulator.bindRegion(Region::Arena, arena.data(), arena.size());
  double once, onceSteps, all, steps;
  if (!measure(work, 1, emulator, once, onceSteps))
    return;
  // As many rounds as take some milliseconds more than one.
  for (int64_t rounds = 2;; rounds *= 4) {
    if (!measure(work, rounds, emulator, all, steps))
      return;
    if (all - once < 4e6 && rounds < 1 << 20)
      continue;
    double each = (all - once) / double(rounds - 1),
           charge = (steps - onceSteps) / double(rounds - 1);
    std::printf("%-42s %12.0f ns %12.0f steps %8.2f ns a step\n",
                work.name.c_str(), each, charge, each / charge);
    return;
  }
}

int main(int argc, char **argv) {
  if (argc > 1 && !std::strncmp(argv[1], "--budget", 8)) {
    EmulatorOptions options;
    options.threads = 1;
    options.stepBudget = uint64_t(1) << 60;
    options.timed = !std::strcmp(argv[1], "--budget-timed");
    options.sanitize = !std::strcmp(argv[1], "--budget-sanitised");
    std::vector<uint8_t> arena(256 << 20, 1);
    for (const BudgetCase &work : budgetCases())
      reportBudget(work, options, arena);
    return 0;
  }
  report("scalar loop",
         "li r6, 2000000\nloop r6, e\naddi r5, r5, 1\nxor r7, r7, r5\nshli r8, "
         "r5, 3\n"
         "add r9, r8, r7\nslt r16, r9, r5\nsel r17, r16, r9, r8\ne: halt",
         smallMachine());
  report("scalar branches",
         "li r6, 2000000\na: addi r6, r6, -1\nandi r7, r6, 1\nbeq r7, r0, b\n"
         "addi r5, r5, 1\nb: bne r6, r0, a\nhalt",
         smallMachine());
  ProductProgram small;
  small.tiles = 15;
  std::string again = small.text();
  report("small tiles (16x32x64)", again, smallMachine());
  // One mm of 1024 x 1024 x 1024, sixteen times 1024 x 64.
  Machine big = smallMachine();
  big.sramBytes = 8 << 20;
  big.accBytes = 8 << 20;
  big.mxuM = 8;
  big.mxuK = big.mxuN = 64;
  std::string mm =
      onChip +
      "dnew d5, i8, r20, 0\nddim d5, 5, 0x80000, 1\n"
      "ddim d5, 4, 4, 0x80000\n"
      "vrun {\n v.iota.i32 v0, 5\n v.out.i32 d5, v0, store, 0, set\n}\n"
      "signal vec, s1, 1\nwait mxu, s1, 1\n"
      "dnew d0, i8, r20, 0\nddim d0, 2, 1024, 1024\nddim d0, 5, 1024, 1\n"
      "dnew d1, i8, r20, 0x100000\nddim d1, 2, 64, 1024\n"
      "ddim d1, 5, 1024, 1\n"
      "dnew d2, i32, r21, 0\nddim d2, 4, 1024, 64\nddim d2, 5, 64, 1\n"
      "loopi 16, e\nmm d2, d0, d1, set {\n}\ndadd d1, r0, 0x10000\n"
      "dadd d2, r0, 0x40000\ne: halt";
  report("i8 1024^3 in 16 mm", mm, big);
}
