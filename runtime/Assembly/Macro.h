//===- Macro.h - Macros as text -------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ASSEMBLY_MACRO_H
#define ASHLAR_RUNTIME_ASSEMBLY_MACRO_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::runtime {

/// Longer lines are refused.
constexpr size_t maxLineBytes = 1 << 20;

struct Line {
  std::string text;
  uint32_t number; // in the source, from 1
};
using Lines = std::vector<Line>;

/// The lines of a source, numbered from 1.
std::shared_ptr<Lines> splitLines(std::string_view source);

struct Macro {
  std::vector<std::string> parameters;
  std::shared_ptr<const Lines> body;
};

/// Splits at commas outside of brackets and quotes, and trims.
std::vector<std::string> splitArguments(std::string_view text);

/// A line of a macro's body with its arguments, as many as parameters, in
/// place. `serial` stands for `\@`. Stops early when the result is too long.
std::string substitute(const std::string &text, const Macro &macro,
                       const std::vector<std::string> &arguments,
                       uint64_t serial);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ASSEMBLY_MACRO_H
