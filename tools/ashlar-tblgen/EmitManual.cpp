//===- EmitManual.cpp - The instruction reference -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ashlar::tblgen;

namespace {
/// A run of bits of a word as the tables show it.
struct Field {
  unsigned lsb, width;
  std::string name;
};

struct Chapter {
  StringRef title, engine, timing, intro;
  bool isPayload;
};
} // namespace

static const Chapter chapters[] = {
    {"Scalar unit", "Scalar", "",
     "Executed at once by the scalar unit, in program order.", false},
    {"Semaphores", "Scalar", "Queue",
     "Entries of the queue they name; `scalar` stands for the scalar unit "
     "itself.",
     false},
    {"Copy engines", "Copy", "", "", false},
    {"Payload of copies", "Copy", "", "", true},
    {"Matrix unit", "Matrix", "", "", false},
    {"Payload of the matrix unit", "Matrix", "", "", true},
    {"Output stage", "Output", "", "", false},
    {"Payload of the output stage", "Output", "",
     "Steps of `drain` and `preload`, applied in their order.", true},
    {"Vector unit", "Vector", "", "", false},
    {"Payload of vector programs", "Vector", "",
     "Micro-operations of `vrun`, executed once for each point of its domain.",
     true}};

static bool belongs(const Inst &inst, const Chapter &chapter) {
  return inst.engine == chapter.engine && inst.isPayload == chapter.isPayload &&
         (inst.engine != "Scalar" ||
          (inst.timing == "Queue") == (chapter.timing == "Queue"));
}

static std::vector<Field> fieldsOf(const Inst &inst) {
  std::vector<Field> fields = {
      {0, opcodeBits, formatv("{0}", inst.opcode).str()}};
  for (const Slot &slot : inst.slots)
    fields.push_back({unsigned(slot.lsb), slot.kind.width, slot.name});
  for (const Reserved &r : inst.reserved)
    fields.push_back({unsigned(r.lsb), unsigned(r.width), "0"});
  llvm::sort(fields,
             [](const Field &a, const Field &b) { return a.lsb > b.lsb; });
  return fields;
}

static std::string range(const Field &field) {
  if (field.width == 1)
    return std::to_string(field.lsb);
  return formatv("{0}..{1}", field.lsb + field.width - 1, field.lsb);
}

static std::string syntax(const Inst &inst) {
  std::string text = inst.spelling();
  bool first = true;
  for (const Slot &slot : inst.slots) {
    if (slot.kind.isSuffix || slot.kind.form == "Count")
      continue;
    text += (first ? " " : ", ") + slot.name;
    first = false;
  }
  return inst.countSlot() >= 0 ? text + " { ... }" : text;
}

static std::string describeOperand(const Slot &slot) {
  const Kind &kind = slot.kind;
  std::string access = kind.isDef && kind.isUse ? ", updated"
                       : kind.isDef             ? ", written"
                       : kind.isUse             ? ", read"
                                                : "";
  if (kind.form == "Reg")
    return "scalar register" + access;
  if (kind.form == "Desc")
    return "descriptor" + access;
  if (kind.form == "Lane")
    return "lane register" + access;
  if (kind.form == "Sem")
    return "semaphore";
  if (kind.form == "Target")
    return "branch target: words relative to this one";
  if (kind.form == "Count")
    return "number of payload words, written as braces";
  if (kind.isEnum())
    return (kind.isSuffix ? "suffix " : "one of ") + kind.cppType;
  if (kind.limit)
    return formatv("immediate 0..{0}", kind.limit - 1);
  return formatv("{0}-bit {1} immediate", kind.width,
                 kind.isSigned ? "signed" : "unsigned");
}

static void emitEncoding(const Inst &inst, raw_ostream &os) {
  std::vector<Field> fields = fieldsOf(inst);
  os << "| bits |";
  for (const Field &field : fields)
    os << " " << range(field) << " |";
  os << "\n|---|";
  for (size_t i = 0; i < fields.size(); ++i)
    os << "---|";
  os << "\n| field |";
  for (const Field &field : fields)
    os << " " << field.name << " |";
  os << "\n\n";
}

static void emitEntry(const Inst &inst, raw_ostream &os) {
  // GitHub derives anchors from headings; an explicit one keeps the dots apart.
  os << formatv("<a id=\"{0}\"></a>\n### {0}\n\n`{1}`\n\n", inst.mnemonic,
                syntax(inst));
  os << inst.meaning << ".\n\n";
  emitEncoding(inst, os);
  std::vector<std::string> notes;
  for (const Slot &slot : inst.slots)
    notes.push_back("`" + slot.name + "` " + describeOperand(slot));
  if (!notes.empty())
    os << llvm::join(notes, "; ") << ".\n";
  os << "Timing class " << inst.timing << ".";
  if (!inst.heads.empty())
    os << " Payload of `" << llvm::join(inst.heads, "`, `") << "`.";
  os << "\n\n";
}

static void emitEnums(const InstSet &set, raw_ostream &os) {
  os << "## Enumerations\n\n| type | bits | cases |\n|---|---|---|\n";
  for (const Kind *kind : set.enums()) {
    os << "| " << kind->cppType << " | " << kind->width << " | ";
    llvm::interleaveComma(kind->cases, os, [&](const EnumCase &c) {
      os << c.name << " " << c.value;
    });
    os << " |\n";
  }
  os << "\n";
}

void ashlar::tblgen::emitManual(const InstSet &set, raw_ostream &os) {
  os << "<!-- Generated by `ashlar-tblgen --gen-isa-manual` from "
        "dialects/nisa; "
        "do not edit. -->\n"
        "# Instruction reference\n\n"
        "One word is 64 bits; bits 9..0 are the opcode. Fields shown as 0 are "
        "reserved and have to "
        "be zero. [machine.md](machine.md) defines the terms.\n"
        "Register operands are r0..r63, descriptors d0..d31, lane registers "
        "v0..v31, semaphores "
        "s0..s255.\n\n";
  os << formatv("{0} instructions, hash `{1:x16}`.\n\n", set.insts.size(),
                set.hash());
  auto forEach = [&](const Chapter &chapter, auto emit) {
    for (const Inst &inst : set.insts)
      if (belongs(inst, chapter))
        emit(inst);
  };
  for (const Chapter &chapter : chapters) {
    os << "- " << chapter.title << ":";
    forEach(chapter, [&](const Inst &inst) {
      os << formatv(" [{0}](#{0})", inst.mnemonic);
    });
    os << "\n";
  }
  os << "\n";
  emitEnums(set, os);
  for (const Chapter &chapter : chapters) {
    os << "## " << chapter.title << "\n\n";
    if (!chapter.intro.empty())
      os << chapter.intro << "\n\n";
    forEach(chapter, [&](const Inst &inst) { emitEntry(inst, os); });
  }
}
