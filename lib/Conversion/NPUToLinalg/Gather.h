//===- Gather.h - Slices picked by a list, on the host --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NPUTOLINALG_GATHER_H
#define ASHLAR_LIB_CONVERSION_NPUTOLINALG_GATHER_H

#include "dialects/npu/NPU.h"

namespace ashlar {

/// Single loads from the source in front of `op`, which stays.
void convertGather(mlir::ImplicitLocOpBuilder &b, npu::GatherOp op);

} // namespace ashlar

#endif // ASHLAR_LIB_CONVERSION_NPUTOLINALG_GATHER_H
