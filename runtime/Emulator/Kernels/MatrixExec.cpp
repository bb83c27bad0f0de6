//===- MatrixExec.cpp - mm ------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/MatrixProduct.h"
#include "ISA/Exec.h"

#include <algorithm>

namespace ashlar::runtime {

/// What the payload of an mm adds to its operands; index 0 is a, 1 is b.
class MatrixContext {
public:
  const Descriptor *scale[2] = {}, *zero[2] = {};
  bool repeated = false;
};

#define ASHLAR_DISPATCH_MATRIX
#include "ISA/ExecDispatch.inc"

void execMmScale(MatrixContext &ctx, const isa::MmScale &inst,
                 const Captured &captured) {
  const Descriptor *&place = ctx.scale[inst.side == isa::MatrixSide::b];
  ctx.repeated |= place != nullptr;
  place = &captured.desc(inst.tensor);
}
void execMmZero(MatrixContext &ctx, const isa::MmZero &inst,
                const Captured &captured) {
  const Descriptor *&place = ctx.zero[inst.side == isa::MatrixSide::b];
  ctx.repeated |= place != nullptr;
  place = &captured.desc(inst.tensor);
}

namespace {

using isa::ElementType;

bool isByte(ElementType t) {
  return t == ElementType::i8 || t == ElementType::u8;
}
bool isNibble(ElementType t) {
  return t == ElementType::i4 || t == ElementType::u4;
}
bool isFloat8(ElementType t) {
  return t == ElementType::f8e4m3 || t == ElementType::f8e5m2;
}
bool isMatrixFloat(ElementType t) {
  return t == ElementType::bf16 || t == ElementType::f16 ||
         t == ElementType::f32;
}

Fault checkTypes(const EngineContext &ctx, const MatrixContext &mods,
                 const Descriptor &a, const Descriptor &b, ElementType acc) {
  bool scaledA = mods.scale[0], scaledB = mods.scale[1];
  bool legal, integer = false;
  if (scaledA && scaledB)
    legal = false;
  else if (scaledA || scaledB)
    legal = isMatrixFloat(scaledA ? b.type : a.type) &&
            (isByte(scaledA ? a.type : b.type) ||
             isNibble(scaledA ? a.type : b.type));
  else if (isByte(a.type) && isByte(b.type))
    legal = integer = true;
  else if (isFloat8(a.type) && isFloat8(b.type))
    legal = ctx.machine.mxuFloat8;
  else
    legal = isMatrixFloat(a.type) && a.type == b.type;
  if (!legal)
    return Fault(TrapKind::TypeMismatch,
                 std::string("no product of ") + elementTypeName(a.type) +
                     " and " + elementTypeName(b.type) +
                     (scaledA || scaledB ? " with a scale" : ""));
  if (acc != (integer ? ElementType::i32 : ElementType::f32))
    return Fault(TrapKind::TypeMismatch,
                 std::string("this product accumulates in ") +
                     (integer ? "i32" : "f32") + ", not " +
                     elementTypeName(acc));
  return {};
}

Fault resolveOperand(const EngineContext &ctx, const MatrixContext &mods,
                     unsigned side, const Descriptor &d, ElementType other,
                     MatrixOperand &out) {
  const char *name = side ? "b" : "a";
  if (Fault f = ctx.resolve(d, Access::Read, kInSram, out.tensor))
    return f;
  if (const Descriptor *scale = mods.scale[side]) {
    if (Fault f = checkSameSizes(*scale, "scale", d, name))
      return f;
    if (!isMatrixFloat(scale->type))
      return Fault(TrapKind::TypeMismatch, std::string("scale of type ") +
                                               elementTypeName(scale->type));
    if (Fault f = ctx.resolve(*scale, Access::Read, kInSram, out.scale))
      return f;
    out.hasScale = true;
    out.roundTo = other;
  }
  if (const Descriptor *zero = mods.zero[side]) {
    if (!out.hasScale)
      return Fault(TrapKind::IllegalInstruction,
                   std::string("mm.zero of ") + name + " without mm.scale");
    if (Fault f = checkSameSizes(*zero, "zero point", d, name))
      return f;
    if (zero->type != d.type)
      return Fault(TrapKind::TypeMismatch, std::string("zero point of type ") +
                                               elementTypeName(zero->type) +
                                               ", expected " +
                                               elementTypeName(d.type));
    if (Fault f = ctx.resolve(*zero, Access::Read, kInSram, out.zero))
      return f;
    out.hasZero = true;
  }
  out.prepare();
  return {};
}

} // namespace

Fault execMm(EngineContext &ctx, const isa::Mm &inst,
             const Captured &captured) {
  MatrixContext mods;
  for (unsigned i = 0; i < captured.payloadCount; ++i)
    if (!dispatchMatrix(mods, captured.payload(i), captured))
      return Fault(TrapKind::IllegalInstruction,
                   "payload is not of the matrix unit");
  if (mods.repeated)
    return Fault(TrapKind::IllegalInstruction,
                 "two scales or zero points for one operand");
  const Descriptor &a = captured.desc(inst.a), &b = captured.desc(inst.b);
  const Descriptor &acc = captured.desc(inst.acc);
  if (Fault f = checkTypes(ctx, mods, a, b, acc.type))
    return f;
  if (!std::equal(a.size + 3, a.size + kDims, b.size + 3))
    return Fault(TrapKind::ShapeMismatch, "k of a is " + formatSizes(a.size) +
                                              ", of b " + formatSizes(b.size) +
                                              " (dimensions 3 to 5)");
  for (const Descriptor *d : {&a, &b})
    if (Fault f = checkPoints(d->size))
      return f;
  MatrixProduct product;
  product.add = inst.mode == isa::AccMode::add;
  Access access = product.add ? Access::ReadWrite : Access::Write;
  if (Fault f = resolveAccumulators(ctx, acc, productOf3(a.size, 0),
                                    productOf3(b.size, 0), access, product.acc))
    return f;
  if (Fault f = resolveOperand(ctx, mods, 0, a, b.type, product.operands[0]))
    return f;
  if (Fault f = resolveOperand(ctx, mods, 1, b, a.type, product.operands[1]))
    return f;
  product.run(ctx.threads);
  return {};
}

} // namespace ashlar::runtime
