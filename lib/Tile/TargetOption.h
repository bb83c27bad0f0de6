//===- TargetOption.h - The machine that a pass works for ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_TARGETOPTION_H
#define ASHLAR_LIB_TILE_TARGETOPTION_H

#include "Timing/Machine.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <optional>
#include <string>

namespace ashlar {

/// `given` if there is one; else the machine named by `option`, by the
/// function's attribute npu.target, or `edge`. Emits an error and returns
/// nothing if that cannot be loaded.
std::optional<runtime::Machine>
getMachine(mlir::func::FuncOp func,
           const std::optional<runtime::Machine> &given,
           const std::string &option);

/// The copy queue that takes what leaves the scratchpad, if there are several.
npu::Queue getLastCopyQueue(const runtime::Machine &machine);

/// Whether an input's arrival or an output's departure in `dramCycles` takes
/// enough of a run of `cycles` that hiding it is worth a place or the words.
bool isWorthHiding(double dramCycles, double cycles);

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_TARGETOPTION_H
