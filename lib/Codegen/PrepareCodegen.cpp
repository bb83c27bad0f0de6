//===- PrepareCodegen.cpp - Scalar arithmetic that the machine has -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Codegen/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar {
#define GEN_PASS_DEF_PREPARECODEGEN
#include "lib/Codegen/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {
struct PrepareCodegen : ashlar::impl::PrepareCodegenBase<PrepareCodegen> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
