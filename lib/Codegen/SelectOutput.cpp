//===- SelectOutput.cpp - Preloads and drains ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The body of a preload or drain is a chain from its first argument to the
// yielded value; each link becomes a step, conversions at the ends none.
//
//===----------------------------------------------------------------------===//

#include "SelectMatrix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace ashlar;

namespace {
/// Payload words to be: mnemonic and operands.
struct Step {
  StringRef mnemonic;
  SmallVector<int64_t, 2> operands;
};

/// Translates a body to steps. Tensor number i of the operation has descriptor
/// firstTensor + i.
class StepBuilder {
public:
  StepBuilder(Selector &s, Operation *op, Block &body, int64_t firstTensor)
      : s(s), op(op), body(body), firstTensor(firstTensor) {}

  LogicalResult build();
  ArrayRef<Step> getSteps() const { return steps; }

private:
  LogicalResult advance(Operation &link);
  LogicalResult advanceBinary(Operation &link);
  LogicalResult lookUp(memref::LoadOp load);
  /// The tensor whose element, as f32, the value is.
  std::optional<int64_t> getTensor(Value value);
  /// Adds a tensor's element times a constant, if `value` is that.
  bool addScaled(Value value, bool subtract);
  std::optional<float> getConstant(Value value);
  LogicalResult refuse(Operation &link) {
    return link.emitError()
           << "the output stage cannot do '" << link.getName() << "' here";
  }
  int64_t toReg(float value) {
    return s.emit.toReg(Num::constant(llvm::bit_cast<uint32_t>(value)));
  }
  void clamp(float low, float high);
  void flushClamp();

  Selector &s;
  Operation *op;
  Block &body;
  int64_t firstTensor;
  Value chain;
  SmallVector<Step> steps;
  // Neighbouring bounds share a step: low first, then high.
  std::optional<std::pair<float, float>> pendingClamp;
};
} // namespace

std::optional<int64_t> StepBuilder::getTensor(Value value) {
  if (Operation *widen = value.getDefiningOp();
      widen &&
      llvm::isa<arith::ExtFOp, arith::SIToFPOp, arith::UIToFPOp>(widen))
    value = widen->getOperand(0);
  auto arg = dyn_cast<BlockArgument>(value);
  if (!arg || arg.getOwner() != &body || arg.getArgNumber() == 0)
    return std::nullopt;
  return firstTensor + arg.getArgNumber() - 1;
}

std::optional<float> StepBuilder::getConstant(Value value) {
  FloatAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.getType().isF32())
    return std::nullopt;
  return attr.getValue().convertToFloat();
}

void StepBuilder::flushClamp() {
  if (!pendingClamp)
    return;
  auto [low, high] = *pendingClamp;
  pendingClamp.reset();
  steps.push_back({"o.clamp", {toReg(low), toReg(high)}});
}

/// x = min(max(x, low), high), merged with a clamp just before if that has left
/// the bound open.
void StepBuilder::clamp(float low, float high) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (pendingClamp && low == -infinity && pendingClamp->second == infinity) {
    pendingClamp->second = high;
    return;
  }
  flushClamp();
  pendingClamp = {low, high};
}

bool StepBuilder::addScaled(Value value, bool subtract) {
  auto mul = value.getDefiningOp<arith::MulFOp>();
  if (!mul || mul->getBlock() != &body)
    return false;
  std::optional<int64_t> tensor = getTensor(mul.getLhs());
  std::optional<float> factor = getConstant(mul.getRhs());
  if (!tensor || !factor) {
    tensor = getTensor(mul.getRhs());
    factor = getConstant(mul.getLhs());
  }
  if (!tensor || !factor)
    return false;
  flushClamp();
  steps.push_back({"o.fma", {*tensor}});
  steps.push_back({"o.muls", {toReg(subtract ? -*factor : *factor)}});
  return true;
}

