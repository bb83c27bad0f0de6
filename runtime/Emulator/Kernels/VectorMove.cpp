//===- VectorMove.cpp - vgather, vscatter, vtake, vput, vtrans ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/Elements.h"
#include "Emulator/Kernels/TensorWalk.h"
#include "ISA/Exec.h"

#include <algorithm>

namespace ashlar::runtime {
namespace {

Fault checkMove(const Descriptor &dst, const Descriptor &src, unsigned dim,
                bool combines) {
  if (dim >= kDims)
    return Fault(TrapKind::IllegalInstruction,
                 "dimension " + std::to_string(dim) + ", expected 0 to 5");
  if (combines ? dst.type != src.type
               : elementBits(dst.type) != elementBits(src.type))
    return Fault(TrapKind::TypeMismatch,
                 std::string("source of ") + elementTypeName(src.type) +
                     ", destination of " + elementTypeName(dst.type));
  for (const Descriptor *d : {&dst, &src})
    if (Fault f = checkPoints(d->size))
      return f;
  if (elementBits(dst.type) == 4 && dim == 5)
    return Fault(TrapKind::MisalignedDescriptor,
                 "list for the innermost dimension of 4-bit elements");
  return {};
}

/// Sizes of a and b agree but in `dim`.
Fault checkOthers(const Descriptor &a, const Descriptor &b, unsigned dim) {
  for (unsigned d = 0; d < kDims; ++d)
    if (d != dim && a.size[d] != b.size[d])
      return Fault(TrapKind::ShapeMismatch, "sizes " + formatSizes(a.size) +
                                                " and " + formatSizes(b.size) +
                                                " differ outside dimension " +
                                                std::to_string(dim));
  return {};
}

isa::OutKind combineKind(isa::ScatterMode mode) {
  switch (mode) {
  case isa::ScatterMode::min:
    return isa::OutKind::min;
  case isa::ScatterMode::max:
    return isa::OutKind::max;
  default:
    return isa::OutKind::sum;
  }
}

/// A whole slice per entry of the list: dst (or src, gathering) is indexed by
/// it.
Fault moveSlices(EngineContext &ctx, const Descriptor &dst,
                 const Descriptor &src, const Descriptor &index, unsigned dim,
                 bool gathers, isa::ScatterMode mode) {
  bool combines = mode != isa::ScatterMode::set;
  if (Fault f = checkMove(dst, src, dim, combines))
    return f;
  if (Fault f = checkOthers(dst, src, dim))
    return f;
  const Descriptor &listed = gathers ? src : dst,
                   &counted = gathers ? dst : src;
  if (counted.size[dim] != index.size[5])
    return Fault(TrapKind::ShapeMismatch,
                 "list of " + std::to_string(index.size[5]) + " for " +
                     std::to_string(counted.size[dim]) + " slices");
  std::vector<int64_t> list;
  if (Fault f = readIndexList(ctx, index, listed.size[dim], list))
    return f;
  HostTensor to, from;
  if (Fault f = ctx.resolve(src, Access::Read, kInSram, from))
    return f;
  if (Fault f = ctx.resolve(dst, combines ? Access::ReadWrite : Access::Write,
                            kInSram, to))
    return f;
  Combiner combiner(combineKind(mode), dst.type);
  unsigned bits = elementBits(dst.type);
  TensorWalk walk(2);
  for (unsigned d = 0; d < kDims; ++d)
    if (d != dim)
      walk.addDim(dst.size[d], [&](unsigned t) {
        return t ? src.stride[d] : dst.stride[d];
      });
  for (int64_t i = 0; i < int64_t(list.size()); ++i) {
    int64_t other = list[size_t(i)];
    walk.forPairs(
        (gathers ? i : other) * dst.stride[dim],
        (gathers ? other : i) * src.stride[dim],
        [&](int64_t d, int64_t s, int64_t dStride, int64_t sStride, int64_t n) {
          if (combines)
            combiner.run(to.data, d, dStride, from.data, s, sStride, n);
          else
            moveElements(bits, to.data, d, dStride, from.data, s, sStride, n);
        });
  }
  return {};
}

/// An index per element: of the source (vtake) or the destination (vput).
class ElementMove {
public:
  ElementMove(EngineContext &theContext, const Descriptor &theDst,
              const Descriptor &theSrc, const Descriptor &theIndex,
              unsigned theDim, bool isTake, isa::ScatterMode theMode)
      : ctx(theContext), dst(theDst), src(theSrc), index(theIndex), dim(theDim),
        takes(isTake), mode(theMode) {}

