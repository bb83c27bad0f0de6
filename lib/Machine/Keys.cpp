//===- Keys.cpp - The keys of a target file -------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Keys.h"

#include "llvm/ADT/Twine.h"

#include <charconv>
#include <cmath>

using namespace ashlar;
using namespace ashlar::machine;
using llvm::StringRef;

static const Key keys[] = {
    {"chip", "cores", "cores", Unit::None},
    {"chip", "clock", "clockGHz", Unit::Frequency},
    {"chip", "core_link", "coreLinkBytesPerCycle", Unit::Bandwidth},
    {"chip", "core_link_latency", "coreLinkLatencyCycles", Unit::Time},
    {"chip", "chip_link", "chipLinkBytesPerCycle", Unit::Bandwidth},

    {"dram", "capacity", "dramBytes", Unit::Bytes},
    {"dram", "bandwidth", "dramBytesPerCycle", Unit::Bandwidth},
    {"dram", "latency", "dramLatencyCycles", Unit::Time},
    {"dram", "burst", "dramBurstBytes", Unit::Bytes},

    {"scratchpad", "capacity", "sramBytes", Unit::Bytes},
    {"scratchpad", "line", "sramLineBytes", Unit::Bytes},
    {"scratchpad", "bandwidth", "sramBytesPerCycle", Unit::Bandwidth},

    {"matrix", "m", "mxuM", Unit::None},
    {"matrix", "k", "mxuK", Unit::None},
    {"matrix", "n", "mxuN", Unit::None},
    {"matrix", "float8", "mxuFloat8", Unit::Flag},
    {"matrix", "accumulators", "accBytes", Unit::Bytes},
    {"matrix", "block_load", "blockLoadBytesPerCycle", Unit::Bandwidth},
    {"matrix", "fill", "mxuFillCycles", Unit::Time},
    {"matrix", "accumulate_latency", "accLatencyCycles", Unit::Time},

    {"output", "lanes", "outLanesPerCycle", Unit::None},
    {"output", "startup", "outStartupCycles", Unit::Time},

    {"vector", "bandwidth", "vecBytesPerCycle", Unit::Bandwidth},
    {"vector", "lanes", "vecLanes", Unit::None},
    {"vector", "transcendentals", "vecTransPerCycle", Unit::None},
    {"vector", "slow_divisor", "vecSlowDivisor", Unit::None},
    {"vector", "wide_divisor", "vec64Divisor", Unit::None},
    {"vector", "window_macs", "vecWindowMacsPerCycle", Unit::None},
    {"vector", "startup", "vecStartupCycles", Unit::Time},

    {"copy", "queues", "copyQueues", Unit::None},
    {"copy", "bytes_in_flight", "copyBytesInFlight", Unit::Bytes},
    {"copy", "bandwidth", "copyBytesPerCycle", Unit::Bandwidth},
    {"copy", "gather_rows", "copyGatherRowsPerCycle", Unit::None},
    {"copy", "startup", "copyStartupCycles", Unit::Time},

    {"scalar", "queue_depth", "queueDepth", Unit::None},
    {"scalar", "semaphores", "semaphores", Unit::None},
    {"scalar", "instruction_memory", "imemBytes", Unit::Bytes},
    {"scalar", "branch", "branchCycles", Unit::Time},
    {"scalar", "load", "loadCycles", Unit::Time},
    {"scalar", "multiply", "mulCycles", Unit::Time},
    {"scalar", "divide", "divCycles", Unit::Time},
    {"scalar", "float", "fpCycles", Unit::Time},
    {"scalar", "float_divide", "fpDivCycles", Unit::Time},
    {"scalar", "signal", "signalCycles", Unit::Time},
    {"scalar", "remote_signal", "remoteSignalCycles", Unit::Time},
};

llvm::ArrayRef<Key> machine::allKeys() { return keys; }

//===----------------------------------------------------------------------===//
// Units
//===----------------------------------------------------------------------===//

namespace {
/// A suffix, what it multiplies by, and whether the product is per second (or
/// in seconds) and has to be brought to cycles.
struct UnitName {
  StringRef name;
  double factor;
  bool inSeconds = false;
};
} // namespace

