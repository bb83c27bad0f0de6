//===- SelectScalar.cpp - Integer and floating-point scalars -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registers hold integers sign-extended from their width (booleans as 0 or 1),
// f32 in the low half, f64, and halves as their f32 value.
//
//===----------------------------------------------------------------------===//

#include "Selector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;

static unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// The value as a register holds it: sign-extended from `width`.
static Num normalise(Selector &s, Num value, unsigned width) {
  if (width >= 64)
    return value;
  if (value.isConstant())
    return Num::constant(width == 1 ? value.value() & 1
                                    : llvm::SignExtend64(value.value(), width));
  if (width == 1)
    return s.emit.immediate("andi", "and", value, 1);
  Num shifted = s.emit.immediate("shli", "shl", value, 64 - width);
  return s.emit.immediate("sari", "sar", shifted, 64 - width);
}

static Num zeroExtend(Selector &s, Num value, unsigned width) {
  if (width == 1 || width >= 64)
    return value;
  if (value.isConstant())
    return Num::constant(value.value() &
                         llvm::maskTrailingOnes<uint64_t>(width));
  if (width < 32)
    return s.emit.immediate("andi", "and", value,
                            llvm::maskTrailingOnes<uint64_t>(width));
  Num shifted = s.emit.immediate("shli", "shl", value, 64 - width);
  return s.emit.immediate("shri", "shr", shifted, 64 - width);
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

namespace {
struct IntegerCode {
  StringRef withReg, withImm;
  bool wraps = false;  ///< the result has to be normalised
  bool unsign = false; ///< operands are zero-extended first
};
} // namespace

static std::optional<IntegerCode> getIntegerCode(Operation *op) {
  using Code = std::optional<IntegerCode>;
  return llvm::TypeSwitch<Operation *, Code>(op)
      .Case([](arith::AddIOp) { return IntegerCode{"add", "addi", true}; })
      .Case([](arith::SubIOp) { return IntegerCode{"sub", "", true}; })
      .Case([](arith::MulIOp) { return IntegerCode{"mul", "muli", true}; })
      .Case([](arith::DivSIOp) { return IntegerCode{"div", "", true}; })
      .Case([](arith::DivUIOp) { return IntegerCode{"divu", "", true, true}; })
      .Case([](arith::RemSIOp) { return IntegerCode{"rem", ""}; })
      .Case([](arith::RemUIOp) { return IntegerCode{"remu", "", true, true}; })
      .Case([](arith::AndIOp) { return IntegerCode{"and", "andi"}; })
      .Case([](arith::OrIOp) { return IntegerCode{"or", "ori"}; })
      .Case([](arith::XOrIOp) { return IntegerCode{"xor", "xori"}; })
      .Case([](arith::ShLIOp) { return IntegerCode{"shl", "shli", true}; })
      .Case([](arith::ShRSIOp) { return IntegerCode{"sar", "sari"}; })
      .Case(
          [](arith::ShRUIOp) { return IntegerCode{"shr", "shri", true, true}; })
      .Case([](arith::MinSIOp) { return IntegerCode{"min", "mini"}; })
      .Case([](arith::MaxSIOp) { return IntegerCode{"max", "maxi"}; })
      // Sign extension keeps the unsigned order.
      .Case([](arith::MinUIOp) { return IntegerCode{"minu", ""}; })
      .Case([](arith::MaxUIOp) { return IntegerCode{"maxu", ""}; })
      .Default([](Operation *) -> Code { return std::nullopt; });
}

static Num selectInteger(Selector &s, const IntegerCode &code, Value lhs,
                         Value rhs, unsigned width) {
  Num a = s.getNum(lhs), b = s.getNum(rhs);
  if (code.unsign) {
    a = zeroExtend(s, a, width);
    b = zeroExtend(s, b, width);
  }
  Num result;
  if (code.withReg == "add")
    result = s.emit.add(a, b);
  else if (code.withReg == "sub")
    result = s.emit.sub(a, b);
  else if (code.withReg == "mul")
    result = s.emit.mul(a, b);
  else if (code.withReg == "min")
    result = s.emit.min(a, b);
  else if (code.withReg == "max")
    result = s.emit.max(a, b);
  else if (b.isConstant() && !code.withImm.empty())
    result = s.emit.immediate(code.withImm, code.withReg, a, b.value());
  else
    result = s.emit.binary(code.withReg, a, b);
  return code.wraps || width == 1 ? normalise(s, result, width) : result;
}

static Num negate(Selector &s, Num truth) {
  if (truth.isConstant())
    return Num::constant(truth.value() ^ 1);
  return s.emit.immediate("xori", "xor", truth, 1);
}

static Num selectCompare(Selector &s, arith::CmpIOp op) {
  using P = arith::CmpIPredicate;
  Num a = s.getNum(op.getLhs()), b = s.getNum(op.getRhs());
  // true is 1 in registers and -1 as a signed number.
  if (op.getLhs().getType().isInteger(1) && op.getPredicate() >= P::slt &&
      op.getPredicate() <= P::sge)
    std::swap(a, b);
  if (a.isConstant() && b.isConstant())
    return Num::constant(arith::applyCmpPredicate(
        op.getPredicate(), APInt(64, a.value()), APInt(64, b.value())));
  switch (op.getPredicate()) {
  case P::eq:
    return b.isConstant() ? s.emit.immediate("seqi", "seq", a, b.value())
                          : s.emit.binary("seq", a, b);
  case P::ne:
    return s.emit.binary("sne", a, b);
  case P::slt:
    return b.isConstant() ? s.emit.immediate("slti", "slt", a, b.value())
                          : s.emit.binary("slt", a, b);
  case P::sge:
    return negate(s, s.emit.binary("slt", a, b));
  case P::sgt:
    return s.emit.binary("slt", b, a);
  case P::sle:
    return negate(s, s.emit.binary("slt", b, a));
  case P::ult:
    return s.emit.binary("sltu", a, b);
  case P::uge:
    return negate(s, s.emit.binary("sltu", a, b));
  case P::ugt:
    return s.emit.binary("sltu", b, a);
  case P::ule:
    return negate(s, s.emit.binary("sltu", b, a));
  }
  llvm_unreachable("all predicates are listed");
}

//===----------------------------------------------------------------------===//
// Floating point
//===----------------------------------------------------------------------===//

static int64_t laneOf(Type type) {
  return static_cast<int64_t>(type.isF64() ? isa::LaneType::f64
                                           : isa::LaneType::f32);
}

static Num floatBinary(Selector &s, StringRef mnemonic, Type type, Num a,
                       Num b) {
  int64_t ra = s.emit.toReg(a), rb = s.emit.toReg(b), rd = s.emit.newReg();
  s.emit.inst(mnemonic, {laneOf(type), rd, ra, rb});
  return Num::inReg(rd);
}

static StringRef getFloatCode(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](arith::AddFOp) { return "fadd"; })
      .Case([](arith::SubFOp) { return "fsub"; })
      .Case([](arith::MulFOp) { return "fmul"; })
      .Case([](arith::DivFOp) { return "fdiv"; })
      .Case([](arith::MinimumFOp) { return "fmin"; })
      .Case([](arith::MaximumFOp) { return "fmax"; })
      .Default([](Operation *) { return StringRef(); });
}

