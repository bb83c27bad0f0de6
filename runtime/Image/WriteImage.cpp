//===- WriteImage.cpp - From contents to an image file --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElfLayout.h"
#include "Image/Image.h"
#include "MetaCodec.h"
#include "Validate.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace ashlar::runtime;

namespace {

/// A string table under construction.
class StringTable {
public:
  uint32_t add(const std::string &text) {
    uint32_t offset = static_cast<uint32_t>(bytes.size());
    bytes.append(text).push_back('\0');
    return offset;
  }
  const std::string &data() const { return bytes; }

private:
  std::string bytes = std::string(1, '\0');
};

/// Section headers and the small sections, complete before the first byte is
/// written; weights and checksum are streamed behind.
struct Layout {
  std::vector<Elf64_Shdr> headers;
  std::vector<Elf64_Sym> symbols;
  StringTable symbolNames, sectionNames;
  std::string meta;
  std::vector<uint32_t> sameText; ///< by core
  uint32_t firstGlobal = 0;
  uint64_t weightsOffset = 0, weightsBytes = 0;
  uint64_t checkOffset = 0;
};

} // namespace

static uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

/// For each core the first one whose text has the same words: it is written
/// once.
static std::vector<uint32_t> findSameTexts(const ImageContents &contents) {
  std::vector<uint32_t> first(contents.text.size());
  for (uint32_t core = 0; core < first.size(); ++core) {
    first[core] = core;
    for (uint32_t other = core; other-- > 0;)
      if (first[other] == other && contents.text[other] == contents.text[core])
        first[core] = other;
  }
  return first;
}

static void buildSymbols(const ImageContents &contents, uint16_t weightsIndex,
                         Layout &layout) {
  layout.symbols.push_back({});
  auto add = [&](const std::string &name, unsigned bind, unsigned type,
                 uint16_t section, uint64_t value, uint64_t size) {
    Elf64_Sym symbol = {};
    symbol.st_name = layout.symbolNames.add(name);
    symbol.st_info = ELF64_ST_INFO(bind, type);
    symbol.st_shndx = section;
    symbol.st_value = value;
    symbol.st_size = size;
    layout.symbols.push_back(symbol);
  };
  // Section 0 is ELF's null section; core N's text is section N + 1.
  for (const DebugMap::Range &range : contents.meta.debug.ranges) {
    if (layout.sameText[range.core] != range.core)
      continue;
    const DebugMap::Node &node = contents.meta.debug.nodes[range.node];
    add(node.name.empty() ? node.op : node.name, STB_LOCAL, STT_FUNC,
        static_cast<uint16_t>(range.core + 1),
        textAddress(range.core, range.first), range.count * 8);
  }
  for (const WeightInfo &weight : contents.meta.weights)
    add(weight.name, STB_LOCAL, STT_OBJECT, weightsIndex, weight.offset,
        weight.bytes);
  layout.firstGlobal = static_cast<uint32_t>(layout.symbols.size());
  for (const EntryPoint &entry : contents.meta.entries)
    for (uint32_t core = 0; core < entry.coreStart.size(); ++core)
      add(entry.name + "@core" + std::to_string(core), STB_GLOBAL, STT_NOTYPE,
          static_cast<uint16_t>(core + 1),
          textAddress(core, entry.coreStart[core]), 0);
}

