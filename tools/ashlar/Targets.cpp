//===- Targets.cpp - ashlar targets ---------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"

#include "ashlar/Machine/Machine.h"

#include "llvm/ADT/STLExtras.h"

#include <memory>

using namespace ashlar;
using namespace ashlar::tool;

static int runTargets(const std::string &name) {
  std::string text;
  if (name.empty()) {
    text = presetTable();
  } else if (llvm::is_contained(presetNames(), name)) {
    text = presetText(name).str();
  } else {
    llvm::Expected<runtime::Machine> machine = loadMachine(name);
    if (!machine)
      return fail(llvm::toString(machine.takeError()));
    text = printMachine(*machine);
  }
  std::string error = writeText("-", text);
  return error.empty() ? Done : fail(error);
}

void ashlar::tool::addTargets(CLI::App &app, Action &action) {
  auto name = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand(
      "targets", "List the presets, or print one as a target file");
  command->add_option("NAME", *name, "A preset, or a target file to check");
  command->callback(
      [=, &action] { action = [name] { return runTargets(*name); }; });
}
