//===- VectorRun.cpp - Executes vector programs ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/VectorRun.h"

#include "Emulator/Kernels/Checks.h"
#include "ISA/Exec.h"

#include <algorithm>
#include <memory>

namespace ashlar::runtime {
namespace {

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

} // namespace

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
