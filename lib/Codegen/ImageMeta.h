//===- ImageMeta.h - What the image says of the program ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_IMAGEMETA_H
#define ASHLAR_LIB_CODEGEN_IMAGEMETA_H

#include "Image/ImageContents.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/DenseMap.h"

namespace ashlar {

/// Words [first, second) that an operation became.
using WordsOf =
    llvm::function_ref<std::pair<int64_t, int64_t>(mlir::Operation *)>;

/// Signature, regions, memory plan and source nodes of an entry function.
/// Emits an error for element types that images do not have.
mlir::LogicalResult describeEntry(mlir::func::FuncOp func, WordsOf wordsOf,
                                  runtime::ImageMeta &meta);

/// Adds the module's globals in the scratchpad to the memory plan, alive in all
/// `words` words of the text.
void describeResidents(mlir::ModuleOp module, int64_t words,
                       runtime::ImageMeta &meta);

/// Places constants one behind the other: offsets of all globals by name, and
/// the constants' description in `meta`.
mlir::LogicalResult
describeGlobals(mlir::ModuleOp module, runtime::ImageMeta &meta,
                llvm::DenseMap<llvm::StringRef, int64_t> &offsets);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_IMAGEMETA_H
