//===- Pipeline.cpp - The order of the passes on tiles -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Machine/Machine.h"
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
  OpPassManager &func = manager.nest<func::FuncOp>();
  func.addPass(createAssignQueues(machine));
  func.addPass(createFormRings());
  func.addPass(createPlanMemory(machine));
  func.addPass(createInsertSync(machine));
}

namespace {
struct TileOptions : PassPipelineOptions<TileOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("machine: a preset or a file"),
                             llvm::cl::init("edge")};
};
} // namespace

void ashlar::registerTilePasses() {
  generated::registerTilePasses();
  PassPipelineRegistration<TileOptions>(
      "tile", "queues, rings, places and order of tiles",
      [](OpPassManager &manager, const TileOptions &options) {
        llvm::Expected<runtime::Machine> machine = loadMachine(options.target);
        if (machine)
          return buildTilePipeline(manager, *machine);
        llvm::errs() << llvm::toString(machine.takeError()) << "\n";
      });
}
