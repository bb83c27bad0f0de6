//===- EmitTables.cpp - Instruction tables --------------------------------===//
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

static std::string quoted(StringRef text) {
  std::string result;
  raw_string_ostream os(result);
  os << '"';
  printEscapedString(text, os);
  os << '"';
  return result;
}

static void emitEnumTables(const InstSet &set, raw_ostream &os) {
  for (const Kind *kind : set.enums()) {
    os << formatv("constexpr EnumCase casesOf{0}[] = {{\n", kind->cppType);
    for (const EnumCase &c : kind->cases)
      os << formatv("    {{{0}, {1}},\n", quoted(c.name), c.value);
    os << "};\n";
    os << formatv("constexpr EnumInfo enum{0} = {{{1}, casesOf{0}};\n",
                  kind->cppType, quoted(kind->cppType));
  }
  os << "constexpr const EnumInfo *enumTable[] = {";
  interleaveComma(set.enums(), os,
                  [&](const Kind *kind) { os << "&enum" << kind->cppType; });
  os << "};\n";
}

static void emitSlotTable(const Inst &inst, raw_ostream &os) {
  if (inst.slots.empty())
    return;
  os << formatv("constexpr SlotInfo slotsOf{0}[] = {{\n", inst.name);
  for (const Slot &slot : inst.slots) {
    const Kind &kind = slot.kind;
    std::string cases = kind.isEnum() ? "&enum" + kind.cppType : "nullptr";
    os << formatv(
        "    {{{0}, Form::{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}},\n",
        quoted(slot.name), kind.form, slot.lsb, kind.width,
        kind.isSigned ? "true" : "false", kind.isDef ? "true" : "false",
        kind.isUse ? "true" : "false", kind.isSuffix ? "true" : "false",
        kind.limit, cases);
  }
  os << "};\n";
}

static void emitHeadTable(const InstSet &set, const Inst &inst,
                          raw_ostream &os) {
  if (inst.heads.empty())
    return;
  os << formatv("constexpr Opcode headsOf{0}[] = {{", inst.name);
  interleaveComma(inst.heads, os, [&](const std::string &head) {
    os << "Opcode::" << set.findMnemonic(head)->name;
  });
  os << "};\n";
}

static void emitInstTable(const InstSet &set, raw_ostream &os) {
  os << "constexpr InstInfo instTable[] = {\n";
  for (const Inst &inst : set.insts) {
    std::string slots = inst.slots.empty() ? "{}" : "slotsOf" + inst.name;
    std::string heads = inst.heads.empty() ? "{}" : "headsOf" + inst.name;
    os << formatv("    {{{0}, Opcode::{1}, Engine::{2}, TimingClass::{3}, {4}, "
                  "{5}, {6}, {7:x}ull, "
                  "{8},\n     {9}},\n",
                  quoted(inst.mnemonic), inst.name, inst.engine, inst.timing,
                  inst.isPayload ? "true" : "false", inst.countSlot(), slots,
                  inst.reservedMask(), heads, quoted(inst.meaning));
  }
  os << "};\n";
}

static void emitHostCosts(const InstSet &set, raw_ostream &os) {
  os << "constexpr HostCosts hostCostTable[] = {\n";
  for (const Inst &inst : set.insts) {
    os << "    {";
    interleaveComma(inst.hostCost, os);
    os << formatv("}, // {0}\n", inst.mnemonic);
  }
  os << "};\n";
}

void ashlar::tblgen::emitTables(const InstSet &set, raw_ostream &os) {
  emitHeader(
      "What the assembler, disassembler and decoder know of each instruction",
      os);
  emitEnumTables(set, os);
  for (const Inst &inst : set.insts) {
    emitSlotTable(inst, os);
    emitHeadTable(set, inst, os);
  }
  emitInstTable(set, os);
  emitHostCosts(set, os);
}
