//===- CopyExec.cpp - copy ------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The domain of a copy is the sizes of its tensors; in a gathered or scattered
// dimension it is the length of the list. Windows cut a box out of the domain:
// what lies in it is copied, what does not is filled.
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/Elements.h"
#include "Emulator/Kernels/HostOverlap.h"
#include "Emulator/Kernels/TensorWalk.h"
#include "ISA/Exec.h"

#include <algorithm>

namespace ashlar::runtime {

/// What the payload of a copy asks for.
class CopyContext {
public:
  int64_t lo[kDims], hi[kDims]; // window, of the domain
  uint64_t fill = 0;
  const Descriptor *gather = nullptr, *scatter = nullptr;
  unsigned gatherDim = kDims, scatterDim = kDims;
  bool add = false, multicast = false;
  uint64_t cores = 0;
  Fault fault;

  CopyContext() {
    std::fill_n(lo, kDims, 0);
    std::fill_n(hi, kDims, INT64_MAX);
  }
  /// Remembers that a word may come once only, and has a legal dimension.
  void check(bool first, unsigned dim = 0) {
    if (!first && !fault)
      fault =
          Fault(TrapKind::IllegalInstruction, "a modifier of copy is repeated");
    if (dim >= kDims && !fault)
      fault = Fault(TrapKind::IllegalInstruction, "dimension above 5");
  }
};

#define ASHLAR_DISPATCH_COPY
#include "ISA/ExecDispatch.inc"

void execCWindow(CopyContext &ctx, const isa::CWindow &inst,
                 const Captured &captured) {
  ctx.check(true, inst.dim);
  if (inst.dim >= kDims)
    return;
  ctx.lo[inst.dim] = std::max(ctx.lo[inst.dim], int64_t(captured.reg(inst.lo)));
  ctx.hi[inst.dim] = std::min(ctx.hi[inst.dim], int64_t(captured.reg(inst.hi)));
}
void execCFill(CopyContext &ctx, const isa::CFill &inst,
               const Captured &captured) {
  ctx.fill = captured.reg(inst.ra);
}
void execCGather(CopyContext &ctx, const isa::CGather &inst,
                 const Captured &captured) {
  ctx.check(!ctx.gather, inst.dim);
  ctx.gather = &captured.desc(inst.index);
  ctx.gatherDim = inst.dim;
}
void execCScatter(CopyContext &ctx, const isa::CScatter &inst,
                  const Captured &captured) {
  ctx.check(!ctx.scatter, inst.dim);
  ctx.scatter = &captured.desc(inst.index);
  ctx.scatterDim = inst.dim;
}
void execCAdd(CopyContext &ctx, const isa::CAdd &, const Captured &) {
  ctx.add = true;
}
void execCMulticast(CopyContext &ctx, const isa::CMulticast &inst,
                    const Captured &captured) {
  ctx.check(!ctx.multicast);
  ctx.multicast = true;
  ctx.cores = captured.reg(inst.cores);
}
// The emulator's core posts the signal when the copy has landed.
void execCSignal(CopyContext &, const isa::CSignal &, const Captured &) {}

namespace {

// Bytes below which a second thread costs more than it brings.
constexpr double kWorthSharing = 1 << 18;

class CopyRun {
public:
  CopyRun(EngineContext &theContext, CopyContext &theMods,
          const Descriptor &theDst, const Descriptor &theSrc)
      : ctx(theContext), mods(theMods), dst(theDst), src(theSrc),
        bits(elementBits(dst.type)), combiner(isa::OutKind::sum, dst.type) {}

  Fault prepare();
  void run();

private:
  Fault checkShapes();
  Fault resolveSource();
  Fault resolveDestinations();
  void copyBox();
  void region(const int64_t (&start)[kDims], const int64_t (&end)[kDims],
              bool copies);
  void slice(bool copies, int64_t dstBase, int64_t srcBase,
             const TensorWalk &walk);

