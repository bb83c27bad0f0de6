//===- BufferizeToDram.cpp - A buffer in dram for every tensor ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"
#include "PadBufferization.h"
#include "RuntimeDims.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/MapVector.h"

namespace ashlar {
#define GEN_PASS_DEF_BUFFERIZETODRAM
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

constexpr StringLiteral kWritable = "bufferization.writable";
constexpr StringLiteral kIo = "npu.io";
/// What is known of a tensor in the graph, and its name in the signature: its
/// name, its element type before integers lost their sign, what an integer
/// stands for, and which of its dimensions are known only at run time.
constexpr StringLiteral kSignature[][2] = {
    {"nn.name", "npu.name"},
    {"nn.element_type", "npu.element_type"},
    {"nn.quantization", "npu.quantization"},
    {"nn.dims", npu::kDimsAttr}};
/// On an argument that outlives the run, and on the result that replaces it.
constexpr StringLiteral kState = "nn.state";

struct BufferizeToDram : ashlar::impl::BufferizeToDramBase<BufferizeToDram> {
  void getDependentDialects(DialectRegistry &registry) const override {
    BufferizeToDramBase::getDependentDialects(registry);
    registerPadBufferization(registry);
  }
  void runOnOperation() override;

private:
  LogicalResult declareInputs(func::FuncOp function);
  LogicalResult declareDims(func::FuncOp function);
  LogicalResult resultsToArguments(func::FuncOp function);
  FailureOr<unsigned> findState(func::ReturnOp terminator, unsigned result);
  LogicalResult bufferize(ModuleOp module);
  bool bufferizeInPlace();
  void storeStates(func::FuncOp function);
  void copiesToGenerics();
  void nameBuffers();

  /// By function: the arguments that its results, all of them next values of
  /// states, replace.
  llvm::MapVector<StringAttr, SmallVector<unsigned>> states;
};

/// What the graph says of an argument or result, in the terms of npu.
void translateAttributes(NamedAttrList &list) {
  for (auto [inGraph, inSignature] : kSignature)
    if (Attribute value = list.erase(inGraph))
      list.set(inSignature, value);
}

/// Inputs must not be written, states may.
LogicalResult BufferizeToDram::declareInputs(func::FuncOp function) {
  Builder attributes(&getContext());
  for (unsigned index = 0; index < function.getNumArguments(); ++index)
    if (isa<RankedTensorType>(function.getArgument(index).getType())) {
      bool isState = function.getArgAttr(index, kState) != nullptr;
      function.setArgAttr(index, kWritable, attributes.getBoolAttr(isState));
      if (!function.getArgAttr(index, kIo))
        function.setArgAttr(
            index, kIo, attributes.getStringAttr(isState ? "state" : "input"));
      NamedAttrList list(function.getArgAttrDict(index));
      translateAttributes(list);
      function.setArgAttrs(index, list.getDictionary(&getContext()));
    }
  return success();
}

/// Run-time dimensions mean that not all of a buffer is written and read, so no
/// two tensors may share one because their upper bounds are the same: each
/// tensor begins as one of its own. States outlive the values of dimensions.
LogicalResult BufferizeToDram::declareDims(func::FuncOp function) {
  Attribute ranges = function->removeAttr(kGraphRangesAttr);
  if (!ranges)
    return success();
  function->setAttr(npu::kDimRangesAttr, ranges);
  for (unsigned index = 0; index < function.getNumArguments(); ++index)
    if (function.getArgAttr(index, kState) &&
        function.getArgAttr(index, npu::kDimsAttr))
      return function.emitError()
             << "state " << function.getArgAttr(index, kState)
             << " has a dimension that is known only at run time";
  SmallVector<tensor::EmptyOp> empties;
  function.walk([&](tensor::EmptyOp empty) {
    if (!empty->use_empty())
      empties.push_back(empty);
  });
  for (tensor::EmptyOp empty : empties)
    for (OpOperand &use :
         llvm::make_early_inc_range(llvm::drop_begin(empty->getUses())))
      use.set(OpBuilder(empty).clone(*empty)->getResult(0));
  return success();
}

/// The argument that a result with `nn.state` replaces.
FailureOr<unsigned> BufferizeToDram::findState(func::ReturnOp terminator,
                                               unsigned result) {
  auto function = terminator->getParentOfType<func::FuncOp>();
  Attribute state = function.getResultAttr(result, kState);
  for (unsigned index = 0; index < function.getNumArguments(); ++index) {
    if (function.getArgAttr(index, kState) != state)
      continue;
    Type before = function.getArgument(index).getType();
    Type after = terminator.getOperand(result).getType();
    if (before != after)
      return terminator.emitError() << "the state " << state << " is " << before
                                    << ", but its next value is " << after;
    if (llvm::is_contained(states[function.getNameAttr()], index))
      return terminator.emitError()
             << "the state " << state << " has two next values";
    return index;
  }
  return terminator.emitError()
         << "result " << result << " is the next value of " << state
         << ", but no argument is that state";
}

/// Writes `value` to `target`, through its last reshapes: what they reshape is
/// written to a view of the target, so that it can be computed there.
static void materialize(OpBuilder &builder, Location loc, Value value,
                        Value target) {
  while (Operation *op = value.getDefiningOp()) {
    auto type = op->getNumOperands() != 0
                    ? dyn_cast<RankedTensorType>(op->getOperand(0).getType())
                    : RankedTensorType();
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op);
        collapse && type.hasStaticShape())
      target =
          memref::ExpandShapeOp::create(builder, loc, type.getShape(), target,
                                        collapse.getReassociationIndices());
    else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op);
             expand && type.hasStaticShape() && type.getRank() != 0)
      target = memref::CollapseShapeOp::create(
          builder, loc, target, expand.getReassociationIndices());
    else
      break;
    value = op->getOperand(0);
  }
  bufferization::MaterializeInDestinationOp::create(
      builder, loc, /*result=*/Type(), value, target, /*restrict=*/true,
      /*writable=*/true);
}

