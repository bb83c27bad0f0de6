//===- MatrixExec.cpp - mm ------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The host's loops have nothing to do with the machine's blocks: whichever
// operand has fewer rows is packed, the other streams. Floats stay exact
// because each accumulator still sees its products one by one, k ascending;
// integers wrap, so their order is free.
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/AccTile.h"
#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/MatrixKernels.h"
#include "Emulator/Kernels/MatrixOperand.h"
#include "Emulator/Kernels/Numbers.h"
#include "ISA/Exec.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace ashlar::runtime {

/// What the payload of an mm adds to its operands; index 0 is a, 1 is b.
class MatrixContext {
public:
  const Descriptor *scale[2] = {}, *zero[2] = {};
  bool repeated = false;
};

#define ASHLAR_DISPATCH_MATRIX
#include "ISA/ExecDispatch.inc"

void execMmScale(MatrixContext &ctx, const isa::MmScale &inst,
                 const Captured &captured) {
  const Descriptor *&place = ctx.scale[inst.side == isa::MatrixSide::b];
  ctx.repeated |= place != nullptr;
  place = &captured.desc(inst.tensor);
}
void execMmZero(MatrixContext &ctx, const isa::MmZero &inst,
                const Captured &captured) {
  const Descriptor *&place = ctx.zero[inst.side == isa::MatrixSide::b];
  ctx.repeated |= place != nullptr;
  place = &captured.desc(inst.tensor);
}

namespace {

using isa::ElementType;

/// Storage that grows and is kept per thread.
template <typename T> class Scratch {
public:
  T *get(size_t count) {
    if (count > size) {
      storage = std::make_unique<T[]>(count + 64 / sizeof(T));
      size = count;
    }
    uintptr_t at = reinterpret_cast<uintptr_t>(storage.get());
    return storage.get() + (64 - at % 64) % 64 / sizeof(T);
  }

private:
  std::unique_ptr<T[]> storage;
  size_t size = 0;
};

struct Product {
  MatrixOperand operands[2]; // a, b
  AccTile acc;
  bool add = false;
  // Roles: rows of `stream` are streamed, rows of `pack` become columns.
  const MatrixOperand *stream = nullptr, *pack = nullptr;
  bool swapped = false; // stream is b: tiles are transposed

