//===- CoreOps.cpp - Work of several cores --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace ashlar::npu;

/// Cores that an address has room for (docs/machine.md, "Addresses").
static constexpr int64_t maxCores = 255;
/// A multicast names its cores by the bits of one register.
static constexpr int64_t maxMulticastCores = 64;

/// Of npu.on_cores: no values.
void YieldOp::build(OpBuilder &, OperationState &) {}

//===----------------------------------------------------------------------===//
// on_cores
//===----------------------------------------------------------------------===//

void OnCoresOp::build(OpBuilder &builder, OperationState &state,
                      ArrayRef<int64_t> grid) {
  state.addAttribute("grid", builder.getDenseI64ArrayAttr(grid));
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> types(grid.size(), builder.getIndexType());
  SmallVector<Location> places(grid.size(), state.location);
  builder.createBlock(state.addRegion(), {}, types, places);
  ensureTerminator(*state.regions.front(), builder, state.location);
}

ParseResult OnCoresOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<int64_t> grid;
  if (parser.parseArgumentList(arguments,
                               OpAsmParser::Delimiter::OptionalParen))
    return failure();
  if (!arguments.empty()) {
    auto parseSize = [&] { return parser.parseInteger(grid.emplace_back()); };
    if (parser.parseKeyword("in") ||
        parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren,
                                       parseSize))
      return failure();
  }
  for (OpAsmParser::Argument &argument : arguments)
    argument.type = builder.getIndexType();
  result.addAttribute("grid", builder.getDenseI64ArrayAttr(grid));
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*result.addRegion(), arguments))
    return failure();
  ensureTerminator(*result.regions.front(), builder, result.location);
  return success();
}

void OnCoresOp::print(OpAsmPrinter &printer) {
  if (!getGrid().empty()) {
    printer << " (";
    printer.printOperands(getBlock()->getArguments());
    printer << ") in (";
    llvm::interleaveComma(getGrid(), printer);
    printer << ")";
  }
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"grid"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/false);
}

LogicalResult OnCoresOp::verify() {
  int64_t cores = 1;
  for (int64_t size : getGrid()) {
    if (size < 1 || size > maxCores)
      return emitOpError() << "expected a grid of 1 to " << maxCores
                           << " cores in each dimension, got " << size;
    cores *= size;
  }
  if (cores > maxCores)
    return emitOpError() << "expected a grid of at most " << maxCores
                         << " cores, got " << cores;
  return success();
}

LogicalResult OnCoresOp::verifyRegions() {
  if (getBlock()->getNumArguments() != getGrid().size())
    return emitOpError() << "expected " << getGrid().size()
                         << " body arguments, one for each dimension of the "
                            "grid, got "
                         << getBlock()->getNumArguments();
  for (BlockArgument argument : getBlock()->getArguments())
    if (!argument.getType().isIndex())
      return emitOpError() << "expected body arguments of type 'index', got "
                           << argument.getType();
  auto yield = cast<YieldOp>(getBlock()->getTerminator());
  if (!yield.getValues().empty())
    return yield.emitOpError()
           << "expected no values, got " << yield.getValues().size();
  // One buffer in dram would be shared by all cores.
  auto result = getBody().walk([&](Operation *op) -> WalkResult {
    if (!isa<AllocOp, memref::AllocOp>(op) ||
        getSpace(op->getResult(0).getType()) != Space::Dram)
      return WalkResult::advance();
    InFlightDiagnostic diag =
        op->emitOpError() << "expected buffers in dram outside npu.on_cores";
    diag.attachNote(getLoc()) << "all cores would share this one";
    return diag;
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// barrier
//===----------------------------------------------------------------------===//

Queue BarrierOp::getEngineQueue() { return getQueue(); }

void BarrierOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  // Nothing that touches these bytes moves across.
  for (OpOperand &buffer : getBuffersMutable())
    effects.emplace_back(MemoryEffects::Write::get(), &buffer,
                         SideEffects::DefaultResource::get());
}

LogicalResult BarrierOp::verify() {
  if (getQueue() < Queue::Dma0)
    return emitOpError() << "expected a copy queue, got "
                         << stringifyQueue(getQueue());
  if (getBuffers().empty())
    return emitOpError() << "expected the buffers that it orders";
  for (Value buffer : getBuffers())
    if (getSpace(buffer.getType()) != Space::Dram)
      return emitOpError() << "expected buffers in dram, got "
                           << buffer.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// receive
//===----------------------------------------------------------------------===//

Queue ReceiveOp::getEngineQueue() { return getQueue(); }

void ReceiveOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), &getTargetMutable(),
                       SideEffects::DefaultResource::get());
}

LogicalResult ReceiveOp::verify() {
  if (getQueue() == Queue::Scalar)
    return emitOpError() << "expected the queue of an engine, got "
                         << stringifyQueue(getQueue());
  if (getSpace(getTarget().getType()) != Space::Sram)
    return emitOpError() << "expected a target in sram, got "
                         << getTarget().getType();
  return success();
}

LogicalResult SharingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t members, int64_t stride,
                                  std::optional<int64_t>,
                                  std::optional<int64_t>) {
  if (members < 2 || stride < 1 || members > maxMulticastCores ||
      (members - 1) * stride >= maxMulticastCores)
    return emitError() << "expected 2 to " << maxMulticastCores
                       << " members among as many cores, got " << members
                       << " that are " << stride << " apart";
  return success();
}
