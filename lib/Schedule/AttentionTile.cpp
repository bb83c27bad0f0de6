//===- AttentionTile.cpp - Attention on chip ------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace ashlar {

AttentionTile::AttentionTile(npu::AttentionOp part, ArrayRef<int64_t> tiles,
                             int64_t interleave, ImplicitLocOpBuilder &builder)
    : part(part), b(builder), sizes(part.getExtents()), bounds(tiles),
      offsets(tiles.size(), builder.getIndexAttr(0)), interleave(interleave),
      runRows(llvm::divideCeil(tiles[part.getRowDim()], interleave)),
      m(part.getRowDim()), n(part.getKeyDim()), v(part.getColumnDim()),
      hasBlocks(tiles[n] < sizes[n]) {
  for (int64_t tile : tiles)
    extents.push_back(builder.getIndexAttr(tile));
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// A window of the given size at the origin, or the buffer if that is all.
static Value window(ImplicitLocOpBuilder &b, Value buffer,
                    ArrayRef<OpFoldResult> offsets,
                    ArrayRef<OpFoldResult> sizes) {
  auto type = cast<MemRefType>(buffer.getType());
  auto isZero = [&](OpFoldResult offset) {
    return isEqualConstantIntOrValue(offset, b.getIndexAttr(0));
  };
  if (llvm::all_of(offsets, isZero) &&
      isEqualConstantIntOrValueArray(
          sizes, getAsIndexOpFoldResult(b.getContext(), type.getShape())))
    return buffer;
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  return memref::SubViewOp::create(b, buffer, offsets, sizes, strides);
}

/// A buffer for whole tiles, seen through a window of this one's size.
AttentionTile::Tile AttentionTile::allocate(ArrayRef<unsigned> dims,
                                            Type element, npu::Space space) {
  SmallVector<int64_t> shape;
  SmallVector<OpFoldResult> sizes;
  for (unsigned dim : dims) {
    shape.push_back(bounds[dim]);
    sizes.push_back(extents[dim]);
  }
  Value buffer = memref::AllocOp::create(
      b, MemRefType::get(shape, element, MemRefLayoutAttrInterface(),
                         npu::SpaceAttr::get(b.getContext(), space)));
  SmallVector<OpFoldResult> origin(sizes.size(), b.getIndexAttr(0));
  return {window(b, buffer, origin, sizes), SmallVector<unsigned>(dims)};
}

/// The part of an operand in dram that this tile covers, without the dimensions
/// that are not in `dims`.
Value AttentionTile::partOf(Value whole, AffineMap map,
                            ArrayRef<unsigned> dims) {
  auto type = cast<MemRefType>(whole.getType());
  SmallVector<OpFoldResult> at, sizes;
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<int64_t> shape;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    bool isKept = dim && llvm::is_contained(dims, dim.getPosition());
    at.push_back(isKept ? offsets[dim.getPosition()]
                        : OpFoldResult(b.getIndexAttr(0)));
    sizes.push_back(isKept ? extents[dim.getPosition()]
                           : OpFoldResult(b.getIndexAttr(1)));
    if (isKept)
      shape.push_back(
          getConstantIntValue(sizes.back()).value_or(ShapedType::kDynamic));
  }
  auto result = memref::SubViewOp::inferRankReducedResultType(shape, type, at,
                                                              sizes, strides);
  return memref::SubViewOp::create(b, result, whole, at, sizes, strides);
}

/// An operand's tile, its dimensions in the operand's own order.
AttentionTile::Tile AttentionTile::load(npu::AttentionOp from,
                                        unsigned operand) {
  SmallVector<unsigned> dims;
  for (AffineExpr expr : from.getMap(operand).getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr);
        dim && dim.getPosition() >= from.getNumBatch())
      dims.push_back(dim.getPosition());
  Value source = from->getOperand(operand);
  Tile tile =
      allocate(dims, getElementTypeOrSelf(source.getType()), npu::Space::Sram);
  memref::CopyOp::create(b, partOf(source, from.getMap(operand), dims),
                         tile.buffer);
  return tile;
}

