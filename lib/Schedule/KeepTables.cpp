//===- KeepTables.cpp - Tables of lookups in every scratchpad -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "Group.h"

#include "ashlar/Match/Lookup.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace ashlar {
#define GEN_PASS_DEF_KEEPTABLES
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

struct KeepTables : ashlar::impl::KeepTablesBase<KeepTables> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    SmallVector<memref::LoadOp> loads;
    function.walk([&](memref::LoadOp load) {
      std::optional<Lookup> lookup = matchLookup(load);
      if (lookup && lookup->table.getDefiningOp<memref::GetGlobalOp>())
        loads.push_back(load);
    });
    if (loads.empty())
      return;
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    llvm::DenseMap<Attribute, Value> kept;
    for (memref::LoadOp load : loads) {
      auto constant = load.getMemRef().getDefiningOp<memref::GetGlobalOp>();
      Value &table = kept[constant.getNameAttr()];
      if (!table) {
        auto alloc = memref::AllocOp::create(
            builder, constant.getLoc(),
            npu::withSpace(constant.getType(), npu::Space::Sram));
        alloc->setAttr(kConstantAttr, constant.getNameAttr());
        table = alloc;
      }
      load.getMemrefMutable().assign(table);
      if (constant->use_empty())
        constant.erase();
    }
    function->setAttr(kConstantBytesAttr,
                      builder.getI64IntegerAttr(kept.size() * kLookupEntries));
  }
};

} // namespace
