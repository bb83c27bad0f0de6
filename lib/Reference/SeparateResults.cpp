//===- SeparateResults.cpp - No value is returned twice -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's promotion of results to parameters erases the allocation of each
// result, and crashes on the second of two results that share one.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

namespace ashlar::reference {
#define GEN_PASS_DEF_SEPARATERESULTS
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

namespace {

struct SeparateResults
    : ashlar::reference::impl::SeparateResultsBase<SeparateResults> {
  void runOnOperation() override {
    getOperation().walk([](func::ReturnOp op) {
      OpBuilder builder(op);
      llvm::SmallDenseSet<Value> seen;
      for (OpOperand &operand : op->getOpOperands()) {
        auto type = dyn_cast<RankedTensorType>(operand.get().getType());
        if (!type || seen.insert(operand.get()).second)
          continue;
        operand.set(bufferization::AllocTensorOp::create(
            builder, op.getLoc(), type, ValueRange(), operand.get()));
      }
    });
  }
};

} // namespace