/// The rows of a tile that are a run's.
AttentionTile::Tile AttentionTile::rowsOf(const Tile &tile, const Run &run) {
  if (!llvm::is_contained(tile.dims, m) || interleave == 1)
    return tile;
  SmallVector<OpFoldResult> at, sizes;
  auto type = cast<MemRefType>(tile.buffer.getType());
  for (auto [index, dim] : llvm::enumerate(tile.dims)) {
    at.push_back(dim == m ? run.offset : OpFoldResult(b.getIndexAttr(0)));
    sizes.push_back(dim == m ? run.rows
                    : type.isDynamicDim(index)
                        ? extents[dim]
                        : OpFoldResult(b.getIndexAttr(type.getDimSize(index))));
  }
  return {window(b, tile.buffer, at, sizes), tile.dims};
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

Value AttentionTile::constant(ImplicitLocOpBuilder &b, float value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

void AttentionTile::fill(const Tile &tile, float value) {
  linalg::FillOp::create(b, ValueRange(constant(b, value)),
                         ValueRange(tile.buffer));
}

/// A generic over the dimensions of the operands; what the output lacks is
/// reduced.
void AttentionTile::generic(ArrayRef<Tile> inputs, const Tile &output,
                            Body body) {
  SmallVector<unsigned> loops(output.dims);
  for (const Tile &input : inputs)
    for (unsigned dim : input.dims)
      if (!llvm::is_contained(loops, dim))
        loops.push_back(dim);
  auto mapOf = [&](const Tile &tile) {
    SmallVector<AffineExpr> exprs;
    for (unsigned dim : tile.dims)
      exprs.push_back(
          b.getAffineDimExpr(llvm::find(loops, dim) - loops.begin()));
    return AffineMap::get(loops.size(), 0, exprs, b.getContext());
  };
  SmallVector<AffineMap> maps;
  SmallVector<Value> buffers;
  for (const Tile &input : inputs) {
    maps.push_back(mapOf(input));
    buffers.push_back(input.buffer);
  }
  maps.push_back(mapOf(output));
  SmallVector<utils::IteratorType> iterators(loops.size(),
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), output.dims.size(),
              utils::IteratorType::parallel);
  linalg::GenericOp::create(
      b, TypeRange(), buffers, ValueRange(output.buffer), maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        ImplicitLocOpBuilder inner(loc, nested);
        linalg::YieldOp::create(inner, body(inner, args));
      });
}

static Value widen(ImplicitLocOpBuilder &b, Value value) {
  return value.getType().isF32()
             ? value
             : Value(arith::ExtFOp::create(b, b.getF32Type(), value));
}

/// To the type of the output's element, the last argument of a body.
static Value narrow(ImplicitLocOpBuilder &b, Value value, ValueRange args) {
  Type type = args.back().getType();
  return value.getType() == type
             ? value
             : Value(arith::TruncFOp::create(b, type, value));
}

void AttentionTile::product(const Tile &lhs, const Tile &rhs, const Tile &acc) {
  generic({lhs, rhs}, acc, [](ImplicitLocOpBuilder &b, ValueRange args) {
    Value x = widen(b, args[0]), y = widen(b, args[1]);
    return arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, x, y))
        .getResult();
  });
}

/// s = scale * q k^T + mask, from the accumulators to the scratchpad.
void AttentionTile::buildScores(Run &run, const Tile &key, const Tile *mask) {
  Type f32 = b.getF32Type();
  Tile acc = allocate({m, n}, f32, npu::Space::Acc);
  fill(acc, 0);
  product(run.query, key, acc);
  run.scores = allocate({m, n}, f32, npu::Space::Sram);
  SmallVector<Tile> inputs = {acc};
  if (mask)
    inputs.push_back(rowsOf(*mask, run));
  float scale = part.getScale().convertToFloat();
  generic(inputs, run.scores, [&](ImplicitLocOpBuilder &b, ValueRange args) {
    Value x = args[0];
    if (scale != 1.0f)
      x = arith::MulFOp::create(b, x, constant(b, scale));
    if (mask)
      x = arith::AddFOp::create(b, x, widen(b, args[1]));
    return x;
  });
}