static llvm::ArrayRef<UnitName> unitNames(Unit unit) {
  static const UnitName bytes[] = {
      {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9},
      {"MB", 1e6},      {"KB", 1e3},      {"B", 1}};
  static const UnitName frequency[] = {{"GHz", 1}, {"MHz", 1e-3}};
  // GB/s over GHz is bytes a cycle.
  static const UnitName bandwidth[] = {{"GB/s", 1, true},
                                       {"TB/s", 1e3, true},
                                       {"MB/s", 1e-3, true},
                                       {"B/cycle", 1}};
  // ns times GHz is cycles.
  static const UnitName time[] = {
      {"cycles", 1}, {"ns", 1, true}, {"us", 1e3, true}};
  switch (unit) {
  case Unit::Bytes:
    return bytes;
  case Unit::Frequency:
    return frequency;
  case Unit::Bandwidth:
    return bandwidth;
  case Unit::Time:
    return time;
  case Unit::None:
  case Unit::Flag:
    return {};
  }
  return {};
}

static StringRef expectation(Unit unit) {
  switch (unit) {
  case Unit::None:
    return "a number";
  case Unit::Flag:
    return "true or false";
  case Unit::Bytes:
    return "a size with its unit, such as 512 KiB (B, KiB, MiB, GiB, KB, MB, "
           "GB)";
  case Unit::Frequency:
    return "a frequency with its unit, such as 1.2 GHz (MHz, GHz)";
  case Unit::Bandwidth:
    return "a bandwidth with its unit, such as 32 GB/s (B/cycle, MB/s, GB/s, "
           "TB/s)";
  case Unit::Time:
    return "a time with its unit, such as 150 ns (cycles, ns, us)";
  }
  return "";
}

std::optional<double> machine::parseValue(StringRef text, Unit unit,
                                          double clockGHz,
                                          std::string &reason) {
  text = text.trim();
  auto fail = [&]() -> std::optional<double> {
    reason = ("expected " + expectation(unit) + ", found '" + text + "'").str();
    return std::nullopt;
  };
  if (unit == Unit::Flag) {
    if (text == "true")
      return 1;
    if (text == "false")
      return 0;
    return fail();
  }
  double number = 0;
  auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc() || !std::isfinite(number))
    return fail();
  StringRef suffix = text.drop_front(end - text.begin()).ltrim();
  if (unit == Unit::None)
    return suffix.empty() ? std::optional(number) : fail();
  for (const UnitName &name : unitNames(unit)) {
    if (suffix != name.name)
      continue;
    double value = number * name.factor;
    if (!name.inSeconds)
      return value;
    if (unit == Unit::Bandwidth)
      return value / clockGHz;
    // A part of a cycle is a cycle; rounding of the product itself is not.
    return value < 0 ? value : std::ceil(value * clockGHz * (1 - 1e-12));
  }
  return fail();
}

/// The shortest digits that give the same double.
static std::string shortest(double value) {
  char text[40];
  auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  std::string scientific(text, end);
  // Whole numbers without an exponent, as people write them.
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<long long>(value));
  return scientific;
}

/// In the unit that needs the fewest digits.
static std::string printBytes(double value) {
  std::string best = shortest(value) + " B";
  for (const UnitName &name : unitNames(Unit::Bytes)) {
    if (value == 0 || std::fmod(value, name.factor) != 0)
      continue;
    std::string text = shortest(value / name.factor) + " " + name.name.str();
    if (text.size() < best.size())
      best = text;
  }
  return best;
}

std::string machine::printValue(double value, Unit unit, double clockGHz) {
  std::string ignored;
  switch (unit) {
  case Unit::None:
    return shortest(value);
  case Unit::Flag:
    return value != 0 ? "true" : "false";
  case Unit::Frequency:
    return shortest(value) + " GHz";
  case Unit::Time:
    return shortest(value) + " cycles";
  case Unit::Bytes:
    return printBytes(value);
  case Unit::Bandwidth: {
    // What is whole per cycle is a width; the rest was written per second.
    if (value == std::floor(value))
      return shortest(value) + " B/cycle";
    double perSecond = std::round(value * clockGHz * 1e6) / 1e6;
    std::string text = shortest(perSecond) + " GB/s";
    if (parseValue(text, unit, clockGHz, ignored) == value)
      return text;
    return shortest(value) + " B/cycle";
  }
  }
  return "";
}
