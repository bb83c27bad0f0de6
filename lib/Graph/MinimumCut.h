//===- MinimumCut.h - The cheapest cut of a graph in two ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_MINIMUMCUT_H
#define ASHLAR_LIB_GRAPH_MINIMUMCUT_H

#include <cstdint>
#include <vector>

namespace ashlar {

/// Splits nodes into those on the source's side and those on the sink's, so
/// that the capacities of edges from the former to the latter sum to the least
/// (Dinic's algorithm: shortest augmenting paths, level by level).
class MinimumCut {
public:
  static constexpr int64_t kUnlimited = INT64_MAX / 4;

  MinimumCut() : edgesOf(2) {}
  unsigned source() const { return 0; }
  unsigned sink() const { return 1; }
  unsigned addNode() {
    edgesOf.emplace_back();
    return edgesOf.size() - 1;
  }
  void addEdge(unsigned from, unsigned to, int64_t capacity);

  /// For each node whether it is on the source's side. Of several cheapest cuts
  /// it is the one with most nodes there.
  std::vector<bool> solve();

private:
  struct Edge {
    unsigned to;
    int64_t rest;
  };
  bool findLevels();
  int64_t push(unsigned node, int64_t most);

  std::vector<Edge> edges; ///< edge i and its reverse, i ^ 1
  std::vector<std::vector<unsigned>> edgesOf;
  std::vector<int> levels;
  std::vector<size_t> next;
};

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_MINIMUMCUT_H
