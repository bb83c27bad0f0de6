//===- AccTile.cpp - A tile of accumulators on the host -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/AccTile.h"

#include "Emulator/Kernels/Checks.h"

namespace ashlar::runtime {

static Fault checkLayout(const EngineContext &ctx, const Descriptor &d,
                         int64_t rows, int64_t columns) {
  int64_t n = ctx.machine.mxuN;
  if (d.type != isa::ElementType::i32 && d.type != isa::ElementType::f32)
    return Fault(TrapKind::TypeMismatch,
                 std::string("accumulators hold i32 or f32, not ") +
                     elementTypeName(d.type));
  const int64_t expected[kDims] = {1, 1, 1, 1, rows, columns};
  if (!std::equal(expected, expected + kDims, d.size))
    return Fault(TrapKind::ShapeMismatch,
                 "accumulator tile has sizes " + formatSizes(d.size) +
                     ", expected " + formatSizes(expected));
  // Rows may repeat (stride 0), but a tile is never larger than this.
  if (rows > (1 << 24) || columns > (1 << 24))
    return Fault(TrapKind::OutOfRange,
                 "accumulator tile of sizes " + formatSizes(d.size));
  if ((columns > 1 && d.stride[5] != 1) || (rows > 1 && d.stride[4] % n != 0))
    return Fault(TrapKind::ShapeMismatch,
                 "strides " + std::to_string(d.stride[4]) + ", " +
                     std::to_string(d.stride[5]) +
                     " of an accumulator tile, expected a multiple of " +
                     std::to_string(n) + " and 1");
  if (addressOffset(d.base) % uint64_t(4 * n) != 0)
    return Fault(TrapKind::MisalignedDescriptor,
                 "accumulator tile at byte " +
                     std::to_string(addressOffset(d.base)) +
                     ", expected a multiple of " + std::to_string(4 * n));
  return {};
}

Fault resolveAccumulators(const EngineContext &ctx, const Descriptor &d,
                          int64_t rows, int64_t columns, Access access,
                          AccTile &out) {
  if (Fault f = checkLayout(ctx, d, rows, columns))
    return f;
  int64_t n = ctx.machine.mxuN;
  out.isFloat = d.type == isa::ElementType::f32;
  out.rows = rows, out.columns = columns, out.lanes = n;
  out.rowStride = rows > 1 ? d.stride[4] : 0;
  out.panelStride = d.stride[3];
  if (rows == 0 || columns == 0)
    return {};
  // Whole panels, then the rest: each is a plain strided tensor.
  int64_t whole = columns / n, rest = columns % n;
  Descriptor part = d;
  HostTensor host;
  part.size[2] = 1, part.size[3] = whole, part.size[5] = n;
  part.stride[4] = out.rowStride, part.stride[5] = 1;
  if (whole > 0) {
    if (Fault f = ctx.resolve(part, access, kInAcc, host))
      return f;
    out.data = host.data;
  }
  if (rest > 0) {
    int64_t skip;
    if (__builtin_mul_overflow(whole, d.stride[3], &skip) ||
        __builtin_mul_overflow(skip, int64_t(4), &skip))
      return Fault(TrapKind::OutOfRange,
                   "accumulator panels leave the address space");
    part.size[3] = 1, part.size[5] = rest;
    // Bits above the byte offset must not change, or the panel is elsewhere.
    part.base = d.base + uint64_t(skip);
    if ((part.base ^ d.base) & ~kOffsetMask)
      return Fault(TrapKind::OutOfRange,
                   "accumulator panels leave the address space");
    if (Fault f = ctx.resolve(part, access, kInAcc, host))
      return f;
    if (whole == 0)
      out.data = host.data;
  }
  return {};
}

} // namespace ashlar::runtime
