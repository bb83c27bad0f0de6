//===- IsaTest.cpp - Encoding of every instruction ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vectors come from the records through code of their own; see
// EmitVectors.cpp.
//
//===----------------------------------------------------------------------===//

#include "ISA/Isa.h"
#include <array>
#include <gtest/gtest.h>
#include <set>
#include <string>

using namespace ashlar::isa;

namespace {

#include "ISA/IsaVectors.inc"

/// What the generated code does with a word, behind pointers: the checks are
/// compiled once and not once for each instruction.
struct Codec {
  const char *name;
  Opcode opcode;
  std::span<const Vector> vectors;
  std::span<const uint64_t> invalid;
  bool (*decodes)(uint64_t word);
  /// Of a word that decodes: packed again after decode(), and after unpacked().
  uint64_t (*decoded)(uint64_t word);
  uint64_t (*unpacked)(uint64_t word);
};

template <typename Inst>
constexpr Codec codecOf(const char *name, std::span<const Vector> vectors,
                        std::span<const uint64_t> invalid) {
  return {name,
          Inst::opcode,
          vectors,
          invalid,
          [](uint64_t word) {
            Inst inst;
            return decode(word, inst);
          },
          [](uint64_t word) {
            Inst inst;
            decode(word, inst);
            return encode(inst);
          },
          [](uint64_t word) { return encode(unpacked<Inst>(word)); }};
}

constexpr Codec codecs[] = {
#define CODEC(NAME) codecOf<NAME>(#NAME, vectorsOf##NAME, invalidOf##NAME),
    ASHLAR_FOR_EACH_INST(CODEC)};

class Encoding : public testing::TestWithParam<Codec> {};

TEST_P(Encoding, ofEveryVector) {
  const Codec &codec = GetParam();
  const InstInfo *info = lookup(codec.opcode);
  ASSERT_NE(info, nullptr);
  SCOPED_TRACE(std::string(info->mnemonic));
  EXPECT_EQ(info, lookupMnemonic(info->mnemonic));
  ASSERT_FALSE(codec.vectors.empty());
  for (const Vector &vector : codec.vectors) {
    SCOPED_TRACE(vector.text);
    ASSERT_TRUE(codec.decodes(vector.word));
    EXPECT_EQ(codec.decoded(vector.word), vector.word);
    EXPECT_EQ(codec.unpacked(vector.word), vector.word);
    EXPECT_TRUE(isValid(vector.word));
    EXPECT_EQ(opcodeOf(vector.word), codec.opcode);
    // Slot by slot, what the tables say gives the same word.
    uint64_t rebuilt = static_cast<uint64_t>(info->opcode);
    for (const SlotInfo &slot : info->slots)
      EXPECT_TRUE(setSlot(rebuilt, slot, getSlot(vector.word, slot)));
    EXPECT_EQ(rebuilt, vector.word);
  }
}

TEST_P(Encoding, refusesWhatIsMalformed) {
  const Codec &codec = GetParam();
  for (uint64_t word : codec.invalid) {
    EXPECT_FALSE(codec.decodes(word)) << std::hex << word;
    EXPECT_FALSE(isValid(word)) << std::hex << word;
  }
  // The words of other instructions are not of this one.
  EXPECT_FALSE(codec.decodes(static_cast<uint64_t>(codec.opcode) ^ 1));
}

INSTANTIATE_TEST_SUITE_P(Instructions, Encoding, testing::ValuesIn(codecs),
                         [](const auto &info) { return info.param.name; });

TEST(Isa, everyInstructionHasVectors) {
  size_t count = 0;
#define COUNT_INST(NAME) ++count;
  ASHLAR_FOR_EACH_INST(COUNT_INST)
  EXPECT_EQ(count, allInstructions().size());
}

TEST(Isa, unknownOpcodes) {
  std::set<uint64_t> known;
  for (const InstInfo &info : allInstructions())
    known.insert(static_cast<uint64_t>(info.opcode));
  for (uint64_t opcode = 0; opcode < 1024; ++opcode) {
    EXPECT_EQ(lookup(static_cast<Opcode>(opcode)) != nullptr,
              known.count(opcode) == 1)
        << opcode;
    if (!known.count(opcode)) {
      EXPECT_FALSE(isValid(opcode)) << opcode;
    }
  }
  EXPECT_EQ(lookup(static_cast<Opcode>(1024)), nullptr);
  EXPECT_EQ(lookup(static_cast<Opcode>(65535)), nullptr);
  EXPECT_EQ(lookupMnemonic("v.frobnicate"), nullptr);
  EXPECT_EQ(lookupMnemonic(""), nullptr);
}

TEST(Isa, slotsAndReservedBitsCoverTheWord) {
  for (const InstInfo &info : allInstructions()) {
    uint64_t covered = 1023 | info.reservedMask;
    for (const SlotInfo &slot : info.slots)
      covered |= (slot.width == 64 ? ~0ull : (1ull << slot.width) - 1)
                 << slot.lsb;
    EXPECT_EQ(covered, ~0ull) << info.mnemonic;
  }
}

TEST(Isa, setSlotRefusesWhatDoesNotFit) {
  const InstInfo &addi = *lookup(Opcode::Addi);
  uint64_t word = encode(Addi{1, 2, 3}), before = word;
  EXPECT_FALSE(setSlot(word, *findSlot(addi, "imm"), int64_t(1) << 31));
  EXPECT_FALSE(setSlot(word, *findSlot(addi, "imm"), -(int64_t(1) << 31) - 1));
  EXPECT_FALSE(setSlot(word, *findSlot(addi, "rd"), 64));
  EXPECT_FALSE(setSlot(word, *findSlot(addi, "rd"), -1));
  EXPECT_EQ(word, before);
  EXPECT_TRUE(setSlot(word, *findSlot(addi, "imm"), -(int64_t(1) << 31)));
  EXPECT_EQ(unpacked<Addi>(word).imm, INT32_MIN);
  EXPECT_EQ(findSlot(addi, "no such slot"), nullptr);
  uint64_t wait = encode(Wait{Queue::vec, 200, 65535});
  const SlotInfo &queue = *findSlot(*lookup(Opcode::Wait), "queue");
  EXPECT_FALSE(setSlot(wait, queue, 8)); // No case.
  EXPECT_EQ(unpacked<Wait>(wait), (Wait{Queue::vec, 200, 65535}));
}

TEST(Isa, registersReadAndWritten) {
  uint64_t word = encode(Signalr{Queue::dma1, 17, 3, 1});
  EXPECT_EQ(readsOf(word).regs, 1ull << 17);
  EXPECT_EQ(writesOf(word).regs, 0u);

  // A part of the register stays, so it is read as well.
  word = encode(Lih{63, 7});
  EXPECT_EQ(readsOf(word).regs, 1ull << 63);
  EXPECT_EQ(writesOf(word).regs, 1ull << 63);
  word = encode(Dsize{31, 2, 5, 0});
  EXPECT_EQ(readsOf(word).descs, 1u << 31);
  EXPECT_EQ(readsOf(word).regs, 1ull << 5);
  EXPECT_EQ(writesOf(word).descs, 1u << 31);
  word = encode(Dnew{4, ElementType::f32, 1, 0});
  EXPECT_EQ(readsOf(word).descs, 0u);

  RegisterSet set = readsOf(encode(Mm{1, 2, 3, AccMode::add, 2}));
  set |= readsOf(encode(MmScale{MatrixSide::b, 30}));
  EXPECT_EQ(set.descs, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 30);
  word = encode(VFma{LaneType::f32, 4, 5, 6, 7});
  EXPECT_EQ(readsOf(word).lanes, 1u << 5 | 1u << 6 | 1u << 7);
  EXPECT_EQ(writesOf(word).lanes, 1u << 4);
}

TEST(Isa, payload) {
  EXPECT_EQ(payloadCount(encode(Vrun{63})), 63u);
  EXPECT_EQ(payloadCount(encode(Nop{})), 0u);
  EXPECT_EQ(payloadCount(encode(Loopi{5, 3})), 0u); // `count` of another form
  EXPECT_EQ(payloadCount(1023), 0u);
  EXPECT_TRUE(lookup(Opcode::OMul)->acceptsHead(Opcode::Drain));
  EXPECT_TRUE(lookup(Opcode::OMul)->acceptsHead(Opcode::Preload));
  EXPECT_FALSE(lookup(Opcode::OMul)->acceptsHead(Opcode::Vrun));
}

TEST(Isa, widths) {
  EXPECT_EQ(bitWidth(ElementType::u4), 4u);
  EXPECT_EQ(bitWidth(ElementType::f8e5m2), 8u);
  EXPECT_EQ(bitWidth(ElementType::bf16), 16u);
  EXPECT_EQ(bitWidth(ElementType::f64), 64u);
  EXPECT_EQ(bitWidth(LaneType::u32), 32u);
  EXPECT_EQ(bitWidth(LaneType::i64), 64u);
}

// Values at compile time: encode and decode are usable in constants.
static_assert(encode(Nop{}) == 1);
static_assert(unpacked<Li>(encode(Li{5, -7})).imm == -7);

} // namespace
