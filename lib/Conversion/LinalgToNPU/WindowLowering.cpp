//===- WindowLowering.cpp - Depthwise convolutions and pools --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "ashlar/Match/WindowWork.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace ashlar {

/// Dimensions of a window that one instruction walks.
static constexpr size_t kMaxWindowDims = 2;

/// The extent of a loop, read off an operand that has it alone.
static Value buildExtent(linalg::GenericOp op, unsigned loop,
                         RewriterBase &rewriter) {
  Location loc = op.getLoc();
  AffineExpr dim = rewriter.getAffineDimExpr(loop);
  Value found;
  for (OpOperand &operand : op->getOpOperands()) {
    std::optional<unsigned> place =
        op.getMatchingIndexingMap(&operand).getResultPosition(dim);
    if (!place)
      continue;
    int64_t size = cast<MemRefType>(operand.get().getType()).getDimSize(*place);
    if (!ShapedType::isDynamic(size))
      return arith::ConstantIndexOp::create(rewriter, loc, size);
    if (!found)
      found =
          memref::DimOp::create(rewriter, loc, operand.get(), int64_t(*place));
  }
  return found;
}

static npu::WindowKind toNPU(WindowWork::Kind kind) {
  switch (kind) {
  case WindowWork::Kind::Mac:
    return npu::WindowKind::Mac;
  case WindowWork::Kind::Sum:
    return npu::WindowKind::Sum;
  case WindowWork::Kind::Max:
    return npu::WindowKind::Max;
  case WindowWork::Kind::Min:
    return npu::WindowKind::Min;
  }
  llvm_unreachable("all kinds are listed");
}

/// The dimensions of an instruction's window: loops of one point need none.
static SmallVector<int64_t> chooseWindowDims(linalg::GenericOp op,
                                             const WindowWork &work) {
  SmallVector<int64_t> dims;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (unsigned loop : work.window)
    if (ranges[loop] != 1)
      dims.push_back(loop);
  return dims;
}

std::string lowerWindow(linalg::GenericOp op, RewriterBase &rewriter) {
  std::optional<WindowWork> work = matchWindowWork(op);
  assert(work && "expected a window of the vector unit");
  SmallVector<int64_t> windowDims = chooseWindowDims(op, *work);
  if (windowDims.size() > kMaxWindowDims)
    return "a window of more than two dimensions was not cut into tiles";
  Value out = op.getDpsInits()[0];
  rewriter.setInsertionPoint(op);
  Operation *fill = nullptr;
  if (spaceOf(out) == npu::Space::Acc) {
    fill = findAccumulatorStart(op, out, work->combiner);
    if (!fill)
      return "the vector unit cannot add to accumulators";
  } else if (npu::FillOp start = findIdentityFill(op, 0)) {
    fill = start;
  }
  // Loops of one point leave the maps.
  SmallVector<AffineExpr> dims(op.getNumLoops(),
                               rewriter.getAffineConstantExpr(0));
  unsigned count = 0;
  for (unsigned loop = 0; loop < dims.size(); ++loop)
    if (llvm::is_contained(work->domain, loop) ||
        llvm::is_contained(windowDims, int64_t(loop)))
      dims[loop] = rewriter.getAffineDimExpr(count++);
  SmallVector<Value> window;
  for (int64_t &dim : windowDims) {
    window.push_back(buildExtent(op, dim, rewriter));
    dim = cast<AffineDimExpr>(dims[dim]).getPosition();
  }
  SmallVector<AffineMap> maps;
  SmallVector<unsigned> operands = {work->input};
  if (work->weights >= 0)
    operands.push_back(work->weights);
  operands.push_back(op->getNumOperands() - 1);
  for (unsigned operand : operands)
    maps.push_back(op.getIndexingMapsArray()[operand].replaceDimsAndSymbols(
        dims, {}, count, 0));
  npu::WindowOp::create(
      rewriter, op.getLoc(), toNPU(work->kind), op->getOperand(work->input),
      work->weights >= 0 ? op->getOperand(work->weights) : Value(), out, window,
      rewriter.getAffineMapArrayAttr(maps),
      rewriter.getDenseI64ArrayAttr(windowDims), /*accumulate=*/!fill,
      work->inputUnsigned, work->weightsUnsigned);
  if (fill)
    rewriter.eraseOp(fill);
  rewriter.eraseOp(op);
  return "";
}

} // namespace ashlar
