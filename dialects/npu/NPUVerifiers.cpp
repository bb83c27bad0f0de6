//===- NPUVerifiers.cpp - What npu's operations require -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NPUChecks.h"
#include <numeric>

using namespace mlir;
using namespace ashlar::npu;
using namespace ashlar::npu::detail;

LogicalResult AllocOp::verify() {
  if (!getSpace(getType()))
    return emitOpError() << "expected a memref in a named memory, got "
                         << getType();
  if (!getType().getLayout().isIdentity())
    return emitOpError() << "expected the identity layout, got " << getType();
  if (getSlotBytes() && !getOffset())
    return emitOpError() << "expected 'at' with 'slot_bytes'";
  return success();
}

LogicalResult PadOp::verify() {
  auto source = cast<ShapedType>(getSource().getType());
  auto result = cast<ShapedType>(getResult().getType());
  if (isa<MemRefType>(source) != isa<MemRefType>(result))
    return emitOpError() << "expected two tensors or two memrefs, got "
                         << source << " and " << result;
  if (source.getRank() != result.getRank() ||
      source.getElementType() != result.getElementType() ||
      getValue().getType() != source.getElementType())
    return emitOpError() << "expected equal ranks and element types, got "
                         << source << ", " << result << " and a value of type "
                         << getValue().getType();
  if (!source.hasStaticShape())
    return emitOpError() << "expected a source of static shape, got " << source;
  if (static_cast<int64_t>(getLow().size()) != source.getRank())
    return emitOpError() << "expected " << source.getRank()
                         << " positions in 'low', got " << getLow().size();
  for (auto [dim, low] : llvm::enumerate(getLow()))
    if (low < 0 || low + source.getDimSize(dim) > result.getDimSize(dim))
      return emitOpError() << "expected the source within the result, got "
                           << "position " << low << " in dimension " << dim
                           << " of " << result;
  return success();
}

LogicalResult CopyOp::verify() {
  auto source = cast<MemRefType>(getSource().getType());
  auto target = cast<MemRefType>(getTarget().getType());
  if (failed(checkSpace(*this, "the source", source,
                        {Space::Dram, Space::Sram})) ||
      failed(
          checkSpace(*this, "the target", target, {Space::Dram, Space::Sram})))
    return failure();
  if (source.getElementType() != target.getElementType())
    return emitOpError() << "expected equal element types, got "
                         << source.getElementType() << " and "
                         << target.getElementType();
  if (source.getRank() != target.getRank())
    return emitOpError() << "expected equal ranks, got " << source.getRank()
                         << " and " << target.getRank();
  if (getFill() && getFill().getType() != source.getElementType())
    return emitOpError() << "expected a fill value of type "
                         << source.getElementType() << ", got "
                         << getFill().getType();
  if (!getLow().empty() &&
      static_cast<int64_t>(getLow().size()) != source.getRank())
    return emitOpError() << "expected " << source.getRank()
                         << " positions in 'low', got " << getLow().size();
  if (getFill() && getLow().empty())
    return emitOpError() << "expected 'low' with 'fill'";
  if (getLow().empty() &&
      failed(verifyCompatibleShape(source.getShape(), target.getShape())))
    return emitOpError() << "expected equal shapes without 'low', got "
                         << source << " and " << target;
  if (getMulticast() && getSpace(target) != Space::Sram)
    return emitOpError() << "expected a target in sram with 'multicast', got "
                         << target;
  if (getSharing() && (getMulticast() || getSpace(target) != Space::Sram))
    return emitOpError() << "expected a target in sram and no 'multicast' with "
                            "'shared', got "
                         << target;
  if (bool(getRank()) != bool(getSharing()))
    return emitOpError() << "expected a rank and a group together";
  if (getQueue() && *getQueue() < Queue::Dma0)
    return emitOpError() << "expected a dma queue, got "
                         << stringifyQueue(*getQueue());
  return success();
}

static LogicalResult checkGatherPlaces(GatherOp op) {
  if (failed(checkPlaces(op, op.getTarget())))
    return failure();
  if (op.getResult())
    return success();
  // Before tiling the list may still lie in dram.
  for (Value operand : op->getOperands())
    if (failed(checkSpace(op, "every operand", operand.getType(),
                          {Space::Dram, Space::Sram})))
      return failure();
  if (op.getQueue() && *op.getQueue() < Queue::Dma0)
    return op.emitOpError()
           << "expected a dma queue, got " << stringifyQueue(*op.getQueue());
  return success();
}

