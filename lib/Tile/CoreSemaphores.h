//===- CoreSemaphores.h - Semaphores on which cores hear of each other ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Barriers have one. Of shared copies, those of one queue for the same groups
// of cores have one for credits, and one for arrivals on each queue that
// receives: on either, tokens come from one queue of one core and are taken by
// one queue, both in program order, so that none is taken for another.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_CORESEMAPHORES_H
#define ASHLAR_LIB_TILE_CORESEMAPHORES_H

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ashlar {

/// Gives them the highest numbers below `end`; returns how many. Shared copies
/// that would need more than half of them are taken apart.
int64_t assignCoreSemaphores(mlir::func::FuncOp func, int64_t end);

/// The shared copy for which `op` waits; null if it is no npu.receive.
npu::CopyOp getReceivedCopy(mlir::Operation *op);

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_CORESEMAPHORES_H
