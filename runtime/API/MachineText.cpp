//===- MachineText.cpp - "field=value" lists ------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineText.h"

#include "Timing/MachineFields.h"

#include <cstdlib>

using namespace ashlar::runtime;

std::string ashlar::runtime::applyMachineText(std::string_view text,
                                              Machine &machine) {
  while (!text.empty()) {
    std::string item(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    size_t equals = item.find('=');
    if (equals == std::string::npos)
      return "'" + item + "' is not of the form field=value";
    std::string name = item.substr(0, equals), number = item.substr(equals + 1);
    const MachineField *field = findMachineField(name);
    if (!field)
      return "there is no machine field '" + name + "'";
    char *end = nullptr;
    double value = strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0')
      return "machine field '" + name + "': '" + number + "' is no number";
    if (std::optional<std::string> why = checkFieldValue(*field, value))
      return "machine field '" + name + "' " + *why;
    field->set(machine, value);
  }
  return {};
}
