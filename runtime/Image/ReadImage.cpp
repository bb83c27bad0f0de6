//===- ReadImage.cpp - From an image file to checked contents -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElfLayout.h"
#include "Image/Image.h"
#include "MetaCodec.h"
#include "Timing/MachineFields.h"
#include "Validate.h"

#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ashlar::runtime {

/// Reads one image. Every step returns false with `error` set at the first
/// thing that is wrong.
class ImageReader {
public:
  ImageReader(const uint8_t *data, uint64_t bytes,
              const Image::Options &options)
      : data(data), bytes(bytes), options(options), image(new Image()) {}

  bool read();
  std::string error;
  std::shared_ptr<Image> take(std::shared_ptr<const void> owner) {
    image->owner = std::move(owner);
    return std::move(image);
  }

private:
  bool fail(std::string message) {
    error = std::move(message);
    return false;
  }
  bool checkHeader();
  bool readSections();
  bool addSection(const std::string &name, const GElf_Shdr &header);
  bool checkSums();

  const uint8_t *data;
  uint64_t bytes;
  Image::Options options;
  std::shared_ptr<Image> image;
  const uint8_t *metaData = nullptr;
  uint64_t metaBytes = 0;
  const uint8_t *checkData = nullptr;
};

} // namespace ashlar::runtime

using namespace ashlar::runtime;

bool ImageReader::checkHeader() {
  Elf64_Ehdr header;
  if (bytes < sizeof header)
    return fail("not an image: only " + std::to_string(bytes) + " bytes");
  memcpy(&header, data, sizeof header);
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return fail("not an image: it does not begin as an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != elfMachineAshlar)
    return fail("not an image: an ELF file of another machine");
  if (header.e_flags != imageFormatVersion)
    return fail("format version " + std::to_string(header.e_flags) +
                ", this runtime reads version " +
                std::to_string(imageFormatVersion));
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 ||
      header.e_shstrndx >= header.e_shnum ||
      header.e_shoff != sizeof(Elf64_Ehdr))
    return fail("damaged: its ELF header is not one that the compiler writes");
  if (header.e_shoff + uint64_t{header.e_shnum} * sizeof(Elf64_Shdr) > bytes)
    return fail("truncated: the section headers are cut off");
  return true;
}

bool ImageReader::addSection(const std::string &name, const GElf_Shdr &header) {
  if (header.sh_type == SHT_NOBITS || header.sh_size > bytes ||
      header.sh_offset > bytes - header.sh_size)
    return fail("truncated: section " + name + " ends at byte " +
                std::to_string(header.sh_offset + header.sh_size) +
                ", the file at " + std::to_string(bytes));
  const uint8_t *begin = data + header.sh_offset;
  image->sectionList.push_back({name, header.sh_offset, header.sh_size});
  size_t core = image->textWords.size();
  if (name == textSectionName(static_cast<uint32_t>(core))) {
    if (header.sh_size % 8 != 0)
      return fail("damaged: section " + name + " has " +
                  std::to_string(header.sh_size) +
                  " bytes, not a multiple of 8");
    std::vector<uint64_t> words(header.sh_size / 8);
    if (!words.empty())
      memcpy(words.data(), begin, header.sh_size);
    image->textWords.push_back(std::move(words));
    return true;
  }
  if (name == metaSectionName && !metaData) {
    metaData = begin;
    metaBytes = header.sh_size;
    return true;
  }
  if (name == weightsSectionName && !image->weightsData) {
    if (header.sh_offset % sectionAlignment != 0)
      return fail("damaged: section .weights is not aligned");
    image->weightsData = begin;
    image->weightsSize = header.sh_size;
    return true;
  }
  if (name == checkSectionName && !checkData) {
    if (header.sh_size != sizeof(CheckSection) ||
        header.sh_offset + header.sh_size != bytes)
      return fail("damaged: the checksum does not end the file");
    checkData = begin;
    return true;
  }
  if (name == ".symtab" || name == ".strtab" || name == ".shstrtab")
    return true;
  return fail("damaged: unexpected section '" + name + "'");
}

bool ImageReader::readSections() {
  struct Close {
    void operator()(Elf *elf) const { elf_end(elf); }
  };
  elf_version(EV_CURRENT);
  // libelf only reads: the file's byte order is the host's.
  std::unique_ptr<Elf, Close> elf(
      elf_memory(reinterpret_cast<char *>(const_cast<uint8_t *>(data)), bytes));
  size_t count = 0, names = 0;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF ||
      elf_getshdrnum(elf.get(), &count) != 0 ||
      elf_getshdrstrndx(elf.get(), &names) != 0)
    return fail("damaged: its ELF header is not readable");
  for (size_t i = 1; i < count; ++i) {
    Elf_Scn *section = elf_getscn(elf.get(), i);
    GElf_Shdr header;
    const char *name = nullptr;
    if (section && gelf_getshdr(section, &header))
      name = elf_strptr(elf.get(), names, header.sh_name);
    if (!name)
      return fail("damaged or truncated: section header " + std::to_string(i) +
                  " is not readable");
    if (!addSection(name, header))
      return false;
  }
  if (!metaData || !image->weightsData || !checkData)
    return fail("damaged: a section is missing");
  return true;
}

