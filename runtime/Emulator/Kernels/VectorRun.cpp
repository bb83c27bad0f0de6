//===- VectorRun.cpp - Executes vector programs
//------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The domain is split in kept and reduced (or scanned) dimensions. "By lanes",
// blocks of kept points advance together through the reduced ones; "by rows",
// the lanes of a block are successive reduced points of one kept point. Either
// way each output's points come in row-major order of its reduced dimensions,
// which is all that the sixteen partial results of docs/machine.md depend on.
//
//===----------------------------------------------------------------------===//

#include "Emulator/EngineContext.h"
#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/TensorWalk.h"
#include "Emulator/Kernels/VectorProgram.h"
#include "ISA/Exec.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace ashlar::runtime {
namespace {

constexpr size_t kSlotBytes = lane::kBlock * 8;
constexpr int kPartials = 16;

/// Aligned storage for slots and partial results, kept per thread.
class Workspace {
public:
  uint8_t *get(size_t bytes) {
    if (bytes > size) {
      storage = std::make_unique<uint8_t[]>(bytes + 64);
      size = bytes;
    }
    return storage.get() +
           (64 - reinterpret_cast<uintptr_t>(storage.get()) % 64) % 64;
  }

private:
  std::unique_ptr<uint8_t[]> storage;
  size_t size = 0;
};

void fillLanes(void *lanes, bool wide, uint64_t bits, size_t n) {
  if (wide)
    std::fill_n(static_cast<uint64_t *>(lanes), n, bits);
  else
    std::fill_n(static_cast<uint32_t *>(lanes), n, uint32_t(bits));
}

/// One output and what its reduction needs.
struct OutputState {
  const VectorOutput *out;
  unsigned tensor; // index into the walks
  bool wide;
  lane::StoreFn store;
  lane::Reduction reduction;
  lane::ArgReduction arg;
  uint8_t
      *partials; // 16 slots; a scan's state; an arg-reduction's best and index
};

class VectorRun {
public:
  VectorRun(const VectorProgram &theProgram) : program(theProgram) {}

  Fault prepare(EngineContext &ctx, const Captured &captured);
  void run();

private:
  Fault prepareInputs(EngineContext &ctx, const Captured &captured);
  Fault prepareOutputs(EngineContext &ctx, const Captured &captured);
  Fault checkSizes(const Descriptor &d, const int64_t (&expected)[kDims],
                   const char *what);
  void pass(const VectorOutput *const *outputs, size_t count);
  void byLanes(TensorWalk &kept, TensorWalk &reduced);
  void byRows(TensorWalk &kept, TensorWalk &reduced);
  void runBlock(const TensorWalk &lanes, int64_t first, size_t n,
                const int64_t *bases);
  void runWindow(const VectorStep &step, const TensorWalk &lanes, int64_t first,
                 size_t n, const int64_t *bases);
  void loadBlock(unsigned tensor, int64_t base, const TensorWalk &lanes,
                 int64_t first, size_t n, uint8_t *dst);
  void storeBlock(const OutputState &s, const void *src, lane::StoreFn store,
                  int64_t base, const TensorWalk &lanes, int64_t first,
                  size_t n);
  void startLanes(OutputState &s, size_t n);
  void takeLanes(OutputState &s, int64_t step, const TensorWalk &lanes,
                 int64_t first, size_t n, const int64_t *bases);
  void finishLanes(OutputState &s, int64_t steps, const TensorWalk &lanes,
                   int64_t first, size_t n);
  void startRow(OutputState &s);
  void takeRow(OutputState &s, const TensorWalk &lanes, int64_t first, size_t n,
               const int64_t *bases);
  void finishRow(OutputState &s, const int64_t *bases);
  void finishValue(OutputState &s, uint8_t *result, const TensorWalk &lanes,
                   int64_t base, int64_t first, size_t n);
  uint8_t *slot(int index) { return slots + size_t(index) * kSlotBytes; }

