//===- AssemblerTest.cpp - The language of the assembler ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Assembler.h"
#include "ISA/Isa.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace ashlar;
using namespace ashlar::runtime;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::vector<uint64_t> good(std::string_view source) {
  std::vector<Diagnostic> errors;
  AssembledText text = assembleText(source, errors);
  for (const Diagnostic &error : errors)
    ADD_FAILURE() << error.str("source");
  return text.words;
}

// The single error of a source, as `line:column: message`.
std::string bad(std::string_view source) {
  std::vector<Diagnostic> errors;
  assembleText(source, errors);
  std::string text;
  for (const Diagnostic &error : errors)
    text += std::to_string(error.line) + ":" + std::to_string(error.column) +
            ": " + error.message + "\n";
  return text;
}

TEST(Assembler, instructionsAndComments) {
  EXPECT_THAT(good("  add r1, r2, r3 ; sum\n# nothing\n\n\thalt\r\n"),
              ElementsAre(encode(isa::Add{1, 2, 3}), encode(isa::Halt{})));
  EXPECT_THAT(good("wait mxu, s255, 0xffff"),
              ElementsAre(encode(isa::Wait{isa::Queue::mxu, 255, 65535})));
  EXPECT_THAT(good("load.bf16 r1, r2, -8"),
              ElementsAre(encode(isa::Load{isa::ElementType::bf16, 1, 2, -8})));
  EXPECT_THAT(good("cvt.f64.i32 r1, r2"),
              ElementsAre(encode(
                  isa::Cvt{isa::LaneType::f64, isa::LaneType::i32, 1, 2})));
}

TEST(Assembler, branches) {
  EXPECT_THAT(good("top: nop\n bne r1, r0, top\n jmp end\n nop\nend:"),
              ElementsAre(encode(isa::Nop{}), encode(isa::Bne{1, 0, -1}),
                          encode(isa::Jmp{2}), encode(isa::Nop{})));
  EXPECT_THAT(good("jmp . + 3\njmp . - 1\njmp 0\njmp end - 1\nend: halt"),
              ElementsAre(encode(isa::Jmp{3}), encode(isa::Jmp{-1}),
                          encode(isa::Jmp{-2}), encode(isa::Jmp{0}),
                          encode(isa::Halt{})));
  // A label is a number where a number is wanted.
  EXPECT_THAT(good("li r1, f\njr r1\nf: halt"),
              ElementsAre(encode(isa::Li{1, 2}), encode(isa::Jr{1}),
                          encode(isa::Halt{})));
  EXPECT_THAT(good("loop r4, .Lend\n nop\n.Lend: halt"),
              ElementsAre(encode(isa::Loop{4, 2}), encode(isa::Nop{}),
                          encode(isa::Halt{})));
}

TEST(Assembler, payload) {
  auto in = encode(isa::VIn{0, 1});
  auto out = encode(isa::VOut{isa::LaneType::f32, 2, 0, isa::OutKind::store, 0,
                              isa::OutMode::set});
  auto expected =
      ElementsAre(encode(isa::Vrun{2}), in, out, encode(isa::Halt{}));
  EXPECT_THAT(
      good("vrun {\n v.in v0, d1\n v.out.f32 d2, v0, store, 0, set\n}\nhalt"),
      expected);
  EXPECT_THAT(
      good("vrun { v.in v0, d1\n v.out.f32 d2, v0, store, 0, set }\n halt"),
      expected);
  EXPECT_THAT(good("mm d0, d1, d2, add { mm.scale b, d4 }"),
              ElementsAre(encode(isa::Mm{0, 1, 2, isa::AccMode::add, 1}),
                          encode(isa::MmScale{isa::MatrixSide::b, 4})));
  EXPECT_THAT(good("drain d1, d2, row"),
              ElementsAre(encode(isa::Drain{1, 2, isa::DrainOrder::row, 0})));
  EXPECT_THAT(good("drain d1, d2, lane {\n}"),
              ElementsAre(encode(isa::Drain{1, 2, isa::DrainOrder::lane, 0})));
}

