//===- ElfLayout.h - How an image lies in an ELF file -----------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ELF header, section headers, .text.core<N>, .ashlar.meta, .symtab, .strtab,
// .shstrtab, .weights, .ashlar.check: in this order, weights on a page boundary
// so that they can be mapped. The headers come first and the checksum last, so
// that a truncated file is known by its headers.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_ELFLAYOUT_H
#define ASHLAR_RUNTIME_IMAGE_ELFLAYOUT_H

#include <cstdint>
#include <string>

namespace ashlar::runtime {

/// ELF's number for our machine: none that the registry has assigned (those
/// are small), nor one of the unofficial ones that binutils knows.
constexpr uint16_t elfMachineAshlar = 0xA51A;

constexpr char metaSectionName[] = ".ashlar.meta";
constexpr char weightsSectionName[] = ".weights";
constexpr char checkSectionName[] = ".ashlar.check";
inline std::string textSectionName(uint32_t core) {
  return ".text.core" + std::to_string(core);
}

constexpr uint64_t weightsAlignment = 4096;
/// Sections other than the weights.
constexpr uint64_t sectionAlignment = 64;

/// Address of a word of text in section headers and symbols: cores do not
/// overlap, as in the machine's own addresses.
constexpr uint64_t textAddress(uint32_t core, uint64_t word) {
  return (uint64_t{core} << 40) + word * 8;
}

/// Contents of .ashlar.check: CRC-32 (as in zlib) of everything before it but
/// the weights, and of the weights. Little endian, as everything is.
struct CheckSection {
  uint32_t crcRest = 0;
  uint32_t crcWeights = 0;
};

/// The host must be little endian too: sections are used where they lie.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_ELFLAYOUT_H
