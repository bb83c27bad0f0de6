//===- ScalarExec.cpp - Semantics of scalar instructions ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function per instruction; the meaning of each stands in
// dialects/nisa/ScalarInsts.td. The dispatch that the generator makes is
// compiled here, so that the functions are inlined into it.
//
//===----------------------------------------------------------------------===//

#include "Emulator/ScalarContext.h"
#include "Emulator/ScalarFloat.h"
#include "ISA/Exec.h"

#include <algorithm>
#include <cstring>

namespace ashlar::runtime {

using C = ScalarContext;

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

void execNop(C &, const isa::Nop &) {}
void execHalt(C &c, const isa::Halt &) {
  c.halted = true;
  c.stop = true;
}
void execLeave(C &c, const isa::Leave &i) {
  c.left |= uint32_t(1) << unsigned(i.queue);
}
void execTrap(C &c, const isa::Trap &i) {
  c.userCode = i.code;
  c.trap(TrapKind::UserTrap, "code " + std::to_string(i.code));
}
static uint64_t relative(const C &c, int32_t words) {
  return c.pc + uint64_t(int64_t(words));
}
void execJmp(C &c, const isa::Jmp &i) { c.branchTo(relative(c, i.target)); }
void execCall(C &c, const isa::Call &i) {
  c.set(i.rd, c.pc + 1);
  c.transferTo(relative(c, i.target));
}
void execJr(C &c, const isa::Jr &i) { c.returnTo(c.regs[i.ra]); }
void execLoop(C &c, const isa::Loop &i) {
  c.enterLoop(int64_t(c.regs[i.ra]), relative(c, i.target));
}
void execLoopi(C &c, const isa::Loopi &i) {
  c.enterLoop(i.count, relative(c, i.target));
}

template <typename Inst>
static void branchIf(C &c, const Inst &i, bool condition) {
  if (condition)
    c.branchTo(relative(c, i.target));
}
static int64_t sreg(const C &c, unsigned r) { return int64_t(c.regs[r]); }
void execBeq(C &c, const isa::Beq &i) {
  branchIf(c, i, c.regs[i.ra] == c.regs[i.rb]);
}
void execBne(C &c, const isa::Bne &i) {
  branchIf(c, i, c.regs[i.ra] != c.regs[i.rb]);
}
void execBlt(C &c, const isa::Blt &i) {
  branchIf(c, i, sreg(c, i.ra) < sreg(c, i.rb));
}
void execBge(C &c, const isa::Bge &i) {
  branchIf(c, i, sreg(c, i.ra) >= sreg(c, i.rb));
}
void execBltu(C &c, const isa::Bltu &i) {
  branchIf(c, i, c.regs[i.ra] < c.regs[i.rb]);
}
void execBgeu(C &c, const isa::Bgeu &i) {
  branchIf(c, i, c.regs[i.ra] >= c.regs[i.rb]);
}

void execRdsys(C &c, const isa::Rdsys &i) {
  switch (i.what) {
  case isa::SystemValue::core:
    return c.set(i.rd, c.core);
  case isa::SystemValue::cores:
    return c.set(i.rd, c.cores);
  case isa::SystemValue::chip:
    return c.set(i.rd, 0);
  case isa::SystemValue::entry:
    return c.set(i.rd, c.entry);
  }
}

//===----------------------------------------------------------------------===//
// Integer arithmetic
//===----------------------------------------------------------------------===//

void execLi(C &c, const isa::Li &i) { c.set(i.rd, uint64_t(int64_t(i.imm))); }
void execLih(C &c, const isa::Lih &i) {
  c.set(i.rd, (c.regs[i.rd] & 0xffffffffu) | uint64_t(i.imm) << 32);
}

#define ASHLAR_RRR(NAME, EXPR)                                                 \
  void exec##NAME(C &c, const isa::NAME &i) {                                  \
    uint64_t a = c.regs[i.ra], b = c.regs[i.rb];                               \
    c.set(i.rd, uint64_t(EXPR));                                               \
  }
#define ASHLAR_RRI(NAME, EXPR)                                                 \
  void exec##NAME(C &c, const isa::NAME &i) {                                  \
    uint64_t a = c.regs[i.ra], b = uint64_t(int64_t(i.imm));                   \
    c.set(i.rd, uint64_t(EXPR));                                               \
  }
