//===- FeedOutputStage.cpp - Bytes by way of accumulators -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The output stage reads accumulators alone. Elementwise work that no product
// feeds gets windows of one element in front of it: the vector unit moves bytes
// to accumulators as fast as its ports do, whatever the work on them would have
// cost it. Lookups in tables are done nowhere else.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"

#include "RequireMachine.h"
#include "ashlar/Match/Lookup.h"
#include "ashlar/Match/OutputStage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_FEEDOUTPUTSTAGE
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// The group of the accumulator that `sum` makes, and `op`, which does all its
/// work in the output stage; nothing if it is none.
std::optional<Group> groupBehind(linalg::LinalgOp sum, linalg::GenericOp op) {
  SmallVector<linalg::LinalgOp> members = {sum, op};
  if (auto fill = sum.getDpsInits()[0].getDefiningOp<linalg::FillOp>())
    members.insert(members.begin(),
                   cast<linalg::LinalgOp>(fill.getOperation()));
  std::string why;
  FailureOr<Group> group = analyzeGroup(members, why);
  if (failed(group) || group->drainMember != int(members.size()) - 1 ||
      !llvm::all_of(group->cuttable, [](bool cuttable) { return cuttable; }))
    return std::nullopt;
  return std::move(*group);
}

/// Whether a product or windows feed `op`, whose output stage then does all of
/// it.
bool finishesProduct(linalg::GenericOp op) {
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    auto product = input->get().getDefiningOp<linalg::LinalgOp>();
    return product && input->get().hasOneUse() &&
           isOutputStageWork(op, input->getOperandNumber()) &&
           groupBehind(product, op);
  });
}

/// Moves the lookup at the end of `op` to an operation of its own behind it,
/// which is returned.
linalg::GenericOp splitLookup(linalg::GenericOp op, IRRewriter &rewriter) {
  Lookup lookup = findLookups(op).back();
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  rewriter.setInsertionPointAfter(op);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Value empty =
      tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  auto result = linalg::GenericOp::create(
      b, TypeRange(type), op.getResult(0), empty,
      SmallVector<AffineMap>(2, identity), loops,
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        ImplicitLocOpBuilder inner(loc, builder);
        Value index = arith::IndexCastUIOp::create(
            inner, builder.getIndexType(), args[0]);
        Value entry = tensor::ExtractOp::create(inner, lookup.table, index);
        linalg::YieldOp::create(inner, entry);
      });
  rewriter.replaceAllUsesExcept(op.getResult(0), result.getResult(0), result);
  Operation *yield = op.getBlock()->getTerminator();
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperand(0, lookup.byte); });
  for (Operation &inner :
       llvm::make_early_inc_range(llvm::reverse(*op.getBlock())))
    if (isOpTriviallyDead(&inner))
      rewriter.eraseOp(&inner);
  return result;
}

/// Windows along a dimension next to the channels: at least two of them, with
/// ones in front.
Value expandToWindows(ImplicitLocOpBuilder &b, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = type.getRank(), missing = std::max<int64_t>(0, 2 - rank);
  if (missing == 0)
    return value;
  SmallVector<int64_t> shape(missing, 1);
  llvm::append_range(shape, type.getShape());
  SmallVector<ReassociationIndices> dims;
  if (rank != 0)
    dims.push_back({0, 1});
  return tensor::ExpandShapeOp::create(b, type.clone(shape), value, dims);
}

