//===- VectorDemand.h - What a vector instruction asks of the machine -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_VECTORDEMAND_H
#define ASHLAR_RUNTIME_EMULATOR_VECTORDEMAND_H

#include "Emulator/Demand.h"
#include "ISA/Isa.h"

namespace ashlar::runtime {

/// Work of an instruction of the vector unit that has passed its kernel.
VectorWork vectorWorkOf(const Captured &captured, const Machine &machine);

/// The sizes of a program's domain: those of the first v.in or v.win, else of
/// the first v.out.
Descriptor domainOf(const Captured &captured);

/// Which kinds of lanes a micro-operation works on.
inline constexpr unsigned kFloatLanes = 1, kWideLanes = 2;
unsigned laneTypes(const isa::InstInfo &info, uint64_t word);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_VECTORDEMAND_H
