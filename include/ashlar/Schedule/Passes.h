//===- Passes.h - From linalg on tensors to tiles in named memories -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_SCHEDULE_PASSES_H
#define ASHLAR_SCHEDULE_PASSES_H

#include "ashlar/Schedule/Scheduler.h"

#include "Timing/Machine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <functional>
#include <memory>
#include <string>

namespace ashlar {

#define GEN_PASS_DECL
#include "lib/Schedule/Passes.h.inc"

/// Feeds the output stage where that is faster on `machine`.
std::unique_ptr<mlir::Pass>
createFeedOutputStage(const runtime::Machine &machine, unsigned optLevel);

/// Forms groups for `machine`.
std::unique_ptr<mlir::Pass> createFormGroups(const runtime::Machine &machine,
                                             unsigned optLevel);

/// Decides for `machine` which buffers stay on chip.
std::unique_ptr<mlir::Pass> createPlaceBuffers(const runtime::Machine &machine,
                                               unsigned optLevel);

/// Chooses tiles, and appends what was considered to `trace` if there is one,
/// which must outlive the pass.
std::unique_ptr<mlir::Pass> createChooseTiles(const runtime::Machine &machine,
                                              unsigned optLevel,
                                              ScheduleTrace *trace);

/// Everything from linalg on tensors to tiles in named memories,
/// canonicalisation included. What follows is `convert-linalg-to-npu`.
void buildSchedulePipeline(mlir::OpPassManager &manager,
                           const runtime::Machine &machine,
                           unsigned optLevel = kDefaultOptLevel,
                           ScheduleTrace *trace = nullptr);

/// Makes the passes, and the pipeline `schedule{target=NAME}`, known to the
/// command line.
void registerSchedulePasses();

/// For a machine that is already loaded.
std::unique_ptr<mlir::Pass> createTileGathers(const runtime::Machine &machine);
std::unique_ptr<mlir::Pass>
createExpandAttention(const runtime::Machine &machine);

} // namespace ashlar

#endif // ASHLAR_SCHEDULE_PASSES_H
