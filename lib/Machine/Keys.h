//===- Keys.h - The keys of a target file ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One table for reading and writing: which key of which section stands for
// which field of a machine, and in which units people write it.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_MACHINE_KEYS_H
#define ASHLAR_LIB_MACHINE_KEYS_H

#include "Timing/MachineFields.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace ashlar::machine {

/// Units of a value, and what the machine counts it in.
enum class Unit {
  None,      ///< a plain number
  Flag,      ///< true or false
  Bytes,     ///< B, KiB, MiB, GiB; also KB, MB, GB (powers of ten)
  Frequency, ///< MHz, GHz -> GHz
  Bandwidth, ///< B/cycle; MB/s, GB/s, TB/s (powers of ten) -> bytes / cycle
  Time,      ///< cycles; ns, us -> cycles, rounded up
};

struct Key {
  llvm::StringRef section;
  llvm::StringRef name;
  llvm::StringRef field; ///< of runtime::Machine
  Unit unit;
};

/// All keys but `name`, section by section in the order of printing.
llvm::ArrayRef<Key> allKeys();

/// The value that the machine counts, from what the file says. `clockGHz`
/// converts seconds to cycles. On failure `reason` says what was expected.
std::optional<double> parseValue(llvm::StringRef text, Unit unit,
                                 double clockGHz, std::string &reason);

/// The shortest text that `parseValue` reads back as exactly `value`.
std::string printValue(double value, Unit unit, double clockGHz);

} // namespace ashlar::machine

#endif // ASHLAR_LIB_MACHINE_KEYS_H
