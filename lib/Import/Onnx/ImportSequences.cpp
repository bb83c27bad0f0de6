//===- ImportSequences.cpp - Lists of tensors, which fold away ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How long a sequence is and what is in it is known while a model is imported.
// Until then its value is a cast of its tensors to one tuple.
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace ashlar;
using namespace mlir;

/// A longer one comes of no exporter.
static constexpr size_t mostTensors = 4096;

bool ashlar::isSequence(Value value) {
  return value && isa<TupleType>(value.getType());
}

static std::string typeText(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream(text) << type.getElementType();
  return text;
}

static LogicalResult makeSequence(NodeContext &nc, ArrayRef<Value> tensors) {
  if (tensors.size() > mostTensors)
    return nc.unsupported("a sequence of " + Twine(tensors.size()) +
                          " tensors (at most " + Twine(mostTensors) + ")");
  for (Value tensor : tensors)
    if (nc.type(tensor).getElementType() !=
        nc.type(tensors[0]).getElementType())
      return nc.malformed("the sequence has tensors of " +
                          typeText(nc.type(tensors[0])) + " and of " +
                          typeText(nc.type(tensor)));
  auto type = TupleType::get(nc.builder.getContext(), ValueRange(tensors));
  return nc.result(UnrealizedConversionCastOp::create(nc.builder, nc.location(),
                                                      TypeRange(type), tensors)
                       .getResult(0));
}

/// The tensors of input 0.
static FailureOr<SmallVector<Value>> readSequence(NodeContext &nc) {
  if (!isSequence(nc.input(0)))
    return nc.malformed("input 0 is a tensor, expected a sequence");
  auto cast = nc.input(0).getDefiningOp<UnrealizedConversionCastOp>();
  return SmallVector<Value>(cast.getInputs());
}

/// Input `i`, a place among `count`; `otherwise` if it is absent.
static FailureOr<int64_t> readPosition(NodeContext &nc, unsigned i,
                                       int64_t count, int64_t otherwise) {
  if (!nc.input(i))
    return otherwise;
  auto given = nc.constantInts(i, "the position");
  if (failed(given))
    return failure();
  if (given->size() != 1)
    return nc.malformed("the position is not one number");
  int64_t position = given->front();
  if (position < -count || position >= count)
    return nc.malformed("position " + Twine(position) + " is outside [-" +
                        Twine(count) + ", " + Twine(count) + ")");
  return position < 0 ? position + count : position;
}

static LogicalResult importSequenceConstruct(NodeContext &nc) {
  SmallVector<Value> tensors;
  for (unsigned i = 0; i < nc.numInputs(); ++i) {
    if (!nc.input(i))
      return nc.malformed("input " + Twine(i) + " is missing");
    tensors.push_back(nc.input(i));
  }
  return makeSequence(nc, tensors);
}

static LogicalResult importSequenceEmpty(NodeContext &nc) {
  return makeSequence(nc, {});
}

static LogicalResult importSequenceAt(NodeContext &nc) {
  auto tensors = readSequence(nc);
  if (failed(tensors))
    return failure();
  if (!nc.input(1))
    return nc.malformed("the position is missing");
  auto at = readPosition(nc, 1, tensors->size(), 0);
  return failed(at) ? failure() : nc.result((*tensors)[*at]);
}

static LogicalResult importSequenceInsert(NodeContext &nc) {
  auto tensors = readSequence(nc);
  if (failed(tensors))
    return failure();
  if (!nc.input(1) || isSequence(nc.input(1)))
    return nc.malformed("expected a tensor to insert");
  int64_t count = tensors->size();
  // The end is a place as well; -1 is the one before the last tensor.
  auto given = nc.input(2) ? nc.constantInts(2, "the position")
                           : FailureOr(SmallVector<int64_t>{count});
  if (failed(given))
    return failure();
  if (given->size() != 1 || given->front() < -count || given->front() > count)
    return nc.malformed("the position is not one number in [-" + Twine(count) +
                        ", " + Twine(count) + "]");
  int64_t at = given->front() + (given->front() < 0 ? count : 0);
  tensors->insert(tensors->begin() + at, nc.input(1));
  return makeSequence(nc, *tensors);
}