/// w = exp(s - m'), in the type that multiplies the values; brings the run's
/// maximum, sum and rescaling up to date.
AttentionTile::Tile AttentionTile::buildWeights(Run &run) {
  Type f32 = b.getF32Type();
  Tile before;
  if (hasBlocks) {
    before = allocate({m}, f32, npu::Space::Sram);
    generic({run.largest}, before,
            [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; });
  }
  generic({run.scores}, run.largest,
          [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
            return arith::MaximumFOp::create(b, args[1], args[0]);
          });
  if (hasBlocks) {
    run.rescale = allocate({m}, f32, npu::Space::Sram);
    generic({before, run.largest}, run.rescale,
            [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
              Value x = arith::SubFOp::create(b, args[0], args[1]);
              return math::ExpOp::create(b, x);
            });
    generic({run.rescale}, run.sum,
            [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
              return arith::MulFOp::create(b, args[1], args[0]);
            });
  }
  Tile weights =
      allocate({m, n}, getElementTypeOrSelf(part.getValue().getType()),
               npu::Space::Sram);
  generic({run.scores, run.largest}, weights,
          [](ImplicitLocOpBuilder &b, ValueRange args) {
            Value x = arith::SubFOp::create(b, args[0], args[1]);
            return narrow(b, math::ExpOp::create(b, x), args);
          });
  // What is summed is what multiplies, roundings included.
  generic({weights}, run.sum,
          [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
            return arith::AddFOp::create(b, args[1], widen(b, args[0]));
          });
  return weights;
}

//===----------------------------------------------------------------------===//
// Runs of rows
//===----------------------------------------------------------------------===//

/// Run number `number` of the tile: its rows, and their statistics before the
/// first key. The lowest finite number instead of minus infinity as the first
/// maximum keeps differences of masked scores from being NaN; a row that is
/// masked as a whole ends as 0 / 0.
void AttentionTile::beginRun(Run &run, int64_t number, const Tile &query) {
  std::optional<int64_t> whole = getConstantIntValue(extents[m]);
  int64_t begin = number * runRows;
  run.offset = b.getIndexAttr(begin);
  if (interleave == 1) {
    run.rows = extents[m];
  } else if (whole) {
    run.rows = b.getIndexAttr(std::clamp<int64_t>(*whole - begin, 0, runRows));
  } else {
    Value rest = arith::SubIOp::create(
        b, getValueOrCreateConstantIndexOp(b, b.getLoc(), extents[m]),
        arith::ConstantIndexOp::create(b, begin));
    rest = arith::MinSIOp::create(b, rest,
                                  arith::ConstantIndexOp::create(b, runRows));
    run.rows =
        arith::MaxSIOp::create(b, rest, arith::ConstantIndexOp::create(b, 0))
            .getResult();
    // An offset beyond the tile's rows is none that a view may have.
    run.offset =
        arith::MinSIOp::create(
            b, getValueOrCreateConstantIndexOp(b, b.getLoc(), extents[m]),
            arith::ConstantIndexOp::create(b, begin))
            .getResult();
  }
  run.query = rowsOf(query, run);
}

/// Scores of all runs, then run by run what follows them.
void AttentionTile::buildBlock(MutableArrayRef<Run> runs,
                               npu::AttentionOp rows) {
  Tile itsKey = hasBlocks ? load(rows, 1) : key;
  Tile itsValue = hasBlocks ? load(rows, 2) : value;
  Tile mask;
  if (rows.getMask())
    mask = load(rows, 3);
  OpFoldResult tileRows = extents[m];
  int64_t tileBound = bounds[m];
  bounds[m] = runRows;
  for (Run &run : runs) {
    extents[m] = run.rows;
    buildScores(run, itsKey, rows.getMask() ? &mask : nullptr);
  }
  for (Run &run : runs) {
    extents[m] = run.rows;
    Tile weights = buildWeights(run);
    if (hasBlocks)
      generic({run.result, run.rescale}, run.result,
              [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                return arith::MulFOp::create(b, args[0], args[1]);
              });
    product(weights, itsValue, run.result);
  }
  extents[m] = tileRows;
  bounds[m] = tileBound;
}

