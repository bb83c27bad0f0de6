//===- Pipeline.cpp - The order of code generation -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Machine/Pipeline.h"
#include "ashlar/Codegen/Passes.h"
#include "dialects/nisa/NISA.h"
#include "dialects/npu/NPU.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace ashlar {
#define GEN_PASS_REGISTRATION
namespace generated {
#include "lib/Codegen/Passes.h.inc"
} // namespace generated
} // namespace ashlar

using namespace mlir;

void ashlar::buildCodegenPipeline(OpPassManager &manager,
                                  const runtime::Machine &machine) {
  manager.addPass(createLowerAffinePass());
  manager.nest<func::FuncOp>().addPass(createPrepareCodegen());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  manager.addPass(createConvertNPUToNISA(machine));
  manager.addPass(createReuseDescriptors());
  manager.addPass(createAllocateRegisters(machine));
}

void ashlar::registerCodegenPasses() {
  generated::registerCodegenPasses();
  registerMachinePipeline<TargetPipelineOptions>(
      "codegen", "machine words from placed, synchronised tiles",
      [](OpPassManager &manager, const runtime::Machine &machine,
         const TargetPipelineOptions &) {
        buildCodegenPipeline(manager, machine);
      });
}
