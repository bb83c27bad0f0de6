//===- TabulateFunctions.cpp - Functions of a byte as tables --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The graph's own operations, applied to all 256 bytes, make the table;
// constant folding computes them in the arithmetic of the host path. So the
// table says to the bit what the graph would have computed.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "Quantization.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_TABULATEFUNCTIONS
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

/// Bounds the search above a result.
static constexpr size_t maxOps = 64;

static bool isBytes(Value value) {
  return getElementTypeOrSelf(value.getType()).isInteger(8);
}

/// The one number that a constant consists of, as a constant of no dimensions;
/// null for others.
static ElementsAttr getScalar(Value value) {
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  if (!constant)
    return nullptr;
  auto type = cast<RankedTensorType>(constant.getType());
  RankedTensorType scalar = type.clone(ArrayRef<int64_t>());
  if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
      dense && dense.isSplat())
    return dense.resizeSplat(scalar);
  if (type.getNumElements() != 1)
    return nullptr;
  return nn::reinterpretElements(constant.getValue(), scalar);
}

/// Whether an element of the result follows from the elements at its place, all
/// numbers around being known.
static bool isPointwise(Operation *op) {
  if (auto quantize = dyn_cast<nn::QuantizeOp>(op)) {
    std::optional<QuantParameters> parameters = getParameters(quantize);
    return parameters && !parameters->axis;
  }
  if (auto dequantize = dyn_cast<nn::DequantizeOp>(op)) {
    std::optional<QuantParameters> parameters = getParameters(dequantize);
    return parameters && !parameters->axis;
  }
  return op->hasTrait<nn::Elementwise>() && op->getNumResults() == 1;
}

namespace {

/// What makes bytes of the bytes of one tensor.
struct ByteFunction {
  Value source;
  llvm::SetVector<Operation *> ops; ///< in no order
};

class Tabulator {
public:
  explicit Tabulator(func::FuncOp func) : func(func) {}
  void run();

private:
  bool collect(Value result, ByteFunction &function);
  std::optional<ByteFunction> findFunction(nn::QuantizeOp op);
  Value makeTable(OpBuilder &builder, nn::QuantizeOp op,
                  const ByteFunction &function);

  func::FuncOp func;
  /// Bytes that are a function of others.
  llvm::DenseMap<Value, ByteFunction> functions;
};

} // namespace

/// Everything between `result` and the nearest bytes above it, which are one
/// tensor or become one by looking through those that are functions themselves.
bool Tabulator::collect(Value result, ByteFunction &function) {
  auto shape = cast<RankedTensorType>(result.getType()).getShape();
  SmallVector<Value> worklist = {result};
  llvm::SmallSetVector<Value, 4> sources;
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (value != result && isBytes(value)) {
      sources.insert(value);
      continue;
    }
    if (!op || !isPointwise(op) ||
        cast<RankedTensorType>(value.getType()).getShape() != shape)
      return false;
    if (!function.ops.insert(op))
      continue;
    if (function.ops.size() > maxOps)
      return false;
    for (Value operand : op->getOperands())
      if (!getScalar(operand))
        worklist.push_back(operand);
  }
  for (Value source : sources)
    if (cast<RankedTensorType>(source.getType()).getShape() != shape)
      return false;
  // Several become one if all but one are functions of it; and bytes that
  // nobody else reads need not exist.
  while (!sources.empty()) {
    Value last = sources.front();
    for (Value source : sources)
      if (functions.contains(source))
        last = source;
    auto found = functions.find(last);
    bool isInner = llvm::all_of(last.getUsers(), [&](Operation *user) {
      return function.ops.contains(user);
    });
    if (found == functions.end() || (sources.size() == 1 && !isInner))
      break;
    sources.remove(last);
    sources.insert(found->second.source);
    function.ops.insert_range(found->second.ops);
    if (function.ops.size() > maxOps)
      return false;
  }
  if (sources.size() != 1)
    return false;
  function.source = sources.front();
  return true;
}

