//===- HostBuffer.cpp - Memory of the host for regions of dram ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostBuffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

using namespace ashlar::runtime;

HostBuffer::~HostBuffer() {
  if (begin)
    munmap(begin, std::max<uint64_t>(size, 1));
}

bool HostBuffer::allocate(uint64_t bytes) {
  // A region of size zero still gets an address: null means "not bound".
  void *mapped =
      mmap(nullptr, std::max<uint64_t>(bytes, 1), PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    return false;
  HostBuffer fresh;
  fresh.begin = static_cast<uint8_t *>(mapped);
  fresh.size = bytes;
  swap(fresh);
  return true;
}

void HostBuffer::clear() {
  if (size != 0)
    memset(begin, 0, size);
}
