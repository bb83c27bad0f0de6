//===- CountMacs.cpp - Work of the source graph ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Pipeline/CountMacs.h"

#include "dialects/nn/NN.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace ashlar;
using namespace mlir;

static uint64_t elements(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.hasStaticShape() ? uint64_t(type.getNumElements()) : 0;
}

/// Products of the sizes of a convolution's weights that each result (or, in a
/// transposed one, each input) element meets.
static uint64_t windowWork(Value weights, unsigned outputDim) {
  auto type = cast<RankedTensorType>(weights.getType());
  int64_t outputs = type.getDimSize(outputDim);
  return outputs > 0 ? elements(weights) / uint64_t(outputs) : 0;
}

static uint64_t linalgWork(linalg::LinalgOp op) {
  bool product = linalg::isaContractionOpInterface(op);
  if (!product) {
    auto convolution = linalg::inferConvolutionDims(op);
    product =
        succeeded(convolution) && op.getNumDpsInputs() == 2 &&
        !(convolution->outputChannel.empty() && convolution->depth.empty());
  }
  if (!product)
    return 0;
  uint64_t work = 1;
  for (int64_t range : op.getStaticLoopRanges())
    work *= range > 0 ? uint64_t(range) : 0;
  return work;
}

static uint64_t work(Operation *op) {
  if (auto matmul = dyn_cast<nn::MatmulOp>(op)) {
    auto lhs = cast<RankedTensorType>(matmul.getLhs().getType());
    unsigned dim = lhs.getRank() - (matmul.getTransposeLhs() ? 2 : 1);
    return elements(matmul.getResult()) *
           uint64_t(std::max<int64_t>(0, lhs.getDimSize(dim)));
  }
  if (auto attention = dyn_cast<nn::AttentionOp>(op)) {
    // Each element of the query meets every key, each of the result too.
    auto key = cast<RankedTensorType>(attention.getKey().getType());
    uint64_t keys = std::max<int64_t>(0, key.getShape().end()[-2]);
    return (elements(attention.getQuery()) + elements(attention.getResult())) *
           keys;
  }
  if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    int64_t rank = conv.getWeights().getType().getRank();
    auto dims = nn::getWeightDims(conv.getChannelsLast(), false, rank);
    return elements(conv.getResult()) *
           windowWork(conv.getWeights(), dims.feature);
  }
  if (auto conv = dyn_cast<nn::ConvTransposeOp>(op)) {
    int64_t rank = conv.getWeights().getType().getRank();
    auto dims = nn::getWeightDims(conv.getChannelsLast(), true, rank);
    return elements(conv.getInput()) *
           windowWork(conv.getWeights(), dims.channel);
  }
  if (auto resample = dyn_cast<nn::ResampleOp>(op))
    return elements(resample.getResult()) *
           windowWork(resample.getWeights(), 0);
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return linalgWork(structured);
  return 0;
}

/// The source node's name, or nothing.
static StringRef nodeName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = nodeName(part); !name.empty())
        return name;
  return {};
}

SourceMacs ashlar::countMacs(ModuleOp module) {
  SourceMacs macs;
  module.walk([&](Operation *op) {
    uint64_t count = work(op);
    macs.total += count;
    if (count)
      macs.byNode[nodeName(op->getLoc())] += count;
  });
  return macs;
}
