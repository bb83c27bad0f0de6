//===- ImportOnnx.h - From an ONNX model to nn ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_IMPORT_ONNX_IMPORTONNX_H
#define ASHLAR_IMPORT_ONNX_IMPORTONNX_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace ashlar {

/// What the user fixes about a model's inputs.
struct OnnxImportOptions {
  /// Whole shapes by input name (`--shape NAME=1x3x224x224`).
  llvm::StringMap<llvm::SmallVector<int64_t>> shapes;
  /// Symbolic dimensions by name (`--dim N=1`).
  llvm::StringMap<int64_t> dims;
  /// Values by input name (`--constant NAME=FILE`): such an input is a constant
  /// and not part of the signature.
  llvm::StringMap<mlir::ElementsAttr> constants;
};

/// How an import ended. The numbers are the exit codes of the command line.
enum class ImportStatus { Ok = 0, Unreadable = 2, Unsupported = 3 };

struct ImportResult {
  ImportStatus status = ImportStatus::Ok;
  /// One `func.func @main` on nn operations; null unless `status` is Ok.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The model's inputs, those with a fixed value among them.
  std::vector<std::string> inputs;
  /// Inputs whose values the import would need (shapes, axes, ...): fixing them
  /// would bring it further.
  std::vector<std::string> neededConstants;
};

/// Reads the ONNX model at `path` (any opset, any IR version; external
/// data beside it). Large initialisers stay mapped files that the module's
/// resources refer to. Every problem is emitted as a diagnostic whose location
/// names the node; all unsupported nodes are reported before the import fails.
/// The dialects it creates are loaded into `context`.
ImportResult importOnnx(llvm::StringRef path, const OnnxImportOptions &options,
                        mlir::MLIRContext *context);

} // namespace ashlar

#endif // ASHLAR_IMPORT_ONNX_IMPORTONNX_H
