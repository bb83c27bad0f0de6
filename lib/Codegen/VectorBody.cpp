//===- VectorBody.cpp - Bodies as vector programs ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorBody.h"
#include "dialects/npu/SaturatedCast.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace ashlar;

isa::LaneType ashlar::getLaneType(Type type) {
  if (type.isF64())
    return isa::LaneType::f64;
  if (llvm::isa<FloatType>(type))
    return isa::LaneType::f32;
  return type.isIndex() || type.getIntOrFloatBitWidth() > 32
             ? isa::LaneType::i64
             : isa::LaneType::i32;
}

FailureOr<int64_t> VectorBody::newLane() {
  if (free == 0)
    return op.emitError() << "the program needs more than 32 lane registers";
  int64_t lane = llvm::countr_zero(free);
  free &= ~(uint32_t(1) << lane);
  return lane;
}

LogicalResult VectorBody::addInput(BlockArgument arg, int64_t descriptor) {
  FailureOr<int64_t> lane = newLane();
  if (failed(lane))
    return failure();
  append("v.in", {*lane, descriptor});
  lanes[arg] = *lane;
  return success();
}

FailureOr<int64_t> VectorBody::makeConstant(isa::LaneType type, int64_t bits) {
  auto known = constants.find({type, bits});
  if (known != constants.end())
    return known->second;
  FailureOr<int64_t> lane = newLane();
  if (failed(lane))
    return failure();
  bool direct = type != isa::LaneType::i64 || fitsImmediate(bits);
  int64_t immediate = static_cast<uint32_t>(bits);
  if (type == isa::LaneType::f64) {
    double value = llvm::bit_cast<double>(bits);
    float narrow = static_cast<float>(value);
    direct = llvm::bit_cast<int64_t>(static_cast<double>(narrow)) == bits;
    immediate = llvm::bit_cast<uint32_t>(narrow);
  }
  if (direct)
    append("v.const", {static_cast<int64_t>(type), *lane, immediate});
  else
    append("v.reg", {static_cast<int64_t>(type), *lane,
                     s.emit.toReg(Num::constant(bits))});
  constants[{type, bits}] = *lane;
  return lane;
}

FailureOr<int64_t> VectorBody::getLane(Value value) {
  auto found = lanes.find(value);
  if (found != lanes.end())
    return found->second;
  Attribute attr;
  isa::LaneType type = getLaneType(value.getType());
  if (matchPattern(value, m_Constant(&attr)))
    if (std::optional<int64_t> bits = getConstantBits(attr))
      return makeConstant(type, *bits);
  Num number = s.getNum(value);
  if (number.isConstant())
    return makeConstant(type, number.value());
  FailureOr<int64_t> lane = newLane();
  if (failed(lane))
    return failure();
  append("v.reg", {static_cast<int64_t>(type), *lane, number.reg()});
  lanes[value] = *lane;
  return lane;
}

/// The values that an operation's words read: its operands, but for casts whose
/// parts are not words of their own.
SmallVector<Value> VectorBody::getNeeded(Operation *inner) {
  if (std::optional<npu::SaturatedCast> cast = npu::matchSaturatedCast(inner))
    return {cast->source};
  return llvm::to_vector(inner->getOperands());
}

/// Operations that the roots need, in the body's order, and how often each
/// value is read.
void VectorBody::countUses(ArrayRef<Value> roots) {
  llvm::SmallPtrSet<Operation *, 16> needed;
  SmallVector<Value> worklist(roots);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    ++uses[value];
    Operation *def = value.getDefiningOp();
    if (!def || def->getBlock() != &op.getBody().front() ||
        !needed.insert(def).second)
      continue;
    llvm::append_range(worklist, getNeeded(def));
  }
  for (Operation &inner : op.getBody().front())
    if (needed.contains(&inner) && !llvm::isa<arith::ConstantOp>(inner))
      order.push_back(&inner);
}

/// One of a value's readers is done: the last one frees its register.
void VectorBody::use(Value value) {
  auto found = lanes.find(value);
  if (--uses[value] == 0 && found != lanes.end()) {
    release(found->second);
    lanes.erase(found);
  }
}

LogicalResult VectorBody::compute(ArrayRef<Value> roots) {
  countUses(roots);
  for (Operation *inner : order)
    if (failed(selectLane(inner)))
      return failure();
  return success();
}

LogicalResult VectorBody::selectLane(Operation *inner) {
  int64_t result = -1;
  LaneSelector selector(*this, inner);
  if (failed(selector.run(result)))
    return failure();
  // The result may be an operand's own register (a conversion that changes
  // nothing): then it passes on with the last use of the operand.
  Value alias;
  SmallVector<Value> needed = getNeeded(inner);
  for (Value operand : needed)
    if (auto found = lanes.find(operand);
        found != lanes.end() && found->second == result)
      alias = operand;
  if (alias && uses[alias] > 1) {
    FailureOr<int64_t> copy = newLane();
    if (failed(copy))
      return failure();
    auto type =
        static_cast<int64_t>(getLaneType(inner->getResult(0).getType()));
    append("v.bits", {type, type, *copy, result});
    result = *copy;
    alias = Value();
  }
  for (Value operand : needed) {
    if (operand == alias) {
      --uses[operand];
      lanes.erase(operand);
    } else {
      use(operand);
    }
  }
  lanes[inner->getResult(0)] = result;
  return success();
}
