//===- VectorBlocks.cpp - Blocks of lanes of a vrun, and their results ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/VectorRun.h"

#include <cstring>

namespace ashlar::runtime {

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void VectorRun::loadBlock(unsigned tensor, int64_t base,
                          const TensorWalk &lanes, int64_t first, size_t n,
                          uint8_t *dst) {
  const Tensor &t = tensors[tensor];
  size_t width = isWide(laneKind(lane::laneTypeOf(t.host.type))) ? 8 : 4;
  lanes.forRuns(tensor, base, first, n,
                [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                  t.load(dst + at * width, t.host.data, offset, stride, run);
                });
}

void VectorRun::storeBlock(const OutputState &s, const void *src,
                           lane::StoreFn store, int64_t base,
                           const TensorWalk &lanes, int64_t first, size_t n) {
  const uint8_t *from = static_cast<const uint8_t *>(src);
  bool wide = s.out->isArg() || s.wide;
  lanes.forRuns(s.tensor, base, first, n,
                [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                  store(from + at * (wide ? 8 : 4), tensors[s.tensor].host.data,
                        offset, stride, run);
                });
}

void VectorRun::runWindow(const VectorStep &step, const TensorWalk &lanes,
                          int64_t first, size_t n, const int64_t *bases) {
  bool mac = step.window == isa::WindowKind::mac;
  const HostTensor &input = tensors[step.tensor].host;
  const HostTensor &weight = tensors[mac ? step.weight : step.tensor].host;
  uint8_t *d = slot(step.d), *x = slot(step.a), *w = slot(step.b);
  fillLanes(d, false, mac ? uint64_t(0) : step.identity, n);
  if (mac && laneKind(lane::laneTypeOf(input.type)) == LaneKind::Float32)
    fillLanes(d, false, 0x80000000u, n); // -0 is neutral
  for (int64_t i = 0; i < input.size[4]; ++i) {
    for (int64_t j = 0; j < input.size[5]; ++j) {
      loadBlock(step.tensor,
                bases[step.tensor] + i * input.stride[4] + j * input.stride[5],
                lanes, first, n, x);
      if (mac) {
        loadBlock(step.weight,
                  bases[step.weight] + i * weight.stride[4] +
                      j * weight.stride[5],
                  lanes, first, n, w);
        step.fn(d, x, w, d, n);
      } else {
        step.fn(d, d, x, nullptr, n);
      }
    }
  }
}

void VectorRun::runBlock(const TensorWalk &lanes, int64_t first, size_t n,
                         const int64_t *bases) {
  for (const VectorStep &step : program.steps) {
    switch (step.action) {
    case VectorStep::Action::Load:
      loadBlock(step.tensor, bases[step.tensor], lanes, first, n, slot(step.d));
      break;
    case VectorStep::Action::Window:
      runWindow(step, lanes, first, n, bases);
      break;
    case VectorStep::Action::Iota: {
      uint8_t *d = slot(step.d);
      unsigned iota = indices[step.dim];
      lanes.forRuns(iota, bases[iota], first, n,
                    [&](size_t at, int64_t value, int64_t stride, size_t run) {
                      for (size_t i = 0; i < run; ++i, value += stride)
                        if (step.wide)
                          reinterpret_cast<int64_t *>(d)[at + i] = value;
                        else
                          reinterpret_cast<int32_t *>(d)[at + i] =
                              int32_t(value);
                    });
      break;
    }
    case VectorStep::Action::Compute:
      step.fn(slot(step.d), slot(step.a), step.b < 0 ? nullptr : slot(step.b),
              step.c < 0 ? nullptr : slot(step.c), n);
      break;
    }
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Combines with the old value if asked, and stores n finished lanes.
void VectorRun::finishValue(OutputState &s, uint8_t *result,
                            const TensorWalk &lanes, int64_t base,
                            int64_t first, size_t n) {
  if (s.out->mode == isa::OutMode::acc) {
    uint8_t *old = scratch, *converted = scratch + kSlotBytes;
    loadBlock(s.tensor, base, lanes, first, n, old);
    isa::LaneType loaded = lane::laneTypeOf(tensors[s.tensor].host.type);
    if (laneKind(loaded) != laneKind(s.out->type)) {
      lane::convert(s.out->type, loaded, true)(converted, old, nullptr, nullptr,
                                               n);
      old = converted;
    }
    s.reduction.combine(result, old, result, nullptr, n);
  }
  storeBlock(s, result, s.store, base, lanes, first, n);
}

void VectorRun::startLanes(OutputState &s, size_t n) {
  if (s.out->isScan()) {
    bool exclusive = s.out->mode == isa::OutMode::exclusive ||
                     s.out->mode == isa::OutMode::exrev;
    fillLanes(s.partials, s.wide,
              exclusive ? s.reduction.scanIdentity : s.reduction.identity, n);
  }
}

void VectorRun::takeLanes(OutputState &s, int64_t step, const TensorWalk &lanes,
                          int64_t first, size_t n, const int64_t *bases) {
  uint8_t *x = slot(s.out->slot);
  if (s.out->isStore()) {
    storeBlock(s, x, s.store, bases[s.tensor], lanes, first, n);
  } else if (s.out->isArg()) {
    s.arg.lanes(s.partials,
                reinterpret_cast<int64_t *>(s.partials + kSlotBytes), x, step,
                step == 0, n);
  } else if (s.out->isScan()) {
    bool exclusive = s.out->mode == isa::OutMode::exclusive ||
                     s.out->mode == isa::OutMode::exrev;
    if (exclusive)
      storeBlock(s, s.partials, s.store, bases[s.tensor], lanes, first, n);
    s.reduction.combine(s.partials, s.partials, x, nullptr, n);
    if (!exclusive)
      storeBlock(s, s.partials, s.store, bases[s.tensor], lanes, first, n);
  } else {
    uint8_t *partial = s.partials + size_t(step % kPartials) * kSlotBytes;
    if (step < kPartials)
      fillLanes(partial, s.wide, s.reduction.identity, n);
    s.reduction.combine(partial, partial, x, nullptr, n);
  }
}

void VectorRun::finishLanes(OutputState &s, int64_t steps,
                            const TensorWalk &lanes, int64_t first, size_t n) {
  if (s.out->isArg()) {
    storeBlock(s, s.partials + kSlotBytes, s.store, 0, lanes, first, n);
  } else if (s.out->isReduction()) {
    // Combining with a missing partial, the neutral value, changes nothing.
    for (int half = kPartials / 2; half > 0; half /= 2)
      for (int i = 0; i < half && i + half < steps; ++i)
        s.reduction.combine(s.partials + i * kSlotBytes,
                            s.partials + i * kSlotBytes,
                            s.partials + (i + half) * kSlotBytes, nullptr, n);
    finishValue(s, s.partials, lanes, 0, first, n);
  }
}

void VectorRun::startRow(OutputState &s) {
  if (s.out->isReduction())
    fillLanes(s.partials, s.wide, s.reduction.identity, kPartials);
  else
    startLanes(s, 1);
}

void VectorRun::takeRow(OutputState &s, const TensorWalk &lanes, int64_t first,
                        size_t n, const int64_t *bases) {
  uint8_t *x = slot(s.out->slot);
  if (s.out->isStore()) {
    storeBlock(s, x, s.store, bases[s.tensor], lanes, first, n);
  } else if (s.out->isArg()) {
    s.arg.row(s.partials, reinterpret_cast<int64_t *>(s.partials + kSlotBytes),
              x, first, first == 0, n);
  } else if (s.out->isScan()) {
    std::memcpy(scratch, x, n * (s.wide ? 8 : 4));
    isa::OutMode mode = s.out->mode;
    s.reduction.scan(
        scratch, s.partials, n,
        mode == isa::OutMode::exclusive || mode == isa::OutMode::exrev,
        mode == isa::OutMode::reverse || mode == isa::OutMode::exrev);
    storeBlock(s, scratch, s.store, bases[s.tensor], lanes, first, n);
  } else {
    s.reduction.accumulate(s.partials, x, n);
  }
}

void VectorRun::finishRow(OutputState &s, const int64_t *bases) {
  static const TensorWalk one(kMaxWalked);
  if (s.out->isArg()) {
    storeBlock(s, s.partials + kSlotBytes, s.store, bases[s.tensor], one, 0, 1);
  } else if (s.out->isReduction()) {
    size_t width = s.wide ? 8 : 4;
    for (size_t half = kPartials / 2; half > 0; half /= 2)
      s.reduction.combine(s.partials, s.partials, s.partials + half * width,
                          nullptr, half);
    finishValue(s, s.partials, one, bases[s.tensor], 0, 1);
  }
}

} // namespace ashlar::runtime
