//===- SelectWindow.cpp - Windows on the vector unit ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The instruction has four dimensions of results and two of the window; loops
// go around it for more. Accumulators hold lanes in panels: full panels are one
// instruction, the lanes that remain another.
//
//===----------------------------------------------------------------------===//

#include "SelectMatrix.h"

using namespace mlir;
using namespace ashlar;

static constexpr unsigned maxDomain = 4, maxDims = 6;

namespace {
enum WindowDimKind : int { domainDim, windowDim };
enum : unsigned { inputColumn, outColumn, weightsColumn };

/// One run of the instruction, or of loops around it.
struct WindowRun {
  SmallVector<WorkDim> domain, window; ///< strides: input, out, weights
  SmallVector<Address, 3> addresses;
};

class WindowSelector {
public:
  WindowSelector(Selector &s, npu::WindowOp op) : s(s), op(op) {}
  LogicalResult run();

private:
  SmallVector<Num> getAccStrides(const TensorView &view);
  void collect(WindowRun &run);
  LogicalResult emitPanels(WindowRun run);
  LogicalResult emitNest(WindowRun run);
  void emitProgram(const WindowRun &run);
  void emitTensor(const WindowRun &run, unsigned column);
  isa::ElementType getType(unsigned column);

  Selector &s;
  npu::WindowOp op;
  SmallVector<Value, 3> operands; ///< input, out, weights
  SmallVector<AffineMap, 3> maps;
  bool inAcc = false;
};
} // namespace

isa::ElementType WindowSelector::getType(unsigned column) {
  Type element = s.getView(operands[column]).element;
  // What is chosen among unsigned elements and stored in their type stays so.
  bool keepsType = element == s.getView(operands[inputColumn]).element &&
                   element.isInteger();
  bool isUnsigned = column == weightsColumn ? op.getWeightsUnsigned()
                    : column == inputColumn || keepsType ? op.getInputUnsigned()
                                                         : false;
  return getElementType(element, isUnsigned);
}

/// Rows of an accumulator tile follow each other without gaps.
SmallVector<Num> WindowSelector::getAccStrides(const TensorView &view) {
  SmallVector<Num> strides(view.rank(), Num::constant(1));
  Num stride = Num::constant(s.machine.mxuN);
  for (unsigned dim = view.rank() - 1; dim-- > 0;) {
    strides[dim] = stride;
    stride = s.emit.mul(stride, view.sizes[dim]);
  }
  return strides;
}

void WindowSelector::collect(WindowRun &run) {
  SmallVector<TensorView, 3> views;
  for (Value operand : operands)
    views.push_back(s.getView(operand));
  if (inAcc)
    views[outColumn].strides = getAccStrides(views[outColumn]);
  for (auto [column, view] : llvm::enumerate(views))
    run.addresses.push_back(getMapBase(s, maps[column], view));
  auto add = [&](int64_t dim, Num size, WindowDimKind kind) -> WorkDim & {
    WorkDim work{size, {}};
    work.kind = kind;
    work.origin = dim;
    for (auto [column, view] : llvm::enumerate(views))
      work.strides.push_back(getMapStride(s, maps[column], dim, view));
    return (kind == domainDim ? run.domain : run.window).emplace_back(work);
  };
  AffineMap out = maps[outColumn];
  for (int64_t dim : op.getDomainDims()) {
    unsigned place =
        *out.getResultPosition(getAffineDimExpr(dim, op.getContext()));
    WorkDim &work = add(dim, views[outColumn].sizes[place], domainDim);
    // Lanes are taken apart.
    work.mergeable = !(inAcc && place + 1 == out.getNumResults());
  }
  for (auto [dim, size] : llvm::zip(op.getWindowDims(), op.getWindow()))
    add(dim, s.getNum(size), windowDim);
  simplifyDims(run.domain);
  simplifyDims(run.window);
}

void WindowSelector::emitTensor(const WindowRun &run, unsigned column) {
  DescriptorSpec spec{getType(column), run.addresses[column], {}};
  for (auto [index, dim] : llvm::enumerate(run.domain))
    spec.dims.push_back(
        {maxDomain - static_cast<unsigned>(run.domain.size() - index), dim.size,
         dim.strides[column]});
  if (column != outColumn)
    for (auto [index, dim] : llvm::enumerate(run.window))
      spec.dims.push_back(
          {maxDims - static_cast<unsigned>(run.window.size() - index), dim.size,
           dim.strides[column]});
  emitDescriptor(s.emit, column, spec);
}

static isa::OutKind getCombination(npu::WindowKind kind) {
  switch (kind) {
  case npu::WindowKind::Max:
    return isa::OutKind::max;
  case npu::WindowKind::Min:
    return isa::OutKind::min;
  default:
    return isa::OutKind::sum;
  }
}

