//===- Register.cpp - All dialects and passes of the project --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Pipeline/Register.h"

#include "ashlar/Codegen/Passes.h"
#include "ashlar/Conversion/LinalgToNPU/Passes.h"
#include "ashlar/Conversion/NNToLinalg/Passes.h"
#include "ashlar/Conversion/NNToNPU/Passes.h"
#include "ashlar/Conversion/NPUToLinalg/Passes.h"
#include "ashlar/Graph/Passes.h"
#include "ashlar/Pipeline/Passes.h"
#include "ashlar/Reference/Passes.h"
#include "ashlar/Reference/Reference.h"
#include "ashlar/Schedule/Passes.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/nisa/NISA.h"
#include "dialects/nn/NN.h"
#include "dialects/npu/NPU.h"

#include "mlir/IR/Dialect.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void ashlar::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerReferenceDialects(registry);
  registry.insert<nn::NNDialect, npu::NPUDialect, nisa::NISADialect>();
}

void ashlar::registerAllPasses() {
  mlir::registerAllPasses();
  registerGraphPasses(evaluateConstants);
  registerNNToLinalgPasses();
  registerNNToNPUPasses();
  registerSchedulePasses();
  registerLinalgToNPUPasses();
  registerTilePasses();
  registerCodegenPasses();
  registerNPUToLinalgPasses();
  reference::registerReferencePasses();
  registerCompilerPipeline();
}
