//===- NPUBufferization.cpp - From npu on tensors to npu on memrefs -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace ashlar::npu;

namespace {

/// Reads what is no init and writes inits whole; the memref form has the same
/// operands and attributes, and no results.
template <typename Op>
struct Bufferization
    : bufferization::DstBufferizableOpInterfaceExternalModel<Bufferization<Op>,
                                                             Op> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    if (op->getNumResults() == 0)
      return success();
    rewriter.setInsertionPoint(op);
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    Op::create(rewriter, op->getLoc(), TypeRange(), buffers, op->getAttrs());
    SmallVector<Value> results;
    for (OpOperand &init :
         cast<DestinationStyleOpInterface>(op).getDpsInitsMutable())
      results.push_back(buffers[init.getOperandNumber()]);
    bufferization::replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

} // namespace

namespace ashlar::npu {
void attachBufferization(MLIRContext *context) {
  AttentionOp::attachInterface<Bufferization<AttentionOp>>(*context);
  GatherOp::attachInterface<Bufferization<GatherOp>>(*context);
}
} // namespace ashlar::npu
