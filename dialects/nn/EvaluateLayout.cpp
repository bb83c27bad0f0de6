//===- EvaluateLayout.cpp - Small constants rearranged and reduced --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nn/Evaluate.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nn;

static void copyElement(const Elements &from, int64_t place, Elements &to) {
  if (to.isFloat())
    to.floats.push_back(from.floats[place]);
  else
    to.ints.push_back(from.ints[place]);
}

/// Calls `visit` with the index of each element of a shape, in order.
template <typename Visit>
static void forEachIndex(ArrayRef<int64_t> shape, Visit visit) {
  int64_t count = ShapedType::getNumElements(shape);
  SmallVector<int64_t> strides = computeStrides(shape);
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<int64_t> index = delinearize(i, strides);
    visit(ArrayRef<int64_t>(index));
  }
}

static int64_t placeOf(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t place = 0;
  for (auto [at, size] : llvm::zip_equal(index, shape))
    place = place * size + at;
  return place;
}

/// Each result element is the element of `from` whose index `map` makes of its
/// own.
template <typename Map>
static bool rearrange(const Elements &from, Elements &to, Map map) {
  forEachIndex(to.type.getShape(), [&](ArrayRef<int64_t> index) {
    copyElement(from, placeOf(map(index), from.type.getShape()), to);
  });
  return true;
}

static bool transpose(TransposeOp op, const Elements &from, Elements &to) {
  return rearrange(from, to, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> source(index.size());
    for (auto [i, dim] : llvm::enumerate(op.getPermutation()))
      source[dim] = index[i];
    return source;
  });
}

static bool slice(SliceOp op, const Elements &from, Elements &to) {
  return rearrange(from, to, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> source(index);
    for (auto [dim, at] : llvm::enumerate(source))
      at = op.getStarts()[dim] + at * op.getSteps()[dim];
    return source;
  });
}

static bool concat(ConcatOp op, ArrayRef<Elements> from, Elements &to) {
  forEachIndex(to.type.getShape(), [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> source(index);
    int64_t &at = source[op.getAxis()];
    size_t part = 0;
    while (at >= from[part].type.getDimSize(op.getAxis()))
      at -= from[part++].type.getDimSize(op.getAxis());
    copyElement(from[part], placeOf(source, from[part].type.getShape()), to);
  });
  return true;
}

/// Indices outside read the nearest end, as on the machine.
static bool gather(GatherOp op, ArrayRef<Elements> from, Elements &to) {
  int64_t axis = op.getAxis(), size = from[0].type.getDimSize(axis);
  size_t picked = from[1].type.getRank();
  if (size == 0)
    return false;
  return rearrange(from[0], to, [&](ArrayRef<int64_t> index) {
    int64_t at =
        from[1]
            .ints[placeOf(index.slice(axis, picked), from[1].type.getShape())];
    at = std::clamp<int64_t>(at < 0 ? at + size : at, 0, size - 1);
    SmallVector<int64_t> source(index.take_front(axis));
    source.push_back(at);
    llvm::append_range(source, index.drop_front(axis + picked));
    return source;
  });
}

static bool scatter(ArrayRef<Elements> from, Elements &to) {
  ArrayRef<int64_t> shape = to.type.getShape();
  ArrayRef<int64_t> places = from[1].type.getShape();
  size_t depth = places.back();
  int64_t count = ShapedType::getNumElements(places.drop_back());
  int64_t length = ShapedType::getNumElements(shape.drop_front(depth));
  if (ShapedType::getNumElements(shape) == 0)
    return false;
  to.floats = from[0].floats;
  to.ints = from[0].ints;
  for (int64_t i = 0; i < count; ++i) {
    int64_t place = 0;
    for (size_t dim = 0; dim < depth; ++dim) {
      int64_t at = from[1].ints[i * depth + dim], size = shape[dim];
      place = place * size +
              std::clamp<int64_t>(at < 0 ? at + size : at, 0, size - 1);
    }
    for (int64_t j = 0; j < length; ++j)
      if (to.isFloat())
        to.floats[place * length + j] = from[2].floats[i * length + j];
      else
        to.ints[place * length + j] = from[2].ints[i * length + j];
  }
  return true;
}

