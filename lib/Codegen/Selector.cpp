//===- Selector.cpp - Instruction selection for one function -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Selector.h"
#include "Image/ImageContents.h"
#include "Requests.h"
#include "dialects/nisa/Encoding.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;

/// Addresses of this core's memories (docs/machine.md, "Addresses").
static constexpr int64_t thisCore = int64_t(255) << 40;
static constexpr int64_t sramAddress = (int64_t(2) << 60) | thisCore;
static constexpr int64_t accAddress = (int64_t(3) << 60) | thisCore;
static constexpr unsigned maxLoopDepth = 8;

std::optional<int64_t> ashlar::getConstantBits(Attribute attr) {
  if (auto integer = dyn_cast<IntegerAttr>(attr)) {
    if (integer.getType().isInteger(1))
      return integer.getValue().getZExtValue();
    return integer.getValue().getSExtValue();
  }
  if (auto real = dyn_cast<FloatAttr>(attr)) {
    APFloat value = real.getValue();
    if (real.getType().isF64())
      return value.bitcastToAPInt().getSExtValue();
    bool inexact;
    value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                  &inexact);
    return value.bitcastToAPInt().getZExtValue();
  }
  return std::nullopt;
}

Num Selector::getNum(Value value) {
  auto found = numbers.find(value);
  if (found != numbers.end())
    return found->second;
  Attribute attr;
  if (matchPattern(value, m_Constant(&attr)))
    if (std::optional<int64_t> bits = getConstantBits(attr))
      return Num::constant(*bits);
  return Num::constant(0); // ub.poison
}

int64_t Selector::defineReg(Value value) {
  int64_t reg = emit.newReg();
  setNum(value, Num::inReg(reg));
  return reg;
}

LogicalResult Selector::emitLoop(Num count,
                                 llvm::function_ref<LogicalResult()> body) {
  if (count.isConstant() && count.value() <= 0)
    return success();
  int64_t end = emit.newLabel();
  if (loopDepth == maxLoopDepth) {
    int64_t begin = emit.newLabel(), left = emit.newReg();
    emit.move(left, count);
    emit.label(begin);
    emit.inst("bge", {zeroReg, left, end});
    Emitter::Scope scope(emit);
    if (failed(body()))
      return failure();
    emit.inst("addi", {left, left, -1});
    emit.inst("jmp", {begin});
    emit.label(end);
    return success();
  }
  if (count.isConstant() && count.value() < (1 << 20))
    emit.inst("loopi", {count.value(), end});
  else
    emit.inst("loop", {emit.toReg(count), end});
  int64_t begin = emit.size();
  ++loopDepth;
  LogicalResult result = [&] {
    Emitter::Scope scope(emit);
    return body();
  }();
  --loopDepth;
  // A body ends at a word of its own: two loops cannot end at one place.
  if (emit.size() == begin || emit.endsWithLabel())
    emit.inst("nop", {});
  emit.label(end);
  return result;
}

static LogicalResult refuse(Operation *op) {
  return op->emitError() << "'" << op->getName() << "' has no machine code";
}

