//===- Pipeline.cpp - The order of the scheduling passes ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace ashlar {

#define GEN_PASS_REGISTRATION
#include "lib/Schedule/Passes.h.inc"

/// The passes that are given depend on the machine.
static void buildPipeline(OpPassManager &manager,
                          std::unique_ptr<Pass> expandAttention,
                          std::unique_ptr<Pass> feedOutputStage,
                          std::unique_ptr<Pass> formGroups,
                          std::unique_ptr<Pass> placeBuffers,
                          std::unique_ptr<Pass> chooseTiles,
                          std::unique_ptr<Pass> tileGathers) {
  manager.addNestedPass<func::FuncOp>(std::move(expandAttention));
  manager.addNestedPass<func::FuncOp>(createRaiseGathers());
  manager.addNestedPass<func::FuncOp>(createDeferPads());
  manager.addNestedPass<func::FuncOp>(createNormalizeLinalg());
  manager.addNestedPass<func::FuncOp>(createFoldAttentionLayouts());
  manager.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createCollapseElementwise());
  manager.addNestedPass<func::FuncOp>(createFuseElementwise());
  manager.addNestedPass<func::FuncOp>(createSplitPrograms());
  // Fusion and canonicalisation may have introduced what normalising removes.
  manager.addNestedPass<func::FuncOp>(createNormalizeLinalg());
  manager.addNestedPass<func::FuncOp>(std::move(feedOutputStage));
  manager.addNestedPass<func::FuncOp>(std::move(formGroups));
  manager.addPass(createBufferizeToDram());
  manager.addNestedPass<func::FuncOp>(createKeepTables());
  manager.addNestedPass<func::FuncOp>(createMaterializePads());
  manager.addNestedPass<func::FuncOp>(std::move(placeBuffers));
  manager.addNestedPass<func::FuncOp>(std::move(chooseTiles));
  manager.addNestedPass<func::FuncOp>(createMaterializeTiles());
  manager.addNestedPass<func::FuncOp>(createTileAttention());
  manager.addNestedPass<func::FuncOp>(std::move(tileGathers));
  manager.addPass(createOpenSession());
  manager.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createCSEPass());
}

void buildSchedulePipeline(OpPassManager &manager,
                           const runtime::Machine &machine, unsigned optLevel,
                           ScheduleTrace *trace) {
  buildPipeline(manager, createExpandAttention(machine),
                createFeedOutputStage(machine, optLevel),
                createFormGroups(machine, optLevel),
                createPlaceBuffers(machine, optLevel),
                createChooseTiles(machine, optLevel, trace),
                createTileGathers(machine));
}

namespace {
struct SchedulePipelineOptions : PassPipelineOptions<SchedulePipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("preset or target file"),
                             llvm::cl::init("edge")};
  Option<unsigned> optLevel{*this, "opt-level",
                            llvm::cl::desc("0 to 3: how hard to search"),
                            llvm::cl::init(kDefaultOptLevel)};
};
} // namespace

void registerSchedulePasses() {
  registerScheduleStepsPasses();
  PassPipelineRegistration<SchedulePipelineOptions>(
      "schedule", "linalg on tensors to tiles in named memories",
      [](OpPassManager &manager, const SchedulePipelineOptions &options) {
        ExpandAttentionOptions attention;
        attention.target = options.target;
        FeedOutputStageOptions stage;
        stage.target = options.target;
        stage.optLevel = options.optLevel;
        FormGroupsOptions groups;
        groups.target = options.target;
        groups.optLevel = options.optLevel;
        PlaceBuffersOptions buffers;
        buffers.target = options.target;
        buffers.optLevel = options.optLevel;
        ChooseTilesOptions tiles;
        tiles.target = options.target;
        tiles.optLevel = options.optLevel;
        TileGathersOptions gathers;
        gathers.target = options.target;
        buildPipeline(manager, createExpandAttention(attention),
                      createFeedOutputStage(stage), createFormGroups(groups),
                      createPlaceBuffers(buffers), createChooseTiles(tiles),
                      createTileGathers(gathers));
      });
}

} // namespace ashlar
