//===- Machine.h - Target files -------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes machines as YAML. Units there are those that people use
// (GHz, GiB, GB/s, ns); runtime/Timing/Machine.h counts bytes and cycles. The
// presets stand in lib/Machine/targets and are compiled in.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MACHINE_MACHINE_H
#define ASHLAR_MACHINE_MACHINE_H

#include "Timing/Machine.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace ashlar {

/// A preset, or a file if `nameOrPath` ends in .yaml or .yml or has a slash in
/// it. The error's text is complete ("file:line: key: reason"); tools print it
/// and end with exit code 2.
llvm::Expected<runtime::Machine> loadMachine(llvm::StringRef nameOrPath);

/// Parses a target file's text; `fileName` is for messages. Unknown, missing
/// and duplicate keys are refused, and so is every value that is out of range
/// or contradicts another.
llvm::Expected<runtime::Machine> parseMachine(llvm::StringRef text,
                                              llvm::StringRef fileName);

/// A target file that parses to the same machine, to the last bit.
std::string printMachine(const runtime::Machine &machine);

/// Names of the presets, smallest first.
llvm::ArrayRef<llvm::StringRef> presetNames();

/// A preset's file as it stands in the repository, comments included. The name
/// must be one of `presetNames`.
llvm::StringRef presetText(llvm::StringRef name);

/// What `ashlar targets` prints: a table of the presets.
std::string presetTable();

} // namespace ashlar

#endif // ASHLAR_MACHINE_MACHINE_H
