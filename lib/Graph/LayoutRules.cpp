//===- LayoutRules.cpp - In which layouts an nn operator can work ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayoutRules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace ashlar;
using namespace mlir;

static RankedTensorType tensorOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

Layout ashlar::identityLayout(int64_t rank) {
  return llvm::to_vector<6>(llvm::seq<int64_t>(0, rank));
}

SmallVector<int64_t> ashlar::storedShape(ArrayRef<int64_t> shape,
                                         ArrayRef<int64_t> layout) {
  return llvm::map_to_vector(layout, [&](int64_t dim) { return shape[dim]; });
}

OpLayouts ashlar::plainLayouts(Operation *op) {
  OpLayouts layouts;
  auto rankOf = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor ? tensor.getRank() : 0;
  };
  for (Type type : op->getOperandTypes())
    layouts.operands.push_back(identityLayout(rankOf(type)));
  for (Type type : op->getResultTypes())
    layouts.results.push_back(identityLayout(rankOf(type)));
  return layouts;
}

//===----------------------------------------------------------------------===//
// Spatial operators
//===----------------------------------------------------------------------===//

/// (N, spatial..., C) of (N, C, spatial...).
static Layout channelsLast(int64_t rank) {
  Layout layout = {0};
  llvm::append_range(layout, llvm::seq<int64_t>(2, rank));
  layout.push_back(1);
  return layout;
}

/// (window..., channel, feature) of a convolution's weights.
static Layout weightsLast(bool adjoint, int64_t rank) {
  nn::WeightDims dims =
      nn::getWeightDims(/*channelsLast=*/false, adjoint, rank);
  Layout layout = llvm::to_vector<6>(llvm::seq<int64_t>(2, rank));
  layout.append({dims.channel, dims.feature});
  return layout;
}

std::optional<OpLayouts> ashlar::channelsLastLayouts(Operation *op) {
  if (!isa<nn::ConvOp, nn::ConvTransposeOp, nn::PoolOp>(op) ||
      op->hasAttr("channels_last"))
    return std::nullopt;
  OpLayouts layouts = plainLayouts(op);
  int64_t rank = tensorOf(op->getResult(0)).getRank();
  layouts.operands[0] = layouts.results[0] = channelsLast(rank);
  if (!isa<nn::PoolOp>(op))
    layouts.operands[1] = weightsLast(isa<nn::ConvTransposeOp>(op), rank);
  return layouts;
}

//===----------------------------------------------------------------------===//
// Operators that work in any layout
//===----------------------------------------------------------------------===//

/// Whether each index picks one element of a list, as from a table.
static bool isElementwise(nn::GatherOp op) {
  return tensorOf(op.getInput()).getRank() == 1;
}

/// Whether all results and some operands of `op` have one layout, which is up
/// to the graph.
static bool isUniform(Operation *op) {
  if (op->hasTrait<nn::Elementwise>())
    return true;
  if (auto gather = dyn_cast<nn::GatherOp>(op))
    return tensorOf(gather.getIndices()).getRank() == 1 ||
           isElementwise(gather);
  if (auto reduce = dyn_cast<nn::ReduceOp>(op))
    return reduce.getKeepDims();
  if (auto reduce = dyn_cast<nn::ArgReduceOp>(op))
    return reduce.getKeepDims();
  return isa<nn::QuantizeOp, nn::DequantizeOp, nn::ConcatOp, nn::SliceOp,
             nn::PadOp, nn::SoftmaxOp, nn::LogSoftmaxOp, nn::CumulativeOp,
             nn::TopKOp, nn::NormalizeOp, nn::BroadcastOp, nn::IotaOp,
             nn::ResampleOp>(op);
}

/// Whether an operand of a uniform operation has the common layout; parameters
/// keep theirs.
static bool hasCommonLayout(Operation *op, unsigned operand) {
  if (auto gather = dyn_cast<nn::GatherOp>(op); gather && isElementwise(gather))
    return operand == 1;
  return operand == 0 || op->hasTrait<nn::Elementwise>() ||
         isa<nn::ConcatOp>(op);
}

