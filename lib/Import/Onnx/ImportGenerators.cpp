//===- ImportGenerators.cpp - Operators that count or mask ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"
#include "TensorData.h"

#include <cmath>

using namespace ashlar;
using namespace mlir;

/// 0, 1, 2, ... of `element` type, along the first dimension of `shape`.
static Value count(NodeContext &nc, ArrayRef<int64_t> shape, Type element) {
  auto type = RankedTensorType::get(shape, element);
  return nc.builder.createOrFold<nn::IotaOp>(nc.location(), type,
                                             nc.builder.getI64IntegerAttr(0));
}

static double countSteps(double start, double limit, double delta) {
  return std::ceil((limit - start) / delta);
}

/// Exact: differences of 64 bits do not fit f64.
static double countSteps(int64_t start, int64_t limit, int64_t delta) {
  bool up = delta > 0;
  if (up ? start >= limit : start <= limit)
    return 0;
  uint64_t low = up ? start : limit, high = up ? limit : start;
  uint64_t step = up ? uint64_t(delta) : 0 - uint64_t(delta);
  uint64_t count = (high - low - 1) / step + 1;
  return double(count);
}

/// How many elements a range has, of the numbers that `read` gets.
template <typename Number>
static FailureOr<int64_t> rangeSize(
    NodeContext &nc,
    FailureOr<SmallVector<Number>> (NodeContext::*read)(unsigned, StringRef)) {
  auto start = (nc.*read)(0, "start");
  auto limit = (nc.*read)(1, "limit");
  auto delta = (nc.*read)(2, "delta");
  if (failed(start) || failed(limit) || failed(delta))
    return failure();
  if (start->size() != 1 || limit->size() != 1 || delta->size() != 1)
    return nc.malformed("start, limit and delta are not scalars");
  if (delta->front() == 0)
    return nc.malformed("delta is 0");
  double steps = countSteps(start->front(), limit->front(), delta->front());
  if (!(steps < double(maxElements)))
    return nc.malformed("the range has more elements than any memory");
  return steps > 0 ? int64_t(steps) : 0;
}

/// start + i * delta: the number of elements has to be known, so all three are.
static LogicalResult importRange(NodeContext &nc) {
  Type element = nc.inputType(0).getElementType();
  FailureOr<int64_t> size = isa<FloatType>(element)
                                ? rangeSize(nc, &NodeContext::constantNumbers)
                                : rangeSize(nc, &NodeContext::constantInts);
  if (failed(size))
    return failure();
  Value value = nc.make<nn::MulOp>(
      {count(nc, *size, element), nc.reshape(nc.input(2), {})});
  return nc.result(nc.make<nn::AddOp>({value, nc.reshape(nc.input(0), {})}));
}

/// Whether `columns - rows` compares with `k`, for each element of a matrix.
static Value compareDiagonal(NodeContext &nc, nn::Predicate predicate,
                             int64_t rows, int64_t columns, int64_t k) {
  Type element = nc.builder.getI32Type();
  k = std::clamp<int64_t>(k, -rows, columns);
  Value row = nc.make<nn::AddOp>(
      {count(nc, {rows, 1}, element), nc.scalar(element, double(k))});
  auto attr = nn::PredicateAttr::get(nc.builder.getContext(), predicate);
  return nc.make<nn::CompareOp>({count(nc, columns, element), row},
                                {nc.attr("predicate", attr)});
}

static LogicalResult importTrilu(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() < 2)
    return nc.malformed("expected an input of at least two dimensions");
  auto k = nc.intsInputOrAttr(1, "k");
  if (failed(k))
    return failure();
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  bool upper = nc.intAttr("upper", 1) != 0;
  Value kept = compareDiagonal(
      nc, upper ? nn::Predicate::ge : nn::Predicate::le, shape.end()[-2],
      shape.back(), *k && !(*k)->empty() ? (*k)->front() : 0);
  Type element = nc.inputType(0).getElementType();
  return nc.result(nc.make<nn::SelectOp>(
      {kept, nc.input(0),
       nc.cast(nc.scalar(nc.builder.getI32Type(), 0), element)}));
}

static LogicalResult importEyeLike(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() != 2)
    return nc.malformed("expected an input of two dimensions");
  Type element = nc.inputType(0).getElementType();
  if (nc.hasAttr("dtype")) {
    auto given =
        elementType(int32_t(nc.intAttr("dtype", 0)), nc.builder.getContext());
    if (!given)
      return nc.unsupported(llvm::toString(given.takeError()));
    element = *given;
  }
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  Value diagonal = compareDiagonal(nc, nn::Predicate::eq, shape[0], shape[1],
                                   nc.intAttr("k", 0));
  return nc.result(diagonal ? nc.cast(diagonal, element) : Value());
}