  Fault run() {
    bool combines = mode != isa::ScatterMode::set;
    if (Fault f = checkMove(dst, src, dim, combines))
      return f;
    if (Fault f = checkOthers(dst, src, dim))
      return f;
    // The side without indices has the list's sizes.
    if (Fault f = checkSameSizes(index, "index", takes ? dst : src,
                                 takes ? "destination" : "source"))
      return f;
    if (index.type != isa::ElementType::i32 &&
        index.type != isa::ElementType::i64)
      return Fault(TrapKind::TypeMismatch, std::string("index of ") +
                                               elementTypeName(index.type) +
                                               ", expected i32 or i64");
    if (Fault f = ctx.resolve(index, Access::Read, kInSram, list))
      return f;
    if (Fault f = ctx.resolve(src, Access::Read, kInSram, from))
      return f;
    if (Fault f = ctx.resolve(dst, combines ? Access::ReadWrite : Access::Write,
                              kInSram, to))
      return f;
    const Descriptor *tensors[3] = {&dst, &src, &index};
    for (unsigned d = 0; d < kDims; ++d)
      walk.addDim(index.size[d], [&](unsigned t) {
        // The indexed side's step in `dim` comes from the index.
        return d == dim && t == (takes ? 1u : 0u) ? 0 : tensors[t]->stride[d];
      });
    if (Fault f = forBlocks([](int64_t, int64_t) {}))
      return f;
    move(combines);
    return {};
  }

private:
  /// Calls f(dst offset, src offset) for all elements; a bad index is a fault.
  template <typename F> Fault forBlocks(F f) {
    int64_t offsets[3][lane::kBlock];
    int64_t limit = (takes ? src : dst).size[dim];
    int64_t step = (takes ? src : dst).stride[dim];
    for (int64_t first = 0; first < walk.points(); first += lane::kBlock) {
      size_t n = size_t(std::min<int64_t>(lane::kBlock, walk.points() - first));
      for (unsigned t = 0; t < 3; ++t)
        walk.forRuns(
            t, 0, first, n,
            [&](size_t at, int64_t offset, int64_t stride, size_t run) {
              for (size_t i = 0; i < run; ++i)
                offsets[t][at + i] = offset + int64_t(i) * stride;
            });
      for (size_t i = 0; i < n; ++i) {
        uint64_t raw =
            getElement(elementBits(index.type), list.data, offsets[2][i]);
        int64_t at = index.type == isa::ElementType::i32 ? int64_t(int32_t(raw))
                                                         : int64_t(raw);
        if (at < 0 || at >= limit)
          return Fault(TrapKind::IndexOutOfRange,
                       "index " + std::to_string(at) + " of element " +
                           std::to_string(first + int64_t(i)) +
                           ", expected 0 to " + std::to_string(limit - 1));
        f(offsets[0][i] + (takes ? 0 : at * step),
          offsets[1][i] + (takes ? at * step : 0));
      }
    }
    return {};
  }

  void move(bool combines) {
    Combiner combiner(combineKind(mode), dst.type);
    unsigned bits = elementBits(dst.type);
    Fault none = forBlocks([&](int64_t d, int64_t s) {
      if (combines)
        combiner.run(to.data, d, 0, from.data, s, 0, 1);
      else
        setElement(bits, to.data, d, getElement(bits, from.data, s));
    });
    (void)none; // indices have been checked
  }

  EngineContext &ctx;
  const Descriptor &dst, &src, &index;
  unsigned dim;
  bool takes;
  isa::ScatterMode mode;
  HostTensor to, from, list;
  TensorWalk walk{3};
};

} // namespace

Fault execVgather(EngineContext &ctx, const isa::Vgather &inst,
                  const Captured &captured) {
  return moveSlices(ctx, captured.desc(inst.dst), captured.desc(inst.src),
                    captured.desc(inst.index), inst.dim, true,
                    isa::ScatterMode::set);
}

Fault execVscatter(EngineContext &ctx, const isa::Vscatter &inst,
                   const Captured &captured) {
  return moveSlices(ctx, captured.desc(inst.dst), captured.desc(inst.src),
                    captured.desc(inst.index), inst.dim, false, inst.mode);
}

Fault execVtake(EngineContext &ctx, const isa::Vtake &inst,
                const Captured &captured) {
  return ElementMove(ctx, captured.desc(inst.dst), captured.desc(inst.src),
                     captured.desc(inst.index), inst.dim, true,
                     isa::ScatterMode::set)
      .run();
}

Fault execVput(EngineContext &ctx, const isa::Vput &inst,
               const Captured &captured) {
  return ElementMove(ctx, captured.desc(inst.dst), captured.desc(inst.src),
                     captured.desc(inst.index), inst.dim, false, inst.mode)
      .run();
}

Fault execVtrans(EngineContext &ctx, const isa::Vtrans &inst,
                 const Captured &captured) {
  const Descriptor &dst = captured.desc(inst.dst),
                   &src = captured.desc(inst.src);
  if (Fault f = checkSameSizes(dst, "destination", src, "source"))
    return f;
  if (Fault f = checkMove(dst, src, 0, false))
    return f;
  HostTensor to, from;
  if (Fault f = ctx.resolve(src, Access::Read, kInSram, from))
    return f;
  if (Fault f = ctx.resolve(dst, Access::Write, kInSram, to))
    return f;
  TensorWalk walk(2);
  for (unsigned d = 0; d < kDims; ++d)
    walk.addDim(dst.size[d],
                [&](unsigned t) { return t ? src.stride[d] : dst.stride[d]; });
  unsigned bits = elementBits(dst.type);
  walk.forPairs(
      0, 0,
      [&](int64_t d, int64_t s, int64_t dStride, int64_t sStride, int64_t n) {
        moveElements(bits, to.data, d, dStride, from.data, s, sStride, n);
      });
  return {};
}

} // namespace ashlar::runtime
