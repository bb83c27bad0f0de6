//===- NPUToLinalg.cpp - npu operations in program order for the host -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Program order is what an npu program means before synchronisation, and what
// synchronisation preserves; so each operation becomes linalg where it stands.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Gather.h"
#include "OutputStage.h"
#include "UnrollCores.h"
#include "Window.h"
#include "ashlar/Conversion/NPUToLinalg/Passes.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ashlar {
#define GEN_PASS_DEF_CONVERTNPUTOLINALG
#include "lib/Conversion/NPUToLinalg/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;
using utils::IteratorType;

//===----------------------------------------------------------------------===//
// Memory spaces
//===----------------------------------------------------------------------===//

static Type stripSpace(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !npu::getSpace(type))
    return type;
  return MemRefType::Builder(memref).setMemorySpace(Attribute());
}

static void stripSpaces(ModuleOp module) {
  module.walk([](Operation *op) {
    for (OpResult result : op->getResults())
      result.setType(stripSpace(result.getType()));
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument arg : block.getArguments())
          arg.setType(stripSpace(arg.getType()));
    if (auto func = dyn_cast<FunctionOpInterface>(op)) {
      auto inputs = llvm::map_to_vector(func.getArgumentTypes(), stripSpace);
      auto results = llvm::map_to_vector(func.getResultTypes(), stripSpace);
      func.setType(FunctionType::get(op->getContext(), inputs, results));
    }
    if (auto global = dyn_cast<memref::GlobalOp>(op))
      global.setType(cast<MemRefType>(stripSpace(global.getType())));
  });
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Buffers live until the end of their block: views of them cannot escape it.
static void freeAtEndOfBlock(OpBuilder &b, Value buffer) {
  if (llvm::any_of(buffer.getUsers(), [](Operation *user) {
        return isa<memref::DeallocOp>(user);
      }))
    return;
  Operation *terminator = buffer.getParentBlock()->getTerminator();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(terminator);
  memref::DeallocOp::create(b, buffer.getLoc(), buffer);
}

/// target[i] = source[i - low] where that exists, else the fill value.
static void convertPaddedCopy(ImplicitLocOpBuilder &b, npu::CopyOp op) {
  Value source = op.getSource(), target = op.getTarget();
  auto type = cast<MemRefType>(target.getType());
  int64_t rank = type.getRank();
  Value fill = op.getFill();
  if (!fill)
    fill = arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < rank; ++dim)
    sizes.push_back(memref::DimOp::create(b, source, dim));
  ValueRange low = op.getLow();
  linalg::GenericOp::create(
      b, TypeRange(), ValueRange(), ValueRange(target),
      AffineMap::getMultiDimIdentityMap(rank, b.getContext()),
      SmallVector<IteratorType>(rank, IteratorType::parallel),
      [&](OpBuilder &nested, Location loc, ValueRange) {
        ImplicitLocOpBuilder body(loc, nested);
        Value inside = arith::ConstantIntOp::create(body, 1, 1);
        SmallVector<Value> position;
        for (int64_t dim = 0; dim < rank; ++dim) {
          Value index = arith::SubIOp::create(
              body, linalg::IndexOp::create(body, dim), low[dim]);
          // Unsigned: a negative position is a huge one.
          Value below = arith::CmpIOp::create(body, arith::CmpIPredicate::ult,
                                              index, sizes[dim]);
          inside = arith::AndIOp::create(body, inside, below);
          position.push_back(index);
        }
        auto choice = scf::IfOp::create(
            body, inside,
            [&](OpBuilder &then, Location loc) {
              Value element =
                  memref::LoadOp::create(then, loc, source, position);
              scf::YieldOp::create(then, loc, element);
            },
            [&](OpBuilder &otherwise, Location loc) {
              scf::YieldOp::create(otherwise, loc, fill);
            });
        linalg::YieldOp::create(body, choice.getResults());
      });
}

static void convertCopy(ImplicitLocOpBuilder &b, npu::CopyOp op) {
  if (!op.getLow().empty())
    return convertPaddedCopy(b, op);
  int64_t rank = cast<MemRefType>(op.getTarget().getType()).getRank();
  AffineMap map = AffineMap::getMultiDimIdentityMap(rank, b.getContext());
  linalg::GenericOp::create(
      b, TypeRange(), ValueRange(op.getSource()), ValueRange(op.getTarget()),
      ArrayRef<AffineMap>{map, map},
      SmallVector<IteratorType>(rank, IteratorType::parallel),
      [](OpBuilder &body, Location loc, ValueRange args) {
        linalg::YieldOp::create(body, loc, args[0]);
      });
}

static void zeroFill(ImplicitLocOpBuilder &b, Value acc) {
  Type element = cast<MemRefType>(acc.getType()).getElementType();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  linalg::FillOp::create(b, ValueRange(zero), ValueRange(acc));
}

static Value widenOperand(ImplicitLocOpBuilder &b, Value value, Type to,
                          bool isUnsigned) {
  if (value.getType() == to)
    return value;
  if (isa<FloatType>(to))
    return arith::ExtFOp::create(b, to, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, to, value);
  return arith::ExtSIOp::create(b, to, value);
}

