//===- ForgetDeallocations.cpp - Buffers end where upstream ends them -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's deallocation frees all buffers or, if a program has begun to do so
// itself, refuses.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ashlar;

namespace {

struct ForgetDeallocations
    : PassWrapper<ForgetDeallocations, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ForgetDeallocations)

  StringRef getArgument() const override {
    return "reference-forget-deallocations";
  }
  StringRef getDescription() const override {
    return "erases deallocations, for upstream to find their places again";
  }
  void runOnOperation() override {
    getOperation().walk([](memref::DeallocOp op) { op.erase(); });
  }
};

} // namespace

std::unique_ptr<Pass> reference::createForgetDeallocationsPass() {
  return std::make_unique<ForgetDeallocations>();
}
