//===- ImportWindows.cpp - Convolutions and pools -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

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
  // So that sums and products of two of them are numbers.
  for (ArrayRef<int64_t> list :
       {ArrayRef(window.sizes), ArrayRef(window.strides),
        ArrayRef(window.dilations), ArrayRef(window.pads)})
    if (!llvm::all_of(list, llvm::isInt<31>))
      return nc.malformed("a window size, stride, dilation or pad is larger "
                          "than any memory");
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
                                   MutableArrayRef<int64_t> outputPadding) {
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
    if (total < 0) { // larger than the windows reach
      outputPadding[i] -= total;
      total = 0;
    }
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

/// Distances between neighbours along each dimension of a shape; with
/// `columnMajor` spatial ones are stored the other way round.
static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape,
                                      bool columnMajor) {
  int64_t rank = shape.size(), stride = 1;
  SmallVector<int64_t> strides(rank);
  for (int64_t i = 0; i < rank; ++i) {
    bool isSpatial = i < rank - 2;
    int64_t dim = columnMajor && isSpatial ? 2 + i : rank - 1 - i;
    strides[dim] = stride;
    stride *= shape[dim];
  }
  return strides;
}

/// The flat index of one element of every window: that of window i of a
/// dimension has the index `along(dimension, i)` there.
static Value windowElements(NodeContext &nc, ArrayRef<int64_t> shape,
                            ArrayRef<int64_t> strides,
                            function_ref<int64_t(size_t, int64_t)> along) {
  Type element = nc.builder.getI64Type();
  Value sum;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    SmallVector<int64_t> sizes(shape.size() - dim, 1), places;
    sizes[0] = size;
    for (int64_t i = 0; i < size; ++i)
      places.push_back(along(dim, i) * strides[dim]);
    Value index = nc.constant(DenseElementsAttr::get(
        RankedTensorType::get(sizes, element), ArrayRef(places)));
    sum = sum ? nc.make<nn::AddOp>({sum, index}) : index;
  }
  return sum;
}

/// The elements of a padded input at one place of every window.
static Value windowPlace(NodeContext &nc, Value padded, ArrayRef<int64_t> shape,
                         const Window &window, ArrayRef<int64_t> place) {
  SmallVector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  for (size_t i = 0; i < place.size(); ++i) {
    starts[i + 2] = place[i] * window.dilations[i];
    steps[i + 2] = window.strides[i];
  }
  return nc.make<nn::SliceOp>({padded}, {nc.attr("starts", starts),
                                         nc.attr("sizes", shape),
                                         nc.attr("steps", steps)});
}

/// What no element is below.
static Value lowest(NodeContext &nc, Type element) {
  auto type = RankedTensorType::get({}, element);
  if (isa<FloatType>(element))
    return nc.scalar(element, -std::numeric_limits<double>::infinity());
  unsigned width = element.getIntOrFloatBitWidth();
  return nc.constant(DenseElementsAttr::get(
      type, element.isUnsignedInteger() ? APInt::getMinValue(width)
                                        : APInt::getSignedMinValue(width)));
}

/// The input with as many elements of the lowest value around it as windows
/// reach for.
static Value padToReach(NodeContext &nc, Value lowestValue,
                        ArrayRef<int64_t> results, const Window &window) {
  RankedTensorType type = nc.inputType(0);
  SmallVector<int64_t> low(2, 0), high(2, 0);
  for (size_t i = 0; i < window.sizes.size(); ++i) {
    low.push_back(window.pads[i]);
    int64_t reach = (results[i + 2] - 1) * window.strides[i] +
                    (window.sizes[i] - 1) * window.dilations[i] + 1;
    high.push_back(
        std::max<int64_t>(0, reach - low.back() - type.getDimSize(i + 2)));
  }
  auto mode =
      nn::PadModeAttr::get(nc.builder.getContext(), nn::PadMode::constant);
  return nc.make<nn::PadOp>(
      {nc.input(0), lowestValue},
      {nc.attr("mode", mode), nc.attr("low", low), nc.attr("high", high)});
}

