//===- NPUChecks.cpp - Checks that several verifiers share ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NPUChecks.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::npu;

LogicalResult npu::detail::checkPlaces(Operation *op, Value target) {
  bool onTensors = isa<RankedTensorType>(target.getType());
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()) != onTensors)
      return op->emitOpError() << "expected tensors only or memrefs only, got "
                               << operand.getType();
  if (!onTensors && op->getNumResults() != 0)
    return op->emitOpError() << "expected no result on memrefs";
  if (onTensors && (op->getNumResults() != 1 ||
                    op->getResult(0).getType() != target.getType()))
    return op->emitOpError()
           << "expected a result of the target's type, " << target.getType();
  return success();
}

LogicalResult npu::detail::checkSpace(Operation *op, StringRef what, Type type,
                                      ArrayRef<Space> allowed) {
  std::optional<Space> space = getSpace(type);
  if (space && llvm::is_contained(allowed, *space))
    return success();
  InFlightDiagnostic diag = op->emitOpError() << "expected " << what << " in ";
  llvm::interleave(
      allowed, [&](Space s) { diag << stringifySpace(s); },
      [&] { diag << " or "; });
  return diag << ", got " << type;
}

LogicalResult npu::detail::checkMaps(Operation *op, ArrayAttr maps,
                                     ValueRange operands,
                                     std::optional<unsigned> numDims) {
  if (maps.size() != operands.size())
    return op->emitOpError() << "expected " << operands.size()
                             << " indexing maps, got " << maps.size();
  for (auto [index, attr] : llvm::enumerate(maps)) {
    AffineMap map = cast<AffineMapAttr>(attr).getValue();
    int64_t rank = cast<ShapedType>(operands[index].getType()).getRank();
    if (!numDims)
      numDims = map.getNumDims();
    if (map.getNumSymbols() != 0)
      return op->emitOpError()
             << "expected indexing map " << index << " without symbols, got "
             << AffineMapAttr::get(map);
    if (map.getNumDims() != *numDims)
      return op->emitOpError()
             << "expected indexing map " << index << " to have " << *numDims
             << " dimensions, got " << map.getNumDims();
    if (map.getNumResults() != static_cast<uint64_t>(rank))
      return op->emitOpError()
             << "expected indexing map " << index << " to have " << rank
             << " results, the operand's rank, got " << map.getNumResults();
  }
  return success();
}

LogicalResult npu::detail::checkExtents(Operation *op, ArrayAttr maps,
                                        ArrayRef<Value> operands) {
  SmallVector<AffineMap> all =
      llvm::to_vector(maps.getAsValueRange<AffineMapAttr>());
  SmallVector<int64_t> extents = getLoopExtents(all, operands);
  for (auto [index, map] : llvm::enumerate(all)) {
    auto type = cast<ShapedType>(operands[index].getType());
    for (auto [position, expr] : llvm::enumerate(map.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim || type.isDynamicDim(position))
        continue;
      int64_t extent = extents[dim.getPosition()];
      if (!ShapedType::isDynamic(extent) && extent != type.getDimSize(position))
        return op->emitOpError()
               << "expected size " << extent << " in dimension " << position
               << " of operand " << index << ", got "
               << type.getDimSize(position);
    }
  }
  return success();
}

LogicalResult npu::detail::checkBody(Operation *op, Region &body,
                                     ArrayRef<Type> elements,
                                     ArrayRef<Type> results) {
  if (!llvm::hasSingleElement(body))
    return op->emitOpError() << "expected a body of one block";
  Block &block = body.front();
  if (block.getNumArguments() != elements.size())
    return op->emitOpError()
           << "expected " << elements.size() << " body arguments, got "
           << block.getNumArguments();
  for (auto [index, type] : llvm::enumerate(elements))
    if (block.getArgument(index).getType() != type)
      return op->emitOpError()
             << "expected body argument " << index << " of type " << type
             << ", got " << block.getArgument(index).getType();
  auto yield =
      dyn_cast_if_present<YieldOp>(block.empty() ? nullptr : &block.back());
  if (!yield)
    return op->emitOpError() << "expected the body to end with npu.yield";
  if (yield.getValues().size() != results.size())
    return yield.emitOpError() << "expected " << results.size()
                               << " values, got " << yield.getValues().size();
  for (auto [value, type] : llvm::zip(yield.getValues(), results))
    if (value.getType() != type)
      return yield.emitOpError() << "expected a value of type " << type
                                 << ", got " << value.getType();
  return success();
}

Type npu::detail::elementOf(Value memref) {
  return cast<MemRefType>(memref.getType()).getElementType();
}

SmallVector<Type> npu::detail::elementsOf(ValueRange memrefs) {
  return llvm::map_to_vector(memrefs, elementOf);
}

LogicalResult npu::detail::checkAccElement(Operation *op, Value acc) {
  Type type = elementOf(acc);
  if (type.isF32() || type.isSignlessInteger(32))
    return success();
  return op->emitOpError() << "expected accumulators of i32 or f32, got "
                           << type;
}

bool npu::detail::isWindowExpr(AffineExpr expr) {
  if (isa<AffineDimExpr>(expr))
    return true;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() >= 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return isWindowExpr(binary.getLHS()) && isWindowExpr(binary.getRHS());
  if (binary.getKind() != AffineExprKind::Mul)
    return false;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return factor && factor.getValue() > 0 && isa<AffineDimExpr>(binary.getLHS());
}
