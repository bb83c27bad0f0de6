//===- Window.cpp - Windows on the host -----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ashlar;
using utils::IteratorType;

static arith::AtomicRMWKind getReduction(npu::WindowOp op, bool integers) {
  using K = arith::AtomicRMWKind;
  bool isUnsigned = op.getInputUnsigned();
  switch (op.getKind()) {
  case npu::WindowKind::Max:
    return !integers ? K::maximumf : isUnsigned ? K::maxu : K::maxs;
  case npu::WindowKind::Min:
    return !integers ? K::minimumf : isUnsigned ? K::minu : K::mins;
  default:
    return integers ? K::addi : K::addf;
  }
}

/// Comparisons of widened elements are signed.
static arith::AtomicRMWKind getWide(arith::AtomicRMWKind kind, bool widened) {
  using K = arith::AtomicRMWKind;
  if (widened && kind == K::maxu)
    return K::maxs;
  return widened && kind == K::minu ? K::mins : kind;
}

static Value widen(ImplicitLocOpBuilder &b, Value value, Type to,
                   bool isUnsigned) {
  if (value.getType() == to)
    return value;
  if (isa<FloatType>(to))
    return arith::ExtFOp::create(b, to, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, to, value);
  return arith::ExtSIOp::create(b, to, value);
}

void ashlar::convertWindow(ImplicitLocOpBuilder &b, npu::WindowOp op) {
  Type element = cast<MemRefType>(op.getInput().getType()).getElementType(),
       out = cast<MemRefType>(op.getOut().getType()).getElementType();
  arith::AtomicRMWKind kind =
      getWide(getReduction(op, isa<IntegerType>(element)), element != out);
  if (!op.getAccumulate()) {
    Value identity = arith::getIdentityValue(kind, out, b, op.getLoc());
    linalg::FillOp::create(b, ValueRange(identity), ValueRange(op.getOut()));
  }
  SmallVector<Value> inputs = {op.getInput()};
  SmallVector<AffineMap> maps = {op.getInputMap()};
  if (op.getWeights()) {
    inputs.push_back(op.getWeights());
    maps.push_back(op.getMap(1));
  }
  // A tensor of the window's sizes says how far the loops go.
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : op.getWindowDims())
    exprs.push_back(b.getAffineDimExpr(dim));
  SmallVector<int64_t> dynamic(exprs.size(), ShapedType::kDynamic);
  Value shape = memref::AllocOp::create(
      b, MemRefType::get(dynamic, b.getI8Type()), op.getWindow());
  inputs.push_back(shape);
  unsigned dims = op.getInputMap().getNumDims();
  maps.push_back(AffineMap::get(dims, 0, exprs, b.getContext()));
  maps.push_back(op.getOutMap());
  SmallVector<IteratorType> iterators(dims, IteratorType::parallel);
  for (int64_t dim : op.getWindowDims())
    iterators[dim] = IteratorType::reduction;
  linalg::GenericOp::create(
      b, TypeRange(), inputs, ValueRange(op.getOut()), maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        ImplicitLocOpBuilder body(loc, nested);
        Value value = widen(body, args[0], out, op.getInputUnsigned());
        if (op.getWeights()) {
          Value weight = widen(body, args[1], out, op.getWeightsUnsigned());
          if (isa<FloatType>(out))
            value = arith::MulFOp::create(body, value, weight);
          else
            value = arith::MulIOp::create(body, value, weight);
        }
        Value result =
            arith::getReductionOp(kind, body, loc, args.back(), value);
        linalg::YieldOp::create(body, result);
      });
  memref::DeallocOp::create(b, shape);
}