  EngineContext &ctx;
  CopyContext &mods;
  const Descriptor &dst, &src;
  unsigned bits;
  Combiner combiner;
  int64_t domain[kDims];
  int64_t boxLo[kDims], boxHi[kDims]; // the window within the domain
  bool boxEmpty = false;
  std::vector<int64_t> gatherList, scatterList;
  HostTensor from; // based at the box's start
  std::vector<HostTensor> to;
};

Fault CopyRun::checkShapes() {
  if (elementBits(src.type) != bits)
    return Fault(TrapKind::TypeMismatch,
                 std::string("copy of ") + elementTypeName(src.type) + " to " +
                     elementTypeName(dst.type) + ", whose width differs");
  if (mods.add) {
    bool legal = bits >= 8 && dst.type != isa::ElementType::f8e4m3 &&
                 dst.type != isa::ElementType::f8e5m2 && src.type == dst.type;
    if (!legal || !combiner.valid())
      return Fault(TrapKind::TypeMismatch,
                   std::string("c.add of ") + elementTypeName(src.type) +
                       " to " + elementTypeName(dst.type));
  }
  for (unsigned d = 0; d < kDims; ++d) {
    domain[d] = mods.gatherDim == d ? mods.gather->size[5] : src.size[d];
    int64_t other = mods.scatterDim == d ? mods.scatter->size[5] : dst.size[d];
    if (domain[d] != other)
      return Fault(TrapKind::ShapeMismatch,
                   "source has sizes " + formatSizes(src.size) +
                       ", destination " + formatSizes(dst.size) +
                       "; dimension " + std::to_string(d) + " is " +
                       std::to_string(domain[d]) + " and " +
                       std::to_string(other));
    boxLo[d] = std::clamp<int64_t>(mods.lo[d], 0, domain[d]);
    boxHi[d] = std::clamp<int64_t>(mods.hi[d], boxLo[d], domain[d]);
    boxEmpty |= boxLo[d] == boxHi[d];
  }
  if (Fault f = checkPoints(domain))
    return f;
  if (bits == 4 && (mods.gatherDim == 5 || mods.scatterDim == 5))
    return Fault(TrapKind::MisalignedDescriptor,
                 "list for the innermost dimension of 4-bit elements");
  return {};
}

/// Resolves the part of the source that is read. Its base may lie outside
/// memory where the window's does not.
Fault CopyRun::resolveSource() {
  if (boxEmpty)
    return {};
  Descriptor part = src;
  for (unsigned d = 0; d < kDims; ++d) {
    if (d == mods.gatherDim)
      continue;
    int64_t start = boxLo[d];
    if (bits == 4 && d == 5)
      start &= ~int64_t(1); // whole bytes
    int64_t offset;
    if (__builtin_mul_overflow(start, src.stride[d], &offset) ||
        __builtin_mul_overflow(offset, int64_t(bits), &offset))
      return Fault(TrapKind::OutOfRange, "window leaves the address space");
    part.base += uint64_t(offset / 8);
    part.size[d] = boxHi[d] - start;
  }
  return ctx.resolve(part, Access::Read, kInDram | kInAnySram, from);
}

Fault CopyRun::resolveDestinations() {
  Access access = mods.add ? Access::ReadWrite : Access::Write;
  if (!mods.multicast) {
    to.resize(1);
    return ctx.resolve(dst, access, kInDram | kInAnySram, to[0]);
  }
  if (addressSpace(dst.base) != unsigned(Space::Sram))
    return Fault(TrapKind::OutOfRange,
                 "c.multicast to an address outside the scratchpads");
  for (uint32_t core = 0; core < 64; ++core) {
    if (!(mods.cores >> core & 1))
      continue;
    if (core >= ctx.memory.coreCount())
      return Fault(TrapKind::OutOfRange,
                   "c.multicast to core " + std::to_string(core) + " of " +
                       std::to_string(ctx.memory.coreCount()));
    Descriptor d = dst;
    d.base = withCore(dst.base, core);
    if (Fault f = ctx.resolve(d, access, kInAnySram, to.emplace_back()))
      return f;
  }
  return {};
}

Fault CopyRun::prepare() {
  if (Fault f = checkShapes())
    return f;
  if (mods.gather)
    if (Fault f = readIndexList(ctx, *mods.gather, src.size[mods.gatherDim],
                                gatherList))
      return f;
  if (mods.scatter)
    if (Fault f = readIndexList(ctx, *mods.scatter, dst.size[mods.scatterDim],
                                scatterList))
      return f;
  if (Fault f = resolveSource())
    return f;
  return resolveDestinations();
}

/// Moves (or fills) the dimensions without lists.
void CopyRun::slice(bool copies, int64_t dstBase, int64_t srcBase,
                    const TensorWalk &walk) {
  for (HostTensor &target : to) {
    walk.forPairs(
        dstBase, srcBase,
        [&](int64_t d, int64_t s, int64_t dStride, int64_t sStride, int64_t n) {
          if (copies) {
            if (mods.add)
              combiner.run(target.data, d, dStride, from.data, s, sStride, n);
            else
              moveElements(bits, target.data, d, dStride, from.data, s, sStride,
                           n);
          } else if (mods.add) {
            combiner.run(target.data, d, dStride,
                         reinterpret_cast<const uint8_t *>(&mods.fill), 0, 0,
                         n);
          } else {
            fillElements(bits, target.data, d, dStride, mods.fill, n);
          }
        });
  }
}

/// The box [start, end) of the domain, copied or filled. Lists are walked
/// outside of everything else, in ascending order.
void CopyRun::region(const int64_t (&start)[kDims], const int64_t (&end)[kDims],
                     bool copies) {
  TensorWalk walk(2);
  int64_t dstBase = 0, srcBase = 0;
  for (unsigned d = 0; d < kDims; ++d) {
    if (start[d] >= end[d])
      return;
    if (d == mods.gatherDim || d == mods.scatterDim)
      continue;
    walk.addDim(end[d] - start[d],
                [&](unsigned t) { return t ? src.stride[d] : dst.stride[d]; });
    int64_t origin = bits == 4 && d == 5 ? boxLo[d] & ~int64_t(1) : boxLo[d];
    dstBase += start[d] * dst.stride[d];
    srcBase += copies ? (start[d] - origin) * src.stride[d] : 0;
  }
  // At most two dimensions have lists; without, the loops run once.
  unsigned outer = std::min(mods.gatherDim, mods.scatterDim);
  unsigned inner = std::max(mods.gatherDim, mods.scatterDim);
  if (inner == outer)
    inner = kDims;
  auto first = [&](unsigned d) { return d < kDims ? start[d] : 0; };
  auto last = [&](unsigned d) { return d < kDims ? end[d] : 1; };
  auto dstOf = [&](unsigned d, int64_t i) {
    if (d >= kDims)
      return int64_t(0);
    return (d == mods.scatterDim ? scatterList[size_t(i)] : i) * dst.stride[d];
  };
  auto srcOf = [&](unsigned d, int64_t i) {
    if (d >= kDims || !copies)
      return int64_t(0);
    return (d == mods.gatherDim ? gatherList[size_t(i)] : i - boxLo[d]) *
           src.stride[d];
  };
  for (int64_t i = first(outer); i < last(outer); ++i)
    for (int64_t j = first(inner); j < last(inner); ++j)
      slice(copies, dstBase + dstOf(outer, i) + dstOf(inner, j),
            srcBase + srcOf(outer, i) + srcOf(inner, j), walk);
}

void CopyRun::run() {
  int64_t start[kDims], end[kDims];
  std::fill_n(start, kDims, 0);
  std::copy_n(domain, kDims, end);
  // Slabs before and behind the window, dimension by dimension.
  for (unsigned d = 0; d < kDims; ++d) {
    end[d] = boxLo[d];
    region(start, end, false);
    start[d] = boxHi[d], end[d] = domain[d];
    region(start, end, false);
    start[d] = boxLo[d], end[d] = boxHi[d];
  }
  if (!boxEmpty)
    copyBox();
}

/// The window; host threads share a large one where no part of it depends on
/// another.
void CopyRun::copyBox() {
  double bytes = double(bits) / 8 * double(to.size());
  unsigned outermost = kDims;
  for (unsigned d = kDims; d-- > 0;) {
    bytes *= double(boxHi[d] - boxLo[d]);
    if (boxHi[d] - boxLo[d] > 1)
      outermost = d;
  }
  bool shares = ctx.threads && ctx.threads->count() > 1 && outermost < kDims &&
                bytes >= kWorthSharing && !mods.gather && !mods.scatter &&
                !mods.add;
  for (size_t i = 0; i < to.size() && shares; ++i)
    shares = hasDistinctElements(to[i]) && areApart(from, to[i]);
  if (!shares)
    return region(boxLo, boxHi, true);
  int64_t size = boxHi[outermost] - boxLo[outermost];
  int64_t parts = std::min<int64_t>(size, 4 * int64_t(ctx.threads->count()));
  ctx.threads->run(size_t(parts), [&](size_t i) {
    int64_t start[kDims], end[kDims];
    std::copy_n(boxLo, kDims, start), std::copy_n(boxHi, kDims, end);
    start[outermost] = boxLo[outermost] + int64_t(i) * size / parts;
    end[outermost] = boxLo[outermost] + (int64_t(i) + 1) * size / parts;
    region(start, end, true);
  });
}

} // namespace

Fault execCopy(EngineContext &ctx, const isa::Copy &inst,
               const Captured &captured) {
  CopyContext mods;
  for (unsigned i = 0; i < captured.payloadCount; ++i)
    if (!dispatchCopy(mods, captured.payload(i), captured))
      return Fault(TrapKind::IllegalInstruction,
                   "payload is not of a copy engine");
  if (mods.fault)
    return std::move(mods.fault);
  CopyRun run(ctx, mods, captured.desc(inst.dst), captured.desc(inst.src));
  if (Fault f = run.prepare())
    return f;
  run.run();
  return {};
}

} // namespace ashlar::runtime
