//===- Macro.cpp - Macros as text -----------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Macro.h"
#include <algorithm>

namespace ashlar::runtime {

std::vector<std::string> splitArguments(std::string_view text) {
  std::vector<std::string> result;
  auto add = [&](std::string_view part) {
    size_t start = std::min(part.find_first_not_of(" \t\r"), part.size());
    size_t end = part.find_last_not_of(" \t\r");
    result.emplace_back(end == std::string_view::npos
                            ? ""
                            : part.substr(start, end - start + 1));
  };
  int depth = 0;
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"')
      quoted = !quoted;
    if (quoted)
      continue;
    depth += c == '(';
    depth -= c == ')';
    if (c != ',' || depth > 0)
      continue;
    add(text.substr(start, i - start));
    start = i + 1;
  }
  add(text.substr(start));
  if (result.size() == 1 && result[0].empty())
    result.clear();
  return result;
}

std::string substitute(const std::string &text, const Macro &macro,
                       const std::vector<std::string> &arguments,
                       uint64_t serial) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i++];
      continue;
    }
    if (text[i + 1] == '@') {
      result += std::to_string(serial);
      i += 2;
      continue;
    }
    // The longest parameter that matches, so that `\ab` is not `\a` and a `b`.
    size_t best = macro.parameters.size();
    for (size_t p = 0; p < macro.parameters.size(); ++p)
      if (text.compare(i + 1, macro.parameters[p].size(),
                       macro.parameters[p]) == 0 &&
          (best == macro.parameters.size() ||
           macro.parameters[p].size() > macro.parameters[best].size()))
        best = p;
    if (best == macro.parameters.size()) {
      result += text[i++];
      continue;
    }
    result += arguments[best];
    i += 1 + macro.parameters[best].size();
    if (result.size() > maxLineBytes)
      break; // Refused as a line that is too long.
  }
  return result;
}

std::shared_ptr<Lines> splitLines(std::string_view source) {
  auto lines = std::make_shared<Lines>();
  uint32_t number = 1;
  for (size_t start = 0; start < source.size(); ++number) {
    size_t end = std::min(source.find('\n', start), source.size());
    lines->push_back({std::string(source.substr(start, end - start)), number});
    start = end + 1;
  }
  return lines;
}

} // namespace ashlar::runtime
