//===- DisassemblerTest.cpp - Texts as they are printed -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Disassembler.h"
#include "Assembly/Assembler.h"
#include "ISA/Isa.h"
#include <gtest/gtest.h>

using namespace ashlar;
using namespace ashlar::runtime;

namespace {

std::vector<uint64_t> words(std::string_view source) {
  std::vector<Diagnostic> errors;
  AssembledText text = assembleText(source, errors);
  EXPECT_TRUE(errors.empty());
  return text.words;
}

TEST(Disassembler, singleWords) {
  EXPECT_EQ(disassemble(encode(isa::Jmp{-2})), "jmp . - 2");
  EXPECT_EQ(disassemble(encode(isa::Jmp{-2}), 10), "jmp 8");
  EXPECT_EQ(disassemble(encode(isa::Vrun{3})), "vrun { ... }");
  EXPECT_EQ(disassemble(0), ".word 0x0");
  EXPECT_EQ(disassemble(encode(isa::Nop{}) | 1ull << 63),
            ".word 0x8000000000000001");
  // No case of its enum has this value.
  EXPECT_EQ(disassemble(encode(isa::Wait{static_cast<isa::Queue>(9), 0, 0})),
            ".word 0x2470");
}

TEST(Disassembler, labelsAndBraces) {
  EXPECT_EQ(
      disassembleText(words(
          "top: vrun {\nv.in v0, d1\nv.neg.f32 v1, v0\n}\nbne r1, r0, top\n"
          "jmp end\nend:")),
      "L0:\n"
      "  vrun {\n"
      "    v.in v0, d1\n"
      "    v.neg.f32 v1, v0\n"
      "  }\n"
      "  bne r1, r0, L0\n"
      "  jmp L5\n"
      "L5:\n");
}

TEST(Disassembler, givenLabelsAndNotes) {
  DisassemblyOptions options;
  options.labels = {{0, "conv"}, {1, "L2"}};
  options.annotate = [](uint64_t index) {
    return index == 1 ? "  ; node 'x'\n" : "";
  };
  EXPECT_EQ(disassembleText(words("jmp 0\njmp 1\njmp 2"), options),
            "conv:\n"
            "  jmp conv\n"
            "L2:\n"
            "  ; node 'x'\n"
            "  jmp L2\n"
            "L2_:\n"
            "  jmp L2_\n");
  options = {};
  options.showWords = true;
  EXPECT_EQ(disassembleText(words("halt"), options),
            "  halt                                          ;      0: "
            "0000000000000002\n");
}

// What braces or labels cannot say stays a raw word or a relative target.
TEST(Disassembler, malformedTexts) {
  std::vector<uint64_t> text = {encode(isa::Vrun{2}), encode(isa::VIn{0, 1})};
  EXPECT_EQ(disassembleText(text), "  .word 0x900\n  .word 0x8101\n");
  text = {encode(isa::Jmp{2}), encode(isa::Vrun{1}), encode(isa::VIn{0, 1})};
  EXPECT_EQ(disassembleText(text),
            "  jmp . + 2\n  vrun {\n    v.in v0, d1\n  }\n");
  EXPECT_EQ(disassembleText({}), "");
}

} // namespace
