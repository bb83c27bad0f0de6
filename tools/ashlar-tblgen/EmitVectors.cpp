//===- EmitVectors.cpp - Test vectors for the encoding --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Words and their assembly, computed here from the records alone, so that
// encoder, decoder, assembler and disassembler are tested against something
// that shares no code with them. For each instruction: every operand at its
// extremes and at each case of its enum; and words that have to be refused.
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ashlar::tblgen;

static std::vector<int64_t> interestingValues(const Slot &slot) {
  const Kind &kind = slot.kind;
  std::vector<int64_t> values;
  for (const EnumCase &c : kind.cases)
    values.push_back(c.value);
  if (kind.isEnum())
    return values;
  if (kind.limit) {
    for (uint64_t v = 0; v < kind.limit; ++v)
      values.push_back(v);
    return values;
  }
  int64_t half = int64_t(1) << (kind.width - 1);
  if (kind.isSigned)
    return {0, 1, -1, half - 1, -half};
  return {0, 1, half, 2 * half - 1};
}

static std::string operandText(const Slot &slot, int64_t value) {
  const Kind &kind = slot.kind;
  if (kind.isEnum())
    return llvm::find_if(kind.cases,
                         [&](const EnumCase &c) { return c.value == value; })
        ->name;
  if (kind.form == "Target")
    return value < 0 ? formatv(". - {0}", -value).str()
                     : formatv(". + {0}", value).str();
  if (kind.form == "Imm")
    return !kind.isSigned && value > 4096 ? formatv("{0:x}", value).str()
                                          : formatv("{0}", value).str();
  std::string prefix = kind.form == "Reg"    ? "r"
                       : kind.form == "Desc" ? "d"
                       : kind.form == "Lane" ? "v"
                                             : "s";
  return prefix + std::to_string(value);
}

static uint64_t wordOf(const Inst &inst, ArrayRef<int64_t> values) {
  uint64_t word = inst.opcode;
  for (auto [slot, value] : llvm::zip_equal(inst.slots, values))
    word |= static_cast<uint64_t>(value) << slot.lsb & Inst::slotMask(slot);
  return word;
}

// Empty for heads with payload: their braces take more than one word.
static std::string textOf(const Inst &inst, ArrayRef<int64_t> values) {
  std::string mnemonic = inst.mnemonic, operands;
  for (auto [slot, value] : llvm::zip_equal(inst.slots, values)) {
    if (slot.kind.form == "Count") {
      if (value)
        return "";
    } else if (slot.kind.isSuffix)
      mnemonic += "." + operandText(slot, value);
    else
      operands += (operands.empty() ? " " : ", ") + operandText(slot, value);
  }
  return mnemonic + operands;
}

static void emitValid(const Inst &inst, raw_ostream &os) {
  os << formatv("constexpr Vector vectorsOf{0}[] = {{\n", inst.name);
  // Operands that are not at an extreme differ from each other.
  std::vector<int64_t> base;
  for (auto [index, slot] : llvm::enumerate(inst.slots)) {
    std::vector<int64_t> values = interestingValues(slot);
    bool isCount = slot.kind.form == "Count";
    base.push_back(isCount ? 0 : values[(index + 1) % values.size()]);
  }
  auto emit = [&](ArrayRef<int64_t> values) {
    os << formatv("    {{{0:x}ull, \"{1}\"},\n", wordOf(inst, values),
                  textOf(inst, values));
  };
  emit(base);
  for (auto [index, slot] : llvm::enumerate(inst.slots))
    for (int64_t value : interestingValues(slot)) {
      std::vector<int64_t> values = base;
      values[index] = value;
      emit(values);
    }
  os << "};\n";
}

static void emitInvalid(const Inst &inst, raw_ostream &os) {
  std::vector<uint64_t> words;
  std::vector<int64_t> zeros;
  for (const Slot &slot : inst.slots)
    zeros.push_back(slot.kind.isEnum() ? slot.kind.cases.front().value : 0);
  uint64_t good = wordOf(inst, zeros);
  for (unsigned bit = 0; bit < wordBits; ++bit)
    if (inst.reservedMask() >> bit & 1)
      words.push_back(good | 1ull << bit);
  for (auto [index, slot] : llvm::enumerate(inst.slots)) {
    const Kind &kind = slot.kind;
    if (!kind.isEnum() && !kind.limit)
      continue;
    for (int64_t value = 0; value < int64_t(1) << kind.width; ++value) {
      bool legal =
          kind.limit ? value < int64_t(kind.limit)
                     : llvm::any_of(
                           kind.cases,
                           [&](const EnumCase &c) { return c.value == value; });
      std::vector<int64_t> values = zeros;
      values[index] = value;
      if (!legal)
        words.push_back(wordOf(inst, values));
    }
  }
  os << formatv("constexpr std::array<uint64_t, {1}> invalidOf{0} = {{",
                inst.name, words.size());
  llvm::interleaveComma(
      words, os, [&](uint64_t word) { os << formatv("{0:x}ull", word); });
  os << "};\n";
}

void ashlar::tblgen::emitVectors(const InstSet &set, raw_ostream &os) {
  emitHeader("Words, their assembly, and words that are malformed", os);
  os << "struct Vector {\n  uint64_t word;\n  const char *text; // empty if a "
        "head has payload\n};\n";
  for (const Inst &inst : set.insts) {
    emitValid(inst, os);
    emitInvalid(inst, os);
  }
  os << "#define ASHLAR_FOR_EACH_INST(F)";
  for (const Inst &inst : set.insts)
    os << " \\\n  F(" << inst.name << ")";
  os << "\n";
}