static bool pad(PadOp op, ArrayRef<Elements> from, Elements &to) {
  if (op.getMode() != PadMode::constant)
    return false;
  forEachIndex(to.type.getShape(), [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> source(index);
    bool inside = true;
    for (auto [dim, at] : llvm::enumerate(source)) {
      at -= op.getLow()[dim];
      inside &= at >= 0 && at < from[0].type.getDimSize(dim);
    }
    if (inside)
      copyElement(from[0], placeOf(source, from[0].type.getShape()), to);
    else if (from.size() > 1)
      copyElement(from[1], 0, to);
    else if (to.isFloat())
      to.floats.push_back(0);
    else
      to.ints.push_back(0);
  });
  return true;
}

static bool iota(IotaOp op, Elements &to) {
  Type element = to.type.getElementType();
  forEachIndex(to.type.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t at = index[op.getAxis()];
    if (to.isFloat())
      to.floats.push_back(roundTo(element, double(at)));
    else
      to.ints.push_back(wrapTo(element, at));
  });
  return true;
}

bool nn::evaluateLayout(Operation *op, ArrayRef<Elements> operands,
                        Elements &result) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](TransposeOp transposed) {
        return transpose(transposed, operands[0], result);
      })
      .Case([&](BroadcastOp) {
        for (int64_t place : broadcastPlaces(operands[0].type.getShape(),
                                             result.type.getShape()))
          copyElement(operands[0], place, result);
        return true;
      })
      .Case([&](SliceOp part) { return slice(part, operands[0], result); })
      .Case([&](ConcatOp joined) { return concat(joined, operands, result); })
      .Case([&](GatherOp picks) { return gather(picks, operands, result); })
      .Case([&](ScatterNDOp) { return scatter(operands, result); })
      .Case([&](PadOp padded) { return pad(padded, operands, result); })
      .Case([&](IotaOp counted) { return iota(counted, result); })
      .Default(false);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static int64_t combine(ReduceKind kind, Type type, int64_t x, int64_t y) {
  bool isUnsigned = type.isUnsignedInteger() || type.isInteger(1);
  bool less = isUnsigned ? uint64_t(x) < uint64_t(y) : x < y;
  switch (kind) {
  case ReduceKind::sum:
    return wrapTo(type, int64_t(uint64_t(x) + uint64_t(y)));
  case ReduceKind::prod:
    return wrapTo(type, int64_t(uint64_t(x) * uint64_t(y)));
  case ReduceKind::max:
    return less ? y : x;
  case ReduceKind::min:
  case ReduceKind::mean:
    return less ? x : y;
  }
  return 0;
}

/// Of integers, whose sums do not depend on an order; no mean, and of no
/// elements nothing.
static bool reduce(ReduceOp op, const Elements &from, Elements &to) {
  if (from.isFloat() || op.getKind() == ReduceKind::mean || from.size() == 0)
    return false;
  ArrayRef<int64_t> shape = from.type.getShape();
  SmallVector<int64_t> kept;
  for (auto [dim, size] : llvm::enumerate(shape))
    kept.push_back(llvm::is_contained(op.getAxes(), int64_t(dim)) ? 1 : size);
  SmallVector<std::optional<int64_t>> results(to.size());
  size_t next = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> target(index);
    for (int64_t axis : op.getAxes())
      target[axis] = 0;
    std::optional<int64_t> &result = results[placeOf(target, kept)];
    int64_t value = from.ints[next++];
    result = result ? combine(op.getKind(), from.type.getElementType(), *result,
                              value)
                    : value;
  });
  for (std::optional<int64_t> result : results)
    to.ints.push_back(*result);
  return true;
}

bool nn::evaluateReduction(Operation *op, ArrayRef<Elements> operands,
                           Elements &result) {
  auto reduction = dyn_cast<ReduceOp>(op);
  return reduction && reduce(reduction, operands[0], result);
}
