//===- ImportReductions.cpp - Reductions, arg-reductions, scans, top-k ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace ashlar;
using namespace mlir;

/// The axes of a reduction (an input since opset 13 for ReduceSum and 18 for
/// the others); nothing if the node is a copy (noop_with_empty_axes).
static FailureOr<std::optional<SmallVector<int64_t>>>
reducedAxes(NodeContext &nc) {
  auto given = nc.intsInputOrAttr(1, "axes");
  if (failed(given))
    return failure();
  int64_t rank = nc.inputType(0).getRank();
  if (*given && !(*given)->empty()) {
    auto axes = nc.axes(**given, rank);
    if (failed(axes))
      return failure();
    return std::optional(*axes);
  }
  if (nc.intAttr("noop_with_empty_axes", 0))
    return std::optional<SmallVector<int64_t>>();
  return std::optional(llvm::to_vector(llvm::seq<int64_t>(0, rank)));
}

static Value reduce(NodeContext &nc, nn::ReduceKind kind, Value value,
                    ArrayRef<int64_t> axes, bool keepDims) {
  SmallVector<NamedAttribute> attributes = {
      nc.attr("kind", nn::ReduceKindAttr::get(nc.builder.getContext(), kind)),
      nc.attr("axes", axes)};
  if (keepDims)
    attributes.push_back(nc.attr("keep_dims", nc.builder.getUnitAttr()));
  return nc.make<nn::ReduceOp>({value}, attributes);
}

namespace {
/// What is done to each element before, and to each result after, the
/// reduction.
enum class Around { Nothing, Magnitude, Square, Root, LogSum, LogSumExp };
} // namespace

static Value logSumExp(NodeContext &nc, Value x, ArrayRef<int64_t> axes,
                       bool keepDims) {
  Value max = reduce(nc, nn::ReduceKind::max, x, axes, /*keepDims=*/true);
  // An infinite maximum would turn the differences into NaN.
  Value finite = nc.make<nn::SelectOp>(
      {nc.make<nn::IsInfOp>(
           {max}, {nc.attr("positive", nc.builder.getBoolAttr(true)),
                   nc.attr("negative", nc.builder.getBoolAttr(true))}),
       nc.scalar(nc.type(x).getElementType(), 0), max});
  Value sum =
      reduce(nc, nn::ReduceKind::sum,
             nc.make<nn::ExpOp>({nc.make<nn::SubOp>({x, finite})}), axes,
             /*keepDims=*/true);
  Value result = nc.make<nn::AddOp>({nc.make<nn::LogOp>({sum}), finite});
  if (keepDims || !result)
    return result;
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(nc.type(result).getShape()))
    if (!llvm::is_contained(axes, int64_t(dim)))
      shape.push_back(size);
  return nc.reshape(result, shape);
}

template <nn::ReduceKind kind, Around around>
static LogicalResult importReduce(NodeContext &nc) {
  auto axes = reducedAxes(nc);
  if (failed(axes))
    return failure();
  bool keepDims = nc.intAttr("keepdims", 1) != 0;
  // Without axes to reduce, what happens to each element still does.
  SmallVector<int64_t> along = axes->value_or(SmallVector<int64_t>());
  Value value = nc.input(0);
  if (around == Around::LogSumExp)
    return nc.result(logSumExp(nc, value, along, keepDims));
  if (around == Around::Magnitude)
    value = nc.make<nn::AbsOp>({value});
  if (around == Around::Square || around == Around::Root)
    value = nc.make<nn::MulOp>({value, value});
  if (!along.empty() || *axes)
    value = reduce(nc, kind, value, along, keepDims);
  if (around == Around::Root)
    value = nc.make<nn::SqrtOp>({value});
  if (around == Around::LogSum)
    value = nc.make<nn::LogOp>({value});
  return nc.result(value);
}

