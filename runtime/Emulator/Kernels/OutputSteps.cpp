//===- OutputSteps.cpp - The steps of drain and preload -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/Numbers.h"
#include "Emulator/Kernels/OutputKernels.h"
#include "Emulator/Kernels/OutputStage.h"
#include "ISA/Exec.h"

#include <algorithm>

namespace ashlar::runtime {

#define ASHLAR_DISPATCH_OUTPUT
#include "ISA/ExecDispatch.inc"

using isa::ElementType;
using isa::LaneType;

static lane::Fn floatFn(isa::Opcode op) {
  return lane::arithmetic(op, LaneType::f32);
}

static void addTensorStep(OutputContext &ctx, isa::Opcode op,
                          const Descriptor &tensor) {
  OutStep &step = ctx.steps.emplace_back();
  step.action = OutStep::Action::Tensor;
  step.fn = floatFn(op);
  step.desc = &tensor;
}
static void addScalarStep(OutputContext &ctx, isa::Opcode op, uint64_t reg) {
  OutStep &step = ctx.steps.emplace_back();
  step.action = OutStep::Action::Scalar;
  step.fn = floatFn(op);
  step.lo = num::asFloat(uint32_t(reg));
}

void execOMul(OutputContext &ctx, const isa::OMul &inst,
              const Captured &captured) {
  addTensorStep(ctx, isa::Opcode::VMul, captured.desc(inst.tensor));
}
void execOAdd(OutputContext &ctx, const isa::OAdd &inst,
              const Captured &captured) {
  addTensorStep(ctx, isa::Opcode::VAdd, captured.desc(inst.tensor));
}
void execOSub(OutputContext &ctx, const isa::OSub &inst,
              const Captured &captured) {
  addTensorStep(ctx, isa::Opcode::VSub, captured.desc(inst.tensor));
}
void execOMuls(OutputContext &ctx, const isa::OMuls &inst,
               const Captured &captured) {
  if (ctx.fusedPending) {
    ctx.steps.back().lo = num::asFloat(uint32_t(captured.reg(inst.ra)));
    ctx.fusedPending = false;
    return;
  }
  addScalarStep(ctx, isa::Opcode::VMul, captured.reg(inst.ra));
}
void execOAdds(OutputContext &ctx, const isa::OAdds &inst,
               const Captured &captured) {
  addScalarStep(ctx, isa::Opcode::VAdd, captured.reg(inst.ra));
}
void execOFma(OutputContext &ctx, const isa::OFma &inst,
              const Captured &captured) {
  addTensorStep(ctx, isa::Opcode::VAdd, captured.desc(inst.tensor));
  ctx.steps.back().action = OutStep::Action::Fused;
  ctx.fusedPending = true;
}
void execORound(OutputContext &ctx, const isa::ORound &, const Captured &) {
  ctx.steps.emplace_back().fn = floatFn(isa::Opcode::VRint);
}

/// The bounds of an integer type, rounded to f32 for 32 and 64 bits.
static void integerRange(ElementType type, float &lo, float &hi) {
  unsigned bits = elementBits(type);
  bool isSigned = unsigned(type) % 2 == 0; // i4, u4, i8, u8, ...
  double range = __builtin_ldexp(1.0, int(bits) - (isSigned ? 1 : 0));
  lo = isSigned ? float(-range) : 0.0f;
  hi = float(range - 1);
}

void execOSat(OutputContext &ctx, const isa::OSat &inst, const Captured &) {
  OutStep &step = ctx.steps.emplace_back();
  if (isIntegerType(inst.type)) {
    step.action = OutStep::Action::Saturate;
    integerRange(inst.type, step.lo, step.hi);
  } else if (lane::Fn fn = lane::narrow(inst.type)) {
    step.fn = fn;
  } else { // f32 and f64 hold every f32; NaN becomes canonical
    step.fn = lane::convert(LaneType::f32, LaneType::f32, true);
  }
}
void execOClamp(OutputContext &ctx, const isa::OClamp &inst,
                const Captured &captured) {
  OutStep &step = ctx.steps.emplace_back();
  step.action = OutStep::Action::Clamp;
  step.lo = num::asFloat(uint32_t(captured.reg(inst.lo)));
  step.hi = num::asFloat(uint32_t(captured.reg(inst.hi)));
}
void execOTable(OutputContext &ctx, const isa::OTable &inst,
                const Captured &captured) {
  OutStep &step = ctx.steps.emplace_back();
  step.action = OutStep::Action::Table;
  step.desc = &captured.desc(inst.tensor);
}
void execOPoly(OutputContext &ctx, const isa::OPoly &inst,
               const Captured &captured) {
  OutStep &step = ctx.steps.emplace_back();
  step.action = OutStep::Action::Polynomial;
  step.desc = &captured.desc(inst.tensor);
}

//===----------------------------------------------------------------------===//
// OutputContext
//===----------------------------------------------------------------------===//

Fault OutputContext::read(const Captured &captured) {
  steps.reserve(captured.payloadCount);
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    if (fusedPending && isa::opcodeOf(word) != isa::Opcode::OMuls)
      fail("o.fma is not followed by o.muls");
    if (!dispatchOutput(*this, word, captured))
      fail("payload is not of the output stage");
  }
  if (fusedPending)
    fail("o.fma is not followed by o.muls");
  if (steps.size() > kMaxOutSteps)
    fail(std::to_string(steps.size()) + " steps, at most " +
         std::to_string(kMaxOutSteps) + " are possible");
  return std::move(fault);
}