ASHLAR_RRR(Add, a + b)
ASHLAR_RRR(Sub, a - b)
ASHLAR_RRR(Mul, a *b)
ASHLAR_RRR(And, a &b)
ASHLAR_RRR(Or, a | b)
ASHLAR_RRR(Xor, a ^ b)
ASHLAR_RRR(Shl, a << (b & 63))
ASHLAR_RRR(Shr, a >> (b & 63))
ASHLAR_RRR(Sar, int64_t(a) >> (b & 63))
ASHLAR_RRR(Min, std::min(int64_t(a), int64_t(b)))
ASHLAR_RRR(Max, std::max(int64_t(a), int64_t(b)))
ASHLAR_RRR(Minu, std::min(a, b))
ASHLAR_RRR(Maxu, std::max(a, b))
ASHLAR_RRR(Seq, a == b)
ASHLAR_RRR(Sne, a != b)
ASHLAR_RRR(Slt, int64_t(a) < int64_t(b))
ASHLAR_RRR(Sltu, a < b)
ASHLAR_RRI(Addi, a + b)
ASHLAR_RRI(Muli, a *b)
ASHLAR_RRI(Andi, a &b)
ASHLAR_RRI(Ori, a | b)
ASHLAR_RRI(Xori, a ^ b)
ASHLAR_RRI(Shli, a << (b & 63))
ASHLAR_RRI(Shri, a >> (b & 63))
ASHLAR_RRI(Sari, int64_t(a) >> (b & 63))
ASHLAR_RRI(Mini, std::min(int64_t(a), int64_t(b)))
ASHLAR_RRI(Maxi, std::max(int64_t(a), int64_t(b)))
ASHLAR_RRI(Seqi, a == b)
ASHLAR_RRI(Slti, int64_t(a) < int64_t(b))
#undef ASHLAR_RRR
#undef ASHLAR_RRI

void execSel(C &c, const isa::Sel &i) {
  c.set(i.rd, c.regs[c.regs[i.rc] ? i.ra : i.rb]);
}

/// True, and trapped, if the divisor is zero.
static bool divisorIsZero(C &c, unsigned rb) {
  if (c.regs[rb])
    return false;
  c.trap(TrapKind::DivisionByZero, "divisor r" + std::to_string(rb) + " is 0");
  return true;
}
void execDiv(C &c, const isa::Div &i) {
  if (divisorIsZero(c, i.rb))
    return;
  // Negation wraps, so the smallest integer divided by -1 is itself.
  int64_t b = sreg(c, i.rb);
  c.set(i.rd, b == -1 ? 0 - c.regs[i.ra] : uint64_t(sreg(c, i.ra) / b));
}
void execDivu(C &c, const isa::Divu &i) {
  if (!divisorIsZero(c, i.rb))
    c.set(i.rd, c.regs[i.ra] / c.regs[i.rb]);
}
void execRem(C &c, const isa::Rem &i) {
  if (divisorIsZero(c, i.rb))
    return;
  int64_t b = sreg(c, i.rb);
  c.set(i.rd, b == -1 ? 0 : uint64_t(sreg(c, i.ra) % b));
}
void execRemu(C &c, const isa::Remu &i) {
  if (!divisorIsZero(c, i.rb))
    c.set(i.rd, c.regs[i.ra] % c.regs[i.rb]);
}

//===----------------------------------------------------------------------===//
// Floating point
//===----------------------------------------------------------------------===//

/// Calls `f` with a value of the type that `type` names; other types are
/// malformed.
template <typename F> static void inFloatType(C &c, isa::LaneType type, F f) {
  if (type == isa::LaneType::f32)
    return f(float());
  if (type == isa::LaneType::f64)
    return f(double());
  c.trap(TrapKind::IllegalInstruction, "the type must be f32 or f64");
}

#define ASHLAR_FRRR(NAME, EXPR)                                                \
  void exec##NAME(C &c, const isa::NAME &i) {                                  \
    inFloatType(c, i.type, [&](auto zero) {                                    \
      using T = decltype(zero);                                                \
      T a = floatOf<T>(c.regs[i.ra]), b = floatOf<T>(c.regs[i.rb]);            \
      c.set(i.rd, EXPR);                                                       \
    });                                                                        \
  }
ASHLAR_FRRR(Fadd, bitsOf<T>(a + b))
ASHLAR_FRRR(Fsub, bitsOf<T>(a - b))
ASHLAR_FRRR(Fmul, bitsOf<T>(a *b))
ASHLAR_FRRR(Fdiv, bitsOf<T>(a / b))
ASHLAR_FRRR(Fmin, bitsOf<T>(smallerFloat(a, b)))
ASHLAR_FRRR(Fmax, bitsOf<T>(-smallerFloat(-a, -b)))
ASHLAR_FRRR(Feq, uint64_t(a == b))
ASHLAR_FRRR(Flt, uint64_t(a < b))
ASHLAR_FRRR(Fle, uint64_t(a <= b))
#undef ASHLAR_FRRR