/// Sums of one byte each, as i32.
Value sumSingleBytes(ImplicitLocOpBuilder &b, Value bytes, bool isUnsigned) {
  auto type = cast<RankedTensorType>(bytes.getType());
  unsigned rank = type.getRank();
  Type i32 = b.getI32Type();
  Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(b, type.getShape(), i32);
  Value init = linalg::FillOp::create(b, zero, empty).getResult(0);
  Value sizes = tensor::EmptyOp::create(b, ArrayRef<int64_t>{1}, i32);
  SmallVector<AffineExpr> place, window;
  for (unsigned dim = 0; dim < rank; ++dim)
    place.push_back(b.getAffineDimExpr(dim));
  window = place;
  window[rank - 2] = window[rank - 2] + b.getAffineDimExpr(rank);
  MLIRContext *context = b.getContext();
  AffineMap maps[] = {AffineMap::get(rank + 1, 0, window, context),
                      AffineMap::get(rank + 1, 0, b.getAffineDimExpr(rank)),
                      AffineMap::get(rank + 1, 0, place, context)};
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.push_back(utils::IteratorType::reduction);
  return linalg::GenericOp::create(
             b, TypeRange(init.getType()), ValueRange{bytes, sizes}, init, maps,
             loops,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               Value wide =
                   isUnsigned
                       ? Value(
                             arith::ExtUIOp::create(builder, loc, i32, args[0]))
                       : arith::ExtSIOp::create(builder, loc, i32, args[0]);
               Value sum = arith::AddIOp::create(builder, loc, args[2], wide);
               linalg::YieldOp::create(builder, loc, sum);
             })
      .getResult(0);
}

/// Entries of `table` for bytes that accumulators hold.
Value lookUpSums(ImplicitLocOpBuilder &b, Value sums, Value table) {
  auto type = cast<RankedTensorType>(sums.getType());
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  Value empty = tensor::EmptyOp::create(b, type.getShape(), i8);
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, TypeRange(empty.getType()), sums, empty, maps, loops,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               ImplicitLocOpBuilder in(loc, builder);
               auto number = [&](float value) -> Value {
                 return arith::ConstantOp::create(in,
                                                  in.getF32FloatAttr(value));
               };
               Value x = arith::SIToFPOp::create(in, f32, args[0]);
               x = arith::MaximumFOp::create(in, x, number(-128));
               x = arith::MinimumFOp::create(in, x, number(127));
               x = arith::FPToSIOp::create(in, in.getI32Type(), x);
               x = arith::TruncIOp::create(in, i8, x);
               x = arith::IndexCastUIOp::create(in, in.getIndexType(), x);
               x = tensor::ExtractOp::create(in, table, x);
               linalg::YieldOp::create(in, x);
             })
      .getResult(0);
}

/// Puts windows of one element in front of a lookup.
void feedLookup(linalg::GenericOp op, IRRewriter &rewriter) {
  rewriter.setInsertionPoint(op);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Value table = findLookups(op).front().table;
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  Value bytes = expandToWindows(b, op.getDpsInputs()[0]);
  Value result = lookUpSums(b, sumSingleBytes(b, bytes, false), table);
  if (result.getType() != type) {
    SmallVector<ReassociationIndices> dims;
    if (type.getRank() != 0)
      dims.push_back({0, 1});
    result = tensor::CollapseShapeOp::create(b, type, result, dims);
  }
  rewriter.replaceOp(op, result);
}

//===----------------------------------------------------------------------===//
// Other work
//===----------------------------------------------------------------------===//

/// The last value in the body that depends on input number `input` and on
/// constants alone.
Value followAlone(linalg::GenericOp op, unsigned input) {
  Value value = op.getBlock()->getArgument(input);
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    bool isAlone = user->getNumResults() == 1 &&
                   llvm::all_of(user->getOperands(), [&](Value other) {
                     return other == value || matchPattern(other, m_Constant());
                   });
    if (!isAlone)
      break;
    value = user->getResult(0);
  }
  return value;
}

