//===- Captured.h - A queued instruction and what it took along -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_CAPTURED_H
#define ASHLAR_RUNTIME_EMULATOR_CAPTURED_H

#include "Emulator/Descriptor.h"

#include <array>
#include <cstdint>
#include <vector>

namespace ashlar::runtime {

/// A head word with its payload and copies of the descriptors and scalar
/// registers that they name, taken when the scalar unit dispatched it. Objects
/// are reused, so that dispatch does not allocate in the long run.
struct Captured {

  /// The head word and `payloadCount` payload words behind it. Points into the
  /// core's text, which outlives every queue.
  const uint64_t *words = nullptr;
  uint32_t payloadCount = 0;
  /// Who dispatched it and where from, for messages. `queue` is an isa::Queue.
  uint32_t core = 0;
  uint8_t queue = 0;
  uint64_t pc = 0;

  uint64_t head() const { return words[0]; }
  /// Payload word i, i < payloadCount.
  uint64_t payload(unsigned i) const { return words[1 + i]; }

  /// Descriptor register `number` (0..31) as it was at dispatch. Only registers
  /// that a word names in a descriptor slot are there.
  const Descriptor &desc(unsigned number) const {
    return descs[descIndex[number & 31]];
  }
  /// Scalar register `number` (0..63) as it was at dispatch; r0 is 0.
  uint64_t reg(unsigned number) const { return regs[regIndex[number & 63]]; }

  /// All descriptors taken along, in no particular order.
  const std::vector<Descriptor> &descriptors() const { return descs; }

  /// Forgets what was captured, keeps the storage.
  void reset(const uint64_t *theWords, uint32_t thePayloadCount) {
    words = theWords;
    payloadCount = thePayloadCount;
    descs.clear();
    regs.clear();
    descKnown = 0;
    regKnown = 0;
  }
  void captureDesc(unsigned number, const Descriptor &d) {
    number &= 31;
    if (descKnown >> number & 1)
      return;
    descKnown |= 1u << number;
    descIndex[number] = static_cast<uint8_t>(descs.size());
    descs.push_back(d);
  }
  void captureReg(unsigned number, uint64_t value) {
    number &= 63;
    if (regKnown >> number & 1)
      return;
    regKnown |= uint64_t(1) << number;
    regIndex[number] = static_cast<uint8_t>(regs.size());
    regs.push_back(value);
  }

private:
  std::vector<Descriptor> descs;
  std::vector<uint64_t> regs;
  std::array<uint8_t, 32> descIndex{};
  std::array<uint8_t, 64> regIndex{};
  uint32_t descKnown = 0;
  uint64_t regKnown = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_CAPTURED_H