LogicalResult Selector::select(Operation *op) {
  emit.setLoc(op->getLoc());
  using Result = LogicalResult;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](npu::CopyOp copy) { return selectCopy(*this, copy); })
      .Case([&](npu::GatherOp gather) { return selectGather(*this, gather); })
      .Case([&](npu::MatmulOp matmul) { return selectMatmul(*this, matmul); })
      .Case(
          [&](npu::PreloadOp preload) { return selectPreload(*this, preload); })
      .Case([&](npu::DrainOp drain) { return selectDrain(*this, drain); })
      .Case([&](npu::VectorOp vector) { return selectVector(*this, vector); })
      .Case([&](npu::WindowOp window) { return selectWindow(*this, window); })
      .Case([&](npu::FillOp fill) { return selectFill(*this, fill); })
      .Case([&](npu::WaitOp wait) {
        emit.inst("wait", {static_cast<int64_t>(wait.getQueue()),
                           static_cast<int64_t>(wait.getSemaphore()),
                           static_cast<int64_t>(wait.getCount())});
        return success();
      })
      .Case([&](npu::SignalOp signal) {
        emit.inst("signal", {static_cast<int64_t>(signal.getQueue()),
                             static_cast<int64_t>(signal.getSemaphore()),
                             static_cast<int64_t>(signal.getCount())});
        return success();
      })
      .Case(
          [&](npu::BarrierOp barrier) { return selectBarrier(*this, barrier); })
      .Case(
          [&](npu::ReceiveOp receive) { return selectReceive(*this, receive); })
      .Case([&](npu::CoreIdOp id) { return selectCoreId(*this, id); })
      .Case([&](npu::RuntimeDimOp dim) { return selectRuntimeDim(*this, dim); })
      .Case<npu::RequestInputOp, npu::RequestNextInputOp, npu::RequestHasNextOp,
            npu::RequestLeaveOp, npu::RequestLeftOp>(
          [&](Operation *request) { return selectRequest(*this, request); })
      .Case<arith::ConstantOp, ub::PoisonOp, func::ReturnOp>(
          [](auto) { return success(); })
      .Case<scf::ForOp, scf::IfOp, scf::WhileOp>(
          [&](Operation *control) { return selectControl(*this, control); })
      .Case<memref::LoadOp, memref::StoreOp, memref::DimOp>(
          [&](Operation *access) { return selectAccess(*this, access); })
      .Default([&](Operation *other) -> Result {
        if (other->getNumResults() == 1 &&
            llvm::isa<MemRefType>(other->getResult(0).getType()))
          return selectView(*this, other);
        if (llvm::isa_and_present<arith::ArithDialect>(other->getDialect()) ||
            other->getName().getDialectNamespace() == "math")
          return selectScalar(*this, other);
        return refuse(other);
      });
}

LogicalResult Selector::selectBlock(Block &block) {
  bool ok = true;
  for (Operation &op : block.without_terminator()) {
    int64_t begin = emit.size();
    bool selected = succeeded(checkViews(&op)) && succeeded(select(&op));
    words[&op] = {begin, emit.size()};
    if (selected)
      continue;
    broken = true;
    ok = false;
  }
  return success(ok);
}

/// Memrefs come from buffers through views, never out of loops, branches or
/// nothing (`ub.poison`).
LogicalResult Selector::checkViews(Operation *op) {
  for (Value operand : op->getOperands()) {
    if (!llvm::isa<MemRefType>(operand.getType()) || views.count(operand))
      continue;
    if (broken)
      return failure();
    return op->emitError() << "'" << op->getName()
                           << "' uses a memref that is no view of a buffer";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The function's frame
//===----------------------------------------------------------------------===//

/// Before anything else: other values may live in the same registers.
LogicalResult Selector::defineDims(func::FuncOp func) {
  auto ranges = func->getAttrOfType<DictionaryAttr>(npu::kDimRangesAttr);
  if (!ranges)
    return success();
  if (ranges.size() > runtime::maxDynamicDims)
    return func.emitError() << "expected at most " << runtime::maxDynamicDims
                            << " run-time dimensions, got " << ranges.size();
  for (auto [index, range] : llvm::enumerate(ranges)) {
    Num copy = Num::inReg(emit.newReg());
    emit.move(copy.reg(), Num::inReg(firstDimReg + index));
    dims[range.getName()] = copy;
  }
  return success();
}

LogicalResult Selector::defineArguments(func::FuncOp func) {
  for (BlockArgument arg : func.getArguments()) {
    auto type = dyn_cast<MemRefType>(arg.getType());
    if (!type || !type.hasStaticShape() ||
        npu::getSpace(type) != npu::Space::Dram)
      return func.emitError() << "expected argument " << arg.getArgNumber()
                              << " to be a memref of static shape in dram, got "
                              << arg.getType();
    auto offset =
        func.getArgAttrOfType<IntegerAttr>(arg.getArgNumber(), "npu.offset");
    if (!offset)
      return func.emitError()
             << "expected 'npu.offset' of argument " << arg.getArgNumber()
             << ", run npu-plan-memory first";
    auto kind = func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), "npu.io");
    TensorView view;
    view.element = type.getElementType();
    view.address = {
        Num::inReg(kind && kind.getValue() == "state" ? stateReg : ioReg),
        offset.getInt()};
    SmallVector<int64_t> strides;
    int64_t start;
    if (failed(type.getStridesAndOffset(strides, start)))
      return func.emitError() << "expected strided argument "
                              << arg.getArgNumber() << ", got " << type;
    for (auto [size, stride] : llvm::zip(type.getShape(), strides)) {
      view.sizes.push_back(Num::constant(size));
      view.strides.push_back(Num::constant(stride));
    }
    if (failed(setActualStrides(arg, view)))
      return failure();
    setView(arg, view);
  }
  return success();
}

