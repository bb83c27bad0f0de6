//===- SelectCopy.cpp - Copies between memories --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Selector.h"

using namespace mlir;
using namespace ashlar;

static constexpr unsigned maxDims = 6;

namespace {
/// A dimension in which the source covers [low, high) of the destination.
struct Window {
  int origin;
  Num low, high;
};

struct CopyWork {
  npu::Queue queue;
  isa::ElementType type;
  Address target, source;
  SmallVector<WorkDim> dims; // strides: target, source
  SmallVector<Window> windows;
  Num fill = Num::constant(0);
  Num cores = Num::constant(0); ///< that a multicast serves, a bit for each
  int64_t arrivals = -1;        ///< semaphore that tells them
};
} // namespace

/// Where the matrix unit has them, so that one descriptor serves both: rows in
/// the dimensions up to 2, what is contiguous in dimension 5.
static unsigned getPosition(unsigned index, unsigned rank) {
  if (index + 1 == rank)
    return maxDims - 1;
  return rank <= 4 ? index + 4 - rank : index + maxDims - rank;
}

/// `around` emits the instruction itself, when its operands are ready.
static void
emitCopy(Selector &s, const CopyWork &work,
         llvm::function_ref<void(llvm::function_ref<void()>)> around) {
  unsigned rank = work.dims.size();
  for (int64_t side : {0, 1}) {
    DescriptorSpec spec{work.type, side == 0 ? work.target : work.source, {}};
    for (auto [index, dim] : llvm::enumerate(work.dims))
      spec.dims.push_back(
          {getPosition(index, rank), dim.size, dim.strides[side]});
    emitDescriptor(s.emit, side, spec);
  }
  // Numbers that payload words name have to be in registers before the head.
  SmallVector<std::array<int64_t, 3>> windows;
  for (const Window &window : work.windows)
    for (auto [index, dim] : llvm::enumerate(work.dims))
      if (dim.origin == window.origin)
        windows.push_back({getPosition(index, rank), s.emit.toReg(window.low),
                           s.emit.toReg(window.high)});
  int64_t fill = work.fill.isConstant(0) ? 0 : s.emit.toReg(work.fill);
  int64_t cores = work.cores.isConstant(0) ? 0 : s.emit.toReg(work.cores);
  int64_t count =
      windows.size() + (fill != 0) + (cores != 0) + (work.arrivals >= 0);
  around([&] {
    s.emit.inst("copy", {static_cast<int64_t>(work.queue), 0, 1, count});
    for (const std::array<int64_t, 3> &window : windows)
      s.emit.inst("c.window", window);
    if (fill != 0)
      s.emit.inst("c.fill", {fill});
    if (cores != 0)
      s.emit.inst("c.multicast", {cores});
    if (work.arrivals >= 0)
      s.emit.inst("c.signal", {work.arrivals, 1});
  });
}

/// Each core, when its queue has come here and the core behind it has said the
/// same, tells the core before it; the first one knows of all by then, and
/// copies for all.
static LogicalResult emitShared(Selector &s, npu::CopyOp op, CopyWork work) {
  npu::SharingAttr group = *op.getSharing();
  if (!group.getCredits() || !group.getArrivals())
    return op.emitOpError() << "has no semaphores, run npu-insert-sync first";
  int64_t queue = static_cast<int64_t>(work.queue);
  int64_t core = s.emit.coreNumber(), all = s.emit.newReg();
  uint64_t members = 0;
  for (int64_t member = 0; member < group.getMembers(); ++member)
    members |= uint64_t(1) << (member * group.getStride());
  // The members' numbers begin at that of the first one, which alone copies.
  int64_t mask = s.emit.toReg(Num::constant(static_cast<int64_t>(members)));
  s.emit.inst("shl", {all, mask, core});
  work.cores = Num::inReg(all);
  work.arrivals = *group.getArrivals();
  int64_t rank = s.emit.toReg(s.getNum(op.getRank()));
  int64_t last = s.emit.toReg(Num::constant(group.getMembers() - 1));
  int64_t before = s.emit.toReg(
      s.emit.sub(Num::inReg(core), Num::constant(group.getStride())));
  emitCopy(s, work, [&](llvm::function_ref<void()> copy) {
    int64_t heard = s.emit.newLabel(), first = s.emit.newLabel();
    int64_t end = s.emit.newLabel();
    s.emit.inst("beq", {rank, last, heard});
    s.emit.inst("wait", {queue, *group.getCredits(), 1});
    s.emit.label(heard);
    s.emit.inst("beq", {rank, zeroReg, first});
    s.emit.inst("signalr", {queue, before, *group.getCredits(), 1});
    s.emit.inst("jmp", {end});
    s.emit.label(first);
    copy();
    s.emit.label(end);
  });
  return success();
}

