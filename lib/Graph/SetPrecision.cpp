//===- SetPrecision.cpp - Another floating-point type ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

namespace ashlar {
#define GEN_PASS_DEF_SETPRECISION
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

namespace {

bool hasElement(Value value, function_ref<bool(Type)> test) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor && test(tensor.getElementType());
}

/// First everything of a half type becomes f32 (of f64's precision: everything
/// f64); then values that are stored, and the factors of products, are rounded
/// to the target type.
class PrecisionSetter {
public:
  PrecisionSetter(func::FuncOp func, FloatType target)
      : body(func.getBody().front()), loc(func.getLoc()), target(target),
        wide(target.isF64() ? target
                            : FloatType(Float32Type::get(func.getContext()))),
        builder(func.getContext()) {}

  void run();

private:
  void widen();
  /// Whether values of a type become `wide`.
  bool widens(Type element) const {
    return element.isF16() || element.isBF16() ||
           (element.isF32() && wide.isF64());
  }
  bool widens(Value value) const {
    return hasElement(value, [&](Type element) { return widens(element); });
  }
  void widenArguments();
  void widenConstant(nn::ConstantOp op);
  void restore(Operation *op, ArrayRef<Type> operandTypes);
  void narrow();
  void narrowProduct(Operation *op, unsigned factors);
  void narrowStored(Value value);
  Value narrowed(Value value, Location loc);

  Block &body;
  Location loc;
  FloatType target;
  FloatType wide;
  OpBuilder builder;
  /// f32 values that have been rounded, and their target-typed forms.
  DenseMap<Value, Value> roundedForms;
};

} // namespace

/// The number at `bytes` of type `from`.
static APFloat readNumber(const char *bytes, FloatType from) {
  uint64_t raw = 0;
  std::memcpy(&raw, bytes, from.getWidth() / 8);
  return APFloat(from.getFloatSemantics(), APInt(from.getWidth(), raw));
}

static APFloat convertNumber(APFloat number, FloatType to) {
  bool lost;
  number.convert(to.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lost);
  return number;
}

/// The upper half of an f32, rounded to nearest even: what weights in bf16 are,
/// millions of them.
static uint16_t roundToBF16(uint32_t bits) {
  constexpr uint32_t infinity = 0x7f800000, quiet = 0x40;
  if ((bits & ~(1u << 31)) > infinity)
    return (bits >> 16) | quiet;
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

/// The values of `value`, rounded to `to`. Resources give resources.
static ElementsAttr convertValues(ElementsAttr value, FloatType to) {
  auto type = cast<RankedTensorType>(value.getType()).clone(to);
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    if (dense.isSplat())
      return DenseElementsAttr::get(
          type, convertNumber(dense.getSplatValue<APFloat>(), to));
    SmallVector<APFloat> numbers;
    for (const APFloat &number : dense.getValues<APFloat>())
      numbers.push_back(convertNumber(number, to));
    return DenseElementsAttr::get(type, numbers);
  }
  auto resource = cast<DenseResourceElementsAttr>(value);
  auto from = cast<FloatType>(value.getElementType());
  unsigned fromBytes = from.getWidth() / 8, toBytes = to.getWidth() / 8;
  ArrayRef<char> bytes = resource.getData();
  std::vector<char> result(type.getNumElements() * toBytes);
  bool narrows = from.isF32() && to.isBF16();
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    if (narrows) {
      uint32_t bits;
      std::memcpy(&bits, bytes.data() + i * fromBytes, fromBytes);
      uint16_t half = roundToBF16(bits);
      std::memcpy(result.data() + i * toBytes, &half, toBytes);
      continue;
    }
    APFloat number =
        convertNumber(readNumber(bytes.data() + i * fromBytes, from), to);
    uint64_t raw = number.bitcastToAPInt().getZExtValue();
    std::memcpy(result.data() + i * toBytes, &raw, toBytes);
  }
  StringRef name = resource.getRawHandle().getKey();
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(result, toBytes));
}

//===----------------------------------------------------------------------===//
// Everything in the wide type
//===----------------------------------------------------------------------===//

void PrecisionSetter::widenConstant(nn::ConstantOp op) {
  op.setValueAttr(convertValues(op.getValue(), wide));
  op.getResult().setType(cast<RankedTensorType>(op.getType()).clone(wide));
}

void PrecisionSetter::widenArguments() {
  builder.setInsertionPointToStart(&body);
  for (BlockArgument argument : body.getArguments()) {
    if (!widens(argument) || argument.use_empty())
      continue;
    auto cast = nn::CastOp::create(builder, loc, argument, wide);
    argument.replaceAllUsesExcept(cast, cast);
  }
}

