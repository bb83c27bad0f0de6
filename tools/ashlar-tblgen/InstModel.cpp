//===- InstModel.cpp - Reads the records ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"
#include <tuple>

using namespace llvm;
using namespace ashlar::tblgen;

static Kind readKind(const Record &record) {
  Kind kind;
  kind.form = record.getValueAsString("form").str();
  kind.cppType = record.getValueAsString("cppType").str();
  kind.width = record.getValueAsInt("width");
  kind.isSigned = record.getValueAsBit("isSigned");
  kind.isSuffix = record.getValueAsBit("isSuffix");
  kind.isDef = record.getValueAsBit("isDef");
  kind.isUse = record.getValueAsBit("isUse");
  kind.limit = record.getValueAsInt("limit");
  if (kind.isEnum() && record.isSubClassOf("EnumKind"))
    for (const Record *c : record.getValueAsListOfDefs("cases"))
      kind.cases.push_back(
          {c->getValueAsString("name").str(), c->getValueAsInt("value")});
  return kind;
}

static Inst readInst(const Record &record) {
  Inst inst;
  inst.record = &record;
  StringRef name = record.getName();
  name.consume_back("Op");
  inst.name = name.str();
  inst.mnemonic = record.getValueAsString("mnemonic").str();
  inst.opcode = record.getValueAsInt("opcode");
  inst.engine = record.getValueAsDef("engine")->getValueAsString("name").str();
  inst.timing = record.getValueAsDef("timing")->getValueAsString("name").str();
  inst.hostCost = record.getValueAsListOfInts("hostCost");
  inst.meaning = record.getValueAsString("meaning").str();
  inst.isPayload = record.getValueAsBit("isPayload");
  for (const Record *s : record.getValueAsListOfDefs("slots"))
    inst.slots.push_back({s->getValueAsString("name").str(),
                          readKind(*s->getValueAsDef("kind")),
                          s->getValueAsInt("lsb")});
  for (const Record *r : record.getValueAsListOfDefs("reserved"))
    inst.reserved.push_back(
        {r->getValueAsInt("lsb"), r->getValueAsInt("width")});
  for (StringRef head : record.getValueAsListOfStrings("heads"))
    inst.heads.push_back(head.str());
  return inst;
}

InstSet ashlar::tblgen::readInstSet(const RecordKeeper &records) {
  InstSet set;
  for (const Record *record : records.getAllDerivedDefinitions("Inst"))
    set.insts.push_back(readInst(*record));
  llvm::sort(set.insts, [](const Inst &a, const Inst &b) {
    return std::tie(a.opcode, a.mnemonic) < std::tie(b.opcode, b.mnemonic);
  });
  return set;
}

int Inst::countSlot() const {
  for (auto [index, slot] : llvm::enumerate(slots))
    if (slot.kind.form == "Count")
      return index;
  return -1;
}

static uint64_t maskOf(unsigned lsb, unsigned width) {
  if (width == 0 || lsb >= wordBits)
    return 0;
  return (width >= wordBits ? ~0ull : (1ull << width) - 1) << lsb;
}

uint64_t Inst::slotMask(const Slot &slot) {
  return maskOf(slot.lsb, slot.kind.width);
}

uint64_t Inst::reservedMask() const {
  uint64_t mask = 0;
  for (const Reserved &r : reserved)
    mask |= maskOf(r.lsb, r.width);
  return mask;
}

std::string Inst::spelling() const {
  std::string text = mnemonic;
  for (const Slot &slot : slots)
    if (slot.kind.isSuffix)
      text += ".<" + slot.name + ">";
  return text;
}

const Inst *InstSet::findMnemonic(StringRef mnemonic) const {
  for (const Inst &inst : insts)
    if (inst.mnemonic == mnemonic)
      return &inst;
  return nullptr;
}

std::vector<const Kind *> InstSet::enums() const {
  std::vector<const Kind *> result;
  StringSet<> seen;
  for (const Inst &inst : insts)
    for (const Slot &slot : inst.slots)
      if (slot.kind.isEnum() && seen.insert(slot.kind.cppType).second)
        result.push_back(&slot.kind);
  return result;
}

uint64_t InstSet::hash() const {
  std::string text;
  raw_string_ostream os(text);
  for (const Inst &inst : insts) {
    os << inst.opcode << '|' << inst.mnemonic << '|' << inst.engine << '|'
       << inst.timing << '|' << inst.isPayload << '|' << inst.meaning << '|'
       << inst.reservedMask();
    for (const Slot &slot : inst.slots) {
      const Kind &kind = slot.kind;
      os << '|' << slot.name << ',' << slot.lsb << ',' << kind.width << ','
         << kind.form << ',' << kind.isSigned << kind.isSuffix << kind.isDef
         << kind.isUse << ',' << kind.limit;
      for (const EnumCase &c : kind.cases)
        os << ',' << c.name << '=' << c.value;
    }
    for (const std::string &head : inst.heads)
      os << '|' << head;
    os << '\n';
  }
  return xxh3_64bits(text);
}

bool ashlar::tblgen::isCppKeyword(StringRef name) {
  static const StringSet<> keywords = {
      "alignas",   "alignof",  "and",      "and_eq",  "asm",      "auto",
      "bitand",    "bitor",    "bool",     "break",   "case",     "catch",
      "char",      "class",    "compl",    "concept", "const",    "continue",
      "decltype",  "default",  "delete",   "do",      "double",   "else",
      "enum",      "explicit", "export",   "extern",  "false",    "float",
      "for",       "friend",   "goto",     "if",      "inline",   "int",
      "long",      "mutable",  "new",      "not",     "not_eq",   "nullptr",
      "operator",  "or",       "or_eq",    "private", "public",   "register",
      "requires",  "return",   "short",    "signed",  "sizeof",   "static",
      "struct",    "switch",   "template", "this",    "throw",    "true",
      "try",       "typedef",  "typename", "union",   "unsigned", "using",
      "virtual",   "void",     "volatile", "while",   "xor",      "xor_eq",
      "namespace", "protected"};
  return keywords.contains(name);
}

std::string ashlar::tblgen::enumeratorName(StringRef caseName) {
  if (!isCppKeyword(caseName))
    return caseName.str();
  return convertToCamelFromSnakeCase(caseName, /*capitalizeFirst=*/true);
}

void ashlar::tblgen::emitHeader(StringRef what, raw_ostream &os) {
  os << "// " << what << "; generated by ashlar-tblgen from dialects/nisa.\n\n";
}
