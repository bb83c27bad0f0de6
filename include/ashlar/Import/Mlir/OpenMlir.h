//===- OpenMlir.h - MLIR files that anyone may have written ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's reader of bytecode trusts what it reads, and its parser of text
// recurses as deep as the text nests: a damaged file can end the process. So a
// child process reads each file first, and a file that ends the child is
// refused here. Harm may show late: of bytecode, the child writes what it has
// read once more, and this process reads that.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_IMPORT_MLIR_OPENMLIR_H
#define ASHLAR_IMPORT_MLIR_OPENMLIR_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace ashlar {

/// Opens the MLIR file at `path`, text or bytecode ("-" is standard input), for
/// upstream's parser. Null where it cannot be opened or would end the process,
/// with the reason in `error`; what the parser can say about it is left to it.
/// The child takes as long as the parser does, and three times the memory of
/// what the file defines.
std::unique_ptr<llvm::MemoryBuffer>
openMlir(llvm::StringRef path, const mlir::DialectRegistry &registry,
         std::string &error);

/// The same for a file that is open, whose text the result refers to.
std::unique_ptr<llvm::MemoryBuffer>
probeMlir(llvm::MemoryBufferRef file, const mlir::DialectRegistry &registry,
          std::string &error);

} // namespace ashlar

#endif // ASHLAR_IMPORT_MLIR_OPENMLIR_H
