//===- Isa.h - The instruction set for programs ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything here follows from the records of dialects/nisa: IsaDecls.inc
// holds, for each instruction, a struct of its operands (`isa::VAdd`),
// `encode`, `decode` and `unpack`. Names: a struct and its `Opcode` are named
// as the record without "Op"; enum types and their cases as in the records,
// cases that are keywords of C++ in CamelCase
// (`OutKind::And`).
//
// Compiler code: a namespace `ashlar::isa` hides `llvm::isa` inside namespace
// `ashlar`; write `llvm::isa<...>` where this header is included.
//
// Standard library only; no function allocates or throws.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ISA_ISA_H
#define ASHLAR_RUNTIME_ISA_ISA_H

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

namespace ashlar::isa {

// `encode` keeps the low bits of operands that do not fit; `setSlot` checks.
// `decode` is false if the opcode differs, a reserved bit is set, an enum's
// value has no case or an immediate is above its limit; `unpack` skips these
// checks.
#include "ISA/IsaDecls.inc"

/// The opcode field of a word; the value may have no name.
constexpr Opcode opcodeOf(uint64_t word) {
  return static_cast<Opcode>(word & 1023);
}

/// The operands of a word that is known to be valid.
template <typename Inst> constexpr Inst unpacked(uint64_t word) {
  Inst inst;
  unpack(word, inst);
  return inst;
}

/// How a slot is written in assembly, and what it means.
enum class Form : uint8_t {
  Reg,    // r0..r63
  Desc,   // d0..d31
  Lane,   // v0..v31
  Sem,    // s0..s255
  Target, // label; signed words relative to the instruction
  Count,  // payload words that follow, written as braces
  Imm,    // integer
  Enum    // name of a case
};

struct EnumCase {
  std::string_view name;
  uint8_t value;
};

struct EnumInfo {
  std::string_view name; // of the C++ type
  std::span<const EnumCase> cases;

  /// The case of that name or value, or null.
  const EnumCase *find(std::string_view caseName) const;
  const EnumCase *find(uint64_t value) const;
};

struct SlotInfo {
  std::string_view name;
  Form form;
  uint8_t lsb;
  uint8_t width; // bits
  bool isSigned;
  bool isDef;     // the register named is written
  bool isUse;     // the register named is read
  bool isSuffix;  // written `.name` behind the mnemonic
  uint32_t limit; // number of legal values from 0; 0 if all that fit are legal
  const EnumInfo *cases; // of Form::Enum, else null
};

struct InstInfo {
  std::string_view mnemonic;
  Opcode opcode;
  Engine engine;
  TimingClass timing;
  bool isPayload;
  int8_t countSlot; // index of the slot of Form::Count, or -1
  std::span<const SlotInfo> slots;
  uint64_t reservedMask;         // bits that must be zero
  std::span<const Opcode> heads; // of payload words: the heads that accept them
  std::string_view meaning;

  bool acceptsHead(Opcode head) const {
    for (Opcode h : heads)
      if (h == head)
        return true;
    return false;
  }
};

/// The instruction with that opcode or mnemonic (without suffixes), or null.
const InstInfo *lookup(Opcode opcode);
const InstInfo *lookupMnemonic(std::string_view mnemonic);

/// All instructions by ascending opcode.
std::span<const InstInfo> allInstructions();

/// The enum of that C++ name, or null.
const EnumInfo *lookupEnum(std::string_view cppType);

/// The slot of that name, or null.
const SlotInfo *findSlot(const InstInfo &info, std::string_view name);

/// A slot's value, sign-extended if it is signed.
constexpr int64_t getSlot(uint64_t word, const SlotInfo &slot) {
  unsigned up = 64 - slot.lsb - slot.width, down = 64 - slot.width;
  if (slot.isSigned)
    return static_cast<int64_t>(word << up) >> down;
  return static_cast<int64_t>(word << up >> down);
}

/// True if `value` is legal in the slot.
bool fitsSlot(int64_t value, const SlotInfo &slot);

/// Replaces a slot's value; false, and the word unchanged, if it is not legal
/// there.
bool setSlot(uint64_t &word, const SlotInfo &slot, int64_t value);

/// True if the word is an instruction: known opcode, reserved bits zero, legal
/// values. Says nothing of its place (payload behind its head).
bool isValid(uint64_t word);

/// Number of payload words that a head asks for; 0 for other words.
unsigned payloadCount(uint64_t word);

/// Registers as bit sets: bit i stands for r<i>, d<i> or v<i>.
struct RegisterSet {
  uint64_t regs = 0;
  uint32_t descs = 0;
  uint32_t lanes = 0;

  RegisterSet &operator|=(const RegisterSet &other) {
    regs |= other.regs;
    descs |= other.descs;
    lanes |= other.lanes;
    return *this;
  }
};

/// What a valid word reads and writes; for a queued instruction the union of
/// `readsOf` over its words is what dispatch has to capture.
RegisterSet readsOf(uint64_t word);
RegisterSet writesOf(uint64_t word);

/// Bits of an element: 4 for i4 and u4, up to 64.
constexpr unsigned bitWidth(ElementType type) {
  switch (type) {
  case ElementType::i4:
  case ElementType::u4:
    return 4;
  case ElementType::i8:
  case ElementType::u8:
  case ElementType::f8e4m3:
  case ElementType::f8e5m2:
    return 8;
  case ElementType::i16:
  case ElementType::u16:
  case ElementType::f16:
  case ElementType::bf16:
    return 16;
  case ElementType::i32:
  case ElementType::u32:
  case ElementType::f32:
    return 32;
  case ElementType::i64:
  case ElementType::u64:
  case ElementType::f64:
    return 64;
  }
  return 0;
}
constexpr unsigned bitWidth(LaneType type) {
  return type == LaneType::f64 || type == LaneType::i64 || type == LaneType::u64
             ? 64
             : 32;
}

/// A hash of the whole description; an image carries the one it was made for.
constexpr uint64_t isaHash() { return generatedIsaHash; }

} // namespace ashlar::isa

#endif // ASHLAR_RUNTIME_ISA_ISA_H