/// Casts operands back to the types that `op` had, and narrow results to the
/// wide type.
void PrecisionSetter::restore(Operation *op, ArrayRef<Type> operandTypes) {
  builder.setInsertionPoint(op);
  for (auto [operand, type] : llvm::zip(op->getOpOperands(), operandTypes))
    if (operand.get().getType() != type)
      operand.set(
          nn::CastOp::create(builder, op->getLoc(), operand.get(),
                             cast<RankedTensorType>(type).getElementType()));
  builder.setInsertionPointAfter(op);
  for (Value result : op->getResults()) {
    if (!widens(result))
      continue;
    auto cast = nn::CastOp::create(builder, op->getLoc(), result, wide);
    result.replaceAllUsesExcept(cast, cast);
  }
}

void PrecisionSetter::widen() {
  // What operations that keep their types expect, before anything changes.
  SmallVector<std::pair<Operation *, SmallVector<Type>>> kept;
  SmallVector<Operation *> others;
  for (Operation &op : body) {
    // Scales must not be rounded; to f64 they convert exactly.
    if ((isa<nn::QuantizeOp, nn::DequantizeOp>(op) && !wide.isF64()) ||
        op.hasTrait<OpTrait::IsTerminator>())
      kept.emplace_back(&op, llvm::to_vector(op.getOperandTypes()));
    else
      others.push_back(&op);
  }
  widenArguments();
  for (Operation *op : others) {
    if (auto constant = dyn_cast<nn::ConstantOp>(op)) {
      if (widens(constant.getResult()))
        widenConstant(constant);
      continue;
    }
    for (Value result : op->getResults())
      if (widens(result))
        result.setType(cast<RankedTensorType>(result.getType()).clone(wide));
    op->removeAttr("wide");
  }
  for (auto &[op, types] : kept)
    restore(op, types);
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// `value` in the target type; constants are converted now.
Value PrecisionSetter::narrowed(Value value, Location where) {
  Value &form = roundedForms[value];
  if (form)
    return form;
  if (auto constant = value.getDefiningOp<nn::ConstantOp>()) {
    builder.setInsertionPointAfter(constant);
    return form = nn::ConstantOp::create(
               builder, constant.getLoc(),
               convertValues(constant.getValue(), target));
  }
  builder.setInsertionPointAfterValue(value);
  return form = nn::CastOp::create(builder, where, value, target);
}

/// The first so many operands of `op` are factors of products.
void PrecisionSetter::narrowProduct(Operation *op, unsigned factors) {
  for (OpOperand &operand : op->getOpOperands().take_front(factors)) {
    // Through the cast that `narrowStored` left behind a rounded value.
    Value value = operand.get();
    if (auto cast = value.getDefiningOp<nn::CastOp>();
        cast &&
        hasElement(cast.getInput(), [&](Type t) { return t == target; }))
      operand.set(cast.getInput());
    else
      operand.set(narrowed(value, op->getLoc()));
  }
  op->setAttr("wide", builder.getUnitAttr());
}

/// A value that several operations read stays in memory: in the target type,
/// and each reader widens it for itself.
void PrecisionSetter::narrowStored(Value value) {
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : value.getUses())
    uses.push_back(&use);
  if (uses.size() < 2)
    return;
  Value rounded = narrowed(value, value.getLoc());
  for (OpOperand *use : uses) {
    Operation *reader = use->getOwner();
    builder.setInsertionPoint(reader);
    if (!reader->hasTrait<OpTrait::IsTerminator>() &&
        reader != rounded.getDefiningOp())
      use->set(nn::CastOp::create(builder, reader->getLoc(), rounded, wide));
  }
}

void PrecisionSetter::narrow() {
  auto isWide = [&](Value value) {
    return hasElement(value, [&](Type type) { return type == wide; });
  };
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator())
    ops.push_back(&op);
  for (Operation *op : ops) {
    if (isa<nn::ConstantOp>(op))
      continue;
    for (Value result : op->getResults())
      if (isWide(result))
        narrowStored(result);
  }
  for (Operation *op : ops)
    if (isa<nn::MatmulOp, nn::ConvOp, nn::ConvTransposeOp, nn::AttentionOp>(
            op) &&
        isWide(op->getResult(0)))
      narrowProduct(op, isa<nn::AttentionOp>(op) ? 3 : 2);
}

void PrecisionSetter::run() {
  widen();
  if (target != wide)
    narrow();
}

namespace {

class SetPrecisionPass
    : public ashlar::impl::SetPrecisionBase<SetPrecisionPass> {
public:
  using SetPrecisionBase::SetPrecisionBase;

  void runOnOperation() override {
    Builder builder(&getContext());
    FloatType target;
    if (type == "f32")
      target = builder.getF32Type();
    else if (type == "f16")
      target = builder.getF16Type();
    else if (type == "bf16")
      target = builder.getBF16Type();
    else if (type == "f64")
      target = builder.getF64Type();
    if (!target) {
      getOperation().emitError() << "cannot compute in '" << type
                                 << "'; expected f64, f32, f16 or bf16";
      return signalPassFailure();
    }
    if (!getOperation().isExternal())
      PrecisionSetter(getOperation(), target).run();
  }
};

} // namespace
