//===- MatrixProduct.cpp - One matrix product on the host -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/MatrixProduct.h"

#include "Emulator/Kernels/HostScratch.h"
#include "Emulator/Kernels/Numbers.h"

#include <algorithm>
#include <cstring>

namespace ashlar::runtime {

// Blocking: a packed block stays in the host's second-level cache.
static constexpr int64_t kBlockColumns = 256;
static constexpr size_t kFloatDepth = 512, kIntDepth = 2048;
static constexpr size_t kStreamRows = 96;
// Rows that kernels like to get together, a multiple of what each takes.
static constexpr size_t kRowStep = 24;
// Below this many multiply-accumulates a second thread costs more than it
// brings.
static constexpr double kWorthSharing = 1 << 19;

size_t MatrixProduct::paddedWidth(int64_t j, int64_t jEnd) const {
  size_t n = size_t(std::min<int64_t>(int64_t(panelWidth()), jEnd - j));
  return (n + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
}

size_t MatrixProduct::columnBytes(size_t k) const {
  return acc.isFloat ? k * 4 : (k + kernels.group - 1) / kernels.group * 4;
}

uint8_t *MatrixProduct::panelAt(const Block &block, int64_t j) const {
  return packed + size_t(j - block.j0) * columnBytes(block.k);
}

void MatrixProduct::zeroAll() {
  for (int64_t i = 0; i < acc.rows; ++i)
    acc.forPieces(i, 0, acc.columns, [](uint8_t *p, int64_t, int64_t n) {
      std::memset(p, 0, size_t(n) * 4);
    });
}

void MatrixProduct::run(HostThreads *threads) {
  if (acc.rows == 0 || acc.columns == 0)
    return;
  int64_t depth = operands[0].depth();
  if (depth == 0) {
    if (!add)
      zeroAll();
    return;
  }
  swapped = operands[0].rowCount() * 2 < operands[1].rowCount();
  stream = &operands[swapped ? 1 : 0], pack = &operands[swapped ? 0 : 1];
  direct = !swapped && acc.lanes % int64_t(kernels.lanes) == 0;
  // Kernels multiply u8 by i8. Of two signed operands, the streaming one gets
  // 128 added: sum ab = sum (a + 128)b - 128 sum b; of two unsigned ones 128
  // subtracted, and the correction changes its sign. All modulo 2^32.
  if (!acc.isFloat && kernels.group == 4 &&
      stream->isSignedInt() == pack->isSignedInt()) {
    flip = true;
    fixFactor = pack->isSignedInt() ? -128 : 128;
  }
  if (double(acc.rows) * double(acc.columns) * double(depth) < kWorthSharing)
    threads = nullptr;
  thread_local HostScratch<uint8_t> packedStorage;
  thread_local HostScratch<int32_t> fixStorage;
  size_t deepest = acc.isFloat ? kFloatDepth : kIntDepth;
  size_t columns = size_t(kBlockColumns) + panelWidth();
  packed = packedStorage.get(columns *
                             columnBytes(std::min(deepest, size_t(depth))));
  fixes = fixStorage.get(columns);
  for (int64_t j0 = 0; j0 < pack->rowCount(); j0 += kBlockColumns)
    for (int64_t k0 = 0; k0 < depth; k0 += int64_t(deepest)) {
      size_t k = size_t(std::min<int64_t>(int64_t(deepest), depth - k0));
      runBlock({j0, std::min(j0 + kBlockColumns, pack->rowCount()), k0, k,
                k0 == 0, k0 + int64_t(k) == depth},
               threads);
    }
}

void MatrixProduct::runBlock(const Block &block, HostThreads *threads) {
  auto share = [&](size_t parts, auto &&part) {
    if (threads)
      return threads->run(parts, part);
    for (size_t i = 0; i < parts; ++i)
      part(i);
  };
  int64_t panel = int64_t(panelWidth());
  size_t panels = size_t((block.jEnd - block.j0 + panel - 1) / panel);
  share(panels,
        [&](size_t i) { packPanel(block, block.j0 + int64_t(i) * panel); });
  // Enough parts for every thread, of whole steps of rows; panels are split
  // too where rows do not suffice.
  size_t rows = size_t(stream->rowCount());
  size_t wanted = threads ? 4 * size_t(threads->count()) : 1;
  size_t height = (rows / wanted + kRowStep - 1) / kRowStep * kRowStep;
  height = std::clamp(height, kRowStep, kStreamRows);
  size_t rowParts = (rows + height - 1) / height;
  size_t columnParts = std::min(
      panels, threads && rowParts < threads->count() ? panels : size_t(1));
  size_t together = (panels + columnParts - 1) / columnParts;
  share(rowParts * columnParts, [&](size_t i) {
    int64_t i0 = int64_t(i / columnParts * height);
    int64_t j = block.j0 + int64_t(i % columnParts) * int64_t(together) * panel;
    runPart(block, {i0, std::min(height, rows - size_t(i0)), j,
                    std::min(block.jEnd, j + int64_t(together) * panel)});
  });
}

void MatrixProduct::packPanel(const Block &block, int64_t j) {
  thread_local HostScratch<uint8_t> storage;
  size_t n = size_t(std::min<int64_t>(int64_t(panelWidth()), block.jEnd - j));
  size_t width = paddedWidth(j, block.jEnd);
  uint8_t *buffer = storage.get(n * columnBytes(block.k));
  uint8_t *panel = panelAt(block, j);
  if (acc.isFloat)
    return pack->floatColumns(j, n, width, block.k0, block.k,
                              reinterpret_cast<float *>(buffer),
                              reinterpret_cast<float *>(panel));
  pack->intColumns(j, n, width, block.k0, block.k, kernels.group, buffer,
                   panel);
  int32_t *fix = fixes + (j - block.j0);
  std::fill_n(fix, width, 0);
  if (fixFactor == 0)
    return;
  kernels.columnSums(panel, width, columnBytes(block.k) / 4,
                     pack->isSignedInt(), fix);
  for (size_t c = 0; c < width; ++c)
    fix[c] = int32_t(uint32_t(fix[c]) * uint32_t(fixFactor));
}

void MatrixProduct::runPart(const Block &block, const Part &part) {
  thread_local HostScratch<uint8_t> storage;
  uint8_t *buffer = storage.get(kStreamRows * columnBytes(block.k));
  const float *floats[kStreamRows];
  const uint8_t *bytes[kStreamRows];
  const void *rows = acc.isFloat ? static_cast<const void *>(floats) : bytes;
  if (acc.isFloat)
    stream->floatRows(part.i0, part.m, block.k0, block.k,
                      reinterpret_cast<float *>(buffer), floats);
  else
    stream->intRows(part.i0, part.m, block.k0, block.k, kernels.group, flip,
                    buffer, bytes);
  for (int64_t j = part.j; j < part.jEnd; j += int64_t(panelWidth()))
    runPanel(block, part, j, rows);
}

void MatrixProduct::runPanel(const Block &block, const Part &part, int64_t j,
                             const void *rows) {
  size_t n = size_t(std::min<int64_t>(int64_t(panelWidth()), block.jEnd - j));
  if (!direct)
    return throughTile(block, part, j, n, rows);
  uint8_t *rowAt[kStreamRows];
  int64_t vectorAt[8];
  size_t vectors = (n + kernels.lanes - 1) / kernels.lanes;
  for (size_t v = 0; v < vectors; ++v)
    vectorAt[v] = acc.at(0, j + int64_t(v * kernels.lanes)) - acc.data;
  for (size_t i = 0; i < part.m; ++i)
    rowAt[i] = acc.data + 4 * (part.i0 + int64_t(i)) * acc.rowStride;
  multiply(block, part.m, j, rows, add || !block.first,
           {rowAt, vectorAt, vectors, n - (vectors - 1) * kernels.lanes});
}

void MatrixProduct::multiply(const Block &block, size_t m, int64_t j,
                             const void *rows, bool adds,
                             const MatrixResults &results) {
  const uint8_t *panel = panelAt(block, j);
  if (acc.isFloat)
    kernels.f32(m, static_cast<const float *const *>(rows),
                reinterpret_cast<const float *>(panel), block.k, adds,
                block.last, results);
  else
    kernels.i32(m, static_cast<const uint8_t *const *>(rows), panel,
                columnBytes(block.k) / 4, pack->isSignedInt(), adds,
                fixes + (j - block.j0), results);
}

/// Where results do not lie as kernels write them: by way of a buffer.
void MatrixProduct::throughTile(const Block &block, const Part &part, int64_t j,
                                size_t n, const void *rows) {
  thread_local HostScratch<uint32_t> storage;
  size_t width = paddedWidth(j, block.jEnd);
  uint32_t *tile = storage.get(kStreamRows * panelWidth());
  uint8_t *rowAt[kStreamRows];
  int64_t vectorAt[8];
  for (size_t v = 0; v < width / kernels.lanes; ++v)
    vectorAt[v] = int64_t(v * kernels.lanes * 4);
  auto forElements = [&](auto &&visit) {
    for (size_t i = 0; i < part.m; ++i)
      for (size_t c = 0; c < n; ++c) {
        int64_t row = part.i0 + int64_t(i), column = j + int64_t(c);
        visit(tile[i * width + c],
              swapped ? acc.at(column, row) : acc.at(row, column));
      }
  };
  for (size_t i = 0; i < part.m; ++i)
    rowAt[i] = reinterpret_cast<uint8_t *>(tile + i * width);
  bool adds = add || !block.first;
  if (adds) {
    std::fill_n(tile, part.m * width, 0u);
    forElements([](uint32_t &x, const uint8_t *at) {
      x = num::loadBytes<uint32_t>(at);
    });
  }
  multiply(block, part.m, j, rows, adds,
           {rowAt, vectorAt, width / kernels.lanes, kernels.lanes});
  forElements([](uint32_t x, uint8_t *at) { num::storeBytes(at, x); });
}

} // namespace ashlar::runtime
