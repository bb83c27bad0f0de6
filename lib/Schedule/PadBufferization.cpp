//===- PadBufferization.cpp - npu.pad as a view that nobody writes --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PadBufferization.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace {

/// Whether only inputs read the value, or another shape of it.
bool isOnlyRead(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
      return isOnlyRead(user->getResult(0));
    auto op = dyn_cast<linalg::LinalgOp>(user);
    return op && op.isDpsInput(&use);
  });
}

/// Like tensor.extract_slice: reading the result reads the source. Unlike a
/// slice the result cannot be written: parts of it are no memory.
struct PadModel
    : BufferizableOpInterface::ExternalModel<PadModel, ashlar::npu::PadOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return false;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *op, OpOperand &,
                                      const AnalysisState &) const {
    return {{op->getResult(0), BufferRelation::Unknown}};
  }
  /// Only where somebody might write it: a value that cannot be written keeps
  /// everything that it shares memory with from being computed in place.
  bool isWritable(Operation *, Value value, const AnalysisState &) const {
    return isOnlyRead(value);
  }

  FailureOr<BufferLikeType>
  getBufferType(Operation *op, Value, const BufferizationOptions &options,
                const BufferizationState &state,
                SmallVector<Value> &invocationStack) const {
    FailureOr<BufferLikeType> source = bufferization::getBufferType(
        op->getOperand(0), options, state, invocationStack);
    if (failed(source))
      return failure();
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    return cast<BufferLikeType>(MemRefType::get(
        type.getShape(), type.getElementType(), MemRefLayoutAttrInterface(),
        cast<BaseMemRefType>(*source).getMemorySpace()));
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto pad = cast<ashlar::npu::PadOp>(op);
    FailureOr<Value> source =
        getBuffer(rewriter, pad.getSource(), options, state);
    SmallVector<Value> invocationStack;
    FailureOr<BufferLikeType> type =
        getBufferType(op, pad.getResult(), options, state, invocationStack);
    if (failed(source) || failed(type))
      return failure();
    replaceOpWithNewBufferizedOp<ashlar::npu::PadOp>(
        rewriter, op, cast<MemRefType>(*type), *source, pad.getLowAttr(),
        pad.getValueAttr());
    return success();
  }
};

} // namespace

void ashlar::registerPadBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, npu::NPUDialect *) {
    npu::PadOp::attachInterface<PadModel>(*context);
  });
}
