//===- Passes.h - npu to linalg -------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NPUTOLINALG_PASSES_H
#define ASHLAR_CONVERSION_NPUTOLINALG_PASSES_H

#include "mlir/Pass/Pass.h"

namespace ashlar {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/NPUToLinalg/Passes.h.inc"
} // namespace ashlar

#endif // ASHLAR_CONVERSION_NPUTOLINALG_PASSES_H
