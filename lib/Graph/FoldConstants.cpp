//===- FoldConstants.cpp - What depends on constants only -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "ConstantBytes.h"
#include "EvaluateElementwise.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassRegistry.h"

namespace ashlar {
#define GEN_PASS_DEF_FOLDCONSTANTS
#define GEN_PASS_REGISTRATION
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

/// Results may be this much larger than the operands they are made of...
static constexpr int64_t maxGrowth = 2;
/// ... and small ones always fold.
static constexpr int64_t smallBytes = 4096;

static int64_t byteSize(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() *
         std::max<int64_t>(1,
                           tensor.getElementType().getIntOrFloatBitWidth() / 8);
}

static bool staysSmall(Operation *op) {
  int64_t in = 0, out = 0;
  for (Type type : op->getOperandTypes())
    in += byteSize(type);
  for (Type type : op->getResultTypes()) {
    if (!cast<RankedTensorType>(type).hasStaticShape())
      return false;
    out += byteSize(type);
  }
  return out <= smallBytes || out <= maxGrowth * in;
}

/// The operations that can be computed now, in order; constants not included.
static SetVector<Operation *> findFoldable(func::FuncOp func,
                                           bool keepDequantize) {
  SetVector<Operation *> foldable;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (!isa<nn::NNDialect>(op.getDialect()) || isa<nn::ConstantOp>(op) ||
        !isPure(&op) || (keepDequantize && isa<nn::DequantizeOp>(op)))
      continue;
    bool known = llvm::all_of(op.getOperands(), [&](Value operand) {
      Operation *producer = operand.getDefiningOp();
      return producer &&
             (isa<nn::ConstantOp>(producer) || foldable.contains(producer));
    });
    if (known && staysSmall(&op))
      foldable.insert(&op);
  }
  return foldable;
}

/// Results of `foldable` that other operations use.
static SmallVector<Value> findNeeded(const SetVector<Operation *> &foldable) {
  SmallVector<Value> needed;
  for (Operation *op : foldable)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !foldable.contains(user);
          }))
        needed.push_back(result);
  return needed;
}

/// A module whose `main` computes `needed`.
static OwningOpRef<ModuleOp> outline(const SetVector<Operation *> &foldable,
                                     ArrayRef<Value> needed, Location loc) {
  OpBuilder builder(loc.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(module->getBody());
  auto func = func::FuncOp::create(
      builder, loc, "main",
      builder.getFunctionType({},
                              llvm::to_vector(ValueRange(needed).getTypes())));
  builder.setInsertionPointToStart(func.addEntryBlock());
  IRMapping mapping;
  for (Operation *op : foldable) {
    for (Value operand : op->getOperands())
      if (!mapping.contains(operand))
        builder.clone(*operand.getDefiningOp(), mapping);
    builder.clone(*op, mapping);
  }
  SmallVector<Value> results;
  for (Value value : needed)
    results.push_back(mapping.lookup(value));
  func::ReturnOp::create(builder, loc, results);
  return module;
}

/// The result of an operation on constants that needs no program; null if it
/// takes one.
static ElementsAttr evaluate(Operation *op) {
  if (!isa<nn::TransposeOp, nn::ReshapeOp>(op))
    return staysSmall(op) ? evaluateElementwise(op) : nullptr;
  auto constant = op->getOperand(0).getDefiningOp<nn::ConstantOp>();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!constant || !type.hasStaticShape() ||
      !hasByteElements(constant.getValue()))
    return nullptr;
  if (auto transpose = dyn_cast<nn::TransposeOp>(op))
    return permuteElements(constant.getValue(), transpose.getPermutation());
  return nn::reinterpretElements(constant.getValue(), type);
}

/// Computes here what is simple: weights are large and are only moved, and
/// statistics are small and many. The host path would compile and run a program
/// for each of their shapes.
static void foldSimple(func::FuncOp func, bool keepDequantize) {
  for (Operation &op : llvm::make_early_inc_range(
           func.getBody().front().without_terminator())) {
    bool isKnown = isa<nn::NNDialect>(op.getDialect()) &&
                   !(keepDequantize && isa<nn::DequantizeOp>(op)) &&
                   op.getNumOperands() > 0 &&
                   llvm::all_of(op.getOperands(), [](Value operand) {
                     return operand.getDefiningOp<nn::ConstantOp>();
                   });
    ElementsAttr value = isKnown ? evaluate(&op) : nullptr;
    if (!value)
      continue;
    OpBuilder builder(&op);
    op.getResult(0).replaceAllUsesWith(
        nn::ConstantOp::create(builder, op.getLoc(), value));
    llvm::SmallSetVector<Value, 4> operands;
    operands.insert_range(op.getOperands());
    op.erase();
    for (Value operand : operands)
      if (operand.use_empty())
        operand.getDefiningOp()->erase();
  }
}

namespace {

class FoldConstantsPass
    : public ashlar::impl::FoldConstantsBase<FoldConstantsPass> {
public:
  using FoldConstantsBase::FoldConstantsBase;
  FoldConstantsPass() = default;
  FoldConstantsPass(ConstantEvaluator evaluator,
                    const FoldConstantsOptions &options)
      : FoldConstantsBase(options), evaluator(std::move(evaluator)) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    foldSimple(func, keepDequantize);
    if (!evaluator)
      return;
    SetVector<Operation *> foldable = findFoldable(func, keepDequantize);
    SmallVector<Value> needed = findNeeded(foldable);
    if (needed.empty())
      return;
    auto module = outline(foldable, needed, func.getLoc());
    auto values = evaluator(*module);
    if (failed(values))
      return signalPassFailure();
    OpBuilder builder(func.getContext());
    for (auto [result, value] : llvm::zip_equal(needed, *values)) {
      builder.setInsertionPoint(result.getDefiningOp());
      result.replaceAllUsesWith(
          nn::ConstantOp::create(builder, result.getLoc(), value));
    }
    for (Operation *op : llvm::reverse(foldable))
      if (op->use_empty())
        op->erase();
    func.walk([](nn::ConstantOp op) {
      if (op->use_empty())
        op->erase();
    });
  }

private:
  ConstantEvaluator evaluator;
};

} // namespace

std::unique_ptr<Pass>
ashlar::createFoldConstants(ConstantEvaluator evaluator,
                            const FoldConstantsOptions &options) {
  return std::make_unique<FoldConstantsPass>(std::move(evaluator), options);
}

void ashlar::registerGraphPasses(ConstantEvaluator evaluator) {
  registerChooseLayout();
  registerFoldAffine();
  registerFormAttention();
  registerCommuteQuantization();
  registerLowerQuantized();
  registerQuantizeTypes();
  registerSetIoTypes();
  registerSetPrecision();
  registerSplitConvTranspose();
  registerTabulateFunctions();
  ::mlir::registerPass([evaluator = std::move(evaluator)] {
    return createFoldConstants(evaluator);
  });
}
