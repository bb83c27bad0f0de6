//===- CoreShare.h - A core's run of a loop's tiles -------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_CORESHARE_H
#define ASHLAR_LIB_SCHEDULE_CORESHARE_H

#include "mlir/IR/Builders.h"

namespace ashlar {

/// Where a core's points begin, and how many there are at most (whole tiles).
struct CoreShare {
  mlir::Value begin, length;
};

/// The share of core number `core` of `cores` in a loop of `size` points, cut
/// into tiles: of T tiles for C cores each has T / C, and the first T % C one
/// more.
CoreShare takeShare(mlir::OpBuilder &builder, mlir::Location loc, int64_t size,
                    int64_t tile, int64_t cores, mlir::Value core);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_CORESHARE_H
