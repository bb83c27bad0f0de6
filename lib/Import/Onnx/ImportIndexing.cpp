//===- ImportIndexing.cpp - Slices, pads, gathers, repetition -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "llvm/Support/MathExtras.h"

using namespace ashlar;
using namespace mlir;

/// start, number of elements and step along one dimension, by ONNX's clamping:
/// backwards a start below the first element is the first element (numpy has
/// none then).
static void clampSlice(int64_t size, int64_t &start, int64_t end, int64_t &step,
                       int64_t &count) {
  auto wrap = [&](int64_t at) { return at < 0 ? at + size : at; };
  count = 0;
  if (step > 0) {
    start = std::clamp<int64_t>(wrap(start), 0, size);
    end = std::clamp<int64_t>(wrap(end), 0, size);
    if (end > start)
      count = int64_t(llvm::divideCeil(end - start, step));
  } else if (size > 0) {
    start = std::clamp<int64_t>(wrap(start), 0, size - 1);
    end = std::clamp<int64_t>(wrap(end), -1, size - 1);
    if (start > end)
      count =
          int64_t(llvm::divideCeil(uint64_t(start - end), 0 - uint64_t(step)));
  }
  if (count == 0)
    start = 0;
  if (count <= 1) // nothing follows, however far away
    step = 1;
}

static LogicalResult importSlice(NodeContext &nc) {
  auto starts = nc.intsInputOrAttr(1, "starts");
  auto ends = nc.intsInputOrAttr(2, "ends");
  auto axes = nc.intsInputOrAttr(3, "axes");
  auto steps = nc.intsInputOrAttr(4, "steps");
  if (failed(starts) || failed(ends) || failed(axes) || failed(steps))
    return failure();
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  int64_t rank = shape.size();
  if (!*starts || !*ends || (*starts)->size() != (*ends)->size())
    return nc.malformed("starts and ends do not have the same length");
  size_t count = (*starts)->size();
  SmallVector<int64_t> along =
      *axes ? **axes : llvm::to_vector(llvm::seq<int64_t>(0, int64_t(count)));
  SmallVector<int64_t> by = *steps ? **steps : SmallVector<int64_t>(count, 1);
  if (along.size() != count || by.size() != count)
    return nc.malformed("axes or steps do not have the length of starts");
  SmallVector<int64_t> from(rank, 0), sizes(shape), step(rank, 1);
  if (failed(nc.axes(along, rank)))
    return failure();
  for (size_t i = 0; i < count; ++i) {
    int64_t dim = along[i] < 0 ? along[i] + rank : along[i];
    if (by[i] == 0)
      return nc.malformed("a step is 0");
    from[dim] = (**starts)[i];
    step[dim] = by[i];
    clampSlice(shape[dim], from[dim], (**ends)[i], step[dim], sizes[dim]);
  }
  return nc.result(nc.make<nn::SliceOp>(
      {nc.input(0)}, {nc.attr("starts", from), nc.attr("sizes", sizes),
                      nc.attr("steps", step)}));
}

static LogicalResult importSplit(NodeContext &nc) {
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  auto axis = nc.axis(nc.intAttr("axis", 0), shape.size());
  auto given = nc.intsInputOrAttr(1, "split");
  if (failed(axis) || failed(given))
    return failure();
  int64_t total = shape[*axis], parts = nc.numOutputs();
  SmallVector<int64_t> lengths;
  if (*given)
    lengths = **given;
  else if (parts > 0)
    for (int64_t i = 0, each = llvm::divideCeil(total, parts); i < parts; ++i)
      lengths.push_back(std::max<int64_t>(0, std::min(each, total - i * each)));
  if (int64_t(lengths.size()) != parts)
    return nc.malformed("there are " + Twine(lengths.size()) + " sizes for " +
                        Twine(parts) + " parts");
  auto made = nc.split(nc.input(0), *axis, lengths);
  if (failed(made))
    return failure();
  for (auto [i, part] : llvm::enumerate(*made))
    nc.setOutput(i, part);
  return success();
}

