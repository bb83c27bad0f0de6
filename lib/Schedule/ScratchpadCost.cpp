//===- ScratchpadCost.cpp - What tiles cost where they lie ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The scratchpad serves so many lines a cycle, shared equally by all who ask at
// a time. An engine that needs few of them loses nothing by what is copied
// meanwhile; one that needs nearly all of them is held up by it, and cannot
// make up for that when it is alone again.
//
//===----------------------------------------------------------------------===//

#include "CostModel.h"

#include "WindowCost.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace ashlar {

/// How the matrix unit walks an operand: the loops `outer` in dimensions 0..2,
/// the reduction in 3..5, over a row-major tile, or over the buffer that the
/// tile is part of.
runtime::AccessPattern
Evaluation::operand(unsigned number, llvm::ArrayRef<unsigned> outer) const {
  const GroupShape::Buffer &buffer = shape.buffers[number];
  runtime::AccessPattern pattern;
  pattern.elementBits = buffer.elementBits;
  auto place = [&](llvm::ArrayRef<unsigned> loops, unsigned first) {
    unsigned dim = first + 3;
    for (unsigned loop : llvm::reverse(loops)) {
      if (tiles[loop] == 1 || dim == first)
        continue;
      pattern.size[--dim] = tiles[loop];
      int64_t stride = 1;
      for (const GroupShape::Index &index : llvm::reverse(buffer.indices)) {
        for (auto [other, scale] : index.terms)
          if (other == loop)
            pattern.stride[dim] += stride * scale;
        stride *= extent(index, /*whole=*/buffer.inPlace);
      }
    }
  };
  place(outer, 0);
  place(shape.matrix->k, 3);
  return pattern;
}

double Evaluation::matrixLines() const {
  if (!shape.matrix)
    return 0;
  const GroupShape::Matrix &matrix = *shape.matrix;
  auto [rows, lanes] = rowsAndLanes();
  unsigned streamed = lhsStreams ? matrix.lhsBuffer : matrix.rhsBuffer;
  unsigned stationary = lhsStreams ? matrix.rhsBuffer : matrix.lhsBuffer;
  double share = 1;
  for (unsigned loop = 0; loop < tiles.size(); ++loop)
    share *= fill(loop);
  return points * share *
         (runtime::matrixStreamLines(
              operand(streamed, lhsStreams ? matrix.m : matrix.n), lanes,
              matrix.bits, machine) +
          runtime::matrixStationaryLines(
              operand(stationary, lhsStreams ? matrix.n : matrix.m),
              matrix.bits, machine));
}

/// Scratchpad lines of a tile that is walked once. What is not a part of a
/// larger buffer has no gaps.
double Evaluation::tileLines(const GroupShape::Buffer &buffer) const {
  double run = double(tileBytes(buffer));
  double rows = buffer.inPlace ? rowsOf(buffer, run) : 1;
  return rows * std::max(1.0, run / std::max(1u, machine.sramLineBytes)) *
         fillOf(buffer);
}

/// Lines of products and windows, and of programs where there are no others,
/// are the main engine's.
Evaluation::Lines Evaluation::countLines() const {
  Lines lines;
  bool hasRoot = shape.matrix || shape.window;
  lines.main = matrixLines() * steps(nest.size());
  if (shape.window)
    lines.main += windowWork(shape, tiles, machine).lines * steps(nest.size());
  for (auto [number, buffer] : llvm::enumerate(shape.buffers)) {
    if (!buffer.inSram && !buffer.inPlace)
      continue;
    bool isWalked = (shape.matrix && (number == shape.matrix->lhsBuffer ||
                                      number == shape.matrix->rhsBuffer)) ||
                    (shape.window && (number == shape.window->input ||
                                      number == shape.window->out ||
                                      int(number) == shape.window->weights));
    double times = steps(depthOf(buffer)), once = tileLines(buffer) * times;
    bool isCopied = buffer.loads || buffer.stores;
    // What is not copied goes from one engine to another.
    int walks = (isCopied || buffer.inPlace ? 1 : 2) - isWalked;
    (hasRoot ? lines.others : lines.main) += walks * once;
    if (!isCopied || !buffer.inSram)
      continue;
    double copied = (buffer.loads + buffer.stores) * once;
    if (buffer.fromSram)
      lines.others +=
          copied + movedBytes(buffer) / machine.sramLineBytes * times;
    else
      lines.dram += copied;
  }
  return lines;
}

/// `engines` cycles of work, which take longer where others use the scratchpad
/// at the same time.
double Evaluation::besideOthers(double engines) const {
  Lines lines = countLines();
  double rate = std::max(1e-9, runtime::sramLinesPerCycle(machine));
  double bytes = rate * std::max(1u, machine.sramLineBytes);
  double main = lines.main / rate;
  engines = std::max({engines, main, 1.0});
  // Shares of all lines: what the main engine asks for, and what others get at
  // most.
  double asked = main / engines;
  auto lost = [&](double count, double most) {
    double got = std::min(most, std::max(1 - asked, 0.5));
    double speed = asked > 0 ? std::min(1.0, (1 - got) / asked) : 1;
    return count / rate / std::max(got, 1e-6) * (1 - speed);
  };
  double copies = 2.0 * machine.copyBytesPerCycle / bytes;
  double dram = machine.dramBytesPerCycle / bytes;
  return std::max(engines + lost(lines.others, copies) + lost(lines.dram, dram),
                  main + (lines.others + lines.dram) / rate);
}

} // namespace ashlar
