//===- Products.h - What matrix products and convolutions share -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NNTOLINALG_PRODUCTS_H
#define ASHLAR_LIB_CONVERSION_NNTOLINALG_PRODUCTS_H

#include "Builders.h"

namespace ashlar::nntolinalg {

/// The signless type in which products of two nn element types accumulate.
mlir::Type getAccumulator(mlir::Type lhs, mlir::Type rhs);

/// args[2] + args[0] * args[1], the factors widened to the accumulator's type
/// by the signedness of their nn types.
mlir::Value multiplyAdd(mlir::ImplicitLocOpBuilder &b, mlir::Type lhs,
                        mlir::Type rhs, mlir::ValueRange args);

/// Adds `low` and `high` elements of one value to the spatial dimensions of a
/// tensor; the tensor itself if there is nothing to add.
mlir::Value padSpatial(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                       const nn::SpatialDims &dims, llvm::ArrayRef<int64_t> low,
                       llvm::ArrayRef<int64_t> high, mlir::TypedAttr with);

} // namespace ashlar::nntolinalg

#endif // ASHLAR_LIB_CONVERSION_NNTOLINALG_PRODUCTS_H
