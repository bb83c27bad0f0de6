//===- FoldAffine.cpp - Scales and shifts of channels into weights and bias
//===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What surrounds a product is collected first, as one scale and one shift for
// each channel in f64, and applied once: weights are rounded once however many
// operations vanish.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "ConstantBytes.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace ashlar {
#define GEN_PASS_DEF_FOLDAFFINE
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

namespace {

/// x * scale + shift for each channel.
struct Affine {
  std::vector<double> scale, shift;

  explicit Affine(int64_t channels) : scale(channels, 1), shift(channels, 0) {}
  bool hasShift() const {
    return llvm::any_of(shift, [](double value) { return value != 0; });
  }
  bool isFinite() const {
    auto finite = [](double value) { return std::isfinite(value); };
    return llvm::all_of(scale, finite) && llvm::all_of(shift, finite);
  }
};

/// A product with constant weights: where its channels stand in them.
struct Product {
  Operation *op;
  nn::ConstantOp weights, bias;
  int64_t features, channels;
  int64_t inputDim, resultDim; ///< of the channels in input and result

  static std::optional<Product> match(Operation *op);
  Value input() const { return op->getOperand(0); }
  Value result() const { return op->getResult(0); }

private:
  friend class WeightCursor;
  void describeMatmul(nn::MatmulOp matmul);
  template <typename OpTy> void describeConv(OpTy conv, bool adjoint);

  int64_t groups = 1;
  bool adjoint = false;
  int64_t featureSize, featureStride, channelSize, channelStride;
};

/// Walks the elements of a product's weights in order: the feature that each
/// makes, and the channel that it meets.
class WeightCursor {
public:
  explicit WeightCursor(const Product &product)
      : product(product), features{product.featureSize, product.featureStride},
        channels{product.channelSize, product.channelStride} {}

  /// Weights have the features of all groups and the channels of one, an
  /// adjoint's the other way round.
  int64_t feature() const {
    if (!product.adjoint || product.groups == 1)
      return features.index;
    int64_t group = channels.index / (product.channels / product.groups);
    return features.index + group * product.featureSize;
  }
  int64_t channel() const {
    if (product.adjoint || product.groups == 1)
      return channels.index;
    int64_t group = features.index / (product.features / product.groups);
    return channels.index + group * product.channelSize;
  }
  void next() {
    features.next();
    channels.next();
  }

private:
  /// The index along one dimension of a row-major tensor.
  struct Counter {
    int64_t size, stride, step = 0, index = 0;
    void next() {
      if (++step < stride)
        return;
      step = 0;
      index = index + 1 == size ? 0 : index + 1;
    }
  };
  const Product &product;
  Counter features, channels;
};

} // namespace

