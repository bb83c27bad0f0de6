//===- ConstantBytes.h - Constants as bytes, read, permuted and made ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_CONSTANTBYTES_H
#define ASHLAR_LIB_GRAPH_CONSTANTBYTES_H

#include "dialects/nn/NN.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace ashlar {

/// Whether the elements are whole bytes in memory; truth values are not.
bool hasByteElements(mlir::ElementsAttr value);

/// A constant of `type`. `write` fills its bytes, in row-major order, in the
/// place where they stay: large ones are resources, which nobody copies.
mlir::ElementsAttr
makeConstant(mlir::RankedTensorType type,
             llvm::function_ref<void(llvm::MutableArrayRef<char>)> write);

/// Dimension i of the result is dimension permutation[i] of `value`, which has
/// elements of whole bytes.
mlir::ElementsAttr permuteElements(mlir::ElementsAttr value,
                                   llvm::ArrayRef<int64_t> permutation);

/// Calls `visit` with the bytes of `value`: all of them, or of the one element
/// that all others equal (then `isSplat`).
void readBytes(
    mlir::ElementsAttr value,
    llvm::function_ref<void(llvm::ArrayRef<char> bytes, bool isSplat)> visit);

/// The elements of a floating-point constant, in row-major order.
std::vector<double> readNumbers(mlir::ElementsAttr value);

/// A floating-point constant of `type` whose elements are those numbers,
/// rounded to nearest even; asked for in row-major order.
mlir::ElementsAttr makeNumbers(mlir::RankedTensorType type,
                               llvm::function_ref<double(int64_t)> number);

/// A floating-point constant with the elements of `value`, each replaced by
/// `map(index, element)`, which is rounded to nearest even.
mlir::ElementsAttr mapNumbers(mlir::ElementsAttr value,
                              llvm::function_ref<double(int64_t, double)> map);

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_CONSTANTBYTES_H
