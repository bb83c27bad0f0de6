//===- Requests.h - What the runtime says of queued requests --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_REQUESTS_H
#define ASHLAR_LIB_CODEGEN_REQUESTS_H

#include "Emitter.h"

#include "mlir/IR/BuiltinTypes.h"

namespace ashlar {

class Selector;

/// Registers that the runtime sets (docs/machine.md): inputs and outputs of the
/// request that is queued behind this one, 0 if there is none; and whether the
/// run before was told of this one in that manner. A text that reads one of
/// them has no other use for them.
enum : int64_t { nextIoReg = 5, arrivedReg = 6 };

/// npu.request_input and the other operations of its family.
mlir::LogicalResult selectRequest(Selector &s, mlir::Operation *op);

/// Where the whole of a buffer would begin if this core's part of it, one of
/// `parts` along the outermost dimension, lies at `base`.
Num wholeBase(Selector &s, Num base, mlir::MemRefType type, int64_t parts);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_REQUESTS_H
