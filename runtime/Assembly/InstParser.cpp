//===- InstParser.cpp - One instruction of assembly to a word -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/InstParser.h"
#include <charconv>

using namespace ashlar::isa;

namespace ashlar::runtime {

static std::string casesOf(const EnumInfo &info) {
  std::string text;
  for (const EnumCase &c : info.cases)
    text += (text.empty() ? "" : ", ") + std::string(c.name);
  return text;
}

static char registerPrefix(Form form) {
  switch (form) {
  case Form::Reg:
    return 'r';
  case Form::Desc:
    return 'd';
  case Form::Lane:
    return 'v';
  default:
    return 's';
  }
}

static std::string legalRange(const SlotInfo &slot) {
  if (slot.limit)
    return "0.." + std::to_string(slot.limit - 1);
  uint64_t top = (1ull << (slot.isSigned ? slot.width - 1 : slot.width)) - 1;
  std::string low = slot.isSigned ? "-" + std::to_string(top + 1) : "0";
  return low + ".." + std::to_string(top);
}

std::optional<std::string> setOperand(uint64_t &word, const SlotInfo &slot,
                                      int64_t value, bool isBits) {
  constexpr int64_t two32 = int64_t(1) << 32;
  bool is32 = slot.form == Form::Imm && slot.width == 32;
  if (is32 && slot.isSigned && isBits)
    value = static_cast<int32_t>(value);
  else if (is32 && !slot.isSigned && value < 0 && value >= -two32 / 2)
    value += two32;
  if (setSlot(word, slot, value))
    return std::nullopt;
  return "operand '" + std::string(slot.name) + "' is " +
         std::to_string(value) + ", expected " + legalRange(slot);
}

// Splits `v.add.f32` into an instruction and its suffixes.
static const InstInfo *findInst(std::string_view text,
                                std::string_view &suffixes) {
  for (size_t end = text.size(); end != std::string_view::npos && end > 0;
       end = text.rfind('.', end - 1)) {
    if (const InstInfo *info = lookupMnemonic(text.substr(0, end))) {
      suffixes = text.substr(end);
      return info;
    }
    if (end == 0)
      break;
  }
  return nullptr;
}

static bool parseSuffixes(LineParser &line, const Token &token,
                          std::string_view suffixes, ParsedInst &inst) {
  std::string mnemonic(inst.info->mnemonic);
  for (const SlotInfo &slot : inst.info->slots) {
    if (!slot.isSuffix)
      continue;
    if (suffixes.empty())
      return line.error(token, "'" + mnemonic + "' needs a suffix for '" +
                                   std::string(slot.name) +
                                   "': " + casesOf(*slot.cases));
    size_t end = std::min(suffixes.find('.', 1), suffixes.size());
    std::string_view name = suffixes.substr(1, end - 1);
    const EnumCase *c = slot.cases->find(name);
    if (!c)
      return line.error(token, "'" + std::string(name) + "' is no suffix of '" +
                                   mnemonic + "', expected one of " +
                                   casesOf(*slot.cases));
    setSlot(inst.word, slot, c->value);
    suffixes.remove_prefix(end);
  }
  if (!suffixes.empty())
    return line.error(token, "'" + mnemonic + "' has no suffix '" +
                                 std::string(suffixes) + "'");
  return true;
}

static bool parseRegister(LineParser &line, const SlotInfo &slot,
                          uint64_t &word) {
  char prefix = registerPrefix(slot.form);
  const Token token = line.peek();
  std::string_view text = token.text;
  unsigned number = 0;
  bool matches =
      token.is(TokenKind::Identifier) && text.size() > 1 && text[0] == prefix;
  if (matches) {
    auto [end, failure] =
        std::from_chars(text.data() + 1, text.data() + text.size(), number);
    matches = end == text.data() + text.size() &&
              failure != std::errc::invalid_argument;
    if (failure == std::errc::result_out_of_range)
      number = ~0u;
  }
  std::string range = std::string(1, prefix) + "0.." + prefix +
                      std::to_string((1u << slot.width) - 1);
  if (!matches)
    return line.error("operand '" + std::string(slot.name) +
                      "' has to be one of " + range);
  if (!setSlot(word, slot, number))
    return line.error("register '" + std::string(text) + "' is not in " +
                      range);
  line.take();
  return true;
}

static bool parseEnum(LineParser &line, const SlotInfo &slot, uint64_t &word) {
  const Token &token = line.peek();
  const EnumCase *c =
      token.is(TokenKind::Identifier) ? slot.cases->find(token.text) : nullptr;
  if (!c)
    return line.error("operand '" + std::string(slot.name) +
                      "' has to be one of " + casesOf(*slot.cases));
  line.take();
  setSlot(word, slot, c->value);
  return true;
}

static bool parseOperand(LineParser &line, const SlotInfo &slot,
                         ParsedInst &inst) {
  switch (slot.form) {
  case Form::Reg:
  case Form::Desc:
  case Form::Lane:
  case Form::Sem:
    return parseRegister(line, slot, inst.word);
  case Form::Enum:
    return parseEnum(line, slot, inst.word);
  case Form::Imm:
  case Form::Target:
  case Form::Count:
    break;
  }
  const Token &start = line.peek();
  std::optional<ExprValue> value = line.parseExpression();
  if (!value)
    return false;
  if (slot.form == Form::Target || !value->label.empty()) {
    inst.fixups.push_back({&slot, *value, start.column});
    return true;
  }
  if (std::optional<std::string> wrong =
          setOperand(inst.word, slot, value->constant, value->isBits))
    return line.error(start, *wrong);
  return true;
}

std::optional<ParsedInst> parseInst(LineParser &line) {
  const Token &token = line.take();
  std::string_view suffixes;
  ParsedInst inst;
  inst.info = findInst(token.text, suffixes);
  if (!inst.info) {
    line.error(token, "unknown instruction '" + std::string(token.text) + "'");
    return std::nullopt;
  }
  inst.word = static_cast<uint64_t>(inst.info->opcode);
  if (!parseSuffixes(line, token, suffixes, inst))
    return std::nullopt;
  bool first = true;
  for (const SlotInfo &slot : inst.info->slots) {
    if (slot.isSuffix || slot.form == Form::Count)
      continue;
    if (line.atEnd() || line.peek().isPunct("{") || line.peek().isPunct("}")) {
      line.error("'" + std::string(inst.info->mnemonic) + "' lacks operand '" +
                 std::string(slot.name) + "'");
      return std::nullopt;
    }
    if ((!first && !line.expect(",")) || !parseOperand(line, slot, inst))
      return std::nullopt;
    first = false;
  }
  return inst;
}

} // namespace ashlar::runtime
