//===- HostScratch.h - Storage that a thread keeps ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_HOSTSCRATCH_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_HOSTSCRATCH_H

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ashlar::runtime {

/// Storage aligned to 64 bytes that grows and keeps its size; meant to be
/// thread_local.
template <typename T> class HostScratch {
public:
  /// Room for `count` elements with unspecified contents, until the next call.
  T *get(size_t count) {
    if (count > size) {
      storage.reset(new T[count + 64 / sizeof(T)]);
      size = count;
    }
    uintptr_t at = reinterpret_cast<uintptr_t>(storage.get());
    return storage.get() + (64 - at % 64) % 64 / sizeof(T);
  }

private:
  std::unique_ptr<T[]> storage;
  size_t size = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_HOSTSCRATCH_H
