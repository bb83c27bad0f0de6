//===- DramRegions.h - What dram holds besides the arena ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_DRAMREGIONS_H
#define ASHLAR_LIB_TILE_DRAMREGIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace ashlar {

/// Bytes of dram, and 64 for each tensor's alignment: what the runtime places
/// there whatever the program does.
struct DramRegions {
  uint64_t ioBytes = 0;    ///< inputs and outputs
  uint64_t stateBytes = 0; ///< state buffers
  uint64_t weightBytes = 0;

  uint64_t total() const { return ioBytes + stateBytes + weightBytes; }

  /// Reports that they do not fit `capacity`, with the largest tensors.
  mlir::LogicalResult refuse(mlir::func::FuncOp func, uint64_t capacity) const;
};

/// Gives inputs and outputs places side by side in their region, states in
/// theirs (`npu.offset`), notes the regions' sizes on the function, and adds up
/// what the module's constants take.
DramRegions placeRegions(mlir::func::FuncOp func);

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_DRAMREGIONS_H