static LogicalResult importGather(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1))
    return nc.malformed("expected two inputs");
  auto axis = nc.axis(nc.intAttr("axis", 0), nc.inputType(0).getRank());
  if (failed(axis))
    return failure();
  return nc.result(nc.make<nn::GatherOp>({nc.input(0), nc.input(1)},
                                         {nc.attr("axis", *axis)}));
}

static LogicalResult importScatterND(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1) || !nc.input(2))
    return nc.malformed("expected three inputs");
  std::string reduction = nc.stringAttr("reduction", "none");
  if (reduction != "none")
    return nc.unsupported("the reduction '" + reduction + "'");
  return nc.result(
      nc.make<nn::ScatterNDOp>({nc.input(0), nc.input(1), nc.input(2)}));
}

/// Cuts away the negative amounts of a Pad, which then become 0.
static Value cutNegative(NodeContext &nc, Value value,
                         SmallVectorImpl<int64_t> &low,
                         SmallVectorImpl<int64_t> &high) {
  SmallVector<int64_t> from(low.size(), 0), step(low.size(), 1);
  SmallVector<int64_t> sizes(nc.type(value).getShape());
  bool cuts = false;
  for (size_t dim = 0; dim < low.size(); ++dim) {
    from[dim] = std::max<int64_t>(0, -low[dim]);
    sizes[dim] +=
        std::min<int64_t>(0, low[dim]) + std::min<int64_t>(0, high[dim]);
    cuts |= low[dim] < 0 || high[dim] < 0;
    low[dim] = std::max<int64_t>(0, low[dim]);
    high[dim] = std::max<int64_t>(0, high[dim]);
  }
  if (!cuts)
    return value;
  return nc.make<nn::SliceOp>({value},
                              {nc.attr("starts", from), nc.attr("sizes", sizes),
                               nc.attr("steps", step)});
}

static LogicalResult importPad(NodeContext &nc) {
  // "paddings" before opset 2
  auto pads =
      nc.intsInputOrAttr(1, nc.hasAttr("paddings") ? "paddings" : "pads");
  auto axes = nc.intsInputOrAttr(3, "axes");
  if (failed(pads) || failed(axes))
    return failure();
  int64_t rank = nc.inputType(0).getRank();
  SmallVector<int64_t> along =
      *axes ? **axes : llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (!*pads || (*pads)->size() != 2 * along.size())
    return nc.malformed("pads does not have two entries for each axis");
  if (failed(nc.axes(along, rank)))
    return failure();
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  for (auto [i, dim] : llvm::enumerate(along)) {
    dim += dim < 0 ? rank : 0;
    low[dim] = (**pads)[i];
    high[dim] = (**pads)[along.size() + i];
  }
  std::string modeName = nc.stringAttr("mode", "constant");
  auto mode = nn::symbolizePadMode(modeName);
  if (!mode)
    return nc.malformed("mode is '" + modeName + "'");
  SmallVector<Value> operands = {cutNegative(nc, nc.input(0), low, high)};
  if (*mode == nn::PadMode::constant) {
    Type element = nc.inputType(0).getElementType();
    Value value = nc.input(2);
    if (!value && nc.floatAttr("value", 0) != 0)
      value = nc.scalar(element, nc.floatAttr("value", 0));
    if (value && nc.type(value).getRank() != 0)
      value = nc.reshape(value, {});
    if (value)
      operands.push_back(value);
  }
  auto modeAttr = nn::PadModeAttr::get(nc.builder.getContext(), *mode);
  return nc.result(nc.make<nn::PadOp>(
      operands,
      {nc.attr("mode", modeAttr), nc.attr("low", low), nc.attr("high", high)}));
}

