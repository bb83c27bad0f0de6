//===- DirectiveOperands.cpp - Operands of directives ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageDirectives.h"

using namespace ashlar::runtime;

std::optional<uint64_t> ashlar::runtime::parseUnsigned(LineParser &line) {
  const Token at = line.peek();
  std::optional<int64_t> value = line.parseInteger();
  if (!value)
    return std::nullopt;
  if (*value < 0) {
    line.error(at, "expected a number that is not negative");
    return std::nullopt;
  }
  return static_cast<uint64_t>(*value);
}

bool ashlar::runtime::parseType(LineParser &line, DataType &type) {
  const Token at = line.peek();
  std::optional<std::string> name = line.parseIdentifier("an element type");
  if (!name)
    return false;
  return parseDataType(*name, type) ||
         line.error(at, "unknown element type '" + *name + "'");
}

bool ashlar::runtime::parseShape(LineParser &line,
                                 std::vector<int64_t> &shape) {
  return parseList(line, [&] {
    std::optional<uint64_t> size = parseUnsigned(line);
    if (size)
      shape.push_back(static_cast<int64_t>(*size));
    return size.has_value();
  });
}
