//===- Lowering.cpp - From our levels to LLVM's on the host ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "ashlar/Conversion/NNToLinalg/Passes.h"
#include "ashlar/Conversion/NPUToLinalg/Passes.h"
#include "ashlar/Reference/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace ashlar;

/// Constants of at most so many elements stay in the program.
static constexpr int64_t kSmallConstant = 64;

void reference::buildBufferPipeline(OpPassManager &pm) {
  pm.addPass(createConvertNNToLinalg());
  pm.addPass(createConvertNPUToLinalg());
  pm.addNestedPass<func::FuncOp>(createDecomposeOperations());
  pm.addNestedPass<func::FuncOp>(createLinalgGeneralizeNamedOpsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createFuseElementwise());
  pm.addNestedPass<func::FuncOp>(createTransposeProducts());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  pm.addPass(bufferization::createEmptyTensorToAllocTensorPass());
  pm.addNestedPass<func::FuncOp>(createSeparateResults());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  bufferize.allowReturnAllocsFromLoops = true;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  bufferization::BufferResultsToOutParamsPassOptions results;
  results.modifyPublicFunctions = true;
  results.hoistStaticAllocs = true;
  pm.addPass(bufferization::createBufferResultsToOutParamsPass(results));
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createForgetDeallocations());
  bufferization::buildBufferDeallocationPipeline(pm, {});
}

void reference::buildLLVMPipeline(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createLinalgGeneralizeNamedOpsPass());
  pm.addPass(createOutlineOperations());
  pm.addNestedPass<func::FuncOp>(createOrderLoops());
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  pm.addPass(createDefineArithmetic());
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  SmallVector<std::string> halves = {"bf16", "f16"};
  emulate.sourceTypeStrs = halves;
  emulate.targetTypeStr = "f32";
  pm.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  pm.addNestedPass<func::FuncOp>(arith::createArithExpandOpsPass(expand));
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

std::vector<ElementsAttr> reference::hoistConstants(ModuleOp module,
                                                    func::FuncOp entry) {
  std::vector<ElementsAttr> values;
  SymbolTable symbols(module);
  llvm::DenseMap<Attribute, unsigned> seen;
  SmallVector<memref::GetGlobalOp> reads;
  entry.walk([&](memref::GetGlobalOp op) { reads.push_back(op); });
  for (memref::GetGlobalOp read : reads) {
    auto global = symbols.lookup<memref::GlobalOp>(read.getName());
    if (!global || !global.getConstant() || global.isUninitialized())
      continue;
    auto value = dyn_cast<ElementsAttr>(*global.getInitialValue());
    auto dense = dyn_cast_if_present<DenseElementsAttr>(value);
    // Truth values are packed in attributes; equal elements are stored once.
    if (!value || value.getElementType().isInteger(1) ||
        value.getNumElements() <= kSmallConstant || (dense && dense.isSplat()))
      continue;
    auto [place, isNew] =
        seen.try_emplace(global.getSymNameAttr(), entry.getNumArguments());
    if (isNew) {
      if (failed(entry.insertArgument(place->second, read.getType(), {},
                                      read.getLoc())))
        continue;
      values.push_back(value);
    }
    read.replaceAllUsesWith(entry.getArgument(place->second));
    read.erase();
  }
  for (auto [name, index] : seen) {
    Operation *global = symbols.lookup(cast<StringAttr>(name));
    if (SymbolTable::symbolKnownUseEmpty(global, module))
      symbols.erase(global);
  }
  return values;
}
