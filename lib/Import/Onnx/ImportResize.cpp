//===- ImportResize.cpp - Resize and Upsample -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One axis after the other. Where a result element comes from is known when the
// model is imported: nearest neighbours are picked (repeated, sliced,
// gathered), the other modes are a product with a matrix of weights along the
// axis. Coordinates are computed in f32, as ONNX Runtime computes them: the
// sides that ties fall to depend on it.
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include <cmath>

using namespace ashlar;
using namespace mlir;

namespace {
/// What a node asks for.
struct Resize {
  std::string mode, coordinates, nearest;
  double cubic = -0.75, extrapolation = 0;
  bool excludeOutside = false;
};

/// One axis that changes, or may.
struct ResizedAxis {
  int64_t axis, in, out;
  float scale;
  float length = 0;         // of the result before it was rounded down
  float start = 0, end = 1; // region of interest, of tf_crop_and_resize
};
} // namespace

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

/// Where element `x` of the result lies in the input.
static float sourceOf(const Resize &resize, const ResizedAxis &axis,
                      int64_t x) {
  float at = float(x), scale = axis.scale;
  StringRef mode = resize.coordinates;
  if (mode == "asymmetric")
    return at / scale;
  if (mode == "pytorch_half_pixel")
    return axis.out > 1 ? (at + 0.5f) / scale - 0.5f : 0.0f;
  if (mode == "align_corners")
    return axis.length == 1 ? 0.0f
                            : at * float(axis.in - 1) / (axis.length - 1);
  if (mode == "tf_half_pixel_for_nn")
    return (at + 0.5f) / scale;
  if (mode == "tf_crop_and_resize") {
    float last = float(axis.in - 1);
    if (axis.out > 1)
      return axis.start * last +
             at * (axis.end - axis.start) * last / float(axis.out - 1);
    return 0.5f * (axis.start + axis.end) * last;
  }
  float halfPixel = (at + 0.5f) / scale - 0.5f;
  if (mode == "half_pixel_symmetric") {
    float adjustment = float(axis.out) / (scale * float(axis.in));
    return float(axis.in) / 2 * (1 - adjustment) + halfPixel;
  }
  return halfPixel;
}

static int64_t nearestOf(const Resize &resize, const ResizedAxis &axis,
                         int64_t x) {
  float at = sourceOf(resize, axis, x);
  float rounded = 0;
  bool isOld = resize.nearest == "old";
  if (resize.nearest == "floor" || (isOld && axis.scale >= 1))
    rounded = std::floor(at);
  else if (resize.nearest == "ceil" || isOld)
    rounded = std::ceil(at);
  else if (resize.nearest == "round_prefer_ceil")
    rounded = std::floor(at + 0.5f);
  else
    rounded = std::ceil(at - 0.5f);
  return std::clamp<int64_t>(int64_t(rounded), 0, axis.in - 1);
}

/// Adds the weights of a result element's neighbours to its row.
static void weigh(const Resize &resize, const ResizedAxis &axis, int64_t x,
                  MutableArrayRef<double> row) {
  float at = sourceOf(resize, axis, x);
  if (resize.mode == "linear") {
    at = std::clamp(at, 0.0f, float(axis.in - 1));
    int64_t low = std::min<int64_t>(int64_t(at), axis.in - 1);
    int64_t high = std::min<int64_t>(low + 1, axis.in - 1);
    row[low] += 1 - (at - float(low));
    row[high] += at - float(low);
    return;
  }
  float below = std::floor(at);
  double a = resize.cubic, s = at - below;
  double weights[4] = {
      ((a * (s + 1) - 5 * a) * (s + 1) + 8 * a) * (s + 1) - 4 * a,
      ((a + 2) * s - (a + 3)) * s * s + 1,
      ((a + 2) * (1 - s) - (a + 3)) * (1 - s) * (1 - s) + 1,
      ((a * (2 - s) - 5 * a) * (2 - s) + 8 * a) * (2 - s) - 4 * a};
  double sum = 0;
  for (int64_t i = 0; i < 4; ++i) {
    int64_t place = int64_t(below) - 1 + i;
    if (resize.excludeOutside && (place < 0 || place >= axis.in))
      continue;
    row[std::clamp<int64_t>(place, 0, axis.in - 1)] += weights[i];
    sum += weights[i];
  }
  if (resize.excludeOutside)
    for (double &weight : row)
      weight /= sum;
}

