//===- MachineTest.cpp ----------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Target files: presets, round trips, and one test for each way to be refused.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Machine/Machine.h"

#include "Timing/MachineFields.h"
#include "Timing/Timing.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

using namespace ashlar;
using runtime::Machine;
using testing::HasSubstr;

static Machine preset(llvm::StringRef name) {
  llvm::Expected<Machine> machine = loadMachine(name);
  if (!machine) {
    ADD_FAILURE() << llvm::toString(machine.takeError());
    return {};
  }
  return *machine;
}

static std::string errorOf(llvm::StringRef text) {
  llvm::Expected<Machine> machine = parseMachine(text, "t.yaml");
  return machine ? "accepted" : llvm::toString(machine.takeError());
}

/// The edge preset with one text replaced by another.
static std::string changed(llvm::StringRef from, llvm::StringRef to) {
  std::string text = presetText("edge").str();
  size_t at = text.find(from.str());
  EXPECT_NE(at, std::string::npos) << from.str();
  return text.replace(at, from.size(), to.str());
}

static std::string errorOfChange(llvm::StringRef from, llvm::StringRef to) {
  return errorOf(changed(from, to));
}

//===----------------------------------------------------------------------===//
// Presets
//===----------------------------------------------------------------------===//

TEST(Presets, AllLoadUnderTheirNames) {
  EXPECT_EQ(presetNames().size(), 4u);
  for (llvm::StringRef name : presetNames())
    EXPECT_EQ(preset(name).name, name.str());
}

TEST(Presets, NominalRates) {
  auto tera = [](const Machine &m, unsigned bits) {
    return 2e-3 * m.cores * m.clockGHz *
           double(runtime::matrixPeakMacs(m, bits));
  };
  EXPECT_EQ(runtime::matrixPeakMacs(preset("nano"), 8), 256u);
  EXPECT_NEAR(tera(preset("server"), 8), 825, 1);
  EXPECT_NEAR(tera(preset("hbm"), 8), 624, 1);
  EXPECT_NEAR(tera(preset("hbm"), 16), 312, 1);
  EXPECT_EQ(preset("server").cores * preset("server").sramBytes, 192u << 20);
}

TEST(Presets, UnitsBecomeBytesAndCycles) {
  Machine nano = preset("nano"), edge = preset("edge"),
          server = preset("server"), hbm = preset("hbm");
  EXPECT_DOUBLE_EQ(nano.dramBytesPerCycle, 8);
  EXPECT_EQ(edge.dramLatencyCycles, 150u);
  EXPECT_DOUBLE_EQ(server.dramBytesPerCycle, 40);
  EXPECT_EQ(server.dramLatencyCycles, 700u);
  EXPECT_DOUBLE_EQ(hbm.dramBytesPerCycle, 2040 / 1.19);
  EXPECT_EQ(hbm.dramLatencyCycles, 595u);
  EXPECT_EQ(hbm.dramBytes, 96'000'000'000u);
  EXPECT_EQ(edge.sramBytes, 2u << 20);
  EXPECT_TRUE(hbm.mxuFloat8);
  EXPECT_FALSE(edge.mxuFloat8);
}

TEST(Presets, TableNamesAll) {
  std::string table = presetTable();
  for (llvm::StringRef name : presetNames())
    EXPECT_THAT(table, HasSubstr("\n" + name.str() + " "));
  EXPECT_THAT(table, HasSubstr("825.8"));
}

TEST(LoadMachine, UnknownNamesAndFiles) {
  llvm::Expected<Machine> unknown = loadMachine("edgy");
  ASSERT_FALSE(bool(unknown));
  EXPECT_THAT(
      llvm::toString(unknown.takeError()),
      HasSubstr(
          "unknown target 'edgy'; the presets are nano, edge, server, hbm"));
  llvm::Expected<Machine> missing = loadMachine("/nowhere/my.yaml");
  ASSERT_FALSE(bool(missing));
  EXPECT_THAT(llvm::toString(missing.takeError()),
              HasSubstr("cannot read target file '/nowhere/my.yaml'"));
}

//===----------------------------------------------------------------------===//
// Round trips
//===----------------------------------------------------------------------===//

static void expectRoundTrip(const Machine &machine) {
  std::string text = printMachine(machine);
  llvm::Expected<Machine> again = parseMachine(text, "printed.yaml");
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError()) << "\n" << text;
  EXPECT_EQ(again->name, machine.name);
  for (const runtime::MachineField &field : runtime::machineFields())
    EXPECT_EQ(field.get(*again), field.get(machine)) << field.name;
  EXPECT_EQ(printMachine(*again), text);
  EXPECT_EQ(functionalFingerprint(*again), functionalFingerprint(machine));
  EXPECT_EQ(timingFingerprint(*again), timingFingerprint(machine));
}

