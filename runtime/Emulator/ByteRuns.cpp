//===- ByteRuns.cpp - A tensor's bytes as runs ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Footprint.h"

#include <algorithm>

using namespace ashlar::runtime;

namespace {
struct Dim {
  int64_t count, strideBits;
};
} // namespace

static void sortAndMerge(std::vector<ByteRun> &runs) {
  std::sort(runs.begin(), runs.end(), [](const ByteRun &a, const ByteRun &b) {
    return a.begin < b.begin;
  });
  size_t kept = 0;
  for (size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].begin <= runs[kept].end)
      runs[kept].end = std::max(runs[kept].end, runs[i].end);
    else
      runs[++kept] = runs[i];
  }
  runs.resize(kept + 1);
}

void ashlar::runtime::byteRuns(const Descriptor &d,
                               std::vector<ByteRun> &runs) {
  runs.clear();
  int64_t bits = elementBits(d.type), start = 0;
  Dim dims[kDims];
  unsigned count = 0;
  for (unsigned i = 0; i < kDims; ++i) {
    if (d.size[i] <= 1 || d.stride[i] == 0)
      continue;
    int64_t stride = d.stride[i] * bits;
    if (stride < 0) {
      start += stride * (d.size[i] - 1);
      stride = -stride;
    }
    dims[count++] = {d.size[i], stride};
  }
  std::sort(dims, dims + count, [](const Dim &a, const Dim &b) {
    return a.strideBits < b.strideBits;
  });
  // Dimensions whose steps are no longer than the run so far make it longer:
  // dense tensors and overlapping windows alike.
  int64_t runBits = bits;
  unsigned first = 0;
  while (first < count && dims[first].strideBits <= runBits) {
    runBits += (dims[first].count - 1) * dims[first].strideBits;
    ++first;
  }
  int64_t at[kDims] = {};
  while (true) {
    int64_t offset = start;
    for (unsigned i = first; i < count; ++i)
      offset += at[i] * dims[i].strideBits;
    runs.push_back({offset >> 3, (offset + runBits + 7) >> 3});
    // The smallest stride innermost keeps the list nearly sorted.
    unsigned i = first;
    for (; i < count && ++at[i] == dims[i].count; ++i)
      at[i] = 0;
    if (i == count)
      break;
  }
  sortAndMerge(runs);
}
