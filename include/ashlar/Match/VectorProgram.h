//===- VectorProgram.h - What a body costs the vector unit ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MATCH_VECTORPROGRAM_H
#define ASHLAR_MATCH_VECTORPROGRAM_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>
#include <string>

namespace ashlar {

/// Limits of one vector program (docs/machine.md).
inline constexpr unsigned kMaxProgramOps = 32;
inline constexpr unsigned kMaxProgramInputs = 4;
inline constexpr unsigned kMaxProgramOutputs = 2;
inline constexpr unsigned kMaxProgramDims = 6;

/// Rate at which the vector unit does an operation.
enum class LaneClass { Free, Lane, Slow, Transcendental };

/// Micro-operations that an operation of a body takes (an upper bound: halves
/// are rounded after each step, small integers wrapped), or nothing if the
/// vector unit cannot do it.
std::optional<unsigned> countMicroOps(mlir::Operation *op);

/// The class of an operation that `countMicroOps` accepts.
LaneClass classifyLane(mlir::Operation *op);

/// Demand of a body, per point of its domain.
struct ProgramSize {
  unsigned ops = 0;    ///< micro-operations against the limit
  unsigned inputs = 0; ///< tensors that the body reads
  unsigned outputs = 0;
  unsigned lane = 0, lane64 = 0, slow = 0, slow64 = 0, trans = 0, trans64 = 0;

  bool fits() const {
    return ops <= kMaxProgramOps && inputs <= kMaxProgramInputs &&
           outputs <= kMaxProgramOutputs;
  }
};
ProgramSize measureProgram(mlir::linalg::LinalgOp op);

/// The operation that combines an output's old value with a new one, if the
/// body is `yield combine(old, f(inputs))` with an operation that the vector
/// unit reduces by. Null otherwise.
mlir::Operation *matchReduction(mlir::linalg::LinalgOp op, unsigned output);

/// Whether `value` is the identity of `combiner` (either zero for a sum).
bool isIdentityOf(mlir::Operation *combiner, mlir::TypedAttr value);

/// Why an operation with buffer or tensor semantics is no vector program; empty
/// if it is one (sizes apart).
std::string whyNotVector(mlir::linalg::LinalgOp op);

/// Whether `op` yields an input as it is: pure data movement.
bool isDataMovement(mlir::linalg::LinalgOp op);

} // namespace ashlar

#endif // ASHLAR_MATCH_VECTORPROGRAM_H
