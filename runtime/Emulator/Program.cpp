//===- Program.cpp - Text of every core and where it came from ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Program.h"

#include <algorithm>

using namespace ashlar::runtime;

int64_t Program::nodeIndexAt(uint32_t core, uint64_t pc) const {
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), std::pair(core, pc),
      [](const std::pair<uint32_t, uint64_t> &key, const DebugRange &range) {
        return key < std::pair(range.core, range.first);
      });
  if (after == ranges.begin())
    return -1;
  const DebugRange &range = *std::prev(after);
  if (range.core != core || pc - range.first >= range.count ||
      range.node >= nodes.size())
    return -1;
  return range.node;
}

const DebugNode *Program::nodeAt(uint32_t core, uint64_t pc) const {
  int64_t index = nodeIndexAt(core, pc);
  return index < 0 ? nullptr : &nodes[size_t(index)];
}
