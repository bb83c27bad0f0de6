//===- RuntimeDims.cpp - Which loops end at a run-time dimension ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each operation relates dimensions to one another: a view to its source, the
// operands of a loop to the loop. What arguments say is carried along these
// relations until nothing changes; then each operation is asked whether it can
// end early. Every tensor has a buffer of its own (see schedule-bufferize), so
// that a dimension of a buffer is one thing.
//
//===----------------------------------------------------------------------===//

#include "RuntimeDims.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ashlar {

Extent RuntimeDims::of(Value buffer, unsigned dim) const {
  auto found = extents.find(buffer);
  return found == extents.end() ? Extent() : found->second[dim];
}

int64_t RuntimeDims::boundOf(StringAttr name, unsigned which) const {
  return ranges.getAs<DenseI64ArrayAttr>(name)[which];
}

SmallVector<Extent> RuntimeDims::ofLoops(linalg::LinalgOp op) const {
  SmallVector<Extent> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands())
    for (auto [dim, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr))
        if (Extent extent = of(operand.get(), dim); extent.isRuntime())
          loops[loop.getPosition()] = extent;
  return loops;
}

class RuntimeDimsAnalysis {
public:
  explicit RuntimeDimsAnalysis(func::FuncOp function) : function(function) {}
  FailureOr<RuntimeDims> run();

private:
  LogicalResult readArguments();

  // What an operation relates.
  void relate(Operation *op);
  void relate(memref::SubViewOp op);
  void relate(linalg::LinalgOp op);
  void relate(npu::PadOp op);
  void relate(npu::GatherOp op);
  void relateReshape(Value wide, Value narrow,
                     ArrayRef<ReassociationIndices> groups);
  void unify(Value a, unsigned dimOfA, Value b, unsigned dimOfB);
  void impose(Value value, unsigned dim, Extent extent);

  // Whether an operation can end early.
  void check(Operation *op);
  void check(memref::SubViewOp op);
  void check(linalg::LinalgOp op);
  void check(npu::GatherOp op);
  void checkIndex(linalg::LinalgOp op, OpOperand &operand, unsigned dim,
                  ArrayRef<Extent> loops);
  void checkReshape(Value wide, Value narrow,
                    ArrayRef<ReassociationIndices> groups);

  void refuse(Extent extent, const Twine &why);
  bool exists(Extent extent, int64_t index) const {
    return index >= 0 && index < result.lowest(extent.name) * extent.factor;
  }

  func::FuncOp function;
  RuntimeDims result;
  Operation *current = nullptr;
  bool changed = false, failedAny = false;
};

static int64_t sizeOf(Value value, unsigned dim) {
  return cast<MemRefType>(value.getType()).getDimSize(dim);
}

void RuntimeDimsAnalysis::refuse(Extent extent, const Twine &why) {
  failedAny = true;
  current->emitError() << "dimension '" << extent.name.getValue()
                       << "' cannot be left to run time: " << why;
}

LogicalResult RuntimeDimsAnalysis::readArguments() {
  result.ranges = function->getAttrOfType<DictionaryAttr>(npu::kDimRangesAttr);
  for (BlockArgument argument : function.getArguments()) {
    auto names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(),
                                                      npu::kDimsAttr);
    if (!names)
      continue;
    SmallVector<Extent> extents;
    for (auto [dim, name] : llvm::enumerate(names.getAsRange<StringAttr>())) {
      Extent extent;
      if (!name.empty())
        extent = {name, 1};
      extents.push_back(extent);
      if (name.empty())
        continue;
      auto range = result.isEmpty()
                       ? DenseI64ArrayAttr()
                       : result.ranges.getAs<DenseI64ArrayAttr>(name);
      if (!range || range.size() != 2 || range[1] != sizeOf(argument, dim))
        return function.emitError()
               << "expected '" << npu::kDimRangesAttr << "' to say that "
               << name << " is at most " << sizeOf(argument, dim);
    }
    result.extents[argument] = extents;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Relations
//===----------------------------------------------------------------------===//

void RuntimeDimsAnalysis::impose(Value value, unsigned dim, Extent extent) {
  Extent known = result.of(value, dim);
  if (!extent.isRuntime() || known == extent)
    return;
  if (known.isRuntime())
    return refuse(extent, "it meets dimension '" + known.name.getValue() + "'");
  if (isa<BlockArgument>(value) ||
      result.highest(extent.name) * extent.factor != sizeOf(value, dim))
    return refuse(extent, "it meets a dimension that has always " +
                              Twine(sizeOf(value, dim)) + " elements");
  SmallVector<Extent> &extents = result.extents[value];
  extents.resize(cast<MemRefType>(value.getType()).getRank());
  extents[dim] = extent;
  changed = true;
}

void RuntimeDimsAnalysis::unify(Value a, unsigned dimOfA, Value b,
                                unsigned dimOfB) {
  Extent first = result.of(a, dimOfA), second = result.of(b, dimOfB);
  impose(b, dimOfB, first);
  impose(a, dimOfA, second);
}

/// Whether a view shows all of a dimension.
static bool isWhole(memref::SubViewOp op, unsigned dim) {
  return isConstantIntValue(op.getMixedOffsets()[dim], 0) &&
         isConstantIntValue(op.getMixedStrides()[dim], 1) &&
         isConstantIntValue(op.getMixedSizes()[dim],
                            op.getSourceType().getDimSize(dim));
}

void RuntimeDimsAnalysis::relate(memref::SubViewOp op) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  unsigned kept = 0;
  for (unsigned dim = 0; dim < op.getSourceType().getRank(); ++dim) {
    if (dropped[dim])
      continue;
    if (isWhole(op, dim))
      unify(op.getSource(), dim, op.getResult(), kept);
    ++kept;
  }
}

