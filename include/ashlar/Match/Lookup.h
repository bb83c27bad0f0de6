//===- Lookup.h - Entries of tables that bodies read ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MATCH_LOOKUP_H
#define ASHLAR_MATCH_LOOKUP_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace ashlar {

/// Entries of a table.
inline constexpr int64_t kLookupEntries = 256;

/// An operation in a body that picks the entry of a byte: `tensor.extract` of a
/// constant tensor<256xi8>, or `memref.load` of a memref<256xi8>, at
/// `arith.index_castui` of an i8.
struct Lookup {
  mlir::Value table; ///< from outside the body
  mlir::Value byte;
};
std::optional<Lookup> matchLookup(mlir::Operation *op);

/// The lookups in the body of `op`, in order. The output stage alone can do
/// them.
llvm::SmallVector<Lookup> findLookups(mlir::linalg::LinalgOp op);

/// Whether `op` reads one tensor, element by element in order, and does nothing
/// but look its bytes up.
bool isLookup(mlir::linalg::LinalgOp op);

} // namespace ashlar

#endif // ASHLAR_MATCH_LOOKUP_H