void execFsqrt(C &c, const isa::Fsqrt &i) {
  inFloatType(c, i.type, [&](auto zero) {
    using T = decltype(zero);
    c.set(i.rd, bitsOf<T>(std::sqrt(floatOf<T>(c.regs[i.ra]))));
  });
}
void execFma(C &c, const isa::Fma &i) {
  inFloatType(c, i.type, [&](auto zero) {
    using T = decltype(zero);
    c.set(i.rd,
          bitsOf<T>(std::fma(floatOf<T>(c.regs[i.ra]), floatOf<T>(c.regs[i.rb]),
                             floatOf<T>(c.regs[i.rc]))));
  });
}
void execFrint(C &c, const isa::Frint &i) {
  inFloatType(c, i.type, [&](auto zero) {
    using T = decltype(zero);
    c.set(i.rd, bitsOf<T>(roundToInteger(floatOf<T>(c.regs[i.ra]),
                                         unsigned(i.mode))));
  });
}
void execCvt(C &c, const isa::Cvt &i) {
  c.set(i.rd, convertScalar(c.regs[i.ra], unsigned(i.from), unsigned(i.to)));
}

//===----------------------------------------------------------------------===//
// Scratchpad words
//===----------------------------------------------------------------------===//

/// Host pointer of a scratchpad word, or null after a trap.
static uint8_t *scratchpadWord(C &c, isa::ElementType type, unsigned ra,
                               int32_t imm, bool write) {
  unsigned bits = elementBits(type), bytes = bits / 8;
  if (bits < 8) {
    c.trap(TrapKind::IllegalInstruction, "4-bit types have no address");
    return nullptr;
  }
  uint64_t offset = c.regs[ra] + uint64_t(int64_t(imm));
  if (offset % bytes) {
    c.trap(TrapKind::MisalignedDescriptor,
           "byte offset " + std::to_string(offset) + " is not a multiple of " +
               std::to_string(bytes));
    return nullptr;
  }
  if (offset >= c.sramBytes || c.sramBytes - offset < bytes) {
    c.trap(TrapKind::OutOfRange,
           "byte offset " + std::to_string(int64_t(offset)) +
               " of a scratchpad of " + std::to_string(c.sramBytes) + " bytes");
    return nullptr;
  }
  if (c.observer) {
    c.fault = c.observer->scalarAccess(c.core, c.pc, offset, bytes, write);
    if (c.fault) {
      c.stop = true;
      return nullptr;
    }
  }
  return c.sram + offset;
}

void execLoad(C &c, const isa::Load &i) {
  const uint8_t *from = scratchpadWord(c, i.type, i.ra, i.imm, false);
  if (!from)
    return;
  unsigned bits = elementBits(i.type);
  uint64_t value = 0;
  std::memcpy(&value, from,
              bits / 8); // targets are little endian, as hosts are
  bool isSigned = i.type == isa::ElementType::i8 ||
                  i.type == isa::ElementType::i16 ||
                  i.type == isa::ElementType::i32;
  if (isSigned)
    value = uint64_t(int64_t(value << (64 - bits)) >> (64 - bits));
  c.set(i.rd, value);
}
void execStore(C &c, const isa::Store &i) {
  if (uint8_t *to = scratchpadWord(c, i.type, i.ra, i.imm, true))
    std::memcpy(to, &c.regs[i.rs], elementBits(i.type) / 8);
}

//===----------------------------------------------------------------------===//
// Descriptors; text is decoded before it runs, so `dim` is 0..5
//===----------------------------------------------------------------------===//

template <typename Inst> static uint64_t sum(const C &c, const Inst &i) {
  return c.regs[i.ra] + uint64_t(int64_t(i.imm));
}
void execDnew(C &c, const isa::Dnew &i) {
  Descriptor &d = c.descs[i.dd];
  d = Descriptor();
  d.base = sum(c, i);
  d.type = i.type;
  std::fill(d.size, d.size + kDims, 1);
}
void execDbase(C &c, const isa::Dbase &i) { c.descs[i.dd].base = sum(c, i); }
void execDadd(C &c, const isa::Dadd &i) { c.descs[i.dd].base += sum(c, i); }
void execDsize(C &c, const isa::Dsize &i) {
  c.descs[i.dd].size[i.dim] = int64_t(sum(c, i));
}
void execDstride(C &c, const isa::Dstride &i) {
  c.descs[i.dd].stride[i.dim] = int64_t(sum(c, i));
}
void execDdim(C &c, const isa::Ddim &i) {
  c.descs[i.dd].size[i.dim] = i.size;
  c.descs[i.dd].stride[i.dim] = i.stride;
}
void execDmov(C &c, const isa::Dmov &i) { c.descs[i.dd] = c.descs[i.ds]; }

#define ASHLAR_DISPATCH_SCALAR
#include "ISA/ExecDispatch.inc"

} // namespace ashlar::runtime