/// The dimension of a group that what exists of the merged one is a whole
/// number of: the outermost that is not 1. The others' elements per step.
static std::pair<unsigned, int64_t> leadOf(Value wide,
                                           ArrayRef<int64_t> group) {
  unsigned lead = group.front();
  int64_t rest = 1;
  for (int64_t dim : llvm::reverse(group))
    if (sizeOf(wide, dim) != 1)
      lead = dim;
  for (int64_t dim : group)
    if (dim != lead)
      rest *= sizeOf(wide, dim);
  return {lead, rest};
}

void RuntimeDimsAnalysis::relateReshape(Value wide, Value narrow,
                                        ArrayRef<ReassociationIndices> groups) {
  for (auto [merged, group] : llvm::enumerate(groups)) {
    auto [lead, rest] = leadOf(wide, group);
    if (Extent extent = result.of(wide, lead); extent.isRuntime())
      impose(narrow, merged, {extent.name, extent.factor * rest});
    if (Extent extent = result.of(narrow, merged);
        extent.isRuntime() && extent.factor % rest == 0)
      impose(wide, lead, {extent.name, extent.factor / rest});
  }
}

void RuntimeDimsAnalysis::relate(linalg::LinalgOp op) {
  SmallVector<Extent> loops = result.ofLoops(op);
  for (OpOperand &operand : op->getOpOperands())
    for (auto [dim, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      // What is read may go on further than it is read.
      if (loop &&
          (op.isDpsInit(&operand) || result.of(operand.get(), dim).isRuntime()))
        impose(operand.get(), dim, loops[loop.getPosition()]);
    }
}

void RuntimeDimsAnalysis::relate(npu::PadOp op) {
  for (unsigned dim = 0; dim < op.getLow().size(); ++dim)
    if (sizeOf(op.getSource(), dim) == sizeOf(op.getResult(), dim))
      unify(op.getSource(), dim, op.getResult(), dim);
}

void RuntimeDimsAnalysis::relate(npu::GatherOp op) {
  auto type = dyn_cast<MemRefType>(op.getTarget().getType());
  for (unsigned dim = 0; type && dim < type.getRank(); ++dim) {
    if (dim == op.getDim())
      unify(op.getIndices(), 0, op.getTarget(), dim);
    else
      unify(op.getSource(), dim, op.getTarget(), dim);
  }
}

void RuntimeDimsAnalysis::relate(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<memref::SubViewOp, npu::PadOp, npu::GatherOp, linalg::LinalgOp>(
          [&](auto known) { relate(known); })
      .Case([&](memref::CollapseShapeOp view) {
        relateReshape(view.getSrc(), view.getResult(),
                      view.getReassociationIndices());
      })
      .Case([&](memref::ExpandShapeOp view) {
        relateReshape(view.getResult(), view.getSrc(),
                      view.getReassociationIndices());
      })
      .Case([&](memref::TransposeOp view) {
        for (auto [dim, expr] :
             llvm::enumerate(view.getPermutation().getResults()))
          unify(view.getIn(), cast<AffineDimExpr>(expr).getPosition(),
                view.getResult(), dim);
      })
      .Case([&](memref::CastOp view) {
        for (unsigned dim = 0; dim < cast<MemRefType>(view.getType()).getRank();
             ++dim)
          unify(view.getSource(), dim, view.getResult(), dim);
      });
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

void RuntimeDimsAnalysis::check(memref::SubViewOp op) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  unsigned kept = 0;
  for (unsigned dim = 0; dim < op.getSourceType().getRank(); ++dim) {
    Extent whole = result.of(op.getSource(), dim);
    Extent part = dropped[dim] ? Extent() : result.of(op.getResult(), kept);
    kept += !dropped[dim];
    if (isWhole(op, dim))
      continue;
    if (part.isRuntime())
      refuse(part, "it is a part of another dimension");
    if (!whole.isRuntime())
      continue;
    auto offset = getConstantIntValue(op.getMixedOffsets()[dim]);
    auto size = getConstantIntValue(op.getMixedSizes()[dim]);
    auto stride = getConstantIntValue(op.getMixedStrides()[dim]);
    if (!offset || !size || !stride ||
        !exists(whole, *offset + (*size - 1) * *stride))
      refuse(whole, "a part of it is taken that need not exist");
  }
}

void RuntimeDimsAnalysis::checkReshape(Value wide, Value narrow,
                                       ArrayRef<ReassociationIndices> groups) {
  for (auto [merged, group] : llvm::enumerate(groups)) {
    auto [lead, rest] = leadOf(wide, group);
    for (int64_t dim : group)
      if (Extent extent = result.of(wide, dim);
          dim != lead && extent.isRuntime())
        refuse(extent, "it is merged with a dimension outside of it");
    if (Extent extent = result.of(narrow, merged);
        extent.isRuntime() && !result.of(wide, lead).isRuntime())
      refuse(extent, "it is split in a way that depends on its size");
  }
}

void RuntimeDimsAnalysis::checkIndex(linalg::LinalgOp op, OpOperand &operand,
                                     unsigned dim, ArrayRef<Extent> loops) {
  AffineExpr expr = op.getMatchingIndexingMap(&operand).getResult(dim);
  Extent extent = result.of(operand.get(), dim);
  if (isa<AffineDimExpr>(expr))
    return;
  for (auto [loop, end] : llvm::enumerate(loops))
    if (end.isRuntime() && expr.isFunctionOfDim(loop))
      return refuse(end, "a window moves along it, or its index is computed");
  if (!extent.isRuntime())
    return;
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  if (!constant || op.isDpsInit(&operand) ||
      !exists(extent, constant.getValue()))
    refuse(extent, "a window moves along it, or its index is computed");
}

void RuntimeDimsAnalysis::check(linalg::LinalgOp op) {
  SmallVector<Extent> loops = result.ofLoops(op);
  for (OpOperand &operand : op->getOpOperands())
    for (unsigned dim = 0;
         dim < op.getMatchingIndexingMap(&operand).getNumResults(); ++dim)
      checkIndex(op, operand, dim, loops);
  for (auto [loop, type] : llvm::zip(loops, op.getIteratorTypesArray()))
    if (loop.isRuntime() && type == utils::IteratorType::reduction &&
        result.lowest(loop.name) == 0)
      refuse(loop, "there may be nothing to reduce; let it be 1 at least");
}

/// Whoever picks by number could pick what does not exist.
void RuntimeDimsAnalysis::check(npu::GatherOp op) {
  if (Extent extent = result.of(op.getSource(), op.getDim());
      extent.isRuntime())
    refuse(extent, "elements are picked from it by number");
}

void RuntimeDimsAnalysis::check(Operation *op) {
  if (isa<func::FuncOp, memref::AllocOp, memref::DeallocOp, memref::TransposeOp,
          memref::CastOp>(op))
    return;
  if (auto view = dyn_cast<memref::SubViewOp>(op))
    return check(view);
  if (auto work = dyn_cast<linalg::LinalgOp>(op))
    return check(work);
  if (auto gather = dyn_cast<npu::GatherOp>(op))
    return check(gather);
  if (auto view = dyn_cast<memref::CollapseShapeOp>(op))
    return checkReshape(view.getSrc(), view.getResult(),
                        view.getReassociationIndices());
  if (auto view = dyn_cast<memref::ExpandShapeOp>(op))
    return checkReshape(view.getResult(), view.getSrc(),
                        view.getReassociationIndices());
  bool isPad = isa<npu::PadOp>(op);
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    for (unsigned dim = 0; type && dim < type.getRank(); ++dim) {
      Extent extent = result.of(operand, dim);
      bool isPadded =
          isPad && sizeOf(op->getResult(0), dim) != type.getDimSize(dim);
      if (extent.isRuntime() && (!isPad || isPadded))
        refuse(extent, isPad ? Twine("it is padded")
                             : "'" + op->getName().getStringRef() +
                                   "' needs all of it");
    }
  }
}

