//===- ImportLayout.cpp - Operators that move, repeat or rename elements --===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"
#include "TensorData.h"

using namespace ashlar;
using namespace mlir;

static LogicalResult importIdentity(NodeContext &nc) {
  return nc.result(nc.input(0));
}

/// At inference Dropout passes its input; the mask is all true.
static LogicalResult importDropout(NodeContext &nc) {
  bool trains = false;
  if (nc.input(2)) {
    auto mode = nc.constantInts(2, "training_mode");
    if (failed(mode))
      return failure();
    trains = llvm::is_contained(*mode, 1);
  }
  if (trains) {
    double ratio = 0.5;
    if (nc.input(1)) {
      auto given = nc.constantNumbers(1, "ratio");
      if (failed(given))
        return failure();
      ratio = given->empty() ? ratio : given->front();
    }
    if (ratio != 0)
      return nc.unsupported("training mode, which drops elements at random");
  }
  nc.setOutput(0, nc.input(0));
  if (!nc.wantsOutput(1))
    return success();
  // The first opsets gave a mask of the input's type.
  Type element = nc.opset() < 10 ? nc.inputType(0).getElementType()
                                 : Type(nc.builder.getI1Type());
  Value one = nc.cast(nc.scalar(nc.builder.getI32Type(), 1), element);
  nc.setOutput(1, nc.broadcast(one, nc.inputType(0).getShape()));
  return success(bool(nc.results()[1]));
}

static LogicalResult importConstant(NodeContext &nc) {
  Builder &b = nc.builder;
  auto list = [&](Type element, size_t size) {
    return RankedTensorType::get({int64_t(size)}, element);
  };
  auto isGiven = [&](StringRef name) { return nc.hasAttr(name); };
  constexpr StringRef names[] = {"value",        "sparse_value", "value_float",
                                 "value_floats", "value_int",    "value_ints",
                                 "value_string", "value_strings"};
  if (llvm::count_if(names, isGiven) != 1)
    return nc.malformed("a constant needs one value");
  if (nc.hasAttr("value")) {
    auto value = nc.tensorAttr("value");
    return failed(value) ? failure() : nc.result(nc.constant(*value));
  }
  if (nc.hasAttr("sparse_value")) {
    auto value = nc.sparseAttr("sparse_value");
    return failed(value) ? failure() : nc.result(nc.constant(*value));
  }
  if (nc.hasAttr("value_float"))
    return nc.result(nc.scalar(b.getF32Type(), nc.floatAttr("value_float", 0)));
  if (nc.hasAttr("value_int"))
    return nc.result(nc.constant(
        DenseElementsAttr::get(RankedTensorType::get({}, b.getI64Type()),
                               nc.intAttr("value_int", 0))));
  if (nc.hasAttr("value_ints")) {
    auto values = nc.intsAttr("value_ints");
    return nc.result(nc.constant(DenseElementsAttr::get(
        list(b.getI64Type(), values.size()), ArrayRef<int64_t>(values))));
  }
  if (auto values = nc.floatsAttr("value_floats")) {
    SmallVector<float> floats(values->begin(), values->end());
    return nc.result(nc.constant(DenseElementsAttr::get(
        list(b.getF32Type(), floats.size()), ArrayRef<float>(floats))));
  }
  return nc.unsupported("a constant of strings");
}

static LogicalResult importCast(NodeContext &nc) {
  int32_t number = 0;
  if (nc.opset() < 6) { // the type's name
    std::string name = nc.stringAttr("to", "");
    for (int32_t i = 1; i < 17 && number == 0; ++i)
      number = dataTypeName(i) == StringRef(name) ? i : 0;
  } else {
    number = int32_t(nc.intAttr("to", 0));
  }
  auto type = elementType(number, nc.builder.getContext());
  if (!type)
    return nc.unsupported(llvm::toString(type.takeError()));
  return nc.result(nc.cast(nc.input(0), *type));
}

static LogicalResult importCastLike(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  return nc.result(nc.cast(nc.input(0), nc.inputType(1).getElementType()));
}

static LogicalResult importReshape(NodeContext &nc) {
  auto given = nc.intsInputOrAttr(1, "shape"); // an attribute before opset 5
  if (failed(given))
    return failure();
  if (!*given)
    return nc.malformed("shape is missing");
  SmallVector<int64_t> &wanted = **given;
  ArrayRef<int64_t> from = nc.inputType(0).getShape();
  bool zeroMeansZero = nc.intAttr("allowzero", 0) != 0;
  int64_t known = 1, unknown = -1;
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(wanted)) {
    if (size == 0 && !zeroMeansZero) {
      if (dim >= from.size())
        return nc.malformed("size 0 copies a dimension that is not there");
      size = from[dim];
    }
    if (size < -1 || (size == -1 && unknown >= 0))
      return nc.malformed("the shape is not one");
    if (size == -1)
      unknown = dim;
    else
      known *= size;
    shape.push_back(size);
  }
  if (unknown >= 0) {
    if (known == 0 || nc.inputType(0).getNumElements() % known != 0)
      return nc.malformed("size -1 does not come out even");
    shape[unknown] = nc.inputType(0).getNumElements() / known;
  }
  return nc.result(nc.reshape(nc.input(0), shape));
}

