//===- HostOverlap.cpp - Whether parts of an instruction are independent --===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/HostOverlap.h"

#include <algorithm>
#include <cstdlib>

namespace ashlar::runtime {

bool hasDistinctElements(const HostTensor &tensor) {
  if (elementBits(tensor.type) < 8)
    return false; // two in a byte
  struct Dim {
    int64_t stride, size;
  };
  Dim dims[kDims];
  unsigned count = 0;
  for (unsigned d = 0; d < kDims; ++d)
    if (tensor.size[d] > 1)
      dims[count++] = {std::abs(tensor.stride[d]), tensor.size[d]};
  std::sort(dims, dims + count,
            [](const Dim &a, const Dim &b) { return a.stride < b.stride; });
  // A dimension steps over everything that the smaller ones reach.
  int64_t reach = 0;
  for (unsigned d = 0; d < count; ++d) {
    if (dims[d].stride <= reach)
      return false;
    reach += (dims[d].size - 1) * dims[d].stride;
  }
  return true;
}

/// The addresses [lo, hi) that a resolved tensor touches.
static void extentOf(const HostTensor &tensor, uintptr_t &lo, uintptr_t &hi) {
  int64_t first = 0, last = 0, bits = elementBits(tensor.type);
  for (unsigned d = 0; d < kDims; ++d) {
    int64_t reach = (tensor.size[d] - 1) * tensor.stride[d];
    (reach < 0 ? first : last) += reach;
  }
  uintptr_t base = reinterpret_cast<uintptr_t>(tensor.data);
  lo = base + uintptr_t(first * bits >> 3);
  hi = base + uintptr_t(((last + 1) * bits + 7) >> 3);
}

bool areApart(const HostTensor &a, const HostTensor &b) {
  uintptr_t loA, hiA, loB, hiB;
  extentOf(a, loA, hiA), extentOf(b, loB, hiB);
  return hiA <= loB || hiB <= loA;
}

bool areSameElements(const HostTensor &a, const HostTensor &b) {
  if (a.data != b.data || elementBits(a.type) != elementBits(b.type))
    return false;
  for (unsigned d = 0; d < kDims; ++d)
    if (a.size[d] != b.size[d] || (a.size[d] > 1 && a.stride[d] != b.stride[d]))
      return false;
  return true;
}

} // namespace ashlar::runtime
