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

#include "ashlar/Reference/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace ashlar::reference {
#define GEN_PASS_DEF_FORGETDEALLOCATIONS
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

namespace {

struct ForgetDeallocations
    : ashlar::reference::impl::ForgetDeallocationsBase<ForgetDeallocations> {
  void runOnOperation() override {
    getOperation().walk([](memref::DeallocOp op) { op.erase(); });
  }
};

} // namespace
