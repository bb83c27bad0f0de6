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

#include "Lowering.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

using namespace mlir;
using namespace ashlar;

namespace {

struct SeparateResults
    : PassWrapper<SeparateResults, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SeparateResults)

  StringRef getArgument() const override {
    return "reference-separate-results";
  }
  StringRef getDescription() const override {
    return "copies tensors that a function returns more than once";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<bufferization::BufferizationDialect>();
  }

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

std::unique_ptr<Pass> reference::createSeparateResultsPass() {
  return std::make_unique<SeparateResults>();
}
