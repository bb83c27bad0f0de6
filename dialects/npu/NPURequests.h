//===- NPURequests.h - Requests that are queued one behind another --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations of the npu dialect that few have to know, and attributes.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NPU_NPUREQUESTS_H
#define ASHLAR_DIALECTS_NPU_NPUREQUESTS_H

#include "dialects/npu/NPU.h"

#include "mlir/Interfaces/ViewLikeInterface.h"

#define GET_OP_CLASSES
#include "dialects/npu/NPURequestOps.h.inc"

namespace ashlar::npu {

/// On a global in the scratchpad: a run leaves there an input of the next one.
inline constexpr llvm::StringLiteral kStagedAttr = "npu.staged";
/// On an entry function: cycles of a run, as the scheduler expects them.
inline constexpr llvm::StringLiteral kExpectedCyclesAttr =
    "npu.expected_cycles";

/// On an input: cycles of what comes behind everything that reads it.
inline constexpr llvm::StringLiteral kCyclesBehindAttr = "npu.cycles_behind";
/// On an entry function: no constant stays in the scratchpads.
inline constexpr llvm::StringLiteral kNoResidentAttr = "npu.no_resident";

} // namespace ashlar::npu

#endif // ASHLAR_DIALECTS_NPU_NPUREQUESTS_H
