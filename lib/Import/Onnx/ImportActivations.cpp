//===- ImportActivations.cpp - Activation functions -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace ashlar;
using namespace mlir;

namespace {

/// Short names for formulas on the first input.
class Formula {
public:
  explicit Formula(NodeContext &nc)
      : x(nc.input(0)), nc(nc), element(nc.inputType(0).getElementType()) {}

  Value c(double value) { return nc.scalar(element, value); }
  Value add(Value a, Value b) { return nc.make<nn::AddOp>({a, b}); }
  Value sub(Value a, Value b) { return nc.make<nn::SubOp>({a, b}); }
  Value mul(Value a, Value b) { return nc.make<nn::MulOp>({a, b}); }
  Value div(Value a, Value b) { return nc.make<nn::DivOp>({a, b}); }
  Value max(Value a, Value b) { return nc.make<nn::MaxOp>({a, b}); }
  Value min(Value a, Value b) { return nc.make<nn::MinOp>({a, b}); }
  template <typename OpTy> Value f(Value a) { return nc.make<OpTy>({a}); }
  Value test(nn::Predicate predicate, Value a, Value b) {
    auto attr = nn::PredicateAttr::get(nc.builder.getContext(), predicate);
    return nc.make<nn::CompareOp>({a, b}, {nc.attr("predicate", attr)});
  }
  Value select(Value condition, Value a, Value b) {
    return nc.make<nn::SelectOp>({condition, a, b});
  }
  /// x where it is positive (or `test` zero holds), else `negative`.
  Value ifPositive(Value negative,
                   nn::Predicate predicate = nn::Predicate::gt) {
    return select(test(predicate, x, c(0)), x, negative);
  }

  Value x;

private:
  NodeContext &nc;
  Type element;
};

} // namespace

static LogicalResult importGelu(NodeContext &nc) {
  std::string approximate = nc.stringAttr("approximate", "none");
  if (approximate == "none")
    return nc.result(nc.make<nn::GeluOp>({nc.input(0)}));
  if (approximate != "tanh")
    return nc.malformed("approximate is '" + approximate + "'");
  return nc.result(nc.make<nn::GeluOp>(
      {nc.input(0)}, {nc.attr("approximate_tanh", nc.builder.getUnitAttr())}));
}

static LogicalResult importElu(NodeContext &nc) {
  Formula f(nc);
  return nc.result(
      f.ifPositive(f.mul(f.c(nc.floatAttr("alpha", 1)), f.f<nn::Expm1Op>(f.x)),
                   nn::Predicate::ge));
}

static LogicalResult importSelu(NodeContext &nc) {
  Formula f(nc);
  bool isOld = nc.opset() < 6; // with fewer digits
  Value alpha =
      f.c(nc.floatAttr("alpha", isOld ? 1.6732f : 1.67326319217681884765625));
  Value gamma =
      f.c(nc.floatAttr("gamma", isOld ? 1.0507f : 1.05070102214813232421875));
  return nc.result(
      f.mul(gamma, f.ifPositive(f.mul(alpha, f.f<nn::Expm1Op>(f.x)))));
}

static LogicalResult importCelu(NodeContext &nc) {
  Formula f(nc);
  Value alpha = f.c(nc.floatAttr("alpha", 1));
  Value negative = f.mul(alpha, f.f<nn::Expm1Op>(f.div(f.x, alpha)));
  return nc.result(f.add(f.max(f.x, f.c(0)), f.min(negative, f.c(0))));
}

static LogicalResult importLeakyRelu(NodeContext &nc) {
  Formula f(nc);
  return nc.result(f.ifPositive(f.mul(f.c(nc.floatAttr("alpha", 0.01f)), f.x),
                                nn::Predicate::ge));
}

static LogicalResult importPRelu(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  Formula f(nc);
  Value slope = nc.input(1);
  int64_t rank = nc.inputType(0).getRank();
  // Before opset 7 a vector of slopes ran along the channels.
  if (nc.opset() < 7 && nc.type(slope).getRank() == 1 && rank > 2) {
    SmallVector<int64_t> shape(rank - 1, 1);
    shape[0] = nc.type(slope).getNumElements();
    slope = nc.reshape(slope, shape);
  }
  return nc.result(f.ifPositive(f.mul(slope, f.x), nn::Predicate::ge));
}

