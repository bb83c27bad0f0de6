//===- OutputStage.h - Which elementwise operation a drain can do ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MATCH_OUTPUTSTAGE_H
#define ASHLAR_MATCH_OUTPUTSTAGE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace ashlar {

/// Steps that the output stage runs in one instruction.
inline constexpr unsigned kMaxOutputSteps = 16;

/// An elementwise operation as steps of the output stage.
struct OutputStageWork {
  unsigned steps = 0; ///< an upper bound
  /// The result is an integer whose values take an unsigned type.
  bool isUnsigned = false;
};

/// Whether the output stage can compute `op`, an elementwise operation whose
/// input number `accInput` is an accumulator tile: a chain of steps as
/// `npu.drain` describes them, one output, every map a projected permutation.
std::optional<OutputStageWork> matchOutputStage(mlir::linalg::LinalgOp op,
                                                unsigned accInput);

/// The same of two operations, the second of which reads the first one's result
/// as input number `chainInput`: what the first has rounded and bounded, the
/// second may convert.
std::optional<OutputStageWork> matchOutputStage(mlir::linalg::LinalgOp first,
                                                unsigned accInput,
                                                mlir::linalg::LinalgOp second,
                                                unsigned chainInput);

/// The same in one instruction.
bool isOutputStageWork(mlir::linalg::LinalgOp op, unsigned accInput);

} // namespace ashlar

#endif // ASHLAR_MATCH_OUTPUTSTAGE_H
