//===- PrintMachine.cpp - Machines to target files ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Keys.h"
#include "ashlar/Machine/Machine.h"

#include "llvm/Support/raw_ostream.h"

using namespace ashlar;
using namespace ashlar::machine;

std::string ashlar::printMachine(const runtime::Machine &machine) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "name: " << machine.name << "\n";
  llvm::StringRef section;
  for (const Key &key : allKeys()) {
    if (key.section != section) {
      section = key.section;
      os << "\n" << section << ":\n";
    }
    const runtime::MachineField *field =
        runtime::findMachineField({key.field.data(), key.field.size()});
    os << "  " << key.name << ": "
       << printValue(field->get(machine), key.unit, machine.clockGHz) << "\n";
  }
  return text;
}
