//===- Isa.cpp - Look-ups in the generated tables -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ISA/HostCosts.h"

#include <algorithm>
#include <array>

namespace ashlar::isa {

#include "ISA/IsaTables.inc"

constexpr size_t instCount = std::size(instTable);

// From opcode to position in the table; instCount where there is none.
static constexpr auto positions = [] {
  std::array<uint16_t, 1024> result{};
  result.fill(instCount);
  for (size_t i = 0; i < instCount; ++i)
    result[static_cast<size_t>(instTable[i].opcode)] = i;
  return result;
}();

// Positions by ascending mnemonic.
static constexpr auto byMnemonic = [] {
  std::array<uint16_t, instCount> result{};
  for (size_t i = 0; i < instCount; ++i)
    result[i] = i;
  std::sort(result.begin(), result.end(), [](uint16_t a, uint16_t b) {
    return instTable[a].mnemonic < instTable[b].mnemonic;
  });
  return result;
}();

const EnumCase *EnumInfo::find(std::string_view caseName) const {
  for (const EnumCase &c : cases)
    if (c.name == caseName)
      return &c;
  return nullptr;
}

const EnumCase *EnumInfo::find(uint64_t value) const {
  for (const EnumCase &c : cases)
    if (c.value == value)
      return &c;
  return nullptr;
}

std::span<const InstInfo> allInstructions() { return instTable; }

const InstInfo *lookup(Opcode opcode) {
  auto number = static_cast<size_t>(opcode);
  if (number >= positions.size() || positions[number] == instCount)
    return nullptr;
  return &instTable[positions[number]];
}

const HostCosts &hostCosts(Opcode opcode) {
  static constexpr HostCosts none = {};
  auto number = static_cast<size_t>(opcode);
  if (number >= positions.size() || positions[number] == instCount)
    return none;
  return hostCostTable[positions[number]];
}

const InstInfo *lookupMnemonic(std::string_view mnemonic) {
  auto it = std::lower_bound(byMnemonic.begin(), byMnemonic.end(), mnemonic,
                             [](uint16_t position, std::string_view m) {
                               return instTable[position].mnemonic < m;
                             });
  if (it == byMnemonic.end() || instTable[*it].mnemonic != mnemonic)
    return nullptr;
  return &instTable[*it];
}

const EnumInfo *lookupEnum(std::string_view cppType) {
  for (const EnumInfo *info : enumTable)
    if (info->name == cppType)
      return info;
  return nullptr;
}

const SlotInfo *findSlot(const InstInfo &info, std::string_view name) {
  for (const SlotInfo &slot : info.slots)
    if (slot.name == name)
      return &slot;
  return nullptr;
}

bool fitsSlot(int64_t value, const SlotInfo &slot) {
  if (slot.cases)
    return value >= 0 && slot.cases->find(static_cast<uint64_t>(value));
  if (slot.limit)
    return value >= 0 && value < static_cast<int64_t>(slot.limit);
  if (slot.isSigned) {
    int64_t bound = int64_t(1) << (slot.width - 1);
    return value >= -bound && value < bound;
  }
  return value >= 0 && (slot.width >= 63 || value < int64_t(1) << slot.width);
}

bool setSlot(uint64_t &word, const SlotInfo &slot, int64_t value) {
  if (!fitsSlot(value, slot))
    return false;
  uint64_t mask = (slot.width >= 64 ? ~0ull : (1ull << slot.width) - 1)
                  << slot.lsb;
  word = (word & ~mask) | (static_cast<uint64_t>(value) << slot.lsb & mask);
  return true;
}

bool isValid(uint64_t word) {
  const InstInfo *info = lookup(opcodeOf(word));
  if (!info || (word & info->reservedMask))
    return false;
  return std::all_of(info->slots.begin(), info->slots.end(),
                     [&](const SlotInfo &slot) {
                       return (!slot.cases && !slot.limit) ||
                              fitsSlot(getSlot(word, slot), slot);
                     });
}

unsigned payloadCount(uint64_t word) {
  const InstInfo *info = lookup(opcodeOf(word));
  if (!info || info->countSlot < 0)
    return 0;
  return getSlot(word, info->slots[info->countSlot]);
}

static RegisterSet registersOf(uint64_t word, bool SlotInfo::*flag) {
  RegisterSet set;
  const InstInfo *info = lookup(opcodeOf(word));
  if (!info)
    return set;
  for (const SlotInfo &slot : info->slots) {
    if (!(slot.*flag))
      continue;
    uint64_t bit = uint64_t(1) << getSlot(word, slot);
    if (slot.form == Form::Reg)
      set.regs |= bit;
    else if (slot.form == Form::Desc)
      set.descs |= static_cast<uint32_t>(bit);
    else if (slot.form == Form::Lane)
      set.lanes |= static_cast<uint32_t>(bit);
  }
  return set;
}

RegisterSet readsOf(uint64_t word) {
  return registersOf(word, &SlotInfo::isUse);
}
RegisterSet writesOf(uint64_t word) {
  return registersOf(word, &SlotInfo::isDef);
}

} // namespace ashlar::isa
