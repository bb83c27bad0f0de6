//===- FuseElementwise.cpp - Elementwise chains as one program ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericInputs.h"

#include "ashlar/Schedule/Passes.h"

#include "ashlar/Match/Lookup.h"
#include "ashlar/Match/MatrixWork.h"
#include "ashlar/Match/OutputStage.h"
#include "ashlar/Match/VectorProgram.h"
#include "ashlar/Match/WindowWork.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ashlar {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// Whether `producer`, read through `operand`, may become part of the reader:
/// the result must be one program again. Limits are checked on the sum of both;
/// what both read counts once.
bool fitsTogether(linalg::LinalgOp producer, OpOperand &operand) {
  auto consumer = cast<linalg::LinalgOp>(operand.getOwner());
  ProgramSize first = measureProgram(producer),
              second = measureProgram(consumer);
  llvm::SmallDenseSet<std::pair<Value, AffineMap>> inputs;
  AffineMap access = consumer.getMatchingIndexingMap(&operand);
  AffineMap result =
      producer.getMatchingIndexingMap(producer.getDpsInitOperand(0));
  AffineMap toProducer = inversePermutation(result).compose(access);
  for (OpOperand *input : consumer.getDpsInputOperands())
    if (input->get() != operand.get() &&
        isa<ShapedType>(input->get().getType()))
      inputs.insert({input->get(), consumer.getMatchingIndexingMap(input)});
  for (OpOperand *input : producer.getDpsInputOperands())
    if (isa<ShapedType>(input->get().getType()))
      inputs.insert(
          {input->get(),
           producer.getMatchingIndexingMap(input).compose(toProducer)});
  return inputs.size() <= kMaxProgramInputs &&
         first.ops + second.ops <= kMaxProgramOps &&
         second.outputs <= kMaxProgramOutputs;
}

/// Whether a transposition may become part of the product that reads it: the
/// matrix unit reads either orientation, so it rides on the load of the tiles.
/// Windows stay: their rows have to be contiguous.
bool ridesOnProduct(linalg::GenericOp producer, linalg::GenericOp consumer) {
  std::optional<MatrixWork> work = matchMatrixWork(consumer);
  return work && work->lhsMayStay && work->rhsMayStay &&
         isDataMovement(producer) &&
         llvm::all_of(producer.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isPermutation(); });
}

/// The input of `op`, other than `known`, that is the result of a product or of
/// windows, read by `op` alone.
OpOperand *findProductInput(linalg::LinalgOp op, OpOperand *known = nullptr) {
  for (OpOperand *input : op.getDpsInputOperands())
    if (auto product = input->get().getDefiningOp<linalg::LinalgOp>();
        product && input != known && hasOneReader(input->get()) &&
        (matchMatrixWork(product) || matchWindowWork(product)))
      return input;
  return nullptr;
}

/// Whether a producer may become part of the reader as far as the output stage
/// is concerned: it finishes one product, and what it can do it does for
/// nothing.
bool keepsOutputStage(linalg::GenericOp producer, OpOperand &operand) {
  OpOperand *product = findProductInput(producer);
  if (!product)
    return true;
  linalg::LinalgOp consumer = cast<linalg::LinalgOp>(operand.getOwner());
  if (findProductInput(consumer, &operand))
    return false;
  unsigned accInput = product->getOperandNumber();
  if (!matchOutputStage(producer, accInput))
    return true;
  std::optional<OutputStageWork> both = matchOutputStage(
      producer, accInput, consumer, operand.getOperandNumber());
  return both && both->steps <= kMaxOutputSteps;
}

/// Entries of tables are the output stage's work alone, and its last: whether a
/// producer, of them or for them, may become part of the reader.
bool keepsLookups(linalg::GenericOp producer, OpOperand &operand) {
  auto consumer = cast<linalg::LinalgOp>(operand.getOwner());
  if (!findLookups(producer).empty())
    return false;
  if (findLookups(consumer).empty())
    return true;
  OpOperand *product = findProductInput(producer);
  return product && matchOutputStage(producer, product->getOperandNumber(),
                                     consumer, operand.getOperandNumber());
}

/// Whether the producer may become part of the reader in what it computes.
bool canMerge(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || producer->getNumResults() != 1 ||
      !producer->hasOneUse())
    return false;
  if (matchMatrixWork(producer) || matchMatrixWork(consumer) ||
      matchWindowWork(consumer))
    return false;
  if (producer.getNumReductionLoops() != 0 ||
      !producer.getMatchingIndexingMap(producer.getDpsInitOperand(0))
           .isPermutation())
    return false;
  // Under a broadcast or a reduction along new loops the producer would be
  // computed again for every point of them.
  if (consumer.getNumLoops() > producer.getNumLoops() &&
      measureProgram(producer).trans + measureProgram(producer).slow > 0)
    return false;
  return fitsTogether(producer, *operand) && keepsLookups(producer, *operand) &&
         keepsOutputStage(producer, *operand);
}

/// Whether something that finishes a product has to become part of `op` first:
/// from the product on downwards, so that the output stage gets as much of a
/// chain as it can do.
bool waitsForProduct(linalg::GenericOp op, unsigned depth = 0) {
  constexpr unsigned maxDepth = 32;
  return depth < maxDepth &&
         llvm::any_of(
             op.getDpsInputOperands(),
             [&](OpOperand *input) {
               auto source = input->get().getDefiningOp<linalg::GenericOp>();
               if (!source || source.getNumReductionLoops() != 0 ||
                   !input->get().hasOneUse())
                 return false;
               return waitsForProduct(source, depth + 1) ||
                      (findProductInput(source) && canMerge(input));
             });
}

bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || producer->getNumResults() != 1)
    return false;
  if (consumer.isDpsInput(operand) && ridesOnProduct(producer, consumer))
    return true;
  return canMerge(operand) && !waitsForProduct(producer);
}

struct FuseElementwise : ashlar::impl::FuseElementwiseBase<FuseElementwise> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
