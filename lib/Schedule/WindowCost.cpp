//===- WindowCost.cpp - What the windows of a tile ask of the machine -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowCost.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace ashlar {

namespace {

/// Dimensions of the instruction: results first, then the window.
constexpr unsigned kDomainDims = 4, kAllDims = 6;

class WindowWalk {
public:
  WindowWalk(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
             const runtime::Machine &machine)
      : shape(shape), window(*shape.window), tiles(tiles), machine(machine) {
    input.elementBits = shape.buffers[window.input].elementBits;
    out.elementBits = shape.buffers[window.out].elementBits;
    if (window.weights >= 0)
      weights.elementBits = shape.buffers[window.weights].elementBits;
    placeDomain();
    placeWindow();
  }
  runtime::VectorWork work() const;

private:
  int64_t strideOf(unsigned buffer, unsigned loop) const;
  void placeDomain();
  void placeWindow();

  const GroupShape &shape;
  const GroupShape::Window &window;
  llvm::ArrayRef<int64_t> tiles;
  const runtime::Machine &machine;
  runtime::AccessPattern input, weights, out;
  uint64_t times = 1; ///< of loops around the instruction
};

/// Elements from one index of a loop to the next in a row-major tile.
int64_t WindowWalk::strideOf(unsigned buffer, unsigned loop) const {
  int64_t result = 0, stride = 1;
  for (const GroupShape::Index &index :
       llvm::reverse(shape.buffers[buffer].indices)) {
    int64_t extent = 1;
    for (auto [other, scale] : index.terms) {
      extent += scale * (tiles[other] - 1);
      if (other == loop)
        result += stride * scale;
    }
    stride *= extent;
  }
  return result;
}

/// Results in accumulators lie in panels of lanes.
void WindowWalk::placeDomain() {
  unsigned dim = kDomainDims;
  auto place = [&](int64_t size, unsigned loop, int64_t factor) {
    if (size == 1)
      return;
    if (dim == 0) {
      times *= size;
      return;
    }
    --dim;
    input.size[dim] = weights.size[dim] = out.size[dim] = size;
    input.stride[dim] = factor * strideOf(window.input, loop);
    out.stride[dim] = factor * strideOf(window.out, loop);
    if (window.weights >= 0)
      weights.stride[dim] = factor * strideOf(window.weights, loop);
  };
  int64_t lanes = tiles[window.channels], panel = lanes;
  if (window.toAccumulator)
    panel = std::min<int64_t>(lanes, machine.mxuN);
  place(panel, window.channels, 1);
  for (unsigned loop : llvm::reverse(window.domain))
    if (loop != window.channels)
      place(tiles[loop], loop, 1);
  place(llvm::divideCeil(lanes, panel), window.channels, panel);
}

void WindowWalk::placeWindow() {
  unsigned dim = kAllDims;
  for (unsigned loop : llvm::reverse(window.window)) {
    if (tiles[loop] == 1 || dim == kDomainDims)
      continue;
    input.size[--dim] = weights.size[dim] = tiles[loop];
    input.stride[dim] = strideOf(window.input, loop);
    if (window.weights >= 0)
      weights.stride[dim] = strideOf(window.weights, loop);
  }
}

runtime::VectorWork WindowWalk::work() const {
  runtime::VectorWork work;
  runtime::addVectorWindow(work, input, window.weights < 0 ? nullptr : &weights,
                           machine);
  if (window.toAccumulator)
    work.accLanes += runtime::elementCount(out);
  else
    runtime::addVectorTensor(work, out, machine);
  // A window in parts combines with what the parts before have left.
  bool inParts = llvm::any_of(window.window, [&](unsigned loop) {
    return tiles[loop] < shape.loops[loop].size;
  });
  if (inParts) {
    work.laneOps += runtime::elementCount(out);
    runtime::addVectorTensor(work, out, machine);
  }
  for (uint64_t *count :
       {&work.windowOps8, &work.windowOps16, &work.windowOps32, &work.laneOps,
        &work.portBytes, &work.accLanes, &work.lines})
    *count = llvm::SaturatingMultiply(*count, times);
  return work;
}

} // namespace

runtime::VectorWork windowWork(const GroupShape &shape,
                               llvm::ArrayRef<int64_t> tiles,
                               const runtime::Machine &machine) {
  return WindowWalk(shape, tiles, machine).work();
}

} // namespace ashlar
