//===- ImportModel.cpp - A model file of any kind -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Pipeline/Compile.h"

#include "ashlar/Import/Mlir/OpenMlir.h"

#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace ashlar;
using namespace mlir;

/// TOSA comes down to linalg by upstream's own pipeline.
static LogicalResult lowerTosa(ModuleOp module) {
  bool hasTosa = false;
  module.walk([&](Operation *op) {
    hasTosa |= isa_and_nonnull<tosa::TosaDialect>(op->getDialect());
  });
  if (!hasTosa)
    return success();
  PassManager manager(module.getContext());
  TosaToLinalgOptions options;
  TosaToLinalgNamedOptions named;
  named.preferConv2DKernelLayoutHWCF = true;
  tosa::addTosaToLinalgPasses(manager, options, named);
  return manager.run(module);
}

/// The one function with a body becomes `main`.
static LogicalResult findEntry(ModuleOp module) {
  SmallVector<func::FuncOp> functions;
  for (func::FuncOp func : module.getOps<func::FuncOp>())
    if (!func.isExternal() && !func.isPrivate())
      functions.push_back(func);
  for (func::FuncOp func : functions)
    if (func.getName() == "main")
      return success();
  if (functions.size() != 1)
    return module.emitError()
           << "expected a function 'main', or a single public function; found "
           << functions.size();
  functions.front().setName("main");
  return success();
}

static ImportResult importMlir(StringRef path, MLIRContext &context) {
  std::string error;
  auto file = openMlir(path, context.getDialectRegistry(), error);
  if (!file) {
    emitError(NameLoc::get(StringAttr::get(&context, path))) << error;
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  }
  // The parser's resources keep it open.
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  if (failed(findEntry(*module)))
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  if (failed(lowerTosa(*module)))
    return {ImportStatus::Unsupported, nullptr, {}, {}};
  return {ImportStatus::Ok, std::move(module), {}, {}};
}

ImportResult ashlar::importModel(StringRef path, const ImportOptions &options,
                                 MLIRContext &context) {
  Location loc = NameLoc::get(StringAttr::get(&context, path));
  StringRef extension = llvm::sys::path::extension(path);
  if (!llvm::sys::fs::exists(path)) {
    emitError(loc) << "cannot read '" << path << "': no such file";
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  }
  if (extension == ".onnx")
    return options.runtimeDims.empty()
               ? importOnnx(path, options, &context)
               : importWithRuntimeDims(path, options, context);
  if (extension != ".mlir" && extension != ".mlirbc") {
    emitError(loc) << "cannot tell what '" << path
                   << "' is; expected .onnx, .mlir or .mlirbc";
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  }
  if (!options.shapes.empty() || !options.dims.empty() ||
      !options.constants.empty()) {
    emitError(loc) << "--shape, --dim and --constant apply to ONNX models only";
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  }
  return importMlir(path, context);
}
