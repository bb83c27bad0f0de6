//===- MatrixLowering.cpp - Products, preloads and drains -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "ashlar/Match/Lookup.h"
#include "ashlar/Match/MatrixWork.h"
#include "ashlar/Match/OutputStage.h"
#include "ashlar/Match/VectorProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ashlar {

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {
/// A fill that the first step of a reduction makes unnecessary, and the loops
/// between them.
struct AccumulatorStart {
  linalg::FillOp fill;
  SmallVector<scf::ForOp> loops; ///< innermost first
};
} // namespace

static bool runsAtLeastOnce(scf::ForOp loop) {
  APInt lower, upper;
  return matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) &&
         matchPattern(loop.getUpperBound(), m_ConstantInt(&upper)) &&
         lower.slt(upper);
}

/// The fill that gives `acc` its first value for `op` alone: nothing else
/// writes `acc`, and the loops around `op` run.
static std::optional<AccumulatorStart> findStart(linalg::GenericOp op,
                                                 Value acc) {
  AccumulatorStart start;
  for (Operation *user : acc.getUsers()) {
    if (auto fill = dyn_cast<linalg::FillOp>(user)) {
      if (start.fill)
        return std::nullopt;
      start.fill = fill;
    } else if (auto other = dyn_cast<linalg::LinalgOp>(user)) {
      if (other != op && llvm::is_contained(other.getDpsInits(), acc))
        return std::nullopt;
    } else if (isa<npu::PreloadOp, npu::MatmulOp, memref::SubViewOp>(user)) {
      return std::nullopt;
    }
  }
  if (!start.fill)
    return std::nullopt;
  Operation *ancestor = op;
  while (ancestor->getBlock() != start.fill->getBlock()) {
    auto loop = dyn_cast_if_present<scf::ForOp>(ancestor->getParentOp());
    if (!loop || !runsAtLeastOnce(loop))
      return std::nullopt;
    start.loops.push_back(loop);
    ancestor = loop;
  }
  return start.fill->isBeforeInBlock(ancestor) ? std::optional(start)
                                               : std::nullopt;
}

static std::optional<AccumulatorStart> findZeroStart(linalg::GenericOp op,
                                                     Value acc) {
  std::optional<AccumulatorStart> start = findStart(op, acc);
  if (start && (matchPattern(start->fill.value(), m_PosZeroFloat()) ||
                matchPattern(start->fill.value(), m_Zero())))
    return start;
  return std::nullopt;
}

linalg::FillOp findAccumulatorStart(linalg::GenericOp op, Value acc,
                                    Operation *combiner) {
  std::optional<AccumulatorStart> start = findStart(op, acc);
  TypedAttr value;
  if (!start || !start->loops.empty() ||
      !matchPattern(start->fill.value(), m_Constant(&value)) ||
      !isIdentityOf(combiner, value))
    return nullptr;
  return start->fill;
}

/// True from the second product on: some loop has moved.
static Value buildAccumulateIf(ArrayRef<scf::ForOp> loops, Location loc,
                               RewriterBase &rewriter) {
  Value result;
  for (scf::ForOp loop : loops) {
    Value moved =
        arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne,
                              loop.getInductionVar(), loop.getLowerBound());
    result = result ? Value(arith::OrIOp::create(rewriter, loc, result, moved))
                    : moved;
  }
  return result;
}

std::string lowerMatmul(linalg::GenericOp op, RewriterBase &rewriter) {
  std::optional<MatrixWork> work = matchMatrixWork(op);
  if (!work || !work->batch.empty())
    return "it writes an accumulator but is no product of the matrix unit";
  rewriter.setInsertionPoint(op);
  Value acc = op.getDpsInits()[0];
  std::optional<AccumulatorStart> start = findZeroStart(op, acc);
  Value accumulateIf;
  if (start)
    accumulateIf = buildAccumulateIf(start->loops, op.getLoc(), rewriter);
  auto toAttr = [&](ArrayRef<unsigned> dims) {
    return rewriter.getDenseI64ArrayAttr(
        SmallVector<int64_t>(dims.begin(), dims.end()));
  };
  auto matmul = npu::MatmulOp::create(
      rewriter, op.getLoc(), op.getDpsInputs()[0], op.getDpsInputs()[1], acc,
      accumulateIf, op.getIndexingMapsAttr(), toAttr(work->m), toAttr(work->n),
      toAttr(work->k),
      /*accumulate=*/!start, work->lhsUnsigned, work->rhsUnsigned);
  (void)matmul;
  if (start)
    rewriter.eraseOp(start->fill);
  rewriter.eraseOp(op);
  return "";
}

