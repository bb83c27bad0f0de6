//===- ashlar-reduce.cpp - Shrinks IR that shows a fault ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Import/Mlir/OpenMlir.h"
#include "ashlar/Pipeline/Register.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LLVM.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

/// Where the file to reduce stands. Upstream's driver reads the command line
/// and opens the file in one call, and would end on a damaged one.
static char **findInput(llvm::MutableArrayRef<char *> arguments) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    llvm::StringRef argument = arguments[i];
    if (argument == "-o" || argument == "--o")
      ++i;
    else if (!argument.starts_with("-"))
      return &arguments[i];
  }
  return nullptr;
}

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  ashlar::registerAllDialects(registry);
  ashlar::registerAllPasses();
  char **input = findInput({argv, static_cast<size_t>(argc)});
  llvm::SmallString<128> sound;
  if (input && llvm::sys::fs::is_regular_file(*input)) {
    std::string error;
    auto file = ashlar::openMlir(*input, registry, error);
    std::error_code failed;
    if (file && mlir::isBytecode(*file)) {
      failed = llvm::sys::fs::createTemporaryFile("reduce", "mlirbc", sound);
      llvm::raw_fd_ostream(sound, failed) << file->getBuffer();
      *input = const_cast<char *>(sound.c_str());
    }
    if (!file || failed) {
      llvm::errs() << "ashlar-reduce: error: "
                   << (file ? failed.message() : error) << "\n";
      return 1;
    }
  }
  llvm::FileRemover remover(sound, /*deleteIt=*/!sound.empty());
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
