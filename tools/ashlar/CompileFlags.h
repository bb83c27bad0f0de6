//===- CompileFlags.h - Flags that compile and verify share -----*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_ASHLAR_COMPILEFLAGS_H
#define ASHLAR_TOOLS_ASHLAR_COMPILEFLAGS_H

#include "Commands.h"

#include "ashlar/Pipeline/Compile.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <string>
#include <vector>

namespace ashlar::tool {

struct CompileFlags {
  std::string model;
  std::string target = "edge";
  std::string precision = "keep";
  std::vector<std::string> ioTypes;   // NAME=i8
  std::vector<std::string> shapes;    // NAME=1x3x224x224
  std::vector<std::string> dims;      // NAME=1
  std::vector<std::string> constants; // NAME=file.npy
  std::vector<std::string> states;    // INPUT=OUTPUT
  unsigned optLevel = 2;
  bool noResident = false;

  void addTo(CLI::App &command);
  /// Fills `options`; an error message or nothing.
  std::string convert(CompileOptions &options) const;
  /// The part of it that is about sizes of inputs.
  std::string convertSizes(ImportOptions &options) const;
  /// Reads the values that are fixed; an error message or nothing.
  std::string readConstants(CompileOptions &options,
                            mlir::MLIRContext &context) const;
};

/// A compiler context whose diagnostics are kept until they are printed: one
/// line each, with the place in the model's own terms.
class CompilerContext {
public:
  CompilerContext();
  mlir::MLIRContext &get() { return context; }

  /// Writes what has been reported to standard error and forgets it.
  void print();
  void discard() { lines.clear(); }

private:
  mlir::MLIRContext context;
  std::vector<std::string> lines;
};

} // namespace ashlar::tool

#endif // ASHLAR_TOOLS_ASHLAR_COMPILEFLAGS_H
