//===- Passes.h - On the way to the host's LLVM ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_REFERENCE_PASSES_H
#define ASHLAR_REFERENCE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace ashlar::reference {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Reference/Passes.h.inc"
} // namespace ashlar::reference

#endif // ASHLAR_REFERENCE_PASSES_H