TEST(Assembler, numbers) {
  EXPECT_THAT(good("li r1, -2147483648\nli r1, 0x7fffffff\nli r1, 0b101"),
              ElementsAre(encode(isa::Li{1, INT32_MIN}),
                          encode(isa::Li{1, INT32_MAX}),
                          encode(isa::Li{1, 5})));
  EXPECT_THAT(good("lih r1, 4294967295\nlih r1, -1"),
              ElementsAre(encode(isa::Lih{1, ~0u}), encode(isa::Lih{1, ~0u})));
  EXPECT_THAT(
      good("li r1, f32:-1.5\nlih r1, f64hi:1.0\nli r1, f64lo:0.1"),
      ElementsAre(encode(isa::Li{1, static_cast<int32_t>(0xbfc00000)}),
                  encode(isa::Lih{1, 0x3ff00000}),
                  encode(isa::Li{1, static_cast<int32_t>(0x9999999a)})));
  // Rounded once from decimal; out of range as IEEE 754 says.
  EXPECT_THAT(good("v.f: lih r1, f32:0.1\nlih r1, f32:1e50\nlih r1, "
                   "f32:-inf\nlih r1, f32:nan\n"
                   "lih r1, f32:1e-45\nlih r1, f32:1e-60"),
              ElementsAre(encode(isa::Lih{1, 0x3dcccccd}),
                          encode(isa::Lih{1, 0x7f800000}),
                          encode(isa::Lih{1, 0xff800000}),
                          encode(isa::Lih{1, 0x7fc00000}),
                          encode(isa::Lih{1, 1}), encode(isa::Lih{1, 0})));
}

TEST(Assembler, expressions) {
  auto value = [](std::string expression) {
    std::vector<uint64_t> words = good(".equ four, 4\nli r1, " + expression);
    return words.size() == 1 ? isa::unpacked<isa::Li>(words[0]).imm : INT32_MIN;
  };
  EXPECT_EQ(value("1 + 2 * 3"), 7);
  EXPECT_EQ(value("(1 + 2) * 3"), 9);
  EXPECT_EQ(value("10 - 3 - 2"), 5);
  EXPECT_EQ(value("1 << four | 3"), 19);
  EXPECT_EQ(value("-7 / 2"), -3);
  EXPECT_EQ(value("-7 % four"), -3);
  EXPECT_EQ(value("~0 & 0xff ^ 0x0f"), 0xf0);
  EXPECT_EQ(value("-8 >> 1"), -4);
  EXPECT_EQ(value("- - 5"), 5);
}

TEST(Assembler, symbols) {
  EXPECT_THAT(good(".set i, 1\nli r1, i\n.set i, i + 1\nli r1, i"),
              ElementsAre(encode(isa::Li{1, 1}), encode(isa::Li{1, 2})));
  EXPECT_EQ(bad(".equ a, 1\n.equ a, 2"), "2:6: symbol 'a' is defined twice\n");
  EXPECT_EQ(bad(".equ a, b"), "1:9: 'b' has no value here\n");
  EXPECT_THAT(good(".word 0xffffffffffffffff\n.word 1 << 63"),
              ElementsAre(~0ull, 1ull << 63));
}

