//===- InstVerifier.cpp - Refuses contradictory records -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every message stands at the record, names the slot, and says what is wrong
// with numbers, so that whoever adds an instruction never has to read generated
// code.
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/TableGen/Error.h"
#include <map>

using namespace llvm;
using namespace ashlar::tblgen;

namespace {
class Verifier {
public:
  explicit Verifier(const InstSet &set) : set(set) {}
  bool run();

private:
  void verifyOpcode(const Inst &inst);
  void verifyMnemonic(const Inst &inst);
  void verifyArguments(const Inst &inst);
  void verifySlot(const Inst &inst, const Slot &slot);
  void verifyEnum(const Inst &inst, const Slot &slot);
  void verifyLayout(const Inst &inst);
  void verifyCount(const Inst &inst);
  void verifyHeads(const Inst &inst);
  void verifyHostCost(const Inst &inst);

  void error(const Inst &inst, const Twine &message) {
    PrintError(inst.record->getLoc(), "'" + inst.mnemonic + "': " + message);
    ok = false;
  }
  void note(const Inst &inst, const Twine &message) {
    PrintNote(inst.record->getLoc(), message);
  }

  const InstSet &set;
  bool ok = true;
  std::map<int64_t, const Inst *> opcodes;
  StringMap<const Inst *> mnemonics;
  StringMap<std::pair<const Inst *, const Kind *>> enums;
};
} // namespace

void Verifier::verifyOpcode(const Inst &inst) {
  if (inst.opcode < 1 || inst.opcode >= 1 << opcodeBits)
    return error(inst, "opcode " + Twine(inst.opcode) + " is not in 1..1023");
  auto [it, isNew] = opcodes.try_emplace(inst.opcode, &inst);
  if (isNew)
    return;
  error(inst, "opcode " + Twine(inst.opcode) + " is already taken");
  note(*it->second, "by '" + it->second->mnemonic + "'");
}

// All spellings of a mnemonic, with every choice of suffixes.
static std::vector<std::string> spellings(const Inst &inst) {
  std::vector<std::string> result = {inst.mnemonic};
  for (const Slot &slot : inst.slots) {
    if (!slot.kind.isSuffix)
      continue;
    std::vector<std::string> longer;
    for (const std::string &prefix : result)
      for (const EnumCase &c : slot.kind.cases)
        longer.push_back(prefix + "." + c.name);
    result = std::move(longer);
  }
  return result;
}

void Verifier::verifyMnemonic(const Inst &inst) {
  if (!inst.record->getName().ends_with("Op"))
    error(inst, "the record's name '" + inst.record->getName() +
                    "' does not end in 'Op'");
  std::vector<std::string> names = spellings(inst);
  names.push_back(inst.mnemonic);
  for (const std::string &name : names) {
    auto [it, isNew] = mnemonics.try_emplace(name, &inst);
    if (isNew || it->second == &inst)
      continue;
    error(inst, "mnemonic '" + name + "' is already taken");
    note(*it->second, "by this instruction");
    return;
  }
}

// Operands come from the slots; a record that overrides `arguments` can break
// that.
void Verifier::verifyArguments(const Inst &inst) {
  const DagInit *arguments = inst.record->getValueAsDag("arguments");
  for (const StringInit *name : arguments->getArgNames()) {
    StringRef operand = name ? name->getValue() : StringRef("(unnamed)");
    if (llvm::none_of(inst.slots,
                      [&](const Slot &s) { return s.name == operand; }))
      error(inst, "operand '" + operand + "' has no slot");
  }
  for (const Slot &slot : inst.slots)
    if (llvm::none_of(arguments->getArgNames(), [&](const StringInit *name) {
          return name && name->getValue() == slot.name;
        }))
      error(inst, "slot '" + slot.name + "' has no operand");
}

static unsigned cppTypeBits(StringRef cppType) {
  return StringSwitch<unsigned>(cppType)
      .Cases({"uint8_t", "int8_t"}, 8)
      .Cases({"uint16_t", "int16_t"}, 16)
      .Cases({"uint32_t", "int32_t"}, 32)
      .Cases({"uint64_t", "int64_t"}, 64)
      .Default(0);
}

void Verifier::verifySlot(const Inst &inst, const Slot &slot) {
  static const StringMap<unsigned> widths = {
      {"Reg", 6},     {"Desc", 5},  {"Lane", 5}, {"Sem", 8},
      {"Target", 32}, {"Count", 6}, {"Imm", 0},  {"Enum", 0}};
  const Kind &kind = slot.kind;
  auto form = widths.find(kind.form);
  if (form == widths.end())
    return error(inst, "slot '" + slot.name + "' has the unknown form '" +
                           kind.form + "'");
  if (form->second && form->second != kind.width)
    error(inst, "slot '" + slot.name + "' is " + Twine(kind.width) +
                    " bits wide, but form '" + kind.form + "' has " +
                    Twine(form->second));
  if (slot.lsb < 0 || kind.width < 1 || slot.lsb + kind.width > wordBits)
    error(inst, "slot '" + slot.name + "' (bits " +
                    Twine(slot.lsb + kind.width - 1) + ".." + Twine(slot.lsb) +
                    ") does not lie in the word");
  if (isCppKeyword(slot.name) || slot.name == "opcode")
    error(inst,
          "slot name '" + slot.name + "' cannot be a field of a C++ struct");
  if (llvm::count_if(inst.slots,
                     [&](const Slot &s) { return s.name == slot.name; }) > 1)
    error(inst, "slot name '" + slot.name + "' is used twice");
  if (kind.isEnum())
    return verifyEnum(inst, slot);
  if (kind.isSuffix)
    error(inst, "slot '" + slot.name + "' is a suffix but not an enum");
  unsigned bits = cppTypeBits(kind.cppType);
  if (bits < kind.width)
    error(inst, "slot '" + slot.name + "' of " + Twine(kind.width) +
                    " bits does not fit its C++ type '" + kind.cppType + "'");
}

