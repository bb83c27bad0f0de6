//===- BufferizeToDram.cpp - A buffer in dram for every tensor ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace ashlar {
#define GEN_PASS_DEF_BUFFERIZETODRAM
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

constexpr StringLiteral kWritable = "bufferization.writable";
constexpr StringLiteral kIo = "npu.io";
/// The tensor's name in the graph, and in the signature.
constexpr StringLiteral kGraphName = "nn.name", kName = "npu.name";

struct BufferizeToDram : ashlar::impl::BufferizeToDramBase<BufferizeToDram> {
  void runOnOperation() override;

private:
  LogicalResult resultsToArguments(func::FuncOp function);
  LogicalResult bufferize();
  void copiesToGenerics();
};

/// Results become arguments that the caller provides; inputs must not be
/// written.
LogicalResult BufferizeToDram::resultsToArguments(func::FuncOp function) {
  auto dram = npu::SpaceAttr::get(&getContext(), npu::Space::Dram);
  auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
  Builder attributes(&getContext());
  for (unsigned index = 0; index < function.getNumArguments(); ++index)
    if (isa<RankedTensorType>(function.getArgument(index).getType())) {
      function.setArgAttr(index, kWritable, attributes.getBoolAttr(false));
      if (!function.getArgAttr(index, kIo))
        function.setArgAttr(index, kIo, attributes.getStringAttr("input"));
      if (Attribute name = function.getArgAttr(index, kGraphName)) {
        function.setArgAttr(index, kName, name);
        function.removeArgAttr(index, kGraphName);
      }
    }
  SmallVector<DictionaryAttr> resultAttributes;
  for (unsigned index = 0; index < function.getNumResults(); ++index)
    resultAttributes.push_back(function.getResultAttrDict(index));
  OpBuilder builder(terminator);
  for (auto [index, value] : llvm::enumerate(terminator.getOperands())) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return terminator.emitError()
             << "expected results to be tensors, got " << value.getType();
    if (!type.hasStaticShape())
      return terminator.emitError()
             << "result " << index
             << " has a dimension that is not known at compile time: " << type;
    auto memref = MemRefType::get(type.getShape(), type.getElementType(),
                                  MemRefLayoutAttrInterface(), dram);
    unsigned argument = function.getNumArguments();
    NamedAttrList list(resultAttributes[index]);
    list.set(kIo, attributes.getStringAttr("output"));
    if (Attribute name = list.erase(kGraphName))
      list.set(kName, name);
    if (failed(function.insertArgument(argument, memref,
                                       list.getDictionary(&getContext()),
                                       function.getLoc())))
      return failure();
    bufferization::MaterializeInDestinationOp::create(
        builder, terminator.getLoc(), /*result=*/Type(), value,
        function.getArgument(argument),
        /*restrict=*/true, /*writable=*/true);
  }
  func::ReturnOp::create(builder, terminator.getLoc());
  terminator.erase();
  function.setResAttrsAttr(ArrayAttr());
  function.setType(
      FunctionType::get(&getContext(), function.getArgumentTypes(), {}));
  return success();
}

LogicalResult BufferizeToDram::bufferize() {
  ModuleOp module = getOperation();
  bufferization::OneShotBufferizationOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.setFunctionBoundaryTypeConversion(
      bufferization::LayoutMapOption::IdentityLayoutMap);
  options.allowReturnAllocsFromLoops = true;
  options.bufferAlignment = 64;
  auto dram = npu::SpaceAttr::get(&getContext(), npu::Space::Dram);
  options.defaultMemorySpaceFn =
      [dram](TensorType) -> std::optional<Attribute> { return dram; };
  bufferization::BufferizationState state;
  IRRewriter rewriter(&getContext());
  if (failed(bufferization::eliminateEmptyTensors(rewriter, module)))
    return failure();
  return bufferization::runOneShotModuleBufferize(module, options, state);
}

/// Copies are work like any other: elementwise operations.
void BufferizeToDram::copiesToGenerics() {
  getOperation().walk([](memref::CopyOp copy) {
    OpBuilder builder(copy);
    auto type = cast<MemRefType>(copy.getTarget().getType());
    if (copy.getSource() != copy.getTarget() && type.hasStaticShape() &&
        type.getNumElements() != 0) {
      SmallVector<AffineMap> maps(
          2, builder.getMultiDimIdentityMap(type.getRank()));
      SmallVector<utils::IteratorType> iterators(type.getRank(),
                                                 utils::IteratorType::parallel);
      linalg::GenericOp::create(
          builder, copy.getLoc(), TypeRange(), copy.getSource(),
          copy.getTarget(), maps, iterators,
          [](OpBuilder &builder, Location loc, ValueRange args) {
            linalg::YieldOp::create(builder, loc, args[0]);
          });
    }
    copy.erase();
  });
}

void BufferizeToDram::runOnOperation() {
  for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(resultsToArguments(function)))
      return signalPassFailure();
  if (failed(bufferize()))
    return signalPassFailure();
  copiesToGenerics();
  for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
    for (unsigned index = 0; index < function.getNumArguments(); ++index)
      function.removeArgAttr(index, kWritable);
}

} // namespace
