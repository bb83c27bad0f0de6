//===- ConvertNNToNPU.cpp - Operators that go past linalg -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Conversion/NNToNPU/Passes.h"

#include "dialects/nn/NN.h"

namespace ashlar {
#define GEN_PASS_DEF_CONVERTNNTONPU
#include "lib/Conversion/NNToNPU/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

static bool isConvertible(nn::AttentionOp op) {
  auto isKnown = [](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    Type element = type.getElementType();
    return type.hasStaticShape() && type.getNumElements() != 0 &&
           (element.isF32() || element.isF16() || element.isBF16());
  };
  return llvm::all_of(op->getOperands(), isKnown) && isKnown(op.getResult());
}

/// From (batch..., m, n, d, v) to (batch..., the two dimensions `last`).
static AffineMap mapTo(Builder &b, unsigned numBatch,
                       std::array<unsigned, 2> last) {
  SmallVector<AffineExpr> exprs;
  for (unsigned dim = 0; dim < numBatch; ++dim)
    exprs.push_back(b.getAffineDimExpr(dim));
  for (unsigned dim : last)
    exprs.push_back(b.getAffineDimExpr(numBatch + dim));
  return AffineMap::get(numBatch + 4, 0, exprs, b.getContext());
}

/// The mask's last dimensions are those of the scores; those of one element
/// repeat.
static AffineMap mapOfMask(Builder &b, unsigned numBatch,
                           RankedTensorType mask) {
  SmallVector<AffineExpr> exprs;
  unsigned missing = numBatch + 2 - mask.getRank();
  for (auto [index, size] : llvm::enumerate(mask.getShape()))
    exprs.push_back(size == 1 ? b.getAffineConstantExpr(0)
                              : b.getAffineDimExpr(missing + index));
  return AffineMap::get(numBatch + 4, 0, exprs, b.getContext());
}

static void convert(nn::AttentionOp op) {
  OpBuilder b(op);
  enum : unsigned { m, n, d, v };
  RankedTensorType type = op.getType();
  unsigned numBatch = type.getRank() - 2;
  SmallVector<AffineMap> maps = {mapTo(b, numBatch, {m, d}),
                                 mapTo(b, numBatch, {n, d}),
                                 mapTo(b, numBatch, {n, v})};
  if (op.getMask())
    maps.push_back(mapOfMask(b, numBatch, op.getMask().getType()));
  maps.push_back(mapTo(b, numBatch, {m, v}));
  Value empty = tensor::EmptyOp::create(b, op.getLoc(), type.getShape(),
                                        type.getElementType());
  auto attention = npu::AttentionOp::create(
      b, op.getLoc(), type, op.getQuery(), op.getKey(), op.getValue(),
      op.getMask(), empty, op.getScaleAttr(), b.getAffineMapArrayAttr(maps));
  op.replaceAllUsesWith(attention.getResult());
  op.erase();
}

namespace {
struct ConvertNNToNPU : ashlar::impl::ConvertNNToNPUBase<ConvertNNToNPU> {
  void runOnOperation() override {
    SmallVector<nn::AttentionOp> ops;
    getOperation().walk([&](nn::AttentionOp op) {
      if (isConvertible(op))
        ops.push_back(op);
    });
    llvm::for_each(ops, convert);
  }
};
} // namespace
