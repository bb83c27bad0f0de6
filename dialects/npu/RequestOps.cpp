//===- RequestOps.cpp - Requests that are queued one behind another -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace ashlar::npu;

#define GET_OP_CLASSES
#include "dialects/npu/NPURequestOps.cpp.inc"

/// Whether a value is what the caller gives to a request.
static LogicalResult checkInput(Operation *op, Value input) {
  auto argument = dyn_cast<BlockArgument>(input);
  auto func = argument
                  ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp())
                  : func::FuncOp();
  auto io = func ? func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                     "npu.io")
                 : StringAttr();
  if (!io || io.getValue() != "input" ||
      getSpace(input.getType()) != Space::Dram)
    return op->emitOpError()
           << "expected an argument in dram with 'npu.io' \"input\", got "
           << input;
  return success();
}

//===----------------------------------------------------------------------===//
// request_input
//===----------------------------------------------------------------------===//

Value RequestInputOp::getViewSource() { return getPlace(); }

LogicalResult RequestInputOp::verify() {
  if (failed(checkInput(*this, getInput())))
    return failure();
  auto whole = cast<MemRefType>(getInput().getType());
  auto place = cast<MemRefType>(getPlace().getType());
  SmallVector<int64_t> shape(whole.getShape());
  int64_t parts = getParts();
  if (parts > 1 && (shape.empty() || shape.front() % parts != 0))
    return emitOpError() << "expected an outermost dimension with " << parts
                         << " equal parts, got " << whole;
  if (parts > 1)
    shape.front() /= parts;
  if (getSpace(place) != Space::Sram || !place.getLayout().isIdentity() ||
      place.getShape() != ArrayRef<int64_t>(shape) ||
      place.getElementType() != whole.getElementType())
    return emitOpError() << "expected a place in sram for "
                         << (parts > 1 ? "one part of " : "") << whole
                         << ", got " << place;
  return success();
}

//===----------------------------------------------------------------------===//
// request_next_input
//===----------------------------------------------------------------------===//

Value RequestNextInputOp::getViewSource() { return getInput(); }

LogicalResult RequestNextInputOp::verify() {
  return checkInput(*this, getInput());
}

//===----------------------------------------------------------------------===//
// request_leave, request_left
//===----------------------------------------------------------------------===//

static LogicalResult checkCopyQueue(Operation *op, Queue queue) {
  if (queue < Queue::Dma0)
    return op->emitOpError()
           << "expected a copy queue, got " << stringifyQueue(queue);
  return success();
}

LogicalResult RequestLeaveOp::verify() {
  return checkCopyQueue(*this, getQueue());
}

Queue RequestLeftOp::getEngineQueue() { return getQueue(); }

void RequestLeftOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &buffer : getBuffersMutable())
    effects.emplace_back(MemoryEffects::Read::get(), &buffer,
                         SideEffects::DefaultResource::get());
}

LogicalResult RequestLeftOp::verify() {
  for (Value buffer : getBuffers())
    if (getSpace(buffer.getType()) != Space::Sram)
      return emitOpError() << "expected buffers in sram, got "
                           << buffer.getType();
  return checkCopyQueue(*this, getQueue());
}
