//===- PlaceResidents.cpp - Places that last as long as a session ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPU.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

namespace ashlar {
#define GEN_PASS_DEF_PLACERESIDENTS
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
/// Nobody's place is ever free again, so one after the other is the best plan.
struct PlaceResidents : ashlar::impl::PlaceResidentsBase<PlaceResidents> {
  void runOnOperation() override {
    Builder b(&getContext());
    uint64_t top = 0;
    for (auto global : getOperation().getOps<memref::GlobalOp>()) {
      if (npu::getSpace(global.getType()) != npu::Space::Sram)
        continue;
      global->setAttr(npu::kOffsetAttr, b.getI64IntegerAttr(top));
      top += getResidentBytes(global.getType());
    }
  }
};
} // namespace
