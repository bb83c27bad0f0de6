//===- MemoryAccesses.h - Who touches which bytes ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The accesses of an operation and everything in it, as the synchroniser sees
// them: which queue reads or writes which range of bytes.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_TILE_MEMORYACCESSES_H
#define ASHLAR_LIB_TILE_MEMORYACCESSES_H

#include "dialects/npu/NPU.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace ashlar {

/// A buffer's bytes. Two ranges can overlap only if space and region agree.
struct ByteRange {
  npu::Space space = npu::Space::Dram;
  mlir::Value region; ///< an argument or get_global; null for planned buffers
  int64_t begin = 0, end = 0;
  npu::AllocOp alloc; ///< of planned buffers
  bool overlaps(const ByteRange &other) const {
    return space == other.space && region == other.region &&
           begin < other.end && other.begin < end;
  }
};

struct Access {
  npu::Queue queue;
  unsigned buffer; ///< number of a ByteRange
  bool write;
  bool operator==(const Access &other) const = default;
};

/// Accesses of every operation of a function, those of nested operations
/// included, without duplicates.
class MemoryAccesses {
public:
  /// Emits an error if a memref's buffer cannot be traced or is not placed.
  mlir::LogicalResult analyse(mlir::func::FuncOp func, unsigned accLanes);

  llvm::ArrayRef<Access> of(mlir::Operation *op) const;
  const ByteRange &range(unsigned buffer) const { return ranges[buffer]; }
  /// Of a placed buffer that somebody accesses.
  const ByteRange &rangeOf(npu::AllocOp alloc) const {
    return ranges[buffers.lookup(alloc.getBuffer())];
  }
  /// Different queues, overlapping bytes, at least one write.
  bool conflict(const Access &a, const Access &b) const;

private:
  mlir::LogicalResult visit(mlir::Operation *op);
  mlir::FailureOr<unsigned> getBuffer(mlir::Operation *op, mlir::Value memref);
  void add(mlir::Operation *op, Access access);

  unsigned accLanes = 1;
  llvm::SmallVector<ByteRange> ranges;
  llvm::DenseMap<mlir::Value, unsigned> buffers;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Access>> accesses;
};

} // namespace ashlar

#endif // ASHLAR_LIB_TILE_MEMORYACCESSES_H
