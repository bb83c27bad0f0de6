//===- SplitConvTranspose.cpp - Transposed convolutions as convolutions ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Along a dimension of stride s, element q * s + r of what the windows reach is
// a sum over the taps t with t * dilation = j * s + r, of input element q - j.
// Those of one r (a phase) are an ordinary convolution, and all phases are one
// with more features, which then move to their places.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "ConstantBytes.h"
#include "Quantization.h"

namespace ashlar {
#define GEN_PASS_DEF_SPLITCONVTRANSPOSE
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

namespace {

/// One spatial dimension.
struct Axis {
  int64_t stride, dilation, window, pad, in, out;

  /// Taps that each phase may have.
  int64_t taps() const {
    return stride == 1 ? window : (window - 1) * dilation / stride + 1;
  }
  int64_t tapDilation() const { return stride == 1 ? dilation : 1; }
  /// The first and last q of which something is in the result.
  int64_t first() const { return pad / stride; }
  int64_t last() const { return (out - 1 + pad) / stride; }
  int64_t count() const { return last() - first() + 1; }
  int64_t reach() const { return (taps() - 1) * tapDilation(); }
  /// What the input gets at both ends; below 0 it is cut.
  int64_t low() const { return reach() - first(); }
  int64_t high() const { return last() - (in - 1); }
  /// The tap that phase `phase` has at place `j`; nothing if there is none.
  std::optional<int64_t> tapOf(int64_t phase, int64_t j) const {
    if (stride == 1)
      return j;
    int64_t at = j * stride + phase;
    if (at % dilation != 0 || at / dilation >= window)
      return std::nullopt;
    return at / dilation;
  }
  bool allPhasesFull() const {
    return stride == 1 || (dilation == 1 && window % stride == 0);
  }
};

/// Index `index` of a row-major array of `shape`.
SmallVector<int64_t> unravel(int64_t index, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> at(shape.size());
  for (size_t i = shape.size(); i-- > 0; index /= shape[i])
    at[i] = index % shape[i];
  return at;
}

class Splitter {
public:
  explicit Splitter(nn::ConvTransposeOp op);
  bool canSplit();
  void split();

private:
  Value rearrange(Value value, ArrayRef<int64_t> shape,
                  llvm::function_ref<int64_t(int64_t)> sourceOf,
                  ArrayRef<int64_t> fills);
  Value makeWeights();
  Value perFeature(Value value, int64_t period);
  Value makeBias();
  Value trimInput(SmallVectorImpl<int64_t> &pads);
  Value makeConv();
  Value moveElementwise(Value conv);
  Value interleave(Value conv);

