//===- AssemblerFuzzTest.cpp - Any input, and no crash --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Deterministic mutations of a program and plain noise. What counts is that
// assembly ends, with words or with errors that lie within the source.
//
//===----------------------------------------------------------------------===//

#include "Assembly/Assembler.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace ashlar::runtime;

namespace {

constexpr std::string_view seed = R"(.equ rows, (4 << 2) | 1
.macro row reg, by
  addi \reg, \reg, \by * 2
l\@: bne \reg, r0, l\@
.endm
.rept 3, i
  row r5, i + 1
.endr
start: li r1, f32:1.5
  load.bf16 r2, r1, -8
  wait dma1, s17, 0xffff
  loopi 5, done
  vrun {
    v.in v0, d1
    v.const.f32 v1, 0x3f800000
    v.add.f32 v2, v0, v1
    v.out.f32 d2, v2, store, 0, set
  }
done: mm d0, d1, d2, add { mm.scale b, d4 }
  .word 0xffffffff00000000 ; "text\x41"
  jmp start - 1 + (3 % 2)
)";

void checkSource(const std::string &source) {
  AssemblyResult result = assemble(source);
  auto lines =
      static_cast<uint32_t>(std::count(source.begin(), source.end(), '\n') + 1);
  for (const Diagnostic &error : result.diagnostics) {
    EXPECT_LE(error.line, lines);
    EXPECT_FALSE(error.message.empty());
  }
  for (const auto &[number, text] : result.texts)
    EXPECT_EQ(text.words.size(), text.lines.size());
}

TEST(AssemblerFuzz, seedIsGood) {
  AssemblyResult result = assemble(seed);
  EXPECT_TRUE(result.ok()) << result.errors("seed");
}

TEST(AssemblerFuzz, bytes) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string source(random() % 200, ' ');
    for (char &c : source)
      c = static_cast<char>(
          round % 2 ? random()
                    : " \n.,:;#(){}rdvs0123x\\\"-+*<"[random() % 26]);
    checkSource(source);
  }
}

TEST(AssemblerFuzz, mutations) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 1500; ++round) {
    std::string source(seed);
    for (uint64_t edits = 1 + random() % 4; edits; --edits) {
      size_t at = random() % source.size(), length = random() % 30,
             to = random() % source.size();
      switch (random() % 4) {
      case 0: // Another byte.
        source[at] = static_cast<char>(random());
        break;
      case 1:
        source.erase(at, length);
        break;
      case 2: // A piece of it elsewhere.
        source.insert(to, source.substr(at, length));
        break;
      default: // A bit.
        source[at] = static_cast<char>(source[at] ^ 1 << random() % 8);
      }
      if (source.empty())
        source = "\n";
    }
    checkSource(source);
  }
}

TEST(AssemblerFuzz, depthAndSize) {
  checkSource("li r1, " + std::string(100000, '('));
  checkSource("li r1, " + std::string(100000, '-') + "1");
  checkSource(std::string(100000, '{'));
  checkSource(std::string(2 << 20, 'a'));
  checkSource(std::string(1000, '\0'));
  std::string sum = "li r1, 0";
  for (int i = 0; i < 50000; ++i)
    sum += " + 0";
  AssemblyResult result = assemble(sum);
  EXPECT_TRUE(result.ok()) << result.errors("sum");
  // Text that doubles with each macro.
  std::string doubling = ".macro m0 a\n.endm\n";
  for (int i = 1; i < 40; ++i)
    doubling += ".macro m" + std::to_string(i) + " a\nm" +
                std::to_string(i - 1) + " \\a\\a\n.endm\n";
  result = assemble(doubling + "m39 xxxxxxxx\n");
  EXPECT_FALSE(result.ok());
}

} // namespace