/// Results become arguments that the caller provides. Those that replace a
/// state stay results for now: bufferisation finds out whether they can be
/// computed in its place.
LogicalResult BufferizeToDram::resultsToArguments(func::FuncOp function) {
  auto dram = npu::SpaceAttr::get(&getContext(), npu::Space::Dram);
  auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
  Builder attributes(&getContext());
  SmallVector<DictionaryAttr> resultAttributes;
  SmallVector<Value> kept;
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
    if (resultAttributes[index] && resultAttributes[index].get(kState)) {
      FailureOr<unsigned> argument = findState(terminator, index);
      if (failed(argument))
        return failure();
      states[function.getNameAttr()].push_back(*argument);
      kept.push_back(value);
      continue;
    }
    auto memref = MemRefType::get(type.getShape(), type.getElementType(),
                                  MemRefLayoutAttrInterface(), dram);
    unsigned argument = function.getNumArguments();
    NamedAttrList list(resultAttributes[index]);
    list.set(kIo, attributes.getStringAttr("output"));
    translateAttributes(list);
    if (failed(function.insertArgument(argument, memref,
                                       list.getDictionary(&getContext()),
                                       function.getLoc())))
      return failure();
    materialize(builder, terminator.getLoc(), value,
                function.getArgument(argument));
  }
  func::ReturnOp::create(builder, terminator.getLoc(), kept);
  terminator.erase();
  function.setResAttrsAttr(ArrayAttr());
  function.setType(FunctionType::get(&getContext(), function.getArgumentTypes(),
                                     ValueRange(kept).getTypes()));
  return success();
}

