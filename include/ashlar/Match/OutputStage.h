//===- OutputStage.h - Which elementwise operation a drain can do ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MATCH_OUTPUTSTAGE_H
#define ASHLAR_MATCH_OUTPUTSTAGE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace ashlar {

/// Whether the output stage can compute `op`, an elementwise operation whose
/// input number `accInput` is an accumulator tile: a chain of steps as
/// `npu.drain` describes them, one output, every map a projected permutation.
bool isOutputStageWork(mlir::linalg::LinalgOp op, unsigned accInput);

} // namespace ashlar

#endif // ASHLAR_MATCH_OUTPUTSTAGE_H
