//===- InstParser.h - One instruction of assembly to a word ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ASSEMBLY_INSTPARSER_H
#define ASHLAR_RUNTIME_ASSEMBLY_INSTPARSER_H

#include "Assembly/LineParser.h"
#include "ISA/Isa.h"

namespace ashlar::runtime {

/// An operand whose value is known only when all labels are.
struct Fixup {
  const isa::SlotInfo *slot = nullptr;
  ExprValue value;
  uint32_t column = 0;
};

struct ParsedInst {
  const isa::InstInfo *info = nullptr;
  uint64_t word = 0;
  std::vector<Fixup> fixups;
};

/// Reads mnemonic and operands, up to a brace or the end of the line. The slot
/// of form Count stays 0.
std::optional<ParsedInst> parseInst(LineParser &line);

/// Puts an operand's value into its slot; on failure returns what is wrong.
std::optional<std::string> setOperand(uint64_t &word, const isa::SlotInfo &slot,
                                      int64_t value, bool isBits);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ASSEMBLY_INSTPARSER_H
