//===- AttentionOp.cpp - npu.attention: verifier, effects, tiling ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NPUChecks.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace ashlar::npu;
using namespace ashlar::npu::detail;

SmallVector<int64_t> AttentionOp::getExtents() {
  return getLoopExtents(
      llvm::to_vector(getIndexingMaps().getAsValueRange<AffineMapAttr>()),
      llvm::to_vector(getOperands()));
}

MutableOperandRange AttentionOp::getDpsInitsMutable() {
  return getTargetMutable();
}

void AttentionOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (!isa<MemRefType>(getTarget().getType()))
    return;
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    bool isTarget = isDpsInit(&operand);
    effects.emplace_back(
        isTarget ? cast<MemoryEffects::Effect>(MemoryEffects::Write::get())
                 : MemoryEffects::Read::get(),
        &operand, SideEffects::DefaultResource::get());
  }
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

static bool isAttentionElement(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

static LogicalResult checkTypes(AttentionOp op) {
  Type query = getElementTypeOrSelf(op.getQuery().getType());
  Type target = getElementTypeOrSelf(op.getTarget().getType());
  for (Value operand : {op.getQuery(), op.getKey(), op.getValue()})
    if (!isAttentionElement(query) ||
        getElementTypeOrSelf(operand.getType()) != query)
      return op.emitOpError()
             << "expected query, key and value of one type, f32, f16 or bf16, "
                "got "
             << operand.getType();
  if (target != query && !target.isF32())
    return op.emitOpError()
           << "expected a target of the query's type or f32, got "
           << op.getTarget().getType();
  if (op.getMask() &&
      !isAttentionElement(getElementTypeOrSelf(op.getMask().getType())))
    return op.emitOpError() << "expected a mask of f32, f16 or bf16, got "
                            << op.getMask().getType();
  return success();
}

/// Each operand's map has its own dimensions of the common space: `must`, and
/// any batch dimensions (all of them with `allBatch`).
static LogicalResult checkMap(AttentionOp op, unsigned operand, StringRef name,
                              ArrayRef<unsigned> must, ArrayRef<unsigned> may,
                              bool allBatch) {
  AffineMap map = op.getMap(operand);
  bool isRight = map.isProjectedPermutation(/*allowZeroInResults=*/true);
  for (unsigned dim = 0; dim < op.getNumDims(); ++dim) {
    bool has = map.isFunctionOfDim(dim);
    bool isBatch = dim < op.getNumBatch();
    isRight &= has ? isBatch || llvm::is_contained(must, dim) ||
                         llvm::is_contained(may, dim)
                   : !(isBatch && allBatch) && !llvm::is_contained(must, dim);
  }
  if (isRight)
    return success();
  InFlightDiagnostic diag = op.emitOpError()
                            << "expected the map of the " << name
                            << " to be a permutation of ";
  if (allBatch)
    diag << "all batch dimensions";
  else
    diag << "batch dimensions";
  for (unsigned dim : must)
    diag << ", d" << dim;
  for (unsigned dim : may)
    diag << ", perhaps d" << dim;
  return diag << ", got " << AffineMapAttr::get(map);
}

LogicalResult AttentionOp::verify() {
  if (failed(checkPlaces(*this, getTarget())) || failed(checkTypes(*this)))
    return failure();
  SmallVector<Value> operands = llvm::to_vector(getOperands());
  if (failed(checkMaps(*this, getIndexingMaps(), operands, std::nullopt)))
    return failure();
  if (getNumDims() < 4)
    return emitOpError() << "expected maps of at least 4 dimensions, got "
                         << getNumDims();
  unsigned m = getRowDim(), n = getKeyDim(), d = getDepthDim(),
           v = getColumnDim();
  if (failed(checkMap(*this, 0, "query", {m, d}, {}, false)) ||
      failed(checkMap(*this, 1, "key", {n, d}, {}, false)) ||
      failed(checkMap(*this, 2, "value", {n, v}, {}, false)) ||
      (getMask() && failed(checkMap(*this, 3, "mask", {}, {m, n}, false))) ||
      failed(checkMap(*this, operands.size() - 1, "target", {m, v}, {}, true)))
    return failure();
  return checkExtents(*this, getIndexingMaps(), operands);
}

//===----------------------------------------------------------------------===//
// Tiling
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> AttentionOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(getNumDims(),
                                         utils::IteratorType::parallel);
  types[getKeyDim()] = types[getDepthDim()] = utils::IteratorType::reduction;
  return types;
}

