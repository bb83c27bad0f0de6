//===- Gather.cpp - Slices picked by a list, on the host ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gather.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace ashlar;

void ashlar::convertGather(ImplicitLocOpBuilder &b, npu::GatherOp op) {
  unsigned rank = cast<MemRefType>(op.getTarget().getType()).getRank();
  AffineMap list = AffineMap::get(rank, 0, {b.getAffineDimExpr(op.getDim())},
                                  b.getContext());
  linalg::GenericOp::create(
      b, TypeRange(), ValueRange(op.getIndices()), ValueRange(op.getTarget()),
      ArrayRef<AffineMap>{list, b.getMultiDimIdentityMap(rank)},
      SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        ImplicitLocOpBuilder body(loc, nested);
        SmallVector<Value> position;
        for (unsigned dim = 0; dim < rank; ++dim)
          position.push_back(linalg::IndexOp::create(body, dim));
        position[op.getDim()] =
            arith::IndexCastOp::create(body, body.getIndexType(), args[0]);
        Value element = memref::LoadOp::create(body, op.getSource(), position);
        linalg::YieldOp::create(body, element);
      });
}
