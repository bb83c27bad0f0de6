//===- Evaluate.h - Small constants computed in the compiler --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What models compute of shapes (Shape, Gather, Mul, Concat, Cast, Floor, ...)
// has to be known before anything else can be imported. Operators whose result
// is defined to the last bit are evaluated here, element by element, as
// docs/numerics.md says; the dialect's folding hook calls it, so that whoever
// creates or canonicalises operations gets constants.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NN_EVALUATE_H
#define ASHLAR_DIALECTS_NN_EVALUATE_H

#include "dialects/nn/NN.h"

namespace ashlar::nn {

/// The elements of a constant, in row-major order.
struct Elements {
  mlir::RankedTensorType type;
  /// Of float types, each representable in the element type.
  llvm::SmallVector<double> floats;
  /// Of integers and truth values, sign- or zero-extended as the type says.
  llvm::SmallVector<int64_t> ints;

  bool isFloat() const {
    return llvm::isa<mlir::FloatType>(type.getElementType());
  }
  int64_t size() const { return type.getNumElements(); }
};

/// A value as a float type holds it; halves are rounded by way of f32.
double roundTo(mlir::Type type, double value);
/// The low bits of a value as an integer type (or i1) holds them.
int64_t wrapTo(mlir::Type type, int64_t value);

/// For each element of a tensor of shape `to` the place of the element of a
/// tensor of shape `from` that broadcasts to it.
llvm::SmallVector<int64_t> broadcastPlaces(llvm::ArrayRef<int64_t> from,
                                           llvm::ArrayRef<int64_t> to);

/// The result of an operator with one result of constant operands; false if it
/// is not one of those that are evaluated (per kind of operator).
bool evaluateElementwise(mlir::Operation *op, llvm::ArrayRef<Elements> operands,
                         Elements &result);
bool evaluateLayout(mlir::Operation *op, llvm::ArrayRef<Elements> operands,
                    Elements &result);
bool evaluateReduction(mlir::Operation *op, llvm::ArrayRef<Elements> operands,
                       Elements &result);

/// The constant result of an operator of constant operands, or nothing if it is
/// large or not evaluated here.
mlir::ElementsAttr evaluate(mlir::Operation *op,
                            llvm::ArrayRef<mlir::Attribute> operands);

} // namespace ashlar::nn

#endif // ASHLAR_DIALECTS_NN_EVALUATE_H
