//===- Builders.cpp - Structured operators from maps and bodies -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Builders.h"

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nntolinalg;

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Type nntolinalg::getComputeType(Type element) {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  return element;
}

Value nntolinalg::widen(ImplicitLocOpBuilder &b, Value value) {
  Type type = getComputeType(value.getType());
  return type == value.getType() ? value
                                 : arith::ExtFOp::create(b, type, value);
}

Value nntolinalg::narrow(ImplicitLocOpBuilder &b, Value value, Type type) {
  return type == value.getType() ? value
                                 : arith::TruncFOp::create(b, type, value);
}

Value nntolinalg::makeInt(ImplicitLocOpBuilder &b, Type type, int64_t value) {
  unsigned width = type.getIntOrFloatBitWidth();
  return arith::ConstantOp::create(
      b, IntegerAttr::get(
             type, APInt(64, value, /*isSigned=*/true).sextOrTrunc(width)));
}

Value nntolinalg::makeFloat(ImplicitLocOpBuilder &b, Type type, double value) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}

Value nntolinalg::makeLoopIndex(ImplicitLocOpBuilder &b, Type type,
                                unsigned loop) {
  return arith::IndexCastOp::create(b, type, linalg::IndexOp::create(b, loop));
}

Type nntolinalg::getSignless(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.clone(getSignless(tensor.getElementType()));
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.isSignless())
    return type;
  return IntegerType::get(type.getContext(), integer.getWidth());
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

Operand nntolinalg::readThrough(Value value, unsigned loops,
                                ArrayRef<unsigned> dims) {
  SmallVector<AffineExpr> exprs;
  for (unsigned dim : dims)
    exprs.push_back(getAffineDimExpr(dim, value.getContext()));
  return {value, AffineMap::get(loops, 0, exprs, value.getContext()), {}};
}

/// The element that all elements of a constant equal; null if there is none.
static TypedAttr getSplat(Value source) {
  DenseElementsAttr value;
  if (!matchPattern(source, m_Constant(&value)) || !value.isSplat())
    return nullptr;
  auto element = value.getSplatValue<TypedAttr>();
  if (auto integer = dyn_cast<IntegerAttr>(element))
    return IntegerAttr::get(getSignless(integer.getType()), integer.getValue());
  return element;
}

Operand nntolinalg::readBroadcast(ImplicitLocOpBuilder &b, Value source,
                                  Value value, ArrayRef<int64_t> shape) {
  if (TypedAttr splat = getSplat(source))
    return {nullptr, AffineMap(), splat};
  auto type = cast<RankedTensorType>(value.getType());
  unsigned offset = shape.size() - type.getRank();
  // Without its dimensions of one element a vector of channels stays one, even
  // where the batch is one image: others may then be merged.
  bool isWhole = type.getShape() == shape;
  SmallVector<int64_t> kept;
  SmallVector<unsigned> dims;
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    if (size == 1 && !isWhole)
      continue;
    kept.push_back(size);
    dims.push_back(offset + i);
  }
  return readThrough(reshape(b, value, kept), shape.size(), dims);
}

Value nntolinalg::reshape(ImplicitLocOpBuilder &b, Value value,
                          ArrayRef<int64_t> shape) {
  auto from = cast<RankedTensorType>(value.getType());
  RankedTensorType to = from.clone(shape);
  if (from == to)
    return value;
  if (from.getRank() != to.getRank()) {
    if (auto groups = getReassociationIndicesForReshape(from, to)) {
      if (from.getRank() > to.getRank())
        return tensor::CollapseShapeOp::create(b, to, value, *groups);
      return tensor::ExpandShapeOp::create(b, to, value, *groups);
    }
  }
  // Through one dimension, which every shape collapses to and expands from.
  auto flat = from.clone({from.getNumElements()});
  auto all = [](int64_t rank) {
    SmallVector<ReassociationIndices> groups;
    if (rank > 0)
      groups.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(0, rank)));
    return groups;
  };
  if (from.getRank() > 1)
    value =
        tensor::CollapseShapeOp::create(b, flat, value, all(from.getRank()));
  else if (from.getRank() == 0)
    value = tensor::ExpandShapeOp::create(b, flat, value, all(0));
  if (to.getRank() > 1)
    return tensor::ExpandShapeOp::create(b, to, value, all(to.getRank()));
  if (to.getRank() == 0)
    return tensor::CollapseShapeOp::create(b, to, value, all(0));
  return value;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

