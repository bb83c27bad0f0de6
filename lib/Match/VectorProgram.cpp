//===- VectorProgram.cpp - What a body costs the vector unit --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Match/VectorProgram.h"
#include "dialects/npu/SaturatedCast.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ashlar {

/// Types of tensors and lanes: what programs may compute with.
static bool isLaneType(Type type) {
  if (type.isIndex())
    return true;
  if (auto integer = dyn_cast<IntegerType>(type)) {
    unsigned width = integer.getWidth();
    return integer.isSignless() && (width == 1 || width == 8 || width == 16 ||
                                    width == 32 || width == 64);
  }
  return type.isF16() || type.isBF16() || type.isF32() || type.isF64();
}

/// Rounding or wrapping after a step whose lane is wider than the type.
static unsigned narrowingOps(Type type) {
  if (type.isF16() || type.isBF16())
    return 1;
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() < 32 ? 1 : 0;
}

static bool isConversion(Operation *op) {
  return isa<arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp, arith::ExtUIOp,
             arith::TruncIOp, arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp,
             arith::FPToUIOp, arith::IndexCastOp, arith::IndexCastUIOp>(op);
}

static bool isTranscendental(Operation *op) {
  return isa<math::ExpOp, math::Exp2Op, math::ExpM1Op, math::LogOp,
             math::Log2Op, math::Log10Op, math::Log1pOp, math::SinOp,
             math::CosOp, math::TanOp, math::AsinOp, math::AcosOp, math::AtanOp,
             math::SinhOp, math::CoshOp, math::TanhOp, math::AsinhOp,
             math::AcoshOp, math::AtanhOp, math::ErfOp, math::CbrtOp,
             math::PowFOp, math::Atan2Op>(op);
}

static bool isSlow(Operation *op) {
  return isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemFOp,
             arith::RemSIOp, arith::RemUIOp, math::SqrtOp, math::RsqrtOp>(op);
}

static bool isPlain(Operation *op) {
  return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp,
             arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
             arith::MinNumFOp, arith::SelectOp, arith::AddIOp, arith::SubIOp,
             arith::MulIOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp,
             arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp, arith::MaxSIOp,
             arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp, arith::BitcastOp,
             math::AbsFOp, math::AbsIOp, math::CeilOp, math::FloorOp,
             math::TruncOp, math::RoundEvenOp, math::RoundOp, math::CopySignOp,
             math::FmaOp, math::CountLeadingZerosOp, math::CountTrailingZerosOp,
             math::CtPopOp>(op);
}

std::optional<unsigned> countMicroOps(Operation *op) {
  for (Type type : llvm::concat<Type>(llvm::to_vector(op->getOperandTypes()),
                                      llvm::to_vector(op->getResultTypes())))
    if (!isLaneType(type))
      return std::nullopt;
  if (isa<linalg::YieldOp>(op))
    return 0;
  if (isa<arith::ConstantOp, linalg::IndexOp>(op))
    return 1;
  // Unordered predicates take a test for NaN and a combination.
  if (isa<arith::CmpFOp>(op))
    return 3;
  if (isa<arith::CmpIOp>(op))
    return 2;
  if (isPlain(op) || isSlow(op) || isTranscendental(op) || isConversion(op))
    return 1 + narrowingOps(op->getResult(0).getType());
  return std::nullopt;
}

/// Small signed integers lie in lanes of 32 bits as such, and small floats as
/// f32, so that nothing is left to do.
static bool isWidenedByLoad(Operation *op) {
  return isa<arith::ExtSIOp, arith::ExtFOp>(op) &&
         !op->getOperand(0).getType().isInteger(1) &&
         op->getResult(0).getType().getIntOrFloatBitWidth() <= 32;
}

LaneClass classifyLane(Operation *op) {
  if (isa<arith::ConstantOp, linalg::YieldOp>(op) || isWidenedByLoad(op))
    return LaneClass::Free;
  return isTranscendental(op) ? LaneClass::Transcendental
         : isSlow(op)         ? LaneClass::Slow
                              : LaneClass::Lane;
}

static bool is64Bit(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), [](Type type) {
    return type.isIndex() ||
           (type.isIntOrFloat() && type.getIntOrFloatBitWidth() == 64);
  });
}