/// o / l, as a product with the reciprocal of the sum.
void AttentionTile::finishRun(const Run &run, const Tile &target) {
  Tile reciprocal = allocate({m}, b.getF32Type(), npu::Space::Sram);
  generic({run.sum}, reciprocal,
          [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
            return arith::DivFOp::create(b, constant(b, 1), args[0]);
          });
  generic({run.result, reciprocal}, rowsOf(target, run),
          [](ImplicitLocOpBuilder &b, ValueRange args) {
            return narrow(b, arith::MulFOp::create(b, args[0], args[1]), args);
          });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

OpFoldResult AttentionTile::extentAt(unsigned dim, Value position) {
  if (sizes[dim] % bounds[dim] == 0)
    return b.getIndexAttr(bounds[dim]);
  Value rest = arith::SubIOp::create(
      b, arith::ConstantIndexOp::create(b, sizes[dim]), position);
  return arith::MinSIOp::create(b, rest,
                                arith::ConstantIndexOp::create(b, bounds[dim]))
      .getResult();
}

/// One tile of rows; `rows` is its part of the whole.
void AttentionTile::buildRows(npu::AttentionOp rows) {
  Tile query = load(rows, 0);
  std::vector<Run> runs(interleave);
  OpFoldResult tileRows = extents[m];
  int64_t tileBound = bounds[m];
  for (auto [number, run] : llvm::enumerate(runs)) {
    beginRun(run, number, query);
    extents[m] = run.rows;
    bounds[m] = runRows;
    Type f32 = b.getF32Type();
    run.largest = allocate({m}, f32, npu::Space::Sram);
    run.sum = allocate({m}, f32, npu::Space::Sram);
    run.result = allocate({m, v}, f32, npu::Space::Acc);
    fill(run.largest, std::numeric_limits<float>::lowest());
    fill(run.sum, 0);
    fill(run.result, 0);
    extents[m] = tileRows;
    bounds[m] = tileBound;
  }
  if (hasBlocks) {
    OpBuilder::InsertionGuard guard(b);
    auto loop =
        scf::ForOp::create(b, arith::ConstantIndexOp::create(b, 0),
                           arith::ConstantIndexOp::create(b, sizes[n]),
                           arith::ConstantIndexOp::create(b, bounds[n]));
    b.setInsertionPointToStart(loop.getBody());
    offsets[n] = loop.getInductionVar();
    extents[n] = extentAt(n, loop.getInductionVar());
    buildBlock(runs, rows);
  } else {
    buildBlock(runs, rows);
  }
  unsigned last = rows->getNumOperands() - 1;
  SmallVector<unsigned> dims;
  for (AffineExpr expr : rows.getMap(last).getResults())
    if (unsigned dim = cast<AffineDimExpr>(expr).getPosition();
        dim >= rows.getNumBatch())
      dims.push_back(dim);
  Tile target = allocate(dims, getElementTypeOrSelf(rows.getTarget().getType()),
                         npu::Space::Sram);
  bounds[m] = runRows;
  for (Run &run : runs) {
    extents[m] = run.rows;
    finishRun(run, target);
  }
  extents[m] = tileRows;
  bounds[m] = tileBound;
  memref::CopyOp::create(b, target.buffer,
                         partOf(rows.getTarget(), rows.getMap(last), dims));
}

void AttentionTile::build(Value begin, Value length) {
  if (!hasBlocks) {
    key = load(part, 1);
    value = load(part, 2);
  }
  if (!length && bounds[m] == sizes[m])
    return buildRows(part);
  OpBuilder::InsertionGuard guard(b);
  if (!length)
    length = arith::ConstantIndexOp::create(b, sizes[m]);
  auto loop =
      scf::ForOp::create(b, arith::ConstantIndexOp::create(b, 0), length,
                         arith::ConstantIndexOp::create(b, bounds[m]));
  b.setInsertionPointToStart(loop.getBody());
  Value position = loop.getInductionVar();
  if (begin)
    position = arith::AddIOp::create(b, begin, position);
  extents[m] = extentAt(m, position);
  SmallVector<OpFoldResult> at(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> of = getAsIndexOpFoldResult(b.getContext(), sizes);
  at[m] = position;
  of[m] = extents[m];
  auto tiled = part.getTiledImplementation(b, at, of);
  auto rows = cast<npu::AttentionOp>(tiled->tiledOps.front());
  buildRows(rows);
  rows.erase();
}

} // namespace ashlar
