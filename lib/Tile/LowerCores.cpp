//===- LowerCores.cpp - Shares of work by the number of the core ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td.
//
//===----------------------------------------------------------------------===//

#include "TargetOption.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"

namespace ashlar {
#define GEN_PASS_DEF_LOWERCORES
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
struct LowerCores : ashlar::impl::LowerCoresBase<LowerCores> {
  using Base = ashlar::impl::LowerCoresBase<LowerCores>;
  using Base::Base;
  explicit LowerCores(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    std::optional<runtime::Machine> machine = getMachine(func, given, target);
    if (!machine)
      return signalPassFailure();
    SmallVector<npu::OnCoresOp> ops(
        func.getBody().front().getOps<npu::OnCoresOp>());
    if (ops.empty())
      return;
    ImplicitLocOpBuilder b(func.getLoc(), func.getContext());
    b.setInsertionPointToStart(&func.getBody().front());
    auto id = npu::CoreIdOp::create(b);
    // For the host, which runs all cores.
    id->setAttr("npu.cores", b.getI64IntegerAttr(machine->cores));
    for (npu::OnCoresOp op : ops)
      lower(op, id, machine->cores);
  }

private:
  void lower(npu::OnCoresOp op, Value id, int64_t cores) {
    IRRewriter rewriter(&getContext());
    ImplicitLocOpBuilder b(op.getLoc(), op);
    if (op.getNumCores() < cores) {
      Value count = arith::ConstantIndexOp::create(b, op.getNumCores());
      Value works =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, count);
      auto branch = scf::IfOp::create(b, works, /*withElse=*/false);
      b.setInsertionPointToStart(branch.thenBlock());
    }
    SmallVector<Value> point(op.getGrid().size());
    Value rest = id;
    for (int64_t dim = op.getGrid().size() - 1; dim >= 0; --dim) {
      point[dim] = rest;
      if (dim == 0)
        break;
      Value size = arith::ConstantIndexOp::create(b, op.getGrid()[dim]);
      point[dim] = arith::RemUIOp::create(b, rest, size);
      rest = arith::DivUIOp::create(b, rest, size);
    }
    op.getBlock()->getTerminator()->erase();
    rewriter.inlineBlockBefore(op.getBlock(), b.getInsertionBlock(),
                               b.getInsertionPoint(), point);
    op.erase();
  }

  std::optional<runtime::Machine> given;
};
} // namespace

std::unique_ptr<Pass>
ashlar::createLowerCores(const runtime::Machine &machine) {
  return std::make_unique<LowerCores>(machine);
}
