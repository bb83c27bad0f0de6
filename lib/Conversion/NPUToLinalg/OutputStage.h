//===- OutputStage.h - Conversions of the output stage on the host --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NPUTOLINALG_OUTPUTSTAGE_H
#define ASHLAR_LIB_CONVERSION_NPUTOLINALG_OUTPUTSTAGE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ashlar {

/// The conversion of a preload or drain without steps: wider is exact, narrower
/// integers saturate, narrower floats round to even.
mlir::Value convertPlain(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                         mlir::Type to);

} // namespace ashlar

#endif // ASHLAR_LIB_CONVERSION_NPUTOLINALG_OUTPUTSTAGE_H