LogicalResult GatherOp::verify() {
  auto source = cast<ShapedType>(getSource().getType());
  auto indices = cast<ShapedType>(getIndices().getType());
  auto target = cast<ShapedType>(getTarget().getType());
  int64_t dim = getDim();
  if (source.getElementType() != target.getElementType())
    return emitOpError() << "expected equal element types, got "
                         << source.getElementType() << " and "
                         << target.getElementType();
  if (source.getRank() != target.getRank() || dim >= source.getRank())
    return emitOpError() << "expected equal ranks above " << dim << ", got "
                         << source.getRank() << " and " << target.getRank();
  if (indices.getRank() != 1 ||
      !(indices.getElementType().isSignlessInteger(32) ||
        indices.getElementType().isSignlessInteger(64)))
    return emitOpError() << "expected a list of i32 or i64, got " << indices;
  for (int64_t other = 0; other < source.getRank(); ++other) {
    int64_t expected =
        other == dim ? indices.getDimSize(0) : source.getDimSize(other);
    int64_t actual = target.getDimSize(other);
    if (!ShapedType::isDynamic(expected) && !ShapedType::isDynamic(actual) &&
        expected != actual)
      return emitOpError() << "expected size " << expected << " in dimension "
                           << other << " of the target, got " << actual;
  }
  return checkGatherPlaces(*this);
}

static LogicalResult checkMatmulTypes(MatmulOp op) {
  Type a = elementOf(op.getA()), b = elementOf(op.getB()),
       acc = elementOf(op.getAcc());
  bool integers = a.isSignlessInteger(8) && b.isSignlessInteger(8) &&
                  acc.isSignlessInteger(32);
  bool floats = a == b && (a.isF32() || a.isF16() || a.isBF16()) && acc.isF32();
  if (!integers && !floats)
    return op.emitOpError()
           << "expected i8 and i8 into i32, or equal f32, f16 or bf16 into "
           << "f32, got " << a << " and " << b << " into " << acc;
  if (!integers && (op.getAUnsigned() || op.getBUnsigned()))
    return op.emitOpError()
           << "expected integers with 'a_unsigned' and 'b_unsigned', got " << a;
  return success();
}

LogicalResult MatmulOp::verify() {
  if (failed(checkSpace(*this, "a", getA().getType(), Space::Sram)) ||
      failed(checkSpace(*this, "b", getB().getType(), Space::Sram)) ||
      failed(checkSpace(*this, "the accumulator", getAcc().getType(),
                        Space::Acc)) ||
      failed(checkMatmulTypes(*this)))
    return failure();
  SmallVector<int64_t> all;
  for (auto [name, dims] :
       {std::pair<StringRef, ArrayRef<int64_t>>("m_dims", getMDims()),
        {"n_dims", getNDims()},
        {"k_dims", getKDims()}}) {
    if (dims.size() > 3)
      return emitOpError() << "expected at most 3 '" << name << "', got "
                           << dims.size();
    llvm::append_range(all, dims);
  }
  SmallVector<Value> operands = {getA(), getB(), getAcc()};
  if (failed(checkMaps(*this, getIndexingMaps(), operands, all.size())))
    return failure();
  SmallVector<int64_t> sorted = all, expected(all.size());
  llvm::sort(sorted);
  std::iota(expected.begin(), expected.end(), 0);
  if (sorted != expected)
    return emitOpError()
           << "expected 'm_dims', 'n_dims' and 'k_dims' to name each of the "
           << all.size() << " dimensions once";
  SmallVector<AffineExpr> accResults;
  for (int64_t dim : llvm::concat<const int64_t>(getMDims(), getNDims()))
    accResults.push_back(getAffineDimExpr(dim, getContext()));
  if (llvm::to_vector(getMap(2).getResults()) != accResults)
    return emitOpError() << "expected the accumulator's map to list the m "
                            "dimensions, then the "
                         << "n dimensions, got "
                         << AffineMapAttr::get(getMap(2));
  for (unsigned operand : {0, 1}) {
    for (AffineExpr expr : getMap(operand).getResults())
      if (!isWindowExpr(expr))
        return emitOpError() << "expected sums of dimensions times positive "
                                "constants in the map "
                             << "of operand " << operand << ", got "
                             << AffineMapAttr::get(getMap(operand));
    for (int64_t dim : operand == 0 ? getNDims() : getMDims())
      if (getMap(operand).isFunctionOfDim(dim))
        return emitOpError() << "expected operand " << operand
                             << " not to depend on d" << dim;
  }
  SmallVector<std::pair<unsigned, unsigned>> where;
  (void)getLoopExtents(
      llvm::to_vector(getIndexingMaps().getAsValueRange<AffineMapAttr>()),
      operands, &where);
  for (auto [dim, source] : llvm::enumerate(where))
    if (source.first == ~0u)
      return emitOpError() << "expected an operand that states the extent of d"
                           << dim;
  if (getAccumulate() && getAccumulateIf())
    return emitOpError()
           << "expected one of 'accumulate' and 'accumulate_if', got both";
  return checkExtents(*this, getIndexingMaps(), operands);
}

