//===- Lowering.h - The parts of convert-linalg-to-npu --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_LINALGTONPU_LOWERING_H
#define ASHLAR_LIB_CONVERSION_LINALGTONPU_LOWERING_H

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

#include <string>

namespace ashlar {

/// The memory of a memref; nothing for other values.
std::optional<npu::Space> spaceOf(mlir::Value value);

// Each replaces one operation on tiles by npu operations, or says why it
// cannot. The operation is erased on success (an empty reason).

/// A product into an accumulator.
std::string lowerMatmul(mlir::linalg::GenericOp op,
                        mlir::RewriterBase &rewriter);
/// A copy from the scratchpad into an accumulator.
std::string lowerPreload(mlir::linalg::GenericOp op,
                         mlir::RewriterBase &rewriter);
/// Elementwise work on an accumulator, input 0, in its own place.
std::string lowerRescale(mlir::linalg::GenericOp op,
                         mlir::RewriterBase &rewriter);
/// Elementwise work on an accumulator (input number `accInput`) to the
/// scratchpad.
std::string lowerDrain(mlir::linalg::GenericOp op, unsigned accInput,
                       mlir::RewriterBase &rewriter);
/// Anything on scratchpad tensors.
std::string lowerVector(mlir::linalg::GenericOp op,
                        mlir::RewriterBase &rewriter);
/// A depthwise convolution or a pool.
std::string lowerWindow(mlir::linalg::GenericOp op,
                        mlir::RewriterBase &rewriter);
/// Tiles of either memory.
std::string lowerFill(mlir::linalg::FillOp op, mlir::RewriterBase &rewriter);

/// The fill that sets output number `output` of a reduction to its identity
/// right before it; null if there is none.
npu::FillOp findIdentityFill(mlir::linalg::GenericOp op, unsigned output);

/// The fill that sets `acc` to the identity of `combiner` for `op` alone, with
/// no loop between them; null if there is none.
mlir::linalg::FillOp findAccumulatorStart(mlir::linalg::GenericOp op,
                                          mlir::Value acc,
                                          mlir::Operation *combiner);

/// Clones the operations of a linalg body in front of a new `npu.yield`.
/// `mapping` says what the block's arguments are.
void cloneBodyToNPU(mlir::Block &source, mlir::IRMapping &mapping,
                    mlir::RewriterBase &rewriter);

} // namespace ashlar

#endif // ASHLAR_LIB_CONVERSION_LINALGTONPU_LOWERING_H