Value nntolinalg::fill(ImplicitLocOpBuilder &b, RankedTensorType type,
                       TypedAttr value) {
  Value scalar = arith::ConstantOp::create(b, value);
  Value empty =
      tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  return linalg::FillOp::create(b, scalar, empty).getResult(0);
}

Value nntolinalg::fillZero(ImplicitLocOpBuilder &b, RankedTensorType type) {
  return fill(b, type, b.getZeroAttr(type.getElementType()));
}

/// A generic over `operands` whose outputs are `init` through `outputMap`.
static Value buildGeneric(ImplicitLocOpBuilder &b, ArrayRef<Operand> operands,
                          Value init, AffineMap outputMap,
                          ArrayRef<utils::IteratorType> iterators, bool passOld,
                          Body body) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (const Operand &operand : operands) {
    if (operand.scalar)
      continue;
    inputs.push_back(operand.value);
    maps.push_back(operand.map);
  }
  maps.push_back(outputMap);
  auto generic = linalg::GenericOp::create(
      b, b.getLoc(), TypeRange(init.getType()), inputs, ValueRange(init), maps,
      iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
        ImplicitLocOpBuilder inner(loc, nested);
        SmallVector<Value> scalars;
        unsigned next = 0;
        for (const Operand &operand : operands)
          scalars.push_back(operand.scalar ? Value(arith::ConstantOp::create(
                                                 inner, operand.scalar))
                                           : args[next++]);
        if (passOld)
          scalars.push_back(args.back());
        linalg::YieldOp::create(inner, body(inner, scalars));
      });
  return generic.getResult(0);
}

Value nntolinalg::buildMap(ImplicitLocOpBuilder &b, ArrayRef<Operand> operands,
                           RankedTensorType type, Body body) {
  Value empty =
      tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return buildGeneric(b, operands, empty,
                      b.getMultiDimIdentityMap(type.getRank()), iterators,
                      /*passOld=*/false, body);
}

Value nntolinalg::buildReduction(ImplicitLocOpBuilder &b,
                                 ArrayRef<Operand> operands, Value init,
                                 AffineMap outputMap, Body body) {
  SmallVector<utils::IteratorType> iterators(outputMap.getNumDims(),
                                             utils::IteratorType::reduction);
  for (unsigned dim = 0; dim < outputMap.getNumDims(); ++dim)
    if (outputMap.isFunctionOfDim(dim))
      iterators[dim] = utils::IteratorType::parallel;
  return buildGeneric(b, operands, init, outputMap, iterators,
                      /*passOld=*/true, body);
}

Value nntolinalg::wrapIndex(ImplicitLocOpBuilder &b, Value place,
                            int64_t size) {
  Value wide = arith::IndexCastOp::create(b, b.getIndexType(), place);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value count = arith::ConstantIndexOp::create(b, size);
  Value last = arith::ConstantIndexOp::create(b, size - 1);
  Value negative =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, wide, zero);
  wide = arith::SelectOp::create(b, negative,
                                 arith::AddIOp::create(b, wide, count), wide);
  return arith::MinSIOp::create(b, arith::MaxSIOp::create(b, wide, zero), last);
}

Value nntolinalg::roundTensor(ImplicitLocOpBuilder &b, Value value,
                              Type element) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getElementType() == element)
    return value;
  auto dims = llvm::to_vector(llvm::seq<unsigned>(0, type.getRank()));
  return buildMap(b, readThrough(value, type.getRank(), dims),
                  type.clone(element),
                  [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                    return narrow(inner, args[0], element);
                  });
}

Value nntolinalg::reverse(ImplicitLocOpBuilder &b, Value value,
                          ArrayRef<bool> backwards) {
  if (!llvm::is_contained(backwards, true))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<AffineExpr> exprs;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    AffineExpr expr = b.getAffineDimExpr(dim);
    exprs.push_back(backwards[dim] ? type.getDimSize(dim) - 1 - expr : expr);
  }
  AffineMap map = AffineMap::get(type.getRank(), 0, exprs, b.getContext());
  return buildMap(
      b, Operand{value, map, {}}, type,
      [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; });
}