ProgramSize measureProgram(linalg::LinalgOp op) {
  ProgramSize size;
  size.outputs = op.getNumDpsInits();
  llvm::SmallPtrSet<Value, 8> captured;
  for (OpOperand &operand : op->getOpOperands()) {
    bool isTensor = isa<ShapedType>(operand.get().getType());
    if (!op.payloadUsesValueFromOperand(&operand))
      continue;
    // An elementwise program that reads its output takes it as an input.
    if (isTensor && (op.isDpsInput(&operand) || op.getNumReductionLoops() == 0))
      ++size.inputs;
    if (!isTensor)
      ++size.ops; // v.const or v.reg
  }
  // A cast that saturates is a conversion and one operation more.
  llvm::SmallPtrSet<Operation *, 8> contained;
  for (Operation &inner : *op.getBlock())
    if (auto cast = npu::matchSaturatedCast(&inner))
      contained.insert(cast->steps.begin() + 1, cast->steps.end());
  for (Operation &inner : *op.getBlock()) {
    if (contained.contains(&inner))
      continue;
    unsigned ops = countMicroOps(&inner).value_or(1);
    size.ops += ops;
    for (Value operand : inner.getOperands())
      if (operand.getParentBlock() != op.getBlock() &&
          captured.insert(operand).second)
        ++size.ops;
    bool wide = is64Bit(&inner);
    switch (classifyLane(&inner)) {
    case LaneClass::Free:
      break;
    case LaneClass::Lane:
      (wide ? size.lane64 : size.lane) += ops;
      break;
    case LaneClass::Slow:
      (wide ? size.slow64 : size.slow) += 1;
      break;
    case LaneClass::Transcendental:
      (wide ? size.trans64 : size.trans) += 1;
      break;
    }
  }
  return size;
}

static bool isReductionKind(Operation *op) {
  return isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp,
             arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
             arith::MinNumFOp, arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp,
             arith::MinUIOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op);
}

Operation *matchReduction(linalg::LinalgOp op, unsigned output) {
  Block *body = op.getBlock();
  BlockArgument old = body->getArgument(op.getNumDpsInputs() + output);
  Operation *combiner =
      body->getTerminator()->getOperand(output).getDefiningOp();
  if (!combiner || combiner->getBlock() != body || !isReductionKind(combiner) ||
      !old.hasOneUse() || *old.user_begin() != combiner)
    return nullptr;
  // The result is the output and nothing else.
  return combiner->hasOneUse() ? combiner : nullptr;
}

static bool isFloatIdentity(Operation *combiner, const APFloat &value) {
  return llvm::TypeSwitch<Operation *, bool>(combiner)
      .Case<arith::AddFOp>([&](auto) { return value.isZero(); })
      .Case<arith::MulFOp>([&](auto) { return value.isExactlyValue(1.0); })
      .Case<arith::MaximumFOp>(
          [&](auto) { return value.isInfinity() && value.isNegative(); })
      .Case<arith::MinimumFOp>(
          [&](auto) { return value.isInfinity() && !value.isNegative(); })
      .Case<arith::MaxNumFOp, arith::MinNumFOp>([&](auto) { return false; })
      .Default([](Operation *) { return false; });
}

static bool isIntegerIdentity(Operation *combiner, const APInt &value) {
  return llvm::TypeSwitch<Operation *, bool>(combiner)
      .Case<arith::AddIOp, arith::OrIOp, arith::XOrIOp, arith::MaxUIOp>(
          [&](auto) { return value.isZero(); })
      .Case<arith::MulIOp>([&](auto) { return value.isOne(); })
      .Case<arith::AndIOp, arith::MinUIOp>(
          [&](auto) { return value.isAllOnes(); })
      .Case<arith::MaxSIOp>([&](auto) { return value.isMinSignedValue(); })
      .Case<arith::MinSIOp>([&](auto) { return value.isMaxSignedValue(); })
      .Default([](Operation *) { return false; });
}

bool isIdentityOf(Operation *combiner, TypedAttr value) {
  if (auto real = dyn_cast<FloatAttr>(value))
    return isFloatIdentity(combiner, real.getValue());
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return isIntegerIdentity(combiner, integer.getValue());
  return false;
}

/// "'math.foo' on 'f128'": the operation and the types that it has.
static std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "'" << op->getName() << "'";
  if (op->getNumOperands())
    stream << " on " << op->getOperand(0).getType();
  return text;
}

std::string whyNotVector(linalg::LinalgOp op) {
  for (Value operand : op->getOperands()) {
    Type element = getElementTypeOrSelf(operand.getType());
    if (!isLaneType(element)) {
      std::string text;
      llvm::raw_string_ostream(text)
          << "no element type of the machine is " << element;
      return text;
    }
  }
  for (Operation &inner : *op.getBlock())
    if (!countMicroOps(&inner))
      return "the vector unit has no " + describe(&inner);
  if (op.getNumReductionLoops() == 0)
    return "";
  for (unsigned output = 0; output < op.getNumDpsInits(); ++output)
    if (!matchReduction(op, output))
      return "its reduction is none that the vector unit does (sum, product, "
             "minimum, maximum, "
             "and, or, xor of the old value and a new one)";
  return "";
}

bool isDataMovement(linalg::LinalgOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 0 ||
      op.hasIndexSemantics())
    return false;
  auto argument =
      dyn_cast<BlockArgument>(op.getBlock()->getTerminator()->getOperand(0));
  return argument && argument.getOwner() == op.getBlock() &&
         op.getNumDpsInputs() == 1 && argument.getArgNumber() == 0 &&
         isa<ShapedType>(op->getOperand(0).getType());
}

} // namespace ashlar
