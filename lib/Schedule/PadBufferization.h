//===- PadBufferization.h - npu.pad as a view that nobody writes ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_PADBUFFERIZATION_H
#define ASHLAR_LIB_SCHEDULE_PADBUFFERIZATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace ashlar {

/// Lets one-shot bufferisation see npu.pad as a read-only alias of its source,
/// so that it proves that the source is not overwritten while the pad is read.
void registerPadBufferization(mlir::DialectRegistry &registry);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_PADBUFFERIZATION_H
