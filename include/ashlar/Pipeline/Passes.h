//===- Passes.h - The order of passes -------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that knows what runs when. Scheduling and code generation have
// an order of their own inside (ashlar/Schedule/Passes.h, ashlar/Codegen/
// Passes.h).
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_PIPELINE_PASSES_H
#define ASHLAR_PIPELINE_PASSES_H

#include "ashlar/Pipeline/Compile.h"
#include "ashlar/Schedule/Scheduler.h"

#include "mlir/Pass/PassManager.h"

namespace ashlar {

/// Calls are inlined; what cannot be compiled is refused, all of it.
void buildCheckPipeline(mlir::OpPassManager &manager);

/// On nn: types at the edge (NAME=TYPE), quantisation, precision, constants.
void buildGraphPipeline(mlir::OpPassManager &manager, Precision precision,
                        llvm::ArrayRef<std::string> ioTypes = {});

/// From nn to linalg on tensors.
void buildLoweringPipeline(mlir::OpPassManager &manager);

/// From linalg on tiles to npu that is placed and synchronised.
void buildNPUPipeline(mlir::OpPassManager &manager,
                      const runtime::Machine &machine);

/// One step of the compiler.
struct Phase {
  const char *name; ///< what is shown when it begins
  Level level;      ///< what the module is afterwards
  std::function<void(mlir::OpPassManager &)> addPasses;
};

/// Everything from nn (or linalg on tensors) to nisa, in order. The scheduler's
/// choices go to `trace`, if there is one, which must outlive the passes.
std::vector<Phase> compilerPhases(const runtime::Machine &machine,
                                  Precision precision, unsigned optLevel,
                                  ScheduleTrace *trace = nullptr,
                                  const std::vector<std::string> &ioTypes = {});

/// The same as one pipeline.
void buildCompilerPipeline(mlir::OpPassManager &manager,
                           const runtime::Machine &machine, Precision precision,
                           unsigned optLevel);

/// `--ashlar-pipeline="target=edge precision=keep opt-level=2"`.
void registerCompilerPipeline();

} // namespace ashlar

#endif // ASHLAR_PIPELINE_PASSES_H
