//===- Memory.cpp - Address spaces, bounds, host pointers -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Memory.h"

#include <cstring>

using namespace ashlar::runtime;

Memory::Memory(const Machine &machine)
    : cores(machine.cores), sramSize(machine.sramBytes),
      accSize(machine.accBytes) {
  for (Core &core : cores) {
    core.sram.reset(new uint8_t[sramSize]);
    core.acc.reset(new uint8_t[accSize]);
  }
  reset();
}

void Memory::reset() {
  // Neither zeros nor a plausible number in any type: programs that rely on
  // what was never written should be seen to fail.
  for (Core &core : cores) {
    std::memset(core.sram.get(), 0xa5, sramSize);
    std::memset(core.acc.get(), 0xa5, accSize);
  }
}

void Memory::bindRegion(Region region, void *data, uint64_t bytes,
                        bool writable) {
  Bank &bank = regions[unsigned(region)];
  bank.data = static_cast<uint8_t *>(data);
  bank.bytes = bytes;
  bank.writable =
      writable && region != Region::Weights && region != Region::NextIo;
}

bool ashlar::runtime::byteExtent(const Descriptor &d, int64_t &lo,
                                 int64_t &hi) {
  __int128 low = 0, high = 0;
  for (unsigned i = 0; i < kDims; ++i) {
    // Each product fits 126 bits, so six of them may not fit 128: stop early.
    __int128 span = __int128(d.size[i] - 1) * d.stride[i];
    (span < 0 ? low : high) += span;
    constexpr __int128 limit = __int128(1) << 64;
    if (low < -limit || high > limit)
      return false;
  }
  __int128 bits = elementBits(d.type);
  // The low end rounds down, the high end up: two i4 share a byte.
  __int128 lowBits = low * bits, highBits = (high + 1) * bits;
  __int128 lowByte = lowBits >= 0 ? lowBits / 8 : -((-lowBits + 7) / 8);
  __int128 highByte = (highBits + 7) / 8;
  constexpr __int128 limit = INT64_MAX / 2;
  if (lowByte < -limit || highByte > limit)
    return false;
  lo = int64_t(lowByte);
  hi = int64_t(highByte);
  return true;
}

static std::string accessName(Access access) {
  return access == Access::Read ? "read" : "write";
}

Fault Memory::findBank(uint32_t core, const Descriptor &d, Access access,
                       unsigned spaces, Bank &bank, int64_t &offset) const {
  auto refuse = [&](const std::string &why) {
    return Fault(TrapKind::OutOfRange, why + ": " + describe(d));
  };
  unsigned space = addressSpace(d.base);
  if (addressChip(d.base) != 0)
    return refuse("there is no chip " + std::to_string(addressChip(d.base)));
  offset = int64_t(addressOffset(d.base));
  if (space == unsigned(Space::Dram)) {
    if (!(spaces & kInDram))
      return refuse("this operand may not lie in dram");
    unsigned region = unsigned(offset >> kRegionBits);
    bank = regions[region];
    offset -= int64_t(region) << kRegionBits;
    if (access != Access::Read && !bank.writable && bank.data)
      return refuse("write to read-only memory");
    return {};
  }
  if (space != unsigned(Space::Sram) && space != unsigned(Space::Acc))
    return refuse("no such memory");
  uint32_t number = addressCore(d.base);
  // A base below a memory's first byte has borrowed from the core's number: it
  // is refused for where it lies, not for a core that nobody has named.
  if (offset > int64_t(kOffsetMask / 2)) {
    offset -= int64_t(kOffsetMask) + 1;
    number = (number + 1) & 0xff;
  }
  uint32_t where = number == kThisCore ? core : number;
  if (where >= cores.size())
    return refuse("there is no core " + std::to_string(where));
  if (space == unsigned(Space::Sram)) {
    if (!(spaces & kInSram))
      return refuse("this operand may not lie in sram");
    if (where != core && (spaces & kInAnySram) != kInAnySram)
      return refuse("this operand must lie in this core's sram");
    bank = {cores[where].sram.get(), sramSize, true};
    return {};
  }
  if (!(spaces & kInAcc))
    return refuse("this operand may not lie in acc");
  if (where != core)
    return refuse("this operand must lie in this core's acc");
  bank = {cores[where].acc.get(), accSize, true};
  return {};
}

Fault Memory::resolve(uint32_t core, const Descriptor &d, Access access,
                      unsigned spaces, HostTensor &out) const {
  out.data = nullptr;
  out.type = d.type;
  std::memcpy(out.size, d.size, sizeof out.size);
  std::memcpy(out.stride, d.stride, sizeof out.stride);
  bool empty = false;
  for (unsigned i = 0; i < kDims; ++i) {
    if (d.size[i] < 0)
      return {TrapKind::ShapeMismatch, "size of dimension " +
                                           std::to_string(i) +
                                           " is negative: " + describe(d)};
    empty |= d.size[i] == 0;
  }
  if (empty)
    return {};

  unsigned bits = elementBits(d.type);
  if (bits == 4) {
    for (unsigned i = 0; i + 1 < kDims; ++i)
      if (d.size[i] > 1 && d.stride[i] % 2 != 0)
        return {TrapKind::MisalignedDescriptor,
                "stride of dimension " + std::to_string(i) +
                    " of a 4-bit tensor is odd: " + describe(d)};
    if (d.size[5] > 1 && d.stride[5] != 1)
      return {TrapKind::MisalignedDescriptor,
              "innermost stride of a 4-bit tensor is not 1: " + describe(d)};
  } else if (d.base % (bits / 8) != 0) {
    return {TrapKind::MisalignedDescriptor, "base is not a multiple of " +
                                                std::to_string(bits / 8) +
                                                " bytes: " + describe(d)};
  }

  Bank bank;
  int64_t offset = 0, lo = 0, hi = 0;
  if (Fault fault = findBank(core, d, access, spaces, bank, offset))
    return fault;
  if (!byteExtent(d, lo, hi))
    return {TrapKind::OutOfRange,
            "extent does not fit 64 bits: " + describe(d)};
  // Both sums stay in range: the offset has 40 bits, the extents 62.
  if (offset + lo < 0 || offset + hi > int64_t(bank.bytes))
    return {TrapKind::OutOfRange,
            accessName(access) + " of bytes [" + std::to_string(offset + lo) +
                ", " + std::to_string(offset + hi) + ") of " +
                std::to_string(bank.bytes) + ": " + describe(d)};
  // The base itself may lie outside, so no pointer arithmetic on the buffer.
  out.data = reinterpret_cast<uint8_t *>(
      reinterpret_cast<uintptr_t>(bank.data) + static_cast<uintptr_t>(offset));
  return {};
}