FailureOr<RuntimeDims> RuntimeDimsAnalysis::run() {
  if (failed(readArguments()))
    return failure();
  if (result.extents.empty())
    return std::move(result);
  do {
    changed = false;
    function.walk([&](Operation *op) {
      current = op;
      if (!failedAny)
        relate(op);
    });
  } while (changed && !failedAny);
  if (!failedAny)
    function.walk([&](Operation *op) {
      current = op;
      check(op);
    });
  if (failedAny)
    return failure();
  return std::move(result);
}

Value buildEnd(func::FuncOp function, Extent extent) {
  auto range = function->getAttrOfType<DictionaryAttr>(npu::kDimRangesAttr)
                   .getAs<DenseI64ArrayAttr>(extent.name);
  auto builder = OpBuilder::atBlockBegin(&function.getBody().front());
  Location loc = function.getLoc();
  Value end =
      npu::RuntimeDimOp::create(builder, loc, extent.name, range[0], range[1]);
  if (extent.factor == 1)
    return end;
  return arith::MulIOp::create(
      builder, loc, end,
      arith::ConstantIndexOp::create(builder, loc, extent.factor));
}

FailureOr<RuntimeDims> RuntimeDims::analyse(func::FuncOp function) {
  return RuntimeDimsAnalysis(function).run();
}

} // namespace ashlar