/// The caller's tensors are dense in their actual shape.
LogicalResult Selector::setActualStrides(BlockArgument arg, TensorView &view) {
  auto func = cast<func::FuncOp>(arg.getOwner()->getParentOp());
  auto names =
      func.getArgAttrOfType<ArrayAttr>(arg.getArgNumber(), npu::kDimsAttr);
  if (!names)
    return success();
  if (names.size() != view.rank() ||
      !cast<MemRefType>(arg.getType()).getLayout().isIdentity())
    return func.emitError() << "expected 'npu.dims' of argument "
                            << arg.getArgNumber() << " to name each of "
                            << view.rank() << " dimensions of a dense tensor";
  Num stride = Num::constant(1);
  for (unsigned dim = view.rank(); dim-- > 0;) {
    auto name = cast<StringAttr>(names[dim]);
    if (!name.empty()) {
      std::optional<Num> size = runtimeDim(name);
      if (!size)
        return func.emitError() << "expected 'npu.dim_ranges' to have " << name;
      view.sizes[dim] = *size;
    }
    view.strides[dim] = stride;
    stride = emit.mul(stride, view.sizes[dim]);
  }
  return success();
}

void Selector::initRings(Operation *scope) {
  for (Operation *op : rings.lookup(scope)) {
    auto alloc = cast<npu::AllocOp>(op);
    bool isAcc = npu::getSpace(alloc.getType()) == npu::Space::Acc;
    int64_t reg = emit.newReg();
    ringRegs[alloc] = reg;
    // The first turn takes it to slot 0.
    int64_t last = *alloc.getSlotBytes() * (alloc.getDepth() - 1);
    int64_t offset = static_cast<int64_t>(*alloc.getOffset()) + last;
    if (alloc.getDepth() != 2)
      emit.loadConstant(reg, last);
    else if (fitsImmediate(offset))
      emit.inst("addi", {reg, isAcc ? acc.reg() : sram.reg(), offset});
    else
      emit.loadConstant(reg, (isAcc ? accAddress : sramAddress) + offset);
  }
}

LogicalResult Selector::run(func::FuncOp func) {
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitError()
           << "expected structured control flow, got several blocks";
  if (failed(defineDims(func)))
    return failure();
  sram = Num::inReg(emit.newReg());
  acc = Num::inReg(emit.newReg());
  emit.loadConstant(sram.reg(), sramAddress);
  emit.loadConstant(acc.reg(), accAddress);
  emit.setStable(sram.reg());
  emit.setStable(acc.reg());
  func.walk([&](npu::AllocOp alloc) {
    Operation *scope = nullptr;
    for (Operation *op = alloc->getParentOp(); op; op = op->getParentOp())
      if (llvm::isa<LoopLikeOpInterface>(op))
        scope = op;
    if (alloc.getDepth() > 1 && alloc.getSlotBytes() && alloc.getOffset() &&
        npu::getSpace(alloc.getType()) != npu::Space::Dram)
      rings[scope].push_back(alloc);
  });
  initRings(nullptr);
  if (failed(defineArguments(func)) ||
      failed(selectBlock(func.getBody().front())))
    return failure();
  emit.setLoc(func.getLoc());
  emit.inst("halt", {});
  return success();
}
