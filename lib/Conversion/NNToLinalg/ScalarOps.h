//===- ScalarOps.h - Bodies of elementwise operators ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NNTOLINALG_SCALAROPS_H
#define ASHLAR_LIB_CONVERSION_NNTOLINALG_SCALAROPS_H

#include "Builders.h"

namespace ashlar::nntolinalg {

/// Converts a scalar as `nn.cast` does. Types are those of the nn level, which
/// say whether an integer is unsigned; `value` is signless.
mlir::Value castScalar(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                       mlir::Type from, mlir::Type to);

/// The result element of an elementwise `nn` operation from the (signless)
/// elements of its operands. Null if the operation is none.
mlir::Value emitScalar(mlir::ImplicitLocOpBuilder &b, mlir::Operation *op,
                       mlir::ValueRange args);

/// The combination of two values by a reduction: sum, prod, max, min (`mean`
/// counts as sum); truth values by or and and.
mlir::Value combine(mlir::ImplicitLocOpBuilder &b, nn::ReduceKind kind,
                    mlir::Type element, mlir::Value old, mlir::Value value);

/// What such a reduction starts from, in the type it computes in.
mlir::TypedAttr getIdentity(nn::ReduceKind kind, mlir::Type element);

} // namespace ashlar::nntolinalg

#endif // ASHLAR_LIB_CONVERSION_NNTOLINALG_SCALAROPS_H
