//===- SelectLane.cpp - Operations on lanes ------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorBody.h"
#include "dialects/npu/SaturatedCast.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace ashlar;
using L = isa::LaneType;

static unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

static bool isSmallInteger(Type type) {
  return type.isSignlessInteger() && getWidth(type) < 32;
}

static L toUnsigned(L type) { return type == L::i64 ? L::u64 : L::u32; }

LogicalResult LaneSelector::refuse() {
  InFlightDiagnostic diag = op->emitError() << "the vector unit cannot do '"
                                            << op->getName() << "' on ";
  llvm::interleaveComma(op->getOperandTypes(), diag);
  return diag;
}

int64_t LaneSelector::laneOf(Value value) {
  FailureOr<int64_t> found = body.getLane(value);
  failed |= mlir::failed(found);
  return found.value_or(0);
}

int64_t LaneSelector::lane(unsigned operand) {
  return laneOf(op->getOperand(operand));
}

int64_t LaneSelector::temp() {
  FailureOr<int64_t> fresh = body.newLane();
  failed |= mlir::failed(fresh);
  if (succeeded(fresh))
    temps.push_back(*fresh);
  return fresh.value_or(0);
}

int64_t LaneSelector::constant(L type, int64_t bits) {
  FailureOr<int64_t> found = body.makeConstant(type, bits);
  failed |= mlir::failed(found);
  return found.value_or(0);
}

int64_t LaneSelector::emit(StringRef mnemonic, L type,
                           ArrayRef<int64_t> sources) {
  int64_t target = temp();
  SmallVector<int64_t> operands = {static_cast<int64_t>(type), target};
  llvm::append_range(operands, sources);
  body.append(mnemonic, operands);
  return target;
}

int64_t LaneSelector::narrow(int64_t value, isa::ElementType type) {
  int64_t target = temp();
  body.append("v.narrow", {static_cast<int64_t>(type), target, value});
  return target;
}

int64_t LaneSelector::finish(int64_t value, Type type) {
  if (type.isInteger(1))
    return emit("v.and", L::i32, {value, constant(L::i32, 1)});
  if (isSmallInteger(type) || type.isF16() || type.isBF16())
    return narrow(value, getElementType(type));
  return value;
}

int64_t LaneSelector::convert(int64_t value, L to, L from, bool even) {
  int64_t target = temp();
  body.append(
      "v.cvt",
      {static_cast<int64_t>(to), static_cast<int64_t>(from), target, value,
       static_cast<int64_t>(even ? isa::CvtMode::even : isa::CvtMode::trunc)});
  return target;
}

int64_t LaneSelector::zeroExtended(unsigned operand) {
  Type type = op->getOperand(operand).getType();
  if (!isSmallInteger(type) || type.isInteger(1))
    return lane(operand);
  int64_t mask = (int64_t(1) << getWidth(type)) - 1;
  return emit("v.and", L::i32, {lane(operand), constant(L::i32, mask)});
}