LogicalResult StepBuilder::advanceBinary(Operation &link) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  bool first = link.getOperand(0) == chain;
  Value other = link.getOperand(first ? 1 : 0);
  std::optional<int64_t> tensor = getTensor(other);
  std::optional<float> constant = getConstant(other);
  Num scalar;
  bool outside = !constant && !tensor && other.getType().isF32() &&
                 other.getParentBlock() != &body;
  if (outside)
    scalar = s.getNum(other);
  if (llvm::isa<arith::MaximumFOp, arith::MinimumFOp>(link)) {
    if (!constant || std::isnan(*constant))
      return refuse(link);
    bool low = llvm::isa<arith::MaximumFOp>(link);
    clamp(low ? *constant : -infinity, low ? infinity : *constant);
    return success();
  }
  bool isSum = llvm::isa<arith::AddFOp>(link) ||
               (llvm::isa<arith::SubFOp>(link) && first);
  if (isSum && addScaled(other, llvm::isa<arith::SubFOp>(link)))
    return success();
  if (!constant && !tensor && !outside)
    return refuse(link);
  flushClamp();
  auto scalarReg = [&] {
    return constant ? toReg(*constant) : s.emit.toReg(scalar);
  };
  if (llvm::isa<arith::MulFOp>(link)) {
    steps.push_back(tensor ? Step{"o.mul", {*tensor}}
                           : Step{"o.muls", {scalarReg()}});
  } else if (llvm::isa<arith::AddFOp>(link)) {
    steps.push_back(tensor ? Step{"o.add", {*tensor}}
                           : Step{"o.adds", {scalarReg()}});
  } else if (llvm::isa<arith::SubFOp>(link)) {
    if (!first) {
      // c - x = -x + c exactly.
      steps.push_back({"o.muls", {toReg(-1.0f)}});
      steps.push_back(tensor ? Step{"o.add", {*tensor}}
                             : Step{"o.adds", {scalarReg()}});
    } else if (tensor) {
      steps.push_back({"o.sub", {*tensor}});
    } else if (constant) {
      steps.push_back({"o.adds", {toReg(-*constant)}});
    } else {
      return refuse(link);
    }
  } else {
    return refuse(link);
  }
  return success();
}

/// The table is one of the operation's tensors.
LogicalResult StepBuilder::lookUp(memref::LoadOp load) {
  ValueRange tensors = cast<npu::DrainOp>(op).getTensors();
  auto table = llvm::find(tensors, load.getMemRef());
  if (table == tensors.end())
    return refuse(*load);
  flushClamp();
  steps.push_back({"o.table", {firstTensor + (table - tensors.begin())}});
  return success();
}

LogicalResult StepBuilder::advance(Operation &link) {
  if (auto load = dyn_cast<memref::LoadOp>(link))
    return lookUp(load);
  if (link.getNumOperands() == 2)
    return advanceBinary(link);
  // The pipeline is f32 inside; the ends convert by themselves.
  if (llvm::isa<arith::SIToFPOp, arith::ExtFOp>(link))
    return link.getResult(0).getType().isF32() ? success() : refuse(link);
  if (llvm::isa<arith::FPToSIOp, arith::FPToUIOp, arith::IndexCastUIOp>(link))
    return success();
  if (llvm::isa<arith::TruncFOp>(link)) {
    bool last = llvm::all_of(link.getUsers(), [](Operation *user) {
      return llvm::isa<npu::YieldOp>(user);
    });
    if (!last) {
      flushClamp();
      steps.push_back({"o.sat",
                       {static_cast<int64_t>(
                           getElementType(link.getResult(0).getType()))}});
    }
    return success();
  }
  if (llvm::isa<math::RoundEvenOp>(link)) {
    flushClamp();
    steps.push_back({"o.round", {}});
    return success();
  }
  return refuse(link);
}

LogicalResult StepBuilder::build() {
  chain = body.getArgument(0);
  auto yield = cast<npu::YieldOp>(body.getTerminator());
  while (chain != yield.getValues()[0]) {
    if (!chain.hasOneUse() || llvm::isa<npu::YieldOp>(*chain.user_begin()))
      return op->emitError()
             << "expected the body to be one chain from its first argument to "
             << "what it yields";
    Operation &link = **chain.user_begin();
    if (failed(advance(link)))
      return failure();
    chain = link.getResult(0);
  }
  flushClamp();
  constexpr unsigned maxSteps = 16;
  if (steps.size() > maxSteps)
    return op->emitError() << "expected at most " << maxSteps << " steps, got "
                           << steps.size();
  return success();
}

/// A tensor over the accumulator's dimensions: 0..2 rows, 3..5 lanes.
static LogicalResult emitTensor(Selector &s, Operation *op, int64_t number,
                                AffineMap map, Value memref,
                                const TensorView &acc, unsigned rowRank,
                                bool isUnsigned) {
  const TensorView view = s.getView(memref);
  DescriptorSpec spec{
      getElementType(view.element, isUnsigned), getMapBase(s, map, view), {}};
  SmallVector<WorkDim> rows, lanes;
  for (unsigned dim = 0; dim < acc.rank(); ++dim)
    (dim < rowRank ? rows : lanes)
        .push_back({acc.sizes[dim], {getMapStride(s, map, dim, view)}});
  for (auto [group, end] :
       {std::pair<SmallVector<WorkDim> &, unsigned>(rows, 3), {lanes, 6}}) {
    if (group.size() > 3)
      llvm::erase_if(group,
                     [](const WorkDim &dim) { return dim.size.isConstant(1); });
    if (group.size() > 3)
      return op->emitError()
             << "expected at most 3 dimensions of rows and of lanes";
    for (auto [index, dim] : llvm::enumerate(group))
      spec.dims.push_back({end - static_cast<unsigned>(group.size() - index),
                           dim.size, dim.strides[0]});
  }
  emitDescriptor(s.emit, number, spec);
  return success();
}

