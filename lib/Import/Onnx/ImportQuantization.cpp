//===- ImportQuantization.cpp - Quantised operators -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace ashlar;
using namespace mlir;

/// A scale or zero point as nn takes it: a scalar, or one entry along an axis.
static Value parameter(NodeContext &nc, Value value) {
  if (value && nc.type(value).getRank() == 1 &&
      nc.type(value).getNumElements() == 1)
    return nc.reshape(value, {});
  return value;
}

/// A zero point of 0 of the quantised type and the scale's shape.
static Value zeroPoint(NodeContext &nc, Value scale, Type element) {
  auto type = RankedTensorType::get(nc.type(scale).getShape(), element);
  return nc.constant(
      DenseElementsAttr::get(type, nc.builder.getIntegerAttr(element, 0)));
}

static FailureOr<int64_t> quantizedAxis(NodeContext &nc, Value scale) {
  if (nc.intAttr("block_size", 0))
    return nc.unsupported("quantisation in blocks");
  if (nc.type(scale).getRank() > 1)
    return nc.unsupported("a scale of more than one dimension");
  if (nc.type(scale).getRank() == 0)
    return int64_t(0);
  return nc.axis(nc.intAttr("axis", 1), nc.inputType(0).getRank());
}

static LogicalResult importQuantize(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  Value scale = parameter(nc, nc.input(1)), zero = parameter(nc, nc.input(2));
  auto axis = quantizedAxis(nc, scale);
  if (failed(axis))
    return failure();
  if (!zero)
    zero = zeroPoint(
        nc, scale,
        IntegerType::get(nc.builder.getContext(), 8, IntegerType::Unsigned));
  return nc.result(nn::createOrError<nn::QuantizeOp>(
      nc.builder, nc.location(), nc.input(0), scale, zero, *axis));
}

static LogicalResult importDequantize(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  Value scale = parameter(nc, nc.input(1)), zero = parameter(nc, nc.input(2));
  auto axis = quantizedAxis(nc, scale);
  if (failed(axis))
    return failure();
  if (!zero)
    zero = zeroPoint(nc, scale, nc.inputType(0).getElementType());
  return nc.result(nn::createOrError<nn::DequantizeOp>(
      nc.builder, nc.location(), nc.input(0), scale, zero, *axis));
}

void ashlar::addQuantizationOps(OpTable &table) {
  table["QuantizeLinear"] = importQuantize;
  table["DequantizeLinear"] = importDequantize;
}