TEST(RoundTrip, Presets) {
  for (llvm::StringRef name : presetNames())
    expectRoundTrip(preset(name));
}

TEST(RoundTrip, RandomMachines) {
  std::mt19937 rng(1);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 500; ++round) {
    Machine m = preset("edge");
    // Fields that contradict nothing, at any value in their range.
    for (const char *name :
         {"clockGHz", "dramBytes", "dramBytesPerCycle", "dramLatencyCycles",
          "coreLinkBytesPerCycle", "chipLinkBytesPerCycle", "outLanesPerCycle",
          "vecLanes", "copyGatherRowsPerCycle", "divCycles"}) {
      const runtime::MachineField &field = *runtime::findMachineField(name);
      double value =
          field.min + (field.max - field.min) * std::pow(unit(rng), 8);
      field.set(m, field.integer ? std::floor(value) : value);
    }
    expectRoundTrip(m);
  }
}

TEST(RoundTrip, UnitsAreReadable) {
  std::string text = printMachine(preset("hbm"));
  EXPECT_THAT(text, HasSubstr("bandwidth: 2040 GB/s"));
  EXPECT_THAT(text, HasSubstr("capacity: 96 GB\n"));
  EXPECT_THAT(text, HasSubstr("capacity: 8 MiB"));
  EXPECT_THAT(text, HasSubstr("clock: 1.19 GHz"));
  EXPECT_THAT(text, HasSubstr("latency: 595 cycles"));
}

//===----------------------------------------------------------------------===//
// Refusals: file, line, key, reason
//===----------------------------------------------------------------------===//

TEST(Refusals, UnknownKeys) {
  EXPECT_THAT(errorOfChange("cores:", "kores:"),
              HasSubstr("t.yaml:8: chip.kores: unknown key; 'chip' has cores, "
                        "clock, core_link"));
  EXPECT_THAT(
      errorOfChange("dram:", "dran:"),
      HasSubstr(
          "t.yaml:14: dran: unknown key; a target file has name, chip, dram"));
}

TEST(Refusals, MissingKeys) {
  EXPECT_EQ(errorOfChange("  cores: 1", "  #"),
            "t.yaml:7: chip.cores: missing key");
  EXPECT_EQ(errorOfChange("name: edge", ""), "t.yaml:1: name: missing key");
  EXPECT_EQ(errorOf("name: x\n"), "t.yaml:1: chip.clock: missing key");
}

TEST(Refusals, DuplicateKeys) {
  EXPECT_EQ(errorOfChange("cores: 1", "cores: 1\n  cores: 1"),
            "t.yaml:9: chip.cores: duplicate key; first on line 8");
  EXPECT_EQ(errorOf(presetText("edge").str() + "\nname: again\n"),
            "t.yaml:68: name: duplicate key; first on line 5");
  EXPECT_THAT(errorOf(presetText("edge").str() + "\nchip:\n  cores: 1\n"),
              HasSubstr("chip: duplicate key; first on line 7"));
}

