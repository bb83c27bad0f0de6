//===- ImportNormalizations.cpp - Softmax and the normalisations ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"
#include "TensorData.h"

using namespace ashlar;
using namespace mlir;

/// Before opset 13 softmax worked on the input flattened to a matrix at `axis`.
template <typename OpTy> static LogicalResult importSoftmax(NodeContext &nc) {
  bool flattens = nc.opset() < 13;
  int64_t rank = nc.inputType(0).getRank();
  auto axis = nc.axis(nc.intAttr("axis", flattens ? 1 : -1),
                      std::max<int64_t>(rank, 1));
  if (failed(axis))
    return failure();
  if (!flattens || *axis == rank - 1)
    return nc.result(nc.make<OpTy>({nc.input(0)}, {nc.attr("axis", *axis)}));
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  int64_t rows = 1, columns = 1;
  for (auto [dim, size] : llvm::enumerate(shape))
    (int64_t(dim) < *axis ? rows : columns) *= size;
  Value matrix = nc.reshape(nc.input(0), {rows, columns});
  Value result = nc.make<OpTy>({matrix}, {nc.attr("axis", int64_t(1))});
  return nc.result(nc.reshape(result, shape));
}

static Value normalize(NodeContext &nc, Value value, ArrayRef<int64_t> axes,
                       double epsilon, bool rms = false) {
  SmallVector<NamedAttribute> attributes = {
      nc.attr("axes", axes),
      nc.attr("epsilon", nc.builder.getF64FloatAttr(epsilon))};
  if (rms)
    attributes.push_back(nc.attr("rms", nc.builder.getUnitAttr()));
  return nc.make<nn::NormalizeOp>({value}, attributes);
}

/// value * scale + bias; either may be absent.
static Value scaleAndShift(NodeContext &nc, Value value, Value scale,
                           Value bias) {
  if (scale)
    value = nc.make<nn::MulOp>({value, scale});
  if (bias)
    value = nc.make<nn::AddOp>({value, bias});
  return value;
}

/// A vector of channels, shaped to broadcast along dimension 1 of `rank`.
static Value alongChannels(NodeContext &nc, Value vector, int64_t rank) {
  if (!vector)
    return vector;
  SmallVector<int64_t> shape(std::max<int64_t>(rank - 1, 1), 1);
  shape[0] = nc.type(vector).getNumElements();
  return nc.reshape(vector, shape);
}

static Value mean(NodeContext &nc, Value value, ArrayRef<int64_t> axes,
                  bool keepDims) {
  SmallVector<NamedAttribute> attributes = {
      nc.attr("kind", nn::ReduceKindAttr::get(nc.builder.getContext(),
                                              nn::ReduceKind::mean)),
      nc.attr("axes", axes)};
  if (keepDims)
    attributes.push_back(nc.attr("keep_dims", nc.builder.getUnitAttr()));
  return nc.make<nn::ReduceOp>({value}, attributes);
}

/// The mean of the squared distances from the mean.
static Value variance(NodeContext &nc, Value value, ArrayRef<int64_t> axes,
                      bool keepDims) {
  Value distance =
      nc.make<nn::SubOp>({value, mean(nc, value, axes, /*keepDims=*/true)});
  return mean(nc, nc.make<nn::MulOp>({distance, distance}), axes, keepDims);
}

/// Outputs 1 and 2 of a layer normalisation, in the type that stash_type says.
static LogicalResult setLayerStatistics(NodeContext &nc, ArrayRef<int64_t> axes,
                                        double epsilon) {
  auto stash =
      elementType(int32_t(nc.intAttr("stash_type", onnx::TensorProto::FLOAT)),
                  nc.builder.getContext());
  if (!stash)
    return nc.unsupported(llvm::toString(stash.takeError()));
  Value x = nc.cast(nc.input(0), *stash);
  if (nc.wantsOutput(1))
    nc.setOutput(1, mean(nc, x, axes, /*keepDims=*/true));
  if (nc.wantsOutput(2))
    nc.setOutput(2, nc.make<nn::RsqrtOp>({nc.make<nn::AddOp>(
                        {variance(nc, x, axes, /*keepDims=*/true),
                         nc.scalar(*stash, epsilon)})}));
  return success();
}