/// More dimensions than a descriptor has: loops over the outer ones.
static LogicalResult emitNest(Selector &s, CopyWork work, int64_t bytes) {
  if (work.dims.size() <= maxDims) {
    emitCopy(s, work, [](llvm::function_ref<void()> copy) { copy(); });
    return success();
  }
  WorkDim outer = work.dims.front();
  work.dims.erase(work.dims.begin());
  int64_t target = s.emit.newReg(), source = s.emit.newReg();
  s.emit.move(target,
              s.emit.add(work.target.base, Num::constant(work.target.offset)));
  s.emit.move(source,
              s.emit.add(work.source.base, Num::constant(work.source.offset)));
  work.target = {Num::inReg(target), 0};
  work.source = {Num::inReg(source), 0};
  Num steps[2] = {s.emit.mul(outer.strides[0], Num::constant(bytes)),
                  s.emit.mul(outer.strides[1], Num::constant(bytes))};
  return s.emitLoop(outer.size, [&]() -> LogicalResult {
    if (failed(emitNest(s, work, bytes)))
      return failure();
    s.emit.move(target, s.emit.add(Num::inReg(target), steps[0]));
    s.emit.move(source, s.emit.add(Num::inReg(source), steps[1]));
    return success();
  });
}

LogicalResult ashlar::selectCopy(Selector &s, npu::CopyOp op) {
  const TensorView source = s.getView(op.getSource()),
                   target = s.getView(op.getTarget());
  int64_t bytes = getElementBytes(source.element);
  CopyWork work{op.getEngineQueue(),
                getElementType(source.element),
                target.address,
                source.address,
                {},
                {}};
  // One core has nobody else to tell.
  if (op.getMulticast() && s.machine.cores > 1)
    work.cores = Num::constant(
        static_cast<int64_t>(~uint64_t(0) >> (64 - s.machine.cores)));
  for (unsigned dim = 0; dim < target.rank(); ++dim) {
    WorkDim size{target.sizes[dim], {target.strides[dim], source.strides[dim]}};
    Num low =
        op.getLow().empty() ? Num::constant(0) : s.getNum(op.getLow()[dim]);
    bool whole = op.getLow().empty() ||
                 (low.isConstant(0) && source.sizes[dim] == target.sizes[dim]);
    if (!whole) {
      // Element i of the destination reads element i - low of the source.
      work.source =
          advance(s.emit, work.source, s.emit.sub(Num::constant(0), low),
                  source.strides[dim], bytes);
      size.mergeable = false;
      size.origin = dim;
      work.windows.push_back(
          {static_cast<int>(dim), low, s.emit.add(low, source.sizes[dim])});
    }
    work.dims.push_back(size);
  }
  simplifyDims(work.dims);
  // Loops take plain dimensions: windows need descriptor dimensions.
  if (work.dims.size() > maxDims) {
    std::stable_partition(work.dims.begin(), work.dims.end(),
                          [](const WorkDim &dim) { return dim.mergeable; });
    if (work.windows.size() > maxDims)
      return op.emitError()
             << "expected at most " << maxDims << " padded dimensions, got "
             << work.windows.size();
  }
  if (op.getFill()) {
    Type type = source.element;
    work.fill = s.getNum(op.getFill());
    if (type.isF16() || type.isBF16()) {
      FloatAttr value;
      if (!matchPattern(op.getFill(), m_Constant(&value)))
        return op.emitError()
               << "expected a constant of type " << type << " to fill with";
      work.fill =
          Num::constant(value.getValue().bitcastToAPInt().getZExtValue());
    }
  }
  if (op.getSharing()) {
    if (work.dims.size() > maxDims)
      return op.emitOpError()
             << "expected at most " << maxDims
             << " dimensions with 'shared', got " << work.dims.size();
    return emitShared(s, op, work);
  }
  return emitNest(s, work, bytes);
}
