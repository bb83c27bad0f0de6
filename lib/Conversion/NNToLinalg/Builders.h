//===- Builders.h - Structured operators from maps and bodies -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NNTOLINALG_BUILDERS_H
#define ASHLAR_LIB_CONVERSION_NNTOLINALG_BUILDERS_H

#include "dialects/nn/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ashlar::nntolinalg {

/// What a structured operator reads: a tensor through a map, or a number that
/// stands in the body.
struct Operand {
  mlir::Value value;
  mlir::AffineMap map;
  mlir::TypedAttr scalar;
};

/// A body: one scalar for each operand in, the result element out. Reductions
/// get the old value of the output last.
using Body = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                            mlir::ValueRange)>;

/// The type in which a body computes: f32 for half types.
mlir::Type getComputeType(mlir::Type element);
/// A half widened to f32; any other value as it is.
mlir::Value widen(mlir::ImplicitLocOpBuilder &b, mlir::Value value);
/// A float rounded to a narrower type; a value of that type as it is.
mlir::Value narrow(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                   mlir::Type type);

/// A scalar constant of an integer or float type.
mlir::Value makeInt(mlir::ImplicitLocOpBuilder &b, mlir::Type type,
                    int64_t value);
mlir::Value makeFloat(mlir::ImplicitLocOpBuilder &b, mlir::Type type,
                      double value);

/// Where a body stands along a loop, as an integer of `type`.
mlir::Value makeLoopIndex(mlir::ImplicitLocOpBuilder &b, mlir::Type type,
                          unsigned loop);

/// The signless type of a value's element type, or of a tensor.
mlir::Type getSignless(mlir::Type type);

/// The operand whose elements stand along `dims` of a loop nest.
Operand readThrough(mlir::Value value, unsigned loops,
                    llvm::ArrayRef<unsigned> dims);

/// An operand that repeats to a result's shape by numpy's rule. `source` is the
/// nn level's value, `value` its conversion. Dimensions of size 1 that repeat
/// are collapsed; equal elements become a number.
Operand readBroadcast(mlir::ImplicitLocOpBuilder &b, mlir::Value source,
                      mlir::Value value, llvm::ArrayRef<int64_t> shape);

/// The same elements under another static shape, by collapsing and expanding.
mlir::Value reshape(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                    llvm::ArrayRef<int64_t> shape);

/// A tensor of one value.
mlir::Value fill(mlir::ImplicitLocOpBuilder &b, mlir::RankedTensorType type,
                 mlir::TypedAttr value);
/// Zeros of an integer or float type.
mlir::Value fillZero(mlir::ImplicitLocOpBuilder &b,
                     mlir::RankedTensorType type);

/// One result element for each point of the result's shape.
mlir::Value buildMap(mlir::ImplicitLocOpBuilder &b,
                     llvm::ArrayRef<Operand> operands,
                     mlir::RankedTensorType type, Body body);

/// Combines into `init` over loops that its map does not have.
mlir::Value buildReduction(mlir::ImplicitLocOpBuilder &b,
                           llvm::ArrayRef<Operand> operands, mlir::Value init,
                           mlir::AffineMap outputMap, Body body);

/// The elements in opposite order along the dimensions that are marked.
mlir::Value reverse(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                    llvm::ArrayRef<bool> backwards);

/// A place along a dimension of `size` elements as an index: a negative one
/// counts from the end, and one outside is its nearest end.
mlir::Value wrapIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value place,
                      int64_t size);

/// Converts each element by rounding to nearest even; a tensor of that element
/// type as it is.
mlir::Value roundTensor(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                        mlir::Type element);

} // namespace ashlar::nntolinalg

#endif // ASHLAR_LIB_CONVERSION_NNTOLINALG_BUILDERS_H
