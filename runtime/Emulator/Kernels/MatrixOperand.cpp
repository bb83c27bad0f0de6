//===- MatrixOperand.cpp - Operands of mm as rows and columns -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/MatrixOperand.h"

#include "Emulator/Kernels/MatrixKernels.h"

#include <algorithm>
#include <cstring>

namespace ashlar::runtime {

void MatrixOperand::prepare() {
  const HostTensor *tensors[3] = {&tensor, hasScale ? &scale : &tensor,
                                  hasZero ? &zero : &tensor};
  rows = TensorWalk(3), ks = TensorWalk(3);
  for (unsigned d = 0; d < kDims; ++d)
    (d < 3 ? rows : ks).addDim(tensor.size[d], [&](unsigned t) {
      return tensors[t]->stride[d];
    });
  load = lane::load(tensor.type);
  auto innerStride = [](const TensorWalk &walk) {
    return walk.dimCount() ? walk.dimStride(walk.dimCount() - 1, 0) : 1;
  };
  contiguousK =
      ks.dimCount() == 0 || (ks.dimCount() == 1 && innerStride(ks) == 1);
  // What an element costs: its share of a run, and more if they lie apart.
  auto cost = [&](const TensorWalk &walk) {
    int64_t run = walk.dimCount() ? walk.dimSize(walk.dimCount() - 1) : 1;
    return 12.0 / double(std::min<int64_t>(run, 64)) +
           (innerStride(walk) == 1 ? 0.25 : 1.5);
  };
  columnwise = !hasScale && !contiguousK && cost(rows) < cost(ks);
}

/// Byte offsets of points [first, first + count) of a walk.
static void offsetsOf(const TensorWalk &walk, int64_t first, size_t count,
                      int64_t bytes, int64_t *offsets) {
  walk.forRuns(0, 0, first, count,
               [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                 for (size_t i = 0; i < run; ++i, offset += stride)
                   offsets[at + i] = offset * bytes;
               });
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

/// (q - zero) * scale in f32, rounded to the other operand's type.
void MatrixOperand::dequantiseRow(int64_t row, int64_t k, size_t kCount,
                                  float *dst) const {
  alignas(64) int32_t q[lane::kBlock], z[lane::kBlock];
  alignas(64) float value[lane::kBlock], factor[lane::kBlock];
  lane::Fn subtract = lane::arithmetic(isa::Opcode::VSub, isa::LaneType::i32);
  auto get = [&](unsigned t, const HostTensor &host, int64_t at, size_t n,
                 void *lanes) {
    lane::LoadFn loadLanes = lane::load(host.type);
    ks.forRuns(t, rows.offsetOf(row, t), at, n,
               [&](size_t i, int64_t offset, int64_t stride, size_t run) {
                 loadLanes(static_cast<uint32_t *>(lanes) + i, host.data,
                           offset, stride, run);
               });
  };
  lane::Fn toFloat =
      lane::convert(isa::LaneType::f32, isa::LaneType::i32, true);
  lane::Fn multiply = lane::arithmetic(isa::Opcode::VMul, isa::LaneType::f32);
  for (size_t done = 0; done < kCount; done += lane::kBlock) {
    size_t n = std::min(lane::kBlock, kCount - done);
    get(0, tensor, k + int64_t(done), n, q);
    if (hasZero) {
      get(2, zero, k + int64_t(done), n, z);
      subtract(q, q, z, nullptr, n);
    }
    toFloat(value, q, nullptr, nullptr, n);
    get(1, scale, k + int64_t(done), n, factor);
    multiply(dst + done, value, factor, nullptr, n);
    if (roundTo != isa::ElementType::f32)
      lane::narrow(roundTo)(dst + done, dst + done, nullptr, nullptr, n);
  }
}

/// dst[i * pitch + j] = the element at point first + i of `outer` and at + j of
/// `inner`; count <= kMostRows.
void MatrixOperand::gatherFloats(const TensorWalk &outer, int64_t first,
                                 size_t count, const TensorWalk &inner,
                                 int64_t at, size_t n, float *dst,
                                 size_t pitch) const {
  const MatrixKernels &kernels = matrixKernels();
  GatherRowsFn gather =
      tensor.type == isa::ElementType::f32    ? kernels.gather32
      : tensor.type == isa::ElementType::bf16 ? kernels.gatherBfloat
      : tensor.type == isa::ElementType::f16  ? kernels.gatherHalf
                                              : nullptr;
  int64_t bytes = elementBits(tensor.type) / 8;
  int64_t offsets[kMostRows];
  offsetsOf(outer, first, count, bytes, offsets);
  inner.forRuns(
      0, 0, at, n, [&](size_t j, int64_t offset, int64_t stride, size_t run) {
        if (gather)
          return gather(tensor.data + offset * bytes, offsets, count, run,
                        stride, reinterpret_cast<uint8_t *>(dst + j),
                        pitch * sizeof(float));
        for (size_t i = 0; i < count; ++i)
          load(dst + i * pitch + j, tensor.data, offset + offsets[i] / bytes,
               stride, run);
      });
}

void MatrixOperand::floatRows(int64_t first, size_t count, int64_t k,
                              size_t kCount, float *buffer,
                              const float **rowsOut) const {
  bool direct = contiguousK && !hasScale &&
                tensor.type == isa::ElementType::f32 &&
                reinterpret_cast<uintptr_t>(tensor.data) % sizeof(float) == 0;
  if (direct) {
    int64_t offsets[kMostRows];
    offsetsOf(rows, first, count, 1, offsets);
    for (size_t i = 0; i < count; ++i)
      rowsOut[i] =
          reinterpret_cast<const float *>(tensor.data) + offsets[i] + k;
    return;
  }
  for (size_t i = 0; i < count; ++i)
    rowsOut[i] = buffer + i * kCount;
  if (hasScale) {
    for (size_t i = 0; i < count; ++i)
      dequantiseRow(first + int64_t(i), k, kCount, buffer + i * kCount);
    return;
  }
  if (!columnwise)
    return gatherFloats(rows, first, count, ks, k, kCount, buffer, kCount);
  // Some columns at a time, transposed.
  constexpr size_t kColumns = 16;
  float columns[kColumns * kMostRows];
  const uint8_t *pointers[kColumns];
  for (size_t c = 0; c < kColumns; ++c)
    pointers[c] = reinterpret_cast<const uint8_t *>(columns + c * count);
  for (size_t at = 0; at < kCount; at += kColumns) {
    size_t n = std::min(kColumns, kCount - at);
    gatherFloats(ks, k + int64_t(at), n, rows, first, count, columns, count);
    matrixKernels().transpose(pointers, n, count, n,
                              reinterpret_cast<uint32_t *>(buffer + at),
                              kCount);
  }
}

void MatrixOperand::floatColumns(int64_t first, size_t count, size_t width,
                                 int64_t k, size_t kCount, float *buffer,
                                 float *dst) const {
  if (!columnwise) {
    const float *row[kMostRows];
    floatRows(first, count, k, kCount, buffer, row);
    matrixKernels().transpose(reinterpret_cast<const uint8_t *const *>(row),
                              count, kCount, width,
                              reinterpret_cast<uint32_t *>(dst), width);
    return;
  }
  for (size_t at = 0; at < kCount; at += kMostRows)
    gatherFloats(ks, k + int64_t(at), std::min(kMostRows, kCount - at), rows,
                 first, count, dst + at * width, width);
  if (count < width)
    for (size_t c = 0; c < kCount; ++c)
      std::fill(dst + c * width + count, dst + (c + 1) * width, 0.0f);
}

//===----------------------------------------------------------------------===//
// 8-bit integers
//===----------------------------------------------------------------------===//

void MatrixOperand::gatherBytes(const TensorWalk &outer, int64_t first,
                                size_t count, const TensorWalk &inner,
                                int64_t at, size_t n, bool flip, uint8_t *dst,
                                size_t pitch) const {
  const MatrixKernels &kernels = matrixKernels();
  GatherRowsFn gather = flip ? kernels.gatherFlipped : kernels.gatherBytes;
  int64_t offsets[kMostRows];
  offsetsOf(outer, first, count, 1, offsets);
  inner.forRuns(0, 0, at, n,
                [&](size_t j, int64_t offset, int64_t stride, size_t run) {
                  gather(tensor.data + offset, offsets, count, run, stride,
                         dst + j, pitch);
                });
}

/// Word i of group g, at dst[g * pitch + i]: four k of row first + i.
void MatrixOperand::groupColumns(int64_t first, size_t count, int64_t k,
                                 size_t kCount, bool flip, uint32_t *dst,
                                 size_t pitch) const {
  uint8_t bytes[4 * kMostRows];
  const uint8_t *four[4];
  for (size_t e = 0; e < 4; ++e)
    four[e] = bytes + e * count;
  for (size_t at = 0; at < kCount; at += 4) {
    size_t n = std::min<size_t>(4, kCount - at);
    gatherBytes(ks, k + int64_t(at), n, rows, first, count, flip, bytes, count);
    std::fill(bytes + n * count, bytes + 4 * count, uint8_t(0));
    matrixKernels().interleave(four, count, dst + at / 4 * pitch);
  }
}

/// Bytes widen to i16 in place, from the end.
static void widenRow(uint8_t *row, size_t kCount, size_t pitch, bool isSigned) {
  for (size_t j = kCount; j-- > 0;) {
    int16_t value = isSigned ? int16_t(int8_t(row[j])) : int16_t(row[j]);
    std::memcpy(row + 2 * j, &value, 2);
  }
  std::fill(row + 2 * kCount, row + pitch, uint8_t(0));
}

void MatrixOperand::intRows(int64_t first, size_t count, int64_t k,
                            size_t kCount, size_t group, bool flip,
                            uint8_t *buffer, const uint8_t **rowsOut) const {
  size_t groups = (kCount + group - 1) / group, pitch = groups * 4;
  if (group == 4 && contiguousK && !flip && kCount % 4 == 0) {
    int64_t offsets[kMostRows];
    offsetsOf(rows, first, count, 1, offsets);
    for (size_t i = 0; i < count; ++i)
      rowsOut[i] = tensor.data + offsets[i] + k;
    return;
  }
  for (size_t i = 0; i < count; ++i)
    rowsOut[i] = buffer + i * pitch;
  if (group == 4 && columnwise) {
    constexpr size_t kGroups = 16;
    uint32_t words[kGroups * kMostRows];
    const uint8_t *pointers[kGroups];
    for (size_t g = 0; g < kGroups; ++g)
      pointers[g] = reinterpret_cast<const uint8_t *>(words + g * count);
    for (size_t at = 0; at < groups; at += kGroups) {
      size_t n = std::min(kGroups, groups - at);
      groupColumns(first, count, k + int64_t(at * 4),
                   std::min(n * 4, kCount - at * 4), flip, words, count);
      matrixKernels().transpose(pointers, n, count, n,
                                reinterpret_cast<uint32_t *>(buffer) + at,
                                groups);
    }
    return;
  }
  gatherBytes(rows, first, count, ks, k, kCount, flip && group == 4, buffer,
              pitch);
  for (size_t i = 0; i < count; ++i)
    if (group == 4)
      std::fill(buffer + i * pitch + kCount, buffer + (i + 1) * pitch,
                uint8_t(0));
    else
      widenRow(buffer + i * pitch, kCount, pitch, isSignedInt());
}

void MatrixOperand::intColumns(int64_t first, size_t count, size_t width,
                               int64_t k, size_t kCount, size_t group,
                               uint8_t *buffer, uint8_t *dst) const {
  uint32_t *words = reinterpret_cast<uint32_t *>(dst);
  size_t groups = (kCount + group - 1) / group;
  if (group == 4 && columnwise) {
    groupColumns(first, count, k, kCount, false, words, width);
    if (count < width)
      for (size_t g = 0; g < groups; ++g)
        std::fill(words + g * width + count, words + (g + 1) * width, 0u);
    return;
  }
  const uint8_t *row[kMostRows];
  intRows(first, count, k, kCount, group, false, buffer, row);
  matrixKernels().transpose(row, count, groups, width, words, width);
}

} // namespace ashlar::runtime
