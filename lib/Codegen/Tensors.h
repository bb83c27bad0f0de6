//===- Tensors.h - Memrefs as the machine addresses them -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_TENSORS_H
#define ASHLAR_LIB_CODEGEN_TENSORS_H

#include "Emitter.h"
#include "dialects/npu/NPU.h"
#include "llvm/ADT/SmallVector.h"

namespace ashlar {

/// A byte address: base + offset.
struct Address {
  Num base;
  int64_t offset = 0;
};

/// A memref whose address has been computed. Strides count elements.
struct TensorView {
  npu::Space space = npu::Space::Dram;
  mlir::Type element;
  Address address;
  llvm::SmallVector<Num> sizes, strides;
  // Accumulators only: rows of the buffer (the distance of its panels), and for
  // each dimension whether it is flattened into rows.
  int64_t accRows = 0;
  llvm::SmallVector<bool> isRow;

  unsigned rank() const { return sizes.size(); }
};

/// Bytes of an element in memory: a boolean takes one, an index eight.
int64_t getElementBytes(mlir::Type element);

/// The machine's element type of a builtin type. Integers are signless: they
/// are signed here unless `isUnsigned`; booleans are u8.
isa::ElementType getElementType(mlir::Type element, bool isUnsigned = false);

/// One dimension of work on several tensors: its size and their strides.
struct WorkDim {
  Num size;
  llvm::SmallVector<Num, 6> strides;
  bool mergeable = true; ///< may become one with its neighbour of the same kind
  int kind = 0;          ///< only dimensions of a kind are merged
  int origin = -1;       ///< number in the operation, for those not merged
};

/// Drops dimensions of size 1 and merges neighbours that are contiguous for
/// every tensor. What is not mergeable stays as it is.
void simplifyDims(llvm::SmallVectorImpl<WorkDim> &dims);

/// A descriptor to be: up to six dimensions, outermost first; `first` is the
/// number of the first of them (the others have size 1).
struct DescriptorSpec {
  isa::ElementType type;
  Address address;
  struct Dim {
    unsigned position;
    Num size, stride;
  };
  llvm::SmallVector<Dim, 6> dims;
};

/// Writes the words that set descriptor `number`.
void emitDescriptor(Emitter &emit, int64_t number, const DescriptorSpec &spec);

/// address + count * stride elements of `bytes` each.
Address advance(Emitter &emit, Address address, Num count, Num stride,
                int64_t bytes);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_TENSORS_H
