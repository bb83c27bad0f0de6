//===- Emitter.cpp - Writes machine words --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "dialects/nisa/Encoding.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace ashlar;

void Emitter::inst(StringRef mnemonic, ArrayRef<int64_t> operands) {
  nisa::createInst(builder, loc, mnemonic, operands);
  ++words;
}

void Emitter::label(int64_t id, StringRef name) {
  nisa::LabelOp::create(builder, loc, id, name);
  lastLabel = words;
}

/// Two's complement arithmetic, as the machine does it.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }
static uint64_t bits(Num number) {
  return static_cast<uint64_t>(number.value());
}

int64_t Emitter::find(const Key &key) const {
  for (const std::map<Key, int64_t> &scope : llvm::reverse(scopes))
    if (auto found = scope.find(key); found != scope.end())
      return found->second;
  return -1;
}

void Emitter::remember(const Key &key, int64_t reg) {
  stable.insert(reg);
  if (!scopes.empty())
    scopes.back()[key] = reg;
}

Num Emitter::binary(StringRef mnemonic, Num a, Num b) {
  int64_t ra = toReg(a), rb = toReg(b);
  bool keep = isStable(ra) && isStable(rb);
  int64_t rd = keep ? find({mnemonic, ra, rb}) : -1;
  if (rd >= 0)
    return Num::inReg(rd);
  rd = newReg();
  inst(mnemonic, {rd, ra, rb});
  if (keep)
    remember({mnemonic, ra, rb}, rd);
  return Num::inReg(rd);
}

Num Emitter::immediate(StringRef withImm, StringRef withReg, Num a, int64_t b) {
  if (!fitsImmediate(b))
    return binary(withReg, a, Num::constant(b));
  int64_t ra = toReg(a);
  int64_t rd = isStable(ra) ? find({withImm, ra, b}) : -1;
  if (rd >= 0)
    return Num::inReg(rd);
  rd = newReg();
  inst(withImm, {rd, ra, b});
  if (isStable(ra))
    remember({withImm, ra, b}, rd);
  return Num::inReg(rd);
}

Num Emitter::add(Num a, Num b) {
  if (a.isConstant() && b.isConstant())
    return Num::constant(wrap(bits(a) + bits(b)));
  if (a.isConstant())
    std::swap(a, b);
  if (b.isConstant(0))
    return a;
  return b.isConstant() ? immediate("addi", "add", a, b.value())
                        : binary("add", a, b);
}

Num Emitter::sub(Num a, Num b) {
  if (b.isConstant())
    return add(a, Num::constant(wrap(-bits(b))));
  return binary("sub", a, b);
}

Num Emitter::mul(Num a, Num b) {
  if (a.isConstant() && b.isConstant())
    return Num::constant(wrap(bits(a) * bits(b)));
  if (a.isConstant())
    std::swap(a, b);
  if (!b.isConstant())
    return binary("mul", a, b);
  if (b.isConstant(0))
    return b;
  if (b.isConstant(1))
    return a;
  if (llvm::isPowerOf2_64(bits(b)))
    return immediate("shli", "shl", a, llvm::Log2_64(bits(b)));
  return immediate("muli", "mul", a, b.value());
}

Num Emitter::min(Num a, Num b) {
  if (a.isConstant() && b.isConstant())
    return Num::constant(std::min(a.value(), b.value()));
  if (a.isConstant())
    std::swap(a, b);
  return b.isConstant() ? immediate("mini", "min", a, b.value())
                        : binary("min", a, b);
}

Num Emitter::max(Num a, Num b) {
  if (a.isConstant() && b.isConstant())
    return Num::constant(std::max(a.value(), b.value()));
  if (a.isConstant())
    std::swap(a, b);
  return b.isConstant() ? immediate("maxi", "max", a, b.value())
                        : binary("max", a, b);
}

Num Emitter::ceilDivPositive(Num a, int64_t b) {
  if (a.isConstant())
    return Num::constant(a.value() <= 0 ? 0 : llvm::divideCeil(a.value(), b));
  if (b == 1)
    return a;
  Num rounded = add(a, Num::constant(b - 1));
  if (llvm::isPowerOf2_64(b))
    return immediate("sari", "sar", rounded, llvm::Log2_64(b));
  return binary("div", rounded, Num::constant(b));
}

int64_t Emitter::toReg(Num number) {
  if (!number.isConstant())
    return number.reg();
  if (number.isConstant(0))
    return zeroReg;
  int64_t reg = find({"li", number.value(), 0});
  if (reg >= 0)
    return reg;
  reg = newReg();
  loadConstant(reg, number.value());
  remember({"li", number.value(), 0}, reg);
  return reg;
}

void Emitter::loadConstant(int64_t target, int64_t value) {
  inst("li", {target, static_cast<int32_t>(value)});
  if (!fitsImmediate(value))
    inst("lih",
         {target, static_cast<int64_t>(static_cast<uint64_t>(value) >> 32)});
}

void Emitter::move(int64_t target, Num number) {
  if (number.isConstant())
    loadConstant(target, number.value());
  else if (number.reg() != target)
    inst("addi", {target, number.reg(), 0});
}

int64_t Emitter::coreNumber() {
  int64_t reg = newReg();
  inst("rdsys", {reg, static_cast<int64_t>(isa::SystemValue::core)});
  return reg;
}
