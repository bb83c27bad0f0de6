//===- DecodedText.cpp - A core's text, looked at once --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/DecodedText.h"

#include "Timing/Timing.h"

#include <cstdio>

using namespace ashlar;
using namespace ashlar::runtime;

static uint8_t scalarClassOf(isa::TimingClass timing) {
  switch (timing) {
  case isa::TimingClass::Mul:
    return uint8_t(ScalarClass::Mul);
  case isa::TimingClass::Div:
    return uint8_t(ScalarClass::Div);
  case isa::TimingClass::Fp:
    return uint8_t(ScalarClass::Fp);
  case isa::TimingClass::FpDiv:
    return uint8_t(ScalarClass::FpDiv);
  case isa::TimingClass::Load:
    return uint8_t(ScalarClass::Load);
  case isa::TimingClass::Store:
    return uint8_t(ScalarClass::Store);
  case isa::TimingClass::Branch:
    return uint8_t(ScalarClass::Branch);
  case isa::TimingClass::Queue:
    return uint8_t(ScalarClass::Queue);
  default:
    return uint8_t(ScalarClass::Alu);
  }
}

/// What the host needs for a word, beside an addition.
static uint8_t stepsOf(ScalarClass cls) {
  switch (cls) {
  case ScalarClass::Queue:
    return 16;
  case ScalarClass::FpDiv: // of subnormal numbers
    return 16;
  case ScalarClass::Load:
  case ScalarClass::Store:
  case ScalarClass::Fp:
    return 3;
  case ScalarClass::Div:
    return 2;
  default:
    return 1;
  }
}

DecodedText::DecodedText(const std::vector<uint64_t> &theText,
                         uint32_t theCopyQueues)
    : text(theText), copyQueues(theCopyQueues), words(theText.size() + 1) {
  for (uint64_t pc = 0; pc < text.size(); ++pc)
    decodeWord(pc);
  words.back().kind = WordKind::End;
}

bool DecodedText::queueExists(isa::Queue queue) const {
  return unsigned(queue) < unsigned(isa::Queue::dma0) + copyQueues;
}

void DecodedText::decodeWord(uint64_t pc) {
  DecodedWord &out = words[pc];
  out.word = text[pc];
  if (!isa::isValid(out.word))
    return;
  const isa::InstInfo &info = *isa::lookup(isa::opcodeOf(out.word));
  if (info.isPayload)
    return;
  out.scalarClass = scalarClassOf(info.timing);
  out.steps = stepsOf(ScalarClass(out.scalarClass));
  switch (info.opcode) {
  case isa::Opcode::Wait:
    if (queueExists(isa::unpacked<isa::Wait>(out.word).queue))
      out.kind = WordKind::Wait;
    return;
  case isa::Opcode::Signal:
    if (queueExists(isa::unpacked<isa::Signal>(out.word).queue))
      out.kind = WordKind::Signal;
    return;
  case isa::Opcode::Signalr:
    if (queueExists(isa::unpacked<isa::Signalr>(out.word).queue))
      out.kind = WordKind::SignalR;
    return;
  case isa::Opcode::Leave:
    if (isa::Queue queue = isa::unpacked<isa::Leave>(out.word).queue;
        queue < isa::Queue::dma0 || !queueExists(queue))
      return;
    break;
  case isa::Opcode::Call:
    out.isCall = true;
    break;
  case isa::Opcode::Jr:
    out.isReturn = true;
    break;
  default:
    break;
  }
  if (info.engine != isa::Engine::Scalar) {
    if (decodeHead(pc, info)) {
      out.kind = WordKind::Head;
      out.scalarClass = uint8_t(ScalarClass::Queue);
      out.steps = 1;
      out.head = uint32_t(heads.size() - 1);
    }
    return;
  }
  out.handler = scalarHandler(info.opcode);
  if (out.handler)
    out.kind = WordKind::Scalar;
}

bool DecodedText::decodeHead(uint64_t pc, const isa::InstInfo &info) {
  HeadInfo head;
  head.opcode = info.opcode;
  head.handler = headHandler(info.opcode);
  head.payload = uint8_t(isa::payloadCount(text[pc]));
  head.captures = isa::readsOf(text[pc]);
  if (!head.handler || text.size() - pc <= head.payload)
    return false;
  for (unsigned i = 1; i <= head.payload; ++i) {
    uint64_t word = text[pc + i];
    const isa::InstInfo *payload =
        isa::isValid(word) ? isa::lookup(isa::opcodeOf(word)) : nullptr;
    if (!payload || !payload->isPayload || !payload->acceptsHead(info.opcode))
      return false;
    head.captures |= isa::readsOf(word);
  }
  // Destinations are descriptors too; whether the records mark them as read or
  // written is a matter of the registers, which heads never write.
  switch (info.engine) {
  case isa::Engine::Matrix:
    head.queue = isa::Queue::mxu;
    break;
  case isa::Engine::Output:
    head.queue = isa::Queue::out;
    break;
  case isa::Engine::Vector:
    head.queue = isa::Queue::vec;
    break;
  default:
    head.queue = isa::unpacked<isa::Copy>(text[pc]).queue;
    if (head.queue < isa::Queue::dma0 || !queueExists(head.queue))
      return false;
    break;
  }
  heads.push_back(head);
  return true;
}

static std::string hex(uint64_t word) {
  char buffer[32];
  snprintf(buffer, sizeof buffer, "0x%016llx", (unsigned long long)word);
  return buffer;
}

Fault DecodedText::whyIllegal(uint64_t pc) const {
  if (pc >= text.size())
    return {TrapKind::TextOutOfRange, "word " + std::to_string(pc) + " of " +
                                          std::to_string(text.size()) +
                                          ": the program ran past its end"};
  uint64_t word = text[pc];
  auto illegal = [&](const std::string &why) {
    return Fault(TrapKind::IllegalInstruction,
                 "word " + hex(word) + ": " + why);
  };
  const isa::InstInfo *info = isa::lookup(isa::opcodeOf(word));
  if (!info)
    return illegal("unknown opcode " + std::to_string(word & 1023));
  if (word & info->reservedMask)
    return illegal("reserved bits are not zero");
  if (!isa::isValid(word))
    return illegal("an operand has no legal value");
  if (info->isPayload)
    return illegal("payload word outside of its head");
  unsigned count = isa::payloadCount(word);
  if (text.size() - pc <= count)
    return illegal("the payload runs past the end of the text");
  for (unsigned i = 1; i <= count; ++i) {
    uint64_t next = text[pc + i];
    const isa::InstInfo *payload =
        isa::isValid(next) ? isa::lookup(isa::opcodeOf(next)) : nullptr;
    if (!payload || !payload->acceptsHead(info->opcode))
      return illegal("word " + std::to_string(pc + i) + " (" + hex(next) +
                     ") is no payload of " + std::string(info->mnemonic));
  }
  return illegal(
      "names a queue that this machine does not have or that does not "
      "run it");
}