  void run();

private:
  void runFloat();
  void runInt();
  void zeroAll();
  void packIntBlock(const MatrixKernels &kernels, int64_t j0, int64_t jEnd,
                    int64_t k0, size_t k, uint8_t *buffer, uint8_t *packed,
                    int32_t *columnFix);
  void loadTile(int64_t i, size_t rows, int64_t j, size_t columns, size_t width,
                float *tile);
  void storeTile(int64_t i, size_t rows, int64_t j, size_t columns,
                 size_t width, const float *tile, bool finished);
  void addTile(int64_t i, size_t rows, int64_t j, size_t columns, size_t width,
               const int32_t *tile, const int32_t *rowFix,
               const int32_t *columnFix, bool replace);
};

// Blocking: a packed block stays in the host's second-level cache.
constexpr size_t kPackedColumns = 256, kStreamRows = 96;
constexpr size_t kFloatDepth = 512, kIntDepth = 2048;
constexpr size_t kMaxTile = 8 * 128;

/// Columns of the tile at j, padded to whole vectors.
size_t paddedWidth(const MatrixKernels &kernels, int64_t j, int64_t jEnd) {
  size_t tileWidth = kernels.lanes * kernels.vectors;
  size_t n = size_t(std::min<int64_t>(int64_t(tileWidth), jEnd - j));
  return (n + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
}

void Product::zeroAll() {
  for (int64_t i = 0; i < acc.rows; ++i)
    acc.forPieces(i, 0, acc.columns, [](uint8_t *p, int64_t, int64_t n) {
      std::memset(p, 0, size_t(n) * 4);
    });
}

void Product::loadTile(int64_t i, size_t rows, int64_t j, size_t columns,
                       size_t width, float *tile) {
  for (size_t r = 0; r < rows; ++r) {
    float *row = tile + r * width;
    if (swapped)
      for (size_t c = 0; c < columns; ++c)
        row[c] = num::loadBytes<float>(acc.at(j + int64_t(c), i + int64_t(r)));
    else
      acc.forPieces(i + int64_t(r), j, int64_t(columns),
                    [&](uint8_t *p, int64_t at, int64_t n) {
                      std::memcpy(row + (at - j), p, size_t(n) * 4);
                    });
    std::fill(row + columns, row + width, 0.0f);
  }
}

void Product::storeTile(int64_t i, size_t rows, int64_t j, size_t columns,
                        size_t width, const float *tile, bool finished) {
  for (size_t r = 0; r < rows; ++r) {
    const float *row = tile + r * width;
    auto value = [&](size_t c) {
      return finished ? num::canonical(row[c]) : row[c];
    };
    if (swapped)
      for (size_t c = 0; c < columns; ++c)
        num::storeBytes(acc.at(j + int64_t(c), i + int64_t(r)), value(c));
    else
      acc.forPieces(i + int64_t(r), j, int64_t(columns),
                    [&](uint8_t *p, int64_t at, int64_t n) {
                      for (int64_t c = 0; c < n; ++c)
                        num::storeBytes(p + 4 * c, value(size_t(at - j + c)));
                    });
  }
}

void Product::addTile(int64_t i, size_t rows, int64_t j, size_t columns,
                      size_t width, const int32_t *tile, const int32_t *rowFix,
                      const int32_t *columnFix, bool replace) {
  for (size_t r = 0; r < rows; ++r) {
    const int32_t *row = tile + r * width;
    auto put = [&](uint8_t *p, size_t c) {
      uint32_t old = replace ? 0u : num::loadBytes<uint32_t>(p);
      num::storeBytes(p, old + uint32_t(row[c]) + uint32_t(rowFix[r]) +
                             uint32_t(columnFix[c]));
    };
    if (swapped)
      for (size_t c = 0; c < columns; ++c)
        put(acc.at(j + int64_t(c), i + int64_t(r)), c);
    else
      acc.forPieces(i + int64_t(r), j, int64_t(columns),
                    [&](uint8_t *p, int64_t at, int64_t n) {
                      for (int64_t c = 0; c < n; ++c)
                        put(p + 4 * c, size_t(at - j + c));
                    });
  }
}

void Product::run() {
  if (acc.rows == 0 || acc.columns == 0)
    return;
  if (operands[0].depth() == 0) {
    if (!add)
      zeroAll();
    return;
  }
  swapped = operands[0].rowCount() * 2 < operands[1].rowCount();
  stream = &operands[swapped ? 1 : 0], pack = &operands[swapped ? 0 : 1];
  if (acc.isFloat)
    runFloat();
  else
    runInt();
}

void Product::runFloat() {
  const MatrixKernels &kernels = matrixKernels();
  thread_local Scratch<float> packedStorage, streamStorage, columnStorage;
  size_t tileWidth = kernels.lanes * kernels.vectors;
  int64_t depth = pack->depth(), rows = stream->rowCount(),
          columns = pack->rowCount();
  float *packed = packedStorage.get((kPackedColumns + tileWidth) * kFloatDepth);
  float *streamed = streamStorage.get(kStreamRows * kFloatDepth);
  float *buffer = columnStorage.get(tileWidth * kFloatDepth);
  alignas(64) float tile[kMaxTile];
  const float *rowPointers[kStreamRows];
  for (int64_t j0 = 0; j0 < columns; j0 += kPackedColumns) {
    int64_t jEnd = std::min<int64_t>(j0 + kPackedColumns, columns);
    for (int64_t k0 = 0; k0 < depth; k0 += kFloatDepth) {
      size_t k = size_t(std::min<int64_t>(kFloatDepth, depth - k0));
      bool first = k0 == 0, last = k0 + int64_t(k) == depth;
      for (int64_t j = j0; j < jEnd; j += int64_t(tileWidth))
        pack->floatColumns(
            j, size_t(std::min<int64_t>(int64_t(tileWidth), jEnd - j)),
            paddedWidth(kernels, j, jEnd), k0, k, buffer,
            packed + size_t(j - j0) * k);
      for (int64_t i0 = 0; i0 < rows; i0 += kStreamRows) {
        size_t m = size_t(std::min<int64_t>(kStreamRows, rows - i0));
        stream->floatRows(i0, m, k0, k, streamed, rowPointers);
        for (int64_t j = j0; j < jEnd; j += int64_t(tileWidth)) {
          size_t n = size_t(std::min<int64_t>(int64_t(tileWidth), jEnd - j)),
                 width = paddedWidth(kernels, j, jEnd);
          for (size_t r = 0; r < m; r += kernels.rows) {
            size_t height = std::min(kernels.rows, m - r);
            if (first && !add)
              std::fill_n(tile, height * width, 0.0f);
            else
              loadTile(i0 + int64_t(r), height, j, n, width, tile);
            kernels.f32(height, width / kernels.lanes, rowPointers + r,
                        packed + size_t(j - j0) * k, tile, k);
            storeTile(i0 + int64_t(r), height, j, n, width, tile, last);
          }
        }
      }
    }
  }
}

/// sums[i] = the sum of a row's true values; rows hold u8 minus 128.
void trueSums(const MatrixKernels &kernels, const uint8_t *const *rows,
              size_t count, size_t k, bool isSigned, int32_t *sums) {
  kernels.byteSums(rows, count, k, sums);
  uint32_t shift = isSigned ? 0u : 128u * uint32_t(k);
  for (size_t i = 0; i < count; ++i)
    sums[i] = int32_t(uint32_t(sums[i]) + shift);
}

// Grouped by four, kernels multiply (a - ca) by (b + cb), where ca is 128 if
// the streaming operand is u8 and cb is 128 if the packed one is i8. The
// product is what they give - cb * sum(a) + ca * sum(b) + ca * cb * k, modulo
// 2^32: the first correction belongs to rows, the others to columns.

void Product::packIntBlock(const MatrixKernels &kernels, int64_t j0,
                           int64_t jEnd, int64_t k0, size_t k, uint8_t *buffer,
                           uint8_t *packed, int32_t *columnFix) {
  bool fixes = kernels.group == 4 && !stream->isSignedInt();
  uint32_t constant = pack->isSignedInt() ? 128u * 128u * uint32_t(k) : 0u;
  size_t groups = (k + kernels.group - 1) / kernels.group;
  size_t tileWidth = kernels.lanes * kernels.vectors;
  const uint8_t *rows[kMaxTile];
  std::fill_n(columnFix, kPackedColumns + tileWidth, 0);
  for (int64_t j = j0; j < jEnd; j += int64_t(tileWidth)) {
    size_t n = size_t(std::min<int64_t>(int64_t(tileWidth), jEnd - j));
    pack->intRows(j, n, k0, k, kernels.group, buffer, rows);
    packIntColumns(rows, n, paddedWidth(kernels, j, jEnd), kernels.group,
                   groups, packed + size_t(j - j0) * groups * 4);
    if (!fixes)
      continue;
    int32_t *fix = columnFix + (j - j0);
    trueSums(kernels, rows, n, k, pack->isSignedInt(), fix);
    for (size_t c = 0; c < n; ++c)
      fix[c] = int32_t(128u * uint32_t(fix[c]) + constant);
  }
}

void Product::runInt() {
  const MatrixKernels &kernels = matrixKernels();
  thread_local Scratch<uint8_t> packedStorage, streamStorage, columnStorage;
  thread_local Scratch<int32_t> fixStorage;
  size_t tileWidth = kernels.lanes * kernels.vectors;
  int64_t depth = pack->depth(), rows = stream->rowCount(),
          columns = pack->rowCount();
  size_t bytesDeep = kIntDepth / kernels.group * 4;
  uint8_t *packed = packedStorage.get((kPackedColumns + tileWidth) * bytesDeep);
  uint8_t *streamed = streamStorage.get(kStreamRows * bytesDeep);
  uint8_t *buffer = columnStorage.get(tileWidth * bytesDeep);
  int32_t *columnFix = fixStorage.get(kPackedColumns + tileWidth + kStreamRows);
  int32_t *rowFix = columnFix + kPackedColumns + tileWidth;
  bool fixRows = kernels.group == 4 && pack->isSignedInt();
  alignas(64) int32_t tile[kMaxTile];
  const uint8_t *pointers[kStreamRows];
  for (int64_t j0 = 0; j0 < columns; j0 += kPackedColumns) {
    int64_t jEnd = std::min<int64_t>(j0 + kPackedColumns, columns);
    for (int64_t k0 = 0; k0 < depth; k0 += kIntDepth) {
      size_t k = size_t(std::min<int64_t>(kIntDepth, depth - k0));
      size_t groups = (k + kernels.group - 1) / kernels.group;
      packIntBlock(kernels, j0, jEnd, k0, k, buffer, packed, columnFix);
      for (int64_t i0 = 0; i0 < rows; i0 += kStreamRows) {
        size_t m = size_t(std::min<int64_t>(kStreamRows, rows - i0));
        stream->intRows(i0, m, k0, k, kernels.group, streamed, pointers);
        std::fill_n(rowFix, m, 0);
        if (fixRows)
          trueSums(kernels, pointers, m, k, stream->isSignedInt(), rowFix);
        for (size_t r = 0; r < m; ++r)
          rowFix[r] = int32_t(0u - 128u * uint32_t(rowFix[r]));
        for (int64_t j = j0; j < jEnd; j += int64_t(tileWidth)) {
          size_t n = size_t(std::min<int64_t>(int64_t(tileWidth), jEnd - j));
          size_t width = paddedWidth(kernels, j, jEnd);
          for (size_t r = 0; r < m; r += kernels.rows) {
            size_t height = std::min(kernels.rows, m - r);
            kernels.i32(height, width / kernels.lanes, pointers + r,
                        packed + size_t(j - j0) * groups * 4, tile, groups);
            addTile(i0 + int64_t(r), height, j, n, width, tile, rowFix + r,
                    columnFix + (j - j0), k0 == 0 && !add);
          }
        }
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

bool isByte(ElementType t) {
  return t == ElementType::i8 || t == ElementType::u8;
}
bool isNibble(ElementType t) {
  return t == ElementType::i4 || t == ElementType::u4;
}
bool isFloat8(ElementType t) {
  return t == ElementType::f8e4m3 || t == ElementType::f8e5m2;
}
bool isMatrixFloat(ElementType t) {
  return t == ElementType::bf16 || t == ElementType::f16 ||
         t == ElementType::f32;
}

Fault checkTypes(const EngineContext &ctx, const MatrixContext &mods,
                 const Descriptor &a, const Descriptor &b, ElementType acc) {
  bool scaledA = mods.scale[0], scaledB = mods.scale[1];
  bool legal, integer = false;
  if (scaledA && scaledB)
    legal = false;
  else if (scaledA || scaledB)
    legal = isMatrixFloat(scaledA ? b.type : a.type) &&
            (isByte(scaledA ? a.type : b.type) ||
             isNibble(scaledA ? a.type : b.type));
  else if (isByte(a.type) && isByte(b.type))
    legal = integer = true;
  else if (isFloat8(a.type) && isFloat8(b.type))
    legal = ctx.machine.mxuFloat8;
  else
    legal = isMatrixFloat(a.type) && a.type == b.type;
  if (!legal)
    return Fault(TrapKind::TypeMismatch,
                 std::string("no product of ") + elementTypeName(a.type) +
                     " and " + elementTypeName(b.type) +
                     (scaledA || scaledB ? " with a scale" : ""));
  if (acc != (integer ? ElementType::i32 : ElementType::f32))
    return Fault(TrapKind::TypeMismatch,
                 std::string("this product accumulates in ") +
                     (integer ? "i32" : "f32") + ", not " +
                     elementTypeName(acc));
  return {};
}

Fault resolveOperand(const EngineContext &ctx, const MatrixContext &mods,
                     unsigned side, const Descriptor &d, ElementType other,
                     MatrixOperand &out) {
  const char *name = side ? "b" : "a";
  if (Fault f = ctx.resolve(d, Access::Read, kInSram, out.tensor))
    return f;
  if (const Descriptor *scale = mods.scale[side]) {
    if (Fault f = checkSameSizes(*scale, "scale", d, name))
      return f;
    if (!isMatrixFloat(scale->type))
      return Fault(TrapKind::TypeMismatch, std::string("scale of type ") +
                                               elementTypeName(scale->type));
    if (Fault f = ctx.resolve(*scale, Access::Read, kInSram, out.scale))
      return f;
    out.hasScale = true;
    out.roundTo = other;
  }
  if (const Descriptor *zero = mods.zero[side]) {
    if (!out.hasScale)
      return Fault(TrapKind::IllegalInstruction,
                   std::string("mm.zero of ") + name + " without mm.scale");
    if (Fault f = checkSameSizes(*zero, "zero point", d, name))
      return f;
    if (zero->type != d.type)
      return Fault(TrapKind::TypeMismatch, std::string("zero point of type ") +
                                               elementTypeName(zero->type) +
                                               ", expected " +
                                               elementTypeName(d.type));
    if (Fault f = ctx.resolve(*zero, Access::Read, kInSram, out.zero))
      return f;
    out.hasZero = true;
  }
  out.prepare();
  return {};
}

} // namespace

Fault execMm(EngineContext &ctx, const isa::Mm &inst,
             const Captured &captured) {
  MatrixContext mods;
  for (unsigned i = 0; i < captured.payloadCount; ++i)
    if (!dispatchMatrix(mods, captured.payload(i), captured))
      return Fault(TrapKind::IllegalInstruction,
                   "payload is not of the matrix unit");
  if (mods.repeated)
    return Fault(TrapKind::IllegalInstruction,
                 "two scales or zero points for one operand");
  const Descriptor &a = captured.desc(inst.a), &b = captured.desc(inst.b);
  const Descriptor &acc = captured.desc(inst.acc);
  if (Fault f = checkTypes(ctx, mods, a, b, acc.type))
    return f;
  if (!std::equal(a.size + 3, a.size + kDims, b.size + 3))
    return Fault(TrapKind::ShapeMismatch, "k of a is " + formatSizes(a.size) +
                                              ", of b " + formatSizes(b.size) +
                                              " (dimensions 3 to 5)");
  for (const Descriptor *d : {&a, &b})
    if (Fault f = checkPoints(d->size))
      return f;
  Product product;
  product.add = inst.mode == isa::AccMode::add;
  Access access = product.add ? Access::ReadWrite : Access::Write;
  if (Fault f = resolveAccumulators(ctx, acc, productOf3(a.size, 0),
                                    productOf3(b.size, 0), access, product.acc))
    return f;
  if (Fault f = resolveOperand(ctx, mods, 0, a, b.type, product.operands[0]))
    return f;
  if (Fault f = resolveOperand(ctx, mods, 1, b, a.type, product.operands[1]))
    return f;
  product.run();
  return {};
}

} // namespace ashlar::runtime
