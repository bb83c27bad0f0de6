//===- MatrixOperand.cpp - Operands of mm as rows and columns -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/MatrixOperand.h"

#include <algorithm>
#include <cstring>
#include <memory>

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
  contiguousRows = !hasScale && innerStride(rows) == 1 && rows.dimCount() > 0 &&
                   innerStride(ks) != 1;
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

void MatrixOperand::loadRow(int64_t row, int64_t k, size_t kCount,
                            float *dst) const {
  if (hasScale)
    return dequantiseRow(row, k, kCount, dst);
  ks.forRuns(0, rows.offsetOf(row, 0), k, kCount,
             [&](size_t at, int64_t offset, int64_t stride, size_t run) {
               load(dst + at, tensor.data, offset, stride, run);
             });
}

void MatrixOperand::floatRows(int64_t first, size_t count, int64_t k,
                              size_t kCount, float *buffer,
                              const float **rowsOut) const {
  bool direct = contiguousK && !hasScale &&
                tensor.type == isa::ElementType::f32 &&
                reinterpret_cast<uintptr_t>(tensor.data) % sizeof(float) == 0;
  if (direct) {
    for (size_t i = 0; i < count; ++i)
      rowsOut[i] = reinterpret_cast<const float *>(tensor.data) +
                   rows.offsetOf(first + int64_t(i), 0) + k;
    return;
  }
  for (size_t i = 0; i < count; ++i)
    rowsOut[i] = buffer + i * kCount;
  if (!contiguousRows) {
    for (size_t i = 0; i < count; ++i)
      loadRow(first + int64_t(i), k, kCount, buffer + i * kCount);
    return;
  }
  // Column by column, a few columns at a time so that the rows' lines stay
  // close.
  constexpr size_t kColumns = 16;
  thread_local std::unique_ptr<float[]> columns;
  thread_local size_t columnsSize = 0;
  if (columnsSize < kColumns * count) {
    columnsSize = kColumns * count;
    columns = std::make_unique<float[]>(columnsSize);
  }
  for (size_t at = 0; at < kCount; at += kColumns) {
    size_t n = std::min(kColumns, kCount - at);
    floatColumns(first, count, count, k + int64_t(at), n, nullptr,
                 columns.get());
    for (size_t i = 0; i < count; ++i)
      for (size_t c = 0; c < n; ++c)
        buffer[i * kCount + at + c] = columns[c * count + i];
  }
}

void MatrixOperand::floatColumns(int64_t first, size_t count, size_t width,
                                 int64_t k, size_t kCount, float *buffer,
                                 float *dst) const {
  if (contiguousRows) {
    for (size_t c = 0; c < kCount; ++c) {
      rows.forRuns(0, ks.offsetOf(k + int64_t(c), 0), first, count,
                   [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                     load(dst + c * width + at, tensor.data, offset, stride,
                          run);
                   });
      std::fill(dst + c * width + count, dst + (c + 1) * width, 0.0f);
    }
    return;
  }
  const float *row[256];
  floatRows(first, count, k, kCount, buffer, row);
  constexpr size_t kChunk = 16;
  for (size_t at = 0; at < kCount; at += kChunk) {
    size_t end = std::min(at + kChunk, kCount);
    for (size_t i = 0; i < count; ++i)
      for (size_t c = at; c < end; ++c)
        dst[c * width + i] = row[i][c];
    for (size_t i = count; i < width; ++i)
      for (size_t c = at; c < end; ++c)
        dst[c * width + i] = 0;
  }
}

//===----------------------------------------------------------------------===//
// 8-bit integers
//===----------------------------------------------------------------------===//

void MatrixOperand::loadBytes(int64_t row, int64_t k, size_t kCount,
                              uint8_t *dst) const {
  ks.forRuns(0, rows.offsetOf(row, 0), k, kCount,
             [&](size_t at, int64_t offset, int64_t stride, size_t run) {
               const uint8_t *p = tensor.data + offset;
               if (stride == 1)
                 std::memcpy(dst + at, p, run);
               else
                 for (size_t i = 0; i < run; ++i)
                   dst[at + i] = p[int64_t(i) * stride];
             });
}

void MatrixOperand::byteRows(int64_t first, size_t count, int64_t k,
                             size_t kCount, uint8_t *dst, size_t pitch) const {
  if (!contiguousRows) {
    for (size_t i = 0; i < count; ++i)
      loadBytes(first + int64_t(i), k, kCount, dst + i * pitch);
    return;
  }
  constexpr size_t kColumns = 16;
  uint8_t columns[kColumns][256];
  for (size_t at = 0; at < kCount; at += kColumns) {
    size_t n = std::min(kColumns, kCount - at);
    for (size_t c = 0; c < n; ++c)
      rows.forRuns(0, ks.offsetOf(k + int64_t(at + c), 0), first, count,
                   [&](size_t i, int64_t offset, int64_t stride, size_t run) {
                     for (size_t r = 0; r < run; ++r)
                       columns[c][i + r] =
                           tensor.data[offset + int64_t(r) * stride];
                   });
    for (size_t i = 0; i < count; ++i)
      for (size_t c = 0; c < n; ++c)
        dst[i * pitch + at + c] = columns[c][i];
  }
}

void MatrixOperand::intRows(int64_t first, size_t count, int64_t k,
                            size_t kCount, size_t group, uint8_t *buffer,
                            const uint8_t **rowsOut) const {
  bool isSigned = isSignedInt();
  size_t groups = (kCount + group - 1) / group, pitch = groups * 4;
  if (group == 4 && contiguousK && isSigned && kCount % 4 == 0) {
    for (size_t i = 0; i < count; ++i)
      rowsOut[i] = tensor.data + rows.offsetOf(first + int64_t(i), 0) + k;
    return;
  }
  for (size_t i = 0; i < count; ++i)
    rowsOut[i] = buffer + i * pitch;
  // Bytes first; where i16 are wanted they widen in place from the end.
  byteRows(first, count, k, kCount, buffer, pitch);
  for (size_t i = 0; i < count; ++i) {
    uint8_t *row = buffer + i * pitch;
    if (group == 4) {
      if (!isSigned)
        for (size_t j = 0; j < kCount; ++j)
          row[j] ^= 0x80;
      std::fill(row + kCount, row + pitch, uint8_t(0));
      continue;
    }
    for (size_t j = kCount; j-- > 0;) {
      int16_t value = isSigned ? int16_t(int8_t(row[j])) : int16_t(row[j]);
      std::memcpy(row + 2 * j, &value, 2);
    }
    std::fill(row + 2 * kCount, row + pitch, uint8_t(0));
  }
}

void packIntColumns(const uint8_t *const *rows, size_t count, size_t width,
                    size_t group, size_t groups, uint8_t *dst) {
  uint32_t flip = group == 4 ? 0x80808080u : 0u;
  constexpr size_t kChunk = 16;
  for (size_t at = 0; at < groups; at += kChunk) {
    size_t end = std::min(at + kChunk, groups);
    for (size_t i = 0; i < width; ++i)
      for (size_t g = at; g < end; ++g) {
        uint32_t word = 0;
        if (i < count)
          std::memcpy(&word, rows[i] + g * 4, 4);
        word ^= i < count ? flip : 0u;
        std::memcpy(dst + (g * width + i) * 4, &word, 4);
      }
  }
}

} // namespace ashlar::runtime
