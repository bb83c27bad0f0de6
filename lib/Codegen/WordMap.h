//===- WordMap.h - Where the words of an edited text have gone ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The memory plan says between which words a buffer holds something. A pass
// that adds or takes away words makes a map before, erases through it, and
// brings the plan up to date behind.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_WORDMAP_H
#define ASHLAR_LIB_CODEGEN_WORDMAP_H

#include "dialects/nisa/NISA.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

namespace ashlar {

class WordMap {
public:
  explicit WordMap(nisa::TextOp text);

  void erase(mlir::Operation *op) {
    numbers.erase(op);
    op->erase();
  }

  /// Rewrites the words of the plan in the module's `nisa.image`, if it has
  /// one. What was added before a word belongs to that word.
  mlir::LogicalResult update(mlir::ModuleOp module);

private:
  nisa::TextOp text;
  int64_t count = 0;
  llvm::DenseMap<mlir::Operation *, int64_t> numbers; ///< before the edit
};

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_WORDMAP_H
