//===- MemoryAccesses.cpp - Who touches which bytes ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryAccesses.h"
#include "BufferPlaces.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ashlar;

FailureOr<unsigned> MemoryAccesses::getBuffer(Operation *op, Value memref) {
  Value root = npu::getRootBuffer(memref);
  if (!root)
    return op->emitOpError() << "uses a memref whose buffer cannot be traced";
  auto [entry, isNew] = buffers.try_emplace(root, ranges.size());
  if (!isNew)
    return entry->second;
  std::optional<npu::Space> space = npu::getSpace(root.getType());
  if (!space)
    return op->emitOpError()
           << "uses a buffer outside the named memories: " << root.getType();
  ByteRange range;
  range.space = *space;
  if (auto alloc = root.getDefiningOp<npu::AllocOp>()) {
    if (!alloc.getOffset())
      return alloc.emitOpError() << "expected a placed buffer";
    range.alloc = alloc;
    range.begin = *alloc.getOffset();
    range.end = range.begin + getReservedBytes(alloc, accLanes);
  } else {
    // get_global of one symbol in two places is one region, but only read.
    range.region = root;
    range.end = std::numeric_limits<int64_t>::max();
  }
  ranges.push_back(range);
  return entry->second;
}

void MemoryAccesses::add(Operation *op, Access access) {
  SmallVector<Access> &list = accesses[op];
  if (!llvm::is_contained(list, access))
    list.push_back(access);
}

LogicalResult MemoryAccesses::visit(Operation *op) {
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Operation &nested : block) {
        if (!isa<npu::EngineOpInterface>(op) && failed(visit(&nested)))
          return failure();
        auto found = accesses.find(&nested);
        if (found == accesses.end())
          continue;
        SmallVector<Access> copy = found->second;
        for (const Access &access : copy)
          add(op, access);
      }
  npu::Queue queue = npu::Queue::Scalar;
  if (auto engine = dyn_cast<npu::EngineOpInterface>(op))
    queue = engine.getEngineQueue();
  else if (!isa<memref::LoadOp, memref::StoreOp>(op))
    return success();
  SmallVector<MemoryEffects::EffectInstance> effects;
  cast<MemoryEffectOpInterface>(op).getEffects(effects);
  for (const MemoryEffects::EffectInstance &effect : effects) {
    FailureOr<unsigned> buffer = getBuffer(op, effect.getValue());
    if (failed(buffer))
      return failure();
    add(op, {queue, *buffer, isa<MemoryEffects::Write>(effect.getEffect())});
  }
  return success();
}

LogicalResult MemoryAccesses::analyse(func::FuncOp func, unsigned lanes) {
  accLanes = lanes;
  return visit(func);
}

ArrayRef<Access> MemoryAccesses::of(Operation *op) const {
  auto found = accesses.find(op);
  return found == accesses.end() ? ArrayRef<Access>()
                                 : ArrayRef<Access>(found->second);
}

bool MemoryAccesses::conflict(const Access &a, const Access &b) const {
  return a.queue != b.queue && (a.write || b.write) &&
         ranges[a.buffer].overlaps(ranges[b.buffer]);
}
