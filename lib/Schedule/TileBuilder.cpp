//===- TileBuilder.cpp - Loops, on-chip buffers and copies of one group ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "ashlar/Match/VectorProgram.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace ashlar {

TileBuilder::TileBuilder(const Group &group, ArrayRef<int64_t> tiles,
                         ArrayRef<int64_t> grid, bool lhsStreams,
                         ArrayRef<int64_t> order, ArrayRef<LoopEnd> ends,
                         RewriterBase &builder)
    : group(group), tiles(tiles), grid(grid), lhsStreams(lhsStreams),
      ends(ends), builder(builder), loc(group.members[group.root].op.getLoc()) {
  if (group.matrix)
    for (unsigned loop : group.matrix->batch)
      if (tiles[loop] > 1)
        batch.push_back(loop);
  for (unsigned loop : nestOrder(group.reduction, order)) {
    if (!iterates(loop))
      continue;
    nest.push_back(loop);
    numParallel += !group.reduction[loop];
  }
  position.resize(tiles.size());
  shareBegin.resize(tiles.size());
  shareLength.resize(tiles.size());
  for (int64_t tile : tiles)
    extents.push_back(builder.getIndexAttr(tile));
  decideDrops();
  describeLocals();
}

/// A loop of which every core has one tile is none.
bool TileBuilder::iterates(unsigned loop) const {
  if (tiles[loop] * grid[loop] < group.sizes[loop])
    return true;
  // A product without a reduction is zero, with or without a loop around it.
  if (group.reduction[loop] && !batch.empty())
    return false;
  return ends[loop].value && (ends[loop].mayBeEmpty || grid[loop] > 1);
}

/// Loops of one point vanish from tiles and bodies, which saves dimensions of
/// descriptors. A matrix product keeps one of each kind.
void TileBuilder::decideDrops() {
  // Windows are told by their maps, which have to stay what they are.
  if (group.window) {
    dropped.assign(tiles.size(), false);
    return;
  }
  for (int64_t tile : tiles)
    dropped.push_back(tile == 1);
  if (group.matrix) {
    for (ArrayRef<unsigned> kind :
         {ArrayRef<unsigned>(group.matrix->m), ArrayRef(group.matrix->n),
          ArrayRef(group.matrix->k)})
      keepOneOf(kind);
    return;
  }
  // A reduction of one point is an elementwise operation that reads its old
  // value, which takes an input. Without one to spare it stays a reduction.
  for (const GroupMember &member : group.members) {
    if (measureProgram(member.op).inputs < kMaxProgramInputs)
      continue;
    SmallVector<unsigned> reductions;
    for (auto [loop, type] :
         llvm::zip(member.loops, member.op.getIteratorTypesArray()))
      if (type == utils::IteratorType::reduction)
        reductions.push_back(loop);
    keepOneOf(reductions);
  }
}

/// Makes sure that at least one of `loops` remains, if there are any.
void TileBuilder::keepOneOf(ArrayRef<unsigned> loops) {
  if (!loops.empty() &&
      llvm::all_of(loops, [&](unsigned loop) { return dropped[loop]; }))
    dropped[loops.back()] = false;
}

void TileBuilder::describeLocals() {
  MLIRContext *context = builder.getContext();
  SmallVector<AffineExpr> dims;
  for (unsigned loop = 0; loop < tiles.size(); ++loop)
    dims.push_back(dropped[loop] ? getAffineConstantExpr(0, context)
                                 : getAffineDimExpr(loop, context));
  for (const GroupBuffer &buffer : group.buffers) {
    LocalBuffer &local = locals.emplace_back();
    auto pad = buffer.value.getDefiningOp<npu::PadOp>();
    for (auto [index, expr] : llvm::enumerate(buffer.map.getResults())) {
      bool isKept = false;
      for (unsigned loop = 0; loop < tiles.size(); ++loop)
        isKept |= !dropped[loop] && expr.isFunctionOfDim(loop);
      if (isKept || (pad && isPadded(pad, index)))
        local.moved.push_back(index);
      if (!isKept)
        continue;
      local.kept.push_back(index);
      local.exprs.push_back(expr.replaceDimsAndSymbols(dims, {}));
    }
  }
  if (group.accumulator < 0)
    return;
  AccumulatorLoops loops = getAccumulatorLoops(group, lhsStreams);
  for (unsigned loop : llvm::concat<unsigned>(loops.rows, loops.lanes))
    if (!dropped[loop])
      locals[group.accumulator].accExprs.push_back(dims[loop]);
}

