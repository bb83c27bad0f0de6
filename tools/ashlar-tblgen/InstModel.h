//===- InstModel.h - The instruction set as the records say it ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain structs read from the `Inst` records of dialects/nisa. Back ends see
// only verified models.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_TBLGEN_INSTMODEL_H
#define ASHLAR_TOOLS_TBLGEN_INSTMODEL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/TableGen/Record.h"
#include <cstdint>
#include <string>
#include <vector>

namespace ashlar::tblgen {

constexpr unsigned wordBits = 64;
constexpr unsigned opcodeBits = 10;

struct EnumCase {
  std::string name;
  int64_t value;
};

struct Kind {
  std::string form; // Reg, Desc, Lane, Sem, Target, Count, Imm, Enum
  std::string cppType;
  unsigned width;
  bool isSigned;
  bool isSuffix;
  bool isDef;
  bool isUse;
  uint64_t limit; // number of legal values from 0; 0 if all that fit are
  std::vector<EnumCase> cases;

  bool isEnum() const { return form == "Enum"; }
};

struct Slot {
  std::string name;
  Kind kind;
  int64_t lsb;
};

struct Reserved {
  int64_t lsb;
  int64_t width;
};

struct Inst {
  const llvm::Record *record;
  std::string name; // the record's name without "Op"
  std::string mnemonic;
  int64_t opcode;
  std::string engine;
  std::string timing;
  std::vector<int64_t> hostCost; // i32, f32, i64, f64
  std::string meaning;
  bool isPayload;
  std::vector<Slot> slots;
  std::vector<Reserved> reserved;
  std::vector<std::string> heads;

  /// The index of the slot of form Count, or -1.
  int countSlot() const;
  uint64_t reservedMask() const;
  /// The mask of one slot within the word.
  static uint64_t slotMask(const Slot &slot);
  /// The mnemonic as the manual shows it: `v.add.<type>`.
  std::string spelling() const;
};

struct InstSet {
  std::vector<Inst> insts; // by opcode

  const Inst *findMnemonic(llvm::StringRef mnemonic) const;
  /// One kind for each enum type, in order of first use.
  std::vector<const Kind *> enums() const;
  /// A hash of everything that the records say about encoding and meaning.
  uint64_t hash() const;
};

/// Reads all records; ill-formed ones are caught by `verify`.
InstSet readInstSet(const llvm::RecordKeeper &records);

/// Reports every contradiction at its record; true if there is none.
bool verify(const InstSet &set);

/// The C++ spelling of an enum case: its own name, in CamelCase if that is a
/// keyword (`and` -> `And`).
std::string enumeratorName(llvm::StringRef caseName);

/// True if `name` cannot be used as an identifier of C++.
bool isCppKeyword(llvm::StringRef name);

// Back ends. Each writes one file; see the options in AshlarTblgen.cpp.
void emitDecls(const InstSet &set, llvm::raw_ostream &os);
void emitTables(const InstSet &set, llvm::raw_ostream &os);
void emitExecDecls(const InstSet &set, llvm::raw_ostream &os);
void emitExecDispatch(const InstSet &set, llvm::raw_ostream &os);
void emitVectors(const InstSet &set, llvm::raw_ostream &os);
void emitManual(const InstSet &set, llvm::raw_ostream &os);
void emitDialectDirectives(const InstSet &set, llvm::raw_ostream &os);

/// Writes the notice that a file is generated.
void emitHeader(llvm::StringRef what, llvm::raw_ostream &os);

} // namespace ashlar::tblgen

#endif // ASHLAR_TOOLS_TBLGEN_INSTMODEL_H