TEST(Assembler, macros) {
  EXPECT_THAT(
      good(".macro step reg, by\naddi \\reg, \\reg, \\by\n.endm\nstep r1, 2 * "
           "(1 + 3)\n"
           "step r2, -1 ; down"),
      ElementsAre(encode(isa::Addi{1, 1, 8}), encode(isa::Addi{2, 2, -1})));
  // Labels of its own in each expansion; macros that use macros.
  EXPECT_THAT(good(".macro spin\nl\\@: jmp l\\@\n.endm\n.macro "
                   "twice\nspin\nspin\n.endm\ntwice"),
              ElementsAre(encode(isa::Jmp{0}), encode(isa::Jmp{0})));
  // The longest parameter wins.
  EXPECT_THAT(good(".macro m a, ab\nli \\ab, \\a\n.endm\nm 5, r9"),
              ElementsAre(encode(isa::Li{9, 5})));
  EXPECT_EQ(bad(".macro m a\n.endm\nm"),
            "3:1: macro 'm' has 1 parameters, found 0 arguments\n");
  EXPECT_EQ(bad(".macro m\nbad\n.endm\n\nm"),
            "2:1: unknown instruction 'bad' (in macro 'm', used in line 5)\n");
  EXPECT_THAT(bad(".macro m\nm\n.endm\nm"), HasSubstr("nested deeper than 64"));
  EXPECT_EQ(bad(".macro add\n.endm"), "1:8: 'add' is an instruction\n");
  EXPECT_EQ(bad(".macro m\nnop"), "1:8: '.macro' is not closed by '.endm'\n");
}

TEST(Assembler, repetition) {
  EXPECT_THAT(good(".rept 2, i\n.rept i + 1\nli r1, i\n.endr\n.endr\n.rept "
                   "0\nhalt\n.endr"),
              ElementsAre(encode(isa::Li{1, 0}), encode(isa::Li{1, 1}),
                          encode(isa::Li{1, 1})));
  EXPECT_THAT(good("vrun {\n.rept 3, i\nv.in v1, d2\n.endr\n}"),
              testing::SizeIs(4));
  EXPECT_EQ(bad(".rept -1\nnop\n.endr"), "1:7: cannot repeat -1 times\n");
  EXPECT_EQ(bad(".endr"), "1:1: '.endr' closes nothing\n");
  EXPECT_THAT(bad(".rept 1 << 60\n.rept 1 << 60\n\n.endr\n.endr"),
              HasSubstr("expand to more"));
}

TEST(Assembler, linesOfWords) {
  std::vector<Diagnostic> errors;
  AssembledText text = assembleText("nop\n\nx: halt\n", errors);
  EXPECT_THAT(text.lines, ElementsAre(1u, 3u));
  EXPECT_EQ(text.labels.at("x"), 1u);
}

struct Handler : DirectiveHandler {
  std::vector<std::string> seen;
  bool handleDirective(std::string_view name, LineParser &line,
                       AssemblerControl &control) override {
    if (name != ".core")
      return false;
    std::optional<int64_t> number = line.parseInteger();
    if (number && line.expectEnd()) {
      seen.push_back(std::to_string(*number) + "@" +
                     std::to_string(control.currentLine()));
      control.selectText(static_cast<unsigned>(*number));
    }
    return true;
  }
};

TEST(Assembler, textsOfSeveralCores) {
  Handler handler;
  AssemblyResult result = assemble(
      ".core 0\na: jmp a\n.core 1\nnop\na: jmp a\n.core 0\nhalt\n", &handler);
  EXPECT_TRUE(result.ok()) << result.errors("source");
  EXPECT_THAT(handler.seen, ElementsAre("0@1", "1@3", "0@6"));
  EXPECT_THAT(result.texts.at(0).words,
              ElementsAre(encode(isa::Jmp{0}), encode(isa::Halt{})));
  EXPECT_THAT(result.texts.at(1).words,
              ElementsAre(encode(isa::Nop{}), encode(isa::Jmp{0})));
  result = assemble(".cores 1\nvrun {\n.core 1\n}", &handler);
  EXPECT_EQ(result.errors("f.s"),
            "f.s:1:1: error: unknown directive '.cores'\n"
            "f.s:3:1: error: a text cannot change inside braces\n");
}