static std::optional<isa::RoundMode> getRoundMode(Operation *op) {
  using Mode = std::optional<isa::RoundMode>;
  return llvm::TypeSwitch<Operation *, Mode>(op)
      .Case([](math::RoundEvenOp) { return isa::RoundMode::even; })
      .Case([](math::FloorOp) { return isa::RoundMode::down; })
      .Case([](math::CeilOp) { return isa::RoundMode::up; })
      .Case([](math::TruncOp) { return isa::RoundMode::zero; })
      .Case([](math::RoundOp) { return isa::RoundMode::away; })
      .Default([](Operation *) -> Mode { return std::nullopt; });
}

static Num selectFloatCompare(Selector &s, arith::CmpFOp op) {
  using P = arith::CmpFPredicate;
  Type type = op.getLhs().getType();
  Num a = s.getNum(op.getLhs()), b = s.getNum(op.getRhs());
  auto compare = [&](StringRef mnemonic, Num x, Num y) {
    return floatBinary(s, mnemonic, type, x, y);
  };
  auto ordered = [&] {
    return s.emit.binary("and", compare("feq", a, a), compare("feq", b, b));
  };
  switch (op.getPredicate()) {
  case P::AlwaysFalse:
    return Num::constant(0);
  case P::AlwaysTrue:
    return Num::constant(1);
  case P::OEQ:
    return compare("feq", a, b);
  case P::OLT:
    return compare("flt", a, b);
  case P::OLE:
    return compare("fle", a, b);
  case P::OGT:
    return compare("flt", b, a);
  case P::OGE:
    return compare("fle", b, a);
  case P::ONE:
    return s.emit.binary("or", compare("flt", a, b), compare("flt", b, a));
  case P::ORD:
    return ordered();
  case P::UEQ:
    return negate(
        s, s.emit.binary("or", compare("flt", a, b), compare("flt", b, a)));
  case P::UGT:
    return negate(s, compare("fle", a, b));
  case P::UGE:
    return negate(s, compare("flt", a, b));
  case P::ULT:
    return negate(s, compare("fle", b, a));
  case P::ULE:
    return negate(s, compare("flt", b, a));
  case P::UNE:
    return negate(s, compare("feq", a, b));
  case P::UNO:
    return negate(s, ordered());
  }
  llvm_unreachable("all predicates are listed");
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

static Num convert(Selector &s, isa::LaneType to, isa::LaneType from,
                   Num value) {
  int64_t ra = s.emit.toReg(value), rd = s.emit.newReg();
  s.emit.inst("cvt",
              {static_cast<int64_t>(to), static_cast<int64_t>(from), rd, ra});
  return Num::inReg(rd);
}

static isa::LaneType floatLane(Type type) {
  return type.isF64() ? isa::LaneType::f64 : isa::LaneType::f32;
}

/// The converted value, or nothing if the scalar unit cannot do it.
static std::optional<Num> selectConversion(Selector &s, Operation *op) {
  using L = isa::LaneType;
  Value input = op->getOperand(0);
  Num value = s.getNum(input);
  Type from = input.getType(), to = op->getResult(0).getType();
  bool half = to.isF16() || to.isBF16();
  return llvm::TypeSwitch<Operation *, std::optional<Num>>(op)
      .Case<arith::ExtSIOp>([&](auto) {
        return from.isInteger(1) ? s.emit.sub(Num::constant(0), value) : value;
      })
      .Case<arith::ExtUIOp>(
          [&](auto) { return zeroExtend(s, value, getWidth(from)); })
      .Case<arith::TruncIOp>(
          [&](auto) { return normalise(s, value, getWidth(to)); })
      .Case<arith::IndexCastOp>([&](auto) {
        return from.isInteger(1) ? s.emit.sub(Num::constant(0), value)
                                 : normalise(s, value, getWidth(to));
      })
      .Case<arith::IndexCastUIOp>([&](auto) {
        return normalise(s, zeroExtend(s, value, getWidth(from)), getWidth(to));
      })
      .Case<arith::SIToFPOp>([&](auto) -> std::optional<Num> {
        if (half)
          return std::nullopt;
        Num wide =
            from.isInteger(1) ? s.emit.sub(Num::constant(0), value) : value;
        return convert(s, floatLane(to), L::i64, wide);
      })
      .Case<arith::UIToFPOp>([&](auto) -> std::optional<Num> {
        if (half)
          return std::nullopt;
        return convert(s, floatLane(to), L::u64,
                       zeroExtend(s, value, getWidth(from)));
      })
      .Case<arith::FPToSIOp>([&](auto) {
        return normalise(s,
                         convert(s, getWidth(to) > 32 ? L::i64 : L::i32,
                                 floatLane(from), value),
                         getWidth(to));
      })
      .Case<arith::FPToUIOp>([&](auto) {
        return normalise(s,
                         convert(s, getWidth(to) > 32 ? L::u64 : L::u32,
                                 floatLane(from), value),
                         getWidth(to));
      })
      .Case<arith::ExtFOp>([&](auto) {
        return to.isF64() ? convert(s, L::f64, L::f32, value) : value;
      })
      .Case<arith::TruncFOp>([&](auto) -> std::optional<Num> {
        if (half)
          return std::nullopt;
        return convert(s, L::f32, L::f64, value);
      })
      .Case<arith::BitcastOp>([&](auto) -> std::optional<Num> {
        if (getWidth(from) == 64)
          return value;
        if (getWidth(from) != 32)
          return std::nullopt;
        return to.isF32() ? zeroExtend(s, value, 32) : normalise(s, value, 32);
      })
      .Default([](Operation *) -> std::optional<Num> { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

static std::optional<Num> selectFloat(Selector &s, Operation *op) {
  Type type = op->getOperand(0).getType();
  if (type.isF16() || type.isBF16())
    return std::nullopt;
  if (StringRef code = getFloatCode(op); !code.empty())
    return floatBinary(s, code, type, s.getNum(op->getOperand(0)),
                       s.getNum(op->getOperand(1)));
  if (llvm::isa<arith::NegFOp, math::AbsFOp>(op)) {
    uint64_t sign = type.isF64() ? uint64_t(1) << 63 : uint64_t(1) << 31;
    bool flip = llvm::isa<arith::NegFOp>(op);
    return s.emit.binary(
        flip ? "xor" : "and", s.getNum(op->getOperand(0)),
        Num::constant(static_cast<int64_t>(flip ? sign : sign - 1)));
  }
  if (std::optional<isa::RoundMode> mode = getRoundMode(op)) {
    int64_t ra = s.emit.toReg(s.getNum(op->getOperand(0))),
            rd = s.emit.newReg();
    s.emit.inst("frint", {laneOf(type), static_cast<int64_t>(*mode), rd, ra});
    return Num::inReg(rd);
  }
  if (llvm::isa<math::SqrtOp>(op)) {
    int64_t ra = s.emit.toReg(s.getNum(op->getOperand(0))),
            rd = s.emit.newReg();
    s.emit.inst("fsqrt", {laneOf(type), rd, ra});
    return Num::inReg(rd);
  }
  if (llvm::isa<math::FmaOp>(op)) {
    int64_t a = s.emit.toReg(s.getNum(op->getOperand(0)));
    int64_t b = s.emit.toReg(s.getNum(op->getOperand(1)));
    int64_t c = s.emit.toReg(s.getNum(op->getOperand(2)));
    int64_t rd = s.emit.newReg();
    s.emit.inst("fma", {laneOf(type), rd, a, b, c});
    return Num::inReg(rd);
  }
  return std::nullopt;
}

LogicalResult ashlar::selectScalar(Selector &s, Operation *op) {
  auto refuse = [&] {
    return op->emitError() << "the scalar unit cannot do '" << op->getName()
                           << "' on " << op->getOperand(0).getType();
  };
  if (op->getNumResults() != 1)
    return refuse();
  Value result = op->getResult(0);
  if (!result.getType().isIntOrIndexOrFloat())
    return refuse();
  std::optional<Num> number;
  if (std::optional<IntegerCode> code = getIntegerCode(op))
    number = selectInteger(s, *code, op->getOperand(0), op->getOperand(1),
                           getWidth(result.getType()));
  else if (auto compare = dyn_cast<arith::CmpIOp>(op))
    number = selectCompare(s, compare);
  else if (auto compare = dyn_cast<arith::CmpFOp>(op))
    number = selectFloatCompare(s, compare);
  else if (auto select = dyn_cast<arith::SelectOp>(op)) {
    int64_t c = s.emit.toReg(s.getNum(select.getCondition()));
    int64_t a = s.emit.toReg(s.getNum(select.getTrueValue()));
    int64_t b = s.emit.toReg(s.getNum(select.getFalseValue()));
    int64_t rd = s.emit.newReg();
    s.emit.inst("sel", {rd, c, a, b});
    number = Num::inReg(rd);
  } else if (llvm::isa<CastOpInterface>(op))
    number = selectConversion(s, op);
  else
    number = selectFloat(s, op);
  if (!number)
    return refuse();
  s.setNum(result, *number);
  return success();
}

LogicalResult ashlar::selectRuntimeDim(Selector &s, npu::RuntimeDimOp op) {
  std::optional<Num> value = s.runtimeDim(op.getNameAttr());
  if (!value)
    return op.emitOpError() << "expected 'npu.dim_ranges' of the function to "
                               "have it";
  s.setNum(op.getResult(), *value);
  return success();
}
