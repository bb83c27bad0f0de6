//===- TensorWalk.h - Walking several tensors over one domain -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A domain's dimensions in row-major order, with one stride per tensor and
// dimension. Dimensions of size 1 are dropped and neighbours that are
// contiguous for every tensor are merged, so that inner runs are as long as
// they can be. Offsets and strides count elements.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_TENSORWALK_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_TENSORWALK_H

#include "Emulator/Descriptor.h"

#include <cstddef>
#include <cstdint>

namespace ashlar::runtime {

/// Most tensors that one instruction walks together.
inline constexpr unsigned kMaxWalked = 24;

class TensorWalk {
public:
  explicit TensorWalk(unsigned tensorCount = 1) : tensors(tensorCount) {}

  /// Appends a dimension (innermost so far); `strideOf(t)` is tensor t's
  /// stride.
  template <typename F> void addDim(int64_t dimSize, F strideOf) {
    if (__builtin_mul_overflow(count, dimSize, &count))
      count = INT64_MAX;
    if (dimSize == 1)
      return;
    bool merges = dims > 0;
    for (unsigned t = 0; t < tensors && merges; ++t)
      merges = stride[dims - 1][t] == strideOf(t) * dimSize;
    if (!merges)
      ++dims;
    size[dims - 1] = merges ? size[dims - 1] * dimSize : dimSize;
    for (unsigned t = 0; t < tensors; ++t)
      stride[dims - 1][t] = strideOf(t);
  }

  int64_t points() const { return count; }
  unsigned dimCount() const { return dims; }
  int64_t dimSize(unsigned d) const { return size[d]; }
  int64_t dimStride(unsigned d, unsigned t) const { return stride[d][t]; }

  /// Offset of a point, counted row-major, in tensor t.
  int64_t offsetOf(int64_t point, unsigned t) const {
    int64_t offset = 0;
    for (unsigned d = dims; d-- > 0;) {
      offset += point % size[d] * stride[d][t];
      point /= size[d];
    }
    return offset;
  }

  /// Calls f(lane, offset, stride, n) for the runs of points [first, first + n)
  /// in tensor t; `lane` counts from 0, `base` is added to every offset.
  template <typename F>
  void forRuns(unsigned t, int64_t base, int64_t first, size_t n, F f) const {
    if (dims == 0) {
      f(size_t(0), base, int64_t(0), n);
      return;
    }
    int64_t at[kDims];
    for (unsigned d = dims; d-- > 0;) {
      at[d] = first % size[d];
      first /= size[d];
      base += at[d] * stride[d][t];
    }
    unsigned inner = dims - 1;
    size_t lane = 0;
    while (true) {
      size_t run = size_t(size[inner] - at[inner]);
      run = run < n - lane ? run : n - lane;
      f(lane, base, stride[inner][t], run);
      lane += run;
      if (lane == n)
        return;
      base -= at[inner] * stride[inner][t];
      at[inner] = 0;
      for (unsigned d = inner; d-- > 0;) {
        base += stride[d][t];
        if (++at[d] < size[d])
          break;
        base -= at[d] * stride[d][t];
        at[d] = 0;
      }
    }
  }

  /// Calls f(offset0, offset1, stride0, stride1, n) for the runs of all points
  /// in tensors 0 and 1, row-major.
  template <typename F> void forPairs(int64_t base0, int64_t base1, F f) const {
    if (count == 0)
      return;
    if (dims == 0)
      return f(base0, base1, int64_t(0), int64_t(0), int64_t(1));
    int64_t at[kDims] = {};
    unsigned inner = dims - 1;
    while (true) {
      f(base0, base1, stride[inner][0], stride[inner][1], size[inner]);
      unsigned d = inner;
      while (d-- > 0) {
        base0 += stride[d][0], base1 += stride[d][1];
        if (++at[d] < size[d])
          break;
        base0 -= at[d] * stride[d][0], base1 -= at[d] * stride[d][1];
        at[d] = 0;
      }
      if (d == unsigned(-1))
        return;
    }
  }

private:
  unsigned tensors;
  unsigned dims = 0;
  int64_t count = 1;
  int64_t size[kDims];
  int64_t stride[kDims][kMaxWalked];
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_TENSORWALK_H
