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

/// The types that the pass replaces by one another.
bool isReplaceable(Type element) {
  return element.isF32() || element.isF16() || element.isBF16();
}

class PrecisionSetter {
public:
  PrecisionSetter(func::FuncOp func, FloatType target)
      : func(func), target(target), builder(func.getContext()) {}

  void run();

private:
  /// Whether values of this type become values of the target type.
  bool changes(Type type) const {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && isReplaceable(tensor.getElementType()) &&
           tensor.getElementType() != target;
  }
  RankedTensorType converted(Type type) const {
    return cast<RankedTensorType>(type).clone(target);
  }
  void convertOperation(Operation *op);
  void convertConstant(nn::ConstantOp op);
  /// For operations that keep their types: casts around them.
  void keepTypes(Operation *op, ArrayRef<Type> operandTypes);

  func::FuncOp func;
  FloatType target;
  OpBuilder builder;
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
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
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

void PrecisionSetter::convertConstant(nn::ConstantOp op) {
  if (!changes(op.getType()))
    return;
  op.setValueAttr(convertValues(op.getValue(), target));
  op.getResult().setType(converted(op.getType()));
}

void PrecisionSetter::keepTypes(Operation *op, ArrayRef<Type> operandTypes) {
  builder.setInsertionPoint(op);
  for (auto [operand, type] : llvm::zip(op->getOpOperands(), operandTypes)) {
    if (operand.get().getType() == type)
      continue;
    Type element = cast<RankedTensorType>(type).getElementType();
    operand.set(
        builder.createOrFold<nn::CastOp>(op->getLoc(), operand.get(), element));
  }
  builder.setInsertionPointAfter(op);
  for (Value result : op->getResults()) {
    if (!changes(result.getType()))
      continue;
    auto cast = nn::CastOp::create(builder, op->getLoc(), result, target);
    result.replaceAllUsesExcept(cast, cast);
  }
}

void PrecisionSetter::convertOperation(Operation *op) {
  if (auto constant = dyn_cast<nn::ConstantOp>(op))
    return convertConstant(constant);
  for (Value result : op->getResults())
    if (changes(result.getType()))
      result.setType(converted(result.getType()));
}

void PrecisionSetter::run() {
  Block &body = func.getBody().front();
  // What operations that keep their types expect, before anything changes.
  SmallVector<std::pair<Operation *, SmallVector<Type>>> kept;
  SmallVector<Operation *> others;
  for (Operation &op : body.without_terminator()) {
    if (isa<nn::QuantizeOp, nn::DequantizeOp>(op))
      kept.emplace_back(&op, llvm::to_vector(op.getOperandTypes()));
    else
      others.push_back(&op);
  }
  Operation *terminator = body.getTerminator();
  SmallVector<Type> resultTypes(terminator->getOperandTypes());
  builder.setInsertionPointToStart(&body);
  for (BlockArgument argument : body.getArguments()) {
    if (!changes(argument.getType()) || argument.use_empty())
      continue;
    auto cast = nn::CastOp::create(builder, func.getLoc(), argument, target);
    argument.replaceAllUsesExcept(cast, cast);
  }
  for (Operation *op : others)
    convertOperation(op);
  for (auto &[op, types] : kept)
    keepTypes(op, types);
  builder.setInsertionPoint(terminator);
  for (auto [operand, type] :
       llvm::zip(terminator->getOpOperands(), resultTypes)) {
    if (operand.get().getType() == type)
      continue;
    Type element = cast<RankedTensorType>(type).getElementType();
    operand.set(
        nn::CastOp::create(builder, func.getLoc(), operand.get(), element));
  }
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
    if (!target) {
      getOperation().emitError()
          << "cannot compute in '" << type << "'; expected f32, f16 or bf16";
      return signalPassFailure();
    }
    if (!getOperation().isExternal())
      PrecisionSetter(getOperation(), target).run();
  }
};

} // namespace
