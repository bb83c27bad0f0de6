//===- LayoutRules.h - In which layouts an nn operator can work -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_LAYOUTRULES_H
#define ASHLAR_LIB_GRAPH_LAYOUTRULES_H

#include "dialects/nn/NN.h"

#include <optional>

namespace ashlar {

/// An order of dimensions: dimension i of the tensor as it is stored is
/// dimension layout[i] of the graph's tensor.
using Layout = llvm::SmallVector<int64_t, 6>;

/// Layouts of everything that an operation reads and makes. An operand's may
/// have more dimensions than the operand: ones stand in front of its own, as in
/// broadcasting.
struct OpLayouts {
  llvm::SmallVector<Layout, 3> operands;
  llvm::SmallVector<Layout, 1> results;
};

Layout identityLayout(int64_t rank);

/// The stored sizes of a tensor whose shape is the graph's.
llvm::SmallVector<int64_t> storedShape(llvm::ArrayRef<int64_t> shape,
                                       llvm::ArrayRef<int64_t> layout);

/// An operation as it stands in the graph.
OpLayouts plainLayouts(mlir::Operation *op);

/// Channels last, for spatial operators that are not yet; none for others.
std::optional<OpLayouts> channelsLastLayouts(mlir::Operation *op);

/// What follows from the layout of one operand, or of one result. None if the
/// operation cannot work so.
std::optional<OpLayouts> layoutsFromOperand(mlir::OpOperand &operand,
                                            llvm::ArrayRef<int64_t> layout);
std::optional<OpLayouts> layoutsFromResult(mlir::OpResult result,
                                           llvm::ArrayRef<int64_t> layout);

/// The operation on tensors stored in those layouts: `operands` have them.
mlir::Operation *buildInLayouts(mlir::OpBuilder &builder, mlir::Operation *op,
                                const OpLayouts &layouts,
                                mlir::ValueRange operands);

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_LAYOUTRULES_H
