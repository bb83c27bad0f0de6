//===- Elements.cpp - Moving elements without looking into them -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/Elements.h"

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/Numbers.h"

#include <algorithm>
#include <cstring>

namespace ashlar::runtime {
namespace {

uint8_t getNibble(const uint8_t *base, int64_t offset) {
  return (base[offset >> 1] >> ((offset & 1) * 4)) & 15;
}
void setNibble(uint8_t *base, int64_t offset, uint8_t value) {
  uint8_t &byte = base[offset >> 1];
  byte = uint8_t(offset & 1 ? (byte & 0x0f) | value << 4
                            : (byte & 0xf0) | (value & 15));
}

template <typename T>
void move(uint8_t *dst, int64_t dstOffset, int64_t dstStride,
          const uint8_t *src, int64_t srcOffset, int64_t srcStride, int64_t n) {
  dst += dstOffset * int64_t(sizeof(T)), src += srcOffset * int64_t(sizeof(T));
  if (dstStride == 1 && srcStride == 1) {
    std::memmove(dst, src, size_t(n) * sizeof(T));
    return;
  }
  int64_t d = dstStride * int64_t(sizeof(T)),
          s = srcStride * int64_t(sizeof(T));
  for (int64_t i = 0; i < n; ++i, dst += d, src += s)
    num::storeBytes(dst, num::loadBytes<T>(src));
}

void moveNibbles(uint8_t *dst, int64_t dstOffset, int64_t dstStride,
                 const uint8_t *src, int64_t srcOffset, int64_t srcStride,
                 int64_t n) {
  if (dstStride == 1 && srcStride == 1 && (dstOffset & 1) == (srcOffset & 1)) {
    if ((dstOffset & 1) && n > 0) {
      setNibble(dst, dstOffset++, getNibble(src, srcOffset++));
      --n;
    }
    std::memmove(dst + dstOffset / 2, src + srcOffset / 2, size_t(n / 2));
    dstOffset += n / 2 * 2, srcOffset += n / 2 * 2;
    n %= 2;
  }
  for (; n > 0; --n, dstOffset += dstStride, srcOffset += srcStride)
    setNibble(dst, dstOffset, getNibble(src, srcOffset));
}

template <typename T>
void fill(uint8_t *dst, int64_t offset, int64_t stride, uint64_t value,
          int64_t n) {
  T v = T(value);
  dst += offset * int64_t(sizeof(T));
  int64_t step = stride * int64_t(sizeof(T));
  for (int64_t i = 0; i < n; ++i, dst += step)
    num::storeBytes(dst, v);
}

} // namespace

uint64_t getElement(unsigned bits, const uint8_t *base, int64_t offset) {
  switch (bits) {
  case 4:
    return getNibble(base, offset);
  case 8:
    return base[offset];
  case 16:
    return num::loadBytes<uint16_t>(base + offset * 2);
  case 32:
    return num::loadBytes<uint32_t>(base + offset * 4);
  default:
    return num::loadBytes<uint64_t>(base + offset * 8);
  }
}

void setElement(unsigned bits, uint8_t *base, int64_t offset, uint64_t value) {
  fillElements(bits, base, offset, 0, value, 1);
}

void moveElements(unsigned bits, uint8_t *dst, int64_t dstOffset,
                  int64_t dstStride, const uint8_t *src, int64_t srcOffset,
                  int64_t srcStride, int64_t n) {
  switch (bits) {
  case 4:
    return moveNibbles(dst, dstOffset, dstStride, src, srcOffset, srcStride, n);
  case 8:
    return move<uint8_t>(dst, dstOffset, dstStride, src, srcOffset, srcStride,
                         n);
  case 16:
    return move<uint16_t>(dst, dstOffset, dstStride, src, srcOffset, srcStride,
                          n);
  case 32:
    return move<uint32_t>(dst, dstOffset, dstStride, src, srcOffset, srcStride,
                          n);
  default:
    return move<uint64_t>(dst, dstOffset, dstStride, src, srcOffset, srcStride,
                          n);
  }
}

void fillElements(unsigned bits, uint8_t *dst, int64_t offset, int64_t stride,
                  uint64_t value, int64_t n) {
  switch (bits) {
  case 4:
    for (int64_t i = 0; i < n; ++i, offset += stride)
      setNibble(dst, offset, uint8_t(value & 15));
    return;
  case 8:
    if (stride == 1) {
      std::memset(dst + offset, int(value & 255), size_t(n));
      return;
    }
    return fill<uint8_t>(dst, offset, stride, value, n);
  case 16:
    return fill<uint16_t>(dst, offset, stride, value, n);
  case 32:
    return fill<uint32_t>(dst, offset, stride, value, n);
  default:
    return fill<uint64_t>(dst, offset, stride, value, n);
  }
}

Combiner::Combiner(isa::OutKind op, isa::ElementType type)
    : get(lane::load(type)), put(lane::store(lane::laneTypeOf(type), type)),
      combine(lane::reduction(op, lane::laneTypeOf(type)).combine) {}

void Combiner::run(uint8_t *dst, int64_t dstOffset, int64_t dstStride,
                   const uint8_t *src, int64_t srcOffset, int64_t srcStride,
                   int64_t n) const {
  alignas(64) uint64_t a[lane::kBlock], b[lane::kBlock];
  // Where all elements meet in one place each must see the one before.
  int64_t most = dstStride == 0 ? 1 : int64_t(lane::kBlock);
  for (int64_t at = 0; at < n; at += most) {
    size_t count = size_t(std::min(most, n - at));
    int64_t d = dstOffset + at * dstStride;
    get(a, dst, d, dstStride, count);
    get(b, src, srcOffset + at * srcStride, srcStride, count);
    combine(a, a, b, nullptr, count);
    put(a, dst, d, dstStride, count);
  }
}

Fault readIndexList(const EngineContext &ctx, const Descriptor &d,
                    int64_t limit, std::vector<int64_t> &out) {
  if (d.type != isa::ElementType::i32 && d.type != isa::ElementType::i64)
    return Fault(TrapKind::TypeMismatch, std::string("index list of ") +
                                             elementTypeName(d.type) +
                                             ", expected i32 or i64");
  if (!std::all_of(d.size, d.size + 5, [](int64_t s) { return s == 1; }))
    return Fault(TrapKind::ShapeMismatch,
                 "index list has sizes " + formatSizes(d.size) +
                     ", expected 1 but in dimension 5");
  HostTensor list;
  if (Fault f = ctx.resolve(d, Access::Read, kInSram, list))
    return f;
  if (d.size[5] > int64_t(ctx.memory.sramBytes()))
    return Fault(TrapKind::ShapeMismatch,
                 "index list longer than the scratchpad");
  out.resize(size_t(d.size[5]));
  for (int64_t i = 0; i < d.size[5]; ++i) {
    uint64_t raw = getElement(elementBits(d.type), list.data, i * d.stride[5]);
    int64_t index =
        d.type == isa::ElementType::i32 ? int64_t(int32_t(raw)) : int64_t(raw);
    if (index < 0 || index >= limit)
      return Fault(TrapKind::IndexOutOfRange,
                   "index " + std::to_string(index) + " at position " +
                       std::to_string(i) + ", expected 0 to " +
                       std::to_string(limit - 1));
    out[size_t(i)] = index;
  }
  return {};
}

} // namespace ashlar::runtime
