//===- RaiseGathers.cpp - Elements picked in bodies become npu.gather -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tensor.extract in a body picks an element per point. Dimensions of its
// source that are walked by a loop alone are slices; the others, which must be
// neighbours, become one, whose positions a list states. Loops that the list
// depends on cannot walk slices too, so that their dimensions join the list's;
// in the worst case the list has an entry for every point.
//
//===----------------------------------------------------------------------===//

#include "GenericInputs.h"

#include "ashlar/Schedule/Passes.h"

#include "ashlar/Match/Lookup.h"
#include "dialects/npu/NPU.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_RAISEGATHERS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// Operations of the body that `values` are computed by, in order, and the
/// arguments and loops that they depend on.
struct Cone {
  SmallVector<Operation *> ops;
  llvm::SetVector<BlockArgument> inputs;
  llvm::SmallBitVector loops;
};

Cone coneOf(linalg::GenericOp op, ValueRange values) {
  llvm::SmallPtrSet<Operation *, 16> needed;
  Cone cone;
  cone.loops.resize(op.getNumLoops());
  SmallVector<Value> worklist(values);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (argument.getOwner() == op.getBlock())
        cone.inputs.insert(argument);
      continue;
    }
    Operation *def = value.getDefiningOp();
    if (def->getBlock() != op.getBlock() || !needed.insert(def).second)
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(def))
      cone.loops.set(index.getDim());
    llvm::append_range(worklist, def->getOperands());
  }
  for (Operation &inner : *op.getBlock())
    if (needed.contains(&inner))
      cone.ops.push_back(&inner);
  for (BlockArgument argument : cone.inputs) {
    AffineMap map =
        op.getMatchingIndexingMap(op.getMatchingOpOperand(argument));
    for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
      if (map.isFunctionOfDim(loop))
        cone.loops.set(loop);
  }
  return cone;
}

/// How one extract becomes a gather.
struct Plan {
  /// The loop that walks each dimension of the source; nothing for those of the
  /// list.
  SmallVector<std::optional<unsigned>> walkedBy;
  int64_t first = 0,
          last = 0; ///< dimensions of the source that the list is for
  Cone cone;        ///< of the positions in them
  SmallVector<unsigned> listLoops;
};

class GatherRaiser {
public:
  GatherRaiser(linalg::GenericOp op, tensor::ExtractOp extract,
               PatternRewriter &rewriter)
      : op(op), extract(extract), rewriter(rewriter), loc(extract.getLoc()),
        sizes(op.getStaticLoopRanges()),
        sourceType(cast<RankedTensorType>(extract.getTensor().getType())) {}
  LogicalResult run();

private:
  bool makePlan();
  Value buildList();
  Value buildSource();
  Value buildGather(Value source, Value list);
  void replaceExtract(Value gathered);
  SmallVector<unsigned> walkedLoops(int64_t begin, int64_t end) const;

  linalg::GenericOp op;
  tensor::ExtractOp extract;
  PatternRewriter &rewriter;
  Location loc;
  SmallVector<int64_t> sizes;
  RankedTensorType sourceType;
  Plan plan;
};

/// Grows the list's dimensions until no loop is both walked and asked for.
bool GatherRaiser::makePlan() {
  int64_t rank = sourceType.getRank();
  llvm::SmallBitVector used(op.getNumLoops());
  for (auto [dim, index] : llvm::enumerate(extract.getIndices())) {
    auto loop = index.getDefiningOp<linalg::IndexOp>();
    bool isWalked = loop && !used.test(loop.getDim()) &&
                    sizes[loop.getDim()] <= sourceType.getDimSize(dim);
    plan.walkedBy.push_back(isWalked ? std::optional<unsigned>(loop.getDim())
                                     : std::nullopt);
    if (isWalked)
      used.set(loop.getDim());
  }
  plan.first = rank;
  plan.last = -1;
  for (bool changed = true; changed;) {
    changed = false;
    for (int64_t dim = 0; dim < rank; ++dim) {
      bool inside = dim > plan.first && dim < plan.last;
      bool asked = plan.walkedBy[dim] && plan.cone.loops.size() != 0 &&
                   plan.cone.loops.test(*plan.walkedBy[dim]);
      if (plan.walkedBy[dim] && !inside && !asked)
        continue;
      plan.walkedBy[dim] = std::nullopt;
      if (dim < plan.first || dim > plan.last) {
        plan.first = std::min(plan.first, dim);
        plan.last = std::max(plan.last, dim);
        changed = true;
      }
    }
    if (plan.last < 0)
      return false; // a plain slice: nobody writes it as an extract
    Cone cone = coneOf(
        op, extract.getIndices().slice(plan.first, plan.last - plan.first + 1));
    changed |= cone.loops != plan.cone.loops;
    plan.cone = std::move(cone);
  }
  for (unsigned loop : plan.cone.loops.set_bits())
    plan.listLoops.push_back(loop);
  return true;
}

