//===- Passes.h - Queues, rings, places and order of tiles ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes on npu between scheduling and code generation. A pass that needs the
// machine takes it from its constructor, else from its option `target`, else
// from the function's attribute `npu.target`, else it is `edge`.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TILE_PASSES_H
#define ASHLAR_TILE_PASSES_H

#include "Timing/Machine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include <memory>

namespace ashlar {

#define GEN_PASS_DECL
#include "lib/Tile/Passes.h.inc"

/// Bytes at the end of the scratchpad that planning leaves to spilled scalar
/// registers; a scheduler's budget is the scratchpad less these.
inline constexpr uint64_t spillBytes = 1024;

std::unique_ptr<mlir::Pass> createPlaceWork(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createAssignQueues(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createStageInputs(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createShareLoads(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createPlanMemory(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass>
createInsertBarriers(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createLowerCores(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createLeaveOutputs(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass> createInsertSync(const runtime::Machine &machine);

/// From tiles in named memories to placed, synchronised ones: the passes above
/// in their order.
void buildTilePipeline(mlir::OpPassManager &manager,
                       const runtime::Machine &machine);

void registerTilePasses();

} // namespace ashlar

#endif // ASHLAR_TILE_PASSES_H