Fault OutputContext::resolveTable(const EngineContext &ctx, OutStep &step,
                                  const ElementType *type) {
  const Descriptor &d = *step.desc;
  bool isTable = step.action == OutStep::Action::Table;
  if (isTable && !type)
    return Fault(TrapKind::IllegalInstruction, "o.table outside a drain");
  if (isTable && (d.type != *type || elementBits(*type) != 8))
    return Fault(TrapKind::TypeMismatch, std::string("o.table of ") +
                                             elementTypeName(d.type) +
                                             " into " + elementTypeName(*type) +
                                             ", expected one 8-bit type");
  if (!isTable && d.type != ElementType::f32)
    return Fault(TrapKind::TypeMismatch, std::string("o.poly table of ") +
                                             elementTypeName(d.type) +
                                             ", expected f32");
  int64_t entries = d.size[5];
  bool flat = std::all_of(d.size, d.size + 5, [](int64_t s) { return s == 1; });
  if (!flat ||
      (isTable ? entries != 256 : entries < 6 || (entries - 2) % 4 != 0))
    return Fault(
        TrapKind::ShapeMismatch,
        "table has sizes " + formatSizes(d.size) +
            (isTable ? ", expected 256 entries in dimension 5"
                     : ", expected 2 + 4 * segments entries in dimension 5"));
  if (entries > (int64_t(1) << 24))
    return Fault(TrapKind::ShapeMismatch, "more than 2^24 entries in a table");
  if (Fault f = ctx.resolve(d, Access::Read, kInSram, step.tensor))
    return f;
  // Tables are small; loading them once leaves plain arrays for the loops.
  step.table.resize(size_t(entries));
  lane::LoadFn load = lane::load(d.type);
  load(step.table.data(), step.tensor.data, 0, d.stride[5], size_t(entries));
  LaneType loaded = lane::laneTypeOf(d.type);
  if (loaded != LaneType::f32)
    lane::convert(LaneType::f32, loaded, true)(step.table.data(),
                                               step.table.data(), nullptr,
                                               nullptr, size_t(entries));
  return {};
}

Fault OutputContext::resolve(const EngineContext &ctx, const Descriptor &sizes,
                             const ElementType *tableType) {
  walked = 0;
  for (OutStep &step : steps) {
    if (!step.desc)
      continue;
    if (step.action == OutStep::Action::Table ||
        step.action == OutStep::Action::Polynomial) {
      if (Fault f = resolveTable(ctx, step, tableType))
        return f;
      continue;
    }
    if (Fault f = checkSameSizes(*step.desc, "tensor of a step", sizes,
                                 "the instruction's tensor"))
      return f;
    if (Fault f = ctx.resolve(*step.desc, Access::Read, kInSram, step.tensor))
      return f;
    step.walked = ++walked;
  }
  return {};
}

int64_t OutputContext::strideOf(unsigned t, unsigned d) const {
  for (const OutStep &step : steps)
    if (step.walked == t)
      return step.tensor.stride[d];
  return 0;
}

/// n elements of a step's tensor as f32.
static void loadFloats(const OutStep &step, const TensorWalk &walk,
                       int64_t first, size_t n, float *dst) {
  alignas(64) uint8_t raw[lane::kBlock * 8];
  LaneType loaded = lane::laneTypeOf(step.tensor.type);
  bool plain = loaded == LaneType::f32;
  size_t width = bitWidth(loaded) / 8;
  uint8_t *lanes = plain ? reinterpret_cast<uint8_t *>(dst) : raw;
  lane::LoadFn load = lane::load(step.tensor.type);
  walk.forRuns(step.walked, 0, first, n,
               [&](size_t at, int64_t offset, int64_t stride, size_t run) {
                 load(lanes + at * width, step.tensor.data, offset, stride,
                      run);
               });
  if (!plain)
    lane::convert(LaneType::f32, loaded, true)(dst, raw, nullptr, nullptr, n);
}

void OutputContext::apply(float *x, const TensorWalk &walk, int64_t first,
                          size_t n) const {
  alignas(64) float other[lane::kBlock];
  const OutputKernels &kernels = outputKernels();
  auto fill = [&](float value) { std::fill_n(other, n, value); };
  for (const OutStep &step : steps) {
    switch (step.action) {
    case OutStep::Action::Tensor:
      loadFloats(step, walk, first, n, other);
      step.fn(x, x, other, nullptr, n);
      break;
    case OutStep::Action::Scalar:
      fill(step.lo);
      step.fn(x, x, other, nullptr, n);
      break;
    case OutStep::Action::Fused: {
      alignas(64) float scaled[lane::kBlock];
      loadFloats(step, walk, first, n, other);
      std::fill_n(scaled, n, step.lo);
      floatFn(isa::Opcode::VMul)(scaled, other, scaled, nullptr, n);
      step.fn(x, scaled, x, nullptr, n);
      break;
    }
    case OutStep::Action::Unary:
      step.fn(x, x, nullptr, nullptr, n);
      break;
    case OutStep::Action::Saturate:
      kernels.saturate(x, step.lo, step.hi, n);
      break;
    case OutStep::Action::Clamp:
      fill(step.lo);
      floatFn(isa::Opcode::VMax)(x, x, other, nullptr, n);
      fill(step.hi);
      floatFn(isa::Opcode::VMin)(x, x, other, nullptr, n);
      break;
    case OutStep::Action::Table:
      kernels.lookUp(
          x, reinterpret_cast<const float (&)[256]>(*step.table.data()), n);
      break;
    case OutStep::Action::Polynomial:
      kernels.polynomial(x, step.table.data(),
                         int32_t((step.table.size() - 2) / 4), n);
      break;
    }
  }
}

} // namespace ashlar::runtime
