//===- DecomposeAttention.cpp - npu.attention as separate operations ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The definition that the host executes, and what remains where the operation
// does not pay: scores, their softmax and the result as whole tensors.
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace ashlar::npu;

namespace {

using Body = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;

class Decomposition {
public:
  Decomposition(OpBuilder &builder, AttentionOp op)
      : op(op), b(op.getLoc(), builder), extents(op.getExtents()),
        f32(b.getF32Type()), m(op.getRowDim()), n(op.getKeyDim()),
        d(op.getDepthDim()), v(op.getColumnDim()), rows(withBatch({m})),
        points(withBatch({m, n})) {}
  Value run();

private:
  Value buildScores();
  Value buildWeights(Value scores);
  SmallVector<unsigned> withBatch(std::initializer_list<unsigned> dims);
  Value emptyLike(Value tensor, Type element);
  Value fill(ArrayRef<unsigned> dims, float value);
  Value build(ArrayRef<unsigned> loops, ArrayRef<Value> inputs,
              ArrayRef<AffineMap> maps, Value init, AffineMap initMap,
              Body body);
  AffineMap mapOf(ArrayRef<unsigned> dims) {
    SmallVector<AffineExpr> exprs;
    for (unsigned dim : dims)
      exprs.push_back(b.getAffineDimExpr(dim));
    return AffineMap::get(op.getNumDims(), 0, exprs, b.getContext());
  }

  AttentionOp op;
  ImplicitLocOpBuilder b;
  SmallVector<int64_t> extents;
  Type f32;
  unsigned m, n, d, v;
  SmallVector<unsigned> rows, points; ///< dimensions of sums and of scores
};

Value widen(ImplicitLocOpBuilder &b, Value value) {
  return value.getType().isF32()
             ? value
             : Value(arith::ExtFOp::create(b, b.getF32Type(), value));
}

Value narrow(ImplicitLocOpBuilder &b, Value value, Type type) {
  return value.getType() == type
             ? value
             : Value(arith::TruncFOp::create(b, type, value));
}

} // namespace

Value Decomposition::fill(ArrayRef<unsigned> dims, float value) {
  SmallVector<int64_t> shape;
  for (unsigned dim : dims)
    shape.push_back(extents[dim]);
  Value empty = tensor::EmptyOp::create(b, shape, f32);
  Value scalar = arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  return linalg::FillOp::create(b, scalar, empty).getResult(0);
}

/// A generic over the given dimensions of the common space, reductions being
/// those that the init does not have.
Value Decomposition::build(ArrayRef<unsigned> loops, ArrayRef<Value> inputs,
                           ArrayRef<AffineMap> maps, Value init,
                           AffineMap initMap, Body body) {
  SmallVector<AffineExpr> places(op.getNumDims(), b.getAffineConstantExpr(0));
  SmallVector<utils::IteratorType> iterators;
  for (auto [place, loop] : llvm::enumerate(loops)) {
    places[loop] = b.getAffineDimExpr(place);
    iterators.push_back(initMap.isFunctionOfDim(loop)
                            ? utils::IteratorType::parallel
                            : utils::IteratorType::reduction);
  }
  SmallVector<AffineMap> all(maps);
  all.push_back(initMap);
  for (AffineMap &map : all)
    map = map.replaceDimsAndSymbols(places, {}, loops.size(), 0);
  return linalg::GenericOp::create(
             b, TypeRange(init.getType()), inputs, ValueRange(init), all,
             iterators,
             [&](OpBuilder &nested, Location loc, ValueRange args) {
               ImplicitLocOpBuilder inner(loc, nested);
               linalg::YieldOp::create(inner, body(inner, args));
             })
      .getResult(0);
}

static Value multiplyAdd(ImplicitLocOpBuilder &b, ValueRange args) {
  Value product =
      arith::MulFOp::create(b, widen(b, args[0]), widen(b, args[1]));
  return arith::AddFOp::create(b, args[2], product);
}

SmallVector<unsigned>
Decomposition::withBatch(std::initializer_list<unsigned> dims) {
  auto result = llvm::to_vector(llvm::seq<unsigned>(0, op.getNumBatch()));
  result.append(dims);
  return result;
}

Value Decomposition::emptyLike(Value tensor, Type element) {
  auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
  return tensor::EmptyOp::create(b, shape, element);
}

/// scale * query * key^T + mask, in f32.
Value Decomposition::buildScores() {
  Value scores = build(withBatch({m, n, d}), {op.getQuery(), op.getKey()},
                       {op.getMap(0), op.getMap(1)}, fill(points, 0),
                       mapOf(points), multiplyAdd);
  SmallVector<Value> inputs = {scores};
  SmallVector<AffineMap> maps = {mapOf(points)};
  if (op.getMask()) {
    inputs.push_back(op.getMask());
    maps.push_back(op.getMap(3));
  }
  return build(points, inputs, maps, emptyLike(scores, f32), mapOf(points),
               [&](ImplicitLocOpBuilder &b, ValueRange args) {
                 Value scale = arith::ConstantOp::create(b, op.getScaleAttr());
                 Value x = arith::MulFOp::create(b, args[0], scale);
                 if (op.getMask())
                   x = arith::AddFOp::create(b, x, widen(b, args[1]));
                 return x;
               });
}

/// The softmax of the scores over the keys, in the value's type.
Value Decomposition::buildWeights(Value scores) {
  Value largest =
      build(points, {scores}, {mapOf(points)},
            fill(rows, -std::numeric_limits<float>::infinity()), mapOf(rows),
            [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
              return arith::MaximumFOp::create(b, args[1], args[0]);
            });
  Value weights = build(points, {scores, largest}, {mapOf(points), mapOf(rows)},
                        emptyLike(scores, f32), mapOf(points),
                        [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                          Value x = arith::SubFOp::create(b, args[0], args[1]);
                          return math::ExpOp::create(b, x);
                        });
  Value sums =
      build(points, {weights}, {mapOf(points)}, fill(rows, 0), mapOf(rows),
            [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
              return arith::AddFOp::create(b, args[1], args[0]);
            });
  Type element = getElementTypeOrSelf(op.getValue().getType());
  return build(points, {weights, sums}, {mapOf(points), mapOf(rows)},
               emptyLike(weights, element), mapOf(points),
               [&](ImplicitLocOpBuilder &b, ValueRange args) {
                 Value x = arith::DivFOp::create(b, args[0], args[1]);
                 return narrow(b, x, element);
               });
}

Value Decomposition::run() {
  SmallVector<unsigned> out = withBatch({m, v});
  Value weights = buildWeights(buildScores());
  Value result = build(withBatch({m, n, v}), {weights, op.getValue()},
                       {mapOf(points), op.getMap(2)}, fill(out, 0), mapOf(out),
                       multiplyAdd);
  return build(out, {result}, {mapOf(out)}, op.getTarget(), op.getTargetMap(),
               [&](ImplicitLocOpBuilder &b, ValueRange args) {
                 return narrow(b, args[0], args[1].getType());
               });
}

Value ashlar::npu::decomposeAttention(OpBuilder &builder, AttentionOp op) {
  return Decomposition(builder, op).run();
}
