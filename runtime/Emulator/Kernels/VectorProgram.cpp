//===- VectorProgram.cpp - Checks and compiles the payload of a vrun ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/VectorProgram.h"

#include "Emulator/Kernels/Numbers.h"
#include "ISA/Exec.h"

#include <algorithm>

namespace ashlar::runtime {

#define ASHLAR_DISPATCH_LANE
#include "ISA/ExecDispatch.inc"

LaneKind laneKind(isa::LaneType type) {
  switch (type) {
  case isa::LaneType::f32:
    return LaneKind::Float32;
  case isa::LaneType::f64:
    return LaneKind::Float64;
  case isa::LaneType::i32:
  case isa::LaneType::u32:
    return LaneKind::Int32;
  case isa::LaneType::i64:
  case isa::LaneType::u64:
    return LaneKind::Int64;
  }
  return LaneKind::None;
}

static const char *kindName(LaneKind kind) {
  switch (kind) {
  case LaneKind::None:
    return "nothing";
  case LaneKind::Float32:
    return "f32";
  case LaneKind::Float64:
    return "f64";
  case LaneKind::Int32:
    return "i32";
  case LaneKind::Int64:
    return "i64";
  }
  return "";
}

//===----------------------------------------------------------------------===//
// LaneContext
//===----------------------------------------------------------------------===//

void LaneContext::fail(TrapKind kind, const std::string &what) {
  if (!fault)
    fault = Fault(kind, "payload word " + std::to_string(word) + ": " + what);
}

int16_t LaneContext::use(unsigned reg, LaneKind kind) {
  const Register &r = registers[reg & 31];
  if (r.kind != kind)
    fail(TrapKind::IllegalInstruction, "v" + std::to_string(reg) +
                                           " is read as " + kindName(kind) +
                                           " but holds " + kindName(r.kind));
  return r.slot;
}

int16_t LaneContext::define(unsigned reg, LaneKind kind) {
  int16_t slot = int16_t(program.slots++);
  registers[reg & 31] = {slot, kind};
  return slot;
}

uint8_t LaneContext::addInput(unsigned desc, bool windowed) {
  program.inputs.push_back({uint8_t(desc), windowed});
  return uint8_t(program.inputs.size() - 1);
}

Fault LaneContext::compile(const Captured &captured) {
  program.clear();
  for (word = 0; word < captured.payloadCount && !fault; ++word)
    if (!dispatchLane(*this, captured.payload(word), captured))
      fail(TrapKind::IllegalInstruction, "not a word of a vector program");
  auto limit = [&](size_t count, size_t most, const char *what) {
    if (count > most && !fault)
      fault = Fault(TrapKind::IllegalInstruction,
                    std::to_string(count) + " " + what + ", at most " +
                        std::to_string(most) + " are possible");
  };
  limit(operations, 32, "micro-operations");
  limit(program.inputs.size(), 4, "inputs");
  limit(program.outputs.size(), 2, "outputs");
  if (program.inputs.empty() && program.outputs.empty() && !fault)
    fault = Fault(TrapKind::IllegalInstruction, "neither input nor output");
  return std::move(fault);
}

bool VectorPrograms::Entry::fits(const Captured &captured) const {
  if (words.size() != size_t(captured.payloadCount) + 1 ||
      !std::equal(words.begin(), words.end(), captured.words))
    return false;
  const isa::ElementType *type = types.data();
  for (const VectorInput &input : program.inputs)
    if (captured.desc(input.desc).type != *type++)
      return false;
  for (const VectorOutput &output : program.outputs)
    if (captured.desc(output.desc).type != *type++)
      return false;
  return true;
}

const VectorProgram *VectorPrograms::find(const Captured &captured,
                                          Fault &fault) {
  if (entries.empty())
    entries.resize(kEntries);
  uintptr_t address = reinterpret_cast<uintptr_t>(captured.words) / 8;
  Entry &entry = entries[(address ^ address >> 8) % kEntries];
  if (entry.fits(captured))
    return &entry.program;
  entry.words.clear();
  LaneContext compiler(entry.program);
  fault = compiler.compile(captured);
  if (fault)
    return nullptr;
  entry.types.clear();
  for (const VectorInput &input : entry.program.inputs)
    entry.types.push_back(captured.desc(input.desc).type);
  for (const VectorOutput &output : entry.program.outputs)
    entry.types.push_back(captured.desc(output.desc).type);
  entry.words.assign(captured.words,
                     captured.words + captured.payloadCount + 1);
  return &entry.program;
}

//===----------------------------------------------------------------------===//
// Inputs, constants, outputs
//===----------------------------------------------------------------------===//

void execVIn(LaneContext &ctx, const isa::VIn &inst, const Captured &captured) {
  isa::LaneType type = lane::laneTypeOf(captured.desc(inst.tensor).type);
  VectorStep step;
  step.action = VectorStep::Action::Load;
  step.tensor = ctx.addInput(inst.tensor, false);
  step.d = ctx.define(inst.vd, laneKind(type));
  ctx.addStep(step);
}

void execVWin(LaneContext &ctx, const isa::VWin &inst,
              const Captured &captured) {
  isa::LaneType type = lane::laneTypeOf(captured.desc(inst.input).type);
  if (isWide(laneKind(type)))
    return ctx.fail(TrapKind::TypeMismatch,
                    "v.win takes elements of at most 32 bits");
  if (type == isa::LaneType::u32)
    type = isa::LaneType::i32;
  VectorStep step;
  step.action = VectorStep::Action::Window;
  step.window = inst.kind;
  step.tensor = ctx.addInput(inst.input, true);
  isa::OutKind kinds[] = {isa::OutKind::sum, isa::OutKind::sum,
                          isa::OutKind::max, isa::OutKind::min};
  lane::Reduction reduction = lane::reduction(kinds[unsigned(inst.kind)], type);
  step.fn = reduction.combine;
  step.identity = reduction.identity;
  if (inst.kind == isa::WindowKind::mac) {
    isa::LaneType weight = lane::laneTypeOf(captured.desc(inst.weight).type);
    if (laneKind(weight) != laneKind(type))
      return ctx.fail(
          TrapKind::TypeMismatch,
          "input and weight of v.win.mac are not both integers or both floats");
    step.weight = ctx.addInput(inst.weight, true);
    step.fn = lane::arithmetic(isa::Opcode::VFma, type);
  }
  // Scratch slots for the elements of the window.
  step.a = int16_t(ctx.program.slots++);
  step.b = int16_t(ctx.program.slots++);
  step.d = ctx.define(inst.vd, laneKind(type));
  ctx.addStep(step);
}

static void addConstant(LaneContext &ctx, unsigned reg, isa::LaneType type,
                        int16_t scalar, uint64_t bits) {
  LaneKind kind = laneKind(type);
  ctx.program.constants.push_back(
      {ctx.define(reg, kind), isWide(kind), scalar, bits});
}

void execVConst(LaneContext &ctx, const isa::VConst &inst, const Captured &) {
  uint64_t bits = inst.imm;
  if (inst.type == isa::LaneType::i64)
    bits = uint64_t(int64_t(int32_t(inst.imm)));
  if (inst.type == isa::LaneType::f64)
    bits = num::bits(num::canonical(double(num::asFloat(inst.imm))));
  addConstant(ctx, inst.vd, inst.type, -1, bits);
}

void execVReg(LaneContext &ctx, const isa::VReg &inst, const Captured &) {
  addConstant(ctx, inst.vd, inst.type, int16_t(inst.ra), 0);
}

void execVIota(LaneContext &ctx, const isa::VIota &inst, const Captured &) {
  if (inst.type != isa::LaneType::i32 && inst.type != isa::LaneType::i64)
    return ctx.fail(TrapKind::IllegalInstruction, "v.iota gives i32 or i64");
  if (inst.dim >= kDims)
    return ctx.fail(TrapKind::IllegalInstruction,
                    "v.iota of a dimension above 5");
  ctx.countOperation();
  VectorStep step;
  step.action = VectorStep::Action::Iota;
  step.wide = inst.type == isa::LaneType::i64;
  step.dim = inst.dim;
  step.d = ctx.define(inst.vd, laneKind(inst.type));
  ctx.addStep(step);
}

void execVOut(LaneContext &ctx, const isa::VOut &inst,
              const Captured &captured) {
  VectorOutput out{inst.tensor,        ctx.use(inst.vs, laneKind(inst.type)),
                   inst.type,          inst.kind,
                   uint8_t(inst.dims), inst.mode};
  using M = isa::OutMode;
  auto illegal = [&](const char *what) {
    ctx.fail(TrapKind::IllegalInstruction, what);
  };
  bool scanMode = inst.mode == M::exclusive || inst.mode == M::reverse ||
                  inst.mode == M::exrev;
  if (out.isStore()  ? inst.mode != M::set || inst.dims != 0
      : out.isScan() ? inst.mode != M::set && !scanMode
      : out.isArg()  ? inst.mode != M::set && inst.mode != M::last
                     : inst.mode != M::set && inst.mode != M::acc)
    illegal("mode or dimensions of v.out do not fit its kind");
  if (out.isScan() && inst.dims == 0)
    illegal("a scan without dimensions");
  if (!out.isStore() && !out.isArg() &&
      !lane::reduction(inst.kind, inst.type).combine)
    illegal("this kind of v.out does not exist for its type");
  isa::ElementType element = captured.desc(inst.tensor).type;
  if (out.isArg()
          ? element != isa::ElementType::i32 && element != isa::ElementType::i64
          : !lane::store(inst.type, element))
    ctx.fail(TrapKind::TypeMismatch,
             std::string("v.out cannot store to a tensor of ") +
                 elementTypeName(element));
  ctx.program.outputs.push_back(out);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static void addOperation(LaneContext &ctx, lane::Fn fn, unsigned vd,
                         LaneKind result, int16_t a, int16_t b = -1,
                         int16_t c = -1) {
  if (!fn)
    return ctx.fail(TrapKind::IllegalInstruction,
                    "the operation does not exist for its type");
  ctx.countOperation();
  VectorStep step;
  step.fn = fn;
  step.a = a, step.b = b, step.c = c;
  step.d = ctx.define(vd, result);
  ctx.addStep(step);
}

template <typename Inst>
static void unary(LaneContext &ctx, const Inst &inst,
                  lane::Fn (*find)(isa::Opcode, isa::LaneType)) {
  LaneKind kind = laneKind(inst.type);
  int16_t a = ctx.use(inst.va, kind);
  addOperation(ctx, find(Inst::opcode, inst.type), inst.vd, kind, a);
}
template <typename Inst>
static void binary(LaneContext &ctx, const Inst &inst,
                   lane::Fn (*find)(isa::Opcode, isa::LaneType)) {
  LaneKind kind = laneKind(inst.type);
  int16_t a = ctx.use(inst.va, kind), b = ctx.use(inst.vb, kind);
  addOperation(ctx, find(Inst::opcode, inst.type), inst.vd, kind, a, b);
}
template <typename Inst>
static void compare(LaneContext &ctx, const Inst &inst) {
  LaneKind kind = laneKind(inst.type);
  int16_t a = ctx.use(inst.va, kind), b = ctx.use(inst.vb, kind);
  addOperation(ctx, lane::arithmetic(Inst::opcode, inst.type), inst.vd,
               LaneKind::Int32, a, b);
}

#define EXEC(NAME, FORM, ...)                                                  \
  void exec##NAME(LaneContext &ctx, const isa::NAME &inst, const Captured &) { \
    FORM(ctx, inst __VA_OPT__(, ) __VA_ARGS__);                                \
  }
EXEC(VAdd, binary, lane::arithmetic)
EXEC(VSub, binary, lane::arithmetic)
EXEC(VMul, binary, lane::arithmetic)
EXEC(VMin, binary, lane::arithmetic)
EXEC(VMax, binary, lane::arithmetic)
EXEC(VMinnum, binary, lane::arithmetic)
EXEC(VMaxnum, binary, lane::arithmetic)
EXEC(VCopysign, binary, lane::arithmetic)
EXEC(VDiv, binary, lane::arithmetic)
EXEC(VRem, binary, lane::arithmetic)
EXEC(VPow, binary, lane::transcendental)
EXEC(VAtan2, binary, lane::transcendental)
EXEC(VNeg, unary, lane::arithmetic)
EXEC(VAbs, unary, lane::arithmetic)
EXEC(VFloor, unary, lane::arithmetic)
EXEC(VCeil, unary, lane::arithmetic)
EXEC(VTrunc, unary, lane::arithmetic)
EXEC(VRint, unary, lane::arithmetic)
EXEC(VRound, unary, lane::arithmetic)
EXEC(VSqrt, unary, lane::arithmetic)
EXEC(VRsqrt, unary, lane::arithmetic)
EXEC(VRcp, unary, lane::arithmetic)
EXEC(VExp, unary, lane::transcendental)
EXEC(VExp2, unary, lane::transcendental)
EXEC(VExpm1, unary, lane::transcendental)
EXEC(VLog, unary, lane::transcendental)
EXEC(VLog2, unary, lane::transcendental)
EXEC(VLog10, unary, lane::transcendental)
EXEC(VLog1p, unary, lane::transcendental)
EXEC(VSin, unary, lane::transcendental)
EXEC(VCos, unary, lane::transcendental)
EXEC(VTan, unary, lane::transcendental)
EXEC(VAsin, unary, lane::transcendental)
EXEC(VAcos, unary, lane::transcendental)
EXEC(VAtan, unary, lane::transcendental)
EXEC(VSinh, unary, lane::transcendental)
EXEC(VCosh, unary, lane::transcendental)
EXEC(VTanh, unary, lane::transcendental)
EXEC(VAsinh, unary, lane::transcendental)
EXEC(VAcosh, unary, lane::transcendental)
EXEC(VAtanh, unary, lane::transcendental)
EXEC(VErf, unary, lane::transcendental)
EXEC(VCbrt, unary, lane::transcendental)
EXEC(VSigmoid, unary, lane::transcendental)
EXEC(VEq, compare)
EXEC(VNe, compare)
EXEC(VLt, compare)
EXEC(VLe, compare)
EXEC(VUno, compare)
EXEC(VAnd, binary, lane::arithmetic)
EXEC(VOr, binary, lane::arithmetic)
EXEC(VXor, binary, lane::arithmetic)
EXEC(VShl, binary, lane::arithmetic)
EXEC(VShr, binary, lane::arithmetic)
EXEC(VNot, unary, lane::arithmetic)
EXEC(VClz, unary, lane::arithmetic)
EXEC(VCtz, unary, lane::arithmetic)
EXEC(VPopcount, unary, lane::arithmetic)
#undef EXEC

void execVFma(LaneContext &ctx, const isa::VFma &inst, const Captured &) {
  LaneKind kind = laneKind(inst.type);
  int16_t a = ctx.use(inst.va, kind), b = ctx.use(inst.vb, kind),
          c = ctx.use(inst.vc, kind);
  addOperation(ctx, lane::arithmetic(isa::Opcode::VFma, inst.type), inst.vd,
               kind, a, b, c);
}

void execVSel(LaneContext &ctx, const isa::VSel &inst, const Captured &) {
  LaneKind kind = laneKind(inst.type);
  int16_t a = ctx.use(inst.va, kind), b = ctx.use(inst.vb, kind);
  int16_t c = ctx.use(inst.vc, LaneKind::Int32);
  addOperation(ctx, lane::select(isWide(kind)), inst.vd, kind, a, b, c);
}

void execVCvt(LaneContext &ctx, const isa::VCvt &inst, const Captured &) {
  int16_t a = ctx.use(inst.va, laneKind(inst.from));
  addOperation(
      ctx, lane::convert(inst.to, inst.from, inst.mode == isa::CvtMode::even),
      inst.vd, laneKind(inst.to), a);
}

void execVBits(LaneContext &ctx, const isa::VBits &inst, const Captured &) {
  LaneKind from = laneKind(inst.from), to = laneKind(inst.to);
  int16_t a = ctx.use(inst.va, from);
  if (isWide(from) != isWide(to))
    return ctx.fail(TrapKind::IllegalInstruction,
                    "v.bits between types of two widths");
  // A conversion between integers of one width moves the bits.
  isa::LaneType bits = isWide(from) ? isa::LaneType::u64 : isa::LaneType::u32;
  addOperation(ctx, lane::convert(bits, bits, true), inst.vd, to, a);
}

void execVNarrow(LaneContext &ctx, const isa::VNarrow &inst, const Captured &) {
  LaneKind kind = laneKind(lane::laneTypeOf(inst.type));
  int16_t a = ctx.use(inst.va, kind);
  addOperation(ctx, lane::narrow(inst.type), inst.vd, kind, a);
}

void execVSat(LaneContext &ctx, const isa::VSat &inst, const Captured &) {
  int16_t a = ctx.use(inst.va, LaneKind::Int32);
  addOperation(ctx, lane::clampTo(inst.type), inst.vd, LaneKind::Int32, a);
}

} // namespace ashlar::runtime
