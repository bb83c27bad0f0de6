//===- DecodedText.h - A core's text, looked at once ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_DECODEDTEXT_H
#define ASHLAR_RUNTIME_EMULATOR_DECODEDTEXT_H

#include "Emulator/Fault.h"
#include "ISA/Exec.h"

#include <cstdint>
#include <vector>

namespace ashlar::runtime {

/// What the scalar unit does with a word.
enum class WordKind : uint8_t {
  Scalar,  // executes it itself
  Head,    // captures it with its payload and hands it to a queue
  Wait,    // queue entry, or its own
  Signal,  // likewise, on this core
  SignalR, // likewise, on a core named by a register
  Illegal, // traps when reached
  End,     // behind the last word: traps when reached
};

/// A head word: everything that dispatch needs, so that it need not decode.
struct HeadInfo {
  HeadHandler handler = nullptr;
  isa::RegisterSet captures; // of the head and its payload
  isa::Opcode opcode = isa::Opcode::Illegal;
  isa::Queue queue = isa::Queue::scalar;
  uint8_t payload = 0;
};

struct DecodedWord {
  ScalarHandler handler = nullptr; // of kind Scalar
  uint64_t word = 0;
  WordKind kind = WordKind::Illegal;
  uint8_t scalarClass = 0; // runtime::ScalarClass
  bool isCall : 1 = false;
  bool isReturn : 1 = false;
  uint8_t steps = 1; // of the budget; of kind Head, without its work
  uint32_t head = 0; // index into `heads`, of kind Head
};

/// A text with one handler per word and a sentinel behind the last one.
class DecodedText {
public:
  /// `text` must outlive this object. `copyQueues` is the machine's number of
  /// dma queues: words that name others are illegal.
  DecodedText(const std::vector<uint64_t> &text, uint32_t copyQueues);

  const DecodedWord &operator[](uint64_t pc) const { return words[pc]; }
  uint64_t size() const { return words.size() - 1; }
  const HeadInfo &head(const DecodedWord &word) const {
    return heads[word.head];
  }
  const uint64_t *raw(uint64_t pc) const { return text.data() + pc; }
  /// Why a word of kind Illegal or End traps.
  Fault whyIllegal(uint64_t pc) const;

private:
  void decodeWord(uint64_t pc);
  bool decodeHead(uint64_t pc, const isa::InstInfo &info);
  bool queueExists(isa::Queue queue) const;

  const std::vector<uint64_t> &text;
  uint32_t copyQueues;
  std::vector<DecodedWord> words;
  std::vector<HeadInfo> heads;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_DECODEDTEXT_H