/// Preload and drain: the maps start from the accumulator's dimensions.
static LogicalResult checkOutputMaps(Operation *op, ArrayAttr maps, Value acc,
                                     ValueRange others) {
  auto type = cast<MemRefType>(acc.getType());
  if (failed(checkMaps(op, maps, others, type.getRank())))
    return failure();
  SmallVector<Attribute> all = {AffineMapAttr::get(
      AffineMap::getMultiDimIdentityMap(type.getRank(), op->getContext()))};
  SmallVector<Value> operands = {acc};
  for (auto [index, map] :
       llvm::enumerate(maps.getAsValueRange<AffineMapAttr>())) {
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return op->emitOpError() << "expected indexing map " << index
                               << " to be a projected permutation, got "
                               << AffineMapAttr::get(map);
    all.push_back(AffineMapAttr::get(map));
    operands.push_back(others[index]);
  }
  return checkExtents(op, ArrayAttr::get(op->getContext(), all), operands);
}

LogicalResult PreloadOp::verify() {
  SmallVector<Value> others = {getSource()};
  llvm::append_range(others, getTensors());
  for (Value other : getTensors())
    if (failed(
            checkSpace(*this, "a step's tensor", other.getType(), Space::Sram)))
      return failure();
  if (failed(checkSpace(*this, "the source", getSource().getType(),
                        {Space::Sram, Space::Acc})) ||
      failed(checkSpace(*this, "the accumulator", getAcc().getType(),
                        Space::Acc)) ||
      failed(checkAccElement(*this, getAcc())))
    return failure();
  AffineMap sourceMap = cast<AffineMapAttr>(getIndexingMaps()[0]).getValue();
  if (getSpace(getSource().getType()) == Space::Acc &&
      (getSource() != getAcc() || !sourceMap.isIdentity()))
    return emitOpError() << "expected accumulators as a source to be the tile "
                            "itself, element by element";
  return checkOutputMaps(*this, getIndexingMaps(), getAcc(), others);
}

LogicalResult PreloadOp::verifyRegions() {
  if (getBody().empty()) {
    if (!getTensors().empty())
      return emitOpError() << "expected a body with 'steps'";
    Type source = elementOf(getSource()), acc = elementOf(getAcc());
    if (isa<FloatType>(source) != isa<FloatType>(acc))
      return emitOpError() << "expected a body that converts " << source
                           << " to " << acc;
    return success();
  }
  SmallVector<Type> elements = {elementOf(getSource())};
  llvm::append_range(elements, elementsOf(getTensors()));
  return checkBody(*this, getBody(), elements, elementOf(getAcc()));
}

LogicalResult DrainOp::verify() {
  SmallVector<Value> others = {getTarget()};
  llvm::append_range(others, getTensors());
  for (Value other : getTensors())
    if (failed(
            checkSpace(*this, "a step's tensor", other.getType(), Space::Sram)))
      return failure();
  if (failed(checkSpace(*this, "the target", getTarget().getType(),
                        Space::Sram)) ||
      failed(checkSpace(*this, "the accumulator", getAcc().getType(),
                        Space::Acc)) ||
      failed(checkAccElement(*this, getAcc())) ||
      failed(checkOutputMaps(*this, getIndexingMaps(), getAcc(), others)))
    return failure();
  AffineMap map = cast<AffineMapAttr>(getIndexingMaps()[0]).getValue();
  for (unsigned dim = 0; dim < map.getNumDims(); ++dim)
    if (!map.isFunctionOfDim(dim) &&
        cast<MemRefType>(getAcc().getType()).getDimSize(dim) != 1)
      return emitOpError() << "expected the target's map to use d" << dim
                           << ", got " << AffineMapAttr::get(map);
  return success();
}

LogicalResult DrainOp::verifyRegions() {
  if (getBody().empty()) {
    if (!getTensors().empty())
      return emitOpError() << "expected a body with 'steps'";
    Type target = elementOf(getTarget()), acc = elementOf(getAcc());
    if (isa<FloatType>(target) != isa<FloatType>(acc))
      return emitOpError() << "expected a body that converts " << acc << " to "
                           << target;
    return success();
  }
  SmallVector<Type> elements = {elementOf(getAcc())};
  llvm::append_range(elements, elementsOf(getTensors()));
  return checkBody(*this, getBody(), elements, elementOf(getTarget()));
}