SmallVector<unsigned> GatherRaiser::walkedLoops(int64_t begin,
                                                int64_t end) const {
  SmallVector<unsigned> loops;
  for (int64_t dim = begin; dim < end; ++dim)
    loops.push_back(*plan.walkedBy[dim]);
  return loops;
}

/// An elementwise operation over the list's loops; row-major positions in the
/// list's dimensions.
Value GatherRaiser::buildList() {
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> dims(sizes.size(), rewriter.getAffineConstantExpr(0));
  SmallVector<unsigned> place(sizes.size(), 0);
  for (unsigned loop : plan.listLoops) {
    place[loop] = shape.size();
    dims[loop] = rewriter.getAffineDimExpr(shape.size());
    shape.push_back(sizes[loop]);
  }
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (BlockArgument argument : plan.cone.inputs) {
    OpOperand *operand = op.getMatchingOpOperand(argument);
    inputs.push_back(operand->get());
    maps.push_back(op.getMatchingIndexingMap(operand).replaceDimsAndSymbols(
        dims, {}, shape.size(), 0));
  }
  maps.push_back(rewriter.getMultiDimIdentityMap(shape.size()));
  Type element = rewriter.getI32Type();
  Value empty = tensor::EmptyOp::create(rewriter, loc, shape, element);
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  auto list = linalg::GenericOp::create(
      rewriter, loc, TypeRange(empty.getType()), inputs, ValueRange(empty),
      maps, iterators, [&](OpBuilder &builder, Location loc, ValueRange args) {
        IRMapping mapping;
        for (auto [index, argument] : llvm::enumerate(plan.cone.inputs))
          mapping.map(argument, args[index]);
        for (Operation *inner : plan.cone.ops) {
          Operation *copy = builder.clone(*inner, mapping);
          if (auto index = dyn_cast<linalg::IndexOp>(copy))
            index.setDim(place[index.getDim()]);
        }
        Value position;
        for (int64_t dim = plan.first; dim <= plan.last; ++dim) {
          Value index = mapping.lookupOrDefault(extract.getIndices()[dim]);
          if (position) {
            Value size = arith::ConstantIndexOp::create(
                builder, loc, sourceType.getDimSize(dim));
            position = arith::MulIOp::create(builder, loc, position, size);
            index = arith::AddIOp::create(builder, loc, position, index);
          }
          position = index;
        }
        position = arith::IndexCastOp::create(builder, loc, element, position);
        linalg::YieldOp::create(builder, loc, position);
      });
  Value result = list.getResult(0);
  int64_t count = cast<RankedTensorType>(empty.getType()).getNumElements();
  auto type = RankedTensorType::get(count, element);
  if (shape.empty())
    return tensor::ExpandShapeOp::create(rewriter, loc, type, result,
                                         ArrayRef<ReassociationIndices>());
  if (shape.size() == 1)
    return result;
  ReassociationIndices all =
      llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
  return tensor::CollapseShapeOp::create(rewriter, loc, type, result,
                                         ArrayRef<ReassociationIndices>(all));
}

/// The part of the source that the loops walk, the list's dimensions as one.
Value GatherRaiser::buildSource() {
  Value source = extract.getTensor();
  int64_t rank = sourceType.getRank();
  SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0)),
      strides(rank, rewriter.getIndexAttr(1)), extents;
  bool isWhole = true;
  for (int64_t dim = 0; dim < rank; ++dim) {
    int64_t size = plan.walkedBy[dim] ? sizes[*plan.walkedBy[dim]]
                                      : sourceType.getDimSize(dim);
    isWhole &= size == sourceType.getDimSize(dim);
    extents.push_back(rewriter.getIndexAttr(size));
  }
  if (!isWhole)
    source = tensor::ExtractSliceOp::create(rewriter, loc, source, offsets,
                                            extents, strides);
  if (plan.first == plan.last)
    return source;
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim <= plan.first || dim > plan.last)
      groups.emplace_back();
    groups.back().push_back(dim);
  }
  return tensor::CollapseShapeOp::create(rewriter, loc, source, groups);
}

