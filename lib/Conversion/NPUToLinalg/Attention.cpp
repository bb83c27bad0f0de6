//===- Attention.cpp - npu.attention on the host --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ashlar;

void ashlar::convertAttention(ImplicitLocOpBuilder &b, npu::AttentionOp op) {
  if (op.getResult()) {
    op.getResult().replaceAllUsesWith(npu::decomposeAttention(b, op));
    return;
  }
  SmallVector<Value> tensors;
  for (Value memref : op->getOperands())
    tensors.push_back(bufferization::ToTensorOp::create(
        b, memref::getTensorTypeFromMemRefType(memref.getType()), memref,
        /*restrict=*/true, /*writable=*/op.getTarget() == memref));
  auto onTensors = npu::AttentionOp::create(
      b, TypeRange(tensors.back().getType()), tensors, op->getAttrs());
  Value result = npu::decomposeAttention(b, onTensors);
  onTensors.erase();
  bufferization::MaterializeInDestinationOp::create(
      b, /*result=*/Type(), result, op.getTarget(), /*restrict=*/true,
      /*writable=*/true);
}
