//===- HostileImageTest.cpp - Damaged and malicious images ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Damage is found by the checksum. An attacker computes it anew, so the same
// damage is tried with a checksum that fits: then the reader may find nothing
// wrong, but what it returns must be usable.
//
//===----------------------------------------------------------------------===//

#include "RepairChecksum.h"
#include "SampleImage.h"

#include <elf.h>

#include <cstring>
#include <random>

using namespace ashlar::runtime;

/// Touches all that an image promises; sanitisers notice what is out of range.
static uint64_t use(const Image &image) {
  uint64_t sum = 0;
  for (const auto &text : image.text())
    for (uint64_t word : text)
      sum += word;
  for (uint64_t i = 0; i < image.weightsBytes(); ++i)
    sum += image.weights()[i];
  for (uint32_t core = 0; core < image.text().size(); ++core)
    for (uint64_t word = 0; word < image.text()[core].size(); ++word)
      if (const DebugMap::Node *node = image.findNode(core, word))
        sum += node->name.size();
  std::vector<uint8_t> again;
  EXPECT_EQ(writeImageBytes(image.contents(), again), "");
  return sum + printImage(image).size();
}

static bool openDamaged(const std::vector<uint8_t> &bytes) {
  std::string error;
  // A copy of the exact size: reads behind the end are noticed.
  std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  auto image = Image::openMemory(exact.data(), exact.size(), nullptr, error);
  EXPECT_EQ(error.empty(), image != nullptr);
  if (image)
    use(*image);
  return image != nullptr;
}

TEST(HostileImage, TheSampleItselfIsGood) {
  std::vector<uint8_t> bytes = sampleBytes();
  EXPECT_TRUE(openDamaged(bytes));
  repairChecksum(bytes);
  EXPECT_EQ(bytes, sampleBytes()) << "the test computes the same checksum";
}

TEST(HostileImage, EveryTruncationIsRefused) {
  std::vector<uint8_t> bytes = sampleBytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    // Long runs of padding are not worth each byte.
    if (size % 64 > 2 && size + 256 < bytes.size() && size > 1024)
      continue;
    std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + size);
    EXPECT_FALSE(openDamaged(cut)) << "cut to " << size;
    repairChecksum(cut);
    EXPECT_FALSE(openDamaged(cut)) << "cut to " << size << ", repaired";
  }
}

TEST(HostileImage, EveryFlippedBitIsNoticed) {
  std::vector<uint8_t> bytes = sampleBytes();
  std::mt19937 random(1);
  for (unsigned i = 0; i < 3000; ++i) {
    std::vector<uint8_t> flipped = bytes;
    size_t bit = random() % (bytes.size() * 8);
    flipped[bit / 8] ^= 1u << (bit % 8);
    EXPECT_FALSE(openDamaged(flipped)) << "bit " << bit;
  }
}

TEST(HostileImage, DamageWithAFittingChecksumIsHarmless) {
  std::vector<uint8_t> bytes = sampleBytes();
  // Weights begin at a page; what lies before the padding is what matters.
  size_t interesting = bytes.size() - 8;
  while (interesting > 0 && bytes[interesting - 1] == 0)
    --interesting;
  std::mt19937 random(2);
  unsigned accepted = 0;
  for (unsigned i = 0; i < 20000; ++i) {
    std::vector<uint8_t> damaged = bytes;
    unsigned changes = 1 + random() % 4;
    for (unsigned c = 0; c < changes; ++c) {
      size_t at = random() % 2048;
      static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
      damaged[at] =
          random() % 2 ? values[random() % 5] : static_cast<uint8_t>(random());
    }
    repairChecksum(damaged);
    accepted += openDamaged(damaged);
  }
  EXPECT_GT(accepted, 0u) << "the damage should reach beyond the checksum";
}

TEST(HostileImage, HugeSectionsAreRefused) {
  std::vector<uint8_t> bytes = sampleBytes();
  for (unsigned section = 0; section < 9; ++section)
    for (uint64_t value : {UINT64_MAX, uint64_t{1} << 63, uint64_t{1} << 40})
      for (size_t field :
           {offsetof(Elf64_Shdr, sh_offset), offsetof(Elf64_Shdr, sh_size),
            offsetof(Elf64_Shdr, sh_name)}) {
        std::vector<uint8_t> damaged = bytes;
        memcpy(damaged.data() + sizeof(Elf64_Ehdr) +
                   section * sizeof(Elf64_Shdr) + field,
               &value, field == offsetof(Elf64_Shdr, sh_name) ? 4 : 8);
        repairChecksum(damaged);
        EXPECT_EQ(openDamaged(damaged), section == 0);
      }
}
