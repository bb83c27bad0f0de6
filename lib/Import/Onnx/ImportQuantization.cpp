//===- ImportQuantization.cpp - Quantised operators -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"
#include "TensorData.h"

using namespace ashlar;
using namespace mlir;

/// A scale or zero point as nn takes it: a scalar, or one entry along an axis.
static Value parameter(NodeContext &nc, Value value) {
  if (value && nc.type(value).getRank() == 1 &&
      nc.type(value).getNumElements() == 1)
    return nc.reshape(value, {});
  return value;
}

/// A zero point of 0 of the quantised type and the scale's shape.
static Value zeroPoint(NodeContext &nc, Value scale, Type element) {
  auto type = RankedTensorType::get(nc.type(scale).getShape(), element);
  return nc.constant(
      DenseElementsAttr::get(type, nc.builder.getIntegerAttr(element, 0)));
}

static FailureOr<int64_t> quantizedAxis(NodeContext &nc, Value scale) {
  if (nc.intAttr("block_size", 0))
    return nc.unsupported("quantisation in blocks");
  if (nc.type(scale).getRank() > 1)
    return nc.unsupported("a scale of more than one dimension");
  if (nc.type(scale).getRank() == 0)
    return int64_t(0);
  return nc.axis(nc.intAttr("axis", 1), nc.inputType(0).getRank());
}

/// The attribute output_dtype (since opset 21, of DequantizeLinear since 23).
static FailureOr<Type> outputType(NodeContext &nc, Type otherwise) {
  int64_t number = nc.intAttr("output_dtype", 0);
  if (number == 0)
    return otherwise;
  auto element = elementType(int32_t(number), nc.builder.getContext());
  if (!element)
    return nc.unsupported(llvm::toString(element.takeError()));
  return *element;
}

static LogicalResult importQuantize(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  Value scale = parameter(nc, nc.input(1)), zero = parameter(nc, nc.input(2));
  auto axis = quantizedAxis(nc, scale);
  if (failed(axis))
    return failure();
  Type byte =
      IntegerType::get(nc.builder.getContext(), 8, IntegerType::Unsigned);
  auto element = outputType(nc, zero ? nc.type(zero).getElementType() : byte);
  if (failed(element))
    return failure();
  if (!zero)
    zero = zeroPoint(nc, scale, *element);
  if (nc.type(zero).getElementType() != *element)
    return nc.malformed("output_dtype is not the zero point's type");
  return nc.result(nc.build<nn::QuantizeOp>(nc.input(0), scale, zero, *axis));
}

static LogicalResult importDequantize(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  Value scale = parameter(nc, nc.input(1)), zero = parameter(nc, nc.input(2));
  auto axis = quantizedAxis(nc, scale);
  if (failed(axis))
    return failure();
  auto element = outputType(nc, nc.type(scale).getElementType());
  if (failed(element))
    return failure();
  if (!zero)
    zero = zeroPoint(nc, scale, nc.inputType(0).getElementType());
  return nc.result(nc.cast(
      nc.build<nn::DequantizeOp>(nc.input(0), scale, zero, *axis), *element));
}

//===----------------------------------------------------------------------===//
// Operators on quantised tensors: floats between conversions
//===----------------------------------------------------------------------===//

static Value dequantize(NodeContext &nc, unsigned input, int64_t axis) {
  Value value = nc.input(input), scale = parameter(nc, nc.input(input + 1));
  Value zero = parameter(nc, nc.input(input + 2));
  return nc.build<nn::DequantizeOp>(value, scale, zero, axis);
}

static LogicalResult requireInputs(NodeContext &nc, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    if (!nc.input(i))
      return nc.malformed("expected " + Twine(count) + " inputs");
  return success();
}

/// The result, quantised with the parameters that inputs 6 and 7 are.
static LogicalResult quantizeResult(NodeContext &nc, FailureOr<Value> value) {
  if (failed(value) || !*value)
    return failure();
  return nc.result(nc.build<nn::QuantizeOp>(*value, parameter(nc, nc.input(6)),
                                            parameter(nc, nc.input(7)),
                                            int64_t(0)));
}

static LogicalResult importQLinearConv(NodeContext &nc) {
  if (failed(requireInputs(nc, 8)))
    return failure();
  SmallVector<Value> operands = {dequantize(nc, 0, 0), dequantize(nc, 3, 0)};
  if (!operands[0] || !operands[1])
    return failure();
  if (Value bias = nc.input(8)) {
    Value scale = nc.make<nn::MulOp>(
        {parameter(nc, nc.input(1)), parameter(nc, nc.input(4))});
    if (!scale)
      return failure();
    operands.push_back(nc.build<nn::DequantizeOp>(
        bias, scale, zeroPoint(nc, scale, nc.type(bias).getElementType()),
        int64_t(0)));
  }
  return quantizeResult(nc,
                        nc.importWith(onnxOpTable().lookup("Conv"), operands));
}

