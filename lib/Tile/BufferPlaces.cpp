//===- BufferPlaces.cpp - Sizes and live ranges of buffers ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace ashlar;

static constexpr int64_t kLineBytes = 64;

int64_t ashlar::getAlignment(npu::AllocOp alloc, unsigned accLanes) {
  return npu::getSpace(alloc.getType()) == npu::Space::Acc ? 4 * accLanes
                                                           : kLineBytes;
}

int64_t ashlar::getSlotBytes(npu::AllocOp alloc, unsigned accLanes) {
  MemRefType type = alloc.getType();
  if (npu::getSpace(type) == npu::Space::Acc) {
    npu::AccLayout layout = npu::getAccLayout(alloc.getBuffer());
    return layout.rows * llvm::divideCeil(layout.lanes, accLanes) * accLanes *
           4;
  }
  auto parts = alloc->getAttrOfType<IntegerAttr>(npu::kPartsAttr);
  if (!parts)
    return getResidentBytes(type);
  SmallVector<int64_t> shape(type.getShape());
  shape.front() = llvm::divideCeil(shape.front(), parts.getInt());
  return getResidentBytes(MemRefType::get(shape, type.getElementType()));
}

int64_t ashlar::getResidentBytes(MemRefType type) {
  Type element = type.getElementType();
  int64_t bits =
      element.isIndex() ? 64 : std::max(8u, element.getIntOrFloatBitWidth());
  return llvm::alignTo(type.getNumElements() * (bits / 8), kLineBytes);
}

std::optional<uint64_t> ashlar::getResidentTop(Operation *module) {
  uint64_t top = 0;
  for (auto global : module->getRegion(0).getOps<memref::GlobalOp>()) {
    if (npu::getSpace(global.getType()) != npu::Space::Sram)
      continue;
    auto offset = global->getAttrOfType<IntegerAttr>(npu::kOffsetAttr);
    if (!offset)
      return std::nullopt;
    top = std::max<uint64_t>(top, offset.getInt() +
                                      getResidentBytes(global.getType()));
  }
  return top;
}

int64_t ashlar::getReservedBytes(npu::AllocOp alloc, unsigned accLanes) {
  return getSlotBytes(alloc, accLanes) * alloc.getDepth();
}

Operation *ashlar::getRingScope(npu::AllocOp alloc) {
  Operation *scope = nullptr;
  for (Operation *op = alloc->getParentOp(); op; op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op))
      scope = op;
  return scope;
}

ProgramOrder::ProgramOrder(func::FuncOp func) { number(func); }

void ProgramOrder::number(Operation *op) {
  int64_t begin = now++;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Operation &nested : block)
        number(&nested);
  times[op] = {begin, now++};
}

std::pair<int64_t, int64_t> ProgramOrder::liveRange(npu::AllocOp alloc) const {
  Operation *scope = getRingScope(alloc);
  if (scope && alloc.getDepth() > 1) {
    return {begin(scope), end(scope) + 1};
  }
  Block *block = alloc->getBlock();
  std::pair<int64_t, int64_t> live = {std::numeric_limits<int64_t>::max(),
                                      begin(alloc) + 1};
  SmallVector<Value> worklist = {alloc.getBuffer()};
  while (!worklist.empty()) {
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (isa<ViewLikeOpInterface, memref::TransposeOp>(user)) {
        llvm::append_range(worklist, user->getResults());
        continue;
      }
      Operation *ancestor = block->findAncestorOpInBlock(*user);
      live.first = std::min(live.first, begin(ancestor));
      live.second = std::max(live.second, end(ancestor) + 1);
    }
  }
  live.first = std::min(live.first, live.second - 1);
  return live;
}
