//===- TileCandidates.cpp - Tile sizes and loop orders worth trying -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCandidates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

namespace ashlar {

/// What the matrix unit takes of this loop at a time; 1 if it is none of its
/// dimensions.
static int64_t cubeSize(const GroupShape &shape, unsigned loop,
                        const runtime::Machine &machine) {
  if (!shape.matrix)
    return 1;
  if (llvm::is_contained(shape.matrix->k, loop))
    return machine.mxuK;
  return llvm::is_contained(shape.matrix->m, loop) ||
                 llvm::is_contained(shape.matrix->n, loop)
             ? machine.mxuN
             : 1;
}

TileSizes candidateTiles(const GroupShape &shape, unsigned loop,
                         const runtime::Machine &machine) {
  const GroupShape::Loop &range = shape.loops[loop];
  TileSizes sizes = {range.minTile, range.maxTile};
  auto add = [&](int64_t size) {
    if (size >= range.minTile && size <= range.maxTile)
      sizes.push_back(size);
  };
  auto finish = [&] {
    llvm::sort(sizes);
    sizes.erase(llvm::unique(sizes), sizes.end());
    while (sizes.size() > kMaxTileSizes)
      for (size_t index = 1; index + 1 < sizes.size(); ++index)
        sizes.erase(sizes.begin() + index);
    return sizes;
  };
  if (range.parts > 1) {
    // Only what divides a core's part will do.
    int64_t part = range.size / range.parts;
    for (int64_t size = 1; size * size <= part; ++size)
      if (part % size == 0) {
        add(size);
        add(part / size);
      }
    return finish();
  }
  for (int64_t power = 1; power < range.maxTile; power *= 2) {
    add(power);
    if (power >= 2)
      add(power + power / 2);
  }
  int64_t cube = cubeSize(shape, loop, machine);
  for (int64_t share = 2; share <= 10; ++share) {
    int64_t size = llvm::divideCeil(range.size, share);
    add(size);
    add(llvm::alignTo(size, cube));
  }
  for (int64_t count = 1; count <= 4; ++count)
    add(count * cube);
  return finish();
}

llvm::SmallVector<llvm::SmallVector<int64_t, 6>>
candidateOrders(const GroupShape &shape) {
  llvm::SmallVector<int64_t, 6> parallel;
  for (auto [loop, range] : llvm::enumerate(shape.loops))
    if (!range.reduction)
      parallel.push_back(loop);
  llvm::SmallVector<llvm::SmallVector<int64_t, 6>> orders = {parallel};
  for (const GroupShape::Buffer &buffer : shape.buffers) {
    if (!buffer.loads || buffer.written)
      continue;
    auto uses = [&](int64_t loop) {
      return llvm::any_of(buffer.indices, [&](const GroupShape::Index &index) {
        return llvm::any_of(index.terms, [&](auto term) {
          return int64_t(term.first) == loop;
        });
      });
    };
    llvm::SmallVector<int64_t, 6> order = parallel;
    std::stable_partition(order.begin(), order.end(), uses);
    if (!llvm::is_contained(orders, order))
      orders.push_back(order);
  }
  return orders;
}

} // namespace ashlar