static uint32_t sum(uint32_t crc, const uint8_t *begin, const uint8_t *end) {
  return static_cast<uint32_t>(
      crc32_z(crc, begin, static_cast<size_t>(end - begin)));
}

bool ImageReader::checkSums() {
  CheckSection check;
  memcpy(&check, checkData, sizeof check);
  const uint8_t *weightsEnd = image->weightsData + image->weightsSize;
  if (weightsEnd > checkData)
    return fail("damaged: the weights do not lie before the checksum");
  uint32_t rest = sum(0, data, image->weightsData);
  rest = sum(rest, weightsEnd, checkData);
  if (rest != check.crcRest)
    return fail("damaged: its checksum does not match its contents");
  if (options.checkWeights &&
      sum(0, image->weightsData, weightsEnd) != check.crcWeights)
    return fail("damaged: the checksum of the weights does not match them");
  return true;
}

bool ImageReader::read() {
  image->fileSize = bytes;
  if (!checkHeader() || !readSections() || !checkSums())
    return false;
  error = decodeMeta(metaData, metaBytes, options.anyIsa, image->metaData);
  if (!error.empty())
    return false;
  std::vector<uint64_t> textWords;
  for (const std::vector<uint64_t> &words : image->textWords)
    textWords.push_back(words.size());
  error = validateMeta(image->metaData, textWords, image->weightsSize);
  if (!error.empty())
    error = "invalid: " + error;
  return error.empty();
}

//===----------------------------------------------------------------------===//
// Image
//===----------------------------------------------------------------------===//

std::shared_ptr<const Image> Image::open(const std::string &path,
                                         std::string &error,
                                         const Options &options) {
  auto systemError = [&]() -> std::shared_ptr<const Image> {
    error = "cannot read '" + path + "': " + strerror(errno);
    return nullptr;
  };
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return systemError();
  struct stat status;
  bool known = fstat(file, &status) == 0;
  if (!known || !S_ISREG(status.st_mode) || status.st_size == 0) {
    int saved = errno;
    close(file);
    errno = saved;
    if (!known)
      return systemError();
    error = "cannot read '" + path + "': " +
            (S_ISREG(status.st_mode) ? "it is empty" : "it is no regular file");
    return nullptr;
  }
  size_t bytes = static_cast<size_t>(status.st_size);
  void *mapped = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  int saved = errno;
  close(file);
  errno = saved;
  if (mapped == MAP_FAILED)
    return systemError();
  std::shared_ptr<const void> owner(
      mapped, [bytes](const void *p) { munmap(const_cast<void *>(p), bytes); });
  std::shared_ptr<const Image> image =
      openMemory(static_cast<const uint8_t *>(mapped), bytes, std::move(owner),
                 error, options);
  if (!image)
    error = "'" + path + "': " + error;
  return image;
}

std::shared_ptr<const Image> Image::open(const std::string &path,
                                         std::string &error) {
  return open(path, error, Options());
}

std::shared_ptr<const Image>
Image::openMemory(const uint8_t *data, size_t bytes,
                  std::shared_ptr<const void> owner, std::string &error,
                  const Options &options) {
  if (reinterpret_cast<uintptr_t>(data) % sectionAlignment != 0) {
    // Sections are used where they lie, so the copy must be aligned.
    void *copy = nullptr;
    if (posix_memalign(&copy, sectionAlignment, std::max<size_t>(bytes, 1))) {
      error = "out of memory";
      return nullptr;
    }
    memcpy(copy, data, bytes);
    owner = std::shared_ptr<const void>(
        copy, [](const void *p) { free(const_cast<void *>(p)); });
    data = static_cast<const uint8_t *>(copy);
  }
  ImageReader reader(data, bytes, options);
  if (!reader.read()) {
    error = reader.error;
    return nullptr;
  }
  return reader.take(std::move(owner));
}

std::shared_ptr<const Image>
Image::openMemory(const uint8_t *data, size_t bytes,
                  std::shared_ptr<const void> owner, std::string &error) {
  return openMemory(data, bytes, std::move(owner), error, Options());
}

uint64_t Image::functionalFingerprint() const {
  return runtime::functionalFingerprint(metaData.machine);
}

uint64_t Image::timingFingerprint() const {
  return runtime::timingFingerprint(metaData.machine);
}

const EntryPoint *Image::findEntry(std::string_view name) const {
  if (name.empty())
    return &metaData.entries.front();
  for (const EntryPoint &entry : metaData.entries)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

const DebugMap::Node *Image::findNode(uint32_t core, uint64_t word) const {
  const std::vector<DebugMap::Range> &ranges = metaData.debug.ranges;
  auto after =
      std::upper_bound(ranges.begin(), ranges.end(), std::pair(core, word),
                       [](const std::pair<uint32_t, uint64_t> &at,
                          const DebugMap::Range &range) {
                         return at < std::pair(range.core, range.first);
                       });
  if (after == ranges.begin())
    return nullptr;
  const DebugMap::Range &range = *std::prev(after);
  if (range.core != core || word - range.first >= range.count)
    return nullptr;
  return &metaData.debug.nodes[range.node];
}

ImageContents Image::contents() const {
  ImageContents contents;
  contents.meta = metaData;
  contents.text = textWords;
  for (const WeightInfo &weight : metaData.weights)
    contents.weightData.push_back(
        {weightsData + weight.offset, weight.bytes, owner});
  return contents;
}
