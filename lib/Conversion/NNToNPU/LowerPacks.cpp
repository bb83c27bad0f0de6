//===- LowerPacks.cpp - linalg.pack and unpack as what they are made of ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Conversion/NNToNPU/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace ashlar {
#define GEN_PASS_DEF_LOWERPACKS
#include "lib/Conversion/NNToNPU/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

struct LowerPacks : ashlar::impl::LowerPacksBase<LowerPacks> {
  void runOnOperation() override {
    SmallVector<Operation *> packs;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::PackOp, linalg::UnPackOp>(op))
        packs.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : packs) {
      rewriter.setInsertionPoint(op);
      auto pack = dyn_cast<linalg::PackOp>(op);
      bool lowered = pack ? succeeded(linalg::lowerPack(rewriter, pack))
                          : succeeded(linalg::lowerUnPack(
                                rewriter, cast<linalg::UnPackOp>(op)));
      if (!lowered) {
        op->emitError() << "has tiles that are not of static size";
        signalPassFailure();
      }
    }
  }
};

} // namespace
