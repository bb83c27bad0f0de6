//===- CountMacs.h - Work of the source graph -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_PIPELINE_COUNTMACS_H
#define ASHLAR_PIPELINE_COUNTMACS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace ashlar {

/// Multiply-accumulates of matrix products and convolutions. Padding of tiles,
/// recomputation and elementwise work do not count: utilisation is measured
/// against these.
struct SourceMacs {
  uint64_t total = 0;
  llvm::StringMap<uint64_t> byNode; ///< by the name in the location
};

/// Counts those of `module`, at nn level or linalg on tensors, static shapes.
SourceMacs countMacs(mlir::ModuleOp module);

} // namespace ashlar

#endif // ASHLAR_PIPELINE_COUNTMACS_H