static LogicalResult importQLinearMatMul(NodeContext &nc) {
  if (failed(requireInputs(nc, 8)))
    return failure();
  for (unsigned scale : {1, 4})
    if (nc.inputType(scale).getRank() > 1)
      return nc.unsupported("a scale of more than one dimension");
  // A vector of scales has one for each row, or for each column.
  Value a =
      dequantize(nc, 0, std::max<int64_t>(nc.inputType(0).getRank(), 2) - 2);
  Value b = dequantize(nc, 3, nc.inputType(3).getRank() - 1);
  if (!a || !b)
    return failure();
  return quantizeResult(nc,
                        nc.importWith(onnxOpTable().lookup("MatMul"), {a, b}));
}

//===----------------------------------------------------------------------===//
// Products of integers
//===----------------------------------------------------------------------===//

/// A zero point in i32 if it is not known to be 0; else null. A vector becomes
/// what broadcasts along dimension `axis` of `rank` ones.
static Value wideZeroPoint(NodeContext &nc, unsigned input, int64_t axis,
                           int64_t rank) {
  Value zero = parameter(nc, nc.input(input));
  if (!zero)
    return nullptr;
  if (auto constant = zero.getDefiningOp<nn::ConstantOp>())
    if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
        dense && dense.isSplat() && dense.getSplatValue<APInt>().isZero())
      return nullptr;
  if (nc.type(zero).getRank() == 1) {
    SmallVector<int64_t> shape(rank - axis, 1);
    shape[0] = nc.type(zero).getDimSize(0);
    zero = nc.reshape(zero, shape);
  }
  return nc.cast(zero, nc.builder.getI32Type());
}

static Value sum(NodeContext &nc, Value value, ArrayRef<int64_t> axes) {
  Value wide = nc.cast(value, nc.builder.getI32Type());
  auto kind =
      nn::ReduceKindAttr::get(nc.builder.getContext(), nn::ReduceKind::sum);
  return nc.make<nn::ReduceOp>(
      {wide}, {nc.attr("kind", kind), nc.attr("axes", axes),
               nc.attr("keep_dims", nc.builder.getUnitAttr())});
}

/// product - za sum(b) - zb (sum(a) - count za); absent zero points are 0.
static Value subtractZeroPoints(NodeContext &nc, Value product, Value za,
                                Value zb, function_ref<Value()> sumOfA,
                                function_ref<Value()> sumOfB, int64_t count) {
  if (za)
    product = nc.make<nn::SubOp>({product, nc.make<nn::MulOp>({sumOfB(), za})});
  if (!zb)
    return product;
  Value sums = sumOfA();
  if (za) {
    Value all = nc.scalar(nc.builder.getI32Type(), double(count));
    sums = nc.make<nn::SubOp>({sums, nc.make<nn::MulOp>({za, all})});
  }
  return nc.make<nn::SubOp>({product, nc.make<nn::MulOp>({sums, zb})});
}

static LogicalResult importMatMulInteger(NodeContext &nc) {
  if (failed(requireInputs(nc, 2)))
    return failure();
  RankedTensorType a = nc.inputType(0), b = nc.inputType(1);
  auto product =
      nc.importWith(onnxOpTable().lookup("MatMul"), {nc.input(0), nc.input(1)});
  if (failed(product))
    return failure();
  if (a.getRank() < 2 || b.getRank() < 2) {
    if (wideZeroPoint(nc, 2, 0, 1) || wideZeroPoint(nc, 3, 0, 1))
      return nc.unsupported("a zero point of the product of a vector");
    return nc.result(*product);
  }
  int64_t rank = nc.type(*product).getRank();
  Value za = wideZeroPoint(nc, 2, rank - 2, rank);
  Value zb = wideZeroPoint(nc, 3, rank - 1, rank);
  return nc.result(subtractZeroPoints(
      nc, *product, za, zb,
      [&] { return sum(nc, nc.input(0), {a.getRank() - 1}); },
      [&] { return sum(nc, nc.input(1), {b.getRank() - 2}); },
      a.getDimSize(a.getRank() - 1)));
}

/// The convolution's pads become elements of the value that stands for 0.
static void padWith(NodeContext &nc, nn::ConvOp conv, Value zero) {
  size_t spatial = conv.getPads().size() / 2;
  SmallVector<int64_t> low(2, 0), high(2, 0);
  llvm::append_range(low, conv.getPads().take_front(spatial));
  llvm::append_range(high, conv.getPads().drop_front(spatial));
  OpBuilder::InsertionGuard guard(nc.builder);
  nc.builder.setInsertionPoint(conv);
  auto mode =
      nn::PadModeAttr::get(nc.builder.getContext(), nn::PadMode::constant);
  Value padded = nc.make<nn::PadOp>(
      {conv.getInput(), zero},
      {nc.attr("mode", mode), nc.attr("low", low), nc.attr("high", high)});
  conv.getInputMutable().assign(padded);
  conv.setPads(SmallVector<int64_t>(2 * spatial, 0));
}

