//===- MachineFields.cpp - The fields of a machine by name ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/MachineFields.h"

#include <bit>
#include <cmath>
#include <cstdio>

namespace ashlar::runtime {

// Ranges are wide enough for any machine that somebody could build, and narrow
// enough that no product of fields overflows in the timing functions.
static constexpr double maxBytes = double(uint64_t(1) << 40);
static constexpr double maxRate = 1 << 20;
static constexpr double maxCycles = 1 << 20;

#define FIELD(name, timing, min, max)                                          \
  MachineField {                                                               \
    #name, timing, std::is_integral_v<decltype(Machine::name)>, min, max,      \
        [](const Machine &m) { return double(m.name); },                       \
        [](Machine &m, double v) {                                             \
          m.name = static_cast<decltype(m.name)>(v);                           \
        }                                                                      \
  }
#define FUNCTIONAL(name, min, max) FIELD(name, false, min, max)
#define TIMING(name, min, max) FIELD(name, true, min, max)

static const MachineField fields[] = {
    // Chip. A multicast names cores by the bits of one register.
    FUNCTIONAL(cores, 1, 64),
    TIMING(clockGHz, 0.001, 100),
    FUNCTIONAL(dramBytes, 4096, maxBytes),
    TIMING(dramBytesPerCycle, 0.001, maxRate),
    TIMING(dramBurstBytes, 8, 512),
    TIMING(dramLatencyCycles, 0, maxCycles),
    TIMING(coreLinkBytesPerCycle, 0, maxRate),
    TIMING(coreLinkLatencyCycles, 0, maxCycles),
    TIMING(chipLinkBytesPerCycle, 0, maxRate),
    // Scratchpad.
    FUNCTIONAL(sramBytes, 4096, maxBytes),
    TIMING(sramLineBytes, 8, 512),
    TIMING(sramBytesPerCycle, 8, maxRate),
    // Matrix unit.
    TIMING(mxuM, 1, 4096),
    TIMING(mxuK, 8, 4096),
    FUNCTIONAL(mxuN, 1, 4096),
    FUNCTIONAL(mxuFloat8, 0, 1),
    FUNCTIONAL(accBytes, 4, maxBytes),
    TIMING(blockLoadBytesPerCycle, 1, maxRate),
    TIMING(mxuFillCycles, 0, maxCycles),
    TIMING(accLatencyCycles, 0, maxCycles),
    // Output stage.
    TIMING(outLanesPerCycle, 1, maxRate),
    TIMING(outStartupCycles, 0, maxCycles),
    // Vector unit.
    TIMING(vecBytesPerCycle, 1, maxRate),
    TIMING(vecLanes, 1, maxRate),
    TIMING(vecTransPerCycle, 1, maxRate),
    TIMING(vecSlowDivisor, 1, 1024),
    TIMING(vec64Divisor, 1, 1024),
    TIMING(vecWindowMacsPerCycle, 1, maxRate),
    TIMING(vecStartupCycles, 0, maxCycles),
    // Copy engines: dma0 to dma3.
    FUNCTIONAL(copyQueues, 1, 4),
    TIMING(copyBytesInFlight, 8, 1 << 30),
    TIMING(copyGatherRowsPerCycle, 0.0001, 1024),
    TIMING(copyBytesPerCycle, 1, maxRate),
    TIMING(copyStartupCycles, 0, maxCycles),
    // Scalar unit. A head with its payload needs an entry; eight bits name a
    // semaphore.
    FUNCTIONAL(queueDepth, 1, 4096),
    FUNCTIONAL(semaphores, 16, 256),
    TIMING(imemBytes, 1024, maxBytes),
    TIMING(branchCycles, 0, maxCycles),
    TIMING(loadCycles, 0, maxCycles),
    TIMING(mulCycles, 0, maxCycles),
    TIMING(divCycles, 0, maxCycles),
    TIMING(fpCycles, 0, maxCycles),
    TIMING(fpDivCycles, 0, maxCycles),
    TIMING(signalCycles, 0, maxCycles),
    TIMING(remoteSignalCycles, 0, maxCycles),
};
#undef FIELD
#undef FUNCTIONAL
#undef TIMING

std::span<const MachineField> machineFields() { return fields; }

const MachineField *findMachineField(std::string_view name) {
  for (const MachineField &field : fields)
    if (field.name == name)
      return &field;
  return nullptr;
}

/// A number as a person would write it: 1048576, 0.25.
static std::string formatNumber(double value) {
  char text[40];
  std::snprintf(text, sizeof(text),
                value == std::floor(value) ? "%.0f" : "%.6g", value);
  return text;
}

std::optional<std::string> checkFieldValue(const MachineField &field,
                                           double value) {
  // Written so that NaN fails too.
  if (!(value >= field.min && value <= field.max))
    return "must be from " + formatNumber(field.min) + " to " +
           formatNumber(field.max) + ", not " + formatNumber(value);
  if (field.integer && value != std::floor(value))
    return "must be a whole number, not " + formatNumber(value);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Consistency
//===----------------------------------------------------------------------===//

std::optional<MachineError> checkMachine(const Machine &m) {
  for (const MachineField &field : fields)
    if (std::optional<std::string> reason =
            checkFieldValue(field, field.get(m)))
      return MachineError{field.name, *reason};

  if (!std::has_single_bit(m.sramLineBytes))
    return MachineError{"sramLineBytes", "must be a power of two, not " +
                                             std::to_string(m.sramLineBytes)};
  if (!std::has_single_bit(m.dramBurstBytes))
    return MachineError{"dramBurstBytes", "must be a power of two, not " +
                                              std::to_string(m.dramBurstBytes)};
  if (m.sramBytesPerCycle % m.sramLineBytes != 0)
    return MachineError{"sramBytesPerCycle",
                        "must be whole lines of " +
                            std::to_string(m.sramLineBytes) + " bytes, not " +
                            std::to_string(m.sramBytesPerCycle)};
  if (m.sramBytes % m.sramLineBytes != 0)
    return MachineError{"sramBytes", "must be whole lines of " +
                                         std::to_string(m.sramLineBytes) +
                                         " bytes, not " +
                                         std::to_string(m.sramBytes)};
  if (m.mxuK % 8 != 0)
    return MachineError{
        "mxuK", "must be a multiple of 8 (f32 runs at an eighth), not " +
                    std::to_string(m.mxuK)};
  uint64_t rowBytes = uint64_t(m.mxuN) * 4;
  if (m.accBytes % rowBytes != 0)
    return MachineError{"accBytes",
                        "must be whole rows of " + std::to_string(rowBytes) +
                            " bytes, not " + std::to_string(m.accBytes)};
  if (m.imemBytes % 8 != 0)
    return MachineError{"imemBytes", "must be whole words of 8 bytes, not " +
                                         std::to_string(m.imemBytes)};
  if (m.cores > 1 && m.coreLinkBytesPerCycle <= 0)
    return MachineError{"coreLinkBytesPerCycle",
                        "must be positive on a machine of several cores"};
  if (m.copyBytesInFlight < m.dramBurstBytes)
    return MachineError{"copyBytesInFlight",
                        "must hold a burst of " +
                            std::to_string(m.dramBurstBytes) + " bytes, not " +
                            std::to_string(m.copyBytesInFlight)};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Fingerprints
//===----------------------------------------------------------------------===//

/// FNV-1a over names and values, so that reordering members changes nothing but
/// renaming or adding one does.
static uint64_t hashFields(const Machine &machine, bool timing) {
  uint64_t hash = 0xcbf29ce484222325;
  auto add = [&](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const MachineField &field : fields) {
    if (field.timing != timing)
      continue;
    for (char c : field.name)
      add(uint8_t(c));
    add(0);
    uint64_t bits = std::bit_cast<uint64_t>(field.get(machine) + 0.0);
    for (int i = 0; i < 8; ++i)
      add(uint8_t(bits >> (8 * i)));
  }
  return hash;
}

uint64_t functionalFingerprint(const Machine &machine) {
  return hashFields(machine, false);
}
uint64_t timingFingerprint(const Machine &machine) {
  return hashFields(machine, true);
}

} // namespace ashlar::runtime
