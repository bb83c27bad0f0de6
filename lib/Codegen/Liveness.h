//===- Liveness.h - Where registers hold something -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_LIVENESS_H
#define ASHLAR_LIB_CODEGEN_LIVENESS_H

#include "dialects/nisa/NISA.h"
#include "llvm/ADT/DenseMap.h"
#include <vector>

namespace ashlar {

/// Positions [first, last] of a text between which a virtual register holds
/// something that will be read.
struct LiveInterval {
  int64_t reg = 0;
  int64_t first = 0, last = 0;
};

/// Registers that an operation of a text reads and writes, scalar and virtual.
struct RegisterUse {
  llvm::SmallVector<int64_t, 3> reads, writes;
};
RegisterUse getRegisterUse(mlir::Operation *op);

/// Intervals of the virtual scalar registers of a text, by ascending first
/// position. Control flow is that of branches and hardware loops. A head takes
/// what its payload names when it is dispatched: payload counts as its head.
std::vector<LiveInterval>
computeIntervals(llvm::ArrayRef<mlir::Operation *> ops);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_LIVENESS_H