static LogicalResult importLayerNorm(NodeContext &nc) {
  int64_t rank = nc.inputType(0).getRank();
  auto first = nc.axis(nc.intAttr("axis", -1), rank);
  if (failed(first))
    return failure();
  auto axes = llvm::to_vector(llvm::seq<int64_t>(*first, rank));
  double epsilon = nc.floatAttr("epsilon", 1e-5f);
  Value value = normalize(nc, nc.input(0), axes, epsilon,
                          nc.opType() == "RMSNormalization");
  if ((nc.wantsOutput(1) || nc.wantsOutput(2)) &&
      failed(setLayerStatistics(nc, axes, epsilon)))
    return failure();
  return nc.result(scaleAndShift(nc, value, nc.input(1), nc.input(2)));
}

static LogicalResult importInstanceNorm(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() < 2)
    return nc.malformed("expected an input with channels");
  int64_t rank = nc.inputType(0).getRank();
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, rank));
  Value value =
      normalize(nc, nc.input(0), axes, nc.floatAttr("epsilon", 1e-5f));
  return nc.result(scaleAndShift(nc, value,
                                 alongChannels(nc, nc.input(1), rank),
                                 alongChannels(nc, nc.input(2), rank)));
}

static LogicalResult importGroupNorm(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() < 2)
    return nc.malformed("expected an input with channels");
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  int64_t groups = nc.intAttr("num_groups", 0), rank = shape.size();
  if (groups <= 0 || shape[1] % groups != 0)
    return nc.malformed("num_groups does not divide the channels");
  SmallVector<int64_t> grouped = {shape[0], groups, shape[1] / groups};
  grouped.append(shape.begin() + 2, shape.end());
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, rank + 1));
  Value value = normalize(nc, nc.reshape(nc.input(0), grouped), axes,
                          nc.floatAttr("epsilon", 1e-5f));
  // Opset 18 has one scale a group, later ones one a channel.
  if (nc.opset() < 21) {
    SmallVector<int64_t> perGroup(rank, 1);
    perGroup[0] = groups;
    value = scaleAndShift(nc, value, nc.reshape(nc.input(1), perGroup),
                          nc.reshape(nc.input(2), perGroup));
    return nc.result(nc.reshape(value, shape));
  }
  return nc.result(scaleAndShift(nc, nc.reshape(value, shape),
                                 alongChannels(nc, nc.input(1), rank),
                                 alongChannels(nc, nc.input(2), rank)));
}

/// By the batch's own statistics, which also move the running ones.
static LogicalResult importBatchNormTraining(NodeContext &nc) {
  int64_t rank = nc.inputType(0).getRank();
  SmallVector<int64_t> axes;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != 1)
      axes.push_back(dim);
  Value x = nc.input(0);
  Value value = normalize(nc, x, axes, nc.floatAttr("epsilon", 1e-5f));
  Type element = nc.type(x).getElementType();
  nc.setOutput(
      0, scaleAndShift(nc, value,
                       alongChannels(nc, nc.cast(nc.input(1), element), rank),
                       alongChannels(nc, nc.cast(nc.input(2), element), rank)));
  double momentum = nc.floatAttr("momentum", 0.9f);
  for (unsigned i : {1, 2}) {
    if (!nc.wantsOutput(i))
      continue;
    Value running = nc.input(i + 2);
    Type type = nc.type(running).getElementType();
    Value current = i == 1 ? mean(nc, x, axes, /*keepDims=*/false)
                           : variance(nc, x, axes, /*keepDims=*/false);
    Value kept = nc.make<nn::MulOp>({running, nc.scalar(type, momentum)});
    Value added = nc.make<nn::MulOp>(
        {nc.cast(current, type), nc.scalar(type, 1 - momentum)});
    nc.setOutput(i, nc.make<nn::AddOp>({kept, added}));
  }
  return success(bool(nc.results()[0]));
}

static LogicalResult importBatchNorm(NodeContext &nc) {
  for (unsigned i = 0; i < 5; ++i)
    if (!nc.input(i))
      return nc.malformed("expected five inputs");
  if (nc.inputType(0).getRank() < 2)
    return nc.malformed("expected an input with channels");
  if (nc.intAttr("training_mode", 0))
    return importBatchNormTraining(nc);
  if (nc.opset() < 9 && !nc.intAttr("spatial", 1))
    return nc.unsupported("statistics for every element (spatial = 0)");
  int64_t rank = nc.inputType(0).getRank();
  Value scale = nc.input(1), bias = nc.input(2);
  Value mean = nc.input(3), variance = nc.input(4);
  Type element = nc.type(variance).getElementType();
  Value deviation = nc.make<nn::SqrtOp>({nc.make<nn::AddOp>(
      {variance, nc.scalar(element, nc.floatAttr("epsilon", 1e-5f))})});
  Value factor = nc.make<nn::DivOp>({nc.cast(scale, element), deviation});
  Value shift = nc.make<nn::SubOp>(
      {nc.cast(bias, element), nc.make<nn::MulOp>({mean, factor})});
  Type valueElement = nc.inputType(0).getElementType();
  if (!factor || !shift)
    return failure();
  return nc.result(scaleAndShift(
      nc, nc.input(0), alongChannels(nc, nc.cast(factor, valueElement), rank),
      alongChannels(nc, nc.cast(shift, valueElement), rank)));
}

