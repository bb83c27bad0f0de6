//===- ImportContractions.cpp - Matrix products ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace ashlar;
using namespace mlir;

static LogicalResult importMatMul(NodeContext &nc) {
  Value a = nc.input(0), b = nc.input(1);
  if (!a || !b)
    return nc.malformed("expected two inputs");
  // Vectors become matrices of one row or column, which vanishes afterwards.
  SmallVector<int64_t> aShape(nc.type(a).getShape()),
      bShape(nc.type(b).getShape());
  if (aShape.empty() || bShape.empty())
    return nc.malformed("an operand is a scalar");
  bool aVector = aShape.size() == 1, bVector = bShape.size() == 1;
  if (aVector)
    a = nc.reshape(a, {1, aShape[0]});
  if (bVector)
    b = nc.reshape(b, {bShape[0], 1});
  Value product = nc.make<nn::MatmulOp>({a, b});
  if (!product || (!aVector && !bVector))
    return nc.result(product);
  SmallVector<int64_t> shape(nc.type(product).getShape());
  if (bVector)
    shape.pop_back();
  if (aVector)
    shape.erase(shape.end() - (bVector ? 1 : 2));
  return nc.result(nc.reshape(product, shape));
}

static LogicalResult importGemm(NodeContext &nc) {
  Value a = nc.input(0), b = nc.input(1), c = nc.input(2);
  if (!a || !b)
    return nc.malformed("expected two inputs");
  if (nc.type(a).getRank() != 2 || nc.type(b).getRank() != 2)
    return nc.malformed("the operands are not matrices");
  SmallVector<NamedAttribute> attributes;
  if (nc.intAttr("transA", 0))
    attributes.push_back(nc.attr("transpose_lhs", nc.builder.getUnitAttr()));
  if (nc.intAttr("transB", 0))
    attributes.push_back(nc.attr("transpose_rhs", nc.builder.getUnitAttr()));
  double alpha = nc.floatAttr("alpha", 1), beta = nc.floatAttr("beta", 1);
  Value result = nc.make<nn::MatmulOp>({a, b}, attributes);
  if (!result)
    return failure();
  Type element = nc.type(result).getElementType();
  if (alpha != 1)
    result = nc.make<nn::MulOp>({result, nc.scalar(element, alpha)});
  if (c && beta != 0) {
    if (beta != 1)
      c = nc.make<nn::MulOp>({c, nc.scalar(element, beta)});
    result = nc.make<nn::AddOp>({result, c});
  }
  return nc.result(result);
}

void ashlar::addContractionOps(OpTable &table) {
  table["MatMul"] = importMatMul;
  table["Gemm"] = importGemm;
}