TEST(Refusals, ValuesOfTheWrongKind) {
  EXPECT_THAT(
      errorOfChange("cores: 1", "cores: one"),
      HasSubstr("t.yaml:8: chip.cores: expected a number, found 'one'"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores: [1, 2]"),
              HasSubstr("t.yaml:8: chip.cores: expected a single value"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores: {a: 2}"),
              HasSubstr("chip.cores: expected a single value"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores:"),
              HasSubstr("t.yaml:8: chip.cores: expected"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores: nan"),
              HasSubstr("chip.cores: expected a number"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores: 1e999"),
              HasSubstr("expected a number"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores: 1.5"),
              HasSubstr("chip.cores: must be a whole number, not 1.5"));
  EXPECT_THAT(
      errorOfChange("float8: false", "float8: maybe"),
      HasSubstr("matrix.float8: expected true or false, found 'maybe'"));
  EXPECT_THAT(errorOfChange("name: edge", "name: two words"),
              HasSubstr("t.yaml:5: name: expected up to 64 letters"));
  EXPECT_THAT(errorOf("name: x\nchip: 4\n"),
              HasSubstr("t.yaml:2: chip: expected keys (cores"));
}

TEST(Refusals, UnitsMissingOrForeign) {
  EXPECT_THAT(errorOfChange("capacity: 2 MiB", "capacity: 2"),
              HasSubstr("scratchpad.capacity: expected a size with its unit, "
                        "such as 512 KiB (B, "
                        "KiB, MiB, GiB, KB, MB, GB), found '2'"));
  EXPECT_THAT(errorOfChange("clock: 1 GHz", "clock: 1 ns"),
              HasSubstr("chip.clock: expected a frequency with its unit"));
  EXPECT_THAT(errorOfChange("bandwidth: 32 GB/s", "bandwidth: 32 GB"),
              HasSubstr("dram.bandwidth: expected a bandwidth with its unit"));
  EXPECT_THAT(errorOfChange("latency: 150 ns", "latency: 150"),
              HasSubstr("dram.latency: expected a time with its unit"));
}

TEST(Refusals, ValuesOutOfRange) {
  EXPECT_THAT(errorOfChange("cores: 1", "cores: 0"),
              HasSubstr("t.yaml:8: chip.cores: must be from 1 to 64, not 0"));
  EXPECT_THAT(
      errorOfChange("latency: 150 ns", "latency: -1 ns"),
      HasSubstr("dram.latency: must be from 0 to 1048576, not -1 (cycles)"));
  EXPECT_THAT(errorOfChange("clock: 1 GHz", "clock: 0 GHz"),
              HasSubstr("chip.clock: must be from"));
  EXPECT_THAT(errorOfChange("queues: 2 ", "queues: 9 "),
              HasSubstr("copy.queues: must be from 1"));
}

TEST(Refusals, Contradictions) {
  EXPECT_THAT(errorOfChange("line: 64 B", "line: 48 B"),
              HasSubstr("scratchpad.line: must be a power of two, not 48"));
  EXPECT_THAT(errorOfChange("cores: 1", "cores: 2"),
              HasSubstr("t.yaml:10: chip.core_link: must be positive on a "
                        "machine of several"));
  EXPECT_THAT(
      errorOfChange("accumulators: 256 KiB", "accumulators: 100 B"),
      HasSubstr(
          "matrix.accumulators: must be whole rows of 128 bytes, not 100"));
}

TEST(Refusals, NotYaml) {
  EXPECT_THAT(errorOf(""), HasSubstr("t.yaml:1: "));
  EXPECT_THAT(errorOf("- a\n- b\n"),
              HasSubstr("t.yaml:1: expected a target file"));
  EXPECT_THAT(errorOf("name: 'x\nchip: {"), HasSubstr("t.yaml:"));
  EXPECT_THAT(errorOf("name: x\n\tchip: y\n"), HasSubstr("t.yaml:"));
  EXPECT_THAT(errorOf(presetText("edge").str() + "---\nname: x\n"),
              HasSubstr("expected one document, found several"));
  EXPECT_THAT(errorOf(std::string(64 << 10, '[')), HasSubstr("t.yaml:"));
  EXPECT_THAT(errorOf(std::string((64 << 10) + 1, ' ')),
              HasSubstr("not a target file: longer"));
  EXPECT_NE(errorOf("name: &a x\nchip: *a\n"), "accepted");
}

TEST(Refusals, DamagedFilesNeverCrash) {
  std::mt19937 rng(2);
  std::string good = presetText("edge").str();
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (unsigned i = 0, e = rng() % 4 + 1; i < e; ++i) {
      size_t at = rng() % text.size();
      switch (rng() % 3) {
      case 0:
        text[at] = char(rng() % 256);
        break;
      case 1:
        text.erase(at, rng() % 20);
        break;
      default:
        text.insert(at, text.substr(rng() % text.size(), rng() % 20));
      }
      if (text.empty())
        text = "x";
    }
    llvm::Expected<Machine> machine = parseMachine(text, "t.yaml");
    if (machine)
      EXPECT_FALSE(runtime::checkMachine(*machine).has_value());
    else
      EXPECT_THAT(llvm::toString(machine.takeError()), HasSubstr("t.yaml:"));
  }
}
