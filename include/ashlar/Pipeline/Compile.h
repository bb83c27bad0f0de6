//===- Compile.h - The whole compiler behind one call ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_PIPELINE_COMPILE_H
#define ASHLAR_PIPELINE_COMPILE_H

#include "ashlar/Import/Onnx/ImportOnnx.h"

#include "Image/ImageContents.h"
#include "Timing/Machine.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ashlar {

/// Levels that a compilation can stop at (`--emit`).
enum class Level { NN, Linalg, NPU, NISA, Asm, Image };

enum class Precision { Keep, F32, BF16, F16, I8 };

/// A dimension that stays open until run time (`--dim N=1..8`,
/// `--shape X=1..8x16`). Everything else names its highest value.
struct RuntimeDim {
  std::string name;
  std::string input; ///< the one whose shape it is in; empty: a symbolic one
  unsigned position = 0;
  int64_t lowest = 1, highest = 1;
};

struct ImportOptions : OnnxImportOptions {
  std::vector<RuntimeDim> runtimeDims;
};

struct CompileOptions {
  runtime::Machine machine;
  Precision precision = Precision::Keep;
  unsigned optLevel = 2;
  Level emit = Level::Image;
  ImportOptions import;
  /// Inputs that stay on the device between the runs of a session, each with
  /// the output that is its next value (`--state`), by the names in the graph.
  std::vector<std::pair<std::string, std::string>> states;
  /// NAME=i8|u8|bf16|keep: types of inputs and outputs (`--io-type`).
  std::vector<std::string> ioTypes;
  /// Weights may stay in the scratchpads, loaded when a session opens; not with
  /// `--no-resident`.
  bool residentWeights = true;
  /// Called when a phase begins: its name, and the share done so far (0 to 1).
  std::function<void(llvm::StringRef, double)> progress;
};

/// The exit codes of the command line.
enum class CompileStatus {
  Ok = 0,
  Unreadable = 2,
  Unsupported = 3,
  DoesNotFit = 4,
};

/// What `--stats` of compile reports; bytes, and wall milliseconds by phase.
struct CompileStats {
  std::vector<std::pair<std::string, double>> phaseMs; // in order
  std::map<std::string, uint64_t> instructionsByClass;
  uint64_t weightsBytes = 0, textBytes = 0;
  uint64_t sramPeakBytes = 0, sramLowerBoundBytes = 0;
  uint64_t dramPeakBytes = 0, dramLowerBoundBytes = 0;
  uint64_t accPeakBytes = 0, accLowerBoundBytes = 0;
  double estimatedCycles = 0;
};

struct CompileResult {
  CompileStatus status = CompileStatus::Ok;
  /// The level asked for as text, up to `Level::Asm`.
  std::string text;
  /// What to write for `Level::Image`. Its weights refer to the model's file or
  /// to the context's resources: the context must outlive it.
  runtime::ImageContents image;
  CompileStats stats;
  /// The scheduler's choices as JSON (`--explain`), once scheduling has run.
  std::string explanation;
};

/// All dialects and interfaces that the compiler needs, in `context`.
void loadCompilerDialects(mlir::MLIRContext &context);

/// Reads a model: `.onnx`, or `.mlir`/`.mlirbc` at nn, linalg-on-tensors or
/// TOSA level. Problems are emitted as diagnostics.
ImportResult importModel(llvm::StringRef path, const ImportOptions &options,
                         mlir::MLIRContext &context);

/// The same for an ONNX model with run-time dimensions. The module has their
/// highest values as sizes; `nn.dims` on arguments and results names the
/// dimensions, `nn.dim_ranges` on the function gives the ranges. The model is
/// read at several sizes: what differs between them beyond sizes of tensors is
/// an error.
ImportResult importWithRuntimeDims(llvm::StringRef path,
                                   const ImportOptions &options,
                                   mlir::MLIRContext &context);

/// Marks the pairs of `states` (input, output) as state buffers: `nn.state` on
/// the argument and on the result of the entry function. Fails, with a
/// diagnostic, where there are no such tensors or their types differ.
mlir::LogicalResult
declareStates(mlir::ModuleOp module,
              llvm::ArrayRef<std::pair<std::string, std::string>> states);

/// Compiles `module` (consumed) down to `options.emit`. Problems are emitted as
/// diagnostics of `module`'s context; the status says of which kind they are.
CompileResult compileModule(mlir::OwningOpRef<mlir::ModuleOp> module,
                            const CompileOptions &options);

} // namespace ashlar

#endif // ASHLAR_PIPELINE_COMPILE_H