static LogicalResult importTile(NodeContext &nc) {
  auto repeats = nc.constantInts(1, "repeats");
  if (failed(repeats))
    return failure();
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  if (repeats->size() != shape.size())
    return nc.malformed("repeats does not have one entry for each dimension");
  // (a, b) -> (1, a, 1, b) -> (r, a, s, b) -> (r * a, s * b)
  SmallVector<int64_t> split, wide, merged;
  for (auto [size, times] : llvm::zip(shape, *repeats)) {
    if (times < 0)
      return nc.malformed("a repeat is negative");
    split.append({1, size});
    wide.append({times, size});
    merged.push_back(times * size);
  }
  Value value = nc.broadcast(nc.reshape(nc.input(0), split), wide);
  return nc.result(nc.reshape(value, merged));
}

static LogicalResult importConstantOfShape(NodeContext &nc) {
  auto shape = nc.constantInts(0, "shape");
  if (failed(shape))
    return failure();
  if (llvm::any_of(*shape, [](int64_t size) { return size < 0; }))
    return nc.malformed("a size is negative");
  Value value = nc.scalar(nc.builder.getF32Type(), 0);
  if (nc.hasAttr("value")) {
    auto given = nc.tensorAttr("value");
    if (failed(given))
      return failure();
    value = nc.reshape(nc.constant(*given), {});
  }
  return nc.result(nc.broadcast(value, *shape));
}

/// Rearranges blocks between channels and space: the input is seen as `split`,
/// transposed, and seen as `merged`.
static LogicalResult rearrange(NodeContext &nc, ArrayRef<int64_t> split,
                               ArrayRef<int64_t> permutation,
                               ArrayRef<int64_t> merged) {
  Value value = nc.reshape(nc.input(0), split);
  value =
      nc.make<nn::TransposeOp>({value}, {nc.attr("permutation", permutation)});
  return nc.result(nc.reshape(value, merged));
}

static LogicalResult importDepthToSpace(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() != 4)
    return nc.malformed("expected an input of rank 4");
  ArrayRef<int64_t> s = nc.inputType(0).getShape();
  int64_t b = nc.intAttr("blocksize", 0);
  if (b < 1 || s[1] % b != 0 || s[1] / b % b != 0)
    return nc.malformed("blocksize does not divide the channels");
  int64_t c = s[1] / (b * b);
  std::string mode = nc.stringAttr("mode", "DCR");
  SmallVector<int64_t> merged = {s[0], c, s[2] * b, s[3] * b};
  if (mode == "DCR")
    return rearrange(nc, {s[0], b, b, c, s[2], s[3]}, {0, 3, 4, 1, 5, 2},
                     merged);
  if (mode == "CRD")
    return rearrange(nc, {s[0], c, b, b, s[2], s[3]}, {0, 1, 4, 2, 5, 3},
                     merged);
  return nc.malformed("mode is '" + mode + "'");
}

static LogicalResult importSpaceToDepth(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() != 4)
    return nc.malformed("expected an input of rank 4");
  ArrayRef<int64_t> s = nc.inputType(0).getShape();
  int64_t b = nc.intAttr("blocksize", 0);
  if (b < 1 || s[2] % b != 0 || s[3] % b != 0)
    return nc.malformed("blocksize does not divide the spatial sizes");
  return rearrange(nc, {s[0], s[1], s[2] / b, b, s[3] / b, b},
                   {0, 3, 5, 1, 2, 4},
                   {s[0], s[1] * b * b, s[2] / b, s[3] / b});
}

void ashlar::addIndexingOps(OpTable &table) {
  table["Slice"] = importSlice;
  table["Split"] = importSplit;
  table["Gather"] = importGather;
  table["ScatterND"] = importScatterND;
  table["Pad"] = importPad;
  table["Tile"] = importTile;
  table["ConstantOfShape"] = importConstantOfShape;
  table["DepthToSpace"] = importDepthToSpace;
  table["SpaceToDepth"] = importSpaceToDepth;
}
