//===- Passes.h - The pass from nn to npu ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_CONVERSION_NNTONPU_PASSES_H
#define ASHLAR_CONVERSION_NNTONPU_PASSES_H

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace ashlar {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/NNToNPU/Passes.h.inc"

} // namespace ashlar

#endif // ASHLAR_CONVERSION_NNTONPU_PASSES_H
