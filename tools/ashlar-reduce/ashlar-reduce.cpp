//===- ashlar-reduce.cpp - Shrinks IR that shows a fault ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Import/Mlir/OpenMlir.h"
#include "ashlar/Pipeline/Register.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LLVM.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

/// The file to reduce. Upstream's driver reads the command line and opens the
/// file in one call, and would end on a damaged one.
static llvm::StringRef findInput(llvm::ArrayRef<char *> arguments) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    llvm::StringRef argument = arguments[i];
    if (argument == "-o" || argument == "--o")
      ++i;
    else if (!argument.starts_with("-"))
      return argument;
  }
  return {};
}

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  ashlar::registerAllDialects(registry);
  ashlar::registerAllPasses();
  std::string error;
  llvm::StringRef input = findInput({argv, static_cast<size_t>(argc)});
  if (llvm::sys::fs::is_regular_file(input) &&
      !ashlar::openMlir(input, registry, error)) {
    llvm::errs() << "ashlar-reduce: error: " << error << "\n";
    return 1;
  }
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
