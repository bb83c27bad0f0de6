//===- ImportWindows.cpp - Convolutions and pools -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "llvm/Support/MathExtras.h"

using namespace ashlar;
using namespace mlir;

namespace {
/// Attributes that convolutions and pools share, one entry a spatial dimension.
struct Window {
  SmallVector<int64_t> sizes, strides, dilations;
  SmallVector<int64_t> pads; // all low amounts, then all high ones
};
} // namespace

/// Pads that make the result ceil(input / stride) elements long.
static void padToSame(Window &window, ArrayRef<int64_t> spatial, bool upper) {
  size_t rank = spatial.size();
  for (size_t i = 0; i < rank; ++i) {
    int64_t results = llvm::divideCeil(spatial[i], window.strides[i]);
    int64_t extent = (window.sizes[i] - 1) * window.dilations[i] + 1;
    int64_t total = std::max<int64_t>(0, (results - 1) * window.strides[i] +
                                             extent - spatial[i]);
    window.pads[i] = upper ? total / 2 : total - total / 2;
    window.pads[rank + i] = total - window.pads[i];
  }
}

/// Reads and checks the window attributes of a node whose input has `spatial`
/// sizes; `sizes` is the window unless the attribute kernel_shape gives it.
static FailureOr<Window> readWindow(NodeContext &nc, ArrayRef<int64_t> spatial,
                                    ArrayRef<int64_t> sizes) {
  size_t rank = spatial.size();
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0);
  Window window{nc.intsAttr("kernel_shape", sizes),
                nc.intsAttr("strides", ones), nc.intsAttr("dilations", ones),
                nc.intsAttr("pads", zeros)};
  if (window.sizes.size() != rank || window.strides.size() != rank ||
      window.dilations.size() != rank || window.pads.size() != 2 * rank)
    return nc.malformed(
        "an attribute of the window does not have one entry for "
        "each of the " +
        Twine(rank) + " spatial dimensions");
  if (!sizes.empty() && ArrayRef(window.sizes) != sizes)
    return nc.malformed("kernel_shape is not the weights' window");
  for (ArrayRef<int64_t> list :
       {ArrayRef(window.sizes), ArrayRef(window.strides),
        ArrayRef(window.dilations)})
    if (llvm::any_of(list, [](int64_t value) { return value < 1; }))
      return nc.malformed("a window size, stride or dilation is below 1");
  std::string autoPad = nc.stringAttr("auto_pad", "NOTSET");
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER")
    padToSame(window, spatial, autoPad == "SAME_UPPER");
  else if (autoPad == "VALID")
    window.pads = zeros;
  else if (autoPad != "NOTSET" && !autoPad.empty())
    return nc.malformed("auto_pad is '" + autoPad + "'");
  return window;
}

static SmallVector<NamedAttribute> windowAttrs(NodeContext &nc,
                                               const Window &window) {
  return {nc.attr("strides", window.strides),
          nc.attr("dilations", window.dilations), nc.attr("pads", window.pads)};
}

/// Operands of a convolution and the sizes of their groups.
static SmallVector<Value> convOperands(NodeContext &nc,
                                       SmallVectorImpl<NamedAttribute> &attrs) {
  SmallVector<Value> operands = {nc.input(0), nc.input(1)};
  if (nc.input(2))
    operands.push_back(nc.input(2));
  attrs.push_back(nc.attr("groups", nc.intAttr("group", 1)));
  return operands;
}

static LogicalResult importConv(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1) || nc.inputType(0).getRank() < 3 ||
      nc.inputType(0).getRank() != nc.inputType(1).getRank())
    return nc.malformed(
        "expected an input (N, C, spatial...) and weights of the "
        "same rank");
  auto window = readWindow(nc, nc.inputType(0).getShape().drop_front(2),
                           nc.inputType(1).getShape().drop_front(2));
  if (failed(window))
    return failure();
  auto attributes = windowAttrs(nc, *window);
  auto operands = convOperands(nc, attributes);
  return nc.result(nc.make<nn::ConvOp>(operands, attributes));
}