/// Computes what the body makes of a smaller input alone, in f32, by an
/// operation of its own in front of `op`, which reads its result.
void hoistSmallInputs(linalg::GenericOp op, IRRewriter &rewriter) {
  for (unsigned input = 0; input < op.getNumDpsInputs(); ++input) {
    OpOperand *operand = op.getDpsInputOperand(input);
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    BlockArgument argument = op.getMatchingBlockArgument(operand);
    Value value = followAlone(op, input);
    Operation *last = value.getDefiningOp();
    if (!type || !last || !value.getType().isF32() ||
        isa<arith::SIToFPOp, arith::UIToFPOp, arith::ExtFOp>(last) ||
        op.getMatchingIndexingMap(operand).getNumResults() >=
            op.getNumLoops() ||
        isa<linalg::YieldOp>(*value.user_begin()))
      continue;
    SmallVector<Operation *> chain = {last};
    while (!llvm::is_contained(chain.back()->getOperands(), argument))
      for (Value previous : chain.back()->getOperands())
        if (!matchPattern(previous, m_Constant())) {
          chain.push_back(previous.getDefiningOp());
          break;
        }
    rewriter.setInsertionPoint(op);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value empty = tensor::EmptyOp::create(b, type.getShape(), b.getF32Type());
    auto small = linalg::GenericOp::create(
        b, TypeRange(empty.getType()), operand->get(), empty,
        SmallVector<AffineMap>(2, b.getMultiDimIdentityMap(type.getRank())),
        SmallVector<utils::IteratorType>(type.getRank(),
                                         utils::IteratorType::parallel),
        [&](OpBuilder &builder, Location loc, ValueRange args) {
          IRMapping mapping;
          mapping.map(argument, args[0]);
          for (Operation *inner : llvm::reverse(chain)) {
            for (Value other : inner->getOperands())
              if (!mapping.contains(other))
                mapping.map(
                    other, builder.clone(*other.getDefiningOp())->getResult(0));
            builder.clone(*inner, mapping);
          }
          linalg::YieldOp::create(builder, loc, mapping.lookup(value));
        });
    rewriter.modifyOpInPlace(op, [&] {
      operand->set(small.getResult(0));
      argument.setType(b.getF32Type());
      rewriter.replaceAllUsesWith(value, argument);
      for (Operation *inner : chain)
        rewriter.eraseOp(inner);
    });
  }
}

/// The widening to i32 of the bytes of input number `input`, which are read in
/// order and for nothing else; null if it is something else.
Operation *findBytes(linalg::GenericOp op, unsigned input) {
  OpOperand *operand = op.getDpsInputOperand(input);
  BlockArgument argument = op.getMatchingBlockArgument(operand);
  if (!isa<RankedTensorType>(operand->get().getType()) ||
      !argument.getType().isInteger(8) || !argument.hasOneUse() ||
      !op.getMatchingIndexingMap(operand).isIdentity())
    return nullptr;
  Operation *widen = *argument.user_begin();
  return isa<arith::ExtSIOp, arith::ExtUIOp>(widen) &&
                 widen->getResult(0).getType().isInteger(32)
             ? widen
             : nullptr;
}

/// Takes back what was tried: `op` and what only it reads.
void eraseUnused(Operation *op, IRRewriter &rewriter) {
  llvm::SmallSetVector<Operation *, 4> sources;
  for (Value operand : op->getOperands())
    if (Operation *source = operand.getDefiningOp())
      sources.insert(source);
  rewriter.eraseOp(op);
  for (Operation *source : sources)
    if (isa<linalg::LinalgOp, tensor::EmptyOp>(source) &&
        isOpTriviallyDead(source))
      eraseUnused(source, rewriter);
}

/// `op` on accumulators that bytes of input number `input` become; null, and
/// nothing has changed, if the output stage cannot do that.
linalg::GenericOp feedWork(linalg::GenericOp op, unsigned input,
                           IRRewriter &rewriter) {
  if (!findBytes(op, input))
    return nullptr;
  rewriter.setInsertionPoint(op);
  auto fed = cast<linalg::GenericOp>(rewriter.clone(*op));
  Operation *widen = findBytes(fed, input);
  rewriter.setInsertionPoint(fed);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Value sums =
      sumSingleBytes(b, fed.getDpsInputs()[input], isa<arith::ExtUIOp>(widen));
  BlockArgument argument = fed.getBlock()->getArgument(input);
  fed.getDpsInputOperand(input)->set(sums);
  argument.setType(b.getI32Type());
  rewriter.replaceOp(widen, argument);
  hoistSmallInputs(fed, rewriter);
  if (isOutputStageWork(fed, input) &&
      groupBehind(sums.getDefiningOp<linalg::LinalgOp>(), fed))
    return fed;
  eraseUnused(fed, rewriter);
  return nullptr;
}

