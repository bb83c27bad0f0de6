//===- Passes.h - linalg on tiles to npu ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_LINALGTONPU_PASSES_H
#define ASHLAR_CONVERSION_LINALGTONPU_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace ashlar {

#define GEN_PASS_DECL
#include "lib/Conversion/LinalgToNPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Conversion/LinalgToNPU/Passes.h.inc"

} // namespace ashlar

#endif // ASHLAR_CONVERSION_LINALGTONPU_PASSES_H