//===----------------------------------------------------------------------===//
// Extents and positions
//===----------------------------------------------------------------------===//

/// How many points of `loop` the current tile has: less at the boundary.
OpFoldResult TileBuilder::loopExtent(unsigned loop) {
  int64_t size = group.sizes[loop], tile = tiles[loop];
  Value rest = ends[loop].value;
  if (tile == 1 || (!rest && (size % tile == 0 || !position[loop])))
    return builder.getIndexAttr(tile);
  if (!rest)
    rest = arith::ConstantIndexOp::create(builder, loc, size);
  Value most = arith::ConstantIndexOp::create(builder, loc, tile);
  if (position[loop])
    rest = arith::SubIOp::create(builder, loc, rest, position[loop]);
  return arith::MinSIOp::create(builder, loc, rest, most).getResult();
}

/// Calls `visit(loop, scale)` for the terms of a window sum.
static void forEachTerm(AffineExpr expr, unsigned numLoops,
                        function_ref<void(unsigned, int64_t)> visit) {
  SmallVector<int64_t> coefficients;
  if (failed(getFlattenedAffineExpr(expr, numLoops, 0, &coefficients)))
    return;
  for (unsigned loop = 0; loop < numLoops; ++loop)
    if (coefficients[loop] != 0)
      visit(loop, coefficients[loop]);
}

int64_t TileBuilder::indexBound(AffineExpr expr) const {
  int64_t bound = 1;
  forEachTerm(expr, tiles.size(), [&](unsigned loop, int64_t scale) {
    bound += scale * (tiles[loop] - 1);
  });
  return bound;
}

/// 1 + sum of scale * (extent - 1).
OpFoldResult TileBuilder::indexExtent(AffineExpr expr) {
  AffineExpr sum = getAffineConstantExpr(1, builder.getContext());
  SmallVector<OpFoldResult> operands;
  forEachTerm(expr, tiles.size(), [&](unsigned loop, int64_t scale) {
    sum =
        sum + (getAffineSymbolExpr(operands.size(), builder.getContext()) - 1) *
                  scale;
    operands.push_back(extents[loop]);
  });
  return affine::makeComposedFoldedAffineApply(
      builder, loc, AffineMap::get(0, operands.size(), sum), operands);
}

OpFoldResult TileBuilder::indexOffset(AffineExpr expr) {
  SmallVector<OpFoldResult> operands;
  for (Value value : position)
    operands.push_back(value ? OpFoldResult(value)
                             : OpFoldResult(builder.getIndexAttr(0)));
  return affine::makeComposedFoldedAffineApply(
      builder, loc, AffineMap::get(operands.size(), 0, expr), operands);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// After how many loops of the nest a buffer's tile is fixed.
unsigned TileBuilder::depthOf(const GroupBuffer &buffer) const {
  if (buffer.written)
    return numParallel;
  unsigned depth = 0;
  for (auto [index, loop] : llvm::enumerate(nest))
    if (buffer.map.isFunctionOfDim(loop))
      depth = index + 1;
  return depth;
}

void TileBuilder::enterLoop(unsigned loop) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value size = shareLength[loop], rest = ends[loop].value;
  if (rest && size) {
    rest = arith::SubIOp::create(builder, loc, rest, shareBegin[loop]);
    size = arith::MinSIOp::create(builder, loc, rest, size);
  } else if (rest) {
    size = rest;
  } else if (!size) {
    size = arith::ConstantIndexOp::create(builder, loc, group.sizes[loop]);
  }
  Value step = arith::ConstantIndexOp::create(builder, loc, tiles[loop]);
  auto op = scf::ForOp::create(builder, loc, zero, size, step);
  builder.setInsertionPointToStart(op.getBody());
  position[loop] = op.getInductionVar();
  if (shareBegin[loop])
    position[loop] =
        arith::AddIOp::create(builder, loc, shareBegin[loop], position[loop]);
  extents[loop] = loopExtent(loop);
}