static Layout buildLayout(const ImageContents &contents, std::string meta) {
  Layout layout;
  size_t cores = contents.text.size();
  uint16_t metaIndex = static_cast<uint16_t>(cores + 1);
  uint16_t weightsIndex = metaIndex + 4;
  layout.meta = std::move(meta);
  layout.sameText = findSameTexts(contents);
  buildSymbols(contents, weightsIndex, layout);

  size_t sections = cores + 7;
  uint64_t offset = sizeof(Elf64_Ehdr) + sections * sizeof(Elf64_Shdr);
  layout.headers.push_back({});
  auto add = [&](const std::string &name, uint32_t type, uint64_t flags,
                 uint64_t bytes, uint64_t alignment) -> Elf64_Shdr & {
    offset = alignUp(offset, alignment);
    Elf64_Shdr header = {};
    header.sh_name = layout.sectionNames.add(name);
    header.sh_type = type;
    header.sh_flags = flags;
    header.sh_offset = offset;
    header.sh_size = bytes;
    header.sh_addralign = alignment;
    offset += bytes;
    layout.headers.push_back(header);
    return layout.headers.back();
  };
  for (uint32_t core = 0; core < cores; ++core) {
    uint32_t same = layout.sameText[core];
    uint64_t bytes = contents.text[core].size() * 8;
    Elf64_Shdr &header =
        add(textSectionName(core), SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
            same == core ? bytes : 0, sectionAlignment);
    header.sh_addr = textAddress(core, 0);
    header.sh_size = bytes;
    if (same != core)
      header.sh_offset = layout.headers[same + 1].sh_offset;
  }
  add(metaSectionName, SHT_PROGBITS, 0, layout.meta.size(), sectionAlignment);
  Elf64_Shdr &symtab =
      add(".symtab", SHT_SYMTAB, 0, layout.symbols.size() * sizeof(Elf64_Sym),
          sectionAlignment);
  symtab.sh_entsize = sizeof(Elf64_Sym);
  symtab.sh_link = metaIndex + 2u;
  symtab.sh_info = layout.firstGlobal;
  add(".strtab", SHT_STRTAB, 0, layout.symbolNames.data().size(), 1);
  // Its own name and the two that follow are part of its size.
  uint64_t namesBytes = layout.sectionNames.data().size() + sizeof ".shstrtab" +
                        sizeof weightsSectionName + sizeof checkSectionName;
  add(".shstrtab", SHT_STRTAB, 0, namesBytes, 1);
  if (!contents.meta.weights.empty())
    layout.weightsBytes = contents.meta.weights.back().offset +
                          contents.meta.weights.back().bytes;
  layout.weightsOffset = add(weightsSectionName, SHT_PROGBITS, SHF_ALLOC,
                             layout.weightsBytes, weightsAlignment)
                             .sh_offset;
  layout.checkOffset =
      add(checkSectionName, SHT_PROGBITS, 0, sizeof(CheckSection), 8).sh_offset;
  return layout;
}

static Elf64_Ehdr fileHeader(size_t cores) {
  Elf64_Ehdr header = {};
  memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_ident[EI_OSABI] = ELFOSABI_STANDALONE;
  header.e_type = ET_EXEC;
  header.e_machine = elfMachineAshlar;
  header.e_version = EV_CURRENT;
  header.e_shoff = sizeof(Elf64_Ehdr);
  header.e_flags = imageFormatVersion;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<uint16_t>(cores + 7);
  header.e_shstrndx = static_cast<uint16_t>(cores + 4);
  return header;
}

namespace {
/// Counts and sums what goes out.
class Sink {
public:
  explicit Sink(const std::function<bool(const void *, size_t)> &write)
      : write(write) {}

  bool put(const void *data, uint64_t bytes, uint32_t &crc) {
    crc = static_cast<uint32_t>(
        crc32_z(crc, static_cast<const Bytef *>(data), bytes));
    position += bytes;
    return bytes == 0 || write(data, bytes);
  }
  bool zerosTo(uint64_t end, uint32_t &crc) {
    static const uint8_t zeros[4096] = {};
    while (position < end)
      if (!put(zeros, std::min<uint64_t>(sizeof zeros, end - position), crc))
        return false;
    return true;
  }

private:
  const std::function<bool(const void *, size_t)> &write;
  uint64_t position = 0;
};
} // namespace

static bool writeAll(const ImageContents &contents, const Layout &layout,
                     Sink &sink) {
  CheckSection check;
  uint32_t &rest = check.crcRest;
  Elf64_Ehdr header = fileHeader(contents.text.size());
  if (!sink.put(&header, sizeof header, rest) ||
      !sink.put(layout.headers.data(),
                layout.headers.size() * sizeof(Elf64_Shdr), rest))
    return false;
  size_t section = 1;
  auto put = [&](const void *data, uint64_t bytes) {
    return sink.zerosTo(layout.headers[section++].sh_offset, rest) &&
           sink.put(data, bytes, rest);
  };
  for (uint32_t core = 0; core < contents.text.size(); ++core) {
    const std::vector<uint64_t> &words = contents.text[core];
    if (layout.sameText[core] != core)
      ++section;
    else if (!put(words.data(), words.size() * 8))
      return false;
  }
  const std::string &names = layout.symbolNames.data();
  const std::string &sections = layout.sectionNames.data();
  if (!put(layout.meta.data(), layout.meta.size()) ||
      !put(layout.symbols.data(), layout.symbols.size() * sizeof(Elf64_Sym)) ||
      !put(names.data(), names.size()) ||
      !put(sections.data(), sections.size()) ||
      !sink.zerosTo(layout.weightsOffset, rest))
    return false;
  for (size_t i = 0; i < contents.weightData.size(); ++i)
    if (!sink.zerosTo(layout.weightsOffset + contents.meta.weights[i].offset,
                      check.crcWeights) ||
        !sink.put(contents.weightData[i].data, contents.weightData[i].bytes,
                  check.crcWeights))
      return false;
  uint32_t unused = 0;
  return sink.zerosTo(layout.checkOffset, rest) &&
         sink.put(&check, sizeof check, unused);
}

