//===- BufferPlaces.h - Sizes and live ranges of buffers -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_BUFFERPLACES_H
#define ASHLAR_LIB_TILE_BUFFERPLACES_H

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace ashlar {

/// Bytes of one slot: dense row-major elements (a boolean is a byte; of a
/// buffer that cores have parts of, one part), or for accumulators whole rows
/// of `accLanes` lanes (ceil(lanes / accLanes) panels of them). Rounded up to a
/// multiple of `getAlignment`.
int64_t getSlotBytes(npu::AllocOp alloc, unsigned accLanes);

/// Bytes of all slots.
int64_t getReservedBytes(npu::AllocOp alloc, unsigned accLanes);

/// Bytes of a tensor in the scratchpad, dense and row-major, in whole lines.
int64_t getResidentBytes(mlir::MemRefType type);

/// Bytes at the beginning of the scratchpad that the module's globals take;
/// nothing if one of them has no place yet.
std::optional<uint64_t> getResidentTop(mlir::Operation *module);

/// 64 bytes (a line), or one row of accumulators.
int64_t getAlignment(npu::AllocOp alloc, unsigned accLanes);

/// The loop whose execution a ring outlives no iteration of: the outermost one
/// around the allocation. Null outside loops.
mlir::Operation *getRingScope(npu::AllocOp alloc);

/// Times of operations in program order: an operation with regions begins
/// before and ends after everything in it.
class ProgramOrder {
public:
  explicit ProgramOrder(mlir::func::FuncOp func);
  int64_t begin(mlir::Operation *op) const { return times.lookup(op).first; }
  int64_t end(mlir::Operation *op) const { return times.lookup(op).second; }
  /// All times are below it.
  int64_t length() const { return now + 1; }
  /// When a buffer holds something: [first, second).
  std::pair<int64_t, int64_t> liveRange(npu::AllocOp alloc) const;

private:
  void number(mlir::Operation *op);
  int64_t now = 0;
  llvm::DenseMap<mlir::Operation *, std::pair<int64_t, int64_t>> times;
};

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_BUFFERPLACES_H