/// Rows of an accumulator view, as its buffer was laid out.
static unsigned getRowRank(const TensorView &acc) {
  unsigned rank = 0;
  while (rank < acc.rank() && acc.isRow[rank])
    ++rank;
  return rank;
}

/// Lanes innermost, unless the target's contiguous dimension is among the rows.
static isa::DrainOrder getOrder(Selector &s, AffineMap map,
                                const TensorView &target, const TensorView &acc,
                                unsigned rowRank) {
  for (unsigned dim = 0; dim < acc.rank(); ++dim)
    if (!acc.sizes[dim].isConstant(1) &&
        getMapStride(s, map, dim, target).isConstant(1))
      return dim < rowRank ? isa::DrainOrder::lane : isa::DrainOrder::row;
  return isa::DrainOrder::row;
}

/// An integer result that is converted from floats as unsigned.
static bool yieldsUnsigned(Region &body) {
  if (body.empty())
    return false;
  Value value = body.front().getTerminator()->getOperand(0);
  return value.getDefiningOp<arith::FPToUIOp>() != nullptr;
}

/// Whether the element of tensor `index` of a body is read as unsigned.
static bool readsUnsigned(Region &body, unsigned index) {
  return !body.empty() &&
         llvm::any_of(
             body.front().getArgument(index + 1).getUsers(),
             [](Operation *user) { return llvm::isa<arith::UIToFPOp>(user); });
}

/// A table of `op` is seen as a whole, from every point.
static bool emitTable(Selector &s, Operation *op, int64_t number,
                      Value memref) {
  if (llvm::none_of(memref.getUsers(), [&](Operation *user) {
        return llvm::isa<memref::LoadOp>(user) && user->getParentOp() == op;
      }))
    return false;
  const TensorView view = s.getView(memref);
  AffineMap first =
      AffineMap::get(0, 0, getAffineConstantExpr(0, op->getContext()));
  emitDescriptor(s.emit, number,
                 {getElementType(view.element),
                  getMapBase(s, first, view),
                  {{5, view.sizes[0], view.strides[0]}}});
  return true;
}

LogicalResult ashlar::selectDrain(Selector &s, npu::DrainOp op) {
  const TensorView acc = s.getView(op.getAcc());
  unsigned rowRank = getRowRank(acc);
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  enum : int64_t { targetDesc, accDesc, firstTensor };
  if (failed(emitAccDescriptor(s, op, accDesc, acc, rowRank)) ||
      failed(emitTensor(s, op, targetDesc, maps[0], op.getTarget(), acc,
                        rowRank, yieldsUnsigned(op.getBody()))))
    return failure();
  for (auto [index, tensor] : llvm::enumerate(op.getTensors()))
    if (!emitTable(s, op, firstTensor + index, tensor) &&
        failed(emitTensor(s, op, firstTensor + index, maps[index + 1], tensor,
                          acc, rowRank, readsUnsigned(op.getBody(), index))))
      return failure();
  SmallVector<Step> steps;
  if (!op.getBody().empty()) {
    StepBuilder builder(s, op, op.getBody().front(), firstTensor);
    if (failed(builder.build()))
      return failure();
    steps = llvm::to_vector(builder.getSteps());
  }
  isa::DrainOrder order =
      getOrder(s, maps[0], s.getView(op.getTarget()), acc, rowRank);
  s.emit.inst("drain", {targetDesc, accDesc, static_cast<int64_t>(order),
                        static_cast<int64_t>(steps.size())});
  for (const Step &step : steps)
    s.emit.inst(step.mnemonic, step.operands);
  return success();
}

LogicalResult ashlar::selectPreload(Selector &s, npu::PreloadOp op) {
  const TensorView acc = s.getView(op.getAcc());
  unsigned rowRank = getRowRank(acc);
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  enum : int64_t { sourceDesc, accDesc, firstTensor };
  bool isInPlace = op.getSource() == op.getAcc();
  if (failed(emitAccDescriptor(s, op, accDesc, acc, rowRank)) ||
      (!isInPlace && failed(emitTensor(s, op, sourceDesc, maps[0],
                                       op.getSource(), acc, rowRank, false))))
    return failure();
  for (auto [index, tensor] : llvm::enumerate(op.getTensors()))
    if (failed(emitTensor(s, op, firstTensor + index, maps[index + 1], tensor,
                          acc, rowRank, readsUnsigned(op.getBody(), index))))
      return failure();
  SmallVector<Step> steps;
  if (!op.getBody().empty()) {
    StepBuilder builder(s, op, op.getBody().front(), firstTensor);
    if (failed(builder.build()))
      return failure();
    steps = llvm::to_vector(builder.getSteps());
  }
  s.emit.inst("preload", {accDesc, isInPlace ? accDesc : sourceDesc,
                          static_cast<int64_t>(steps.size())});
  for (const Step &step : steps)
    s.emit.inst(step.mnemonic, step.operands);
  return success();
}
