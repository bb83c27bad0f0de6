//===- Memory.h - Address spaces, bounds, host pointers -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_MEMORY_H
#define ASHLAR_RUNTIME_EMULATOR_MEMORY_H

#include "Emulator/Descriptor.h"
#include "Emulator/Fault.h"
#include "Timing/Machine.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ashlar::runtime {

//===----------------------------------------------------------------------===//
// Addresses: space in 63..60, chip in 59..48, core in 47..40, byte in 39..0
//===----------------------------------------------------------------------===//

enum class Space : uint8_t { Dram = 1, Sram = 2, Acc = 3 };

inline constexpr uint64_t kOffsetMask = (uint64_t(1) << 40) - 1;
inline constexpr uint32_t kThisCore = 255;

inline unsigned addressSpace(uint64_t a) { return unsigned(a >> 60); }
inline uint32_t addressChip(uint64_t a) { return uint32_t(a >> 48) & 0xfff; }
inline uint32_t addressCore(uint64_t a) { return uint32_t(a >> 40) & 0xff; }
inline uint64_t addressOffset(uint64_t a) { return a & kOffsetMask; }
inline uint64_t makeAddress(Space space, uint32_t core, uint64_t offset) {
  return uint64_t(space) << 60 | uint64_t(core & 0xff) << 40 |
         (offset & kOffsetMask);
}
/// The same address in another core's memory (multicast).
inline uint64_t withCore(uint64_t address, uint32_t core) {
  return (address & ~(uint64_t(0xff) << 40)) | uint64_t(core & 0xff) << 40;
}

/// Regions of dram that a session provides. Each has 2^37 bytes of address
/// space to itself, so that running off the end of one never reaches another.
enum class Region : uint8_t {
  Io = 0,
  Weights = 1,
  Arena = 2,
  State = 3,
  NextIo = 4, ///< of the request that is queued behind this one; read only
};
/// Addresses have room for so many; those without a name are never bound.
inline constexpr unsigned kRegions = 8;
inline constexpr unsigned kRegionBits = 37;
inline uint64_t regionBase(Region r) {
  return makeAddress(Space::Dram, 0, uint64_t(r) << kRegionBits);
}

//===----------------------------------------------------------------------===//
// Resolved tensors
//===----------------------------------------------------------------------===//

enum class Access : uint8_t { Read, Write, ReadWrite };

/// Where an operand may lie, or-ed together. `Sram` and `Acc` are this core's
/// own; `AnySram` adds every other core's scratchpad (copies).
enum Spaces : uint8_t {
  kInDram = 1,
  kInSram = 2,
  kInAcc = 4,
  kInAnySram = 8 | kInSram,
};

/// A tensor as host memory. `data` is where the base points; it may lie outside
/// the buffer if no element does. Strides count elements (of 4 bits for i4 and
/// u4: element e of row base b is in byte b + e/2, low nibble first). No
/// alignment of host pointers is promised beyond what memcpy needs. An empty
/// tensor has data == nullptr.
struct HostTensor {
  uint8_t *data = nullptr;
  isa::ElementType type = isa::ElementType(0);
  int64_t size[kDims] = {};
  int64_t stride[kDims] = {};
};

/// All memories of a chip. dram regions are the session's; scratchpads and
/// accumulators belong to this object and start with unspecified contents (a
/// fixed pattern, so that runs repeat).
class Memory {
public:
  explicit Memory(const Machine &machine);

  /// Gives a dram region its host memory; not owned, not copied. Weights are
  /// read only whatever `writable` says.
  void bindRegion(Region region, void *data, uint64_t bytes,
                  bool writable = true);

  /// Checks every byte that `d` touches and finds it on the host.
  /// Faults: ShapeMismatch (negative size), MisalignedDescriptor, OutOfRange
  /// (bounds, wrong space, write to weights, no such core or chip). Arithmetic
  /// is exact: no combination of 64-bit values wraps into range.
  /// `core` is the core whose instruction this is ("this core" = 255).
  Fault resolve(uint32_t core, const Descriptor &d, Access access,
                unsigned spaces, HostTensor &out) const;

  uint8_t *sram(uint32_t core) const { return cores[core].sram.get(); }
  uint8_t *acc(uint32_t core) const { return cores[core].acc.get(); }
  uint64_t sramBytes() const { return sramSize; }
  uint64_t accBytes() const { return accSize; }
  uint32_t coreCount() const { return uint32_t(cores.size()); }
  /// Fills scratchpads and accumulators with the start pattern again.
  void reset();

private:
  struct Bank {
    uint8_t *data = nullptr;
    uint64_t bytes = 0;
    bool writable = false;
  };
  struct Core {
    std::unique_ptr<uint8_t[]> sram, acc;
  };
  Fault findBank(uint32_t core, const Descriptor &d, Access access,
                 unsigned spaces, Bank &bank, int64_t &offset) const;

  std::array<Bank, kRegions> regions;
  std::vector<Core> cores;
  uint64_t sramSize, accSize;
};

/// The byte range [lo, hi) that `d` touches relative to its base address.
/// False if it does not fit 64 bits (then it is out of range anywhere). `d` is
/// not empty and has no negative size.
bool byteExtent(const Descriptor &d, int64_t &lo, int64_t &hi);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_MEMORY_H
