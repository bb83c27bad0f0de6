//===- RefusedImageTest.cpp - What the reader says of a bad file ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Image/MetaCodec.h"
#include "Image/Validate.h"
#include "RepairChecksum.h"
#include "SampleImage.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>

using namespace ashlar::runtime;
using testing::HasSubstr;

namespace {

using Bytes = std::vector<uint8_t>;

template <typename T> T readAt(const Bytes &bytes, size_t offset) {
  T value;
  memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}
template <typename T> void writeAt(Bytes &bytes, size_t offset, T value) {
  memcpy(bytes.data() + offset, &value, sizeof value);
}

std::string refusalOf(const Bytes &bytes) {
  std::string error;
  EXPECT_FALSE(Image::openMemory(bytes.data(), bytes.size(), nullptr, error));
  return error;
}

//===----------------------------------------------------------------------===//
// The ELF file
//===----------------------------------------------------------------------===//

void changeHeader(Bytes &bytes, const std::function<void(Elf64_Ehdr &)> &f) {
  auto header = readAt<Elf64_Ehdr>(bytes, 0);
  f(header);
  writeAt(bytes, 0, header);
}

/// Changes the header of the section `name`.
void changeSection(Bytes &bytes, const std::string &name,
                   const std::function<void(Elf64_Shdr &)> &f) {
  auto header = readAt<Elf64_Ehdr>(bytes, 0);
  auto at = [&](unsigned i) { return sizeof header + i * sizeof(Elf64_Shdr); };
  auto names = readAt<Elf64_Shdr>(bytes, at(header.e_shstrndx));
  for (unsigned i = 1; i < header.e_shnum; ++i) {
    auto section = readAt<Elf64_Shdr>(bytes, at(i));
    const char *text = reinterpret_cast<const char *>(bytes.data()) +
                       names.sh_offset + section.sh_name;
    if (text != name)
      continue;
    f(section);
    writeAt(bytes, at(i), section);
    return;
  }
  FAIL() << "no section " << name;
}

struct Damage {
  const char *message;
  void (*make)(Bytes &);
};

class DamagedFile : public testing::TestWithParam<Damage> {};

TEST_P(DamagedFile, IsRefused) {
  Bytes bytes = sampleBytes();
  GetParam().make(bytes);
  EXPECT_THAT(refusalOf(bytes), HasSubstr(GetParam().message));
}

const Damage damages[] = {
    {"not an image: only 10 bytes", [](Bytes &b) { b.resize(10); }},
    {"not an image: it does not begin as an ELF file",
     [](Bytes &b) { b[0] = 0; }},
    {"not an image: an ELF file of another machine",
     [](Bytes &b) {
       changeHeader(b, [](Elf64_Ehdr &h) { h.e_machine = EM_X86_64; });
     }},
    {"format version 7, this runtime reads version 1",
     [](Bytes &b) { changeHeader(b, [](Elf64_Ehdr &h) { h.e_flags = 7; }); }},
    {"damaged: its ELF header is not one that the compiler writes",
     [](Bytes &b) { changeHeader(b, [](Elf64_Ehdr &h) { h.e_shoff = 8; }); }},
    {"truncated: the section headers are cut off",
     [](Bytes &b) { b.resize(sizeof(Elf64_Ehdr) + 8); }},
    {"truncated: section .text.core0 ends at byte",
     [](Bytes &b) {
       changeSection(b, ".text.core0",
                     [](Elf64_Shdr &s) { s.sh_size = 1 << 30; });
     }},
    {"damaged: section .text.core0 has 9 bytes, not a multiple of 8",
     [](Bytes &b) {
       changeSection(b, ".text.core0", [](Elf64_Shdr &s) { s.sh_size = 9; });
     }},
    {"damaged: its ELF header is not readable",
     [](Bytes &b) {
       changeHeader(b, [](Elf64_Ehdr &h) { h.e_ident[EI_VERSION] = 2; });
     }},
    {"damaged: section .weights is not aligned",
     [](Bytes &b) {
       changeSection(b, ".weights", [](Elf64_Shdr &s) { --s.sh_offset; });
     }},
    {"damaged: the checksum does not end the file",
     [](Bytes &b) { b.push_back(0); }},
    {"damaged: unexpected section '.text.core1'",
     [](Bytes &b) {
       uint32_t name = 0;
       changeSection(b, ".text.core1",
                     [&](Elf64_Shdr &s) { name = s.sh_name; });
       changeSection(b, ".text.core0",
                     [&](Elf64_Shdr &s) { s.sh_name = name; });
     }},
    {"damaged or truncated: section header 1 is not readable",
     [](Bytes &b) {
       changeSection(b, ".text.core0",
                     [](Elf64_Shdr &s) { s.sh_name = 1 << 20; });
     }},
    {"damaged: a section is missing",
     [](Bytes &b) {
       uint32_t name = 0;
       changeSection(b, ".symtab", [&](Elf64_Shdr &s) { name = s.sh_name; });
       changeSection(b, ".ashlar.meta",
                     [&](Elf64_Shdr &s) { s.sh_name = name; });
     }},
    {"damaged: the weights do not lie before the checksum",
     [](Bytes &b) {
       changeSection(b, ".weights", [](Elf64_Shdr &s) { s.sh_size += 8; });
     }},
    {"damaged: its checksum does not match its contents",
     [](Bytes &b) {
       changeSection(b, ".text.core0", [](Elf64_Shdr &s) { s.sh_flags ^= 1; });
     }},
    {"damaged: the checksum of the weights does not match them",
     [](Bytes &b) {
       uint64_t at = 0;
       changeSection(b, ".weights", [&](Elf64_Shdr &s) { at = s.sh_offset; });
       b[at] ^= 1;
     }},
    {"section .ashlar.meta is not readable",
     [](Bytes &b) {
       changeSection(b, ".ashlar.meta", [](Elf64_Shdr &s) { --s.sh_size; });
       repairChecksum(b);
     }},
    {"the weights end at byte",
     [](Bytes &b) {
       changeSection(b, ".weights", [](Elf64_Shdr &s) { ++s.sh_size; });
       repairChecksum(b);
     }},
};
INSTANTIATE_TEST_SUITE_P(All, DamagedFile, testing::ValuesIn(damages));

//===----------------------------------------------------------------------===//
// The meta section: fields of protobuf that follow a good message are merged
// with it.
//===----------------------------------------------------------------------===//

/// A field whose contents are `text`.
std::string field(unsigned number, const std::string &text) {
  return std::string{char(number << 3 | 2), char(text.size())} + text;
}
/// A field that holds a small number.
std::string field(unsigned number, uint8_t value) {
  return std::string{char(number << 3), char(value)};
}

std::string refusalOf(const std::string &meta) {
  ImageMeta decoded;
  return decodeMeta(reinterpret_cast<const uint8_t *>(meta.data()), meta.size(),
                    /*anyIsa=*/true, decoded);
}

TEST(RefusedMeta, SaysWhy) {
  std::string good = *encodeMeta(sampleContents().meta);
  EXPECT_EQ(refusalOf(good), "");
  std::string cores = field(1, std::string("cores"));
  std::string one = std::string("\x11\0\0\0\0\0\0\xf0\x3f", 9);
  const std::pair<std::string, const char *> cases[] = {
      {good + field(1, 9), "format version 9, this runtime reads version 1"},
      {good + field(4, field(2, cores + one)),
       "machine field 'cores' given twice"},
      {good + field(4, field(2, field(1, std::string("colour")) + one)),
       "unknown machine field 'colour'"},
      {field(1, 1), " is missing"},
      {good + std::string("\x29\1\2\3\4\5\6\7\x08", 9),
       "the machine's fingerprints do not match its fields"},
      {good + field(7, field(2, field(2, 99))), "unknown element type 99"},
      {good + field(7, field(2, field(5, 9))), "tensor '': unknown region 9"},
      {good + field(9, field(2, field(1, 100) + field(5, 127))), ""},
      {good + field(9, field(2, std::string("\x08\xff\x7f", 3))),
       "a debug range of 1 cores from core 16383, expected at most 255"},
  };
  for (const auto &[meta, message] : cases)
    EXPECT_THAT(refusalOf(meta), HasSubstr(message));
}

//===----------------------------------------------------------------------===//
// Sizes that nothing can hold
//===----------------------------------------------------------------------===//

TEST(TooLarge, TextBeyondBranchOffsets) {
  ImageContents contents = sampleContents();
  EXPECT_EQ(validateMeta(contents.meta, {uint64_t(INT32_MAX) + 1, 1}, 1 << 20),
            "the text of core 0 is too long for branch offsets");
}

TEST(TooLarge, MetaData) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "takes ten seconds";
#endif
  auto write = [](const ImageContents &contents) {
    return writeImage(contents, [](const void *, size_t) { return true; });
  };
  const char *tooLarge = "the image's meta data are larger than 64 MiB";
  ImageContents contents = sampleContents();
  contents.meta.debug.nodes[1].name.assign(maxMetaBytes, 'x');
  EXPECT_EQ(write(contents), tooLarge);
  // Here its name is there once for all cores, but each has a symbol.
  contents = sampleContents();
  contents.meta.entries[0].name.assign(maxMetaBytes / 2, 'x');
  EXPECT_EQ(write(contents), tooLarge);
}

TEST(TooLarge, CopyOfWhatIsNotAligned) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "its allocator does not fail";
#endif
  Bytes bytes = sampleBytes();
  std::string error;
  EXPECT_FALSE(
      Image::openMemory(bytes.data() + 1, uint64_t(1) << 62, nullptr, error));
  EXPECT_EQ(error, "out of memory");
}

} // namespace
