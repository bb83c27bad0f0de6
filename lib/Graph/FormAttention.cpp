//===- FormAttention.cpp - Attention from its parts -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "mlir/IR/Matchers.h"

#include <cmath>

namespace ashlar {
#define GEN_PASS_DEF_FORMATTENTION
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {

/// What stands between the operands and the result.
struct Pattern {
  nn::MatmulOp last;
  Value query, key, value, mask;
  bool keyIsTransposed = false; ///< (batch..., depth, keys)
  double scale = 1;
  SmallVector<Location> locations;
};

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The number that all elements of a constant are, if it is that and repeats
/// along every dimension.
std::optional<double> getScalar(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat() ||
      !isa<FloatType>(constant.getElementType()) ||
      constant.getNumElements() != 1)
    return std::nullopt;
  double number = constant.getSplatValue<APFloat>().convertToDouble();
  return std::isfinite(number) && number != 0 ? std::optional(number)
                                              : std::nullopt;
}

/// Takes factors off `value`, which keeps its shape, into `scale`. Operations
/// that others read stay, and are only looked through.
Value takeFactors(Value value, double &scale, bool mustOwn,
                  SmallVectorImpl<Location> &locations) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<nn::MulOp, nn::DivOp>(op) || (mustOwn && !value.hasOneUse()))
      break;
    std::optional<double> factor = getScalar(op->getOperand(1));
    Value inner = op->getOperand(0);
    if (!factor && isa<nn::MulOp>(op)) {
      factor = getScalar(op->getOperand(0));
      inner = op->getOperand(1);
    }
    if (!factor || inner.getType() != value.getType())
      break;
    scale = isa<nn::DivOp>(op) ? scale / *factor : scale * *factor;
    locations.push_back(op->getLoc());
    value = inner;
  }
  return value;
}

/// The scores' product behind `value`: scale, then mask.
nn::MatmulOp matchScores(Value value, Pattern &pattern) {
  if (auto add = value.getDefiningOp<nn::AddOp>();
      add && value.hasOneUse() && !pattern.mask) {
    for (unsigned side : {0, 1}) {
      Value scores = add->getOperand(side), mask = add->getOperand(1 - side);
      Pattern inner = pattern;
      inner.mask = mask;
      if (scores.getType() != value.getType() ||
          getElementTypeOrSelf(mask.getType()) !=
              getElementTypeOrSelf(scores.getType()))
        continue;
      inner.locations.push_back(add.getLoc());
      if (nn::MatmulOp product = matchScores(scores, inner)) {
        pattern = inner;
        return product;
      }
    }
    return nullptr;
  }
  value =
      takeFactors(value, pattern.scale, /*mustOwn=*/true, pattern.locations);
  auto product = value.getDefiningOp<nn::MatmulOp>();
  return product && value.hasOneUse() && !product.getBias() &&
                 !product.getTransposeLhs()
             ? product
             : nullptr;
}

bool isComputeType(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  return element.isF32() || element.isF16() || element.isBF16();
}

std::optional<Pattern> matchAttention(nn::MatmulOp last) {
  Pattern pattern;
  pattern.last = last;
  auto softmax = last.getLhs().getDefiningOp<nn::SoftmaxOp>();
  if (!softmax || !softmax->hasOneUse() || last.getBias() ||
      last.getTransposeLhs() || last.getTransposeRhs() ||
      int64_t(softmax.getAxis()) + 1 !=
          int64_t(shapeOf(softmax.getInput()).size()))
    return std::nullopt;
  pattern.value = last.getRhs();
  pattern.locations = {last.getLoc(), softmax.getLoc()};
  nn::MatmulOp first = matchScores(softmax.getInput(), pattern);
  if (!first)
    return std::nullopt;
  pattern.locations.push_back(first.getLoc());
  pattern.keyIsTransposed = !first.getTransposeRhs();
  pattern.query =
      takeFactors(first.getLhs(), pattern.scale, false, pattern.locations);
  pattern.key =
      takeFactors(first.getRhs(), pattern.scale, false, pattern.locations);
  Type element = getElementTypeOrSelf(pattern.query.getType());
  for (Value value : {pattern.key, pattern.value})
    if (!isComputeType(value) ||
        getElementTypeOrSelf(value.getType()) != element ||
        shapeOf(value).drop_back(2) != shapeOf(pattern.query).drop_back(2))
      return std::nullopt;
  // Between factors and product the key may have been transposed.
  if (auto transpose = pattern.key.getDefiningOp<nn::TransposeOp>()) {
    SmallVector<Location> locations;
    double scale = pattern.scale;
    Value inner = takeFactors(transpose.getInput(), scale, false, locations);
    if (inner != transpose.getInput()) {
      OpBuilder builder(transpose);
      pattern.key = nn::TransposeOp::create(builder, transpose.getLoc(), inner,
                                            transpose.getPermutation());
      pattern.scale = scale;
    }
  }
  return pattern;
}

/// (batch..., keys, depth).
Value untransposeKey(OpBuilder &builder, Pattern &pattern) {
  if (!pattern.keyIsTransposed)
    return pattern.key;
  int64_t rank = shapeOf(pattern.key).size();
  SmallVector<int64_t> permutation =
      llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::swap(permutation[rank - 1], permutation[rank - 2]);
  return nn::TransposeOp::create(builder, pattern.last.getLoc(), pattern.key,
                                 permutation);
}

struct FormAttention : ashlar::impl::FormAttentionBase<FormAttention> {
  void runOnOperation() override {
    SmallVector<nn::MatmulOp> products;
    getOperation().walk([&](nn::MatmulOp op) { products.push_back(op); });
    for (nn::MatmulOp last : products) {
      std::optional<Pattern> pattern = matchAttention(last);
      if (!pattern)
        continue;
      OpBuilder builder(last);
      Value key = untransposeKey(builder, *pattern);
      auto attention = nn::AttentionOp::create(
          builder, FusedLoc::get(&getContext(), pattern->locations),
          last.getType(), pattern->query, key, pattern->value, pattern->mask,
          APFloat(float(pattern->scale)), last.getWide());
      // The parts have no other reader; canonicalisation erases them.
      last.replaceAllUsesWith(attention.getResult());
      last.erase();
    }
  }
};

} // namespace
