//===- Reduction.cpp - Shapes of reductions, scans and normalisations -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Inference.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

/// The shape without `axes`, or with 1 in their place.
static SmallVector<int64_t> reduceShape(ArrayRef<int64_t> shape,
                                        ArrayRef<int64_t> axes, bool keepDims) {
  SmallVector<int64_t> result;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(dim)))
      result.push_back(size);
    else if (keepDims)
      result.push_back(1);
  }
  return result;
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> axes = adaptor.getAxes();
  if (failed(checkAxes(loc, getOperationName(), axes, input.getRank())))
    return failure();
  ReduceKind kind = adaptor.getKind();
  if (input.getElementType().isInteger(1) && kind != ReduceKind::max &&
      kind != ReduceKind::min)
    return inferError(loc, getOperationName(),
                      "expected 'max' or 'min' of truth values, but got '" +
                          stringifyReduceKind(kind) + "'");
  types.push_back(
      input.clone(reduceShape(input.getShape(), axes, adaptor.getKeepDims())));
  return success();
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  return getAxes().empty() && getInput().getType() == getType()
             ? OpFoldResult(getInput())
             : OpFoldResult();
}

LogicalResult ArgReduceOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, name, axis, input.getRank())))
    return failure();
  ReduceKind kind = adaptor.getKind();
  if (kind != ReduceKind::max && kind != ReduceKind::min)
    return inferError(loc, name,
                      "expected 'max' or 'min', but got '" +
                          stringifyReduceKind(kind) + "'");
  if (input.getDimSize(axis) == 0)
    return inferError(loc, name,
                      "expected at least one element along dimension " +
                          Twine(axis));
  types.push_back(RankedTensorType::get(
      reduceShape(input.getShape(), {axis}, adaptor.getKeepDims()),
      IntegerType::get(context, 64)));
  return success();
}

LogicalResult CumulativeOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (failed(checkAxis(loc, getOperationName(), adaptor.getAxis(),
                       input.getRank())))
    return failure();
  ReduceKind kind = adaptor.getKind();
  if (kind != ReduceKind::sum && kind != ReduceKind::prod)
    return inferError(loc, getOperationName(),
                      "expected 'sum' or 'prod', but got '" +
                          stringifyReduceKind(kind) + "'");
  types.push_back(input);
  return success();
}

template <typename AdaptorTy>
static LogicalResult inferAlongAxis(std::optional<Location> loc, StringRef name,
                                    AdaptorTy adaptor,
                                    SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (failed(checkAxis(loc, name, adaptor.getAxis(), input.getRank())))
    return failure();
  types.push_back(input);
  return success();
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferAlongAxis(loc, getOperationName(), adaptor, types);
}

LogicalResult LogSoftmaxOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  return inferAlongAxis(loc, getOperationName(), adaptor, types);
}

LogicalResult NormalizeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (failed(checkAxes(loc, getOperationName(), adaptor.getAxes(),
                       input.getRank())))
    return failure();
  types.push_back(input);
  return success();
}

LogicalResult TopKOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  int64_t axis = adaptor.getAxis(), k = adaptor.getK();
  if (failed(checkAxis(loc, name, axis, input.getRank())))
    return failure();
  int64_t size = input.getDimSize(axis);
  if (k < 0 || (!ShapedType::isDynamic(size) && k > size))
    return inferError(loc, name,
                      "expected k from 0 to the " + Twine(size) +
                          " elements of dimension " + Twine(axis) +
                          ", but got " + Twine(k));
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = k;
  types.push_back(input.clone(shape));
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 64)));
  return success();
}
