//===- MachineFieldsTest.cpp ----------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/MachineFields.h"

#include "gtest/gtest.h"

#include <cmath>
#include <set>

using namespace ashlar::runtime;

/// The smallest machine that passes.
static Machine legalMachine() {
  Machine m;
  for (const MachineField &field : machineFields())
    if (!checkFieldValue(field, field.get(m)))
      continue;
    else
      field.set(m, field.min);
  m.mxuK = 8;
  m.sramLineBytes = m.sramBytesPerCycle = 64;
  m.copyBytesInFlight = 64;
  m.accBytes = 4096;
  return m;
}

TEST(MachineFields, NamesAreUniqueAndValuesSurvive) {
  std::set<std::string_view> names;
  Machine m = legalMachine();
  for (const MachineField &field : machineFields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_EQ(findMachineField(field.name), &field);
    EXPECT_FALSE(field.get(m) < field.min) << field.name;
    field.set(m, field.max);
    EXPECT_EQ(field.get(m), field.max) << field.name;
  }
  EXPECT_EQ(findMachineField("clock"), nullptr);
}

TEST(MachineFields, EachFieldChangesOneFingerprint) {
  const Machine m = legalMachine();
  for (const MachineField &field : machineFields()) {
    Machine other = m;
    field.set(other, field.get(m) == field.max ? field.min : field.max);
    EXPECT_NE(timingFingerprint(other) != timingFingerprint(m),
              functionalFingerprint(other) != functionalFingerprint(m))
        << field.name;
    EXPECT_EQ(timingFingerprint(other) != timingFingerprint(m), field.timing)
        << field.name;
  }
  Machine renamed = m;
  renamed.name = "another";
  EXPECT_EQ(functionalFingerprint(renamed), functionalFingerprint(m));
}

TEST(MachineFields, OutOfRangeIsNamed) {
  EXPECT_FALSE(checkMachine(legalMachine()).has_value());
  for (const MachineField &field : machineFields()) {
    if (field.name == "mxuFloat8")
      continue; // a bool holds nothing else
    Machine m = legalMachine();
    field.set(m, field.max * 2 + 1);
    std::optional<MachineError> error = checkMachine(m);
    ASSERT_TRUE(error.has_value()) << field.name;
    EXPECT_EQ(error->field, field.name);
    EXPECT_NE(error->reason.find("must be from"), std::string::npos);
  }
}

TEST(MachineFields, ValuesMustBeNumbersOfTheirKind) {
  const MachineField &cores = *findMachineField("cores");
  EXPECT_EQ(checkFieldValue(cores, 1.5), "must be a whole number, not 1.5");
  EXPECT_EQ(checkFieldValue(cores, 0), "must be from 1 to 64, not 0");
  EXPECT_TRUE(checkFieldValue(cores, NAN).has_value());
  EXPECT_TRUE(checkFieldValue(cores, INFINITY).has_value());
  EXPECT_FALSE(checkFieldValue(*findMachineField("clockGHz"), 0.7).has_value());
}

/// Fields that contradict each other.
static void expectRefused(void (*change)(Machine &), std::string_view field,
                          std::string_view reason) {
  Machine m = legalMachine();
  change(m);
  std::optional<MachineError> error = checkMachine(m);
  ASSERT_TRUE(error.has_value()) << field;
  EXPECT_EQ(error->field, field);
  EXPECT_NE(error->reason.find(reason), std::string::npos) << error->reason;
}

TEST(MachineFields, ContradictionsAreNamed) {
  expectRefused([](Machine &m) { m.sramLineBytes = 48; }, "sramLineBytes",
                "power of two");
  expectRefused([](Machine &m) { m.dramBurstBytes = 24; }, "dramBurstBytes",
                "power of two");
  expectRefused([](Machine &m) { m.sramBytesPerCycle = 100; },
                "sramBytesPerCycle", "whole lines of 64");
  expectRefused([](Machine &m) { m.sramBytes += 1; }, "sramBytes",
                "whole lines of 64");
  expectRefused([](Machine &m) { m.mxuK = 12; }, "mxuK", "multiple of 8");
  expectRefused([](Machine &m) { m.mxuN = 3; }, "accBytes", "whole rows of 12");
  expectRefused([](Machine &m) { m.imemBytes = 1025; }, "imemBytes",
                "whole words");
  expectRefused([](Machine &m) { m.cores = 2, m.coreLinkBytesPerCycle = 0; },
                "coreLinkBytesPerCycle", "several cores");
  expectRefused(
      [](Machine &m) { m.copyBytesInFlight = 16, m.dramBurstBytes = 64; },
      "copyBytesInFlight", "burst of 64");
}
