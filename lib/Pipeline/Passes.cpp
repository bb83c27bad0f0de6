//===- Passes.cpp - The order of passes -----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Pipeline/Passes.h"

#include "ashlar/Codegen/Passes.h"
#include "ashlar/Conversion/LinalgToNPU/Passes.h"
#include "ashlar/Conversion/NNToLinalg/Passes.h"
#include "ashlar/Conversion/NNToNPU/Passes.h"
#include "ashlar/Graph/Passes.h"
#include "ashlar/Machine/Pipeline.h"
#include "ashlar/Reference/Reference.h"
#include "ashlar/Schedule/Passes.h"
#include "ashlar/Tile/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace ashlar;
using namespace mlir;

static const char *typeName(Precision precision) {
  switch (precision) {
  case Precision::F32:
    return "f32";
  case Precision::BF16:
    return "bf16";
  case Precision::F16:
    return "f16";
  case Precision::Keep:
  case Precision::I8:
    break;
  }
  return nullptr;
}

void ashlar::buildCheckPipeline(OpPassManager &manager) {
  // Functions are a way of writing models, not of running them.
  manager.addPass(createCheckCalls());
  manager.addPass(createInlinerPass({}, [](OpPassManager &) {}));
  manager.addPass(createSymbolDCEPass());
  manager.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createCSEPass());
  manager.addPass(createCheckSupport());
}

void ashlar::buildGraphPipeline(OpPassManager &manager, Precision precision,
                                ArrayRef<std::string> ioTypes) {
  OpPassManager &func = manager.nest<func::FuncOp>();
  func.addPass(createCanonicalizerPass());
  func.addPass(createCSEPass());
  func.addPass(createSplitConvTranspose());
  // Quantisation first, while it still shows what is quantised.
  func.addPass(createCommuteQuantization());
  func.addPass(createTabulateFunctions());
  FoldConstantsOptions keepDequantize;
  keepDequantize.keepDequantize = true;
  func.addPass(createFoldConstants(evaluateConstants, keepDequantize));
  if (!ioTypes.empty()) {
    SetIoTypesOptions options;
    options.types.assign(ioTypes.begin(), ioTypes.end());
    func.addPass(createSetIoTypes(options));
  }
  func.addPass(createQuantizeTypes());
  func.addPass(createLowerQuantized());
  func.addPass(createCanonicalizerPass());
  func.addPass(createCSEPass());
  // In the model's own precision, so that nothing is rounded twice.
  func.addPass(createFoldConstants(evaluateConstants));
  func.addPass(createFoldAffine());
  func.addPass(createFormAttention());
  if (const char *type = typeName(precision)) {
    SetPrecisionOptions options;
    options.type = type;
    func.addPass(createSetPrecision(options));
  }
  func.addPass(createChooseLayout());
  func.addPass(createCanonicalizerPass());
  func.addPass(createCSEPass());
  func.addPass(createFoldConstants(evaluateConstants));
}

void ashlar::buildLoweringPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createLowerPacks());
  manager.addNestedPass<func::FuncOp>(createConvertNNToNPU());
  manager.addPass(createConvertNNToLinalg());
  manager.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createCSEPass());
}

void ashlar::buildNPUPipeline(OpPassManager &manager,
                              const runtime::Machine &machine) {
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToNPU());
  manager.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  buildTilePipeline(manager, machine);
}

std::vector<Phase>
ashlar::compilerPhases(const runtime::Machine &machine, Precision precision,
                       unsigned optLevel, ScheduleTrace *trace,
                       const std::vector<std::string> &ioTypes) {
  return {
      {"check", Level::NN, buildCheckPipeline},
      {"graph", Level::NN,
       [=](OpPassManager &manager) {
         buildGraphPipeline(manager, precision, ioTypes);
       }},
      {"lower", Level::Linalg, buildLoweringPipeline},
      {"schedule", Level::NPU,
       [=](OpPassManager &manager) {
         buildSchedulePipeline(manager, machine, optLevel, trace);
       }},
      {"tile", Level::NPU,
       [=](OpPassManager &manager) { buildNPUPipeline(manager, machine); }},
      {"codegen", Level::NISA,
       [=](OpPassManager &manager) { buildCodegenPipeline(manager, machine); }},
  };
}

void ashlar::buildCompilerPipeline(OpPassManager &manager,
                                   const runtime::Machine &machine,
                                   Precision precision, unsigned optLevel) {
  for (const Phase &phase : compilerPhases(machine, precision, optLevel))
    phase.addPasses(manager);
}

namespace {
struct CompilerOptions : PassPipelineOptions<CompilerOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("preset or target file"),
                             llvm::cl::init("edge")};
  Option<unsigned> optLevel{
      *this, "opt-level",
      llvm::cl::desc("0 (compile quickly) to 3 (search long)"),
      llvm::cl::init(kDefaultOptLevel)};
  Option<Precision> precision{
      *this, "precision", llvm::cl::desc("floating-point type to compute in"),
      llvm::cl::init(Precision::Keep),
      llvm::cl::values(clEnumValN(Precision::Keep, "keep", "the model's own"),
                       clEnumValN(Precision::F32, "f32", ""),
                       clEnumValN(Precision::BF16, "bf16", ""),
                       clEnumValN(Precision::F16, "f16", ""))};
};
} // namespace

void ashlar::registerCompilerPipeline() {
  registerMachinePipeline<CompilerOptions>(
      "ashlar-pipeline", "the whole compiler, from nn or linalg to nisa",
      [](OpPassManager &manager, const runtime::Machine &machine,
         const CompilerOptions &options) {
        buildCompilerPipeline(manager, machine, options.precision,
                              options.optLevel);
      });
}
