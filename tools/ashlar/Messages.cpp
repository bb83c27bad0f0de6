//===- Messages.cpp - What goes to standard error -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Messages.h"

#include "llvm/Support/ConvertUTF.h"

#include <cstdio>
#include <string_view>

/// Length of the printable UTF-8 sequence at the start of `text`; 0 if there is
/// none.
static size_t printableLength(std::string_view text) {
  unsigned char first = static_cast<unsigned char>(text[0]);
  if (first < 0x80)
    return (first >= 0x20 && first != 0x7f) || first == '\n' || first == '\t';
  size_t length = llvm::getNumBytesForUTF8(first);
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data());
  bool legal =
      length <= text.size() && llvm::isLegalUTF8Sequence(begin, begin + length);
  return legal ? length : 0;
}

void ashlar::tool::printError(const std::string &line) {
  std::string text;
  for (std::string_view rest = line; !rest.empty();) {
    size_t length = printableLength(rest);
    if (length == 0) {
      char escaped[8];
      snprintf(escaped, sizeof escaped, "\\x%02x",
               static_cast<unsigned>(static_cast<unsigned char>(rest[0])));
      text += escaped;
      length = 1;
    } else {
      text += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  fprintf(stderr, "%s\n", text.c_str());
}
