//===- VectorRun.cpp - Executes vector programs ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/VectorRun.h"

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/HostOverlap.h"
#include "ISA/Exec.h"

#include <algorithm>

namespace ashlar::runtime {

// Steps of lanes below which a second thread costs more than it brings.
static constexpr double kWorthSharing = 1 << 17;
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

Fault VectorRun::prepareInputs(EngineContext &ctx) {
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

Fault VectorRun::prepareOutputs(EngineContext &ctx) {
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
    bool accumulates =
        d.type == isa::ElementType::i32 || d.type == isa::ElementType::f32;
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

Fault VectorRun::prepare(EngineContext &ctx) {
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
  if (Fault f = prepareInputs(ctx))
    return f;
  if (Fault f = prepareOutputs(ctx))
    return f;
  // An index is a tensor whose offset is its value; one serves every v.iota of
  // its dimension.
  for (const VectorStep &step : program.steps)
    if (step.action == VectorStep::Action::Iota && !indices[step.dim]) {
      indices[step.dim] = tensorCount;
      strides[tensorCount++][step.dim] = 1;
    }
  return {};
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

VectorSplit::VectorSplit(const int64_t (&domain)[kDims], unsigned mask) {
  bool innermostReduced = false;
  for (unsigned d = 0; d < kDims; ++d) {
    bool isReduced = mask >> d & 1;
    uint64_t &points = isReduced ? reduced : kept;
    uint64_t size = uint64_t(std::max<int64_t>(domain[d], 0));
    if (__builtin_mul_overflow(points, size, &points) ||
        points > uint64_t(kMostPoints))
      points = uint64_t(kMostPoints) + 1;
    if (domain[d] != 1)
      innermostReduced = isReduced;
  }
  // Rows pay a fixed price each; strided lanes pay per element.
  byRows = mask && (kept < 16 || (innermostReduced && reduced >= 96));
}

uint64_t VectorSplit::blocks() const {
  uint64_t lanes = byRows ? reduced : kept, others = byRows ? kept : reduced;
  uint64_t each = (lanes + lane::kBlock - 1) / lane::kBlock, count;
  bool isHuge = __builtin_mul_overflow(each, others, &count);
  return isHuge ? uint64_t(1) << 62 : count;
}

static bool runsBackwards(const OutputState *states, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (states[i].out->mode == isa::OutMode::reverse ||
        states[i].out->mode == isa::OutMode::exrev)
      return true;
  return false;
}

/// Kept points [begin, end).
void VectorRun::byLanes(const TensorWalk &kept, const TensorWalk &reduced,
                        int64_t begin, int64_t end) {
  int64_t bases[kMaxWalked];
  int64_t steps = reduced.points();
  bool backwards = runsBackwards(states, stateCount);
  for (int64_t first = begin; first < end; first += lane::kBlock) {
    size_t n = size_t(std::min<int64_t>(lane::kBlock, end - first));
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

void VectorRun::byRows(const TensorWalk &kept, const TensorWalk &reduced,
                       int64_t begin, int64_t end) {
  int64_t bases[kMaxWalked];
  int64_t blocks =
      (reduced.points() + int64_t(lane::kBlock) - 1) / int64_t(lane::kBlock);
  bool backwards = runsBackwards(states, stateCount);
  for (int64_t row = begin; row < end; ++row) {
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

/// Each kept point may run on a thread of its own: nothing that one writes is
/// another's.
bool VectorRun::isShareable() const {
  size_t inputs = program.inputs.size();
  for (size_t o = inputs; o < inputs + program.outputs.size(); ++o) {
    const HostTensor &out = tensors[o].host;
    if (!hasDistinctElements(out))
      return false;
    for (size_t t = 0; t < inputs + program.outputs.size(); ++t) {
      bool inPlace = t < inputs && !program.inputs[t].windowed &&
                     areSameElements(out, tensors[t].host);
      if (t != o && !inPlace && !areApart(out, tensors[t].host))
        return false;
    }
  }
  return true;
}

/// Slots and partial results of the calling thread.
void VectorRun::openWorkspace() {
  thread_local HostScratch<uint8_t> workspace;
  size_t extra = 2 + 2 * kPartials;
  slots = workspace.get((size_t(program.slots) + extra) * kSlotBytes);
  scratch = slots + size_t(program.slots) * kSlotBytes;
  for (size_t i = 0; i < stateCount; ++i)
    states[i].partials = scratch + (2 + i * kPartials) * kSlotBytes;
  size_t points = 1;
  for (int64_t size : domain)
    points = std::min(points * size_t(size), lane::kBlock);
  for (const VectorConstant &c : program.constants)
    fillLanes(slot(c.slot), c.wide,
              c.reg < 0 ? c.bits : captured.reg(unsigned(c.reg)), points);
}

/// Runs the program over the domain for outputs whose dimensions agree.
void VectorRun::pass(const VectorOutput *const *outputs, size_t count,
                     HostThreads *threads) {
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
  }
  TensorWalk kept(tensorCount), reduced(tensorCount);
  for (unsigned d = 0; d < kDims; ++d)
    (mask >> d & 1 ? reduced : kept).addDim(domain[d], [&](unsigned t) {
      return strides[t][d];
    });
  bool rows = VectorSplit(domain, mask).byRows;
  auto runPart = [&](VectorRun &part, int64_t begin, int64_t end) {
    part.openWorkspace();
    rows ? part.byRows(kept, reduced, begin, end)
         : part.byLanes(kept, reduced, begin, end);
  };
  int64_t points = kept.points(), unit = rows ? 1 : int64_t(lane::kBlock);
  double steps = double(program.steps.size());
  for (size_t t = 0; t < program.inputs.size(); ++t)
    if (program.inputs[t].windowed)
      steps += double(tensors[t].host.size[4] * tensors[t].host.size[5]);
  double work = double(points) * double(reduced.points()) * steps;
  if (!threads || threads->count() == 1 || points < 2 * unit ||
      work < kWorthSharing || !isShareable())
    return runPart(*this, 0, points);
  int64_t units = (points + unit - 1) / unit;
  int64_t parts = std::min<int64_t>(units, 4 * int64_t(threads->count()));
  threads->run(size_t(parts), [&](size_t i) {
    VectorRun part = *this;
    runPart(part, int64_t(i) * units / parts * unit,
            std::min(points, (int64_t(i) + 1) * units / parts * unit));
  });
}

void VectorRun::run(HostThreads *threads) {
  const VectorOutput *all[2];
  size_t count = program.outputs.size();
  for (size_t i = 0; i < count; ++i)
    all[i] = &program.outputs[i];
  bool apart = count == 2 && runApart(*all[0], *all[1]);
  if (apart) {
    pass(all, 1, threads);
    pass(all + 1, 1, threads);
  } else if (count) {
    pass(all, count, threads);
  }
}

Fault execVrun(EngineContext &ctx, const isa::Vrun &,
               const Captured &captured) {
  thread_local VectorPrograms programs;
  Fault fault;
  const VectorProgram *program = programs.find(captured, fault);
  if (!program)
    return fault;
  VectorRun run(*program, captured);
  if (Fault f = run.prepare(ctx))
    return f;
  run.run(ctx.threads);
  return {};
}

} // namespace ashlar::runtime