template <nn::ReduceKind kind>
static LogicalResult importArgReduce(NodeContext &nc) {
  auto axis = nc.axis(nc.intAttr("axis", 0), nc.inputType(0).getRank());
  if (failed(axis))
    return failure();
  SmallVector<NamedAttribute> attributes = {
      nc.attr("kind", nn::ReduceKindAttr::get(nc.builder.getContext(), kind)),
      nc.attr("axis", *axis)};
  if (nc.intAttr("keepdims", 1))
    attributes.push_back(nc.attr("keep_dims", nc.builder.getUnitAttr()));
  if (nc.intAttr("select_last_index", 0))
    attributes.push_back(nc.attr("select_last", nc.builder.getUnitAttr()));
  return nc.result(nc.make<nn::ArgReduceOp>({nc.input(0)}, attributes));
}

template <nn::ReduceKind kind>
static LogicalResult importCumulative(NodeContext &nc) {
  auto given = nc.constantInts(1, "axis");
  if (failed(given))
    return failure();
  if (given->size() != 1)
    return nc.malformed("axis is not a scalar");
  auto axis = nc.axis(given->front(), nc.inputType(0).getRank());
  if (failed(axis))
    return failure();
  SmallVector<NamedAttribute> attributes = {
      nc.attr("kind", nn::ReduceKindAttr::get(nc.builder.getContext(), kind)),
      nc.attr("axis", *axis)};
  if (nc.intAttr("exclusive", 0))
    attributes.push_back(nc.attr("exclusive", nc.builder.getUnitAttr()));
  if (nc.intAttr("reverse", 0))
    attributes.push_back(nc.attr("reverse", nc.builder.getUnitAttr()));
  return nc.result(nc.make<nn::CumulativeOp>({nc.input(0)}, attributes));
}

static LogicalResult importTopK(NodeContext &nc) {
  auto k = nc.intsInputOrAttr(1, "k");
  if (failed(k))
    return failure();
  int64_t count = *k && !(*k)->empty() ? (*k)->front() : nc.intAttr("k", -1);
  auto axis = nc.axis(nc.intAttr("axis", -1), nc.inputType(0).getRank());
  if (failed(axis))
    return failure();
  SmallVector<NamedAttribute> attributes = {nc.attr("k", count),
                                            nc.attr("axis", *axis)};
  if (!nc.intAttr("largest", 1))
    attributes.push_back(nc.attr("smallest", nc.builder.getUnitAttr()));
  auto results = nc.makeAll<nn::TopKOp>({nc.input(0)}, attributes);
  for (auto [i, value] : llvm::enumerate(results))
    nc.setOutput(i, value);
  return success(!results.empty());
}

void ashlar::addReductionOps(OpTable &table) {
  using nn::ReduceKind;
  table["ReduceSum"] = importReduce<ReduceKind::sum, Around::Nothing>;
  table["ReduceProd"] = importReduce<ReduceKind::prod, Around::Nothing>;
  table["ReduceMax"] = importReduce<ReduceKind::max, Around::Nothing>;
  table["ReduceMin"] = importReduce<ReduceKind::min, Around::Nothing>;
  table["ReduceMean"] = importReduce<ReduceKind::mean, Around::Nothing>;
  table["ReduceL1"] = importReduce<ReduceKind::sum, Around::Magnitude>;
  table["ReduceL2"] = importReduce<ReduceKind::sum, Around::Root>;
  table["ReduceSumSquare"] = importReduce<ReduceKind::sum, Around::Square>;
  table["ReduceLogSum"] = importReduce<ReduceKind::sum, Around::LogSum>;
  table["ReduceLogSumExp"] = importReduce<ReduceKind::sum, Around::LogSumExp>;
  table["ArgMax"] = importArgReduce<ReduceKind::max>;
  table["ArgMin"] = importArgReduce<ReduceKind::min>;
  table["CumSum"] = importCumulative<ReduceKind::sum>;
  table["CumProd"] = importCumulative<ReduceKind::prod>;
  table["TopK"] = importTopK;
}
