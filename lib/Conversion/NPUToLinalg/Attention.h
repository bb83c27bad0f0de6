//===- Attention.h - npu.attention on the host ------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NPUTOLINALG_ATTENTION_H
#define ASHLAR_LIB_CONVERSION_NPUTOLINALG_ATTENTION_H

#include "dialects/npu/NPU.h"

namespace ashlar {

/// Its parts on tensors; on memrefs they read and write these.
void convertAttention(mlir::ImplicitLocOpBuilder &b, npu::AttentionOp op);

} // namespace ashlar

#endif // ASHLAR_LIB_CONVERSION_NPUTOLINALG_ATTENTION_H