/// `on` where a dimension's index equals the (wrapped) class, else `off`.
static Value selectClass(NodeContext &nc, Value classes, int64_t axis,
                         int64_t depth, Value on, Value off) {
  SmallVector<int64_t> shape(nc.type(classes).getShape());
  SmallVector<int64_t> along(shape.size() - axis + 1, 1);
  along[0] = depth;
  shape.insert(shape.begin() + axis, 1);
  Type element = nc.type(classes).getElementType();
  auto equal =
      nn::PredicateAttr::get(nc.builder.getContext(), nn::Predicate::eq);
  Value test = nc.make<nn::CompareOp>(
      {nc.reshape(classes, shape), count(nc, along, element)},
      {nc.attr("predicate", equal)});
  return nc.make<nn::SelectOp>({test, on, off});
}

static LogicalResult importOneHot(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(2))
    return nc.malformed("expected three inputs");
  auto given = nc.constantNumbers(1, "depth");
  auto axis = nc.axis(nc.intAttr("axis", -1), nc.inputType(0).getRank() + 1);
  if (failed(given) || failed(axis))
    return failure();
  if (given->size() != 1 || !(given->front() >= 0 && given->front() < 1e9))
    return nc.malformed("depth is not a size");
  int64_t depth = int64_t(given->front());
  Value classes = nc.input(0);
  Type element = nc.type(classes).getElementType();
  // Classes from -depth to -1 count from the end; others have no place.
  auto less =
      nn::PredicateAttr::get(nc.builder.getContext(), nn::Predicate::lt);
  Value negative = nc.make<nn::CompareOp>({classes, nc.scalar(element, 0)},
                                          {nc.attr("predicate", less)});
  classes = nc.make<nn::SelectOp>(
      {negative,
       nc.make<nn::AddOp>({classes, nc.scalar(element, double(depth))}),
       classes});
  if (!classes)
    return failure();
  auto value = [&](int64_t i) {
    return nc.reshape(
        nc.make<nn::SliceOp>({nc.input(2)},
                             {nc.attr("starts", ArrayRef<int64_t>(i)),
                              nc.attr("sizes", ArrayRef<int64_t>(1)),
                              nc.attr("steps", ArrayRef<int64_t>(1))}),
        {});
  };
  return nc.result(selectClass(nc, classes, *axis, depth, value(1), value(0)));
}

/// 1 at the first largest element along an axis, 0 elsewhere. Before opset 13
/// the axis and all behind it were one.
static LogicalResult importHardmax(NodeContext &nc) {
  bool flattens = nc.opset() < 13;
  RankedTensorType type = nc.inputType(0);
  auto axis = nc.axis(nc.intAttr("axis", flattens ? 1 : -1),
                      std::max<int64_t>(type.getRank(), 1));
  if (failed(axis))
    return failure();
  ArrayRef<int64_t> shape = type.getShape();
  SmallVector<int64_t> worked(shape);
  if (flattens || worked.empty()) {
    int64_t rows = 1, columns = 1;
    for (auto [dim, size] : llvm::enumerate(shape))
      (int64_t(dim) < *axis ? rows : columns) *= size;
    worked = {rows, columns};
    axis = int64_t(1);
  }
  auto kind =
      nn::ReduceKindAttr::get(nc.builder.getContext(), nn::ReduceKind::max);
  Value best =
      nc.make<nn::ArgReduceOp>({nc.reshape(nc.input(0), worked)},
                               {nc.attr("kind", kind), nc.attr("axis", *axis)});
  if (!best)
    return failure();
  Type element = type.getElementType();
  Value hot =
      selectClass(nc, best, *axis, worked[*axis],
                  nc.cast(nc.scalar(nc.builder.getI32Type(), 1), element),
                  nc.cast(nc.scalar(nc.builder.getI32Type(), 0), element));
  return nc.result(hot ? nc.reshape(hot, shape) : Value());
}

void ashlar::addGeneratorOps(OpTable &table) {
  table["Range"] = importRange;
  table["Trilu"] = importTrilu;
  table["EyeLike"] = importEyeLike;
  table["OneHot"] = importOneHot;
  table["Hardmax"] = importHardmax;
}