void Verifier::verifyEnum(const Inst &inst, const Slot &slot) {
  const Kind &kind = slot.kind;
  if (kind.cases.empty())
    return error(inst, "enum '" + kind.cppType + "' has no cases");
  std::map<int64_t, std::string> values;
  StringSet<> names;
  for (const EnumCase &c : kind.cases) {
    if (c.value < 0 || c.value >= (int64_t(1) << std::min(kind.width, 8u)))
      error(inst, "case '" + c.name + "' = " + Twine(c.value) + " of enum '" +
                      kind.cppType + "' does not fit in " + Twine(kind.width) +
                      " bits");
    auto [it, isNew] = values.try_emplace(c.value, c.name);
    if (!isNew)
      error(inst, "cases '" + it->second + "' and '" + c.name + "' of enum '" +
                      kind.cppType + "' have the same value " + Twine(c.value));
    if (!names.insert(c.name).second)
      error(inst,
            "enum '" + kind.cppType + "' has two cases named '" + c.name + "'");
  }
  auto [it, isNew] = enums.try_emplace(kind.cppType, &inst, &kind);
  const Kind &first = *it->second.second;
  auto same = [](const EnumCase &a, const EnumCase &b) {
    return a.name == b.name && a.value == b.value;
  };
  if (first.width == kind.width && llvm::equal(first.cases, kind.cases, same))
    return;
  error(inst,
        "enum '" + kind.cppType + "' differs from an enum of the same name");
  note(*it->second.first, "first used here");
}

// Overlaps and holes: each bit belongs to the opcode, one slot or one reserved
// field.
void Verifier::verifyLayout(const Inst &inst) {
  std::vector<std::string> owner(wordBits);
  for (unsigned bit = 0; bit < opcodeBits; ++bit)
    owner[bit] = "the opcode";
  auto claim = [&](int64_t lsb, int64_t width, const std::string &who) {
    for (int64_t bit = std::max<int64_t>(lsb, 0);
         bit < std::min<int64_t>(lsb + width, wordBits); ++bit) {
      if (!owner[bit].empty()) {
        error(inst, who + " overlaps " + owner[bit] + " in bit " + Twine(bit));
        return;
      }
      owner[bit] = who;
    }
  };
  for (const Slot &slot : inst.slots)
    claim(slot.lsb, slot.kind.width, "slot '" + slot.name + "'");
  for (const Reserved &r : inst.reserved) {
    if (r.lsb < 0 || r.width < 1 || r.lsb + r.width > wordBits)
      error(inst, "reserved bits " + Twine(r.lsb + r.width - 1) + ".." +
                      Twine(r.lsb) + " do not lie in the word");
    claim(r.lsb, r.width, "reserved bits");
  }
  for (unsigned bit = 0; bit < wordBits; ++bit) {
    if (!owner[bit].empty())
      continue;
    unsigned end = bit;
    while (end + 1 < wordBits && owner[end + 1].empty())
      ++end;
    error(inst, "bits " + Twine(end) + ".." + Twine(bit) +
                    " are neither a slot nor reserved");
    bit = end;
  }
}

void Verifier::verifyCount(const Inst &inst) {
  auto isCount = [](const Slot &slot) { return slot.kind.form == "Count"; };
  unsigned counts = llvm::count_if(inst.slots, isCount);
  if (counts > 1)
    error(inst, "has " + Twine(counts) +
                    " slots of form 'Count', at most one is possible");
  if (counts && inst.isPayload)
    error(inst, "is a payload word and cannot have payload of its own");
}

void Verifier::verifyHostCost(const Inst &inst) {
  if (inst.hostCost.size() != 4)
    error(inst, "has not four host costs: i32, f32, i64, f64");
  for (int64_t cost : inst.hostCost)
    if (cost < 0 || cost > 0xffff)
      error(inst, "host cost " + Twine(cost) + " is not in 0..65535");
}

void Verifier::verifyHeads(const Inst &inst) {
  if (inst.isPayload && inst.heads.empty())
    error(inst, "is a payload word without heads");
  if (!inst.isPayload && !inst.heads.empty())
    error(inst, "names heads but is not a payload word");
  for (const std::string &name : inst.heads) {
    const Inst *head = set.findMnemonic(name);
    if (!head) {
      error(inst, "its head '" + name + "' does not exist");
      continue;
    }
    if (head->countSlot() < 0)
      error(inst, "its head '" + name + "' takes no payload");
    if (head->engine != inst.engine)
      error(inst, "belongs to engine " + inst.engine + ", but its head '" +
                      name + "' to " + head->engine);
  }
}

bool Verifier::run() {
  for (const Inst &inst : set.insts) {
    verifyOpcode(inst);
    verifyMnemonic(inst);
    verifyArguments(inst);
    for (const Slot &slot : inst.slots)
      verifySlot(inst, slot);
    verifyLayout(inst);
    verifyCount(inst);
    verifyHeads(inst);
    verifyHostCost(inst);
  }
  return ok;
}

bool ashlar::tblgen::verify(const InstSet &set) { return Verifier(set).run(); }