static nn::ConstantOp floatConstant(Value value) {
  auto constant =
      value ? value.getDefiningOp<nn::ConstantOp>() : nn::ConstantOp();
  if (!constant || !isa<FloatType>(constant.getValue().getElementType()) ||
      !hasByteElements(constant.getValue()))
    return nullptr;
  return constant;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static int64_t strideOf(ArrayRef<int64_t> shape, int64_t dim) {
  int64_t stride = 1;
  for (int64_t size : shape.drop_front(dim + 1))
    stride *= size;
  return stride;
}

void Product::describeMatmul(nn::MatmulOp matmul) {
  ArrayRef<int64_t> shape = matmul.getRhs().getType().getShape();
  int64_t rank = shape.size(), swapped = matmul.getTransposeRhs() ? 1 : 0;
  int64_t featureDim = rank - 1 - swapped, channelDim = rank - 2 + swapped;
  features = featureSize = shape[featureDim];
  channels = channelSize = shape[channelDim];
  featureStride = strideOf(shape, featureDim);
  channelStride = strideOf(shape, channelDim);
  int64_t lhsRank = matmul.getLhs().getType().getRank();
  inputDim = lhsRank - (matmul.getTransposeLhs() ? 2 : 1);
  resultDim = matmul.getType().getRank() - 1;
}

template <typename OpTy> void Product::describeConv(OpTy conv, bool isAdjoint) {
  adjoint = isAdjoint;
  groups = conv.getGroups();
  ArrayRef<int64_t> shape = conv.getWeights().getType().getShape();
  int64_t rank = shape.size();
  auto dims = nn::getWeightDims(conv.getChannelsLast(), adjoint, rank);
  featureSize = shape[dims.feature];
  channelSize = shape[dims.channel];
  featureStride = strideOf(shape, dims.feature);
  channelStride = strideOf(shape, dims.channel);
  nn::SpatialDims spatial{conv.getChannelsLast(), rank};
  inputDim = resultDim = spatial.channel();
  features = conv.getType().getDimSize(resultDim);
  channels = conv.getInput().getType().getDimSize(inputDim);
}

std::optional<Product> Product::match(Operation *op) {
  if (!isa<nn::MatmulOp, nn::ConvOp, nn::ConvTransposeOp>(op))
    return std::nullopt;
  Product product;
  product.op = op;
  product.weights = floatConstant(op->getOperand(1));
  if (!product.weights)
    return std::nullopt;
  if (op->getNumOperands() > 2) {
    product.bias = floatConstant(op->getOperand(2));
    if (!product.bias)
      return std::nullopt;
  }
  for (Value value : {product.input(), product.result()})
    if (!cast<RankedTensorType>(value.getType()).hasStaticShape())
      return std::nullopt;
  if (auto matmul = dyn_cast<nn::MatmulOp>(op))
    product.describeMatmul(matmul);
  else if (auto conv = dyn_cast<nn::ConvOp>(op))
    product.describeConv(conv, /*isAdjoint=*/false);
  else
    product.describeConv(cast<nn::ConvTransposeOp>(op), /*isAdjoint=*/true);
  return product;
}

//===----------------------------------------------------------------------===//
// What surrounds them
//===----------------------------------------------------------------------===//

/// The numbers of a constant operand, one for each index of dimension `dim` of
/// a result that has the other operand's shape; none if it is anything else.
static std::optional<std::vector<double>>
channelNumbers(Value operand, RankedTensorType result, int64_t dim) {
  nn::ConstantOp constant = floatConstant(operand);
  if (!constant)
    return std::nullopt;
  auto type = cast<RankedTensorType>(constant.getType());
  int64_t ahead = result.getRank() - type.getRank();
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (size != 1 && int64_t(i) + ahead != dim)
      return std::nullopt;
  std::vector<double> numbers = readNumbers(constant.getValue());
  if (numbers.size() == 1)
    numbers.assign(result.getDimSize(dim), numbers.front());
  return numbers;
}

/// Adds one operation on `value` to what happens to it before: false if the
/// operation is no scaling or shifting of dimension `dim`.
static bool append(Operation *op, Value value, int64_t dim, Affine &affine) {
  if (!isa<nn::MulOp, nn::AddOp, nn::SubOp, nn::DivOp>(op) ||
      op->getOperand(0) == op->getOperand(1) ||
      op->getResult(0).getType() != value.getType())
    return false;
  bool isFirst = op->getOperand(0) == value;
  if (isa<nn::DivOp>(op) && !isFirst)
    return false;
  auto numbers = channelNumbers(op->getOperand(isFirst ? 1 : 0),
                                cast<RankedTensorType>(value.getType()), dim);
  if (!numbers)
    return false;
  for (auto [number, scale, shift] :
       llvm::zip_equal(*numbers, affine.scale, affine.shift)) {
    if (isa<nn::MulOp, nn::DivOp>(op)) {
      double factor = isa<nn::MulOp>(op) ? number : 1 / number;
      scale *= factor;
      shift *= factor;
    } else if (isa<nn::AddOp>(op)) {
      shift += number;
    } else {
      double sign = isFirst ? 1 : -1;
      scale *= sign;
      shift = sign * (shift - number);
    }
  }
  return true;
}

/// What happens to a product's result, or to its input, and the operations that
/// say so, in order.
struct Surroundings {
  Affine affine;
  SmallVector<Operation *> links;
};

/// Everything after `product` that can be folded.
static Surroundings collectAfter(const Product &product) {
  Surroundings after{Affine(product.features), {}};
  Value value = product.result();
  while (value.hasOneUse()) {
    Operation *reader = *value.user_begin();
    Affine longer = after.affine;
    if (!append(reader, value, product.resultDim, longer) || !longer.isFinite())
      break;
    after.affine = std::move(longer);
    after.links.push_back(reader);
    value = reader->getResult(0);
  }
  return after;
}

/// Whether every product of the weights meets an element of the input: what is
/// added around it would have to be shifted as well.
static bool meetsInputOnly(Operation *op) {
  if (isa<nn::MatmulOp>(op))
    return true;
  auto conv = dyn_cast<nn::ConvOp>(op);
  return conv &&
         llvm::all_of(conv.getPads(), [](int64_t pad) { return pad == 0; });
}

/// The operand of a link that is not its constant.
static Value chainOperand(Operation *link) {
  return link->getOperand(floatConstant(link->getOperand(0)) ? 1 : 0);
}

/// Everything before `product` that can be folded.
static Surroundings collectBefore(const Product &product) {
  Surroundings before{Affine(product.channels), {}};
  Value value = product.input();
  while (Operation *producer = value.getDefiningOp()) {
    if (!value.hasOneUse() || producer->getNumOperands() != 2)
      break;
    SmallVector<Operation *> links = before.links;
    links.insert(links.begin(), producer);
    Affine longer(product.channels);
    bool folds = llvm::all_of(links, [&](Operation *link) {
      return append(link, chainOperand(link), product.inputDim, longer);
    });
    if (!folds || !longer.isFinite() ||
        (longer.hasShift() && !meetsInputOnly(product.op)))
      break;
    before = {std::move(longer), std::move(links)};
    value = chainOperand(producer);
  }
  return before;
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

namespace {

class AffineFolder {
public:
  explicit AffineFolder(const Product &product)
      : product(product), builder(product.op), before(collectBefore(product)),
        after(collectAfter(product)) {}
  void run();

private:
  bool isWorthwhile() const;
  std::optional<std::vector<double>> computeShift() const;
  ElementsAttr scaleWeights() const;
  Value makeBias(ArrayRef<double> shift);

  Product product;
  OpBuilder builder;
  Surroundings before, after;
};

} // namespace

/// One addition after a matmul is what folding would give.
bool AffineFolder::isWorthwhile() const {
  if (!before.links.empty())
    return true;
  bool scales =
      llvm::any_of(after.affine.scale, [](double value) { return value != 1; });
  return after.links.size() > 1 || (after.links.size() == 1 &&
                                    (scales || !isa<nn::MatmulOp>(product.op)));
}

/// after(weights * before(0) + bias) for each feature; nothing if it is not
/// finite.
std::optional<std::vector<double>> AffineFolder::computeShift() const {
  std::vector<double> shift(product.features, 0);
  if (nn::ConstantOp bias = product.bias)
    shift = readNumbers(bias.getValue());
  if (before.affine.hasShift()) {
    nn::ConstantOp weights = product.weights;
    WeightCursor at(product);
    for (double weight : readNumbers(weights.getValue())) {
      shift[at.feature()] += weight * before.affine.shift[at.channel()];
      at.next();
    }
  }
  for (auto [value, scale, added] :
       llvm::zip_equal(shift, after.affine.scale, after.affine.shift)) {
    value = value * scale + added;
    if (!std::isfinite(value))
      return std::nullopt;
  }
  return shift;
}

/// The weights with all scales; null if their type cannot hold them.
ElementsAttr AffineFolder::scaleWeights() const {
  nn::ConstantOp weights = product.weights;
  WeightCursor at(product);
  double largest = 0;
  ElementsAttr scaled =
      mapNumbers(weights.getValue(), [&](int64_t, double weight) {
        double value = weight * before.affine.scale[at.channel()] *
                       after.affine.scale[at.feature()];
        // NaN is not at most the largest so far, and stays.
        largest = std::abs(value) <= largest ? largest : std::abs(value);
        at.next();
        return value;
      });
  auto type = cast<FloatType>(scaled.getElementType());
  bool lost;
  APFloat rounded(largest);
  rounded.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &lost);
  return rounded.isFinite() ? scaled : nullptr;
}

Value AffineFolder::makeBias(ArrayRef<double> shift) {
  Type element =
      cast<RankedTensorType>(product.result().getType()).getElementType();
  auto type = RankedTensorType::get({product.features}, element);
  return nn::ConstantOp::create(
      builder, product.op->getLoc(),
      makeNumbers(type, [&](int64_t i) { return shift[i]; }));
}

void AffineFolder::run() {
  if (!isWorthwhile())
    return;
  std::optional<std::vector<double>> shift = computeShift();
  ElementsAttr weights = shift ? scaleWeights() : nullptr;
  if (!weights)
    return;
  Operation *op = product.op;
  op->setOperand(
      1, nn::ConstantOp::create(builder, product.weights.getLoc(), weights));
  if (!before.links.empty())
    op->setOperand(0, chainOperand(before.links.front()));
  Value end =
      after.links.empty() ? product.result() : after.links.back()->getResult(0);
  Value folded = product.result();
  if (llvm::any_of(*shift, [](double value) { return value != 0; })) {
    Value bias = makeBias(*shift);
    if (isa<nn::MatmulOp>(op)) {
      builder.setInsertionPointAfter(op);
      folded = nn::AddOp::create(builder, op->getLoc(), folded.getType(),
                                 folded, bias);
    } else {
      op->insertOperands(2, bias);
      if (op->getNumOperands() > 3)
        op->eraseOperand(3);
    }
  }
  end.replaceUsesWithIf(folded, [&](OpOperand &use) {
    return use.getOwner() != folded.getDefiningOp();
  });
  for (Operation *link : llvm::reverse(after.links))
    link->erase();
  for (Operation *link : llvm::reverse(before.links))
    link->erase();
}

namespace {

class FoldAffinePass : public ashlar::impl::FoldAffineBase<FoldAffinePass> {
public:
  void runOnOperation() override {
    SmallVector<Operation *> products;
    getOperation().walk([&](Operation *op) {
      if (isa<nn::MatmulOp, nn::ConvOp, nn::ConvTransposeOp>(op))
        products.push_back(op);
    });
    for (Operation *op : products)
      if (std::optional<Product> product = Product::match(op))
        AffineFolder(*product).run();
  }
};

} // namespace
