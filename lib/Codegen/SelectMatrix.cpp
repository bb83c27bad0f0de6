//===- SelectMatrix.cpp - Matrix products --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SelectMatrix.h"

using namespace mlir;
using namespace ashlar;

/// The factor of `dim` in a sum of dimensions times constants.
static int64_t getCoefficient(AffineExpr expr, unsigned dim) {
  if (auto d = dyn_cast<AffineDimExpr>(expr))
    return d.getPosition() == dim ? 1 : 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return 0;
  if (binary.getKind() == AffineExprKind::Add)
    return getCoefficient(binary.getLHS(), dim) +
           getCoefficient(binary.getRHS(), dim);
  if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
      factor && binary.getKind() == AffineExprKind::Mul)
    return getCoefficient(binary.getLHS(), dim) * factor.getValue();
  return 0;
}

static int64_t getConstantTerm(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return 0;
  if (binary.getKind() == AffineExprKind::Add)
    return getConstantTerm(binary.getLHS()) + getConstantTerm(binary.getRHS());
  if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
      factor && binary.getKind() == AffineExprKind::Mul)
    return getConstantTerm(binary.getLHS()) * factor.getValue();
  return 0;
}

Num ashlar::getMapStride(Selector &s, AffineMap map, unsigned dim,
                         const TensorView &view) {
  Num stride = Num::constant(0);
  for (auto [index, expr] : llvm::enumerate(map.getResults()))
    if (int64_t factor = getCoefficient(expr, dim))
      stride = s.emit.add(
          stride, s.emit.mul(view.strides[index], Num::constant(factor)));
  return stride;
}

Address ashlar::getMapBase(Selector &s, AffineMap map, const TensorView &view) {
  Address address = view.address;
  for (auto [index, expr] : llvm::enumerate(map.getResults()))
    if (int64_t term = getConstantTerm(expr))
      address = advance(s.emit, address, Num::constant(term),
                        view.strides[index], getElementBytes(view.element));
  return address;
}

LogicalResult ashlar::emitAccDescriptor(Selector &s, Operation *op,
                                        int64_t number, const TensorView &acc,
                                        unsigned rowRank) {
  Num rows = Num::constant(1), lanes = Num::constant(1);
  for (unsigned dim = 0; dim < acc.rank(); ++dim) {
    if (acc.isRow[dim] != (dim < rowRank) && !acc.sizes[dim].isConstant(1))
      return op->emitError()
             << "expected dimension " << dim << " of the accumulators to be "
             << (dim < rowRank ? "rows" : "lanes")
             << " as in every other use of the buffer";
    Num &total = dim < rowRank ? rows : lanes;
    total = s.emit.mul(total, acc.sizes[dim]);
  }
  int64_t n = s.machine.mxuN;
  DescriptorSpec spec{getElementType(acc.element), acc.address, {}};
  // Dimension 3 only tells the distance of panels.
  bool panels = !lanes.isConstant() || lanes.value() > n;
  emitDescriptor(s.emit, number, spec);
  auto setDim = [&](int64_t dim, Num size, int64_t stride) {
    if (size.isConstant() && size.value() >= 0 && size.value() < (1 << 20)) {
      s.emit.inst("ddim", {number, dim, size.value(), stride});
      return;
    }
    s.emit.inst("dsize", {number, dim, s.emit.toReg(size), 0});
    s.emit.inst("dstride", {number, dim, zeroReg, stride});
  };
  if (panels)
    s.emit.inst("dstride", {number, 3, zeroReg, acc.accRows * n});
  setDim(4, rows, n);
  setDim(5, lanes, 1);
  return success();
}

/// Strides of an operand over two groups of dimensions, three each.
static void emitOperand(Selector &s, int64_t number, isa::ElementType type,
                        AffineMap map, const TensorView &view,
                        ArrayRef<int64_t> outer, ArrayRef<int64_t> inner,
                        ArrayRef<Num> extents) {
  DescriptorSpec spec{type, getMapBase(s, map, view), {}};
  auto addGroup = [&](ArrayRef<int64_t> dims, unsigned end) {
    for (auto [index, dim] : llvm::enumerate(dims))
      spec.dims.push_back({end - static_cast<unsigned>(dims.size() - index),
                           extents[dim], getMapStride(s, map, dim, view)});
  };
  addGroup(outer, 3);
  addGroup(inner, 6);
  emitDescriptor(s.emit, number, spec);
}

LogicalResult ashlar::selectMatmul(Selector &s, npu::MatmulOp op) {
  SmallVector<Value> operands = {op.getA(), op.getB(), op.getAcc()};
  SmallVector<TensorView> views;
  for (Value operand : operands)
    views.push_back(s.getView(operand));
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  SmallVector<std::pair<unsigned, unsigned>> where;
  SmallVector<int64_t> constants = npu::getLoopExtents(maps, operands, &where);
  SmallVector<Num> extents;
  for (auto [dim, source] : llvm::enumerate(where))
    extents.push_back(ShapedType::isDynamic(constants[dim])
                          ? views[source.first].sizes[source.second]
                          : Num::constant(constants[dim]));

  enum : int64_t { accDesc, aDesc, bDesc };
  if (failed(emitAccDescriptor(s, op, accDesc, views[2], op.getMDims().size())))
    return failure();
  emitOperand(s, aDesc, getElementType(views[0].element, op.getAUnsigned()),
              maps[0], views[0], op.getMDims(), op.getKDims(), extents);
  emitOperand(s, bDesc, getElementType(views[1].element, op.getBUnsigned()),
              maps[1], views[1], op.getNDims(), op.getKDims(), extents);
  auto emitProduct = [&](isa::AccMode mode) {
    s.emit.inst("mm", {accDesc, aDesc, bDesc, static_cast<int64_t>(mode), 0});
  };
  Num add = Num::constant(op.getAccumulate());
  if (op.getAccumulateIf())
    add = s.getNum(op.getAccumulateIf());
  if (add.isConstant()) {
    emitProduct(add.isConstant(0) ? isa::AccMode::set : isa::AccMode::add);
    return success();
  }
  int64_t first = s.emit.newLabel(), end = s.emit.newLabel();
  s.emit.inst("beq", {s.emit.toReg(add), zeroReg, first});
  emitProduct(isa::AccMode::add);
  s.emit.inst("jmp", {end});
  s.emit.label(first);
  emitProduct(isa::AccMode::set);
  s.emit.label(end);
  return success();
}
