//===- QuantizeTypes.cpp - Quantisation as element types ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What stands around an operator decides: its operands are dequantised with
// known parameters, and its result is quantised, perhaps after a bias and
// clamps. Clamps become the range of the result's storage, because rounding
// does not change the order of numbers.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "Quantization.h"

#include <cmath>
#include <limits>

namespace ashlar {
#define GEN_PASS_DEF_QUANTIZETYPES
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

namespace {

/// Where the result of an operator is quantised.
struct Sink {
  nn::QuantizeOp quantize;
  quant::QuantizedType type;
  Value bias; ///< added on the way, one element a lane
};

/// The function that clamps on the way compose to.
struct Clamp {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  void then(double newLow, double newHigh) {
    low = std::min(std::max(low, newLow), newHigh);
    high = std::min(std::max(high, newLow), newHigh);
  }
};

class TypeQuantizer {
public:
  explicit TypeQuantizer(func::FuncOp func) : builder(func.getContext()) {}
  void visit(Operation *op);

private:
  std::optional<Sink> findSink(Operation *op);
  void setInsertionPoint(Operation *op, const std::optional<Sink> &sink);
  void rewrite(Operation *op, ArrayRef<Value> operands,
               const std::optional<Sink> &sink);
  Value toQuantized(Value operand, std::optional<int64_t> allowedAxis);
  Value toBias(Value bias);
  void visitProduct(Operation *op);
  void visitArithmetic(Operation *op);

  OpBuilder builder;
};

} // namespace

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// The number that all elements of a constant equal.
static std::optional<double> getNumber(Value value) {
  std::optional<std::vector<double>> numbers = readFloats(value);
  if (!numbers || numbers->empty() || !llvm::all_equal(*numbers) ||
      std::isnan(numbers->front()))
    return std::nullopt;
  return numbers->front();
}

/// Whether `op` clamps its first operand between numbers; adds it to `clamp`.
static bool addClamp(Operation *op, Clamp &clamp) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (op->getNumResults() != 1 ||
      op->getResult(0).getType() != op->getOperand(0).getType())
    return false;
  if (isa<nn::ReluOp>(op)) {
    clamp.then(0, infinity);
    return true;
  }
  if (!isa<nn::ClampOp, nn::MaxOp, nn::MinOp>(op))
    return false;
  std::optional<double> first = getNumber(op->getOperand(1));
  if (!first)
    return false;
  if (isa<nn::MaxOp>(op))
    clamp.then(*first, infinity);
  else if (isa<nn::MinOp>(op))
    clamp.then(-infinity, *first);
  else if (std::optional<double> second = getNumber(op->getOperand(2)))
    clamp.then(*first, *second);
  else
    return false;
  return true;
}

/// The other operand of an addition to `value` if it is one number for each
/// index of the last dimension.
static Value getBias(Operation *op, Value value) {
  auto add = dyn_cast<nn::AddOp>(op);
  if (!add || add.getType() != value.getType())
    return nullptr;
  Value other = add.getLhs() == value ? add.getRhs() : add.getLhs();
  auto type = cast<RankedTensorType>(other.getType());
  int64_t lanes = add.getType().getDimSize(add.getType().getRank() - 1);
  bool isVector = type.getRank() > 0 && type.hasStaticShape() &&
                  type.getNumElements() == lanes &&
                  type.getShape().back() == lanes;
  return other != value && isVector ? other : Value();
}

