//===- MachineFields.h - The fields of a machine by name ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One table with every number of a Machine, its kind and its legal range, for
// whoever carries machines about: images, target files, fingerprints.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_TIMING_MACHINEFIELDS_H
#define ASHLAR_RUNTIME_TIMING_MACHINEFIELDS_H

#include "Timing/Machine.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ashlar::runtime {

struct MachineField {
  std::string_view name; ///< the member's name
  bool timing;           ///< changes only how long a program takes
  bool integer;          ///< whole numbers only
  double min, max;       ///< inclusive
  double (*get)(const Machine &);
  /// The value must be in range and whole where `integer`.
  void (*set)(Machine &, double);
};

/// Every numeric field, in the order of their declaration.
std::span<const MachineField> machineFields();
const MachineField *findMachineField(std::string_view name);

/// What is wrong with a value for a field ("must be ..."); nothing if it is
/// fine.
std::optional<std::string> checkFieldValue(const MachineField &field,
                                           double value);

/// What makes a machine impossible: a field out of range or fields that
/// contradict each other. `field` names the one to change.
struct MachineError {
  std::string_view field;
  std::string reason;
};
/// Whoever takes a machine from outside (an image, a target file) must ask this
/// before using it: the timing functions divide by its fields.
std::optional<MachineError> checkMachine(const Machine &machine);

/// Hash of the fields that programs depend on: an image runs on every machine
/// with the same one. Independent of the host and of the name.
uint64_t functionalFingerprint(const Machine &machine);
/// Hash of the fields that change only speeds.
uint64_t timingFingerprint(const Machine &machine);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_TIMING_MACHINEFIELDS_H