void TileBuilder::build() {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(group.members.back().op);
  for (unsigned loop = 0; loop < ends.size(); ++loop)
    if (ends[loop].value && !iterates(loop))
      extents[loop] = loopExtent(loop);
  shareAmongCores();
  buildNest(0);
}

/// Constants, and what the caller provides.
static bool isNeverWritten(const GroupBuffer &buffer) {
  Value base = baseOf(buffer.value);
  if (auto argument = dyn_cast<BlockArgument>(base)) {
    auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
    auto io = function ? function.getArgAttrOfType<StringAttr>(
                             argument.getArgNumber(), "npu.io")
                       : StringAttr();
    return io && io.getValue() == "input";
  }
  return base.getDefiningOp<memref::GetGlobalOp>() != nullptr;
}

void TileBuilder::buildNest(unsigned depth) {
  // What only reduction loops need is loaded inside of them; what is written
  // lives outside of them. Weights come first: they need not wait for the group
  // before, and queues are in order.
  for (bool isConstant : {true, false})
    for (auto [number, buffer] : llvm::enumerate(group.buffers))
      if (depthOf(buffer) == depth && isNeverWritten(buffer) == isConstant)
        load(number);
  if (depth == numParallel)
    for (unsigned index = 0; index < group.root; ++index)
      if (batch.empty() || !runsPerPoint(group, index))
        cloneMember(index);
  if (depth < nest.size()) {
    OpBuilder::InsertionGuard guard(builder);
    enterLoop(nest[depth]);
    buildNest(depth + 1);
    position[nest[depth]] = Value();
    extents[nest[depth]] = builder.getIndexAttr(tiles[nest[depth]]);
  } else if (batch.empty()) {
    cloneMember(group.root);
  } else {
    buildPoints();
  }
  if (depth == numParallel)
    buildInnermostParallel();
}

/// What follows the root inside the parallel loops.
void TileBuilder::buildInnermostParallel() {
  unsigned next = group.root + 1;
  if (!batch.empty())
    next = std::max(next, unsigned(group.drainMember + 1));
  else if (accumulatorNeedsSram(group))
    drainToSram();
  for (unsigned index = next; index < group.members.size(); ++index)
    cloneMember(index);
  for (auto [number, buffer] : llvm::enumerate(group.buffers))
    if (buffer.written && buffer.escapes && !isResident(buffer))
      store(number);
}

//===----------------------------------------------------------------------===//
// Members
//===----------------------------------------------------------------------===//

/// Before the root's end the accumulator is the buffer; afterwards the output
/// stage reads it, and everybody else its copy in the scratchpad.
bool TileBuilder::usesAccumulator(unsigned memberIndex,
                                  OpOperand &operand) const {
  int buffer = group.members[memberIndex].buffers[operand.getOperandNumber()];
  if (group.accumulator < 0 || buffer != group.accumulator)
    return false;
  return memberIndex <= group.root || int(memberIndex) == group.drainMember;
}

void TileBuilder::cloneMember(unsigned index) {
  const GroupMember &member = group.members[index];
  OpBuilder::InsertionGuard guard(builder);
  if (isPureCopy(group)) {
    shareTile();
    return;
  }
  SmallVector<Value> operands;
  SmallVector<SmallVector<AffineExpr>> exprs;
  for (OpOperand &operand : member.op->getOpOperands()) {
    int number = member.buffers[operand.getOperandNumber()];
    if (number < 0) {
      operands.push_back(operand.get());
      exprs.emplace_back();
      continue;
    }
    const LocalBuffer &local = locals[number];
    bool inAcc = usesAccumulator(index, operand);
    operands.push_back(inAcc ? local.acc : local.sram);
    exprs.push_back(inAcc ? local.accExprs : local.exprs);
  }
  if (isa<linalg::FillOp>(member.op.getOperation()))
    linalg::FillOp::create(builder, member.op.getLoc(), operands[0],
                           operands[1]);
  else
    cloneGeneric(member, operands, exprs,
                 index == group.root && group.matrix && !lhsStreams);
}