  nn::ConvTransposeOp op;
  OpBuilder builder;
  Location loc;
  SmallVector<Axis> axes;
  SmallVector<int64_t> strides;
  int64_t groups, phases = 1;
  Value last; ///< of what follows and is computed in front of the move
};

} // namespace

//===----------------------------------------------------------------------===//
// What can be split
//===----------------------------------------------------------------------===//

static bool isConstant(Value value) {
  return value && value.getDefiningOp<nn::ConstantOp>();
}

/// The constant itself, or the one that is dequantised with known parameters,
/// one scale or one for each index of `axis`.
static nn::DequantizeOp getDequantize(Value value, int64_t axis) {
  auto dequantize = value.getDefiningOp<nn::DequantizeOp>();
  if (!dequantize || !isConstant(dequantize.getInput()))
    return nullptr;
  std::optional<QuantParameters> parameters = getParameters(dequantize);
  bool isKnown = parameters && (!parameters->axis || *parameters->axis == axis);
  return isKnown ? dequantize : nn::DequantizeOp();
}

Splitter::Splitter(nn::ConvTransposeOp op)
    : op(op), builder(op), loc(op.getLoc()), strides(op.getStrides()),
      groups(op.getGroups()), last(op) {
  RankedTensorType input = op.getInput().getType();
  RankedTensorType weights = op.getWeights().getType();
  for (size_t i = 0; i < strides.size(); ++i) {
    axes.push_back({strides[i], op.getDilations()[i], weights.getDimSize(i + 2),
                    op.getPads()[i], input.getDimSize(i + 2),
                    op.getType().getDimSize(i + 2)});
    phases *= strides[i];
  }
}

bool Splitter::canSplit() {
  Type element = op.getInput().getType().getElementType();
  if (op.getChannelsLast() || op.getWide() || !op.getType().hasStaticShape() ||
      !op.getInput().getType().hasStaticShape() ||
      op.getType().getNumElements() == 0 ||
      op.getInput().getType().getNumElements() == 0 || !element.isF32())
    return false;
  bool isQuantized = op.getInput().getDefiningOp<nn::DequantizeOp>() &&
                     getDequantize(op.getWeights(), 1);
  // Taps that a phase lacks are zeros: beside infinities they would give NaN.
  if (!isQuantized &&
      (!isConstant(op.getWeights()) ||
       !llvm::all_of(axes, [](const Axis &a) { return a.allPhasesFull(); })))
    return false;
  if (Value bias = op.getBias();
      bias && !isConstant(bias) && !getDequantize(bias, 0))
    return false;
  // Pads that cut everything leave no input to convolve.
  return llvm::all_of(axes, [](const Axis &a) {
    return std::max<int64_t>(0, -a.low()) + std::max<int64_t>(0, -a.high()) <
           a.in;
  });
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// A constant whose element i is element sourceOf(i) of another one, or below 0
/// the integer fills[-1 - sourceOf(i)].
Value Splitter::rearrange(Value value, ArrayRef<int64_t> shape,
                          llvm::function_ref<int64_t(int64_t)> sourceOf,
                          ArrayRef<int64_t> fills) {
  ElementsAttr elements = value.getDefiningOp<nn::ConstantOp>().getValue();
  auto type = cast<RankedTensorType>(value.getType()).clone(shape);
  size_t width = type.getElementTypeBitWidth() / 8;
  ElementsAttr result = makeConstant(type, [&](MutableArrayRef<char> to) {
    readBytes(elements, [&](ArrayRef<char> from, bool isSplat) {
      for (int64_t i = 0; i < type.getNumElements(); ++i) {
        int64_t source = sourceOf(i);
        const char *bytes = reinterpret_cast<const char *>(
            source < 0 ? &fills[-1 - source] : nullptr);
        if (source >= 0)
          bytes = from.data() + (isSplat ? 0 : source * width);
        std::copy_n(bytes, width, to.data() + i * width);
      }
    });
  });
  return nn::ConstantOp::create(builder, loc, result);
}

/// A vector of the transposed convolution's features, or of those of a group
/// (`period`), for the convolution's: group, phase, feature of the group.
Value Splitter::perFeature(Value value, int64_t period) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getNumElements() == 1 && type.getRank() == 0)
    return value;
  int64_t perGroup = op.getWeights().getType().getDimSize(1);
  auto sourceOf = [&](int64_t i) {
    int64_t group = i / (phases * perGroup), feature = i % perGroup;
    return (group * perGroup + feature) % period;
  };
  return rearrange(value, groups * phases * perGroup, sourceOf, {});
}

/// Weights (group, phase, feature of the group; channel; taps backwards).
Value Splitter::makeWeights() {
  RankedTensorType type = op.getWeights().getType();
  int64_t channels = type.getDimSize(0) / groups, features = type.getDimSize(1);
  SmallVector<int64_t> shape = {groups * phases * features, channels};
  for (const Axis &axis : axes)
    shape.push_back(axis.taps());
  auto dequantize = getDequantize(op.getWeights(), 1);
  std::vector<int64_t> fills = {0};
  if (dequantize)
    fills = getParameters(dequantize)->zeroPoints;
  auto sourceOf = [&](int64_t i) -> int64_t {
    SmallVector<int64_t> at = unravel(i, shape);
    int64_t feature = at[0] % features, group = at[0] / features / phases;
    SmallVector<int64_t> phase =
        unravel(at[0] / features % phases, ArrayRef(strides));
    int64_t source = (group * channels + at[1]) * features + feature;
    for (auto [d, axis] : llvm::enumerate(axes)) {
      std::optional<int64_t> tap =
          axis.tapOf(phase[d], axis.taps() - 1 - at[d + 2]);
      if (!tap)
        return -1 - (fills.size() == 1 ? 0 : feature);
      source = source * axis.window + *tap;
    }
    return source;
  };
  if (!dequantize)
    return rearrange(op.getWeights(), shape, sourceOf, fills);
  Value stored = rearrange(dequantize.getInput(), shape, sourceOf, fills);
  return nn::DequantizeOp::create(
      builder, loc, stored, perFeature(dequantize.getScale(), features),
      perFeature(dequantize.getZeroPoint(), features), int64_t(0));
}

Value Splitter::makeBias() {
  Value bias = op.getBias();
  if (!bias)
    return {};
  int64_t features = op.getType().getDimSize(1);
  auto dequantize = getDequantize(bias, 0);
  if (!dequantize)
    return perFeature(bias, features);
  return nn::DequantizeOp::create(
      builder, loc, perFeature(dequantize.getInput(), features),
      perFeature(dequantize.getScale(), features),
      perFeature(dequantize.getZeroPoint(), features), int64_t(0));
}

