//===- OutputExec.cpp - drain and preload ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Points are walked row-major in blocks of lanes, whatever `order` says: the
// order matters for time only.
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/AccTile.h"
#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/OutputStage.h"
#include "ISA/Exec.h"

#include <algorithm>
#include <cstring>

namespace ashlar::runtime {
namespace {

using isa::ElementType;
using isa::LaneType;

/// Calls f(pointer, lane, n) for the contiguous accumulators of points
/// [first, first + n), counted row-major over the tile.
template <typename F>
void forAccPieces(const AccTile &acc, int64_t first, size_t n, F f) {
  size_t lane = 0;
  int64_t i = first / acc.columns, j = first % acc.columns;
  while (lane < n) {
    int64_t piece = std::min<int64_t>(acc.columns - j, int64_t(n - lane));
    acc.forPieces(i, j, piece, [&](uint8_t *p, int64_t, int64_t count) {
      f(p, lane, size_t(count));
      lane += size_t(count);
    });
    ++i, j = 0;
  }
}

void loadAcc(const AccTile &acc, int64_t first, size_t n, uint32_t *lanes) {
  forAccPieces(acc, first, n, [&](uint8_t *p, size_t at, size_t count) {
    std::memcpy(lanes + at, p, count * 4);
  });
}
void storeAcc(const AccTile &acc, int64_t first, size_t n,
              const uint32_t *lanes) {
  forAccPieces(acc, first, n, [&](uint8_t *p, size_t at, size_t count) {
    std::memcpy(p, lanes + at, count * 4);
  });
}

/// A walk over dst (or src), tensor 0, and the steps' tensors.
TensorWalk makeWalk(const HostTensor &tensor, const OutputContext &steps) {
  TensorWalk walk(1 + steps.walkedTensors());
  for (unsigned d = 0; d < kDims; ++d)
    walk.addDim(tensor.size[d], [&](unsigned t) {
      return t ? steps.strideOf(t, d) : tensor.stride[d];
    });
  return walk;
}

/// How values leave the stage: converted in place, then stored.
struct Ending {
  lane::Fn convert = nullptr, clamp = nullptr;
  lane::StoreFn store = nullptr;
};

/// From f32 to any type, or (raw) from i32 to an integer type.
Ending endingFor(ElementType type, bool raw) {
  Ending e;
  LaneType lanes = isFloatType(type) ? LaneType::f32 : lane::laneTypeOf(type);
  e.clamp = elementBits(type) <= 16 && isIntegerType(type) ? lane::clampTo(type)
                                                           : nullptr;
  if (!isFloatType(type)) {
    if (!raw)
      e.convert = lane::convert(lanes, LaneType::f32, true);
    else if (lanes == LaneType::i64 || lanes == LaneType::u64)
      e.convert = lane::convert(lanes, LaneType::i32, true);
  }
  e.store = lane::store(lanes, type);
  return e;
}

void raiseNegative(uint32_t *lanes, size_t n) {
  for (size_t i = 0; i < n; ++i)
    lanes[i] = lanes[i] >> 31 ? 0 : lanes[i];
}

} // namespace

Fault execDrain(EngineContext &ctx, const isa::Drain &inst,
                const Captured &captured) {
  OutputContext steps;
  if (Fault f = steps.read(captured))
    return f;
  const Descriptor &dst = captured.desc(inst.dst);
  int64_t m = productOf3(dst.size, 0), n = productOf3(dst.size, 3);
  AccTile acc;
  if (Fault f = resolveAccumulators(ctx, captured.desc(inst.acc), m, n,
                                    Access::Read, acc))
    return f;
  if (Fault f = steps.resolve(ctx, dst, &dst.type))
    return f;
  HostTensor out;
  if (Fault f = ctx.resolve(dst, Access::Write, kInSram, out))
    return f;
  bool raw = steps.steps.empty() && !acc.isFloat && isIntegerType(dst.type);
  bool unsignedRaw =
      raw && (dst.type == ElementType::u32 || dst.type == ElementType::u64);
  Ending ending = endingFor(dst.type, raw);
  lane::Fn toFloat = lane::convert(LaneType::f32, LaneType::i32, true);
  TensorWalk walk = makeWalk(out, steps);
  alignas(64) uint32_t x[lane::kBlock];
  alignas(64) uint64_t wide[lane::kBlock];
  for (int64_t first = 0; first < m * n; first += lane::kBlock) {
    size_t count = size_t(std::min<int64_t>(lane::kBlock, m * n - first));
    loadAcc(acc, first, count, x);
    if (!raw && !acc.isFloat)
      toFloat(x, x, nullptr, nullptr, count);
    if (unsignedRaw)
      raiseNegative(x, count);
    steps.apply(reinterpret_cast<float *>(x), walk, first, count);
    bool widens = elementBits(dst.type) == 64 && ending.convert;
    uint8_t *result =
        reinterpret_cast<uint8_t *>(widens ? static_cast<void *>(wide) : x);
    if (ending.convert)
      ending.convert(result, x, nullptr, nullptr, count);
    if (ending.clamp)
      ending.clamp(result, result, nullptr, nullptr, count);
    walk.forRuns(0, 0, first, count,
                 [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                   ending.store(result + at * (widens ? 8 : 4), out.data,
                                offset, stride, run);
                 });
  }
  return {};
}

/// Types that preload without steps converts exactly.
static bool preloadsExactly(ElementType src, bool toFloat) {
  if (isFloatType(src))
    return toFloat && src != ElementType::f64;
  return !toFloat && elementBits(src) <= 32 && src != ElementType::u32;
}

Fault execPreload(EngineContext &ctx, const isa::Preload &inst,
                  const Captured &captured) {
  OutputContext steps;
  if (Fault f = steps.read(captured))
    return f;
  const Descriptor &src = captured.desc(inst.src),
                   &dst = captured.desc(inst.acc);
  bool fromAcc = addressSpace(src.base) == unsigned(Space::Acc);
  int64_t m = fromAcc ? src.size[4] : productOf3(src.size, 0);
  int64_t n = fromAcc ? src.size[5] : productOf3(src.size, 3);
  AccTile acc, from;
  if (Fault f = resolveAccumulators(ctx, dst, m, n, Access::Write, acc))
    return f;
  HostTensor in;
  // Steps' tensors have src's sizes; a tile counts as m x n in dimensions 2
  // and 5.
  Descriptor sizes = src;
  if (fromAcc) {
    if (Fault f = resolveAccumulators(ctx, src, m, n, Access::Read, from))
      return f;
    sizes.size[4] = 1, sizes.size[2] = m;
    std::copy_n(sizes.size, kDims, in.size);
    std::fill_n(in.stride, kDims, 0);
  } else if (Fault f = ctx.resolve(src, Access::Read, kInSram, in)) {
    return f;
  }
  if (Fault f = steps.resolve(ctx, sizes, nullptr))
    return f;
  bool plain = steps.steps.empty();
  if (plain && !preloadsExactly(src.type, acc.isFloat))
    return Fault(TrapKind::TypeMismatch,
                 std::string("preload of ") + elementTypeName(src.type) +
                     " into " + elementTypeName(dst.type) + " without steps");
  LaneType loaded = lane::laneTypeOf(src.type);
  lane::LoadFn load = lane::load(src.type);
  lane::Fn toFloat = lane::convert(LaneType::f32, loaded, true);
  lane::Fn toInt = lane::convert(LaneType::i32, LaneType::f32, true);
  TensorWalk walk = makeWalk(in, steps);
  alignas(64) uint64_t raw[lane::kBlock];
  alignas(64) uint32_t x[lane::kBlock];
  for (int64_t first = 0; first < m * n; first += lane::kBlock) {
    size_t count = size_t(std::min<int64_t>(lane::kBlock, m * n - first));
    bool converts = !plain && loaded != LaneType::f32;
    uint8_t *lanes =
        reinterpret_cast<uint8_t *>(converts ? static_cast<void *>(raw) : x);
    if (fromAcc)
      loadAcc(from, first, count, reinterpret_cast<uint32_t *>(lanes));
    else
      walk.forRuns(0, 0, first, count,
                   [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                     load(lanes + at * (bitWidth(loaded) / 8), in.data, offset,
                          stride, run);
                   });
    if (converts)
      toFloat(x, raw, nullptr, nullptr, count);
    steps.apply(reinterpret_cast<float *>(x), walk, first, count);
    if (!plain && !acc.isFloat)
      toInt(x, x, nullptr, nullptr, count);
    storeAcc(acc, first, count, x);
  }
  return {};
}

} // namespace ashlar::runtime