/// Where in the input each window's first largest element is: one comparison
/// for each place of the window.
static Value maxIndices(NodeContext &nc, Value pooled, const Window &window) {
  RankedTensorType type = nc.inputType(0);
  SmallVector<int64_t> shape(nc.type(pooled).getShape());
  Value least = lowest(nc, type.getElementType());
  Value padded = padToReach(nc, least, shape, window);
  SmallVector<int64_t> strides =
      stridesOf(type.getShape(), nc.intAttr("storage_order", 0) != 0);
  Type element = nc.builder.getI64Type();
  auto test = [&](nn::Predicate predicate, Value x, Value y) {
    auto attr = nn::PredicateAttr::get(nc.builder.getContext(), predicate);
    return nc.make<nn::CompareOp>({x, y}, {nc.attr("predicate", attr)});
  };
  // From the last place to the first, so that the first one that holds the
  // maximum stays.
  int64_t places = ShapedType::getNumElements(window.sizes);
  SmallVector<int64_t> basis = computeStrides(window.sizes);
  Value best;
  for (int64_t i = places - 1; i >= 0; --i) {
    SmallVector<int64_t> place = delinearize(i, basis);
    int64_t offset = 0;
    for (size_t d = 0; d < place.size(); ++d)
      offset += place[d] * window.dilations[d] * strides[d + 2];
    Value here = nc.constant(
        DenseElementsAttr::get(RankedTensorType::get({}, element), offset));
    Value holds = test(nn::Predicate::eq,
                       windowPlace(nc, padded, shape, window, place), pooled);
    best = best ? nc.make<nn::SelectOp>({holds, here, best}) : here;
  }
  // Pads counted as if they were stored.
  auto origin = [&](size_t dim, int64_t i) {
    return dim < 2 ? i : i * window.strides[dim - 2] - window.pads[dim - 2];
  };
  Value found =
      nc.make<nn::AddOp>({windowElements(nc, shape, strides, origin), best});
  // Where nothing is above the lowest value, which pads have too, the window's
  // first element is the maximum (and what stands for a window with NaN).
  auto firstInside = [&](size_t dim, int64_t i) {
    int64_t at = origin(dim, i), step = dim < 2 ? 1 : window.dilations[dim - 2];
    return at < 0 ? at + int64_t(llvm::divideCeil(-at, step)) * step : at;
  };
  found =
      nc.make<nn::SelectOp>({test(nn::Predicate::gt, pooled, least), found,
                             windowElements(nc, shape, strides, firstInside)});
  return nc.broadcast(found, shape);
}

template <nn::PoolKind kind> static LogicalResult importPool(NodeContext &nc) {
  if (!nc.input(0) || nc.inputType(0).getRank() < 3)
    return nc.malformed("expected an input (N, C, spatial...)");
  if (!nc.hasAttr("kernel_shape"))
    return nc.malformed("kernel_shape is missing");
  auto window = readWindow(nc, nc.inputType(0).getShape().drop_front(2), {});
  if (failed(window))
    return failure();
  Value pooled =
      makePool(nc, kind, nc.input(0), *window, nc.intAttr("ceil_mode", 0) != 0,
               nc.intAttr("count_include_pad", 0) != 0);
  if (pooled && nc.wantsOutput(1))
    nc.setOutput(1, maxIndices(nc, pooled, *window));
  nc.setOutput(0, pooled);
  return success(pooled && (!nc.wantsOutput(1) || nc.results()[1]));
}

/// The exponent of an Lp pool: an integer, of the first opset a float.
static FailureOr<double> readExponent(NodeContext &nc) {
  double p = nc.opset() < 2 ? nc.floatAttr("p", 2) : double(nc.intAttr("p", 2));
  if (!(p > 0))
    return nc.malformed("p is not positive");
  return p;
}

/// |x| ^ p, or its reverse for sums of that.
static Value raise(NodeContext &nc, Value value, double p, bool back) {
  if (!value || p == 1)
    return value;
  if (p == 2)
    return back ? nc.make<nn::SqrtOp>({value})
                : nc.make<nn::MulOp>({value, value});
  Value exponent = nc.scalar(nc.type(value).getElementType(), back ? 1 / p : p);
  return nc.make<nn::PowOp>({value, exponent});
}

static LogicalResult importLpPool(NodeContext &nc) {
  if (nc.inputType(0).getRank() < 3)
    return nc.malformed("expected an input (N, C, spatial...)");
  if (!nc.hasAttr("kernel_shape"))
    return nc.malformed("kernel_shape is missing");
  auto window = readWindow(nc, nc.inputType(0).getShape().drop_front(2), {});
  auto p = readExponent(nc);
  if (failed(window) || failed(p))
    return failure();
  Value powers = raise(nc, nc.make<nn::AbsOp>({nc.input(0)}), *p, false);
  Value sums = powers ? makePool(nc, nn::PoolKind::sum, powers, *window,
                                 nc.intAttr("ceil_mode", 0) != 0, false)
                      : Value();
  return nc.result(raise(nc, sums, *p, true));
}

static LogicalResult importGlobalLpPool(NodeContext &nc) {
  if (nc.inputType(0).getRank() < 3)
    return nc.malformed("expected an input (N, C, spatial...)");
  auto p = readExponent(nc);
  if (failed(p))
    return failure();
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, nc.inputType(0).getRank()));
  auto kind =
      nn::ReduceKindAttr::get(nc.builder.getContext(), nn::ReduceKind::sum);
  Value powers = raise(nc, nc.make<nn::AbsOp>({nc.input(0)}), *p, false);
  Value sums = nc.make<nn::ReduceOp>(
      {powers}, {nc.attr("kind", kind), nc.attr("axes", axes),
                 nc.attr("keep_dims", nc.builder.getUnitAttr())});
  return nc.result(raise(nc, sums, *p, true));
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
  table["LpPool"] = importLpPool;
  table["GlobalLpPool"] = importGlobalLpPool;
  table["GlobalMaxPool"] = importGlobalPool<nn::ReduceKind::max>;
  table["GlobalAveragePool"] = importGlobalPool<nn::ReduceKind::mean>;
}
