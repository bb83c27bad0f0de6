//===- Program.h - Text of every core and where it came from --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_PROGRAM_H
#define ASHLAR_RUNTIME_EMULATOR_PROGRAM_H

#include <cstdint>
#include <string>
#include <vector>

namespace ashlar::runtime {

/// Source of a range of words of one core's text.
struct DebugRange {
  uint32_t core = 0;
  uint64_t first = 0; // words
  uint64_t count = 0;
  uint32_t node = 0; // index into Program::nodes
};

/// A node of the source graph.
struct DebugNode {
  std::string name;  // "/layer1/conv1/Conv"
  std::string op;    // "Conv"
  uint64_t macs = 0; // of the source graph, without padding and recomputation
};

/// What an emulator executes. Nothing in it is trusted: malformed words trap
/// when they are reached, and ranges that make no sense are ignored.
struct Program {
  /// One text per core of the machine; an empty one is a core that does
  /// nothing.
  std::vector<std::vector<uint64_t>> text;
  /// Sorted by core and first word, disjoint.
  std::vector<DebugRange> ranges;
  std::vector<DebugNode> nodes;

  /// The node that a word belongs to, or null.
  const DebugNode *nodeAt(uint32_t core, uint64_t pc) const;
  /// Index of that node, or -1.
  int64_t nodeIndexAt(uint32_t core, uint64_t pc) const;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_PROGRAM_H
