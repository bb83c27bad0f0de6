//===- NPUOps.cpp - Interfaces of npu's operations ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace ashlar::npu;

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

static void addRead(Effects &effects, OpOperand &operand) {
  effects.emplace_back(MemoryEffects::Read::get(), &operand,
                       SideEffects::DefaultResource::get());
}
static void addWrite(Effects &effects, OpOperand &operand) {
  effects.emplace_back(MemoryEffects::Write::get(), &operand,
                       SideEffects::DefaultResource::get());
}

void AllocOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Allocate::get(),
                       getOperation()->getOpResult(0),
                       SideEffects::DefaultResource::get());
}

Queue CopyOp::getEngineQueue() { return getQueue().value_or(Queue::Dma0); }
void CopyOp::getEffects(Effects &effects) {
  addRead(effects, getSourceMutable());
  addWrite(effects, getTargetMutable());
}

bool GatherOp::isInScratchpad() {
  return getSpace(getSource().getType()) == Space::Sram &&
         getSpace(getTarget().getType()) == Space::Sram;
}
Queue GatherOp::getEngineQueue() {
  return isInScratchpad() ? Queue::Vec : getQueue().value_or(Queue::Dma0);
}
MutableOperandRange GatherOp::getDpsInitsMutable() {
  return getTargetMutable();
}
void GatherOp::getEffects(Effects &effects) {
  if (!isa<MemRefType>(getTarget().getType()))
    return;
  addRead(effects, getSourceMutable());
  addRead(effects, getIndicesMutable());
  addWrite(effects, getTargetMutable());
}

Queue MatmulOp::getEngineQueue() { return Queue::Mxu; }
void MatmulOp::getEffects(Effects &effects) {
  addRead(effects, getAMutable());
  addRead(effects, getBMutable());
  if (getAccumulate() || getAccumulateIf())
    addRead(effects, getAccMutable());
  addWrite(effects, getAccMutable());
}

Queue PreloadOp::getEngineQueue() { return Queue::Out; }
void PreloadOp::getEffects(Effects &effects) {
  addRead(effects, getSourceMutable());
  for (OpOperand &tensor : getTensorsMutable())
    addRead(effects, tensor);
  addWrite(effects, getAccMutable());
}

Queue DrainOp::getEngineQueue() { return Queue::Out; }
void DrainOp::getEffects(Effects &effects) {
  addRead(effects, getAccMutable());
  for (OpOperand &tensor : getTensorsMutable())
    addRead(effects, tensor);
  addWrite(effects, getTargetMutable());
}

Queue VectorOp::getEngineQueue() { return Queue::Vec; }
void VectorOp::getEffects(Effects &effects) {
  for (OpOperand &input : getInputsMutable())
    addRead(effects, input);
  for (auto [index, output] : llvm::enumerate(getOutputsMutable())) {
    if (!getInit() && readsOutput(index))
      addRead(effects, output);
    addWrite(effects, output);
  }
}

SmallVector<utils::IteratorType> VectorOp::getIteratorTypesArray() {
  return llvm::map_to_vector(getIteratorTypes(), [](Attribute attr) {
    return cast<linalg::IteratorTypeAttr>(attr).getValue();
  });
}

bool VectorOp::readsOutput(unsigned output) {
  return !getBody().getArgument(getInputs().size() + output).use_empty();
}

Queue WindowOp::getEngineQueue() { return Queue::Vec; }
void WindowOp::getEffects(Effects &effects) {
  addRead(effects, getInputMutable());
  for (OpOperand &weights : getWeightsMutable())
    addRead(effects, weights);
  if (getAccumulate())
    addRead(effects, getOutMutable());
  addWrite(effects, getOutMutable());
}

SmallVector<int64_t> WindowOp::getDomainDims() {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim < getInputMap().getNumDims(); ++dim)
    if (!llvm::is_contained(getWindowDims(), dim))
      dims.push_back(dim);
  return dims;
}

Queue FillOp::getEngineQueue() { return Queue::Vec; }
void FillOp::getEffects(Effects &effects) {
  addWrite(effects, getTargetMutable());
}

#define GET_OP_CLASSES
#include "dialects/npu/NPUOps.cpp.inc"
