//===- DeferPads.cpp - Pads ride on the loads of their readers ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace ashlar {
#define GEN_PASS_DEF_DEFERPADS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

struct DeferPads : ashlar::impl::DeferPadsBase<DeferPads> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](tensor::PadOp pad) {
      TypedAttr value;
      Value constant = pad.getConstantPaddingValue();
      RankedTensorType type = pad.getResultType();
      if (!constant || !matchPattern(constant, m_Constant(&value)) ||
          !type.hasStaticShape() || !pad.getSourceType().hasStaticShape() ||
          llvm::any_of(pad.getStaticLow(), ShapedType::isDynamic))
        return;
      rewriter.setInsertionPoint(pad);
      rewriter.replaceOpWithNewOp<npu::PadOp>(pad, type, pad.getSource(),
                                              pad.getStaticLow(), value);
    });
  }
};

} // namespace
