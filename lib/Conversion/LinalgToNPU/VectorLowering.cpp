//===- VectorLowering.cpp - Vector programs and fills ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "ashlar/Match/VectorProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace ashlar {

void cloneBodyToNPU(Block &source, IRMapping &mapping, RewriterBase &rewriter) {
  for (Operation &inner : source.without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      Value dim = npu::IndexOp::create(
          rewriter, inner.getLoc(), rewriter.getIndexType(),
          rewriter.getI64IntegerAttr(index.getDim()));
      mapping.map(index.getResult(), dim);
      continue;
    }
    rewriter.clone(inner, mapping);
  }
  SmallVector<Value> results;
  for (Value result : source.getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(result));
  npu::YieldOp::create(rewriter, source.getTerminator()->getLoc(), results);
}

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

std::string lowerFill(linalg::FillOp op, RewriterBase &rewriter) {
  Value target = op.getOutputs()[0];
  rewriter.setInsertionPoint(op);
  if (spaceOf(target) == npu::Space::Sram) {
    npu::FillOp::create(rewriter, op.getLoc(), op.value(), target);
    rewriter.eraseOp(op);
    return "";
  }
  if (spaceOf(target) != npu::Space::Acc)
    return "its target is not on chip";
  // Accumulators are loaded from the scratchpad: one element, broadcast.
  auto sram = npu::SpaceAttr::get(op.getContext(), npu::Space::Sram);
  auto type = MemRefType::get({}, op.value().getType(),
                              MemRefLayoutAttrInterface(), sram);
  Value element = memref::AllocOp::create(rewriter, op.getLoc(), type);
  npu::FillOp::create(rewriter, op.getLoc(), op.value(), element);
  unsigned rank = cast<MemRefType>(target.getType()).getRank();
  npu::PreloadOp::create(rewriter, op.getLoc(), element, target, ValueRange(),
                         rewriter.getAffineMapArrayAttr(
                             AffineMap::get(rank, 0, rewriter.getContext())));
  rewriter.eraseOp(op);
  return "";
}

/// The fill that gives `output` its old value right before `op`, if nothing
/// between them touches the buffer.
static npu::FillOp findFill(linalg::GenericOp op, Value output) {
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    if (auto fill = dyn_cast<npu::FillOp>(before);
        fill && fill.getTarget() == output)
      return fill;
    if (before->getNumRegions() != 0 &&
        !isa<npu::VectorOp, linalg::LinalgOp>(before))
      return nullptr;
    if (llvm::is_contained(before->getOperands(), output))
      return nullptr;
  }
  return nullptr;
}

npu::FillOp findIdentityFill(linalg::GenericOp op, unsigned output) {
  Operation *combiner = matchReduction(op, output);
  npu::FillOp fill = findFill(op, op.getDpsInits()[output]);
  TypedAttr value;
  if (combiner && fill && matchPattern(fill.getValue(), m_Constant(&value)) &&
      isIdentityOf(combiner, value))
    return fill;
  return nullptr;
}

/// Fills that set all outputs of a reduction to its identity; empty otherwise.
static SmallVector<npu::FillOp> findIdentityFills(linalg::GenericOp op) {
  SmallVector<npu::FillOp> fills;
  for (unsigned output = 0; output < op.getNumDpsInits(); ++output) {
    npu::FillOp fill = findIdentityFill(op, output);
    if (!fill)
      return {};
    fills.push_back(fill);
  }
  return fills;
}

//===----------------------------------------------------------------------===//
// Vector programs
//===----------------------------------------------------------------------===//

namespace {
/// Operands of the program in the making.
struct Program {
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> inputMaps, outputMaps;
  /// Arguments of the linalg body by input, then by output.
  SmallVector<BlockArgument> inputArguments, outputArguments;
  IRMapping mapping; ///< scalars
};
} // namespace

/// Loops whose extent an operand states: it has an index that is the loop
/// alone.
static void markStated(AffineMap map, llvm::SmallBitVector &stated) {
  for (AffineExpr expr : map.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      stated.set(dim.getPosition());
}

static Program collectOperands(linalg::GenericOp op) {
  Program program;
  llvm::SmallBitVector stated(op.getNumLoops());
  bool isElementwise = op.getNumReductionLoops() == 0;
  auto addInput = [&](OpOperand &operand) {
    program.inputs.push_back(operand.get());
    program.inputMaps.push_back(op.getMatchingIndexingMap(&operand));
    program.inputArguments.push_back(op.getMatchingBlockArgument(&operand));
    markStated(program.inputMaps.back(), stated);
  };
  SmallVector<OpOperand *> unread;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(operand);
    if (!isa<MemRefType>(operand->get().getType()))
      program.mapping.map(argument, operand->get());
    else if (argument.use_empty())
      unread.push_back(operand);
    else
      addInput(*operand);
  }
  for (OpOperand &operand : op.getDpsInitsMutable()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    program.outputs.push_back(operand.get());
    program.outputMaps.push_back(op.getMatchingIndexingMap(&operand));
    program.outputArguments.push_back(argument);
    markStated(program.outputMaps.back(), stated);
    if (isElementwise && !argument.use_empty())
      addInput(operand);
  }
  // An operand that is not read may still say how far the loops go.
  for (OpOperand *operand : unread)
    if (!stated.all())
      addInput(*operand);
  return program;
}

std::string lowerVector(linalg::GenericOp op, RewriterBase &rewriter) {
  if (std::string why = whyNotVector(op); !why.empty())
    return why;
  Program program = collectOperands(op);
  ProgramSize size = measureProgram(op);
  if (program.inputs.size() > kMaxProgramInputs || size.ops > kMaxProgramOps ||
      program.outputs.size() > kMaxProgramOutputs)
    return llvm::formatv(
        "a vector program has at most {0} micro-operations, {1} inputs and {2} "
        "outputs; this one has {3}, {4} and {5}",
        kMaxProgramOps, kMaxProgramInputs, kMaxProgramOutputs, size.ops,
        program.inputs.size(), program.outputs.size());
  SmallVector<npu::FillOp> fills;
  if (op.getNumReductionLoops() != 0)
    fills = findIdentityFills(op);

  rewriter.setInsertionPoint(op);
  SmallVector<AffineMap> maps = program.inputMaps;
  llvm::append_range(maps, program.outputMaps);
  auto vector = npu::VectorOp::create(
      rewriter, op.getLoc(), program.inputs, program.outputs,
      rewriter.getAffineMapArrayAttr(maps), op.getIteratorTypes(),
      /*init=*/!fills.empty());
  Block *body = rewriter.createBlock(&vector.getBody());
  for (BlockArgument argument : program.inputArguments)
    program.mapping.map(argument,
                        body->addArgument(argument.getType(), op.getLoc()));
  bool isElementwise = op.getNumReductionLoops() == 0;
  for (BlockArgument argument : program.outputArguments) {
    BlockArgument old = body->addArgument(argument.getType(), op.getLoc());
    // Elementwise programs read the old value as an input.
    if (!isElementwise || !program.mapping.contains(argument))
      program.mapping.map(argument, old);
  }
  cloneBodyToNPU(*op.getBlock(), program.mapping, rewriter);
  for (npu::FillOp fill : fills)
    rewriter.eraseOp(fill);
  rewriter.eraseOp(op);
  return "";
}

} // namespace ashlar