TEST(AssemblerErrors, operands) {
  EXPECT_EQ(bad("add r1, r2"), "1:11: 'add' lacks operand 'rb'\n");
  EXPECT_EQ(bad("add r1, r2, r64"), "1:13: register 'r64' is not in r0..r63\n");
  EXPECT_EQ(bad("add r1, r2, r99999999999999999999"),
            "1:13: register 'r99999999999999999999' is not in r0..r63\n");
  EXPECT_EQ(bad("add r1, r2, d3"),
            "1:13: operand 'rb' has to be one of r0..r63\n");
  EXPECT_EQ(bad("add r1 r2, r3"), "1:8: expected ',', found 'r2'\n");
  EXPECT_EQ(bad("add r1, r2, r3, r4"),
            "1:15: expected the end of the line, found ','\n");
  EXPECT_EQ(
      bad("li r1, 2147483648"),
      "1:8: operand 'imm' is 2147483648, expected -2147483648..2147483647\n");
  EXPECT_EQ(bad("dsize d1, 6, r0, 1"),
            "1:11: operand 'dim' is 6, expected 0..5\n");
  EXPECT_EQ(bad("wait gpu, s1, 1"),
            "1:6: operand 'queue' has to be one of scalar, mxu, out, vec, "
            "dma0, dma1, dma2, dma3\n");
  EXPECT_EQ(bad("li r1, 1 / 0"), "1:10: division by zero\n");
  EXPECT_EQ(bad("li r1, 1 << 64"), "1:10: shift by 64 is not in 0..63\n");
  EXPECT_EQ(bad("li r1, 99999999999999999999"),
            "1:8: integer does not fit in 64 bits\n");
  EXPECT_EQ(bad("li r1, 1.5"), "1:8: expected a value, found '1.5'\n");
  EXPECT_EQ(bad("li r1, f32:x"), "1:8: malformed number after 'f32:'\n");
  EXPECT_EQ(bad("li r1, (1"),
            "1:10: expected ')', found the end of the line\n");
}

TEST(AssemblerErrors, mnemonics) {
  EXPECT_EQ(bad("frob r1"), "1:1: unknown instruction 'frob'\n");
  EXPECT_EQ(
      bad("fadd r1, r2, r3"),
      "1:1: 'fadd' needs a suffix for 'type': f32, f64, i32, u32, i64, u64\n");
  EXPECT_EQ(bad("fadd.f16 r1, r2, r3"),
            "1:1: 'f16' is no suffix of 'fadd', expected one of f32, f64, i32, "
            "u32, i64, u64\n");
  EXPECT_EQ(bad("add.f32 r1, r2, r3"), "1:1: 'add' has no suffix '.f32'\n");
}

TEST(AssemblerErrors, payload) {
  EXPECT_EQ(bad("v.in v0, d1"),
            "1:1: 'v.in' stands outside of its head's braces\n");
  EXPECT_EQ(bad("vrun {\nadd r1, r2, r3\n}"),
            "2:1: 'add' cannot stand in braces\n");
  EXPECT_EQ(bad("vrun {\no.round\n}"),
            "2:1: 'o.round' is no payload of 'vrun'\n");
  EXPECT_EQ(bad("vrun {\nx: v.in v0, d1\n}"),
            "2:1: a label cannot stand among payload words\n");
  EXPECT_EQ(bad("vrun {\nv.in v0, d1\n"), "1:6: '{' is not closed\n");
  EXPECT_EQ(bad("nop\n}"), "2:1: '}' closes nothing\n");
  EXPECT_EQ(bad("nop {\n}"),
            "1:5: 'nop' takes no payload\n2:1: '}' closes nothing\n");
  EXPECT_EQ(bad("vrun {\n.rept 64\nv.in v0, d1\n.endr\n}"),
            "5:1: 'vrun' has 64 payload words, at most 63 are possible\n");
}

TEST(AssemblerErrors, labels) {
  EXPECT_EQ(bad("jmp nowhere"), "1:5: label 'nowhere' is not defined\n");
  EXPECT_EQ(bad("a: nop\na: nop"), "2:1: label 'a' is defined twice\n");
  EXPECT_EQ(bad(".equ a, 1\na: nop"), "2:1: 'a' is a symbol already\n");
  EXPECT_EQ(bad("a: li r1, a * 2"),
            "1:13: a label can only be added to a constant\n");
  EXPECT_EQ(bad("jmp 1 << 40"),
            "1:5: operand 'target' is 1099511627776, expected "
            "-2147483648..2147483647\n");
}

