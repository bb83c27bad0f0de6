//===- Messages.h - What goes to standard error -----------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_ASHLAR_MESSAGES_H
#define ASHLAR_TOOLS_ASHLAR_MESSAGES_H

#include <string>

namespace ashlar::tool {

/// Prints a line to standard error. Bytes of foreign names that are not UTF-8,
/// and control characters, are escaped (\xff).
void printError(const std::string &line);

} // namespace ashlar::tool

#endif // ASHLAR_TOOLS_ASHLAR_MESSAGES_H
