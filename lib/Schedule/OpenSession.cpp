//===- OpenSession.cpp - Constants that are loaded once -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace ashlar {
#define GEN_PASS_DEF_OPENSESSION
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

struct OpenSession : ashlar::impl::OpenSessionBase<OpenSession> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      makeResident(function, symbols);
  }

private:
  void makeResident(func::FuncOp function, SymbolTable &symbols);
};

/// The global that holds a copy of `constant` in every scratchpad.
memref::GlobalOp declareCopy(memref::GlobalOp constant, MemRefType type,
                             SymbolTable &symbols) {
  OpBuilder builder(constant->getContext());
  builder.setInsertionPointAfter(constant);
  auto copy = memref::GlobalOp::create(
      builder, constant.getLoc(), (constant.getName() + "_resident").str(),
      builder.getStringAttr("private"), type, builder.getUnitAttr(),
      /*constant=*/false, /*alignment=*/IntegerAttr());
  symbols.insert(copy);
  return copy;
}

/// A function that runs before `function` does for the first time.
func::FuncOp makeOpening(func::FuncOp function, SymbolTable &symbols) {
  OpBuilder builder(function->getContext());
  builder.setInsertionPointAfter(function);
  auto opening = func::FuncOp::create(
      builder, function.getLoc(), (function.getName() + "_open").str(),
      FunctionType::get(builder.getContext(), {}, {}));
  symbols.insert(opening);
  builder.setInsertionPointToStart(opening.addEntryBlock());
  func::ReturnOp::create(builder, function.getLoc());
  function->setAttr(npu::kOpeningAttr, FlatSymbolRefAttr::get(opening));
  if (Attribute target = function->getAttr(npu::kTargetAttr))
    opening->setAttr(npu::kTargetAttr, target);
  return opening;
}

void OpenSession::makeResident(func::FuncOp function, SymbolTable &symbols) {
  SmallVector<memref::AllocOp> allocs;
  function.walk([&](memref::AllocOp alloc) {
    if (alloc->hasAttr(kConstantAttr))
      allocs.push_back(alloc);
  });
  if (allocs.empty())
    return;
  func::FuncOp opening = makeOpening(function, symbols);
  OpBuilder loads(opening.front().getTerminator());
  llvm::DenseMap<Attribute, memref::GlobalOp> copies;
  IRRewriter rewriter(&getContext());
  for (memref::AllocOp alloc : allocs) {
    auto name = alloc->getAttrOfType<FlatSymbolRefAttr>(kConstantAttr);
    auto constant = symbols.lookup<memref::GlobalOp>(name.getAttr());
    memref::GlobalOp &copy = copies[name];
    if (!copy) {
      copy = declareCopy(constant, alloc.getType(), symbols);
      Value from = memref::GetGlobalOp::create(
          loads, alloc.getLoc(), constant.getType(), name.getValue());
      Value to = memref::GetGlobalOp::create(loads, alloc.getLoc(),
                                             copy.getType(), copy.getName());
      npu::CopyOp::create(loads, alloc.getLoc(), from, to, ValueRange(),
                          Value(), npu::QueueAttr(), /*multicast=*/true);
    }
    rewriter.setInsertionPoint(alloc);
    rewriter.replaceOpWithNewOp<memref::GetGlobalOp>(alloc, copy.getType(),
                                                     copy.getName());
  }
}

} // namespace