//===----------------------------------------------------------------------===//
// One axis
//===----------------------------------------------------------------------===//

/// Each element `times` times.
static Value repeat(NodeContext &nc, Value value, int64_t axis, int64_t times) {
  SmallVector<int64_t> split(nc.type(value).getShape()), wide, merged(split);
  split.insert(split.begin() + axis + 1, 1);
  wide = split;
  wide[axis + 1] = times;
  merged[axis] *= times;
  return nc.reshape(nc.broadcast(nc.reshape(value, split), wide), merged);
}

/// Whether element i comes from (i + shift) / times, as far as there is one.
static bool isRepeated(ArrayRef<int64_t> places, int64_t in, int64_t times,
                       int64_t shift) {
  for (auto [i, place] : llvm::enumerate(places)) {
    int64_t at = int64_t(i) + shift;
    int64_t from = at < 0 ? 0 : std::min(at / times, in - 1);
    if (place != from)
      return false;
  }
  return true;
}

/// `size` elements along an axis, `step` apart.
static Value cut(NodeContext &nc, Value value, int64_t axis, int64_t start,
                 int64_t size, int64_t step) {
  ArrayRef<int64_t> shape = nc.type(value).getShape();
  SmallVector<int64_t> starts(shape.size(), 0), sizes(shape),
      steps(shape.size(), 1);
  starts[axis] = start;
  sizes[axis] = size;
  steps[axis] = step;
  return nc.make<nn::SliceOp>({value}, {nc.attr("starts", starts),
                                        nc.attr("sizes", sizes),
                                        nc.attr("steps", steps)});
}

/// Each element `times` times, the whole shifted; the ends are repeated.
static Value repeatShifted(NodeContext &nc, Value value,
                           const ResizedAxis &axis, int64_t times,
                           int64_t shift) {
  if (shift == 0)
    return times == 1 ? value : repeat(nc, value, axis.axis, times);
  SmallVector<int64_t> low(nc.type(value).getRank(), 0), high(low);
  (shift < 0 ? low : high)[axis.axis] = 1;
  auto mode = nn::PadModeAttr::get(nc.builder.getContext(), nn::PadMode::edge);
  value =
      nc.make<nn::PadOp>({value}, {nc.attr("mode", mode), nc.attr("low", low),
                                   nc.attr("high", high)});
  if (!value)
    return {};
  value = repeat(nc, value, axis.axis, times);
  return cut(nc, value, axis.axis, shift < 0 ? times + shift : shift, axis.out,
             1);
}

/// The elements at `places` along an axis, in the cheapest form.
static Value pick(NodeContext &nc, Value value, const ResizedAxis &axis,
                  ArrayRef<int64_t> places) {
  int64_t out = places.size(), times = out / std::max<int64_t>(axis.in, 1);
  if (out > 0 && out % axis.in == 0)
    for (int64_t distance = 0; distance < times; ++distance)
      for (int64_t shift : {-distance, distance})
        if (isRepeated(places, axis.in, times, shift))
          return repeatShifted(nc, value, axis, times, shift);
  int64_t step = out > 1 ? places[1] - places[0] : 1;
  bool strided = out > 0 && step > 0;
  for (int64_t i = 0; strided && i < out; ++i)
    strided = places[i] == places[0] + i * step;
  if (strided)
    return cut(nc, value, axis.axis, places[0], out, step);
  auto type = RankedTensorType::get({out}, nc.builder.getI64Type());
  Value indices = nc.constant(DenseElementsAttr::get(type, places));
  return nc.make<nn::GatherOp>({value, indices}, {nc.attr("axis", axis.axis)});
}

static Value interpolate(NodeContext &nc, Value value, const Resize &resize,
                         const ResizedAxis &axis) {
  SmallVector<double> weights(size_t(axis.out * axis.in), 0);
  bool isIdentity = axis.out == axis.in;
  for (int64_t x = 0; x < axis.out; ++x) {
    auto row = MutableArrayRef(weights).slice(x * axis.in, axis.in);
    weigh(resize, axis, x, row);
    for (int64_t i = 0; i < axis.in; ++i)
      isIdentity &= row[i] == (i == x ? 1 : 0);
  }
  if (isIdentity)
    return value;
  auto element = cast<FloatType>(nc.type(value).getElementType());
  SmallVector<APFloat> values;
  for (double weight : weights) {
    values.push_back(APFloat(weight));
    bool lost;
    values.back().convert(element.getFloatSemantics(),
                          APFloat::rmNearestTiesToEven, &lost);
  }
  auto type = RankedTensorType::get({axis.out, axis.in}, element);
  Value matrix = nc.constant(DenseElementsAttr::get(type, values));
  return nc.make<nn::ResampleOp>({value, matrix}, {nc.attr("axis", axis.axis)});
}