  struct Tensor {
    HostTensor host;
    lane::LoadFn load = nullptr;
  };
  const VectorProgram &program;
  int64_t domain[kDims] = {};
  // Inputs, then outputs, then one index tensor per v.iota.
  Tensor tensors[kMaxWalked];
  int64_t strides[kMaxWalked][kDims] = {};
  unsigned tensorCount = 0;
  uint8_t *slots = nullptr, *scratch = nullptr;
  OutputState states[2];
  size_t stateCount = 0;
};

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

Fault VectorRun::checkSizes(const Descriptor &d,
                            const int64_t (&expected)[kDims],
                            const char *what) {
  if (std::equal(expected, expected + kDims, d.size))
    return {};
  return Fault(TrapKind::ShapeMismatch,
               std::string(what) + " has sizes " + formatSizes(d.size) +
                   ", expected " + formatSizes(expected));
}

Fault VectorRun::prepareInputs(EngineContext &ctx, const Captured &captured) {
  for (const VectorInput &input : program.inputs) {
    const Descriptor &d = captured.desc(input.desc);
    if (!input.windowed) {
      if (Fault f = checkSizes(d, domain, "input of the vector program"))
        return f;
    } else {
      int64_t expected[kDims];
      std::copy_n(domain, kDims, expected);
      expected[4] = d.size[4], expected[5] = d.size[5];
      if (domain[4] != 1 || domain[5] != 1)
        return Fault(TrapKind::ShapeMismatch,
                     "v.win in a domain of sizes " + formatSizes(domain) +
                         ", whose dimensions 4 and 5 are not 1");
      if (Fault f = checkSizes(d, expected, "input of v.win"))
        return f;
    }
    Tensor &t = tensors[tensorCount];
    if (Fault f = ctx.resolve(d, Access::Read, kInSram, t.host))
      return f;
    t.load = lane::load(d.type);
    std::copy_n(d.stride, kDims, strides[tensorCount]);
    ++tensorCount;
  }
  for (const VectorStep &step : program.steps)
    if (step.action == VectorStep::Action::Window &&
        step.window == isa::WindowKind::mac)
      if (Fault f =
              checkSizes(captured.desc(program.inputs[step.weight].desc),
                         tensors[step.tensor].host.size, "weight of v.win.mac"))
        return f;
  return {};
}

Fault VectorRun::prepareOutputs(EngineContext &ctx, const Captured &captured) {
  for (const VectorOutput &out : program.outputs) {
    const Descriptor &d = captured.desc(out.desc);
    int64_t expected[kDims];
    for (unsigned i = 0; i < kDims; ++i)
      expected[i] = (out.dims >> i & 1) && !out.isScan() ? 1 : domain[i];
    if (Fault f = checkSizes(d, expected, "output of the vector program"))
      return f;
    Access access =
        out.mode == isa::OutMode::acc ? Access::ReadWrite : Access::Write;
    Tensor &t = tensors[tensorCount];
    // The unit writes accumulators, it does not read them.
    bool accumulates = d.type == isa::ElementType::i32 ||
                       d.type == isa::ElementType::f32;
    unsigned spaces =
        accumulates && access == Access::Write ? kInSram | kInAcc : kInSram;
    if (Fault f = ctx.resolve(d, access, spaces, t.host))
      return f;
    t.load = lane::load(d.type);
    std::copy_n(d.stride, kDims, strides[tensorCount]);
    ++tensorCount;
  }
  return {};
}

Fault VectorRun::prepare(EngineContext &ctx, const Captured &captured) {
  if (!program.inputs.empty()) {
    const VectorInput &first = program.inputs[0];
    const Descriptor &d = captured.desc(first.desc);
    std::copy_n(d.size, kDims, domain);
    if (first.windowed)
      domain[4] = domain[5] = 1;
  } else {
    std::copy_n(captured.desc(program.outputs[0].desc).size, kDims, domain);
  }
  if (Fault f = checkPoints(domain))
    return f;
  if (Fault f = prepareInputs(ctx, captured))
    return f;
  if (Fault f = prepareOutputs(ctx, captured))
    return f;
  // An index is a tensor whose offset is its value.
  for (const VectorStep &step : program.steps)
    if (step.action == VectorStep::Action::Iota)
      strides[tensorCount++][step.dim] = 1;
  return {};
}

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
  unsigned iota = unsigned(program.inputs.size() + program.outputs.size());
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
      lanes.forRuns(iota, bases[iota], first, n,
                    [&](size_t at, int64_t value, int64_t stride, size_t run) {
                      for (size_t i = 0; i < run; ++i, value += stride)
                        if (step.wide)
                          reinterpret_cast<int64_t *>(d)[at + i] = value;
                        else
                          reinterpret_cast<int32_t *>(d)[at + i] =
                              int32_t(value);
                    });
      ++iota;
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

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

static bool runsBackwards(const OutputState *states, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (states[i].out->mode == isa::OutMode::reverse ||
        states[i].out->mode == isa::OutMode::exrev)
      return true;
  return false;
}

void VectorRun::byLanes(TensorWalk &kept, TensorWalk &reduced) {
  int64_t bases[kMaxWalked];
  int64_t steps = reduced.points();
  bool backwards = runsBackwards(states, stateCount);
  for (int64_t first = 0; first < kept.points(); first += lane::kBlock) {
    size_t n = size_t(std::min<int64_t>(lane::kBlock, kept.points() - first));
    for (size_t i = 0; i < stateCount; ++i)
      startLanes(states[i], n);
    for (int64_t step = 0; step < steps; ++step) {
      int64_t point = backwards ? steps - 1 - step : step;
      for (unsigned t = 0; t < tensorCount; ++t)
        bases[t] = reduced.offsetOf(point, t);
      runBlock(kept, first, n, bases);
      for (size_t i = 0; i < stateCount; ++i)
        takeLanes(states[i], step, kept, first, n, bases);
    }
    for (size_t i = 0; i < stateCount; ++i)
      finishLanes(states[i], steps, kept, first, n);
  }
}

void VectorRun::byRows(TensorWalk &kept, TensorWalk &reduced) {
  int64_t bases[kMaxWalked];
  int64_t blocks =
      (reduced.points() + int64_t(lane::kBlock) - 1) / int64_t(lane::kBlock);
  bool backwards = runsBackwards(states, stateCount);
  for (int64_t row = 0; row < kept.points(); ++row) {
    for (unsigned t = 0; t < tensorCount; ++t)
      bases[t] = kept.offsetOf(row, t);
    for (size_t i = 0; i < stateCount; ++i)
      startRow(states[i]);
    for (int64_t b = 0; b < blocks; ++b) {
      int64_t first = (backwards ? blocks - 1 - b : b) * int64_t(lane::kBlock);
      size_t n =
          size_t(std::min<int64_t>(lane::kBlock, reduced.points() - first));
      runBlock(reduced, first, n, bases);
      for (size_t i = 0; i < stateCount; ++i)
        takeRow(states[i], reduced, first, n, bases);
    }
    for (size_t i = 0; i < stateCount; ++i)
      finishRow(states[i], bases);
  }
}

/// Runs the program over the domain for outputs whose dimensions agree.
void VectorRun::pass(const VectorOutput *const *outputs, size_t count) {
  unsigned mask = 0;
  stateCount = count;
  for (size_t i = 0; i < count; ++i) {
    const VectorOutput &out = *outputs[i];
    OutputState &s = states[i];
    mask |= out.isStore() ? 0 : out.dims;
    s.out = &out;
    s.tensor = unsigned(program.inputs.size()) +
               unsigned(&out - program.outputs.data());
    s.wide = isWide(laneKind(out.type));
    isa::LaneType stored = out.isArg() ? isa::LaneType::i64 : out.type;
    s.store = lane::store(stored, tensors[s.tensor].host.type);
    if (out.isArg())
      s.arg = lane::argReduction(out.kind == isa::OutKind::argmax,
                                 out.mode == isa::OutMode::last, out.type);
    else if (!out.isStore())
      s.reduction = lane::reduction(out.kind, out.type);
    s.partials = scratch + (2 + i * kPartials) * kSlotBytes;
  }
  TensorWalk kept(tensorCount), reduced(tensorCount);
  bool innermostReduced = false;
  for (unsigned d = 0; d < kDims; ++d) {
    bool isReduced = mask >> d & 1;
    (isReduced ? reduced : kept).addDim(domain[d], [&](unsigned t) {
      return strides[t][d];
    });
    if (domain[d] != 1)
      innermostReduced = isReduced;
  }
  // Rows pay a fixed price each; strided lanes pay per element.
  bool rows = mask && (kept.points() < 16 ||
                       (innermostReduced && reduced.points() >= 96));
  if (rows)
    byRows(kept, reduced);
  else
    byLanes(kept, reduced);
}

void VectorRun::run() {
  thread_local Workspace workspace;
  size_t extra = 2 + 2 * kPartials;
  slots = workspace.get((size_t(program.slots) + extra) * kSlotBytes);
  scratch = slots + size_t(program.slots) * kSlotBytes;
  for (const VectorConstant &c : program.constants)
    fillLanes(slot(c.slot), c.wide, c.bits, lane::kBlock);
  const VectorOutput *all[2];
  size_t count = program.outputs.size();
  for (size_t i = 0; i < count; ++i)
    all[i] = &program.outputs[i];
  // Two reductions over different dimensions, or with scans, run one by one.
  bool apart =
      count == 2 && !all[0]->isStore() && !all[1]->isStore() &&
      (all[0]->dims != all[1]->dims || all[0]->isScan() || all[1]->isScan());
  if (apart) {
    pass(all, 1);
    pass(all + 1, 1);
  } else if (count) {
    pass(all, count);
  }
}

} // namespace

Fault execVrun(EngineContext &ctx, const isa::Vrun &,
               const Captured &captured) {
  thread_local VectorProgram program;
  LaneContext compiler(program);
  if (Fault f = compiler.compile(captured))
    return f;
  VectorRun run(program);
  if (Fault f = run.prepare(ctx, captured))
    return f;
  run.run();
  return {};
}

} // namespace ashlar::runtime
