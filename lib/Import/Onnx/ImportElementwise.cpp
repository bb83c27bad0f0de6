//===- ImportElementwise.cpp - Arithmetic, comparison, logic --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace ashlar;
using namespace mlir;

/// The second operand; before opset 7 its dimensions began at `axis` of the
/// first's.
static Value secondOperand(NodeContext &nc) {
  Value value = nc.input(1);
  if (!value || !nc.input(0) || !nc.hasAttr("axis"))
    return value;
  int64_t rank = nc.inputType(0).getRank(), own = nc.inputType(1).getRank();
  auto axis = nc.axis(nc.intAttr("axis", 0), rank);
  if (failed(axis))
    return {};
  if (*axis + own > rank) {
    (void)nc.malformed("the second operand reaches past the first");
    return {};
  }
  SmallVector<int64_t> shape(nc.inputType(1).getShape());
  shape.append(rank - own - *axis, 1);
  return nc.reshape(value, shape);
}

template <typename OpTy> static LogicalResult importBinary(NodeContext &nc) {
  return nc.result(nc.make<OpTy>({nc.input(0), secondOperand(nc)}));
}

/// Sum, Max, Min: any number of operands, from left to right.
template <typename OpTy> static LogicalResult importVariadic(NodeContext &nc) {
  Value value = nc.input(0);
  for (unsigned i = 1; i < nc.numInputs(); ++i)
    value = nc.make<OpTy>({value, nc.input(i)});
  return nc.result(value);
}

static LogicalResult importMean(NodeContext &nc) {
  if (failed(importVariadic<nn::AddOp>(nc)))
    return failure();
  Value sum = nc.results().front();
  Value count = nc.scalar(nc.type(sum).getElementType(), nc.numInputs());
  return nc.result(nc.make<nn::DivOp>({sum, count}));
}

template <nn::Predicate predicate>
static LogicalResult importCompare(NodeContext &nc) {
  auto attr = nn::PredicateAttr::get(nc.builder.getContext(), predicate);
  return nc.result(nc.make<nn::CompareOp>({nc.input(0), secondOperand(nc)},
                                          {nc.attr("predicate", attr)}));
}

static LogicalResult importMod(NodeContext &nc) {
  bool isFmod = nc.intAttr("fmod", 0) != 0;
  if (isFmod)
    return importBinary<nn::RemOp>(nc);
  if (isa<FloatType>(nc.inputType(0).getElementType()))
    return nc.malformed("floating-point operands need fmod = 1");
  return importBinary<nn::ModOp>(nc);
}

static LogicalResult importBitShift(NodeContext &nc) {
  std::string direction = nc.stringAttr("direction", "");
  if (direction == "LEFT")
    return importBinary<nn::ShlOp>(nc);
  if (direction == "RIGHT")
    return importBinary<nn::ShrOp>(nc);
  return nc.malformed("direction is '" + direction + "', not LEFT or RIGHT");
}

static LogicalResult importIsInf(NodeContext &nc) {
  auto flag = [&](StringRef name) {
    return Attribute(nc.builder.getBoolAttr(nc.intAttr(name, 1) != 0));
  };
  return nc.result(nc.make<nn::IsInfOp>(
      {nc.input(0)}, {nc.attr("negative", flag("detect_negative")),
                      nc.attr("positive", flag("detect_positive"))}));
}

static LogicalResult importWhere(NodeContext &nc) {
  return nc.result(
      nc.make<nn::SelectOp>({nc.input(0), nc.input(1), nc.input(2)}));
}

static LogicalResult importClip(NodeContext &nc) {
  Value value = nc.input(0), low = nc.input(1), high = nc.input(2);
  Type element = nc.inputType(0).getElementType();
  if (nc.opset() < 11) {
    if (nc.hasAttr("min"))
      low = nc.scalar(element, nc.floatAttr("min", 0));
    if (nc.hasAttr("max"))
      high = nc.scalar(element, nc.floatAttr("max", 0));
  }
  // min(max(x, low), high), also where low is above high.
  if (low)
    value = nc.make<nn::MaxOp>({value, low});
  if (high)
    value = nc.make<nn::MinOp>({value, high});
  return nc.result(value);
}

void ashlar::addElementwiseOps(OpTable &table) {
  table["Abs"] = importUnary<nn::AbsOp>;
  table["Neg"] = importUnary<nn::NegOp>;
  table["Sign"] = importUnary<nn::SignOp>;
  table["Ceil"] = importUnary<nn::CeilOp>;
  table["Floor"] = importUnary<nn::FloorOp>;
  table["Round"] = importUnary<nn::RoundOp>;
  table["Sqrt"] = importUnary<nn::SqrtOp>;
  table["Reciprocal"] = importUnary<nn::ReciprocalOp>;
  table["Exp"] = importUnary<nn::ExpOp>;
  table["Log"] = importUnary<nn::LogOp>;
  table["Sin"] = importUnary<nn::SinOp>;
  table["Cos"] = importUnary<nn::CosOp>;
  table["Tan"] = importUnary<nn::TanOp>;
  table["Asin"] = importUnary<nn::AsinOp>;
  table["Acos"] = importUnary<nn::AcosOp>;
  table["Atan"] = importUnary<nn::AtanOp>;
  table["Sinh"] = importUnary<nn::SinhOp>;
  table["Cosh"] = importUnary<nn::CoshOp>;
  table["Asinh"] = importUnary<nn::AsinhOp>;
  table["Acosh"] = importUnary<nn::AcoshOp>;
  table["Atanh"] = importUnary<nn::AtanhOp>;
  table["Erf"] = importUnary<nn::ErfOp>;
  table["IsNaN"] = importUnary<nn::IsNanOp>;
  table["IsInf"] = importIsInf;
  table["Not"] = importUnary<nn::NotOp>;
  table["BitwiseNot"] = importUnary<nn::NotOp>;

  table["Add"] = importBinary<nn::AddOp>;
  table["Sub"] = importBinary<nn::SubOp>;
  table["Mul"] = importBinary<nn::MulOp>;
  table["Div"] = importBinary<nn::DivOp>;
  table["Pow"] = importBinary<nn::PowOp>;
  table["Mod"] = importMod;
  table["And"] = importBinary<nn::AndOp>;
  table["Or"] = importBinary<nn::OrOp>;
  table["Xor"] = importBinary<nn::XorOp>;
  table["BitwiseAnd"] = importBinary<nn::AndOp>;
  table["BitwiseOr"] = importBinary<nn::OrOp>;
  table["BitwiseXor"] = importBinary<nn::XorOp>;
  table["BitShift"] = importBitShift;
  table["Sum"] = importVariadic<nn::AddOp>;
  table["Max"] = importVariadic<nn::MaxOp>;
  table["Min"] = importVariadic<nn::MinOp>;
  table["Mean"] = importMean;

  table["Equal"] = importCompare<nn::Predicate::eq>;
  table["Less"] = importCompare<nn::Predicate::lt>;
  table["LessOrEqual"] = importCompare<nn::Predicate::le>;
  table["Greater"] = importCompare<nn::Predicate::gt>;
  table["GreaterOrEqual"] = importCompare<nn::Predicate::ge>;
  table["Where"] = importWhere;
  table["Clip"] = importClip;
}
