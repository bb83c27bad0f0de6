//===- NPUVectorVerifiers.cpp - What work of the vector unit requires -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NPUChecks.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace ashlar::npu;
using namespace ashlar::npu::detail;

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

/// Sums are 32 bits wide; choices may keep the input's type.
static LogicalResult checkWindowTypes(WindowOp op) {
  Type input = elementOf(op.getInput()), out = elementOf(op.getOut());
  bool chooses =
      op.getKind() == WindowKind::Max || op.getKind() == WindowKind::Min;
  bool integers =
      input.isSignlessInteger() && input.getIntOrFloatBitWidth() <= 32;
  bool floats = input.isF32() || input.isF16() || input.isBF16();
  if (!integers && !floats)
    return op.emitOpError()
           << "expected an input of integers of up to 32 bits, "
              "f32, f16 or bf16, got "
           << input;
  bool wide = integers ? out.isSignlessInteger(32) : out.isF32();
  if (!wide && !(chooses && input == out))
    return op.emitOpError() << "expected " << (integers ? "i32" : "f32")
                            << (chooses ? " or the input's type" : "")
                            << " as the output's element, got " << out;
  if (!op.getWeights())
    return success();
  Type weights = elementOf(op.getWeights());
  bool fits = integers ? weights.isSignlessInteger() &&
                             weights.getIntOrFloatBitWidth() <= 32
                       : weights == input;
  if (!fits)
    return op.emitOpError()
           << "expected weights of "
           << (integers ? "integers of up to 32 bits" : "the input's type")
           << ", got " << weights;
  return success();
}

static LogicalResult checkWindowMaps(WindowOp op) {
  SmallVector<Value> operands = {op.getInput()};
  if (op.getWeights())
    operands.push_back(op.getWeights());
  operands.push_back(op.getOut());
  if (failed(checkMaps(op, op.getIndexingMaps(), operands, std::nullopt)))
    return failure();
  if (op.getWindowDims().size() > 2 ||
      op.getWindowDims().size() != op.getWindow().size())
    return op.emitOpError()
           << "expected at most 2 'window_dims' and as many sizes, got "
           << op.getWindowDims().size() << " and " << op.getWindow().size();
  AffineMap input = op.getInputMap(), out = op.getOutMap();
  for (auto [index, dim] : llvm::enumerate(op.getWindowDims()))
    if (dim < 0 || dim >= input.getNumDims() || out.isFunctionOfDim(dim) ||
        llvm::is_contained(op.getWindowDims().take_front(index), dim))
      return op.emitOpError()
             << "expected 'window_dims' to name different dimensions that the "
                "output does not have, got "
             << dim;
  if (!out.isProjectedPermutation() ||
      out.getNumResults() != op.getDomainDims().size())
    return op.emitOpError() << "expected the output's map to list the other "
                               "dimensions, each once, got "
                            << AffineMapAttr::get(out);
  for (unsigned operand = 0; operand + 1 < operands.size(); ++operand)
    if (!llvm::all_of(op.getMap(operand).getResults(), isWindowExpr))
      return op.emitOpError()
             << "expected sums of dimensions times positive "
                "constants in the map of operand "
             << operand << ", got " << AffineMapAttr::get(op.getMap(operand));
  return checkExtents(op, op.getIndexingMaps(), operands);
}

LogicalResult WindowOp::verify() {
  if (failed(
          checkSpace(*this, "the input", getInput().getType(), Space::Sram)) ||
      failed(checkSpace(*this, "the output", getOut().getType(),
                        {Space::Sram, Space::Acc})))
    return failure();
  if ((getKind() == WindowKind::Mac) != bool(getWeights()))
    return emitOpError() << "expected weights exactly with 'mac'";
  if (getWeights() && failed(checkSpace(*this, "the weights",
                                        getWeights().getType(), Space::Sram)))
    return failure();
  bool inAcc = getSpace(getOut().getType()) == Space::Acc;
  if (inAcc && getAccumulate())
    return emitOpError() << "expected no 'accumulate' into accumulators, which "
                            "the vector unit cannot read";
  if (inAcc && failed(checkAccElement(*this, getOut())))
    return failure();
  if (failed(checkWindowTypes(*this)) || failed(checkWindowMaps(*this)))
    return failure();
  if (inAcc && cast<MemRefType>(getOut().getType()).getRank() == 0)
    return emitOpError() << "expected lanes in accumulators, got a scalar";
  return success();
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
