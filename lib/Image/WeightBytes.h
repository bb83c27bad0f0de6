//===- WeightBytes.h - Constants as an image stores them --------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IMAGE_WEIGHTBYTES_H
#define ASHLAR_LIB_IMAGE_WEIGHTBYTES_H

#include "Image/ImageContents.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace ashlar {

/// The initial value of a global as dense row-major bytes. Resources and plain
/// dense constants are referred to where they lie; splats, booleans and 4-bit
/// types are rewritten. Emits an error if there are not `expectedBytes`.
mlir::LogicalResult weightBytes(mlir::memref::GlobalOp global,
                                uint64_t expectedBytes,
                                runtime::WeightData &data);

} // namespace ashlar

#endif // ASHLAR_LIB_IMAGE_WEIGHTBYTES_H