std::optional<Sink> TypeQuantizer::findSink(Operation *op) {
  Value value = op->getResult(0), bias;
  Clamp clamp;
  bool isClamped = false;
  while (value.hasOneUse()) {
    OpOperand &use = *value.use_begin();
    Operation *user = use.getOwner();
    if (auto quantize = dyn_cast<nn::QuantizeOp>(user)) {
      std::optional<QuantParameters> parameters = getParameters(quantize);
      Type storage = quantize.getType().getElementType();
      if (!parameters || parameters->axis || !storage.isInteger(8))
        return std::nullopt;
      double scale = parameters->scales[0];
      int64_t zero = parameters->zeroPoints[0];
      StorageRange all = getStorageRange(storage);
      StorageRange range{quantizeNumber(clamp.low, scale, zero, all),
                         quantizeNumber(clamp.high, scale, zero, all)};
      quant::QuantizedType type =
          makeQuantizedType(storage, *parameters, range);
      if (!type)
        return std::nullopt;
      return Sink{quantize, type, bias};
    }
    if (use.getOperandNumber() == 0 && addClamp(user, clamp)) {
      isClamped = true;
    } else if (isa<nn::MatmulOp>(op) && !bias && !isClamped &&
               getBias(user, value)) {
      bias = getBias(user, value);
    } else {
      return std::nullopt;
    }
    value = user->getResult(0);
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The quantised form of an operand that is dequantised from 8 bits, with one
/// scale or with one for each index of `allowedAxis`. Null if there is none.
Value TypeQuantizer::toQuantized(Value operand,
                                 std::optional<int64_t> allowedAxis) {
  auto dequantize = operand.getDefiningOp<nn::DequantizeOp>();
  if (!dequantize || !dequantize.getType().getElementType().isF32())
    return nullptr;
  std::optional<QuantParameters> parameters = getParameters(dequantize);
  Type storage = dequantize.getInput().getType().getElementType();
  if (!parameters || !storage.isInteger(8) ||
      (parameters->axis && parameters->axis != allowedAxis))
    return nullptr;
  return nn::StorageCastOp::create(builder, dequantize.getLoc(),
                                   dequantize.getInput(),
                                   makeQuantizedType(storage, *parameters));
}

/// A bias that is known at compile time, as a vector: f32, or i32 quantised.
/// Null for others.
Value TypeQuantizer::toBias(Value bias) {
  int64_t size = cast<RankedTensorType>(bias.getType()).getNumElements();
  auto asVector = [&](Value value) -> Value {
    if (cast<RankedTensorType>(value.getType()).getRank() == 1)
      return value;
    auto constant = value.getDefiningOp<nn::ConstantOp>();
    auto type = cast<RankedTensorType>(value.getType());
    return nn::ConstantOp::create(
        builder, value.getLoc(),
        nn::reinterpretElements(constant.getValue(), type.clone({size})));
  };
  if (readFloats(bias))
    return asVector(bias);
  auto dequantize = bias.getDefiningOp<nn::DequantizeOp>();
  if (!dequantize || !dequantize.getType().getElementType().isF32() ||
      !readIntegers(dequantize.getInput()))
    return nullptr;
  std::optional<QuantParameters> parameters = getParameters(dequantize);
  Type storage = dequantize.getInput().getType().getElementType();
  if (!parameters || !(storage.isInteger(8) || storage.isSignlessInteger(32)))
    return nullptr;
  if (parameters->axis && int64_t(parameters->scales.size()) != size)
    return nullptr;
  if (parameters->axis)
    parameters->axis = 0;
  return nn::StorageCastOp::create(builder, dequantize.getLoc(),
                                   asVector(dequantize.getInput()),
                                   makeQuantizedType(storage, *parameters));
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

/// Only the sink reads the result, so that the operator may run there, where
/// everything on the way is known.
void TypeQuantizer::setInsertionPoint(Operation *op,
                                      const std::optional<Sink> &sink) {
  builder.setInsertionPoint(sink ? sink->quantize : op);
}

void TypeQuantizer::rewrite(Operation *op, ArrayRef<Value> operands,
                            const std::optional<Sink> &sink) {
  Operation *clone = builder.clone(*op);
  clone->setOperands(operands);
  if (!sink) {
    op->getResult(0).replaceAllUsesWith(clone->getResult(0));
    return;
  }
  Value result = clone->getResult(0);
  result.setType(cast<RankedTensorType>(result.getType()).clone(sink->type));
  Value stored = nn::StorageCastOp::create(builder, op->getLoc(), result,
                                           nn::getStorageType(sink->type));
  Operation *quantize = sink->quantize;
  quantize->getResult(0).replaceAllUsesWith(stored);
}

void TypeQuantizer::visitProduct(Operation *op) {
  std::optional<int64_t> axis;
  if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    axis = 0;
  } else {
    auto matmul = cast<nn::MatmulOp>(op);
    axis = matmul.getRhs().getType().getRank() -
           (matmul.getTransposeRhs() ? 2 : 1);
  }
  std::optional<Sink> sink = findSink(op);
  setInsertionPoint(op, sink);
  Value lhs = toQuantized(op->getOperand(0), std::nullopt);
  Value rhs = toQuantized(op->getOperand(1), axis);
  if (!lhs || !rhs)
    return;
  SmallVector<Value> operands = {lhs, rhs};
  if (op->getNumOperands() > 2) {
    Value bias = toBias(op->getOperand(2));
    if (!bias)
      return;
    operands.push_back(bias);
  } else if (sink && sink->bias) {
    if (Value bias = toBias(sink->bias)) {
      operands.push_back(bias);
    } else {
      // The product alone; its result is needed before the sink.
      for (Value operand : operands)
        operand.getDefiningOp()->moveBefore(op);
      sink.reset();
      setInsertionPoint(op, sink);
    }
  }
  rewrite(op, operands, sink);
}

void TypeQuantizer::visitArithmetic(Operation *op) {
  std::optional<Sink> sink = findSink(op);
  if (!sink)
    return;
  setInsertionPoint(op, sink);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(toQuantized(operand, std::nullopt));
  if (llvm::is_contained(operands, Value()))
    return;
  rewrite(op, operands, sink);
}

/// What is quantised is decided before the layout is: operators of other
/// layouts than the front ends' stay floats.
static bool isChannelsLast(Operation *op) {
  if (auto conv = dyn_cast<nn::ConvOp>(op))
    return conv.getChannelsLast();
  auto pool = dyn_cast<nn::PoolOp>(op);
  return pool && pool.getChannelsLast();
}

void TypeQuantizer::visit(Operation *op) {
  if (isChannelsLast(op))
    return;
  if (isa<nn::ConvOp, nn::MatmulOp>(op))
    return visitProduct(op);
  if (isa<nn::AddOp, nn::SubOp, nn::MulOp>(op))
    return visitArithmetic(op);
  if (auto pool = dyn_cast<nn::PoolOp>(op);
      pool && pool.getKind() == nn::PoolKind::avg)
    return visitArithmetic(op);
  if (auto reduce = dyn_cast<nn::ReduceOp>(op);
      reduce && reduce.getKind() == nn::ReduceKind::mean)
    return visitArithmetic(op);
}

namespace {

struct QuantizeTypesPass : ashlar::impl::QuantizeTypesBase<QuantizeTypesPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    SmallVector<Operation *> ops;
    for (Operation &op : func.getBody().front().without_terminator())
      ops.push_back(&op);
    TypeQuantizer quantizer(func);
    for (Operation *op : ops)
      quantizer.visit(op);
    eraseDeadOps(func);
  }
};

} // namespace
