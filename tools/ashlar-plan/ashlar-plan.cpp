//===- ashlar-plan.cpp - The memory planner on its own --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads buffers with their live ranges as CSV, writes their offsets, and says
// how far from the lower bound they end.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Planner/Planner.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

using namespace ashlar::planner;

static const char usage[] =
    R"(usage: ashlar-plan FILE.csv --capacity BYTES [options]

Plans memory: gives each buffer of FILE.csv ('-': standard input) an offset, so that
buffers alive together do not overlap. Columns: id, lower, upper (live range, half
open), size; optional: alignment, offset (fixed), gaps ("3-7 9-12").

  --capacity BYTES   what must not be exceeded
  --alignment BYTES  of buffers for which the file names none (default 1)
  --budget N         placements that the search may try (default 30000000)
  --stop-at-capacity stop as soon as everything fits
  --help

Offsets go to standard output as CSV, peak and lower bound to standard error.
Exit codes: 0 fits, 2 bad input, 4 does not fit.
)";

namespace {
struct Arguments {
  std::string file;
  std::optional<uint64_t> capacity;
  uint64_t alignment = 1;
  Options options{.budget = 30'000'000};
  bool help = false;
};
} // namespace

static bool fail(const std::string &message) {
  std::cerr << "ashlar-plan: error: " << message << "\n";
  return false;
}

static bool parseNumber(const std::string &option, const char *text,
                        uint64_t &value) {
  const char *end = text + std::strlen(text);
  auto [stop, problem] = std::from_chars(text, end, value);
  if (problem == std::errc() && stop == end && text != end)
    return true;
  return fail(option + " needs a number, found '" + text + "'");
}

static bool parseArguments(int argc, char **argv, Arguments &arguments) {
  for (int i = 1; i < argc; ++i) {
    std::string option = argv[i];
    uint64_t value = 0;
    if (option == "--help") {
      arguments.help = true;
      return true;
    }
    if (option == "--stop-at-capacity") {
      arguments.options.stopAtCapacity = true;
    } else if (option == "--capacity" || option == "--alignment" ||
               option == "--budget") {
      if (i + 1 == argc)
        return fail(option + " needs a number");
      if (!parseNumber(option, argv[++i], value))
        return false;
      if (option == "--capacity")
        arguments.capacity = value;
      else if (option == "--alignment")
        arguments.alignment = value;
      else
        arguments.options.budget = value;
    } else if (option.size() > 1 && option[0] == '-') {
      return fail("unknown option '" + option + "'; see --help");
    } else if (!arguments.file.empty()) {
      return fail("more than one file: '" + arguments.file + "' and '" +
                  option + "'");
    } else {
      arguments.file = option;
    }
  }
  if (arguments.file.empty())
    return fail("no input file; see --help");
  if (!arguments.capacity)
    return fail("--capacity is missing; see --help");
  if (arguments.alignment == 0)
    return fail("--alignment must be at least 1");
  return true;
}

static bool readInput(const std::string &file, std::string &text) {
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    return true;
  }
  std::ifstream in(file, std::ios::binary);
  std::stringstream content;
  bool empty = in && in.peek() == std::ifstream::traits_type::eof() && in.eof();
  if (!empty && (!in || !(content << in.rdbuf())))
    return fail("cannot read '" + file + "'");
  text = content.str();
  return true;
}

/// What to change: who is alive when most bytes are.
static void explainMisfit(const Problem &problem, const Plan &plan) {
  PeakMoment peak = peakMoment(problem);
  std::cerr << "ashlar-plan: error: does not fit: " << plan.peak
            << " bytes needed, " << problem.capacity << " available";
  if (plan.lowerBound > problem.capacity)
    std::cerr << "; no plan fits (lower bound " << plan.lowerBound << ")";
  std::cerr << "\nalive at the peak (time " << peak.time << ", " << peak.bytes
            << " bytes):\n";
  constexpr size_t shown = 20;
  for (size_t i = 0; i < peak.buffers.size() && i < shown; ++i) {
    const Buffer &buffer = problem.buffers[peak.buffers[i]];
    std::cerr << "  " << buffer.id << ": " << buffer.size << " bytes, ["
              << buffer.live.lower << ", " << buffer.live.upper << ")\n";
  }
  if (peak.buffers.size() > shown)
    std::cerr << "  and " << peak.buffers.size() - shown << " smaller ones\n";
}

static void printSummary(const Problem &problem, const Plan &plan) {
  double above =
      plan.lowerBound == 0
          ? 0
          : 100.0 * (double(plan.peak) / double(plan.lowerBound) - 1);
  std::fprintf(
      stderr, "peak %llu\nlower bound %llu\nabove bound %.2f%%\nsteps %llu\n",
      (unsigned long long)plan.peak, (unsigned long long)plan.lowerBound, above,
      (unsigned long long)plan.steps);
}

int main(int argc, char **argv) {
  // A reader that goes away is an error of writing, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  Arguments arguments;
  if (!parseArguments(argc, argv, arguments))
    return 2;
  if (arguments.help) {
    std::cout << usage;
    return 0;
  }
  std::string text, error;
  if (!readInput(arguments.file, text))
    return 2;
  std::optional<Problem> problem = parseCsv(text, error);
  if (!problem) {
    fail(arguments.file + ": " + error);
    return 2;
  }
  problem->capacity = *arguments.capacity;
  for (Buffer &buffer : problem->buffers)
    if (buffer.alignment == 1)
      buffer.alignment = arguments.alignment;
  if (std::optional<std::string> reason = checkProblem(*problem)) {
    fail(arguments.file + ": " + *reason);
    return 2;
  }
  Plan result = plan(*problem, arguments.options);
  if (std::optional<std::string> reason = validatePlan(*problem, result)) {
    fail("internal error: the plan is invalid: " + *reason);
    return 1;
  }
  std::cout << printCsv(*problem, result) << std::flush;
  if (!std::cout) {
    fail("cannot write the offsets to standard output");
    return 2;
  }
  printSummary(*problem, result);
  if (result.fits)
    return 0;
  explainMisfit(*problem, result);
  return 4;
}
