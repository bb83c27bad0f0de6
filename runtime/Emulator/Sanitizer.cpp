//===- Sanitizer.cpp - Finds races and reads of nothing -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Sanitizer.h"

#include <algorithm>

using namespace ashlar;
using namespace ashlar::runtime;

Sanitizer::Sanitizer(const Machine &machine, const Program &program,
                     const Memory &memory)
    : machine(machine), program(program), memory(memory),
      clocks(size_t(machine.cores) * kMaxQueues), tokens(machine.cores) {
  for (auto &ofCore : tokens)
    ofCore.resize(machine.semaphores);
  for (uint32_t i = 0; i < machine.cores; ++i) {
    sram.emplace_back(memory.sramBytes(), false);
    acc.emplace_back(memory.accBytes(), false);
  }
  for (unsigned i = 0; i < kRegions; ++i)
    regions.emplace_back(0, false);
}

void Sanitizer::bindRegion(Region region, uint64_t bytes, bool initialized) {
  regions[size_t(region)].resize(bytes, initialized);
}

void Sanitizer::mark(Region region, uint64_t offset, uint64_t bytes,
                     bool initialized) {
  regions[size_t(region)].mark(offset, offset + bytes, initialized);
}

void Sanitizer::markResident(uint64_t offset, uint64_t bytes) {
  residents[offset] = offset + bytes;
}

/// What was loaded when the session opened is there until it closes.
Fault Sanitizer::checkResident(uint32_t core, uint64_t begin,
                               uint64_t end) const {
  auto next = residents.lower_bound(end);
  if (mayWriteResidents || next == residents.begin())
    return {};
  --next;
  if (next->second <= begin)
    return {};
  begin = std::max(begin, next->first);
  end = std::min(end, next->second);
  return {TrapKind::ResidentWrite,
          "a run writes " +
              whereIs(core, makeAddress(Space::Sram, core, 0), begin, end) +
              ", which only the session's opening may write"};
}

void Sanitizer::startRun(bool isOpening, std::span<const uint32_t> left) {
  mayWriteResidents = isOpening;
  auto isLeft = [&](size_t i) {
    return !left.empty() && left[i / kMaxQueues] >> i % kMaxQueues & 1;
  };
  VectorClock everything;
  for (size_t i = 0; i < clocks.size(); ++i)
    if (!isLeft(i))
      everything.join(clocks[i]);
  for (size_t i = 0; i < clocks.size(); ++i) {
    if (isLeft(i))
      clocks[i].join(everything);
    else
      clocks[i] = everything;
    clocks[i].advance(i);
  }
  for (auto &ofCore : tokens)
    for (auto &queue : ofCore)
      queue.clear();
}

void Sanitizer::dispatch(uint32_t core, uint8_t queue, Entry &entry) {
  size_t scalar = component(core, 0);
  entry.clock = clocks[scalar];
  if (queue)
    clocks[scalar].advance(scalar);
}

void Sanitizer::begin(uint32_t core, uint8_t queue, const Entry &entry) {
  clocks[component(core, queue)].join(entry.clock);
}

std::shared_ptr<const VectorClock> Sanitizer::release(uint32_t core,
                                                      uint8_t queue) {
  size_t me = component(core, queue);
  auto known = std::make_shared<const VectorClock>(clocks[me]);
  clocks[me].advance(me);
  return known;
}

void Sanitizer::deliver(const Post &post) {
  if (post.n)
    tokens[post.core][post.sem].push_back({post.n, post.clock});
}

