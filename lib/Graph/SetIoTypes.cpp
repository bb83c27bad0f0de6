//===- SetIoTypes.cpp - Types at a graph's edge ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "Quantization.h"

namespace ashlar {
#define GEN_PASS_DEF_SETIOTYPES
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

namespace {

constexpr StringLiteral kName = "nn.name", kQuantization = "nn.quantization";

/// Changes one function; each request names a tensor and a type.
class EdgeSetter {
public:
  explicit EdgeSetter(func::FuncOp func)
      : func(func), builder(func.getContext()) {}

  LogicalResult set(StringRef name, StringRef type);
  /// Makes the function's type that of its body.
  void updateType();

private:
  LogicalResult setInput(unsigned index);
  LogicalResult setOutput(unsigned index);
  /// Reports why the current request cannot be met.
  LogicalResult refuse(const Twine &reason) {
    return func.emitError() << "cannot give '" << name << "' the type '"
                            << typeName << "': " << reason;
  }
  Value shiftSign(Location loc, Value value, Type to);
  DictionaryAttr describe(const QuantParameters &parameters, Type from,
                          Type to);

  func::FuncOp func;
  OpBuilder builder;
  StringRef name, typeName; ///< the current request
  Type type;
};

} // namespace

/// What is added to a byte of type `from` so that one of type `to` stands for
/// the same number.
static int64_t getShift(Type from, Type to) {
  if (from == to)
    return 0;
  return from.isUnsignedInteger() ? -128 : 128;
}

Value EdgeSetter::shiftSign(Location loc, Value value, Type to) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == to)
    return value;
  Type word = builder.getI32Type();
  Value wide = nn::CastOp::create(builder, loc, value, word);
  Value shift = nn::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(RankedTensorType::get({}, word),
                             integerElement(word, getShift(from, to))));
  Value sum = nn::AddOp::create(builder, loc, wide, shift);
  return nn::CastOp::create(builder, loc, sum, to);
}

DictionaryAttr EdgeSetter::describe(const QuantParameters &parameters,
                                    Type from, Type to) {
  auto scale = static_cast<float>(parameters.scales[0]);
  int64_t zero = parameters.zeroPoints[0] + getShift(from, to);
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("scale", builder.getDenseF32ArrayAttr(scale)),
       builder.getNamedAttr("zero_point", builder.getDenseI64ArrayAttr(zero))});
}

LogicalResult EdgeSetter::setInput(unsigned index) {
  BlockArgument argument = func.getArgument(index);
  auto old = cast<RankedTensorType>(argument.getType());
  if (old.getElementType() == type)
    return success();
  builder.setInsertionPointToStart(&func.getBody().front());
  if (isa<FloatType>(type)) {
    if (!isa<FloatType>(old.getElementType()))
      return refuse("its elements are integers");
    argument.setType(old.clone(type));
    auto cast = nn::CastOp::create(builder, argument.getLoc(), argument,
                                   old.getElementType());
    argument.replaceAllUsesExcept(cast, cast);
    return success();
  }
  auto quantize = argument.hasOneUse()
                      ? dyn_cast<nn::QuantizeOp>(*argument.user_begin())
                      : nn::QuantizeOp();
  std::optional<QuantParameters> parameters;
  if (quantize && quantize.getInput() == argument)
    parameters = getParameters(quantize);
  Type stored =
      quantize ? quantize.getType().getElementType() : old.getElementType();
  if (!parameters || parameters->axis || !stored.isInteger(8))
    return refuse("the graph does not quantise it to 8 bits with one known "
                  "scale before anything else");
  argument.setType(old.clone(type));
  Value value = shiftSign(quantize.getLoc(), argument, stored);
  quantize.getResult().replaceAllUsesWith(value);
  quantize.erase();
  func.setArgAttr(index, kQuantization, describe(*parameters, stored, type));
  return success();
}

LogicalResult EdgeSetter::setOutput(unsigned index) {
  Operation *ret = func.getBody().front().getTerminator();
  Value value = ret->getOperand(index);
  Type old = getElementTypeOrSelf(value.getType());
  if (old == type)
    return success();
  builder.setInsertionPoint(ret);
  if (isa<FloatType>(type)) {
    if (!isa<FloatType>(old))
      return refuse("its elements are integers");
    ret->setOperand(index,
                    nn::CastOp::create(builder, value.getLoc(), value, type));
    return success();
  }
  auto dequantize = value.getDefiningOp<nn::DequantizeOp>();
  std::optional<QuantParameters> parameters;
  if (dequantize)
    parameters = getParameters(dequantize);
  Type stored =
      dequantize ? dequantize.getInput().getType().getElementType() : old;
  if (!parameters || parameters->axis || !stored.isInteger(8))
    return refuse("the graph does not dequantise it from 8 bits with one known "
                  "scale at its end");
  ret->setOperand(index,
                  shiftSign(dequantize.getLoc(), dequantize.getInput(), type));
  func.setResultAttr(index, kQuantization, describe(*parameters, stored, type));
  return success();
}

LogicalResult EdgeSetter::set(StringRef newName, StringRef newType) {
  name = newName;
  typeName = newType;
  if (typeName == "keep")
    return success();
  if (typeName == "bf16")
    type = builder.getBF16Type();
  else if (typeName == "i8")
    type = builder.getI8Type();
  else if (typeName == "u8")
    type = builder.getIntegerType(8, /*isSigned=*/false);
  else
    return refuse("expected i8, u8, bf16 or keep");
  auto hasName = [&](Attribute attribute) {
    auto text = dyn_cast_if_present<StringAttr>(attribute);
    return text && text.getValue() == name;
  };
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (hasName(func.getArgAttr(i, kName)))
      return setInput(i);
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    if (hasName(func.getResultAttr(i, kName)))
      return setOutput(i);
  return refuse("there is no such input or output");
}

void EdgeSetter::updateType() {
  Block &body = func.getBody().front();
  func.setType(builder.getFunctionType(
      body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
}

namespace {

struct SetIoTypesPass : ashlar::impl::SetIoTypesBase<SetIoTypesPass> {
  using SetIoTypesBase::SetIoTypesBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    EdgeSetter setter(func);
    for (const std::string &request : types) {
      auto [name, type] = StringRef(request).rsplit('=');
      if (failed(setter.set(name, type)))
        return signalPassFailure();
    }
    setter.updateType();
  }
};

} // namespace
