//===- EvaluateElementwise.h - Arithmetic of constants --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_EVALUATEELEMENTWISE_H
#define ASHLAR_LIB_GRAPH_EVALUATEELEMENTWISE_H

#include "dialects/nn/NN.h"

namespace ashlar {

/// The result of an elementwise operation on constants of floats, or of a
/// dequantisation, to the bit what the host path computes. Null for operations
/// that are left to it.
mlir::ElementsAttr evaluateElementwise(mlir::Operation *op);

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_EVALUATEELEMENTWISE_H
