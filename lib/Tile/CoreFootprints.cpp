//===- CoreFootprints.cpp - What each core touches in dram ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CoreFootprints.h"
#include "BufferPlaces.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;

SmallVector<int64_t> ashlar::pointOf(int64_t core, ArrayRef<int64_t> grid) {
  SmallVector<int64_t> point(grid.size());
  for (int64_t dim = grid.size() - 1; dim >= 0; --dim) {
    point[dim] = core % grid[dim];
    core /= grid[dim];
  }
  return point;
}

bool Footprint::overlaps(const Footprint &other) const {
  if (region != other.region || begin >= other.end || other.begin >= end)
    return false;
  if (strides.empty() || start != other.start || strides != other.strides)
    return true;
  for (auto [mine, theirs] : llvm::zip_equal(box, other.box))
    if (mine.high < theirs.low || theirs.high < mine.low)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// Bounds beyond it are not worth anything, and sums of two do not overflow.
static constexpr int64_t limit = int64_t(1) << 60;

static std::optional<Interval> limited(__int128 low, __int128 high) {
  if (low < -limit || high > limit)
    return std::nullopt;
  return Interval{static_cast<int64_t>(low), static_cast<int64_t>(high)};
}

static std::optional<Interval> add(Interval a, Interval b) {
  return limited(__int128(a.low) + b.low, __int128(a.high) + b.high);
}

static std::optional<Interval> subtract(Interval a, Interval b) {
  return limited(__int128(a.low) - b.high, __int128(a.high) - b.low);
}

static std::optional<Interval> multiply(Interval a, Interval b) {
  __int128 ends[] = {__int128(a.low) * b.low, __int128(a.low) * b.high,
                     __int128(a.high) * b.low, __int128(a.high) * b.high};
  return limited(*std::min_element(ends, ends + 4),
                 *std::max_element(ends, ends + 4));
}

static Interval smaller(Interval a, Interval b) {
  return {std::min(a.low, b.low), std::min(a.high, b.high)};
}
static Interval larger(Interval a, Interval b) {
  return {std::max(a.low, b.low), std::max(a.high, b.high)};
}

/// Division and remainder of what is not negative by a positive constant.
static std::optional<Interval> divide(Interval a, Interval b, bool up) {
  if (b.low != b.high || b.low <= 0 || a.low < 0)
    return std::nullopt;
  int64_t round = up ? b.low - 1 : 0;
  return Interval{(a.low + round) / b.low, (a.high + round) / b.low};
}

static std::optional<Interval> remainder(Interval a, Interval b) {
  if (b.low != b.high || b.low <= 0 || a.low < 0)
    return std::nullopt;
  if (a.low / b.low == a.high / b.low)
    return Interval{a.low % b.low, a.high % b.low};
  return Interval{0, b.low - 1};
}

std::optional<Interval>
CoreFootprints::evaluateArgument(BlockArgument argument) {
  Operation *owner = argument.getOwner()->getParentOp();
  if (owner == op) {
    int64_t place = point[argument.getArgNumber()];
    return Interval{place, place};
  }
  auto loop = dyn_cast<scf::ForOp>(owner);
  if (!loop || argument != loop.getInductionVar())
    return std::nullopt;
  auto lower = evaluate(loop.getLowerBound());
  auto upper = evaluate(loop.getUpperBound());
  auto step = evaluate(loop.getStep());
  if (!lower || !upper)
    return std::nullopt;
  int64_t last = std::max(lower->low, upper->high - 1);
  if (step && step->low == step->high && step->low > 0 &&
      lower->low == lower->high)
    last -= (last - lower->low) % step->low;
  return Interval{lower->low, last};
}

std::optional<Interval> CoreFootprints::evaluate(AffineExpr expr,
                                                 OperandRange operands,
                                                 unsigned numDims) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return Interval{constant.getValue(), constant.getValue()};
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return evaluate(operands[dim.getPosition()]);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return evaluate(operands[numDims + symbol.getPosition()]);
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto a = evaluate(binary.getLHS(), operands, numDims);
  auto b = evaluate(binary.getRHS(), operands, numDims);
  if (!a || !b)
    return std::nullopt;
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return add(*a, *b);
  case AffineExprKind::Mul:
    return multiply(*a, *b);
  case AffineExprKind::FloorDiv:
    return divide(*a, *b, /*up=*/false);
  case AffineExprKind::CeilDiv:
    return divide(*a, *b, /*up=*/true);
  case AffineExprKind::Mod:
    return remainder(*a, *b);
  default:
    return std::nullopt;
  }
}

