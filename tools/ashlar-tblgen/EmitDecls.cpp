//===- EmitDecls.cpp - Enums, operand structs, encode and decode ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ashlar::tblgen;

static void emitEnums(const InstSet &set, raw_ostream &os) {
  os << "enum class Opcode : uint16_t {\n  Illegal = 0,\n";
  for (const Inst &inst : set.insts)
    os << formatv("  {0} = {1},\n", inst.name, inst.opcode);
  os << "};\n\n";
  for (const Kind *kind : set.enums()) {
    os << formatv("enum class {0} : uint8_t {{\n", kind->cppType);
    for (const EnumCase &c : kind->cases)
      os << formatv("  {0} = {1},\n", enumeratorName(c.name), c.value);
    os << "};\n\n";
  }
  auto emitNames = [&](StringRef type, auto member) {
    StringSet<> seen;
    os << formatv("enum class {0} : uint8_t {{\n", type);
    for (const Inst &inst : set.insts)
      if (seen.insert(inst.*member).second)
        os << formatv("  {0},\n", inst.*member);
    os << "};\n\n";
  };
  os << "/// The unit that executes an instruction.\n";
  emitNames("Engine", &Inst::engine);
  os << "/// Selects the formula in runtime/Timing.\n";
  emitNames("TimingClass", &Inst::timing);
}

// The expression that reads a slot from `word` as the struct's field type.
static std::string readExpr(const Slot &slot) {
  const Kind &kind = slot.kind;
  std::string bits = formatv("(word >> {0} & {1:x}ull)", slot.lsb,
                             Inst::slotMask(slot) >> slot.lsb)
                         .str();
  if (kind.isSigned) // Sign-extended by moving the field to the top and back.
    bits = formatv("(static_cast<int64_t>(word << {0}) >> {1})",
                   wordBits - slot.lsb - kind.width, wordBits - kind.width)
               .str();
  return formatv("static_cast<{0}>({1})", kind.cppType, bits).str();
}

static void emitStruct(const Inst &inst, raw_ostream &os) {
  os << "/// `" << inst.spelling() << "`: " << inst.meaning << ".\n";
  os << formatv(
      "struct {0} {{\n  static constexpr Opcode opcode = Opcode::{0};\n",
      inst.name);
  for (const Slot &slot : inst.slots)
    os << formatv("  {0} {1} = {{};\n", slot.kind.cppType, slot.name);
  os << formatv("  bool operator==(const {0} &) const = default;\n};\n",
                inst.name);

  os << formatv(
      "constexpr uint64_t encode([[maybe_unused]] const {0} &inst) {{\n"
      "  return {1:x}ull",
      inst.name, static_cast<uint64_t>(inst.opcode));
  for (const Slot &slot : inst.slots)
    os << formatv(
        "\n         | (static_cast<uint64_t>(inst.{0}) & {1:x}ull) << {2}",
        slot.name, Inst::slotMask(slot) >> slot.lsb, slot.lsb);
  os << ";\n}\n";

  os << formatv("constexpr void unpack([[maybe_unused]] uint64_t word, "
                "[[maybe_unused]] {0} &inst) {{\n",
                inst.name);
  for (const Slot &slot : inst.slots)
    os << formatv("  inst.{0} = {1};\n", slot.name, readExpr(slot));
  os << "}\n";
}

// Whether the values of a slot fill its bits; if not, which are legal, as a bit
// set.
static bool needsCheck(const Kind &kind, uint64_t &legal) {
  if (kind.width > 6 || (!kind.isEnum() && !kind.limit))
    return false;
  uint64_t all = kind.width == 6 ? ~0ull : (1ull << (1u << kind.width)) - 1;
  legal = 0;
  for (const EnumCase &c : kind.cases)
    legal |= 1ull << c.value;
  if (kind.limit)
    legal = kind.limit >= 64 ? ~0ull : (1ull << kind.limit) - 1;
  return legal != all;
}

static void emitDecode(const Inst &inst, raw_ostream &os) {
  uint64_t fixed = ((1ull << opcodeBits) - 1) | inst.reservedMask();
  os << formatv("constexpr bool decode(uint64_t word, {0} &inst) {{\n"
                "  if ((word & {1:x}ull) != {2:x}ull)\n    return false;\n",
                inst.name, fixed, static_cast<uint64_t>(inst.opcode));
  for (const Slot &slot : inst.slots) {
    uint64_t legal;
    if (needsCheck(slot.kind, legal))
      os << formatv("  if (!({0:x}ull >> (word >> {1} & {2:x}) & 1))\n    "
                    "return false;\n",
                    legal, slot.lsb, Inst::slotMask(slot) >> slot.lsb);
  }
  os << "  unpack(word, inst);\n  return true;\n}\n\n";
}

void ashlar::tblgen::emitDecls(const InstSet &set, raw_ostream &os) {
  emitHeader("Opcodes, operand structs and their encoding", os);
  emitEnums(set, os);
  os << formatv("constexpr uint64_t generatedIsaHash = {0:x}ull;\n\n",
                set.hash());
  for (const Inst &inst : set.insts) {
    emitStruct(inst, os);
    emitDecode(inst, os);
  }
}
