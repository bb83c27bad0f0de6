//===- EngineContext.h - What an engine's instruction sees ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_ENGINECONTEXT_H
#define ASHLAR_RUNTIME_EMULATOR_ENGINECONTEXT_H

#include "Emulator/Captured.h"
#include "Emulator/HostThreads.h"
#include "Emulator/Memory.h"

namespace ashlar::runtime {

/// Given to `Fault execMm(EngineContext &, const isa::Mm &, const Captured &)`
/// and its like. Before such a call the core has checked that the head and its
/// payload words are well formed and belong together, that no captured
/// descriptor has a negative size, and (for every head but `mm`, whose K = 0
/// means something) that none is empty: an empty one makes the instruction do
/// nothing. All else, type and shape agreement included, is the kernel's part.
/// A kernel checks and resolves everything before it writes anything.
class EngineContext {
public:
  Memory &memory;
  const Machine &machine;
  /// The core whose engine this is.
  uint32_t core = 0;
  /// To share large instructions' work with; null: nobody.
  HostThreads *threads = nullptr;

  Fault resolve(const Descriptor &d, Access access, unsigned spaces,
                HostTensor &out) const {
    return memory.resolve(core, d, access, spaces, out);
  }
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_ENGINECONTEXT_H