TEST(AssemblerErrors, tokens) {
  EXPECT_EQ(bad("li r1, \x01"), "1:8: unexpected byte 1\n");
  EXPECT_EQ(bad("li r1, ?"), "1:8: unexpected character '?'\n");
  EXPECT_EQ(bad("li r1, 12ab"), "1:8: malformed number '12ab'\n");
  EXPECT_EQ(bad("li r1, \"a\\q\""), "1:8: unknown escape in string\n");
  EXPECT_EQ(bad("li r1, \"a"), "1:8: string is not closed\n");
  EXPECT_EQ(bad("(nop)"),
            "1:1: expected a label, an instruction or a directive\n");
  EXPECT_EQ(bad("li r1, " + std::string(300, '-') + "1"),
            "1:209: expression is nested too deep\n");
  EXPECT_EQ(bad(std::string((1 << 20) + 1, ' ')),
            "1:1: line is longer than 1048576 bytes\n");
}

TEST(AssemblerErrors, symbolsAndMacros) {
  EXPECT_EQ(bad(".equ 5, 1"),
            "1:6: expected the name of a symbol, found '5'\n");
  EXPECT_EQ(bad("a: nop\n.equ a, 1"), "2:6: 'a' is a label already\n");
  EXPECT_EQ(bad(".equ a, 1\n.equ a, 2"), "2:6: symbol 'a' is defined twice\n");
  EXPECT_EQ(bad("vrun {\n.word 1\n}"), "2:7: '.word' cannot stand in braces\n");
  EXPECT_EQ(bad("a: .word a"), "1:10: 'a' has no value here\n");
  EXPECT_EQ(bad(".macro 5\n.endm"),
            "1:8: expected the name of a macro, found '5'\n");
  EXPECT_EQ(bad(".macro m 5\n.endm"),
            "1:10: expected a parameter, found '5'\n");
  EXPECT_EQ(bad(".macro add\n.endm"), "1:8: 'add' is an instruction\n");
  EXPECT_EQ(bad(".macro m\n.endm\n.macro m\n.endm"),
            "3:8: macro 'm' is defined twice\n");
  EXPECT_EQ(bad(".rept 2, 5\n.endr"),
            "1:10: expected the name of a counter, found '5'\n");
  EXPECT_EQ(bad("i: nop\n.rept 2, i\n.endr"), "2:7: 'i' is defined already\n");
  EXPECT_EQ(bad(".rept -1\n.endr"), "1:7: cannot repeat -1 times\n");
  EXPECT_EQ(bad(".endr"), "1:1: '.endr' closes nothing\n");
  EXPECT_EQ(bad(".rept 2\nnop"), "1:7: '.rept' is not closed by '.endr'\n");
}

TEST(AssemblerErrors, expansionIsBounded) {
  std::vector<Diagnostic> errors;
  assembleText(".macro m\nm\n.endm\nm", errors);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(errors[0].message.starts_with(
      "macros and repetitions are nested deeper than 64"))
      << errors[0].message;
  errors.clear();
  assembleText(".rept 100\n" + std::string(1000000, ' ') + ".set a, 1\n.endr",
               errors);
  ASSERT_FALSE(errors.empty());
  EXPECT_TRUE(errors.back().message.starts_with(
      "macros and repetitions expand to more than 4000000 lines"))
      << errors.back().message;
}

TEST(AssemblerErrors, allAtOnceWithABound) {
  EXPECT_EQ(bad("a\nb\nc"),
            "1:1: unknown instruction 'a'\n2:1: unknown instruction 'b'\n"
            "3:1: unknown instruction 'c'\n");
  std::vector<Diagnostic> errors;
  assembleText(".rept 100000\nfrob\n.endr", errors);
  ASSERT_EQ(errors.size(), 101u);
  EXPECT_EQ(errors.back().message, "too many errors");
}

} // namespace