/// The source's tile is the target's tile, its dimensions in another order.
void TileBuilder::shareTile() {
  LocalBuffer &source = locals[group.members[0].buffers[0]];
  LocalBuffer &target = locals[group.members[0].buffers[1]];
  SmallVector<AffineExpr> order;
  for (AffineExpr expr : target.exprs)
    order.push_back(builder.getAffineDimExpr(llvm::find(source.exprs, expr) -
                                             source.exprs.begin()));
  AffineMap map = AffineMap::get(order.size(), 0, order, builder.getContext());
  target.sram = source.sram;
  if (!map.isIdentity())
    target.sram = memref::TransposeOp::create(builder, loc, source.sram,
                                              AffineMapAttr::get(map));
}

void TileBuilder::cloneGeneric(const GroupMember &member,
                               ArrayRef<Value> operands,
                               ArrayRef<SmallVector<AffineExpr>> exprs,
                               bool swapInputs) {
  MLIRContext *context = builder.getContext();
  SmallVector<utils::IteratorType> iterators;
  SmallVector<AffineExpr> dims(tiles.size(), getAffineConstantExpr(0, context));
  SmallVector<unsigned> newPosition(member.loops.size(), ~0u);
  for (auto [index, type] :
       llvm::enumerate(member.op.getIteratorTypesArray())) {
    unsigned loop = member.loops[index];
    if (dropped[loop])
      continue;
    newPosition[index] = iterators.size();
    dims[loop] = getAffineDimExpr(iterators.size(), context);
    iterators.push_back(type);
  }
  SmallVector<AffineMap> maps;
  for (ArrayRef<AffineExpr> results : exprs) {
    SmallVector<AffineExpr> replaced;
    for (AffineExpr expr : results)
      replaced.push_back(expr.replaceDimsAndSymbols(dims, {}));
    maps.push_back(AffineMap::get(iterators.size(), 0, replaced, context));
  }
  SmallVector<Value> inputs(operands.take_front(member.op.getNumDpsInputs()));
  SmallVector<Value> outputs(operands.drop_front(inputs.size()));
  if (swapInputs) {
    std::swap(inputs[0], inputs[1]);
    std::swap(maps[0], maps[1]);
  }
  auto result =
      linalg::GenericOp::create(builder, member.op.getLoc(), TypeRange(),
                                inputs, outputs, maps, iterators);
  cloneBody(member, result.getRegion(), swapInputs, newPosition);
}

void TileBuilder::cloneBody(const GroupMember &member, Region &region,
                            bool swapInputs, ArrayRef<unsigned> newPosition) {
  IRMapping mapping;
  Region &source = member.op->getRegion(0);
  source.cloneInto(&region, mapping);
  Block &body = region.front();
  if (swapInputs) {
    BlockArgument second = body.getArgument(1);
    BlockArgument first =
        body.insertArgument(0u, second.getType(), second.getLoc());
    second.replaceAllUsesWith(first);
    body.eraseArgument(2);
  }
  // Indices count from the tile's corner; bodies mean those of the whole.
  for (auto indexOp :
       llvm::make_early_inc_range(body.getOps<linalg::IndexOp>())) {
    builder.setInsertionPoint(indexOp);
    unsigned dim = indexOp.getDim(), place = newPosition[dim];
    Value corner = position[member.loops[dim]], result;
    if (place != ~0u)
      result = linalg::IndexOp::create(builder, indexOp.getLoc(), place);
    if (corner && result)
      result = arith::AddIOp::create(builder, indexOp.getLoc(), result, corner);
    else if (corner)
      result = corner;
    else if (!result)
      result = arith::ConstantIndexOp::create(builder, indexOp.getLoc(), 0);
    builder.replaceOp(indexOp, result);
  }
}

} // namespace ashlar