/// Its definition adds 1e-9 to the deviation; the root of 1e-18 does so where
/// it matters, at a deviation of 0.
static LogicalResult importMeanVarianceNorm(NodeContext &nc) {
  auto axes =
      nc.axes(nc.intsAttr("axes", {0, 2, 3}), nc.inputType(0).getRank());
  if (failed(axes))
    return failure();
  return nc.result(normalize(nc, nc.input(0), *axes, 1e-18));
}

static LogicalResult importLpNorm(NodeContext &nc) {
  auto axis = nc.axis(nc.intAttr("axis", -1), nc.inputType(0).getRank());
  if (failed(axis))
    return failure();
  Value x = nc.input(0);
  int64_t p = nc.intAttr("p", 2);
  if (p != 1 && p != 2)
    return nc.malformed("p is neither 1 nor 2");
  Value magnitude =
      p == 1 ? nc.make<nn::AbsOp>({x}) : nc.make<nn::MulOp>({x, x});
  auto sum =
      nn::ReduceKindAttr::get(nc.builder.getContext(), nn::ReduceKind::sum);
  Value norm = nc.make<nn::ReduceOp>(
      {magnitude},
      {nc.attr("kind", sum), nc.attr("axes", ArrayRef<int64_t>(*axis)),
       nc.attr("keep_dims", nc.builder.getUnitAttr())});
  if (p == 2)
    norm = nc.make<nn::SqrtOp>({norm});
  return nc.result(nc.make<nn::DivOp>({x, norm}));
}

/// x / (bias + alpha / size * the sum of squares over neighbouring channels) ^
/// beta: the mean over a window that moves along the channels, with zeros
/// outside of them.
static LogicalResult importLrn(NodeContext &nc) {
  RankedTensorType type = nc.inputType(0);
  int64_t size = nc.intAttr("size", 0);
  if (type.getRank() < 2)
    return nc.malformed("expected an input with channels");
  if (size < 1)
    return nc.malformed("size is missing or below 1");
  ArrayRef<int64_t> shape = type.getShape();
  int64_t places = 1;
  for (int64_t one : shape.drop_front(2))
    places *= one;
  Value x = nc.input(0);
  Value squares =
      nc.reshape(nc.make<nn::MulOp>({x, x}), {shape[0], 1, shape[1], places});
  int64_t low = (size - 1) / 2, high = size - 1 - low;
  auto kind = nn::PoolKindAttr::get(nc.builder.getContext(), nn::PoolKind::avg);
  Value means = nc.make<nn::PoolOp>(
      {squares}, {nc.attr("kind", kind), nc.attr("window", {size, 1}),
                  nc.attr("strides", {1, 1}), nc.attr("dilations", {1, 1}),
                  nc.attr("pads", {low, 0, high, 0}),
                  nc.attr("count_include_pad", nc.builder.getUnitAttr())});
  if (!means)
    return failure();
  auto number = [&](StringRef name, double otherwise) {
    return nc.scalar(type.getElementType(), nc.floatAttr(name, otherwise));
  };
  Value scaled = nc.make<nn::MulOp>({means, number("alpha", 1e-4f)});
  Value base = nc.make<nn::AddOp>({scaled, number("bias", 1)});
  Value divisor = nc.make<nn::PowOp>({base, number("beta", 0.75)});
  return nc.result(divisor ? nc.make<nn::DivOp>({x, nc.reshape(divisor, shape)})
                           : Value());
}

void ashlar::addNormalizationOps(OpTable &table) {
  table["Softmax"] = importSoftmax<nn::SoftmaxOp>;
  table["LogSoftmax"] = importSoftmax<nn::LogSoftmaxOp>;
  table["LayerNormalization"] = importLayerNorm;
  table["RMSNormalization"] = importLayerNorm;
  table["InstanceNormalization"] = importInstanceNorm;
  table["GroupNormalization"] = importGroupNorm;
  table["BatchNormalization"] = importBatchNorm;
  table["MeanVarianceNormalization"] = importMeanVarianceNorm;
  table["LpNormalization"] = importLpNorm;
  table["LRN"] = importLrn;
}