static LogicalResult importThresholdedRelu(NodeContext &nc) {
  Formula f(nc);
  Value above = f.test(nn::Predicate::gt, f.x, f.c(nc.floatAttr("alpha", 1)));
  return nc.result(f.select(above, f.x, f.c(0)));
}

static Value hardSigmoid(Formula &f, double alpha, double beta) {
  Value line = f.add(f.mul(f.c(alpha), f.x), f.c(beta));
  return f.max(f.c(0), f.min(f.c(1), line));
}

static LogicalResult importHardSigmoid(NodeContext &nc) {
  Formula f(nc);
  return nc.result(
      hardSigmoid(f, nc.floatAttr("alpha", 0.2f), nc.floatAttr("beta", 0.5f)));
}

static LogicalResult importHardSwish(NodeContext &nc) {
  Formula f(nc);
  return nc.result(f.mul(f.x, hardSigmoid(f, 1.0 / 6, 0.5)));
}

static LogicalResult importSoftsign(NodeContext &nc) {
  Formula f(nc);
  return nc.result(f.div(f.x, f.add(f.c(1), f.f<nn::AbsOp>(f.x))));
}

static LogicalResult importMish(NodeContext &nc) {
  Formula f(nc);
  return nc.result(f.mul(f.x, f.f<nn::TanhOp>(f.f<nn::SoftplusOp>(f.x))));
}

static LogicalResult importShrink(NodeContext &nc) {
  Formula f(nc);
  double lambda = nc.floatAttr("lambd", 0.5);
  Value bias = f.c(nc.floatAttr("bias", 0));
  Value high = f.test(nn::Predicate::gt, f.x, f.c(lambda));
  Value low = f.test(nn::Predicate::lt, f.x, f.c(-lambda));
  return nc.result(f.select(low, f.add(f.x, bias),
                            f.select(high, f.sub(f.x, bias), f.c(0))));
}

static LogicalResult importSwish(NodeContext &nc) {
  Formula f(nc);
  Value scaled = f.mul(f.c(nc.floatAttr("alpha", 1)), f.x);
  return nc.result(f.mul(f.x, f.f<nn::SigmoidOp>(scaled)));
}

/// Swish of the gate, times the other operand.
static LogicalResult importSwiGlu(NodeContext &nc) {
  if (!nc.input(1))
    return nc.malformed("expected two inputs");
  if (nc.inputType(0) != nc.inputType(1))
    return nc.malformed("the inputs differ in type or shape");
  Formula f(nc);
  Value scaled = f.mul(f.c(nc.floatAttr("alpha", 1)), f.x);
  Value gate = f.mul(f.x, f.f<nn::SigmoidOp>(scaled));
  return nc.result(f.mul(gate, nc.input(1)));
}

void ashlar::addActivationOps(OpTable &table) {
  table["Relu"] = importUnary<nn::ReluOp>;
  table["Sigmoid"] = importUnary<nn::SigmoidOp>;
  table["Tanh"] = importUnary<nn::TanhOp>;
  table["Softplus"] = importUnary<nn::SoftplusOp>;
  table["Gelu"] = importGelu;
  table["com.microsoft.Gelu"] = importGelu; // what ONNX took up in opset 20
  table["Elu"] = importElu;
  table["Selu"] = importSelu;
  table["Celu"] = importCelu;
  table["LeakyRelu"] = importLeakyRelu;
  table["PRelu"] = importPRelu;
  table["ThresholdedRelu"] = importThresholdedRelu;
  table["HardSigmoid"] = importHardSigmoid;
  table["HardSwish"] = importHardSwish;
  table["Softsign"] = importSoftsign;
  table["Mish"] = importMish;
  table["Shrink"] = importShrink;
  table["Swish"] = importSwish;
  table["SwiGLU"] = importSwiGlu;
}
