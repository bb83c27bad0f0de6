//===- Attention.cpp - Shapes of nn.attention -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Inference.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

static bool agree(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  return a.size() == b.size() && llvm::all_of(llvm::zip(a, b), [](auto pair) {
           auto [x, y] = pair;
           return ShapedType::isDynamic(x) || ShapedType::isDynamic(y) ||
                  x == y;
         });
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto shapeOf = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  ArrayRef<int64_t> query = shapeOf(adaptor.getQuery()),
                    key = shapeOf(adaptor.getKey()),
                    value = shapeOf(adaptor.getValue());
  if (query.size() < 2 || key.size() < 2 || value.size() < 2 ||
      !agree(query.drop_back(2), key.drop_back(2)) ||
      !agree(query.drop_back(2), value.drop_back(2)) ||
      !agree(query.take_back(1), key.take_back(1)) ||
      !agree(key.drop_front(key.size() - 2).take_front(1),
             value.drop_front(value.size() - 2).take_front(1)))
    return inferError(loc, name,
                      "expected query (batch..., rows, depth), key (batch..., "
                      "keys, depth) and value (batch..., keys, columns), but "
                      "got " +
                          formatShape(query) + ", " + formatShape(key) +
                          " and " + formatShape(value));
  Type element = getElementTypeOrSelf(adaptor.getQuery().getType());
  for (Value other : {adaptor.getKey(), adaptor.getValue()})
    if (getElementTypeOrSelf(other.getType()) != element)
      return inferError(loc, name,
                        "expected query, key and value of one element type");
  SmallVector<int64_t> scores(query.drop_back());
  scores.push_back(key.end()[-2]);
  if (adaptor.getMask()) {
    FailureOr<SmallVector<int64_t>> masked =
        broadcastShapes({scores, shapeOf(adaptor.getMask())});
    if (failed(masked) || !agree(*masked, scores))
      return inferError(loc, name,
                        "expected a mask that broadcasts to " +
                            formatShape(scores) + ", but got " +
                            formatShape(shapeOf(adaptor.getMask())));
  }
  if (adaptor.getWide())
    element = Float32Type::get(context);
  SmallVector<int64_t> result(query.drop_back());
  result.push_back(value.back());
  types.push_back(RankedTensorType::get(result, element));
  return success();
}
