//===- MachineText.h - "field=value" lists ----------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_API_MACHINETEXT_H
#define ASHLAR_RUNTIME_API_MACHINETEXT_H

#include "Timing/Machine.h"

#include <string>
#include <string_view>

namespace ashlar::runtime {

/// Applies "field=value,field=value" to a machine, with the field names of
/// Timing/MachineFields.h. Returns what is wrong, empty if nothing.
std::string applyMachineText(std::string_view text, Machine &machine);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_API_MACHINETEXT_H
