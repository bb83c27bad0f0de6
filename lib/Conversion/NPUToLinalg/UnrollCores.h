//===- UnrollCores.h - The program of every core, one after the other -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NPUTOLINALG_UNROLLCORES_H
#define ASHLAR_LIB_CONVERSION_NPUTOLINALG_UNROLLCORES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ashlar {

/// On a function that all cores run (`npu.core_id {npu.cores = N}`): each part
/// between barriers N times, with the number of the core as a constant. Buffers
/// and globals on chip exist once per core, those in dram once. Fails with a
/// diagnostic if a multicast goes to something other than a global.
mlir::LogicalResult unrollCores(mlir::func::FuncOp function);

} // namespace ashlar

#endif // ASHLAR_LIB_CONVERSION_NPUTOLINALG_UNROLLCORES_H
