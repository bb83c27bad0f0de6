//===- SelectView.cpp - Buffers and views of them ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A view's address is computed where the view stands; sizes and strides are
// carried along and reach descriptors when the view is used.
//
//===----------------------------------------------------------------------===//

#include "Requests.h"
#include "Selector.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;

static Num getNum(Selector &s, OpFoldResult value) {
  if (auto attr = dyn_cast<Attribute>(value))
    return Num::constant(cast<IntegerAttr>(attr).getInt());
  return s.getNum(cast<Value>(value));
}

static LogicalResult refuse(Operation *op, const Twine &reason) {
  return op->emitError() << "'" << op->getName() << "' " << reason;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

static void setStaticShape(TensorView &view, MemRefType type) {
  int64_t stride = 1;
  for (int64_t size : llvm::reverse(type.getShape())) {
    view.sizes.insert(view.sizes.begin(), Num::constant(size));
    view.strides.insert(view.strides.begin(), Num::constant(stride));
    stride *= size;
  }
}

/// The register with the address of the slot whose turn it is.
static Address turnRing(Selector &s, npu::AllocOp alloc, Num base) {
  int64_t reg = s.ringReg(alloc), slot = *alloc.getSlotBytes(),
          depth = alloc.getDepth();
  if (depth == 2) {
    // The register is the address itself and toggles between two. Slots begin
    // at offset and offset + slot: their difference in bits is a constant.
    int64_t first = *alloc.getOffset(), second = first + slot;
    s.emit.inst("xori", {reg, reg, first ^ second});
    return {Num::inReg(reg), 0};
  }
  s.emit.inst("addi", {reg, reg, slot});
  int64_t wrapped = s.emit.newReg();
  s.emit.inst("seqi", {wrapped, reg, slot * depth});
  s.emit.inst("sel", {reg, wrapped, zeroReg, reg});
  return {s.emit.add(base, Num::inReg(reg)),
          static_cast<int64_t>(*alloc.getOffset())};
}

Num ashlar::wholeBase(Selector &s, Num base, MemRefType type, int64_t parts) {
  int64_t part =
      type.getNumElements() / parts * getElementBytes(type.getElementType());
  Num core = Num::inReg(s.emit.coreNumber());
  return s.emit.sub(base, s.emit.mul(core, Num::constant(part)));
}

static LogicalResult selectAlloc(Selector &s, npu::AllocOp alloc) {
  if (!alloc.getOffset())
    return refuse(alloc, "has no place, run npu-plan-memory first");
  MemRefType type = alloc.getType();
  TensorView view;
  view.space = *npu::getSpace(type);
  view.element = type.getElementType();
  Num base = Num::inReg(arenaReg);
  if (view.space == npu::Space::Sram)
    base = s.sramBase();
  if (auto parts = alloc->getAttrOfType<IntegerAttr>(npu::kPartsAttr))
    base = wholeBase(s, base, type, parts.getInt());
  if (view.space == npu::Space::Acc) {
    base = s.accBase();
    npu::AccLayout layout = npu::getAccLayout(alloc.getBuffer());
    view.accRows = layout.rows;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      view.isRow.push_back(dim < layout.rowRank);
  }
  view.address = {base, static_cast<int64_t>(*alloc.getOffset())};
  if (s.ringReg(alloc) != 0)
    view.address = turnRing(s, alloc, base);
  setStaticShape(view, type);
  s.setView(alloc.getBuffer(), view);
  return success();
}

static LogicalResult selectGlobal(Selector &s, memref::GetGlobalOp global) {
  MemRefType type = global.getType();
  auto found = s.globalOffsets.find(global.getName());
  if (found == s.globalOffsets.end())
    return refuse(global, "expected a constant in dram, or a place in sram");
  TensorView view;
  view.space = *npu::getSpace(type);
  view.element = type.getElementType();
  bool isResident = view.space == npu::Space::Sram;
  view.address = {isResident ? s.sramBase() : Num::inReg(weightsReg),
                  found->second};
  setStaticShape(view, type);
  s.setView(global.getResult(), view);
  return success();
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

/// Moves an accumulator view: whole rows, or whole panels.
static LogicalResult advanceAcc(Selector &s, memref::SubViewOp op,
                                const TensorView &source, TensorView &view) {
  int64_t lanes = s.machine.mxuN, rows = llvm::count(source.isRow, true);
  int64_t columns = source.rank() - rows;
  for (unsigned dim = 0; dim < source.rank(); ++dim) {
    Num offset = getNum(s, op.getMixedOffsets()[dim]);
    Num stride = getNum(s, op.getMixedStrides()[dim]);
    if (!stride.isConstant(1))
      return refuse(op, "steps over accumulators, expected stride 1");
    if (offset.isConstant(0))
      continue;
    if (source.isRow[dim] && rows == 1) {
      view.address =
          advance(s.emit, view.address, offset, Num::constant(lanes), 4);
    } else if (!source.isRow[dim] && columns == 1 && offset.isConstant() &&
               offset.value() % lanes == 0) {
      view.address.offset +=
          offset.value() / lanes * source.accRows * lanes * 4;
    } else {
      return refuse(
          op, "moves within accumulators, expected an offset in the only row "
              "dimension "
              "or a constant multiple of the lanes in the only lane dimension");
    }
  }
  return success();
}

static LogicalResult selectSubView(Selector &s, memref::SubViewOp op) {
  const TensorView source = s.getView(op.getSource());
  TensorView view = source;
  view.sizes.clear();
  view.strides.clear();
  view.isRow.clear();
  llvm::SmallBitVector dropped = op.getDroppedDims();
  bool isAcc = source.space == npu::Space::Acc;
  if (isAcc && failed(advanceAcc(s, op, source, view)))
    return failure();
  int64_t bytes = getElementBytes(source.element);
  for (unsigned dim = 0; dim < source.rank(); ++dim) {
    if (!isAcc)
      view.address =
          advance(s.emit, view.address, getNum(s, op.getMixedOffsets()[dim]),
                  source.strides[dim], bytes);
    if (dropped[dim])
      continue;
    view.sizes.push_back(getNum(s, op.getMixedSizes()[dim]));
    view.strides.push_back(
        s.emit.mul(source.strides[dim], getNum(s, op.getMixedStrides()[dim])));
    if (isAcc)
      view.isRow.push_back(source.isRow[dim]);
  }
  s.setView(op.getResult(), view);
  return success();
}

static LogicalResult selectReinterpret(Selector &s,
                                       memref::ReinterpretCastOp op) {
  TensorView view = s.getView(op.getSource());
  // Offsets count from the buffer's start, which only a whole buffer's view
  // still knows.
  if (view.space == npu::Space::Acc ||
      (!llvm::isa<BlockArgument>(op.getSource()) &&
       !llvm::isa_and_present<npu::AllocOp, memref::GetGlobalOp>(
           op.getSource().getDefiningOp())))
    return refuse(op, "expected a whole buffer in dram or sram");
  view.address =
      advance(s.emit, view.address, getNum(s, op.getMixedOffsets().front()),
              Num::constant(1), getElementBytes(view.element));
  view.sizes.clear();
  view.strides.clear();
  for (auto [size, stride] :
       llvm::zip(op.getMixedSizes(), op.getMixedStrides())) {
    view.sizes.push_back(getNum(s, size));
    view.strides.push_back(getNum(s, stride));
  }
  s.setView(op.getResult(), view);
  return success();
}

static LogicalResult selectExpand(Selector &s, memref::ExpandShapeOp op) {
  const TensorView source = s.getView(op.getSrc());
  TensorView view = source;
  view.sizes.clear();
  view.strides.clear();
  view.isRow.clear();
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  unsigned rank = sizes.size();
  // A single element has dimensions of one that no group makes.
  view.sizes.assign(rank, Num::constant(1));
  view.strides.assign(rank, Num::constant(1));
  for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
    Num stride = source.strides[dim];
    for (int64_t part : llvm::reverse(group)) {
      view.sizes[part] = getNum(s, sizes[part]);
      view.strides[part] = stride;
      stride = s.emit.mul(stride, view.sizes[part]);
    }
    if (source.space == npu::Space::Acc)
      view.isRow.append(group.size(), source.isRow[dim]);
  }
  s.setView(op.getResult(), view);
  return success();
}

static LogicalResult selectCollapse(Selector &s, memref::CollapseShapeOp op) {
  const TensorView source = s.getView(op.getSrc());
  TensorView view = source;
  view.sizes.clear();
  view.strides.clear();
  view.isRow.clear();
  for (const ReassociationIndices &group : op.getReassociationIndices()) {
    Num size = Num::constant(1), stride = Num::constant(1);
    for (int64_t part : group) {
      size = s.emit.mul(size, source.sizes[part]);
      // The innermost part of more than one element gives the stride.
      if (!source.sizes[part].isConstant(1))
        stride = source.strides[part];
    }
    view.sizes.push_back(size);
    view.strides.push_back(stride);
    if (source.space != npu::Space::Acc)
      continue;
    if (llvm::any_of(group, [&](int64_t part) {
          return source.isRow[part] != source.isRow[group.front()];
        }))
      return refuse(op, "merges rows and lanes of accumulators");
    view.isRow.push_back(source.isRow[group.front()]);
  }
  s.setView(op.getResult(), view);
  return success();
}

static LogicalResult selectTranspose(Selector &s, memref::TransposeOp op) {
  const TensorView source = s.getView(op.getIn());
  TensorView view = source;
  for (auto [position, expr] :
       llvm::enumerate(op.getPermutation().getResults())) {
    unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    view.sizes[position] = source.sizes[dim];
    view.strides[position] = source.strides[dim];
  }
  if (source.space == npu::Space::Acc)
    return refuse(op, "permutes accumulators");
  s.setView(op.getResult(), view);
  return success();
}

LogicalResult ashlar::selectView(Selector &s, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](npu::AllocOp alloc) { return selectAlloc(s, alloc); })
      .Case([&](memref::GetGlobalOp global) { return selectGlobal(s, global); })
      .Case([&](memref::SubViewOp view) { return selectSubView(s, view); })
      .Case([&](memref::ReinterpretCastOp view) {
        return selectReinterpret(s, view);
      })
      .Case([&](memref::ExpandShapeOp view) { return selectExpand(s, view); })
      .Case(
          [&](memref::CollapseShapeOp view) { return selectCollapse(s, view); })
      .Case([&](memref::TransposeOp view) { return selectTranspose(s, view); })
      .Case<memref::CastOp, memref::MemorySpaceCastOp>([&](Operation *cast) {
        s.setView(cast->getResult(0), s.getView(cast->getOperand(0)));
        return success();
      })
      .Default([&](Operation *other) {
        return refuse(other,
                      "makes a memref in a way that has no machine code");
      });
}

