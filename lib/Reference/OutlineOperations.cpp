//===- OutlineOperations.cpp - A function for each loop nest on the host --===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A network as one function takes LLVM time that grows with the square of its
// loops. A function for each nest takes its own time, once for all nests that
// are alike, and those that have little to compute are not optimised.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Passes.h"

#include "Lowering.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace ashlar::reference {
#define GEN_PASS_DEF_OUTLINEOPERATIONS
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

using namespace mlir;
using namespace ashlar;

/// A function whose loops have fewer points altogether runs faster than LLVM
/// optimises it.
static constexpr double kFewPoints = 1e6;

/// What an unknown number of trips is taken for.
static constexpr double kUnknown = 2e7;

double reference::countPoints(Operation *op) {
  double points = 1;
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    for (int64_t size : structured.getStaticLoopRanges())
      points *= ShapedType::isDynamic(size) ? kUnknown : double(size);
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    for (int64_t size : cast<MemRefType>(copy.getTarget().getType()).getShape())
      points *= ShapedType::isDynamic(size) ? kUnknown : double(size);
  for (auto loop = op->getParentOfType<LoopLikeOpInterface>(); loop;
       loop = loop->getParentOfType<LoopLikeOpInterface>()) {
    std::optional<APInt> trips = loop.getStaticTripCount();
    points *= trips ? trips->roundToDouble() : kUnknown;
  }
  return points;
}

namespace {

/// A function that stands for all operations that are alike.
struct Kernel {
  func::FuncOp function;
  double points = 0;
};

class Outliner {
public:
  explicit Outliner(ModuleOp module) : module(module), symbols(module) {}

  void outline(Operation *op);
  void finish();

private:
  func::FuncOp build(Operation *op, ArrayRef<Value> arguments,
                     ArrayRef<Operation *> constants);

  ModuleOp module;
  SymbolTable symbols;
  llvm::StringMap<Kernel> kernels; // by their text
};

} // namespace

func::FuncOp Outliner::build(Operation *op, ArrayRef<Value> arguments,
                             ArrayRef<Operation *> constants) {
  OpBuilder builder(module.getContext());
  auto kernel = func::FuncOp::create(
      op->getLoc(), "kernel",
      builder.getFunctionType(ValueRange(arguments).getTypes(), {}));
  kernel.setPrivate();
  Block *body = kernel.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping mapping;
  mapping.map(arguments, body->getArguments());
  for (Operation *constant : constants)
    builder.clone(*constant, mapping);
  builder.clone(*op, mapping);
  func::ReturnOp::create(builder, op->getLoc());
  return kernel;
}

void Outliner::outline(Operation *op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  SmallVector<Value> arguments;
  SmallVector<Operation *> constants;
  for (Value value : used) {
    Operation *source = value.getDefiningOp();
    if (source && source->hasTrait<OpTrait::ConstantLike>())
      constants.push_back(source);
    else
      arguments.push_back(value);
  }
  func::FuncOp candidate = build(op, arguments, constants);
  std::string text;
  llvm::raw_string_ostream stream(text);
  candidate.print(stream, OpPrintingFlags().assumeVerified().useLocalScope());
  Kernel &kernel = kernels[text];
  if (kernel.function) {
    candidate.erase();
  } else {
    kernel.function = candidate;
    symbols.insert(candidate);
  }
  kernel.points += reference::countPoints(op);
  OpBuilder builder(op);
  func::CallOp::create(builder, op->getLoc(), kernel.function, arguments);
  op->erase();
}

void Outliner::finish() {
  Builder builder(module.getContext());
  auto internal =
      LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal);
  auto setAttributes = [&](func::FuncOp function, ArrayRef<StringRef> names) {
    function->setAttr("passthrough", builder.getStrArrayAttr(names));
  };
  // What is left calls functions with many arguments each.
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isDeclaration())
      setAttributes(function, {"noinline", "optnone"});
  for (auto &entry : kernels) {
    const Kernel &kernel = entry.second;
    kernel.function->setAttr("llvm.linkage", internal);
    if (kernel.points >= kFewPoints)
      setAttributes(kernel.function, {"noinline"});
  }
}

namespace {

struct OutlineOperations
    : ashlar::reference::impl::OutlineOperationsBase<OutlineOperations> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      auto structured = dyn_cast<linalg::LinalgOp>(op);
      if (isa<memref::CopyOp>(op) ||
          (structured && structured.hasPureBufferSemantics()))
        ops.push_back(op);
    });
    Outliner outliner(getOperation());
    for (Operation *op : ops)
      outliner.outline(op);
    outliner.finish();
  }
};

} // namespace