static OpFoldResult sizeOf(OpBuilder &b, Location loc, Value value,
                           int64_t dim) {
  auto type = cast<ShapedType>(value.getType());
  if (!type.isDynamicDim(dim))
    return b.getIndexAttr(type.getDimSize(dim));
  if (isa<MemRefType>(type))
    return memref::DimOp::create(b, loc, value, dim).getResult();
  return tensor::DimOp::create(b, loc, value, dim).getResult();
}

SmallVector<Range> AttentionOp::getIterationDomain(OpBuilder &b) {
  SmallVector<std::pair<unsigned, unsigned>> where;
  getLoopExtents(
      llvm::to_vector(getIndexingMaps().getAsValueRange<AffineMapAttr>()),
      llvm::to_vector(getOperands()), &where);
  SmallVector<Range> domain;
  for (auto [operand, position] : where)
    domain.push_back({b.getIndexAttr(0),
                      sizeOf(b, getLoc(), getOperand(operand), position),
                      b.getIndexAttr(1)});
  return domain;
}

/// Where the part of an operand lies that a part of the common space touches.
static void locate(OpBuilder &b, AffineMap map, ArrayRef<OpFoldResult> offsets,
                   ArrayRef<OpFoldResult> sizes,
                   SmallVectorImpl<OpFoldResult> &itsOffsets,
                   SmallVectorImpl<OpFoldResult> &itsSizes) {
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    itsOffsets.push_back(dim ? offsets[dim.getPosition()]
                             : OpFoldResult(b.getIndexAttr(0)));
    itsSizes.push_back(dim ? sizes[dim.getPosition()]
                           : OpFoldResult(b.getIndexAttr(1)));
  }
}

LogicalResult AttentionOp::getResultTilePosition(
    OpBuilder &b, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  locate(b, getTargetMap(), offsets, sizes, resultOffsets, resultSizes);
  return success();
}

FailureOr<TilingResult>
AttentionOp::getTiledImplementation(OpBuilder &b,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  // A softmax over some of the keys is no part of that over all of them: blocks
  // of keys carry their maxima and sums along, which is decomposition's work.
  SmallVector<int64_t> extents = getExtents();
  for (unsigned dim : {getKeyDim(), getDepthDim()})
    if (!isEqualConstantIntOrValue(sizes[dim], b.getIndexAttr(extents[dim])))
      return failure();
  TilingResult result;
  SmallVector<Value> parts;
  for (auto [index, operand] : llvm::enumerate(getOperands())) {
    SmallVector<OpFoldResult> itsOffsets, itsSizes;
    locate(b, getMap(index), offsets, sizes, itsOffsets, itsSizes);
    SmallVector<OpFoldResult> strides(itsSizes.size(), b.getIndexAttr(1));
    Operation *slice;
    if (isa<MemRefType>(operand.getType()))
      slice = memref::SubViewOp::create(b, getLoc(), operand, itsOffsets,
                                        itsSizes, strides);
    else
      slice = tensor::ExtractSliceOp::create(b, getLoc(), operand, itsOffsets,
                                             itsSizes, strides);
    result.generatedSlices.push_back(slice);
    parts.push_back(slice->getResult(0));
  }
  SmallVector<Type> types;
  if (getResult())
    types.push_back(parts.back().getType());
  auto part =
      AttentionOp::create(b, getLoc(), types, parts, (*this)->getAttrs());
  result.tiledOps.push_back(part);
  result.tiledValues.assign(part->result_begin(), part->result_end());
  return result;
}