static void convertMatmul(ImplicitLocOpBuilder &b, npu::MatmulOp op) {
  if (Value condition = op.getAccumulateIf()) {
    Value one = arith::ConstantIntOp::create(b, 1, 1);
    Value set = arith::XOrIOp::create(b, condition, one);
    auto branch = scf::IfOp::create(b, set, /*withElse=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    zeroFill(b, op.getAcc());
  } else if (!op.getAccumulate()) {
    zeroFill(b, op.getAcc());
  }
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  SmallVector<IteratorType> iterators(maps.front().getNumDims(),
                                      IteratorType::parallel);
  for (int64_t dim : op.getKDims())
    iterators[dim] = IteratorType::reduction;
  linalg::GenericOp::create(
      b, TypeRange(), ValueRange{op.getA(), op.getB()}, ValueRange(op.getAcc()),
      maps, iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
        ImplicitLocOpBuilder body(loc, nested);
        Type type = args[2].getType();
        Value x = widenOperand(body, args[0], type, op.getAUnsigned());
        Value y = widenOperand(body, args[1], type, op.getBUnsigned());
        Value sum;
        if (isa<FloatType>(type))
          sum = arith::AddFOp::create(body, args[2],
                                      arith::MulFOp::create(body, x, y));
        else
          sum = arith::AddIOp::create(body, args[2],
                                      arith::MulIOp::create(body, x, y));
        linalg::YieldOp::create(body, sum);
      });
}

/// Moves the body of an npu operation into a linalg.generic.
static void moveBody(ImplicitLocOpBuilder &b, Region &from,
                     linalg::GenericOp to) {
  to.getRegion().takeBody(from);
  SmallVector<Operation *> special;
  to.getRegion().walk([&](Operation *op) {
    if (isa<npu::YieldOp, npu::IndexOp>(op))
      special.push_back(op);
  });
  OpBuilder::InsertionGuard guard(b);
  for (Operation *op : special) {
    b.setInsertionPoint(op);
    if (auto index = dyn_cast<npu::IndexOp>(op))
      op->replaceAllUsesWith(linalg::IndexOp::create(b, index.getDim()));
    else
      linalg::YieldOp::create(b, op->getOperands());
    op->erase();
  }
}

static LogicalResult convertVector(ImplicitLocOpBuilder &b, npu::VectorOp op) {
  if (op.getInit()) {
    for (auto [index, output] : llvm::enumerate(op.getOutputs())) {
      if (!op.readsOutput(index))
        continue;
      std::optional<npu::Reduction> reduction = npu::matchReduction(op, index);
      if (!reduction)
        return op.emitOpError()
               << "expected a reduction that combines with output " << index
               << ", as 'init' says";
      Type element = cast<MemRefType>(output.getType()).getElementType();
      Value identity =
          arith::getIdentityValue(reduction->kind, element, b, op.getLoc());
      linalg::FillOp::create(b, ValueRange(identity), ValueRange(output));
    }
  }
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  auto generic =
      linalg::GenericOp::create(b, TypeRange(), op.getInputs(), op.getOutputs(),
                                maps, op.getIteratorTypesArray());
  moveBody(b, op.getBody(), generic);
  return success();
}

/// Preload and drain: element by element over the accumulator's dimensions.
static void convertOutputStage(ImplicitLocOpBuilder &b, Operation *op,
                               Value source, Value target, ValueRange tensors,
                               ArrayRef<AffineMap> maps, Region &body) {
  SmallVector<Value> inputs = {source};
  llvm::append_range(inputs, tensors);
  SmallVector<IteratorType> iterators(maps.front().getNumDims(),
                                      IteratorType::parallel);
  if (!body.empty()) {
    auto generic = linalg::GenericOp::create(
        b, TypeRange(), inputs, ValueRange(target), maps, iterators);
    body.addArgument(cast<MemRefType>(target.getType()).getElementType(),
                     op->getLoc());
    moveBody(b, body, generic);
    return;
  }
  linalg::GenericOp::create(
      b, TypeRange(), inputs, ValueRange(target), maps, iterators,
      [](OpBuilder &nested, Location loc, ValueRange args) {
        ImplicitLocOpBuilder body(loc, nested);
        Value value = convertPlain(body, args[0], args[1].getType());
        linalg::YieldOp::create(body, value);
      });
}

static void convertDrain(ImplicitLocOpBuilder &b, npu::DrainOp op) {
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  // (acc, tensors..., target): the accumulator's map is the identity.
  SmallVector<AffineMap> ordered = {
      AffineMap::getMultiDimIdentityMap(maps[0].getNumDims(), b.getContext())};
  ordered.append(maps.begin() + 1, maps.end());
  ordered.push_back(maps[0]);
  convertOutputStage(b, op, op.getAcc(), op.getTarget(), op.getTensors(),
                     ordered, op.getBody());
}

static void convertPreload(ImplicitLocOpBuilder &b, npu::PreloadOp op) {
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  maps.push_back(
      AffineMap::getMultiDimIdentityMap(maps[0].getNumDims(), b.getContext()));
  convertOutputStage(b, op, op.getSource(), op.getAcc(), op.getTensors(), maps,
                     op.getBody());
}

/// All cores one after the other: between barriers none needs another.
static void convertOnCores(ImplicitLocOpBuilder &b, npu::OnCoresOp op) {
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  SmallVector<Value> point;
  for (int64_t size : op.getGrid()) {
    Value end = arith::ConstantIndexOp::create(b, size);
    auto loop = scf::ForOp::create(b, zero, end, one);
    point.push_back(loop.getInductionVar());
    b.setInsertionPointToStart(loop.getBody());
  }
  if (point.empty()) {
    // One core: its buffers are freed at the end of a block of their own.
    auto loop = scf::ForOp::create(b, zero, one, one);
    b.setInsertionPointToStart(loop.getBody());
  }
  op.getBlock()->getTerminator()->erase();
  IRRewriter rewriter(b.getContext());
  rewriter.inlineBlockBefore(op.getBlock(),
                             b.getInsertionBlock()->getTerminator(), point);
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

static LogicalResult convert(Operation *op) {
  ImplicitLocOpBuilder b(op->getLoc(), op);
  if (auto alloc = dyn_cast<npu::AllocOp>(op)) {
    Value buffer = memref::AllocOp::create(b, alloc.getType());
    freeAtEndOfBlock(b, buffer);
    op->replaceAllUsesWith(ValueRange(buffer));
  } else if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    freeAtEndOfBlock(b, alloc);
    return success();
  } else if (auto copy = dyn_cast<npu::CopyOp>(op)) {
    convertCopy(b, copy);
  } else if (auto matmul = dyn_cast<npu::MatmulOp>(op)) {
    convertMatmul(b, matmul);
  } else if (auto preload = dyn_cast<npu::PreloadOp>(op)) {
    convertPreload(b, preload);
  } else if (auto drain = dyn_cast<npu::DrainOp>(op)) {
    convertDrain(b, drain);
  } else if (auto vector = dyn_cast<npu::VectorOp>(op)) {
    if (failed(convertVector(b, vector)))
      return failure();
  } else if (auto attention = dyn_cast<npu::AttentionOp>(op)) {
    convertAttention(b, attention);
  } else if (auto gather = dyn_cast<npu::GatherOp>(op)) {
    convertGather(b, gather);
  } else if (auto window = dyn_cast<npu::WindowOp>(op)) {
    convertWindow(b, window);
  } else if (auto onCores = dyn_cast<npu::OnCoresOp>(op)) {
    convertOnCores(b, onCores);
  } else if (auto dim = dyn_cast<npu::RuntimeDimOp>(op)) {
    // On the host, whose memrefs are what their types say, all of it.
    op->replaceAllUsesWith(ValueRange(
        arith::ConstantIndexOp::create(b, int64_t(dim.getMaximum()))));
  } else if (auto input = dyn_cast<npu::RequestInputOp>(op)) {
    // No request comes before or behind on the host.
    op->replaceAllUsesWith(ValueRange(input.getInput()));
  } else if (isa<npu::RequestHasNextOp>(op)) {
    op->replaceAllUsesWith(
        ValueRange(arith::ConstantIntOp::create(b, /*value=*/0, /*width=*/1)));
  } else if (auto next = dyn_cast<npu::RequestNextInputOp>(op)) {
    op->replaceAllUsesWith(ValueRange(next.getInput()));
  } else if (isa<npu::RequestLeaveOp, npu::RequestLeftOp>(op)) {
    // Nothing of one request goes on in another.
  } else if (isa<npu::CoreIdOp>(op)) {
    return op->emitOpError()
           << "has no meaning on the host without the number of cores, "
              "'npu.cores'; npu.on_cores has one";
  } else if (auto fill = dyn_cast<npu::FillOp>(op)) {
    linalg::FillOp::create(b, ValueRange(fill.getValue()),
                           ValueRange(fill.getTarget()));
  }
  op->erase();
  return success();
}

namespace {
struct ConvertNPUToLinalg
    : ashlar::impl::ConvertNPUToLinalgBase<ConvertNPUToLinalg> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(unrollCores(function)))
        return signalPassFailure();
    SmallVector<Operation *> work;
    getOperation().walk([&](Operation *op) {
      if (isa<npu::EngineOpInterface, npu::AttentionOp, npu::AllocOp,
              npu::WaitOp, npu::SignalOp, npu::OnCoresOp, npu::CoreIdOp,
              npu::RuntimeDimOp, npu::RequestInputOp, npu::RequestHasNextOp,
              npu::RequestNextInputOp, npu::RequestLeaveOp>(op))
        work.push_back(op);
      else if (auto alloc = dyn_cast<memref::AllocOp>(op);
               alloc && npu::getSpace(alloc.getType()))
        work.push_back(op);
    });
    stripSpaces(getOperation());
    for (Operation *op : work)
      if (failed(convert(op)))
        return signalPassFailure();
  }
};
} // namespace
