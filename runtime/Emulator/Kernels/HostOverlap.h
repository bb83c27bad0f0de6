//===- HostOverlap.h - Whether parts of an instruction are independent ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Points of an instruction may run on several host threads if none of them
// reads or writes what another one writes. The answers here are safe: where
// telling is hard, it is no.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_HOSTOVERLAP_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_HOSTOVERLAP_H

#include "Emulator/Memory.h"

namespace ashlar::runtime {

/// No two points of the tensor share a byte.
bool hasDistinctElements(const HostTensor &tensor);

/// No byte between the first and the last one of either is the other's.
bool areApart(const HostTensor &a, const HostTensor &b);

/// Every point is the same bytes in both.
bool areSameElements(const HostTensor &a, const HostTensor &b);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_HOSTOVERLAP_H