struct FeedOutputStage : ashlar::impl::FeedOutputStageBase<FeedOutputStage> {
  using FeedOutputStageBase::FeedOutputStageBase;
  FeedOutputStage() = default;
  FeedOutputStage(const runtime::Machine &machine, unsigned level)
      : machine(machine) {
    optLevel = level;
  }

  LogicalResult initialize(MLIRContext *context) override {
    return requireMachine(machine, target, context);
  }

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> work;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.hasPureTensorSemantics() && !op.hasDynamicShape() &&
          op.getNumReductionLoops() == 0 && op.getNumDpsInits() == 1)
        work.push_back(op);
    });
    SearchingScheduler scheduler(*machine, optLevel);
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : work)
      if (isLookup(op))
        feedLookup(op, rewriter);
      else if (finishesProduct(op))
        continue;
      else if (!findLookups(op).empty())
        feedLookup(splitLookup(op, rewriter), rewriter);
      else
        feedIfFaster(op, scheduler, rewriter);
  }

private:
  static void feedIfFaster(linalg::GenericOp op, Scheduler &scheduler,
                           IRRewriter &rewriter);

  std::optional<runtime::Machine> machine;
};

/// What the scheduler expects of a group.
double estimate(const Group &group, Scheduler &scheduler) {
  std::optional<TileDecision> decision =
      scheduler.decide(describeGroup(group), nullptr);
  return decision ? decision->cycles : std::numeric_limits<double>::infinity();
}

/// Whether the vector unit may do the work of `op` on tiles that are on chip
/// anyhow: it alone reads all of another operation's result, or what reads its
/// own is no product. What it costs by itself is then no measure.
bool mayJoinNeighbour(linalg::GenericOp op) {
  for (OpOperand *input : op.getDpsInputOperands())
    if (auto source = input->get().getDefiningOp<linalg::LinalgOp>();
        source && input->get().hasOneUse() &&
        op.getMatchingIndexingMap(input).isPermutation())
      return true;
  if (!op->hasOneUse())
    return false;
  auto reader = dyn_cast<linalg::LinalgOp>(*op->user_begin());
  return reader && !matchMatrixWork(reader) && !matchWindowWork(reader);
}

void FeedOutputStage::feedIfFaster(linalg::GenericOp op, Scheduler &scheduler,
                                   IRRewriter &rewriter) {
  if (op.getNumLoops() < 2 || mayJoinNeighbour(op))
    return;
  for (unsigned input = 0; input < op.getNumDpsInputs(); ++input) {
    linalg::GenericOp fed = feedWork(op, input, rewriter);
    if (!fed)
      continue;
    auto sum = fed.getDpsInputs()[input].getDefiningOp<linalg::LinalgOp>();
    std::string why;
    FailureOr<Group> alone =
        analyzeGroup(cast<linalg::LinalgOp>(op.getOperation()), why);
    if (succeeded(alone) && estimate(*groupBehind(sum, fed), scheduler) <
                                estimate(*alone, scheduler))
      rewriter.replaceOp(op, fed);
    else
      eraseUnused(fed, rewriter);
    return;
  }
}

} // namespace

std::unique_ptr<Pass>
ashlar::createFeedOutputStage(const runtime::Machine &machine,
                              unsigned optLevel) {
  return std::make_unique<::FeedOutputStage>(machine, optLevel);
}
