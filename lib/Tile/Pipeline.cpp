//===- Pipeline.cpp - The order of the passes on tiles -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Machine/Pipeline.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

namespace ashlar {
#define GEN_PASS_REGISTRATION
namespace generated {
#include "lib/Tile/Passes.h.inc"
} // namespace generated
} // namespace ashlar

using namespace mlir;

void ashlar::buildTilePipeline(OpPassManager &manager,
                               const runtime::Machine &machine) {
  {
    OpPassManager &func = manager.nest<func::FuncOp>();
    func.addPass(createPlaceWork(machine));
    func.addPass(createAssignQueues(machine));
    func.addPass(createFormRings());
  }
  manager.addPass(createStageInputs(machine));
  manager.addPass(createPlaceResidents());
  OpPassManager &func = manager.nest<func::FuncOp>();
  func.addPass(createShareLoads(machine));
  func.addPass(createPlanMemory(machine));
  func.addPass(createInsertBarriers(machine));
  func.addPass(createLowerCores(machine));
  func.addPass(createLeaveOutputs(machine));
  func.addPass(createInsertSync(machine));
}

void ashlar::registerTilePasses() {
  generated::registerTilePasses();
  registerMachinePipeline<TargetPipelineOptions>(
      "tile", "queues, rings, places and order of tiles",
      [](OpPassManager &manager, const runtime::Machine &machine,
         const TargetPipelineOptions &) {
        buildTilePipeline(manager, machine);
      });
}