void WindowSelector::emitProgram(const WindowRun &run) {
  for (unsigned column = 0; column < operands.size(); ++column)
    emitTensor(run, column);
  bool integers = s.getView(operands[inputColumn]).element.isSignlessInteger();
  auto lane =
      static_cast<int64_t>(integers ? isa::LaneType::i32 : isa::LaneType::f32);
  s.emit.inst("vrun", {2});
  s.emit.inst("v.win", {static_cast<int64_t>(op.getKind()), 0, inputColumn,
                        op.getWeights() ? weightsColumn : inputColumn});
  // A reduction over a dimension of one element combines with the old value.
  isa::OutKind kind =
      op.getAccumulate() ? getCombination(op.getKind()) : isa::OutKind::store;
  int64_t mask = op.getAccumulate() ? int64_t(1) << maxDomain : 0;
  isa::OutMode mode =
      op.getAccumulate() ? isa::OutMode::acc : isa::OutMode::set;
  s.emit.inst("v.out", {lane, outColumn, 0, static_cast<int64_t>(kind), mask,
                        static_cast<int64_t>(mode)});
}

/// Loops over the outermost dimensions that the instruction has no room for.
LogicalResult WindowSelector::emitNest(WindowRun run) {
  if (run.domain.size() <= maxDomain) {
    emitProgram(run);
    return success();
  }
  WorkDim outer = run.domain.front();
  run.domain.erase(run.domain.begin());
  SmallVector<int64_t> pointers;
  SmallVector<Num> steps;
  for (auto [column, address] : llvm::enumerate(run.addresses)) {
    int64_t pointer = s.emit.newReg();
    s.emit.move(pointer,
                s.emit.add(address.base, Num::constant(address.offset)));
    address = {Num::inReg(pointer), 0};
    pointers.push_back(pointer);
    int64_t bytes = getElementBytes(s.getView(operands[column]).element);
    steps.push_back(s.emit.mul(outer.strides[column], Num::constant(bytes)));
  }
  return s.emitLoop(outer.size, [&]() -> LogicalResult {
    if (failed(emitNest(run)))
      return failure();
    for (auto [pointer, step] : llvm::zip(pointers, steps))
      s.emit.move(pointer, s.emit.add(Num::inReg(pointer), step));
    return success();
  });
}

LogicalResult WindowSelector::emitPanels(WindowRun run) {
  int64_t n = s.machine.mxuN;
  const TensorView view = s.getView(operands[outColumn]);
  // Lanes are the last dimension of the domain that is not mergeable; a single
  // lane was dropped with the other dimensions of size 1 only if mergeable.
  auto lanes = llvm::find_if(run.domain,
                             [](const WorkDim &dim) { return !dim.mergeable; });
  WorkDim lane = *lanes;
  run.domain.erase(lanes);
  Num panels = lane.size.isConstant()
                   ? Num::constant(lane.size.value() / n)
                   : s.emit.ceilDivPositive(
                         s.emit.sub(lane.size, Num::constant(n - 1)), n);
  Num rest = s.emit.sub(lane.size, s.emit.mul(panels, Num::constant(n)));
  auto emit = [&](Num size, Num count, Num first) -> LogicalResult {
    if (size.isConstant(0) || count.isConstant(0))
      return success();
    WindowRun part = run;
    WorkDim inner = lane, outer = lane;
    inner.size = size;
    outer.size = count;
    for (auto [column, address] : llvm::enumerate(part.addresses)) {
      Num stride = column == outColumn
                       ? Num::constant(view.accRows * n)
                       : s.emit.mul(lane.strides[column], Num::constant(n));
      outer.strides[column] = stride;
      address = advance(s.emit, address, first, stride,
                        getElementBytes(s.getView(operands[column]).element));
    }
    if (!count.isConstant(1))
      part.domain.insert(part.domain.begin(), outer);
    part.domain.push_back(inner);
    return emitNest(part);
  };
  if (failed(emit(Num::constant(n), panels, Num::constant(0))))
    return failure();
  return emit(rest, Num::constant(1), panels);
}

LogicalResult WindowSelector::run() {
  operands = {op.getInput(), op.getOut()};
  maps = {op.getInputMap(), op.getOutMap()};
  if (op.getWeights()) {
    operands.push_back(op.getWeights());
    maps.push_back(op.getMap(1));
  }
  inAcc = s.getView(op.getOut()).space == npu::Space::Acc;
  WindowRun run;
  collect(run);
  return inAcc ? emitPanels(run) : emitNest(run);
}

LogicalResult ashlar::selectWindow(Selector &s, npu::WindowOp op) {
  return WindowSelector(s, op).run();
}