/// Next values that were not computed in the state's own buffer are copied
/// there, when nobody needs the old ones any more: first aside, if they lie in
/// another state's buffer.
void BufferizeToDram::storeStates(func::FuncOp function) {
  auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
  OpBuilder builder(terminator);
  Location loc = terminator.getLoc();
  SmallVector<std::pair<Value, Value>> copies;
  for (auto [argument, value] :
       llvm::zip(states[function.getNameAttr()], terminator.getOperands())) {
    BlockArgument target = function.getArgument(argument);
    function.removeArgAttr(argument, kState);
    if (value == target)
      continue;
    Value source = value;
    if (isa<BlockArgument>(baseOf(value))) {
      auto type = cast<MemRefType>(target.getType());
      source = memref::AllocOp::create(builder, loc, type);
      memref::CopyOp::create(builder, loc, value, source);
    }
    copies.emplace_back(source, target);
  }
  for (auto [source, target] : copies)
    memref::CopyOp::create(builder, loc, source, target);
  terminator->setOperands({});
  function.setType(
      FunctionType::get(&getContext(), function.getArgumentTypes(), {}));
}

LogicalResult BufferizeToDram::bufferize(ModuleOp module) {
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

/// Tries to have every next value computed where the old one lies. Upstream
/// refuses as a whole if one of them would be overwritten too early, so this
/// works on a copy of the module.
bool BufferizeToDram::bufferizeInPlace() {
  OwningOpRef<ModuleOp> copy(getOperation().clone());
  for (auto &[name, arguments] : states) {
    auto function = copy->lookupSymbol<func::FuncOp>(name);
    auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
    OpBuilder builder(terminator);
    for (auto [index, argument] : llvm::enumerate(arguments)) {
      Value value = terminator.getOperand(index);
      terminator.setOperand(index,
                            bufferization::MaterializeInDestinationOp::create(
                                builder, terminator.getLoc(), value.getType(),
                                value, function.getArgument(argument))
                                .getResult());
    }
  }
  ScopedDiagnosticHandler silence(&getContext(),
                                  [](Diagnostic &) { return success(); });
  if (failed(bufferize(*copy)))
    return false;
  getOperation().getBodyRegion().takeBody(copy->getBodyRegion());
  return true;
}

/// Whether two views show the same part of the same memory.
static bool isSameView(Value a, Value b) {
  if (a == b)
    return true;
  Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
  return isa_and_present<ViewLikeOpInterface>(x) && y &&
         x->getName() == y->getName() && a.getType() == b.getType() &&
         x->getAttrDictionary() == y->getAttrDictionary() &&
         llvm::equal(x->getOperands(), y->getOperands(), isSameView);
}

/// Copies are work like any other: elementwise operations. What was computed
/// where it belongs (into its slice of a concatenation) need not move.
void BufferizeToDram::copiesToGenerics() {
  getOperation().walk([](memref::CopyOp copy) {
    OpBuilder builder(copy);
    auto type = cast<MemRefType>(copy.getTarget().getType());
    if (!isSameView(copy.getSource(), copy.getTarget()) &&
        type.hasStaticShape() && type.getNumElements() != 0) {
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

/// A buffer belongs to what computes it first; its tensor may have been made
/// for another operation of the same shape.
void BufferizeToDram::nameBuffers() {
  getOperation().walk([](linalg::LinalgOp op) {
    if (isa<linalg::FillOp>(op))
      return;
    for (Value init : op.getDpsInits()) {
      auto alloc = init.getDefiningOp<memref::AllocOp>();
      if (alloc && llvm::none_of(alloc->getUsers(), [&](Operation *user) {
            return user->getBlock() == op->getBlock() &&
                   user->isBeforeInBlock(op) && !isa<linalg::FillOp>(user);
          }))
        alloc->setLoc(op.getLoc());
    }
  });
}

void BufferizeToDram::runOnOperation() {
  ModuleOp module = getOperation();
  states.clear();
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (!function.isExternal() &&
        (failed(declareInputs(function)) || failed(declareDims(function)) ||
         failed(resultsToArguments(function))))
      return signalPassFailure();
  if ((states.empty() || !bufferizeInPlace()) && failed(bufferize(module)))
    return signalPassFailure();
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      storeStates(function);
  copiesToGenerics();
  nameBuffers();
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    for (unsigned index = 0; index < function.getNumArguments(); ++index)
      function.removeArgAttr(index, kWritable);
}

} // namespace
