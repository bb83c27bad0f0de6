//===- HostBuffer.h - Memory of the host for regions ------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_API_HOSTBUFFER_H
#define ASHLAR_RUNTIME_API_HOSTBUFFER_H

#include <cstdint>
#include <utility>

namespace ashlar::runtime {

/// Zeroed, page-aligned host memory that takes space only where it is touched.
class HostBuffer {
public:
  HostBuffer() = default;
  HostBuffer(HostBuffer &&other) noexcept { swap(other); }
  HostBuffer &operator=(HostBuffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~HostBuffer();
  /// False if the host has not got that much.
  bool allocate(uint64_t bytes);
  void clear();
  uint8_t *data() const { return begin; }
  uint64_t bytes() const { return size; }

private:
  void swap(HostBuffer &other) {
    std::swap(begin, other.begin);
    std::swap(size, other.size);
  }
  uint8_t *begin = nullptr;
  uint64_t size = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_API_HOSTBUFFER_H