void Sanitizer::acquire(uint32_t core, uint8_t queue, uint8_t sem, uint16_t n) {
  std::deque<Tokens> &given = tokens[core][sem];
  uint64_t left = n;
  while (left && !given.empty()) {
    Tokens &first = given.front();
    if (first.clock)
      clocks[component(core, queue)].join(*first.clock);
    uint64_t taken = std::min(left, first.n);
    left -= taken;
    first.n -= taken;
    if (!first.n)
      given.pop_front();
  }
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

Epoch Sanitizer::epochOf(uint32_t core, uint8_t queue, uint64_t pc) const {
  size_t me = component(core, queue);
  return Epoch::make(uint32_t(me), clocks[me].at(me), pc);
}

Sanitizer::Located Sanitizer::locate(uint32_t core, const Descriptor &d) {
  HostTensor host;
  // What does not resolve is trapped by the kernel, with a better message.
  if (memory.resolve(core, d, Access::Read, kInDram | kInAnySram | kInAcc,
                     host) ||
      !host.data)
    return {};
  uint64_t offset = addressOffset(d.base);
  uint32_t where =
      addressCore(d.base) == kThisCore ? core : addressCore(d.base);
  switch (Space(addressSpace(d.base))) {
  case Space::Dram: {
    Region region = Region(offset >> kRegionBits);
    // Weights cannot be written, so nobody races for them.
    if (region == Region::Weights)
      return {};
    return {&regions[size_t(region)],
            int64_t(offset & ((uint64_t(1) << kRegionBits) - 1))};
  }
  case Space::Sram:
    return {&sram[where], int64_t(offset)};
  case Space::Acc:
    return {&acc[where], int64_t(offset)};
  }
  return {};
}

std::string Sanitizer::whereIs(uint32_t core, uint64_t address, uint64_t begin,
                               uint64_t end) const {
  uint64_t start = addressSpace(address) == unsigned(Space::Dram)
                       ? (address & ~((uint64_t(1) << kRegionBits) - 1))
                       : (address & ~kOffsetMask);
  if (addressSpace(address) != unsigned(Space::Dram) &&
      addressCore(address) == kThisCore)
    start = withCore(start, core);
  return std::to_string(end - begin) + " bytes at " +
         describeAddress(start + begin);
}

Fault Sanitizer::report(const ShadowConflict &conflict, bool iWrite,
                        const std::string &where) {
  if (conflict.kind == ShadowConflict::Kind::None)
    return {};
  if (conflict.kind == ShadowConflict::Kind::Uninitialized)
    return {TrapKind::UninitializedRead, "nothing has written " + where};
  uint32_t core = conflict.other.component() / kMaxQueues;
  uint8_t queue = uint8_t(conflict.other.component() % kMaxQueues);
  uint64_t pc = conflict.other.pc();
  std::string text =
      std::string(iWrite ? "write" : "read") + " of " + where +
      " is not ordered with the " + (conflict.otherWrote ? "write" : "read") +
      " by core " + std::to_string(core) + ", " + queueName(queue) + ", word " +
      std::to_string(pc) + ": " + disassembleAt(program, core, pc);
  if (const DebugNode *node = program.nodeAt(core, pc))
    text += ", operator " + node->op + " \"" + node->name + "\"";
  return {TrapKind::DataRace, text};
}

Fault Sanitizer::checkOperand(const Entry &entry, const Operand &operand) {
  uint32_t core = entry.captured.core;
  uint8_t queue = entry.captured.queue;
  if (isEmpty(operand.d))
    return {};
  Located at = locate(core, operand.d);
  if (!at.shadow)
    return {};
  const VectorClock &now = clocks[component(core, queue)];
  Epoch me = epochOf(core, queue, entry.pc);
  bool writes = operand.access != Access::Read;
  bool isScratchpad = addressSpace(operand.d.base) == unsigned(Space::Sram);
  byteRuns(operand.d, runs);
  for (const ByteRun &run : runs) {
    uint64_t begin = uint64_t(at.start + run.begin),
             end = uint64_t(at.start + run.end);
    if (writes && isScratchpad)
      if (Fault fault = checkResident(core, begin, end))
        return fault;
    ShadowConflict conflict =
        writes ? at.shadow->write(begin, end, me, now,
                                  operand.access == Access::ReadWrite)
               : at.shadow->read(begin, end, me, now);
    if (conflict.kind != ShadowConflict::Kind::None) {
      begin = std::max(begin, conflict.begin);
      end = std::min(end, conflict.end);
      return report(conflict, writes,
                    whereIs(core, operand.d.base, begin, end));
    }
  }
  return {};
}

Fault Sanitizer::check(const Entry &entry) {
  operands.clear();
  collectOperands(entry.captured, memory, machine, operands);
  if (Fault fault = checkOverlaps(entry.captured.core))
    return fault;
  // Reads first: an instruction that works in place reads before it writes.
  for (const Operand &operand : operands)
    if (operand.access == Access::Read)
      if (Fault fault = checkOperand(entry, operand))
        return fault;
  for (const Operand &operand : operands)
    if (operand.access != Access::Read)
      if (Fault fault = checkOperand(entry, operand))
        return fault;
  return {};
}

Fault Sanitizer::scalarAccess(uint32_t core, uint64_t pc, uint64_t offset,
                              unsigned bytes, bool write) {
  if (write)
    if (Fault fault = checkResident(core, offset, offset + bytes))
      return fault;
  const VectorClock &now = clocks[component(core, 0)];
  Epoch me = epochOf(core, 0, pc);
  ShadowConflict conflict =
      write ? sram[core].write(offset, offset + bytes, me, now, false)
            : sram[core].read(offset, offset + bytes, me, now);
  if (conflict.kind == ShadowConflict::Kind::None)
    return {};
  return report(
      conflict, write,
      whereIs(core, makeAddress(Space::Sram, core, 0), offset, offset + bytes));
}

//===----------------------------------------------------------------------===//
// Operands of one instruction
//===----------------------------------------------------------------------===//

static bool sameElements(const Descriptor &a, const Descriptor &b) {
  if (a.base != b.base || elementBits(a.type) != elementBits(b.type))
    return false;
  for (unsigned i = 0; i < kDims; ++i)
    if (a.size[i] != b.size[i] || (a.size[i] > 1 && a.stride[i] != b.stride[i]))
      return false;
  return true;
}

Fault Sanitizer::overlap(const Operand &a, const Operand &b, uint32_t core) {
  Located atA = locate(core, a.d), atB = locate(core, b.d);
  if (!atA.shadow || atA.shadow != atB.shadow)
    return {};
  int64_t loA, hiA, loB, hiB;
  if (!byteExtent(a.d, loA, hiA) || !byteExtent(b.d, loB, hiB) ||
      atA.start + hiA <= atB.start + loB || atB.start + hiB <= atA.start + loA)
    return {};
  byteRuns(a.d, runs);
  byteRuns(b.d, otherRuns);
  size_t i = 0, j = 0;
  while (i < runs.size() && j < otherRuns.size()) {
    int64_t beginA = atA.start + runs[i].begin, endA = atA.start + runs[i].end;
    int64_t beginB = atB.start + otherRuns[j].begin,
            endB = atB.start + otherRuns[j].end;
    int64_t begin = std::max(beginA, beginB), end = std::min(endA, endB);
    if (begin < end)
      return {TrapKind::OperandOverlap,
              "operands share " +
                  whereIs(core, a.d.base, uint64_t(begin), uint64_t(end)) +
                  ": " + describe(a.d) + " and " + describe(b.d)};
    endA <= endB ? ++i : ++j;
  }
  return {};
}

/// No output may overlap an input or another output, but for programs that go
/// point by point over the same elements.
Fault Sanitizer::checkOverlaps(uint32_t core) {
  // Lists make many operands of one tensor; its own parts may coincide
  // (duplicates), and comparing thousands with each other would take too long.
  constexpr size_t limit = 64;
  if (operands.size() > limit)
    return {};
  for (const Operand &out : operands) {
    if (out.access == Access::Read || isEmpty(out.d))
      continue;
    for (const Operand &other : operands) {
      if (other.number == out.number || isEmpty(other.d))
        continue;
      bool inPlace = out.pointwise && other.pointwise &&
                     other.access == Access::Read &&
                     sameElements(out.d, other.d);
      if (inPlace)
        continue;
      if (Fault fault = overlap(out, other, core))
        return fault;
    }
  }
  return {};
}
