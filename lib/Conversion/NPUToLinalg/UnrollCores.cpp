//===- UnrollCores.cpp - The program of every core, one after the other ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between barriers no core needs another, so any order of the cores will do.
//
//===----------------------------------------------------------------------===//

#include "UnrollCores.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace ashlar;

namespace {

class CoreUnroller {
public:
  CoreUnroller(func::FuncOp function, unsigned cores)
      : function(function), symbols(function->getParentOfType<ModuleOp>()),
        builder(function.front().getTerminator()), maps(cores) {}

  LogicalResult run();

private:
  void cloneFor(unsigned core, Operation *op);
  LogicalResult adapt(unsigned core, Operation *clone);
  LogicalResult multicast(unsigned core, npu::CopyOp copy);
  Value onCore(unsigned core, Value view);
  FlatSymbolRefAttr globalOf(unsigned core, StringAttr name);

  func::FuncOp function;
  SymbolTable symbols;
  OpBuilder builder;
  SmallVector<IRMapping> maps;
  llvm::DenseMap<std::pair<StringAttr, unsigned>, FlatSymbolRefAttr> globals;
  LogicalResult result = success();
};

} // namespace

static bool isOnChip(Type type) {
  std::optional<npu::Space> space = npu::getSpace(type);
  return space && *space != npu::Space::Dram;
}

/// Core 0 keeps the global that there is, the others get copies of it.
FlatSymbolRefAttr CoreUnroller::globalOf(unsigned core, StringAttr name) {
  FlatSymbolRefAttr &known = globals[{name, core}];
  if (known)
    return known;
  known = FlatSymbolRefAttr::get(name);
  auto global = symbols.lookup<memref::GlobalOp>(name);
  if (core == 0 || !global || !isOnChip(global.getType()))
    return known;
  memref::GlobalOp copy = global.clone();
  symbols.insert(copy, Block::iterator(global));
  return known = FlatSymbolRefAttr::get(copy.getSymNameAttr());
}

/// The same place in a global of another core; null if it is no global's.
Value CoreUnroller::onCore(unsigned core, Value view) {
  Operation *op = view.getDefiningOp();
  if (auto global = dyn_cast_or_null<memref::GetGlobalOp>(op)) {
    // Names of other cores' globals are found from that of core 0.
    StringAttr name = global.getNameAttr().getAttr();
    for (auto &[key, symbol] : globals)
      if (symbol.getAttr() == name) {
        name = key.first;
        break;
      }
    return memref::GetGlobalOp::create(builder, op->getLoc(), view.getType(),
                                       globalOf(core, name).getValue());
  }
  auto viewLike = dyn_cast_or_null<ViewLikeOpInterface>(op);
  Value source = viewLike ? onCore(core, viewLike.getViewSource()) : Value();
  if (!source)
    return nullptr;
  IRMapping map;
  map.map(viewLike.getViewSource(), source);
  return builder.clone(*op, map)->getResult(0);
}

/// One core writes to every core's memory.
LogicalResult CoreUnroller::multicast(unsigned core, npu::CopyOp copy) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(copy);
  for (unsigned other = 0; other < maps.size(); ++other) {
    if (other == core)
      continue;
    Value target = onCore(other, copy.getTarget());
    if (!target)
      return copy.emitOpError() << "cannot run on the host: it brings to all "
                                   "cores what is no global";
    IRMapping map;
    map.map(copy.getTarget(), target);
    builder.clone(*copy, map);
  }
  return success();
}

/// What the number of the core says, in one core's copy of an operation.
LogicalResult CoreUnroller::adapt(unsigned core, Operation *clone) {
  SmallVector<npu::CopyOp> copies;
  SmallVector<npu::CoreIdOp> ids;
  clone->walk([&](Operation *op) {
    if (auto global = dyn_cast<memref::GetGlobalOp>(op))
      global.setNameAttr(globalOf(core, global.getNameAttr().getAttr()));
    else if (auto copy = dyn_cast<npu::CopyOp>(op); copy && copy.getMulticast())
      copies.push_back(copy);
    else if (auto id = dyn_cast<npu::CoreIdOp>(op); id && op != clone)
      ids.push_back(id);
  });
  for (npu::CoreIdOp id : ids) {
    OpBuilder at(id);
    Value number = arith::ConstantIndexOp::create(at, id.getLoc(), core);
    id->replaceAllUsesWith(ValueRange(number));
    id->erase();
  }
  for (npu::CopyOp copy : copies)
    if (failed(multicast(core, copy)))
      return failure();
  return success();
}

void CoreUnroller::cloneFor(unsigned core, Operation *op) {
  if (isa<npu::CoreIdOp>(op)) {
    Value number = arith::ConstantIndexOp::create(builder, op->getLoc(), core);
    maps[core].map(op->getResult(0), number);
    return;
  }
  bool isShared = isa<memref::AllocOp, npu::AllocOp>(op) &&
                  !isOnChip(op->getResult(0).getType());
  if (isShared && core != 0) {
    Value buffer = maps[0].lookup(op->getResult(0));
    maps[core].map(op->getResult(0), buffer);
    return;
  }
  if (failed(adapt(core, builder.clone(*op, maps[core]))))
    result = failure();
}

LogicalResult CoreUnroller::run() {
  SmallVector<Operation *> all, part;
  for (Operation &op : function.front().without_terminator())
    all.push_back(&op);
  auto finishPart = [&] {
    for (unsigned core = 0; core < maps.size(); ++core)
      for (Operation *op : part)
        cloneFor(core, op);
    part.clear();
  };
  for (Operation *op : all)
    if (isa<npu::BarrierOp>(op))
      finishPart();
    else
      part.push_back(op);
  finishPart();
  for (Operation *op : llvm::reverse(all))
    op->erase();
  return result;
}

LogicalResult ashlar::unrollCores(func::FuncOp function) {
  unsigned cores = 0;
  function.walk([&](npu::CoreIdOp id) {
    if (auto count = id->getAttrOfType<IntegerAttr>("npu.cores"))
      cores = unsigned(count.getInt());
  });
  return cores == 0 ? success() : CoreUnroller(function, cores).run();
}