std::string ashlar::runtime::writeImage(
    const ImageContents &contents,
    const std::function<bool(const void *, size_t)> &write) {
  if (contents.weightData.size() != contents.meta.weights.size())
    return "internal error: " + std::to_string(contents.weightData.size()) +
           " weights' data for " +
           std::to_string(contents.meta.weights.size()) + " weights";
  uint64_t weightsBytes = 0;
  for (size_t i = 0; i < contents.weightData.size(); ++i) {
    const WeightInfo &weight = contents.meta.weights[i];
    if (contents.weightData[i].bytes != weight.bytes)
      return "internal error: weight '" + weight.name + "' has " +
             std::to_string(contents.weightData[i].bytes) +
             " bytes of data, expected " + std::to_string(weight.bytes);
    weightsBytes = weight.offset + weight.bytes;
  }
  std::vector<uint64_t> textWords;
  for (const std::vector<uint64_t> &words : contents.text)
    textWords.push_back(words.size());
  if (std::string error = validateMeta(contents.meta, textWords, weightsBytes);
      !error.empty())
    return error;
  const std::string tooLarge = "the image's meta data are larger than 64 MiB";
  std::optional<std::string> meta = encodeMeta(contents.meta);
  if (!meta)
    return tooLarge;
  Layout layout = buildLayout(contents, std::move(*meta));
  if (layout.symbolNames.data().size() > maxMetaBytes)
    return tooLarge;
  Sink sink(write);
  return writeAll(contents, layout, sink) ? "" : "cannot write";
}

std::string ashlar::runtime::writeImageBytes(const ImageContents &contents,
                                             std::vector<uint8_t> &bytes) {
  bytes.clear();
  return writeImage(contents, [&](const void *data, size_t size) {
    const uint8_t *begin = static_cast<const uint8_t *>(data);
    bytes.insert(bytes.end(), begin, begin + size);
    return true;
  });
}

static bool writeFully(int file, const void *data, size_t bytes) {
  const char *at = static_cast<const char *>(data);
  while (bytes != 0) {
    ssize_t done = ::write(file, at, std::min<size_t>(bytes, 1u << 30));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return false;
    at += done;
    bytes -= static_cast<size_t>(done);
  }
  return true;
}

std::string ashlar::runtime::writeImageFile(const ImageContents &contents,
                                            const std::string &path) {
  auto systemError = [&] {
    return "cannot write '" + path + "': " + strerror(errno);
  };
  // Devices and pipes (/dev/null, /dev/stdout) are written as they are.
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0)
      return systemError();
    std::string error = writeImage(contents, [&](const void *data, size_t n) {
      return writeFully(file, data, n);
    });
    close(file);
    return error.empty() ? error : path + ": " + error;
  }
  std::string temporary = path + ".XXXXXX";
  int file = mkstemp(temporary.data());
  if (file < 0)
    return systemError();
  mode_t mask = umask(0);
  umask(mask);
  fchmod(file, 0666 & ~mask);
  int writeErrno = 0;
  std::string error = writeImage(contents, [&](const void *data, size_t n) {
    if (writeFully(file, data, n))
      return true;
    writeErrno = errno;
    return false;
  });
  if (close(file) != 0 && error.empty()) {
    writeErrno = errno;
    error = "cannot write";
  }
  if (error.empty() && rename(temporary.c_str(), path.c_str()) == 0)
    return {};
  int renameErrno = errno;
  unlink(temporary.c_str());
  if (!error.empty() && writeErrno == 0)
    return path + ": " + error;
  errno = writeErrno != 0 ? writeErrno : renameErrno;
  return systemError();
}