//===----------------------------------------------------------------------===//
// Output stage
//===----------------------------------------------------------------------===//

/// The maps of `operands` from the dimensions of the accumulator, whose own map
/// is a permutation of the loops.
static ArrayAttr mapsFromAccumulator(linalg::GenericOp op, AffineMap accMap,
                                     ArrayRef<OpOperand *> operands,
                                     RewriterBase &rewriter) {
  AffineMap toLoops = inversePermutation(accMap);
  SmallVector<Attribute> maps;
  for (OpOperand *operand : operands)
    maps.push_back(AffineMapAttr::get(
        op.getMatchingIndexingMap(operand).compose(toLoops)));
  return rewriter.getArrayAttr(maps);
}

std::string lowerPreload(linalg::GenericOp op, RewriterBase &rewriter) {
  if (!isDataMovement(op))
    return "only a plain copy can be loaded into accumulators";
  OpOperand *source = op.getDpsInputOperand(0), *acc = op.getDpsInitOperand(0);
  AffineMap accMap = op.getMatchingIndexingMap(acc);
  if (!accMap.isPermutation())
    return "the accumulator's indices are no permutation of the loops";
  rewriter.setInsertionPoint(op);
  npu::PreloadOp::create(rewriter, op.getLoc(), source->get(), acc->get(),
                         ValueRange(),
                         mapsFromAccumulator(op, accMap, {source}, rewriter));
  rewriter.eraseOp(op);
  return "";
}

/// Integers on their way between memory and f32 pass no 32-bit register here:
/// the stage converts elements of any type.
static void shortenConversions(Block &body, bool toUnsigned,
                               RewriterBase &rewriter) {
  OpBuilder::InsertionGuard guard(rewriter);
  for (Operation &op : llvm::make_early_inc_range(body)) {
    Operation *inner =
        op.getNumOperands() == 1 ? op.getOperand(0).getDefiningOp() : nullptr;
    if (!inner)
      continue;
    rewriter.setInsertionPoint(&op);
    Type type = op.getNumResults() == 1 ? op.getResult(0).getType() : Type();
    if (isa<arith::SIToFPOp, arith::UIToFPOp>(op) &&
        isa<arith::ExtSIOp, arith::ExtUIOp>(inner)) {
      Value narrow = inner->getOperand(0);
      if (isa<arith::ExtUIOp>(inner))
        rewriter.replaceOpWithNewOp<arith::UIToFPOp>(&op, type, narrow);
      else
        rewriter.replaceOpWithNewOp<arith::SIToFPOp>(&op, type, narrow);
    } else if (isa<arith::TruncIOp>(op) &&
               isa<arith::FPToSIOp, arith::FPToUIOp>(inner)) {
      Value number = inner->getOperand(0);
      if (toUnsigned)
        rewriter.replaceOpWithNewOp<arith::FPToUIOp>(&op, type, number);
      else
        rewriter.replaceOpWithNewOp<arith::FPToSIOp>(&op, type, number);
    } else {
      continue;
    }
    if (inner->use_empty())
      rewriter.eraseOp(inner);
  }
}

/// Operands of the output stage: the accumulator's, then tensors, with what the
/// body calls their elements; scalars are mapped.
namespace {
struct OutputOperands {
  SmallVector<OpOperand *> mapped;
  SmallVector<Value> tensors;
  SmallVector<BlockArgument> arguments;
  IRMapping scalars;
};
} // namespace

