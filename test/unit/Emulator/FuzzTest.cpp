//===- FuzzTest.cpp - Any text, and the host survives ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Texts of random words, most of them instructions with legal operands, on
// descriptors that mostly make sense. What counts is that every run ends in
// every mode. The runtime's tests run under AddressSanitizer as well.
//
//===----------------------------------------------------------------------===//

#include "ISA/Isa.h"
#include "TextualProgram.h"

#include <cstdlib>
#include <random>

using namespace ashlar;
using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

class Generator {
public:
  explicit Generator(unsigned seed) : random(seed) {}

  std::vector<uint64_t> text() {
    std::vector<uint64_t> words;
    std::vector<Diagnostic> diagnostics;
    words = assembleText(prologue(), diagnostics).words;
    EXPECT_TRUE(diagnostics.empty()) << diagnostics[0].message;
    unsigned count = 20 + random() % 60;
    while (words.size() < count + 60)
      addInstruction(words);
    if (random() % 2)
      words.push_back(2); // halt
    return words;
  }

private:
  int64_t pick(int64_t lo, int64_t hi) {
    return lo + int64_t(random() % uint64_t(hi - lo + 1));
  }

  /// Descriptors 0..7 on all memories, registers of odd values.
  std::string prologue() {
    std::string text =
        "li r20, 0\nlih r20, 0x2000ff00\nli r21, 0\nlih r21, 0x3000ff00\n";
    const char *bases[] = {"r20", "r1", "r3", "r21", "r20", "r20", "r4", "r2"};
    const char *types[] = {"i8",   "u8",  "i32", "f32",
                           "bf16", "f16", "i64", "i4"};
    for (unsigned d = 0; d < 8; ++d) {
      std::string name = "d" + std::to_string(d);
      text += "dnew " + name + ", " + types[random() % 8] + ", " + bases[d] +
              ", " + std::to_string(pick(0, 64) * 32) + "\n";
      for (unsigned n = random() % 3; n; --n)
        text += "ddim " + name + ", " + std::to_string(pick(0, 5)) + ", " +
                std::to_string(pick(0, 20)) + ", " +
                std::to_string(pick(-4, 40)) + "\n";
    }
    text += "li r10, " + std::to_string(pick(-3, 3)) + "\n";
    return text;
  }

  uint64_t wordOf(const isa::InstInfo &info) {
    uint64_t word = uint64_t(info.opcode);
    for (const isa::SlotInfo &slot : info.slots) {
      int64_t value = 0;
      switch (slot.form) {
      case isa::Form::Count:
        continue;
      case isa::Form::Desc:
        value = pick(0, random() % 8 ? 7 : 31);
        break;
      case isa::Form::Target:
        value = pick(-3, 8);
        break;
      case isa::Form::Enum:
        value = slot.cases->cases[random() % slot.cases->cases.size()].value;
        break;
      case isa::Form::Imm:
        value = random() % 4 ? pick(0, 40) : pick(-40, 100000);
        break;
      default:
        value = pick(0, (int64_t(1) << slot.width) - 1);
        break;
      }
      isa::setSlot(word, slot, value); // what does not fit stays zero
    }
    return word;
  }

  void addInstruction(std::vector<uint64_t> &words) {
    if (random() % 100 == 0) {
      words.push_back(random());
      return;
    }
    auto all = isa::allInstructions();
    const isa::InstInfo *info = &all[random() % all.size()];
    if (info->isPayload) {
      // Make it part of something: its head with a few of its kind.
      const isa::InstInfo *head =
          isa::lookup(info->heads[random() % info->heads.size()]);
      uint64_t word = wordOf(*head);
      std::vector<uint64_t> payload;
      for (unsigned n = 1 + random() % 4; n; --n) {
        const isa::InstInfo *next = &all[random() % all.size()];
        while (!next->isPayload || !next->acceptsHead(head->opcode))
          next = &all[random() % all.size()];
        payload.push_back(wordOf(*next));
      }
      isa::setSlot(word, head->slots[size_t(head->countSlot)],
                   int64_t(payload.size()));
      words.push_back(word);
      words.insert(words.end(), payload.begin(), payload.end());
      return;
    }
    if (info->mnemonic != "halt" && info->mnemonic != "trap")
      words.push_back(wordOf(*info));
  }

  std::mt19937_64 random;
};

TEST(Fuzz, everyRunEnds) {
  Machine machine = smallMachine();
  machine.cores = 2;
  machine.sramBytes = 16384;
  machine.accBytes = 8192;
  unsigned kinds[32] = {};
  // More on request.
  const char *wanted = std::getenv("ASHLAR_FUZZ_SEEDS");
  unsigned seeds = wanted ? unsigned(std::atoi(wanted)) : 800;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    auto program = std::make_shared<Program>();
    Generator generator(seed);
    program->text = {generator.text(), generator.text()};
    for (unsigned mode = 0; mode < 4; ++mode) {
      EmulatorOptions options;
      options.timed = mode & 1;
      options.sanitize = mode & 2;
      options.trace = mode == 3;
      options.stepBudget = 20000;
      Session session(machine, program, options);
      RunResult result = session.run();
      ++kinds[unsigned(result.trap.kind)];
      if (!result.ok()) {
        EXPECT_FALSE(result.trap.message().empty());
      }
      for (const EngineStatistics &e : result.statistics.engines) {
        EXPECT_EQ(e.cycles.total(),
                  options.timed ? result.statistics.cycles : 0)
            << "seed " << seed << " " << e.name;
      }
    }
  }
  // The generator has to reach more than its own mistakes.
  unsigned different = 0;
  for (unsigned count : kinds)
    different += count != 0;
  EXPECT_GE(different, 8u);
}

TEST(Fuzz, plainNoise) {
  std::mt19937_64 random(1);
  for (unsigned round = 0; round < 300; ++round) {
    auto program = std::make_shared<Program>();
    program->text.emplace_back();
    for (unsigned i = 0; i < 50; ++i)
      program->text[0].push_back(random() &
                                 (round % 2 ? ~0ull : 0xffffffff0000ffffull));
    EmulatorOptions options;
    options.timed = round % 3 == 0;
    options.stepBudget = 10000;
    Session session(smallMachine(), program, options);
    EXPECT_FALSE(session.run().ok());
  }
}

} // namespace
