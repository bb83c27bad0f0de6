//===- Elementwise.cpp - Folders and verifiers of elementwise nn operators ===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Inference.h"

using namespace mlir;
using namespace ashlar::nn;

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

OpFoldResult NegOp::fold(FoldAdaptor) {
  auto inner = getInput().getDefiningOp<NegOp>();
  return inner ? OpFoldResult(inner.getInput()) : OpFoldResult();
}

OpFoldResult NotOp::fold(FoldAdaptor) {
  auto inner = getInput().getDefiningOp<NotOp>();
  return inner ? OpFoldResult(inner.getInput()) : OpFoldResult();
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  auto condition =
      dyn_cast_if_present<DenseElementsAttr>(adaptor.getCondition());
  if (!condition || !condition.isSplat())
    return {};
  Value taken = condition.getSplatValue<bool>() ? getOnTrue() : getOnFalse();
  return taken.getType() == getType() ? OpFoldResult(taken) : OpFoldResult();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput())
                                           : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// The type of `value` with another element type.
static Type withElement(Value value, Type element) {
  return cast<RankedTensorType>(value.getType()).clone(element);
}

static LogicalResult verifySameShape(Operation *op) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  if (succeeded(verifyCompatibleShape(input, result)))
    return success();
  return op->emitOpError("expected a result of shape ")
         << formatShape(input.getShape()) << ", but got "
         << formatShape(result.getShape());
}

void CastOp::build(OpBuilder &builder, OperationState &state, Value input,
                   Type elementType) {
  build(builder, state, withElement(input, elementType), input);
}

LogicalResult CastOp::verify() { return verifySameShape(*this); }

void StorageCastOp::build(OpBuilder &builder, OperationState &state,
                          Value input, Type elementType) {
  build(builder, state, withElement(input, elementType), input);
}

LogicalResult StorageCastOp::verify() {
  Type from = getInput().getType().getElementType();
  Type to = getType().getElementType();
  auto quantized = dyn_cast<quant::QuantizedType>(from);
  Type storage = to;
  if (!quantized) {
    quantized = dyn_cast<quant::QuantizedType>(to);
    storage = from;
  }
  if (!quantized || getStorageType(quantized) != storage)
    return emitOpError("expected a quantised element type and the integers "
                       "that it is stored as, but got ")
           << from << " and " << to;
  return verifySameShape(*this);
}

/// There and back again.
OpFoldResult StorageCastOp::fold(FoldAdaptor) {
  auto inner = getInput().getDefiningOp<StorageCastOp>();
  if (inner && inner.getInput().getType() == getType())
    return inner.getInput();
  return {};
}

/// What holds for scale and zero point of both conversions.
static LogicalResult verifyParameters(Operation *op, Type quantized,
                                      Type expressed, int64_t axis) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto scale = cast<RankedTensorType>(op->getOperand(1).getType());
  auto zeroPoint = cast<RankedTensorType>(op->getOperand(2).getType());
  if (scale.getElementType() != expressed)
    return op->emitOpError("expected a scale of element type ")
           << expressed << ", but got " << scale.getElementType();
  if (zeroPoint.getElementType() != quantized)
    return op->emitOpError("expected a zero point of element type ")
           << quantized << ", but got " << zeroPoint.getElementType();
  if (scale.getRank() > 1 || failed(verifyCompatibleShape(scale, zeroPoint)))
    return op->emitOpError("expected a scale and a zero point that are "
                           "scalars or have the same one dimension, but got ")
           << formatShape(scale.getShape()) << " and "
           << formatShape(zeroPoint.getShape());
  if (scale.getRank() == 0)
    return verifySameShape(op);
  if (failed(checkAxis(op->getLoc(), op->getName().getStringRef(), axis,
                       input.getRank())))
    return failure();
  int64_t channels = input.getDimSize(axis), scales = scale.getDimSize(0);
  if (!ShapedType::isDynamic(channels) && !ShapedType::isDynamic(scales) &&
      channels != scales)
    return op->emitOpError("expected ")
           << channels << " scales, one for each index of dimension " << axis
           << ", but got " << scales;
  return verifySameShape(op);
}

void QuantizeOp::build(OpBuilder &builder, OperationState &state, Value input,
                       Value scale, Value zeroPoint, int64_t axis) {
  Type element = cast<ShapedType>(zeroPoint.getType()).getElementType();
  build(builder, state, withElement(input, element), input, scale, zeroPoint,
        axis);
}

LogicalResult QuantizeOp::verify() {
  return verifyParameters(*this, getType().getElementType(),
                          getInput().getType().getElementType(), getAxis());
}

void DequantizeOp::build(OpBuilder &builder, OperationState &state, Value input,
                         Value scale, Value zeroPoint, int64_t axis) {
  Type element = cast<ShapedType>(scale.getType()).getElementType();
  build(builder, state, withElement(input, element), input, scale, zeroPoint,
        axis);
}

LogicalResult DequantizeOp::verify() {
  return verifyParameters(*this, getInput().getType().getElementType(),
                          getType().getElementType(), getAxis());
}