static OpLayouts uniformLayouts(Operation *op, ArrayRef<int64_t> layout) {
  OpLayouts layouts = plainLayouts(op);
  for (auto [i, own] : llvm::enumerate(layouts.operands))
    if (hasCommonLayout(op, i) && !own.empty())
      own.assign(layout.begin(), layout.end());
  for (Layout &own : layouts.results)
    own.assign(layout.begin(), layout.end());
  return layouts;
}

/// The order of the dimensions that a reduction or a gather of one index
/// leaves.
static Layout layoutWithout(ArrayRef<int64_t> layout, ArrayRef<int64_t> axes) {
  Layout result;
  for (int64_t dim : layout) {
    if (llvm::is_contained(axes, dim))
      continue;
    result.push_back(
        dim - llvm::count_if(axes, [&](int64_t axis) { return axis < dim; }));
  }
  return result;
}

/// The dimensions that vanish from the input of `op`; none if it is of another
/// kind.
static std::optional<SmallVector<int64_t>> vanishingAxes(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<SmallVector<int64_t>>>(op)
      .Case(
          [](nn::ReduceOp reduce) { return llvm::to_vector(reduce.getAxes()); })
      .Case([](nn::ArgReduceOp reduce) {
        return SmallVector<int64_t>{static_cast<int64_t>(reduce.getAxis())};
      })
      .Case([](nn::GatherOp gather) -> std::optional<SmallVector<int64_t>> {
        if (tensorOf(gather.getIndices()).getRank() != 0)
          return std::nullopt;
        return SmallVector<int64_t>{static_cast<int64_t>(gather.getAxis())};
      })
      .Default(std::nullopt);
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> dimsAboveOne(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> dims;
  for (auto [dim, size] : llvm::enumerate(shape))
    if (size != 1)
      dims.push_back(dim);
  return dims;
}

/// Dimensions that a reshape makes from dimensions of its input: the shortest
/// runs whose sizes multiply to the same.
using Run = std::pair<SmallVector<int64_t>, SmallVector<int64_t>>;
static SmallVector<Run> findRuns(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> ins = dimsAboveOne(from), outs = dimsAboveOne(to);
  SmallVector<Run> runs;
  for (size_t i = 0, o = 0; i < ins.size() && o < outs.size();) {
    Run &run = runs.emplace_back();
    int64_t inSize = from[ins[i]], outSize = to[outs[o]];
    run.first.push_back(ins[i++]);
    run.second.push_back(outs[o++]);
    while (inSize != outSize) {
      bool takeIn = inSize < outSize;
      if (takeIn ? i == ins.size() : o == outs.size())
        return {};
      if (takeIn) {
        inSize *= from[ins[i]];
        run.first.push_back(ins[i++]);
      } else {
        outSize *= to[outs[o]];
        run.second.push_back(outs[o++]);
      }
    }
  }
  return runs;
}

/// The layout of a reshape's result that has the elements in the same places as
/// its input stored in `layout`. Dimensions of size 1 stay behind the one
/// before them.
static std::optional<Layout> reshapeLayout(ArrayRef<int64_t> from,
                                           ArrayRef<int64_t> to,
                                           ArrayRef<int64_t> layout) {
  auto isUnclear = [](int64_t size) { return size <= 0; };
  if (llvm::any_of(from, isUnclear) || llvm::any_of(to, isUnclear))
    return std::nullopt;
  SmallVector<int64_t> stored;
  for (int64_t dim : layout)
    if (from[dim] != 1)
      stored.push_back(dim);
  SmallVector<Run> runs = findRuns(from, to);
  Layout result;
  for (size_t at = 0; at < stored.size();) {
    const Run *run = llvm::find_if(
        runs, [&](const Run &r) { return r.first.front() == stored[at]; });
    if (run == runs.end())
      return std::nullopt;
    ArrayRef<int64_t> rest = ArrayRef(stored).drop_front(at);
    if (rest.size() < run->first.size() ||
        rest.take_front(run->first.size()) != ArrayRef(run->first))
      return std::nullopt;
    at += run->first.size();
    llvm::append_range(result, run->second);
  }
  for (auto [dim, size] : llvm::enumerate(to))
    if (size == 1) {
      auto place =
          dim == 0 ? result.begin() : llvm::find(result, int64_t(dim) - 1) + 1;
      result.insert(place, dim);
    }
  return result;
}

//===----------------------------------------------------------------------===//
// Propagation
//===----------------------------------------------------------------------===//

std::optional<OpLayouts> ashlar::layoutsFromOperand(OpOperand &operand,
                                                    ArrayRef<int64_t> layout) {
  Operation *op = operand.getOwner();
  if (isUniform(op)) {
    if (!hasCommonLayout(op, operand.getOperandNumber()))
      return std::nullopt;
    int64_t ahead = tensorOf(op->getResult(0)).getRank() - layout.size();
    Layout whole = identityLayout(ahead);
    for (int64_t dim : layout)
      whole.push_back(dim + ahead);
    return uniformLayouts(op, whole);
  }
  if (operand.getOperandNumber() != 0)
    return std::nullopt;
  OpLayouts layouts = plainLayouts(op);
  if (auto axes = vanishingAxes(op)) {
    layouts.operands[0].assign(layout.begin(), layout.end());
    layouts.results[0] = layoutWithout(layout, *axes);
    return layouts;
  }
  auto reshape = dyn_cast<nn::ReshapeOp>(op);
  if (!reshape)
    return std::nullopt;
  std::optional<Layout> result =
      reshapeLayout(reshape.getInput().getType().getShape(),
                    reshape.getType().getShape(), layout);
  if (!result)
    return std::nullopt;
  layouts.operands[0].assign(layout.begin(), layout.end());
  layouts.results[0] = *result;
  return layouts;
}

std::optional<OpLayouts> ashlar::layoutsFromResult(OpResult result,
                                                   ArrayRef<int64_t> layout) {
  Operation *op = result.getOwner();
  if (isUniform(op))
    return uniformLayouts(op, layout);
  auto reshape = dyn_cast<nn::ReshapeOp>(op);
  if (!reshape)
    return std::nullopt;
  std::optional<Layout> input =
      reshapeLayout(reshape.getType().getShape(),
                    reshape.getInput().getType().getShape(), layout);
  if (!input)
    return std::nullopt;
  OpLayouts layouts = plainLayouts(op);
  layouts.operands[0] = *input;
  layouts.results[0].assign(layout.begin(), layout.end());
  return layouts;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static int64_t placeOf(int64_t dim, ArrayRef<int64_t> layout) {
  return llvm::find(layout, dim) - layout.begin();
}

/// Attributes that name dimensions, or have an entry for each.
static void permuteAttributes(Operation *op, ArrayRef<int64_t> layout) {
  Builder builder(op->getContext());
  if (isa<nn::ConvOp, nn::ConvTransposeOp, nn::PoolOp>(op))
    op->setAttr("channels_last", builder.getUnitAttr());
  auto gather = dyn_cast<nn::GatherOp>(op);
  bool isOfList = gather && isElementwise(gather);
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"); axis && !isOfList)
    op->setAttr("axis",
                builder.getI64IntegerAttr(placeOf(axis.getInt(), layout)));
  if (auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes")) {
    SmallVector<int64_t> places;
    for (int64_t axis : axes.asArrayRef())
      places.push_back(placeOf(axis, layout));
    llvm::sort(places);
    op->setAttr("axes", builder.getDenseI64ArrayAttr(places));
  }
  if (!isa<nn::SliceOp, nn::PadOp>(op))
    return;
  for (StringRef name : {"starts", "sizes", "steps", "low", "high"})
    if (auto entries = op->getAttrOfType<DenseI64ArrayAttr>(name))
      op->setAttr(name, builder.getDenseI64ArrayAttr(
                            storedShape(entries.asArrayRef(), layout)));
}

Operation *ashlar::buildInLayouts(OpBuilder &builder, Operation *op,
                                  const OpLayouts &layouts,
                                  ValueRange operands) {
  Operation *result = builder.clone(*op);
  result->setOperands(operands);
  for (auto [value, layout] :
       llvm::zip_equal(result->getResults(), layouts.results)) {
    RankedTensorType type = tensorOf(value);
    value.setType(type.clone(storedShape(type.getShape(), layout)));
  }
  // Axes count along the input, which has the result's layout or more.
  permuteAttributes(result, layouts.operands.empty() ? layouts.results[0]
                                                     : layouts.operands[0]);
  return result;
}
