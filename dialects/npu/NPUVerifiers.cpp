//===- NPUVerifiers.cpp - What npu's operations require -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <numeric>

using namespace mlir;
using namespace ashlar::npu;

//===----------------------------------------------------------------------===//
// Checks that several operations share
//===----------------------------------------------------------------------===//

/// The memref lives in one of `allowed`.
static LogicalResult checkSpace(Operation *op, StringRef what, Type type,
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

/// One map per operand, all from one space, results as many as the rank.
static LogicalResult checkMaps(Operation *op, ArrayAttr maps,
                               ValueRange operands,
                               std::optional<unsigned> numDims) {
  if (maps.size() != operands.size())
    return op->emitOpError() << "expected " << operands.size()
                             << " indexing maps, got " << maps.size();
  for (auto [index, attr] : llvm::enumerate(maps)) {
    AffineMap map = cast<AffineMapAttr>(attr).getValue();
    int64_t rank = cast<MemRefType>(operands[index].getType()).getRank();
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

/// Every static size agrees with the extents that the maps imply.
static LogicalResult checkExtents(Operation *op, ArrayAttr maps,
                                  ArrayRef<Value> operands) {
  SmallVector<AffineMap> all =
      llvm::to_vector(maps.getAsValueRange<AffineMapAttr>());
  SmallVector<int64_t> extents = getLoopExtents(all, operands);
  for (auto [index, map] : llvm::enumerate(all)) {
    auto type = cast<MemRefType>(operands[index].getType());
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

/// The body's arguments have the types of `elements`, and its yield `results`.
static LogicalResult checkBody(Operation *op, Region &body,
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

static Type elementOf(Value memref) {
  return cast<MemRefType>(memref.getType()).getElementType();
}

static SmallVector<Type> elementsOf(ValueRange memrefs) {
  return llvm::map_to_vector(memrefs, elementOf);
}

static LogicalResult checkAccElement(Operation *op, Value acc) {
  Type type = elementOf(acc);
  if (type.isF32() || type.isSignlessInteger(32))
    return success();
  return op->emitOpError() << "expected accumulators of i32 or f32, got "
                           << type;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

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
  if (getQueue() && *getQueue() < Queue::Dma0)
    return emitOpError() << "expected a dma queue, got "
                         << stringifyQueue(*getQueue());
  return success();
}

/// Results of a matmul's map: sums of dimensions times positive constants.
static bool isWindowExpr(AffineExpr expr) {
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
                        Space::Sram)) ||
      failed(checkSpace(*this, "the accumulator", getAcc().getType(),
                        Space::Acc)) ||
      failed(checkAccElement(*this, getAcc())))
    return failure();
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

LogicalResult VectorOp::verify() {
  if (getInputs().size() > 4)
    return emitOpError() << "expected at most 4 inputs, got "
                         << getInputs().size();
  if (getOutputs().empty() || getOutputs().size() > 2)
    return emitOpError() << "expected 1 or 2 outputs, got "
                         << getOutputs().size();
  SmallVector<Value> operands = llvm::to_vector(llvm::concat<Value>(
      llvm::to_vector(getInputs()), llvm::to_vector(getOutputs())));
  for (Value operand : operands)
    if (failed(
            checkSpace(*this, "every operand", operand.getType(), Space::Sram)))
      return failure();
  for (Attribute type : getIteratorTypes()) {
    auto iterator = dyn_cast<linalg::IteratorTypeAttr>(type);
    if (!iterator)
      return emitOpError()
             << "expected iterator types parallel and reduction, got " << type;
  }
  if (failed(checkMaps(*this, getIndexingMaps(), operands,
                       getIteratorTypes().size())))
    return failure();
  SmallVector<utils::IteratorType> iterators = getIteratorTypesArray();
  for (unsigned output = getInputs().size(); output < operands.size();
       ++output) {
    AffineMap map = getMap(output);
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return emitOpError()
             << "expected a projected permutation as the map of output "
             << output - getInputs().size() << ", got "
             << AffineMapAttr::get(map);
    for (auto [dim, iterator] : llvm::enumerate(iterators))
      if (iterator == utils::IteratorType::reduction &&
          map.isFunctionOfDim(dim))
        return emitOpError()
               << "expected the map of output " << output - getInputs().size()
               << " not to use the reduction dimension d" << dim;
  }
  return checkExtents(*this, getIndexingMaps(), operands);
}

LogicalResult VectorOp::verifyRegions() {
  SmallVector<Type> elements = elementsOf(getInputs());
  llvm::append_range(elements, elementsOf(getOutputs()));
  return checkBody(*this, getBody(), elements, elementsOf(getOutputs()));
}

LogicalResult FillOp::verify() {
  if (failed(
          checkSpace(*this, "the target", getTarget().getType(), Space::Sram)))
    return failure();
  if (getValue().getType() != elementOf(getTarget()))
    return emitOpError() << "expected a value of type "
                         << elementOf(getTarget()) << ", got "
                         << getValue().getType();
  return success();
}

LogicalResult IndexOp::verify() {
  auto vector = (*this)->getParentOfType<VectorOp>();
  if (!vector)
    return emitOpError() << "expected to be inside npu.vector";
  if (getDim() >= vector.getIteratorTypes().size())
    return emitOpError() << "expected a dimension below "
                         << vector.getIteratorTypes().size() << ", got "
                         << getDim();
  return success();
}