//===----------------------------------------------------------------------===//
// The convolution
//===----------------------------------------------------------------------===//

/// The input without what no window reaches; `pads` become the convolution's.
Value Splitter::trimInput(SmallVectorImpl<int64_t> &pads) {
  RankedTensorType type = op.getInput().getType();
  SmallVector<int64_t> starts(type.getRank(), 0), sizes(type.getShape());
  SmallVector<int64_t> steps(type.getRank(), 1), high;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    starts[i + 2] = std::max<int64_t>(0, -axis.low());
    sizes[i + 2] -= starts[i + 2] + std::max<int64_t>(0, -axis.high());
    pads.push_back(std::max<int64_t>(0, axis.low()));
    high.push_back(std::max<int64_t>(0, axis.high()));
  }
  llvm::append_range(pads, high);
  if (type.getShape() == ArrayRef(sizes))
    return op.getInput();
  return nn::SliceOp::create(builder, loc, type.clone(sizes), op.getInput(),
                             starts, sizes, steps);
}

Value Splitter::makeConv() {
  SmallVector<int64_t> pads, dilations, ones(axes.size(), 1);
  Value input = trimInput(pads);
  Value weights = makeWeights(), bias = makeBias();
  SmallVector<int64_t> shape = {op.getType().getDimSize(0),
                                op.getType().getDimSize(1) * phases};
  for (const Axis &axis : axes) {
    shape.push_back(axis.count());
    dilations.push_back(axis.tapDilation());
  }
  return nn::ConvOp::create(builder, loc, op.getType().clone(shape), input,
                            weights, bias, ones, dilations, pads, groups,
                            /*wide=*/false, /*channels_last=*/false);
}

/// Elementwise operators with numbers, and quantisation, that follow: they are
/// computed before elements move, so that what moves is bytes.
Value Splitter::moveElementwise(Value conv) {
  auto isNumber = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getRank() == 0;
  };
  while (last.hasOneUse()) {
    Operation *user = *last.user_begin();
    bool isAlone =
        user->getNumResults() == 1 && user->getOperand(0) == last &&
        (user->hasTrait<nn::Elementwise>() || isa<nn::QuantizeOp>(user)) &&
        llvm::all_of(user->getOperands().drop_front(), isNumber);
    if (!isAlone)
      break;
    builder.setInsertionPoint(user);
    Operation *clone = builder.clone(*user);
    clone->setOperand(0, conv);
    auto type = cast<RankedTensorType>(user->getResult(0).getType());
    clone->getResult(0).setType(
        type.clone(cast<RankedTensorType>(conv.getType()).getShape()));
    conv = clone->getResult(0);
    last = user->getResult(0);
  }
  return conv;
}

/// Moves phases, which are features, to their places, and cuts the ends off.
Value Splitter::interleave(Value conv) {
  auto type = cast<RankedTensorType>(conv.getType());
  RankedTensorType result = op.getType().clone(type.getElementType());
  int64_t perGroup = result.getDimSize(1) / groups, spatial = axes.size();
  // (batch, group, phases, feature, q...)
  SmallVector<int64_t> split = {type.getDimSize(0), groups}, permutation;
  llvm::append_range(split, strides);
  split.push_back(perGroup);
  llvm::append_range(split, type.getShape().drop_front(2));
  permutation = {0, 1, 2 + spatial};
  SmallVector<int64_t> merged = {result.getDimSize(0), result.getDimSize(1)};
  SmallVector<int64_t> starts = {0, 0}, ones(2 + spatial, 1);
  for (int64_t i = 0; i < spatial; ++i) {
    permutation.append({3 + spatial + i, 2 + i});
    merged.push_back(axes[i].count() * strides[i]);
    starts.push_back(axes[i].pad - axes[i].first() * strides[i]);
  }
  Value value = conv;
  if (phases > 1) {
    value = nn::ReshapeOp::create(builder, loc, value, split);
    value = nn::TransposeOp::create(builder, loc, value, permutation);
    value = nn::ReshapeOp::create(builder, loc, value, merged);
  }
  if (result.getShape() == ArrayRef(merged))
    return value;
  return nn::SliceOp::create(builder, loc, result, value, starts,
                             result.getShape(), ones);
}

void Splitter::split() {
  Value conv = moveElementwise(makeConv());
  last.replaceAllUsesWith(interleave(conv));
}

namespace {

struct SplitConvTransposePass
    : ashlar::impl::SplitConvTransposeBase<SplitConvTransposePass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    for (auto op :
         llvm::to_vector(func.getBody().front().getOps<nn::ConvTransposeOp>()))
      if (Splitter splitter(op); splitter.canSplit())
        splitter.split();
    eraseDeadOps(func);
  }
};

} // namespace