/// The same convolution with ones in the place of all weights.
static Value convolveOnes(NodeContext &nc, nn::ConvOp conv) {
  auto type = conv.getWeights().getType();
  Value ones =
      nc.broadcast(nc.scalar(type.getElementType(), 1), type.getShape());
  Operation *copy = nc.builder.clone(*conv);
  copy->setOperand(1, ones);
  return copy->getResult(0);
}

static LogicalResult importConvInteger(NodeContext &nc) {
  if (failed(requireInputs(nc, 2)))
    return failure();
  auto product =
      nc.importWith(onnxOpTable().lookup("Conv"), {nc.input(0), nc.input(1)});
  auto conv =
      succeeded(product) ? product->getDefiningOp<nn::ConvOp>() : nn::ConvOp();
  if (!conv)
    return failure();
  int64_t rank = conv.getType().getRank();
  auto weights = conv.getWeights().getType();
  Value zx = wideZeroPoint(nc, 2, 1, rank), zw = wideZeroPoint(nc, 3, 1, rank);
  if (zx && nc.type(zx).getRank() != 0)
    return nc.malformed("the zero point of the input is not one number");
  if (zx && llvm::any_of(conv.getPads(), [](int64_t pad) { return pad; }))
    padWith(nc, conv, parameter(nc, nc.input(2)));
  auto sumOfWeights = [&]() -> Value {
    auto axes = llvm::to_vector(llvm::seq<int64_t>(1, rank));
    SmallVector<int64_t> shape(rank - 1, 1);
    shape[0] = weights.getDimSize(0);
    return nc.reshape(sum(nc, conv.getWeights(), axes), shape);
  };
  return nc.result(subtractZeroPoints(
      nc, conv, zx, zw, [&] { return convolveOnes(nc, conv); }, sumOfWeights,
      weights.getNumElements() / std::max<int64_t>(1, weights.getDimSize(0))));
}

//===----------------------------------------------------------------------===//
// Parameters that are known at run time
//===----------------------------------------------------------------------===//

static LogicalResult importDynamicQuantize(NodeContext &nc) {
  if (failed(requireInputs(nc, 1)))
    return failure();
  Value x = nc.input(0);
  Type f32 = nc.type(x).getElementType();
  Type u8 = IntegerType::get(f32.getContext(), 8, IntegerType::Unsigned);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, nc.type(x).getRank()));
  Value zero = nc.scalar(f32, 0), most = nc.scalar(f32, 255);
  auto extreme = [&](nn::ReduceKind kind) {
    auto attr = nn::ReduceKindAttr::get(f32.getContext(), kind);
    return nc.make<nn::ReduceOp>(
        {x}, {nc.attr("kind", attr), nc.attr("axes", axes)});
  };
  // The range holds 0.
  Value high = nc.make<nn::MaxOp>({extreme(nn::ReduceKind::max), zero});
  Value low = nc.make<nn::MinOp>({extreme(nn::ReduceKind::min), zero});
  Value range = nc.make<nn::SubOp>({high, low});
  Value scale = nc.make<nn::DivOp>({range, most});
  // A tensor of zeros has the scale 1.
  auto eq = nn::PredicateAttr::get(f32.getContext(), nn::Predicate::eq);
  Value isZero =
      nc.make<nn::CompareOp>({scale, zero}, {nc.attr("predicate", eq)});
  scale = nc.make<nn::SelectOp>({isZero, nc.scalar(f32, 1), scale});
  Value shift = nc.make<nn::SubOp>({zero, nc.make<nn::DivOp>({low, scale})});
  Value rounded =
      nc.make<nn::RoundOp>({nc.make<nn::ClampOp>({shift, zero, most})});
  Value zeroPoint = nc.cast(rounded, u8);
  Value quantized = nc.build<nn::QuantizeOp>(x, scale, zeroPoint, int64_t(0));
  nc.setOutput(0, quantized);
  nc.setOutput(1, scale);
  nc.setOutput(2, zeroPoint);
  return success(quantized != nullptr);
}

void ashlar::addQuantizationOps(OpTable &table) {
  table["QuantizeLinear"] = importQuantize;
  table["DequantizeLinear"] = importDequantize;
  table["DynamicQuantizeLinear"] = importDynamicQuantize;
  table["QLinearConv"] = importQLinearConv;
  table["QLinearMatMul"] = importQLinearMatMul;
  table["ConvInteger"] = importConvInteger;
  table["MatMulInteger"] = importMatMulInteger;
}