int64_t LaneSelector::logicalNot(int64_t value) {
  return emit("v.xor", L::i32, {value, constant(L::i32, 1)});
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

int64_t LaneSelector::compareFloats(Operation *compare) {
  using P = arith::CmpFPredicate;
  auto cmp = cast<arith::CmpFOp>(compare);
  L type = getLaneType(cmp.getLhs().getType());
  int64_t a = lane(0), b = lane(1);
  auto either = [&](int64_t x, int64_t y) {
    return emit("v.or", L::i32, {x, y});
  };
  switch (cmp.getPredicate()) {
  case P::AlwaysFalse:
    return constant(L::i32, 0);
  case P::AlwaysTrue:
    return constant(L::i32, 1);
  case P::OEQ:
    return emit("v.eq", type, {a, b});
  case P::OLT:
    return emit("v.lt", type, {a, b});
  case P::OLE:
    return emit("v.le", type, {a, b});
  case P::OGT:
    return emit("v.lt", type, {b, a});
  case P::OGE:
    return emit("v.le", type, {b, a});
  case P::ONE:
    return either(emit("v.lt", type, {a, b}), emit("v.lt", type, {b, a}));
  case P::ORD:
    return logicalNot(emit("v.uno", type, {a, b}));
  case P::UEQ:
    return either(emit("v.eq", type, {a, b}), emit("v.uno", type, {a, b}));
  case P::UGT:
    return logicalNot(emit("v.le", type, {a, b}));
  case P::UGE:
    return logicalNot(emit("v.lt", type, {a, b}));
  case P::ULT:
    return logicalNot(emit("v.le", type, {b, a}));
  case P::ULE:
    return logicalNot(emit("v.lt", type, {b, a}));
  case P::UNE:
    return emit("v.ne", type, {a, b});
  case P::UNO:
    return emit("v.uno", type, {a, b});
  }
  llvm_unreachable("all predicates are listed");
}

int64_t LaneSelector::compareIntegers(Operation *compare) {
  using P = arith::CmpIPredicate;
  auto cmp = cast<arith::CmpIOp>(compare);
  L type = getLaneType(cmp.getLhs().getType());
  int64_t a = lane(0), b = lane(1);
  bool isSigned = cmp.getPredicate() >= P::slt && cmp.getPredicate() <= P::sge;
  // true is 1 in lanes and -1 as a signed number.
  if (isSigned && cmp.getLhs().getType().isInteger(1))
    std::swap(a, b);
  // Sign extension keeps the unsigned order of small integers.
  if (!isSigned)
    type = toUnsigned(type);
  switch (cmp.getPredicate()) {
  case P::eq:
    return emit("v.eq", type, {a, b});
  case P::ne:
    return emit("v.ne", type, {a, b});
  case P::slt:
  case P::ult:
    return emit("v.lt", type, {a, b});
  case P::sle:
  case P::ule:
    return emit("v.le", type, {a, b});
  case P::sgt:
  case P::ugt:
    return emit("v.lt", type, {b, a});
  case P::sge:
  case P::uge:
    return emit("v.le", type, {b, a});
  }
  llvm_unreachable("all predicates are listed");
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// Integer to integer: only between 32 and 64 bits does a lane change.
static bool sameLane(Type a, Type b) {
  return getLaneType(a) == getLaneType(b);
}

int64_t LaneSelector::truncated() {
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  std::optional<npu::SaturatedCast> cast = npu::matchSaturatedCast(op);
  if (!cast) {
    int64_t value = sameLane(from, to)
                        ? lane(0)
                        : convert(lane(0), getLaneType(to), getLaneType(from));
    return finish(value, to);
  }
  bool isByte = getWidth(to) == 8;
  isa::ElementType range =
      cast->isSigned ? (isByte ? isa::ElementType::i8 : isa::ElementType::i16)
                     : (isByte ? isa::ElementType::u8 : isa::ElementType::u16);
  int64_t value = convert(laneOf(cast->source), L::i32, L::f32, cast->rounds);
  int64_t target = temp();
  body.append("v.sat", {static_cast<int64_t>(range), target, value});
  // Lanes hold small integers as signed ones.
  return cast->isSigned ? target : finish(target, to);
}

std::optional<int64_t> LaneSelector::conversion() {
  if (op->getNumOperands() != 1 || op->getNumResults() != 1)
    return std::nullopt;
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  L source = getLaneType(from), target = getLaneType(to);
  // -1 for true.
  auto signedBool = [&] {
    return from.isInteger(1) ? emit("v.neg", L::i32, {lane(0)}) : lane(0);
  };
  if (llvm::isa<arith::ExtSIOp, arith::IndexCastOp>(op)) {
    int64_t value = signedBool();
    if (!sameLane(from, to))
      value = convert(value, target, source);
    return getWidth(to) < getWidth(from) ? finish(value, to) : value;
  }
  if (llvm::isa<arith::ExtUIOp, arith::IndexCastUIOp>(op)) {
    int64_t value = zeroExtended(0);
    if (!sameLane(from, to))
      value = convert(value, target, toUnsigned(source));
    return getWidth(to) < 32 && getWidth(from) != 1 ? finish(value, to) : value;
  }
  if (llvm::isa<arith::TruncIOp>(op))
    return truncated();
  if (llvm::isa<arith::SIToFPOp>(op))
    return finish(convert(signedBool(), target, source), to);
  if (llvm::isa<arith::UIToFPOp>(op))
    return finish(convert(zeroExtended(0), target, toUnsigned(source)), to);
  if (llvm::isa<arith::FPToSIOp>(op))
    return finish(convert(lane(0), target, source), to);
  if (llvm::isa<arith::FPToUIOp>(op))
    // Small unsigned values fit the signed range of 32 bits.
    return finish(convert(lane(0),
                          getWidth(to) >= 32 ? toUnsigned(target) : target,
                          source),
                  to);
  if (llvm::isa<arith::ExtFOp>(op))
    return source == target ? lane(0) : convert(lane(0), target, source);
  if (llvm::isa<arith::TruncFOp>(op)) {
    int64_t value =
        source == target ? lane(0) : convert(lane(0), target, source);
    return finish(value, to);
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Operations that are one micro-operation on the lanes of their operands,
/// followed by rounding or wrapping.
static StringRef getPlainCode(StringRef name) {
  static const llvm::StringMap<StringRef> codes = {
      {"arith.addf", "v.add"},   {"arith.addi", "v.add"},
      {"arith.subf", "v.sub"},   {"arith.subi", "v.sub"},
      {"arith.mulf", "v.mul"},   {"arith.muli", "v.mul"},
      {"arith.divf", "v.div"},   {"arith.divsi", "v.div"},
      {"arith.remf", "v.rem"},   {"arith.remsi", "v.rem"},
      {"arith.shli", "v.shl"},   {"math.ctpop", "v.popcount"},
      {"math.powf", "v.pow"},    {"math.atan2", "v.atan2"},
      {"math.sqrt", "v.sqrt"},   {"math.rsqrt", "v.rsqrt"},
      {"math.exp", "v.exp"},     {"math.exp2", "v.exp2"},
      {"math.expm1", "v.expm1"}, {"math.log", "v.log"},
      {"math.log2", "v.log2"},   {"math.log10", "v.log10"},
      {"math.log1p", "v.log1p"}, {"math.sin", "v.sin"},
      {"math.cos", "v.cos"},     {"math.tan", "v.tan"},
      {"math.asin", "v.asin"},   {"math.acos", "v.acos"},
      {"math.atan", "v.atan"},   {"math.sinh", "v.sinh"},
      {"math.cosh", "v.cosh"},   {"math.tanh", "v.tanh"},
      {"math.asinh", "v.asinh"}, {"math.acosh", "v.acosh"},
      {"math.atanh", "v.atanh"}, {"math.erf", "v.erf"},
      {"math.cbrt", "v.cbrt"},   {"math.fma", "v.fma"},
      {"math.absi", "v.abs"}};
  return codes.lookup(name);
}

/// The same, where the result needs neither rounding nor wrapping.
static StringRef getExactCode(StringRef name) {
  static const llvm::StringMap<StringRef> codes = {
      {"arith.maximumf", "v.max"},   {"arith.minimumf", "v.min"},
      {"arith.maxnumf", "v.maxnum"}, {"arith.minnumf", "v.minnum"},
      {"arith.maxsi", "v.max"},      {"arith.minsi", "v.min"},
      {"arith.andi", "v.and"},       {"arith.ori", "v.or"},
      {"arith.xori", "v.xor"},       {"arith.negf", "v.neg"},
      {"arith.shrsi", "v.shr"},      {"math.absf", "v.abs"},
      {"math.floor", "v.floor"},     {"math.ceil", "v.ceil"},
      {"math.trunc", "v.trunc"},     {"math.roundeven", "v.rint"},
      {"math.round", "v.round"},     {"math.copysign", "v.copysign"}};
  return codes.lookup(name);
}

std::optional<int64_t> LaneSelector::arithmetic() {
  StringRef name = op->getName().getStringRef();
  Type type = op->getResult(0).getType();
  L lanes = getLaneType(type);
  SmallVector<int64_t> sources;
  StringRef plain = getPlainCode(name), exact = getExactCode(name);
  if (!plain.empty() || !exact.empty()) {
    for (unsigned operand = 0; operand < op->getNumOperands(); ++operand)
      sources.push_back(lane(operand));
    if (!exact.empty())
      return emit(exact, lanes, sources);
    return finish(emit(plain, lanes, sources), type);
  }
  if (llvm::isa<arith::MaxUIOp, arith::MinUIOp>(op))
    return emit(llvm::isa<arith::MaxUIOp>(op) ? "v.max" : "v.min",
                toUnsigned(lanes), {lane(0), lane(1)});
  if (llvm::isa<arith::DivUIOp, arith::RemUIOp>(op))
    return finish(emit(llvm::isa<arith::DivUIOp>(op) ? "v.div" : "v.rem",
                       toUnsigned(lanes), {zeroExtended(0), zeroExtended(1)}),
                  type);
  if (llvm::isa<arith::ShRUIOp>(op))
    return finish(emit("v.shr", toUnsigned(lanes), {zeroExtended(0), lane(1)}),
                  type);
  return std::nullopt;
}

std::optional<int64_t> LaneSelector::special() {
  Type type = op->getResult(0).getType();
  L lanes = getLaneType(type);
  if (auto index = dyn_cast<npu::IndexOp>(op)) {
    int64_t target = temp();
    body.append("v.iota", {static_cast<int64_t>(L::i64), target,
                           body.dimOf[index.getDim()]});
    return target;
  }
  if (llvm::isa<arith::CmpFOp>(op))
    return compareFloats(op);
  if (llvm::isa<arith::CmpIOp>(op))
    return compareIntegers(op);
  if (llvm::isa<arith::SelectOp>(op)) {
    int64_t condition = lane(0), a = lane(1), b = lane(2);
    return emit("v.sel", lanes, {condition, a, b});
  }
  if (llvm::isa<arith::BitcastOp>(op) && getWidth(type) >= 32) {
    L source = getLaneType(op->getOperand(0).getType());
    int64_t value = lane(0), target = temp();
    body.append("v.bits", {static_cast<int64_t>(lanes),
                           static_cast<int64_t>(source), target, value});
    return target;
  }
  if (llvm::isa<math::CountLeadingZerosOp, math::CountTrailingZerosOp>(op) &&
      getWidth(type) >= 32)
    return emit(llvm::isa<math::CountLeadingZerosOp>(op) ? "v.clz" : "v.ctz",
                lanes, {lane(0)});
  if (llvm::isa<math::IsNaNOp>(op))
    return emit("v.uno", getLaneType(op->getOperand(0).getType()),
                {lane(0), lane(0)});
  return std::nullopt;
}

LogicalResult LaneSelector::run(int64_t &result) {
  if (op->getNumResults() != 1 ||
      !op->getResult(0).getType().isIntOrIndexOrFloat())
    return refuse();
  std::optional<int64_t> value = special();
  if (!value)
    value = conversion();
  if (!value)
    value = arithmetic();
  if (failed)
    return failure();
  if (!value)
    return refuse();
  result = *value;
  for (int64_t used : temps)
    if (used != result)
      body.release(used);
  // A constant's register stays with the constant.
  bool isConstant = llvm::any_of(
      body.constants, [&](auto &entry) { return entry.second == result; });
  if (!isConstant)
    return success();
  FailureOr<int64_t> copy = body.newLane();
  if (mlir::failed(copy))
    return failure();
  auto type = static_cast<int64_t>(getLaneType(op->getResult(0).getType()));
  body.append("v.bits", {type, type, *copy, result});
  result = *copy;
  return success();
}