std::optional<Interval>
CoreFootprints::evaluate(AffineMap map, OperandRange operands, bool isMax) {
  std::optional<Interval> result;
  for (AffineExpr expr : map.getResults()) {
    auto value = evaluate(expr, operands, map.getNumDims());
    if (!value)
      return std::nullopt;
    if (!result)
      result = value;
    else
      result = isMax ? larger(*result, *value) : smaller(*result, *value);
  }
  return result;
}

std::optional<Interval> CoreFootprints::evaluate(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return Interval{*constant, *constant};
  return evaluate(cast<Value>(value));
}

std::optional<Interval> CoreFootprints::evaluate(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  std::optional<Interval> result = compute(value);
  known[value] = result;
  return result;
}

std::optional<Interval> CoreFootprints::compute(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return evaluateArgument(argument);
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return Interval{*constant, *constant};
  Operation *def = value.getDefiningOp();
  if (auto apply = dyn_cast<affine::AffineApplyOp>(def))
    return evaluate(apply.getAffineMap(), def->getOperands(), false);
  if (auto least = dyn_cast<affine::AffineMinOp>(def))
    return evaluate(least.getAffineMap(), def->getOperands(), false);
  if (auto most = dyn_cast<affine::AffineMaxOp>(def))
    return evaluate(most.getAffineMap(), def->getOperands(), true);
  if (auto select = dyn_cast<arith::SelectOp>(def)) {
    auto a = evaluate(select.getTrueValue());
    auto b = evaluate(select.getFalseValue());
    if (!a || !b)
      return std::nullopt;
    return Interval{std::min(a->low, b->low), std::max(a->high, b->high)};
  }
  if (auto dim = dyn_cast<npu::RuntimeDimOp>(def))
    return limited(dim.getMinimum(), dim.getMaximum());
  if (def->getNumOperands() != 2)
    return std::nullopt;
  auto a = evaluate(def->getOperand(0)), b = evaluate(def->getOperand(1));
  if (!a || !b)
    return std::nullopt;
  using Result = std::optional<Interval>;
  return llvm::TypeSwitch<Operation *, Result>(def)
      .Case([&](arith::AddIOp) { return add(*a, *b); })
      .Case([&](arith::SubIOp) { return subtract(*a, *b); })
      .Case([&](arith::MulIOp) { return multiply(*a, *b); })
      .Case([&](arith::MinSIOp) -> Result { return smaller(*a, *b); })
      .Case([&](arith::MaxSIOp) -> Result { return larger(*a, *b); })
      .Case<arith::DivUIOp, arith::DivSIOp, arith::FloorDivSIOp>(
          [&](auto) { return divide(*a, *b, /*up=*/false); })
      .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>(
          [&](auto) { return divide(*a, *b, /*up=*/true); })
      .Case<arith::RemUIOp, arith::RemSIOp>(
          [&](auto) { return remainder(*a, *b); })
      .Default([](Operation *) -> Result { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

std::optional<int64_t> CoreFootprints::sizeBound(Value memref, unsigned dim) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  if (auto transpose = memref.getDefiningOp<memref::TransposeOp>())
    return sizeBound(transpose.getIn(),
                     transpose.getPermutation().getDimPosition(dim));
  auto subview = memref.getDefiningOp<memref::SubViewOp>();
  if (!subview)
    return std::nullopt;
  llvm::SmallBitVector dropped = subview.getDroppedDims();
  unsigned kept = 0;
  for (auto [index, size] : llvm::enumerate(subview.getMixedSizes())) {
    if (dropped[index] || kept++ != dim)
      continue;
    if (std::optional<Interval> bound = evaluate(size))
      return bound->high;
    break;
  }
  return std::nullopt;
}

bool CoreFootprints::toSource(Value &memref, SmallVector<Interval> &box) {
  if (auto transpose = memref.getDefiningOp<memref::TransposeOp>()) {
    SmallVector<Interval> moved(box.size());
    for (auto [dim, part] : llvm::enumerate(box))
      moved[transpose.getPermutation().getDimPosition(dim)] = part;
    box = moved;
    memref = transpose.getIn();
    return true;
  }
  if (auto cast = memref.getDefiningOp<memref::CastOp>()) {
    memref = cast.getSource();
    return true;
  }
  auto subview = memref.getDefiningOp<memref::SubViewOp>();
  if (!subview)
    return false;
  llvm::SmallBitVector dropped = subview.getDroppedDims();
  SmallVector<Interval> moved;
  unsigned kept = 0;
  for (auto [index, offset, stride] :
       llvm::enumerate(subview.getMixedOffsets(), subview.getMixedStrides())) {
    std::optional<Interval> place = evaluate(offset);
    std::optional<Interval> step = evaluate(stride);
    if (place && step && !dropped[index]) {
      std::optional<Interval> inside = multiply(box[kept++], *step);
      place = inside ? add(*place, *inside) : std::nullopt;
    }
    if (!place || !step)
      return false;
    moved.push_back(*place);
  }
  box = moved;
  memref = subview.getSource();
  return true;
}

/// The whole buffer, for which strides do not matter.
static std::optional<Footprint> wholeBuffer(Value root) {
  Footprint whole;
  whole.end = std::numeric_limits<int64_t>::max();
  auto alloc = root.getDefiningOp<npu::AllocOp>();
  if (!alloc) {
    whole.region = root;
    return whole;
  }
  if (!alloc.getOffset())
    return std::nullopt;
  whole.start = whole.begin = *alloc.getOffset();
  whole.end = whole.begin + getReservedBytes(alloc, /*accLanes=*/1);
  return whole;
}

/// Whether the view shows the whole buffer in another shape.
static bool isReshaped(Value view, Value root) {
  for (; view != root; view = view.getDefiningOp()->getOperand(0))
    if (!isa_and_present<memref::ExpandShapeOp, memref::CollapseShapeOp,
                         memref::CastOp>(view.getDefiningOp()))
      return false;
  return true;
}

std::optional<Footprint> CoreFootprints::of(Value memref) {
  Value root = npu::getRootBuffer(memref);
  std::optional<Footprint> result = wholeBuffer(root);
  if (!result)
    return std::nullopt;
  SmallVector<Interval> box;
  for (int64_t dim = 0; dim < cast<MemRefType>(memref.getType()).getRank();
       ++dim) {
    std::optional<int64_t> size = sizeBound(memref, dim);
    if (!size)
      return result;
    box.push_back({0, std::max<int64_t>(*size, 1) - 1});
  }
  while (memref != root && toSource(memref, box)) {
  }
  auto type = cast<MemRefType>(memref.getType());
  if (!isReshaped(memref, root) || !type.hasStaticShape() ||
      !type.getLayout().isIdentity())
    return result;
  Type element = type.getElementType();
  int64_t stride = element.isIndex()
                       ? 8
                       : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  int64_t first = result->start, last = result->start + stride;
  SmallVector<int64_t> strides(box.size());
  for (int64_t dim = box.size() - 1; dim >= 0; --dim) {
    // A window may reach beyond the buffer where a bound is not tight.
    int64_t size = std::max<int64_t>(type.getDimSize(dim), 1);
    box[dim] = {std::clamp<int64_t>(box[dim].low, 0, size - 1),
                std::clamp<int64_t>(box[dim].high, 0, size - 1)};
    strides[dim] = stride;
    first += box[dim].low * stride;
    last += box[dim].high * stride;
    stride *= size;
  }
  result->begin = first;
  result->end = last;
  result->strides = strides;
  result->box = box;
  return result;
}
