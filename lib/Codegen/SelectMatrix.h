//===- SelectMatrix.h - Descriptors of matrix work -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_SELECTMATRIX_H
#define ASHLAR_LIB_CODEGEN_SELECTMATRIX_H

#include "Selector.h"

namespace ashlar {

/// Sets descriptor `number` to an accumulator tile (docs/machine.md, "Matrix
/// unit"). Emits an error if the view's rows and lanes are not `rowRank` first
/// dimensions and the rest.
mlir::LogicalResult emitAccDescriptor(Selector &s, mlir::Operation *op,
                                      int64_t number, const TensorView &acc,
                                      unsigned rowRank);

/// The stride of a tensor along dimension `dim` of a map to its indices.
Num getMapStride(Selector &s, mlir::AffineMap map, unsigned dim,
                 const TensorView &view);

/// The address of the element at which all dimensions of the map are zero.
Address getMapBase(Selector &s, mlir::AffineMap map, const TensorView &view);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_SELECTMATRIX_H