/// Elements from outside the input take the extrapolation's value.
static Value extrapolate(NodeContext &nc, Value value, const Resize &resize,
                         const ResizedAxis &axis) {
  SmallVector<bool> inside;
  for (int64_t x = 0; x < axis.out; ++x) {
    float at = sourceOf(resize, axis, x);
    inside.push_back(at >= 0 && at <= float(axis.in - 1));
  }
  if (llvm::all_of(inside, [](bool is) { return is; }))
    return value;
  SmallVector<int64_t> shape(nc.type(value).getRank() - axis.axis, 1);
  shape[0] = axis.out;
  auto type = RankedTensorType::get(shape, nc.builder.getI1Type());
  Value outside =
      nc.scalar(nc.type(value).getElementType(), resize.extrapolation);
  return nc.make<nn::SelectOp>(
      {nc.constant(DenseElementsAttr::get(type, inside)), value, outside});
}

//===----------------------------------------------------------------------===//
// The node
//===----------------------------------------------------------------------===//

static bool isGiven(NodeContext &nc, unsigned i) {
  return nc.input(i) && nc.inputType(i).getNumElements() > 0;
}

/// Scales or sizes, one entry an axis, and what follows from them.
static LogicalResult readSizes(NodeContext &nc, unsigned scalesInput,
                               unsigned sizesInput,
                               MutableArrayRef<ResizedAxis> axes) {
  bool bySizes = isGiven(nc, sizesInput);
  SmallVector<double> given;
  if (!bySizes && nc.hasAttr("scales")) {
    given = nc.floatsAttr("scales").value_or(SmallVector<double>());
  } else {
    auto values = nc.constantNumbers(bySizes ? sizesInput : scalesInput,
                                     bySizes ? "sizes" : "scales");
    if (failed(values))
      return failure();
    given = *values;
  }
  if (given.size() != axes.size())
    return nc.malformed("scales or sizes do not have one entry for each axis");
  std::string policy = nc.stringAttr("keep_aspect_ratio_policy", "stretch");
  float common = 0;
  for (auto [axis, value] : llvm::zip_equal(axes, given)) {
    if (!(value >= (bySizes ? 0 : 1e-30)) || value > 1e9)
      return nc.malformed("a scale or size is not positive");
    axis.scale = bySizes ? float(value) / float(axis.in) : float(value);
    axis.length = bySizes ? float(value) : axis.scale * float(axis.in);
    axis.out = int64_t(axis.length);
    if (common == 0 ||
        (policy == "not_larger" ? axis.scale < common : axis.scale > common))
      common = axis.scale;
  }
  if (!bySizes || policy == "stretch")
    return success();
  if (policy != "not_larger" && policy != "not_smaller")
    return nc.malformed("keep_aspect_ratio_policy is '" + policy + "'");
  for (ResizedAxis &axis : axes) {
    axis.scale = common;
    axis.length = std::round(common * float(axis.in));
    axis.out = int64_t(axis.length);
  }
  return success();
}

static LogicalResult readRegion(NodeContext &nc,
                                MutableArrayRef<ResizedAxis> axes) {
  auto region = nc.constantNumbers(1, "roi");
  if (failed(region))
    return failure();
  if (region->size() != 2 * axes.size())
    return nc.malformed("roi does not have two entries for each axis");
  for (auto [i, axis] : llvm::enumerate(axes)) {
    axis.start = float((*region)[i]);
    axis.end = float((*region)[axes.size() + i]);
  }
  return success();
}

constexpr int64_t mostPlaces = int64_t(1) << 24;
constexpr int64_t mostWeights = int64_t(1) << 28;