/// The picked elements: walked dimensions, the list's loops, walked dimensions.
Value GatherRaiser::buildGather(Value source, Value list) {
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(source.getType()).getShape());
  shape[plan.first] = cast<RankedTensorType>(list.getType()).getDimSize(0);
  Value empty = tensor::EmptyOp::create(rewriter, loc, shape,
                                        sourceType.getElementType());
  Value result = npu::GatherOp::create(
                     rewriter, loc, empty.getType(), source, list, empty,
                     rewriter.getI64IntegerAttr(plan.first), npu::QueueAttr())
                     .getResult();
  if (plan.listLoops.size() == 1)
    return result;
  SmallVector<ReassociationIndices> groups;
  SmallVector<int64_t> expanded;
  for (int64_t dim = 0; dim < int64_t(shape.size()); ++dim) {
    ReassociationIndices group;
    ArrayRef<unsigned> loops = plan.listLoops;
    if (dim != plan.first || loops.empty()) {
      group.push_back(expanded.size());
      expanded.push_back(shape[dim]);
    } else {
      for (unsigned loop : loops) {
        group.push_back(expanded.size());
        expanded.push_back(sizes[loop]);
      }
    }
    groups.push_back(group);
  }
  if (!plan.listLoops.empty())
    return tensor::ExpandShapeOp::create(
        rewriter, loc,
        RankedTensorType::get(expanded, sourceType.getElementType()), result,
        groups);
  // A list without loops has one entry: its dimension leaves.
  SmallVector<int64_t> kept;
  SmallVector<OpFoldResult> offsets, extents, strides;
  for (int64_t dim = 0; dim < int64_t(shape.size()); ++dim) {
    offsets.push_back(rewriter.getIndexAttr(0));
    extents.push_back(rewriter.getIndexAttr(shape[dim]));
    strides.push_back(rewriter.getIndexAttr(1));
    if (dim != plan.first)
      kept.push_back(shape[dim]);
  }
  return tensor::ExtractSliceOp::create(
      rewriter, loc, RankedTensorType::get(kept, sourceType.getElementType()),
      result, offsets, extents, strides);
}

/// The gathered tensor is another input; a body that only hands it on goes.
void GatherRaiser::replaceExtract(Value gathered) {
  int64_t rank = sourceType.getRank();
  SmallVector<unsigned> loops = walkedLoops(0, plan.first);
  llvm::append_range(loops, plan.listLoops);
  llvm::append_range(loops, walkedLoops(plan.last + 1, rank));
  SmallVector<AffineExpr> exprs;
  for (unsigned loop : loops)
    exprs.push_back(rewriter.getAffineDimExpr(loop));
  AffineMap map = AffineMap::get(sizes.size(), 0, exprs, rewriter.getContext());
  Operation *yield = op.getBlock()->getTerminator();
  if (op->getNumResults() == 1 && op.getNumReductionLoops() == 0 &&
      yield->getOperand(0) == extract.getResult() &&
      map == op.getIndexingMapsArray().back() &&
      gathered.getType() == op->getResult(0).getType()) {
    rewriter.replaceOp(op, gathered);
    return;
  }
  addInput(op, gathered, map, extract.getResult(), rewriter);
}

LogicalResult GatherRaiser::run() {
  if (!sourceType.hasStaticShape() || op.hasDynamicShape() ||
      sourceType.getRank() == 0 || sourceType.getNumElements() > INT32_MAX)
    return rewriter.notifyMatchFailure(op, "sizes that no list of words has");
  if (!makePlan())
    return rewriter.notifyMatchFailure(op, "a slice");
  // What the positions depend on must itself be computable from inputs.
  for (Operation *inner : plan.cone.ops)
    if (isa<tensor::ExtractOp>(inner) || inner->getNumRegions() != 0)
      return rewriter.notifyMatchFailure(op,
                                         "positions picked by others first");
  for (BlockArgument argument : plan.cone.inputs)
    if (argument.getArgNumber() >= op.getNumDpsInputs())
      return rewriter.notifyMatchFailure(op, "positions depend on results");
  Value list = buildList();
  replaceExtract(buildGather(buildSource(), list));
  return success();
}

struct RaiseExtract : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || isLookup(op))
      return failure();
    for (auto extract : op.getBlock()->getOps<tensor::ExtractOp>()) {
      // From outside of the body: a value of the graph.
      if (extract.getTensor().getParentBlock() != op.getBlock() &&
          succeeded(GatherRaiser(op, extract, rewriter).run()))
        return success();
    }
    return failure();
  }
};

struct RaiseGathers : ashlar::impl::RaiseGathersBase<RaiseGathers> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseExtract>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
