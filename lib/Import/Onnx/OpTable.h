//===- OpTable.h - Which function imports which operator ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IMPORT_ONNX_OPTABLE_H
#define ASHLAR_LIB_IMPORT_ONNX_OPTABLE_H

#include "NodeContext.h"

#include "llvm/ADT/StringMap.h"

namespace ashlar {

/// Imports one node: creates nn operations and sets the outputs, or reports why
/// it can't and fails.
using ImportFn = mlir::LogicalResult (*)(NodeContext &);

/// An operator that is one nn operation of its first input.
template <typename OpTy> mlir::LogicalResult importUnary(NodeContext &nc) {
  return nc.result(nc.make<OpTy>({nc.input(0)}));
}

/// Operators of the domain ai.onnx by name.
using OpTable = llvm::StringMap<ImportFn>;

void addElementwiseOps(OpTable &table);
void addActivationOps(OpTable &table);
void addContractionOps(OpTable &table);
void addReductionOps(OpTable &table);
void addNormalizationOps(OpTable &table);
void addLayoutOps(OpTable &table);
void addIndexingOps(OpTable &table);
void addWindowOps(OpTable &table);
void addGeneratorOps(OpTable &table);
void addResizeOps(OpTable &table);
void addEinsumOps(OpTable &table);
void addQuantizationOps(OpTable &table);
void addSequenceOps(OpTable &table);

const OpTable &onnxOpTable();

/// Why a node of an operator of ai.onnx that the table does not have is
/// refused.
std::string whyNotImported(llvm::StringRef name, int64_t opset);

} // namespace ashlar

#endif // ASHLAR_LIB_IMPORT_ONNX_OPTABLE_H