static OutputOperands collectOutputOperands(linalg::GenericOp op,
                                            OpOperand *acc, OpOperand *first) {
  OutputOperands result;
  result.mapped = {first};
  result.arguments = {op.getMatchingBlockArgument(acc)};
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (input == acc)
      continue;
    BlockArgument argument = op.getMatchingBlockArgument(input);
    if (!isa<MemRefType>(input->get().getType())) {
      result.scalars.map(argument, input->get());
      continue;
    }
    result.mapped.push_back(input);
    result.tensors.push_back(input->get());
    result.arguments.push_back(argument);
  }
  return result;
}

/// The chain of `op` as the region of a drain or preload.
static void buildOutputBody(linalg::GenericOp op, OutputOperands &operands,
                            Region &region, bool isUnsigned,
                            RewriterBase &rewriter) {
  Block *body = rewriter.createBlock(&region);
  for (BlockArgument argument : operands.arguments)
    operands.scalars.map(argument,
                         body->addArgument(argument.getType(), op.getLoc()));
  for (Value tensor :
       ArrayRef(operands.tensors).drop_front(operands.arguments.size() - 1))
    body->addArgument(getElementTypeOrSelf(tensor.getType()), op.getLoc());
  cloneBodyToNPU(*op.getBlock(), operands.scalars, rewriter);
  shortenConversions(*body, isUnsigned, rewriter);
}

std::string lowerRescale(linalg::GenericOp op, RewriterBase &rewriter) {
  OpOperand *acc = op.getDpsInputOperand(0), *target = op.getDpsInitOperand(0);
  if (acc->get() != target->get() ||
      op.getMatchingIndexingMap(acc) != op.getMatchingIndexingMap(target))
    return "accumulators can only be rewritten in place";
  if (!isOutputStageWork(op, 0))
    return "the output stage cannot compute it";
  OutputOperands operands = collectOutputOperands(op, acc, acc);
  rewriter.setInsertionPoint(op);
  auto preload = npu::PreloadOp::create(
      rewriter, op.getLoc(), acc->get(), acc->get(), operands.tensors,
      mapsFromAccumulator(op, op.getMatchingIndexingMap(acc), operands.mapped,
                          rewriter));
  buildOutputBody(op, operands, preload.getBody(), false, rewriter);
  rewriter.eraseOp(op);
  return "";
}

/// Tables of lookups are the last tensors; nothing of them depends on the
/// place.
static ArrayAttr addTables(linalg::GenericOp op, unsigned rank, ArrayAttr maps,
                           OutputOperands &operands) {
  SmallVector<Attribute> all(maps.begin(), maps.end());
  for (const Lookup &lookup : findLookups(op)) {
    operands.tensors.push_back(lookup.table);
    all.push_back(AffineMapAttr::get(
        AffineMap::get(rank, 0, getAffineConstantExpr(0, op.getContext()))));
  }
  return ArrayAttr::get(op.getContext(), all);
}

std::string lowerDrain(linalg::GenericOp op, unsigned accInput,
                       RewriterBase &rewriter) {
  std::optional<OutputStageWork> work = matchOutputStage(op, accInput);
  if (!work)
    return "the output stage cannot compute it";
  if (work->steps > kMaxOutputSteps)
    return "the output stage runs at most 16 steps";
  OpOperand *acc = op.getDpsInputOperand(accInput);
  OutputOperands operands =
      collectOutputOperands(op, acc, op.getDpsInitOperand(0));
  rewriter.setInsertionPoint(op);
  AffineMap accMap = op.getMatchingIndexingMap(acc);
  ArrayAttr maps = mapsFromAccumulator(op, accMap, operands.mapped, rewriter);
  maps = addTables(op, accMap.getNumResults(), maps, operands);
  auto drain =
      npu::DrainOp::create(rewriter, op.getLoc(), acc->get(),
                           op.getDpsInits()[0], operands.tensors, maps);
  bool isPlain =
      op.getBlock()->getOperations().size() == 1 && operands.tensors.empty();
  if (!isPlain)
    buildOutputBody(op, operands, drain.getBody(), work->isUnsigned, rewriter);
  rewriter.eraseOp(op);
  return "";
}

} // namespace ashlar