//===----------------------------------------------------------------------===//
// Single elements
//===----------------------------------------------------------------------===//

LogicalResult ashlar::selectAccess(Selector &s, Operation *op) {
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!index)
      return refuse(op, "expected a constant dimension");
    s.setNum(dim.getResult(), s.getView(dim.getSource()).sizes[*index]);
    return success();
  }
  auto load = dyn_cast<memref::LoadOp>(op);
  Value memref =
      load ? load.getMemRef() : cast<memref::StoreOp>(op).getMemRef();
  ValueRange indices =
      load ? load.getIndices() : cast<memref::StoreOp>(op).getIndices();
  TensorView view = s.getView(memref);
  if (view.space != npu::Space::Sram)
    return refuse(
        op,
        "expected a tensor in sram: the scalar unit reaches no other memory");
  if (view.element.isF16() || view.element.isBF16())
    return refuse(op, "moves halves, which the scalar unit cannot convert");
  Address address = view.address;
  for (auto [index, stride] : llvm::zip(indices, view.strides))
    address = advance(s.emit, address, s.getNum(index), stride,
                      getElementBytes(view.element));
  // Scalar accesses count bytes from the scratchpad's start; addresses carry
  // the space above bit 39, which cancels against the base's.
  Num offset = s.emit.add(s.emit.sub(address.base, s.sramBase()),
                          Num::constant(address.offset));
  int64_t base = s.emit.toReg(offset);
  // f32 moves zero-extended, as scalar registers hold it.
  auto type = static_cast<int64_t>(getElementType(view.element));
  if (load)
    s.emit.inst("load", {type, s.defineReg(load.getResult()), base, 0});
  else
    s.emit.inst("store",
                {type,
                 s.emit.toReg(s.getNum(cast<memref::StoreOp>(op).getValue())),
                 base, 0});
  return success();
}
