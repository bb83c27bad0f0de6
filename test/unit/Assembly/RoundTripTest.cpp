//===- RoundTripTest.cpp - Every instruction through text and back --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Assembler.h"
#include "Assembly/Disassembler.h"
#include "ISA/Isa.h"
#include <array>
#include <gtest/gtest.h>
#include <random>

using namespace ashlar;
using namespace ashlar::runtime;

namespace {

#include "ISA/IsaVectors.inc"

void checkVectors(const isa::InstInfo &info, std::span<const Vector> vectors) {
  // Payload stands in the braces of each of its heads.
  std::vector<const isa::InstInfo *> heads = {nullptr};
  if (info.isPayload) {
    heads.clear();
    for (isa::Opcode head : info.heads)
      heads.push_back(isa::lookup(head));
  }
  for (const Vector &vector : vectors) {
    std::string_view text = vector.text;
    if (text.empty())
      continue;
    SCOPED_TRACE(vector.text);
    EXPECT_EQ(disassemble(vector.word), text);
    for (const isa::InstInfo *head : heads) {
      std::string source(text);
      if (head) {
        uint64_t headWord = static_cast<uint64_t>(head->opcode);
        source = disassemble(headWord) + " {\n" + source + "\n}\n";
      }
      std::vector<Diagnostic> errors;
      AssembledText result = assembleText(source, errors);
      ASSERT_TRUE(errors.empty()) << errors[0].str("source") << "\n" << source;
      ASSERT_EQ(result.words.size(), head ? 2u : 1u);
      EXPECT_EQ(result.words.back(), vector.word);
      EXPECT_TRUE(!head || isa::payloadCount(result.words[0]) == 1);
      AssembledText again = assembleText(disassembleText(result.words), errors);
      EXPECT_TRUE(errors.empty());
      EXPECT_EQ(again.words, result.words);
    }
  }
}

#define CHECK_INST(NAME)                                                       \
  TEST(RoundTrip, NAME) {                                                      \
    checkVectors(*isa::lookup(isa::Opcode::NAME), vectorsOf##NAME);            \
  }
ASHLAR_FOR_EACH_INST(CHECK_INST)

// Any words at all, valid or not, with counts and branches that lead anywhere.
TEST(RoundTrip, arbitraryWords) {
  std::mt19937_64 random(12345);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint64_t> words(random() % 40);
    for (uint64_t &word : words) {
      switch (random() % 4) {
      case 0:
        word = random();
        break;
      case 1: // A valid opcode with random operands, often a head.
        word = encode(isa::Vrun{static_cast<uint8_t>(random() % 4)});
        break;
      case 2:
        word = encode(isa::VNeg{isa::LaneType::f32, 1, 2});
        break;
      default:
        word = encode(isa::Jmp{static_cast<int32_t>(random() % 64) - 32});
      }
    }
    std::vector<Diagnostic> errors;
    std::string text = disassembleText(words);
    AssembledText result = assembleText(text, errors);
    ASSERT_TRUE(errors.empty()) << errors[0].str("source") << "\n" << text;
    ASSERT_EQ(result.words, words) << text;
  }
}

} // namespace