/// Pads of a transposed convolution whose result's sizes are given.
static LogicalResult padTransposed(NodeContext &nc, Window &window,
                                   ArrayRef<int64_t> spatial,
                                   ArrayRef<int64_t> outputPadding) {
  size_t rank = spatial.size();
  SmallVector<int64_t> wanted = nc.intsAttr("output_shape");
  std::string autoPad = nc.stringAttr("auto_pad", "NOTSET");
  bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (wanted.empty() && same)
    for (size_t i = 0; i < rank; ++i)
      wanted.push_back(spatial[i] * window.strides[i]);
  if (wanted.empty())
    return success();
  if (wanted.size() == rank + 2)
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (wanted.size() != rank)
    return nc.malformed("output_shape does not have one entry for each spatial "
                        "dimension");
  for (size_t i = 0; i < rank; ++i) {
    int64_t total = window.strides[i] * (spatial[i] - 1) + outputPadding[i] +
                    (window.sizes[i] - 1) * window.dilations[i] + 1 - wanted[i];
    bool lowGetsMore = autoPad != "SAME_UPPER";
    int64_t half = total / 2;
    window.pads[i] = lowGetsMore ? total - half : half;
    window.pads[rank + i] = total - window.pads[i];
  }
  return success();
}

static LogicalResult importConvTranspose(NodeContext &nc) {
  if (!nc.input(0) || !nc.input(1) || nc.inputType(0).getRank() < 3 ||
      nc.inputType(0).getRank() != nc.inputType(1).getRank())
    return nc.malformed(
        "expected an input (N, C, spatial...) and weights of the "
        "same rank");
  ArrayRef<int64_t> spatial = nc.inputType(0).getShape().drop_front(2);
  auto window =
      readWindow(nc, spatial, nc.inputType(1).getShape().drop_front(2));
  if (failed(window))
    return failure();
  SmallVector<int64_t> zeros(spatial.size(), 0);
  auto outputPadding = nc.intsAttr("output_padding", zeros);
  if (outputPadding.size() != spatial.size())
    return nc.malformed(
        "output_padding does not have one entry for each spatial "
        "dimension");
  if (failed(padTransposed(nc, *window, spatial, outputPadding)))
    return failure();
  auto attributes = windowAttrs(nc, *window);
  attributes.push_back(nc.attr("output_padding", outputPadding));
  auto operands = convOperands(nc, attributes);
  return nc.result(nc.make<nn::ConvTransposeOp>(operands, attributes));
}

static Value makePool(NodeContext &nc, nn::PoolKind kind, Value input,
                      const Window &window, bool ceilMode,
                      bool countIncludePad) {
  auto attributes = windowAttrs(nc, window);
  attributes.push_back(
      nc.attr("kind", nn::PoolKindAttr::get(nc.builder.getContext(), kind)));
  attributes.push_back(nc.attr("window", window.sizes));
  if (ceilMode)
    attributes.push_back(nc.attr("ceil_mode", nc.builder.getUnitAttr()));
  if (countIncludePad)
    attributes.push_back(
        nc.attr("count_include_pad", nc.builder.getUnitAttr()));
  return nc.make<nn::PoolOp>({input}, attributes);
}

template <nn::PoolKind kind> static LogicalResult importPool(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() < 3)
    return nc.malformed("expected an input (N, C, spatial...)");
  if (nc.wantsOutput(1))
    return nc.unsupported("the output Indices");
  if (!nc.hasAttr("kernel_shape"))
    return nc.malformed("kernel_shape is missing");
  auto window = readWindow(nc, nc.inputType(0).getShape().drop_front(2), {});
  if (failed(window))
    return failure();
  return nc.result(makePool(nc, kind, nc.input(0), *window,
                            nc.intAttr("ceil_mode", 0) != 0,
                            nc.intAttr("count_include_pad", 0) != 0));
}

template <nn::ReduceKind kind>
static LogicalResult importGlobalPool(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() < 3)
    return nc.malformed("expected an input (N, C, spatial...)");
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, nc.inputType(0).getRank()));
  return nc.result(nc.make<nn::ReduceOp>(
      {nc.input(0)},
      {nc.attr("kind", nn::ReduceKindAttr::get(nc.builder.getContext(), kind)),
       nc.attr("axes", axes), nc.attr("keep_dims", nc.builder.getUnitAttr())}));
}

void ashlar::addWindowOps(OpTable &table) {
  table["Conv"] = importConv;
  table["ConvTranspose"] = importConvTranspose;
  table["MaxPool"] = importPool<nn::PoolKind::max>;
  table["AveragePool"] = importPool<nn::PoolKind::avg>;
  table["GlobalMaxPool"] = importGlobalPool<nn::ReduceKind::max>;
  table["GlobalAveragePool"] = importGlobalPool<nn::ReduceKind::mean>;
}
