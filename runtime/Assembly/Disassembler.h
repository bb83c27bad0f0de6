//===- Disassembler.h - Words to assembly text ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ASSEMBLY_DISASSEMBLER_H
#define ASHLAR_RUNTIME_ASSEMBLY_DISASSEMBLER_H

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace ashlar::runtime {

/// One word as assembly. With `pc` (the word's index in its text) branch
/// targets are indices, without it they are relative (`. + 3`). A head that has
/// payload ends in
/// `{ ... }`. Malformed words become `.word 0x...`.
std::string disassemble(uint64_t word,
                        std::optional<uint64_t> pc = std::nullopt);

struct DisassemblyOptions {
  /// Names of words, besides the labels `L<index>` that branches need.
  std::map<uint64_t, std::string> labels;
  /// Lines to put before a word (each should be a comment and end in a
  /// newline).
  std::function<std::string(uint64_t index)> annotate;
  /// Adds the index and the bits of each word as a comment.
  bool showWords = false;
};

/// A whole text; assembling the result gives the same words, whatever they are.
std::string disassembleText(std::span<const uint64_t> words,
                            const DisassemblyOptions &options = {});

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ASSEMBLY_DISASSEMBLER_H
