//===- ImportOnnx.cpp - From an ONNX model to nn --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Import/Onnx/ImportOnnx.h"

#include "GraphImporter.h"
#include "OpTable.h"

#include "mlir/IR/Diagnostics.h"

using namespace ashlar;
using namespace mlir;

const OpTable &ashlar::onnxOpTable() {
  static const OpTable table = [] {
    OpTable entries;
    addElementwiseOps(entries);
    addActivationOps(entries);
    addContractionOps(entries);
    addReductionOps(entries);
    addNormalizationOps(entries);
    addLayoutOps(entries);
    addIndexingOps(entries);
    addWindowOps(entries);
    addGeneratorOps(entries);
    addResizeOps(entries);
    addEinsumOps(entries);
    addQuantizationOps(entries);
    addSequenceOps(entries);
    return entries;
  }();
  return table;
}

ImportResult ashlar::importOnnx(StringRef path,
                                const OnnxImportOptions &options,
                                MLIRContext *context) {
  context->loadDialect<nn::NNDialect, func::FuncDialect>();
  Location loc = NameLoc::get(StringAttr::get(context, path));
  auto file = OnnxFile::open(path);
  if (!file) {
    emitError(loc) << llvm::toString(file.takeError());
    return {ImportStatus::Unreadable, nullptr, {}, {}};
  }
  return GraphImporter(**file, options, context).run(loc);
}
