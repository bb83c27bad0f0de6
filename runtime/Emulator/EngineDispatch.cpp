//===- EngineDispatch.cpp - From head words to kernels --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/EngineContext.h"
#include "ISA/Exec.h"

namespace ashlar::runtime {

#define ASHLAR_DISPATCH_HEADS
#include "ISA/ExecDispatch.inc"

} // namespace ashlar::runtime