static LogicalResult build(NodeContext &nc, const Resize &resize,
                           ArrayRef<ResizedAxis> axes) {
  Value value = nc.input(0);
  Type element = nc.type(value).getElementType();
  bool picks = resize.mode == "nearest";
  if (!picks && !isa<FloatType>(element))
    value = nc.cast(value, nc.builder.getF32Type());
  for (const ResizedAxis &axis : axes) {
    if (axis.in == 0 && axis.out > 0)
      return nc.malformed("an empty axis cannot grow");
    // What is made for each place of an axis has to fit the host's memory.
    if (axis.out > mostPlaces || (!picks && axis.in * axis.out > mostWeights))
      return nc.unsupported("an axis of " + Twine(axis.in) +
                            " elements that becomes one of " + Twine(axis.out));
    // An axis that is as it was: its coordinates are its own, cropped or not.
    if (axis.scale == 1 && resize.coordinates != "tf_crop_and_resize")
      continue;
    SmallVector<int64_t> places;
    for (int64_t x = 0; picks && x < axis.out; ++x)
      places.push_back(nearestOf(resize, axis, x));
    value = picks ? pick(nc, value, axis, places)
                  : interpolate(nc, value, resize, axis);
    if (value && resize.coordinates == "tf_crop_and_resize")
      value = extrapolate(nc, value, resize, axis);
    if (!value)
      return failure();
  }
  return nc.result(nc.cast(value, element));
}

static FailureOr<SmallVector<ResizedAxis>> readAxes(NodeContext &nc) {
  ArrayRef<int64_t> shape = nc.inputType(0).getShape();
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
  SmallVector<int64_t> given = nc.intsAttr("axes", all);
  if (failed(nc.axes(given, shape.size())))
    return failure();
  SmallVector<ResizedAxis> axes;
  for (int64_t axis : given) { // in the order of the scales
    axis += axis < 0 ? int64_t(shape.size()) : 0;
    axes.push_back({axis, shape[axis], shape[axis], 1, 0});
  }
  return axes;
}

static LogicalResult importResize(NodeContext &nc) {
  bool isOld = nc.opset() < 11 || nc.opType() == "Upsample";
  Resize resize;
  resize.mode = nc.stringAttr("mode", "nearest");
  if (resize.mode == "bilinear" || resize.mode == "trilinear")
    resize.mode = "linear"; // as the first opsets spelt it
  if (resize.mode != "nearest" && resize.mode != "linear" &&
      resize.mode != "cubic")
    return nc.malformed("mode is '" + resize.mode + "'");
  resize.coordinates = nc.stringAttr("coordinate_transformation_mode",
                                     isOld ? "asymmetric" : "half_pixel");
  static const char *const known[] = {
      "half_pixel",          "half_pixel_symmetric", "pytorch_half_pixel",
      "align_corners",       "asymmetric",           "tf_crop_and_resize",
      "tf_half_pixel_for_nn"};
  if (!llvm::is_contained(known, StringRef(resize.coordinates)))
    return nc.malformed("coordinate_transformation_mode is '" +
                        resize.coordinates + "'");
  resize.nearest = nc.stringAttr("nearest_mode", "round_prefer_floor");
  static const char *const roundings[] = {"round_prefer_floor",
                                          "round_prefer_ceil", "floor", "ceil"};
  if (!llvm::is_contained(roundings, StringRef(resize.nearest)))
    return nc.malformed("nearest_mode is '" + resize.nearest + "'");
  resize.cubic = nc.floatAttr("cubic_coeff_a", -0.75f);
  resize.extrapolation = nc.floatAttr("extrapolation_value", 0);
  resize.excludeOutside = nc.intAttr("exclude_outside", 0) != 0;
  if (nc.intAttr("antialias", 0) && resize.mode != "nearest")
    return nc.unsupported("antialias");
  auto axes = readAxes(nc);
  if (failed(axes) || failed(readSizes(nc, isOld ? 1 : 2, 3, *axes)))
    return failure();
  if (resize.coordinates == "tf_crop_and_resize" &&
      failed(readRegion(nc, *axes)))
    return failure();
  // Before opset 11 the nearest neighbour was the one below, in a dimension
  // that shrinks the one above.
  if (isOld)
    resize.nearest = "old";
  return build(nc, resize, *axes);
}

void ashlar::addResizeOps(OpTable &table) {
  table["Resize"] = importResize;
  table["Upsample"] = importResize;
}
