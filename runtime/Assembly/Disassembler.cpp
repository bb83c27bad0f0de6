//===- Disassembler.cpp - Words to assembly text --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Disassembler.h"
#include "ISA/Isa.h"
#include <cstdio>
#include <set>
#include <vector>

using namespace ashlar::isa;

namespace ashlar::runtime {

using TargetNamer = std::function<std::string(int64_t offset)>;

static std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(value));
  return text;
}

static std::string relative(int64_t offset) {
  return offset < 0 ? ". - " + std::to_string(-offset)
                    : ". + " + std::to_string(offset);
}

static std::string operand(const SlotInfo &slot, int64_t value,
                           const TargetNamer &nameTarget) {
  switch (slot.form) {
  case Form::Reg:
    return "r" + std::to_string(value);
  case Form::Desc:
    return "d" + std::to_string(value);
  case Form::Lane:
    return "v" + std::to_string(value);
  case Form::Sem:
    return "s" + std::to_string(value);
  case Form::Target:
    return nameTarget(value);
  case Form::Enum:
    return std::string(slot.cases->find(static_cast<uint64_t>(value))->name);
  case Form::Imm:
  case Form::Count:
    break;
  }
  // Large unsigned numbers are bit patterns or addresses more often than
  // counts.
  return !slot.isSigned && value > 4096 ? hex(value) : std::to_string(value);
}

// Mnemonic, suffixes and operands of a valid word, without braces.
static std::string formatInst(uint64_t word, const InstInfo &info,
                              const TargetNamer &nameTarget) {
  std::string text(info.mnemonic), operands;
  for (const SlotInfo &slot : info.slots) {
    if (slot.form == Form::Count)
      continue;
    std::string value = operand(slot, getSlot(word, slot), nameTarget);
    if (slot.isSuffix)
      text += "." + value;
    else
      operands += (operands.empty() ? " " : ", ") + value;
  }
  return text + operands;
}

std::string disassemble(uint64_t word, std::optional<uint64_t> pc) {
  if (!isValid(word))
    return ".word " + hex(word);
  std::string text =
      formatInst(word, *lookup(opcodeOf(word)), [&](int64_t offset) {
        return pc ? std::to_string(static_cast<int64_t>(
                        *pc + static_cast<uint64_t>(offset)))
                  : relative(offset);
      });
  return payloadCount(word) ? text + " { ... }" : text;
}

namespace {
/// What stands at an index of a text.
enum class Place : uint8_t { Raw, Inst, Payload };

class TextPrinter {
public:
  TextPrinter(std::span<const uint64_t> words,
              const DisassemblyOptions &options)
      : words(words), options(options), places(words.size(), Place::Raw) {
    for (const auto &[index, name] : options.labels)
      givenNames.insert(name);
    classify();
    collectTargets();
  }
  std::string run();

private:
  void classify();
  void collectTargets();
  bool payloadFits(size_t index, const InstInfo &head) const;
  std::optional<std::string> labelAt(uint64_t index) const;
  std::string nameTarget(uint64_t index, int64_t offset) const;
  void printLine(std::string text, unsigned indent, uint64_t index);

  std::span<const uint64_t> words;
  const DisassemblyOptions &options;
  std::vector<Place> places;
  std::set<uint64_t> targets;
  std::set<std::string> givenNames;
  std::string out;
};
} // namespace

bool TextPrinter::payloadFits(size_t index, const InstInfo &head) const {
  unsigned count = payloadCount(words[index]);
  if (count >= words.size() - index)
    return false;
  for (unsigned i = 1; i <= count; ++i) {
    uint64_t word = words[index + i];
    if (!isValid(word) || !lookup(opcodeOf(word))->acceptsHead(head.opcode))
      return false;
  }
  return true;
}

void TextPrinter::classify() {
  for (size_t i = 0; i < words.size(); ++i) {
    const InstInfo *info =
        isValid(words[i]) ? lookup(opcodeOf(words[i])) : nullptr;
    if (!info || info->isPayload || !payloadFits(i, *info))
      continue;
    places[i] = Place::Inst;
    for (unsigned count = payloadCount(words[i]); count; --count)
      places[++i] = Place::Payload;
  }
}

void TextPrinter::collectTargets() {
  for (size_t i = 0; i < words.size(); ++i) {
    if (places[i] != Place::Inst)
      continue;
    for (const SlotInfo &slot : lookup(opcodeOf(words[i]))->slots)
      if (slot.form == Form::Target)
        targets.insert(i + static_cast<uint64_t>(getSlot(words[i], slot)));
  }
}

// A label can stand before any word but payload, and behind the last one.
std::optional<std::string> TextPrinter::labelAt(uint64_t index) const {
  if (index > words.size() ||
      (index < words.size() && places[index] == Place::Payload))
    return std::nullopt;
  if (auto it = options.labels.find(index); it != options.labels.end())
    return it->second;
  if (!targets.contains(index))
    return std::nullopt;
  std::string name = "L" + std::to_string(index);
  while (givenNames.contains(name))
    name += '_';
  return name;
}

std::string TextPrinter::nameTarget(uint64_t index, int64_t offset) const {
  return labelAt(index + static_cast<uint64_t>(offset))
      .value_or(relative(offset));
}

void TextPrinter::printLine(std::string text, unsigned indent, uint64_t index) {
  std::string line = std::string(indent, ' ') + std::move(text);
  if (options.showWords) {
    line.resize(std::max<size_t>(line.size() + 1, 48), ' ');
    char comment[48];
    std::snprintf(comment, sizeof comment, "; %6llu: %016llx",
                  static_cast<unsigned long long>(index),
                  static_cast<unsigned long long>(words[index]));
    line += comment;
  }
  out += line + "\n";
}

std::string TextPrinter::run() {
  for (uint64_t i = 0; i <= words.size(); ++i) {
    if (std::optional<std::string> label = labelAt(i))
      out += *label + ":\n";
    if (i == words.size())
      break;
    if (options.annotate)
      out += options.annotate(i);
    if (places[i] == Place::Raw) {
      printLine(".word " + hex(words[i]), 2, i);
      continue;
    }
    std::string text =
        formatInst(words[i], *lookup(opcodeOf(words[i])),
                   [&](int64_t offset) { return nameTarget(i, offset); });
    if (places[i] == Place::Payload) {
      printLine(text, 4, i);
      if (i + 1 == words.size() || places[i + 1] != Place::Payload)
        out += "  }\n";
      continue;
    }
    printLine(payloadCount(words[i]) ? text + " {" : text, 2, i);
  }
  return std::move(out);
}

std::string disassembleText(std::span<const uint64_t> words,
                            const DisassemblyOptions &options) {
  return TextPrinter(words, options).run();
}

} // namespace ashlar::runtime
