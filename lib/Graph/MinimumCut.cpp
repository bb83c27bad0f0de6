//===- MinimumCut.cpp - The cheapest cut of a graph in two ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MinimumCut.h"

#include <algorithm>

using namespace ashlar;

void MinimumCut::addEdge(unsigned from, unsigned to, int64_t capacity) {
  edgesOf[from].push_back(edges.size());
  edges.push_back({to, capacity});
  edgesOf[to].push_back(edges.size());
  edges.push_back({from, 0});
}

/// Distances from the source along edges with rest; whether the sink has one.
bool MinimumCut::findLevels() {
  levels.assign(edgesOf.size(), -1);
  levels[source()] = 0;
  std::vector<unsigned> queue = {source()};
  for (size_t head = 0; head < queue.size(); ++head)
    for (unsigned edge : edgesOf[queue[head]])
      if (edges[edge].rest > 0 && levels[edges[edge].to] < 0) {
        levels[edges[edge].to] = levels[queue[head]] + 1;
        queue.push_back(edges[edge].to);
      }
  return levels[sink()] >= 0;
}

/// Sends flow along one path of descending distance to the sink. The path is
/// kept in a vector: graphs are as deep as networks are.
int64_t MinimumCut::push(unsigned start, int64_t most) {
  std::vector<unsigned> path;
  unsigned node = start;
  while (node != sink()) {
    bool advanced = false;
    for (size_t &at = next[node]; at < edgesOf[node].size(); ++at) {
      const Edge &edge = edges[edgesOf[node][at]];
      if (edge.rest <= 0 || levels[edge.to] != levels[node] + 1)
        continue;
      path.push_back(edgesOf[node][at]);
      node = edge.to;
      advanced = true;
      break;
    }
    if (advanced)
      continue;
    if (path.empty())
      return 0;
    // A dead end: back, past the edge that led here.
    node = edges[path.back() ^ 1].to;
    path.pop_back();
    ++next[node];
  }
  for (unsigned edge : path)
    most = std::min(most, edges[edge].rest);
  for (unsigned edge : path) {
    edges[edge].rest -= most;
    edges[edge ^ 1].rest += most;
  }
  return most;
}

std::vector<bool> MinimumCut::solve() {
  while (findLevels()) {
    next.assign(edgesOf.size(), 0);
    while (push(source(), kUnlimited) > 0) {
    }
  }
  // Everything that cannot reach the sink is on the source's side.
  std::vector<bool> sourceSide(edgesOf.size(), true);
  sourceSide[sink()] = false;
  std::vector<unsigned> queue = {sink()};
  for (size_t head = 0; head < queue.size(); ++head)
    for (unsigned edge : edgesOf[queue[head]]) {
      unsigned from = edges[edge].to;
      if (edges[edge ^ 1].rest > 0 && sourceSide[from]) {
        sourceSide[from] = false;
        queue.push_back(from);
      }
    }
  return sourceSide;
}