static LogicalResult importSequenceErase(NodeContext &nc) {
  auto tensors = readSequence(nc);
  if (failed(tensors))
    return failure();
  if (tensors->empty())
    return nc.malformed("the sequence is empty");
  auto at = readPosition(nc, 1, tensors->size(), tensors->size() - 1);
  if (failed(at))
    return failure();
  tensors->erase(tensors->begin() + *at);
  return makeSequence(nc, *tensors);
}

static LogicalResult importSequenceLength(NodeContext &nc) {
  auto tensors = readSequence(nc);
  if (failed(tensors))
    return failure();
  auto type = RankedTensorType::get({}, nc.builder.getI64Type());
  return nc.result(nc.constant(
      DenseElementsAttr::get(type, static_cast<int64_t>(tensors->size()))));
}

/// A tensor with a dimension of size 1 more at `axis`.
static Value unsqueeze(NodeContext &nc, Value tensor, int64_t axis) {
  SmallVector<int64_t> shape(nc.type(tensor).getShape());
  shape.insert(shape.begin() + axis, 1);
  return nc.reshape(tensor, shape);
}

static LogicalResult importConcatFromSequence(NodeContext &nc) {
  auto tensors = readSequence(nc);
  if (failed(tensors))
    return failure();
  if (tensors->empty())
    return nc.malformed("the sequence is empty");
  if (!nc.hasAttr("axis"))
    return nc.malformed("the attribute axis is missing");
  bool isNew = nc.intAttr("new_axis", 0) != 0;
  auto axis = nc.axis(nc.intAttr("axis", 0),
                      nc.type((*tensors)[0]).getRank() + (isNew ? 1 : 0));
  if (failed(axis))
    return failure();
  if (isNew)
    for (Value &tensor : *tensors)
      tensor = unsqueeze(nc, tensor, *axis);
  return nc.result(nc.make<nn::ConcatOp>(*tensors, {nc.attr("axis", *axis)}));
}

/// Sizes of the pieces along a dimension of `total`: all the same but for the
/// last if there is a single size, as it is given if there is a list.
static FailureOr<SmallVector<int64_t>> pieceSizes(NodeContext &nc,
                                                  int64_t total) {
  SmallVector<int64_t> sizes = {1};
  bool isList = false;
  if (nc.input(1)) {
    auto given = nc.constantInts(1, "split");
    if (failed(given))
      return failure();
    sizes = *given;
    isList = nc.inputType(1).getRank() == 1;
  }
  if (isList)
    return sizes;
  if (sizes.size() != 1 || sizes[0] < 1)
    return nc.malformed("split is not a size or a list of sizes");
  int64_t each = sizes[0], count = llvm::divideCeil(total, each);
  if (count > int64_t(mostTensors))
    return nc.unsupported("a sequence of " + Twine(count) +
                          " tensors (at most " + Twine(mostTensors) + ")");
  sizes.clear();
  for (int64_t at = 0; at < total; at += each)
    sizes.push_back(std::min(each, total - at));
  return sizes;
}

static LogicalResult importSplitToSequence(NodeContext &nc) {
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  auto axis = nc.axis(nc.intAttr("axis", 0), shape.size());
  if (failed(axis))
    return failure();
  auto sizes = pieceSizes(nc, shape[*axis]);
  if (failed(sizes))
    return failure();
  auto pieces = nc.split(nc.input(0), *axis, *sizes);
  if (failed(pieces))
    return failure();
  // Pieces of one element lose the dimension if that is asked for.
  if (!nc.input(1) && nc.intAttr("keepdims", 1) == 0)
    for (Value &piece : *pieces) {
      SmallVector<int64_t> squeezed(nc.type(piece).getShape());
      squeezed.erase(squeezed.begin() + *axis);
      piece = nc.reshape(piece, squeezed);
      if (!piece)
        return failure();
    }
  return makeSequence(nc, *pieces);
}

void ashlar::addSequenceOps(OpTable &table) {
  table["ConcatFromSequence"] = importConcatFromSequence;
  table["SequenceAt"] = importSequenceAt;
  table["SequenceConstruct"] = importSequenceConstruct;
  table["SequenceEmpty"] = importSequenceEmpty;
  table["SequenceErase"] = importSequenceErase;
  table["SequenceInsert"] = importSequenceInsert;
  table["SequenceLength"] = importSequenceLength;
  table["SplitToSequence"] = importSplitToSequence;
}
