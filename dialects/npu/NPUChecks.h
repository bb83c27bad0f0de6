//===- NPUChecks.h - Checks that several verifiers share ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NPU_NPUCHECKS_H
#define ASHLAR_DIALECTS_NPU_NPUCHECKS_H

#include "dialects/npu/NPU.h"

namespace ashlar::npu::detail {

using namespace mlir;

/// All operands are tensors, and there is a result of the target's type, or all
/// are memrefs, and there is none.
LogicalResult checkPlaces(Operation *op, Value target);
/// The memref lives in one of `allowed`.
LogicalResult checkSpace(Operation *op, StringRef what, Type type,
                         ArrayRef<Space> allowed);
/// One map per operand, all from one space, results as many as the rank.
LogicalResult checkMaps(Operation *op, ArrayAttr maps, ValueRange operands,
                        std::optional<unsigned> numDims);
/// Every static size agrees with the extents that the maps imply.
LogicalResult checkExtents(Operation *op, ArrayAttr maps,
                           ArrayRef<Value> operands);
/// The body's arguments have the types of `elements`, and its yield `results`.
LogicalResult checkBody(Operation *op, Region &body, ArrayRef<Type> elements,
                        ArrayRef<Type> results);
Type elementOf(Value memref);
SmallVector<Type> elementsOf(ValueRange memrefs);
LogicalResult checkAccElement(Operation *op, Value acc);
/// Results of the maps of products and windows: sums of dimensions times
/// positive constants.
bool isWindowExpr(AffineExpr expr);

} // namespace ashlar::npu::detail

#endif // ASHLAR_DIALECTS_NPU_NPUCHECKS_H