std::optional<ByteFunction> Tabulator::findFunction(nn::QuantizeOp op) {
  ByteFunction function;
  if (!isBytes(op) || !op.getType().hasStaticShape() || !collect(op, function))
    return std::nullopt;
  return function;
}

/// Readers first.
static SmallVector<Operation *> inReverse(const ByteFunction &function) {
  SmallVector<Operation *> ops(function.ops.begin(), function.ops.end());
  llvm::sort(ops,
             [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
  return ops;
}

/// The graph's operations on all bytes, as they are stored.
Value Tabulator::makeTable(OpBuilder &builder, nn::QuantizeOp op,
                           const ByteFunction &function) {
  Location loc = op.getLoc();
  auto tableOf = [](Value value) {
    return cast<RankedTensorType>(value.getType())
        .clone(ArrayRef<int64_t>(256));
  };
  SmallVector<char> bytes(256);
  for (int i = 0; i < 256; ++i)
    bytes[i] = static_cast<char>(i);
  IRMapping mapping;
  mapping.map(function.source,
              nn::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::getFromRawBuffer(
                                         tableOf(function.source), bytes)));
  SmallVector<Operation *> ops = inReverse(function);
  for (Operation *inner : llvm::reverse(ops)) {
    for (Value operand : inner->getOperands())
      if (ElementsAttr scalar = getScalar(operand);
          scalar && !mapping.contains(operand))
        mapping.map(operand, nn::ConstantOp::create(builder, loc, scalar));
    if (auto dequantize = dyn_cast<nn::DequantizeOp>(inner)) {
      // In the words of arithmetic: dequantised constants are kept for
      // nn-quantize-types.
      auto word = [&](Value value) -> Value {
        return nn::CastOp::create(builder, loc, mapping.lookup(value),
                                  builder.getI32Type());
      };
      Value difference =
          nn::SubOp::create(builder, loc, word(dequantize.getInput()),
                            word(dequantize.getZeroPoint()));
      Value real =
          nn::CastOp::create(builder, loc, difference, builder.getF32Type());
      mapping.map(dequantize.getResult(),
                  nn::MulOp::create(builder, loc, real,
                                    mapping.lookup(dequantize.getScale())));
      continue;
    }
    Operation *clone = builder.clone(*inner, mapping);
    clone->getResult(0).setType(tableOf(inner->getResult(0)));
  }
  return mapping.lookup(op.getResult());
}

void Tabulator::run() {
  SmallVector<nn::QuantizeOp> found;
  for (auto op : func.getBody().front().getOps<nn::QuantizeOp>())
    if (std::optional<ByteFunction> function = findFunction(op)) {
      functions[op] = std::move(*function);
      found.push_back(op);
    }
  // Results first: what they have taken in may have no other reader.
  llvm::DenseSet<Operation *> dead;
  auto isDead = [&](Operation *op) {
    return llvm::all_of(op->getUsers(),
                        [&](Operation *user) { return dead.contains(user); });
  };
  for (nn::QuantizeOp op : llvm::reverse(found)) {
    if (isDead(op))
      continue;
    OpBuilder builder(op);
    const ByteFunction &function = functions[op];
    Value table = makeTable(builder, op, function);
    // Indices below zero count from the end, where the entries of bytes with a
    // sign are.
    Value index = nn::CastOp::create(builder, op.getLoc(), function.source,
                                     builder.getI32Type());
    op.getResult().replaceAllUsesWith(nn::GatherOp::create(
        builder, op.getLoc(), op.getType(), table, index, /*axis=*/0));
    for (Operation *inner : inReverse(function))
      if (isDead(inner))
        dead.insert(inner);
  }
}

namespace {

struct TabulateFunctionsPass
    : ashlar::impl::TabulateFunctionsBase<TabulateFunctionsPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    Tabulator(func).run();
    eraseDeadOps(func);
  }
};

} // namespace
