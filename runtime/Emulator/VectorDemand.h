//===- VectorDemand.h - What a vector instruction asks of the machine -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_VECTORDEMAND_H
#define ASHLAR_RUNTIME_EMULATOR_VECTORDEMAND_H

#include "Emulator/Demand.h"

namespace ashlar::runtime {

/// Work of an instruction of the vector unit that has passed its kernel.
VectorWork vectorWorkOf(const Captured &captured, const Machine &machine);

/// What the host has to do for it, roughly: points times words.
uint64_t vectorPoints(const Captured &captured);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_VECTORDEMAND_H
