//===- HostCosts.h - What micro-operations cost the host ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ISA_HOSTCOSTS_H
#define ASHLAR_RUNTIME_ISA_HOSTCOSTS_H

#include "ISA/Isa.h"

#include <array>

namespace ashlar::isa {

/// What a lane of a micro-operation costs the emulator's host for i32, f32, i64
/// and f64, in 64ths of a step of its budget.
using HostCosts = std::array<uint16_t, 4>;
/// As its record says; zeros for words that are no micro-operation.
const HostCosts &hostCosts(Opcode opcode);

} // namespace ashlar::isa

#endif // ASHLAR_RUNTIME_ISA_HOSTCOSTS_H
