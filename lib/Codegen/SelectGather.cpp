//===- SelectGather.cpp - Slices picked by a list ------------------------===//
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
struct GatherWork {
  isa::ElementType type;
  Address target, source;
  SmallVector<WorkDim> dims; ///< strides: target, source
  Num picked;                ///< size of the source in the gathered dimension
};
} // namespace

static void emitGather(Selector &s, npu::GatherOp op, const GatherWork &work) {
  enum : int64_t { targetDesc, sourceDesc, listDesc };
  unsigned first = maxDims - work.dims.size();
  int64_t gathered = 0;
  for (int64_t side : {targetDesc, sourceDesc}) {
    DescriptorSpec spec{
        work.type, side == targetDesc ? work.target : work.source, {}};
    for (auto [index, dim] : llvm::enumerate(work.dims)) {
      unsigned position = first + static_cast<unsigned>(index);
      bool isGathered = dim.origin >= 0;
      if (isGathered)
        gathered = position;
      Num size = isGathered && side == sourceDesc ? work.picked : dim.size;
      spec.dims.push_back({position, size, dim.strides[side]});
    }
    emitDescriptor(s.emit, side, spec);
  }
  const TensorView list = s.getView(op.getIndices());
  emitDescriptor(s.emit, listDesc,
                 {getElementType(list.element),
                  list.address,
                  {{maxDims - 1, list.sizes[0], list.strides[0]}}});
  if (op.isInScratchpad()) {
    s.emit.inst("vgather", {targetDesc, sourceDesc, listDesc, gathered});
    return;
  }
  s.emit.inst("copy", {static_cast<int64_t>(op.getEngineQueue()), targetDesc,
                       sourceDesc, 1});
  s.emit.inst("c.gather", {listDesc, gathered});
}

/// More dimensions than a descriptor has: loops over outer ones.
static LogicalResult emitNest(Selector &s, npu::GatherOp op, GatherWork work) {
  if (work.dims.size() <= maxDims) {
    emitGather(s, op, work);
    return success();
  }
  auto outer = llvm::find_if(work.dims,
                             [](const WorkDim &dim) { return dim.origin < 0; });
  WorkDim dim = *outer;
  work.dims.erase(outer);
  int64_t bytes = getElementBytes(s.getView(op.getTarget()).element);
  SmallVector<int64_t> pointers;
  for (Address *address : {&work.target, &work.source}) {
    pointers.push_back(s.emit.newReg());
    s.emit.move(pointers.back(),
                s.emit.add(address->base, Num::constant(address->offset)));
    *address = {Num::inReg(pointers.back()), 0};
  }
  Num steps[2] = {s.emit.mul(dim.strides[0], Num::constant(bytes)),
                  s.emit.mul(dim.strides[1], Num::constant(bytes))};
  return s.emitLoop(dim.size, [&]() -> LogicalResult {
    if (failed(emitNest(s, op, work)))
      return failure();
    for (auto [pointer, step] : llvm::zip(pointers, steps))
      s.emit.move(pointer, s.emit.add(Num::inReg(pointer), step));
    return success();
  });
}

LogicalResult ashlar::selectGather(Selector &s, npu::GatherOp op) {
  const TensorView source = s.getView(op.getSource()),
                   target = s.getView(op.getTarget());
  if (s.getView(op.getIndices()).space != npu::Space::Sram)
    return op.emitError() << "expected the list in sram: engines read it there";
  GatherWork work{getElementType(source.element),
                  target.address,
                  source.address,
                  {},
                  source.sizes[op.getDim()]};
  for (unsigned dim = 0; dim < target.rank(); ++dim) {
    WorkDim size{target.sizes[dim], {target.strides[dim], source.strides[dim]}};
    if (dim == op.getDim()) {
      size.mergeable = false;
      size.origin = dim;
    }
    work.dims.push_back(size);
  }
  simplifyDims(work.dims);
  return emitNest(s, op, work);
}