static LogicalResult importFlatten(NodeContext &nc) {
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  int64_t rank = shape.size(), at = nc.intAttr("axis", 1);
  if (at < -rank || at > rank)
    return nc.malformed("axis " + Twine(at) + " is out of range");
  at += at < 0 ? rank : 0;
  int64_t rows = 1, columns = 1;
  for (auto [dim, size] : llvm::enumerate(shape))
    (int64_t(dim) < at ? rows : columns) *= size;
  return nc.result(nc.reshape(nc.input(0), {rows, columns}));
}

static LogicalResult importSqueeze(NodeContext &nc) {
  auto given = nc.intsInputOrAttr(1, "axes");
  if (failed(given))
    return failure();
  ArrayRef<int64_t> from = nc.inputType(0).getShape();
  SmallVector<int64_t> axes;
  if (*given) {
    auto checked = nc.axes(**given, from.size());
    if (failed(checked))
      return failure();
    axes = *checked;
  }
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(from)) {
    bool named = *given ? llvm::is_contained(axes, int64_t(dim)) : size == 1;
    if (named && size != 1)
      return nc.malformed("axis " + Twine(dim) + " has size " + Twine(size));
    if (!named)
      shape.push_back(size);
  }
  return nc.result(nc.reshape(nc.input(0), shape));
}

static LogicalResult importUnsqueeze(NodeContext &nc) {
  auto given = nc.intsInputOrAttr(1, "axes");
  if (failed(given))
    return failure();
  if (!*given)
    return nc.malformed("axes are missing");
  ArrayRef<int64_t> from = nc.inputType(0).getShape();
  int64_t rank = from.size() + (*given)->size();
  auto axes = nc.axes(**given, rank);
  if (failed(axes))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t dim = 0, next = 0; dim < rank; ++dim)
    shape.push_back(llvm::is_contained(*axes, dim) ? 1 : from[next++]);
  return nc.result(nc.reshape(nc.input(0), shape));
}

static LogicalResult importTranspose(NodeContext &nc) {
  int64_t rank = nc.inputType(0).getRank();
  auto reversed = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  SmallVector<int64_t> permutation = nc.intsAttr("perm", reversed);
  SmallVector<int64_t> sorted = permutation;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank)))
    return nc.malformed("perm is not a permutation of the dimensions");
  return nc.result(nc.make<nn::TransposeOp>(
      {nc.input(0)}, {nc.attr("permutation", permutation)}));
}

static LogicalResult importConcat(NodeContext &nc) {
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < nc.numInputs(); ++i)
    if (nc.input(i))
      inputs.push_back(nc.input(i));
  auto axis = nc.axis(nc.intAttr("axis", nc.opset() < 4 ? 1 : 0),
                      nc.type(inputs[0]).getRank());
  if (failed(axis))
    return failure();
  return nc.result(nc.make<nn::ConcatOp>(inputs, {nc.attr("axis", *axis)}));
}

static LogicalResult importExpand(NodeContext &nc) {
  auto wanted = nc.constantInts(1, "shape");
  if (failed(wanted))
    return failure();
  // Both shapes broadcast: a wanted 1 keeps the input's size.
  SmallVector<int64_t> shape(*wanted);
  ArrayRef<int64_t> from = nc.inputType(0).getShape();
  while (shape.size() < from.size())
    shape.insert(shape.begin(), 1);
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t &size = shape[shape.size() - 1 - i];
    if (size == 1)
      size = from[from.size() - 1 - i];
  }
  if (llvm::any_of(shape, [](int64_t size) { return size < 0; }))
    return nc.malformed("a size of the shape is negative");
  return nc.result(nc.broadcast(nc.input(0), shape));
}

static LogicalResult importShape(NodeContext &nc) {
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  int64_t rank = shape.size();
  auto clamp = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = clamp(nc.intAttr("start", 0));
  int64_t end = std::max(start, clamp(nc.intAttr("end", rank)));
  auto type = RankedTensorType::get({end - start}, nc.builder.getI64Type());
  return nc.result(nc.constant(
      DenseElementsAttr::get(type, shape.slice(start, end - start))));
}

static LogicalResult importSize(NodeContext &nc) {
  auto type = RankedTensorType::get({}, nc.builder.getI64Type());
  return nc.result(nc.constant(
      DenseElementsAttr::get(type, nc.inputType(0).getNumElements())));
}

void ashlar::addLayoutOps(OpTable &table) {
  table["Identity"] = importIdentity;
  table["Dropout"] = importDropout;
  table["Constant"] = importConstant;
  table["Cast"] = importCast;
  table["CastLike"] = importCastLike;
  table["Reshape"] = importReshape;
  table["Flatten"] = importFlatten;
  table["Squeeze"] = importSqueeze;
  table["Unsqueeze"] = importUnsqueeze;
  table["Transpose"] = importTranspose;
  table["Concat"] = importConcat;
  table["Expand"] = importExpand;
  table["Shape"] = importShape;
  table["Size"] = importSize;
}
