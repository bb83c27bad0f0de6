//===- RepairChecksum.h - Damage that the checksum does not show ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_IMAGE_REPAIRCHECKSUM_H
#define ASHLAR_TEST_UNIT_IMAGE_REPAIRCHECKSUM_H

#include <elf.h>
#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace ashlar::runtime {

/// Replaces the checksum by the one of the bytes as they are, where the headers
/// still say where the weights lie.
inline void repairChecksum(std::vector<uint8_t> &bytes) {
  Elf64_Ehdr header;
  if (bytes.size() < sizeof header + 8)
    return;
  memcpy(&header, bytes.data(), sizeof header);
  uint64_t weights = bytes.size() - 8, weightsEnd = weights;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    uint64_t at = sizeof header + i * sizeof section;
    if (at + sizeof section > bytes.size())
      return;
    memcpy(&section, bytes.data() + at, sizeof section);
    // The last section but one holds the weights.
    if (i + 2 == header.e_shnum && section.sh_offset <= bytes.size() - 8 &&
        section.sh_size <= bytes.size() - 8 - section.sh_offset) {
      weights = section.sh_offset;
      weightsEnd = weights + section.sh_size;
    }
  }
  uint32_t check[2];
  check[0] = static_cast<uint32_t>(crc32_z(0, bytes.data(), weights));
  check[0] = static_cast<uint32_t>(crc32_z(check[0], bytes.data() + weightsEnd,
                                           bytes.size() - 8 - weightsEnd));
  check[1] = static_cast<uint32_t>(
      crc32_z(0, bytes.data() + weights, weightsEnd - weights));
  memcpy(bytes.data() + bytes.size() - 8, check, 8);
}

} // namespace ashlar::runtime

#endif // ASHLAR_TEST_UNIT_IMAGE_REPAIRCHECKSUM_H
