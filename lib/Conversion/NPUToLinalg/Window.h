//===- Window.h - Windows on the host -------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NPUTOLINALG_WINDOW_H
#define ASHLAR_LIB_CONVERSION_NPUTOLINALG_WINDOW_H

#include "dialects/npu/NPU.h"

namespace ashlar {

/// A reduction over the window in front of `op`, which stays.
void convertWindow(mlir::ImplicitLocOpBuilder &b, npu::WindowOp op);

} // namespace ashlar

#endif // ASHLAR_LIB_CONVERSION_NPUTOLINALG_WINDOW_H
