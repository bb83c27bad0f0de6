//===- Commands.h - The subcommands of ashlar -------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each subcommand has a file: it declares its flags on `app` and stores what to
// do in `action`, which main calls when the command line has been read. Actions
// return the process's exit code.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_ASHLAR_COMMANDS_H
#define ASHLAR_TOOLS_ASHLAR_COMMANDS_H

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace ashlar::runtime {
struct Outcome;
} // namespace ashlar::runtime

namespace ashlar::tool {

/// What the shell gets (docs/cli.md).
enum ExitCode : int {
  Done = 0,
  OutputsDiffer = 1,
  BadUsage = 2, // or unreadable input
  Unsupported = 3,
  DoesNotFit = 4,
  Trapped = 5,
};

using Action = std::function<int()>;

void addCompile(CLI::App &app, Action &action);
void addRun(CLI::App &app, Action &action);
void addVerify(CLI::App &app, Action &action);
void addInspect(CLI::App &app, Action &action);
void addTargets(CLI::App &app, Action &action);

/// Prints "ashlar: error: ..." to standard error and returns `code`.
int fail(const std::string &message, ExitCode code = BadUsage);

/// The same for a session that could not be opened, or its run, whose traps
/// have a code of their own.
int fail(const runtime::Outcome &outcome);

/// Writes a text file ("-" is standard output); an error message or nothing.
std::string writeText(const std::string &path, const std::string &text);

/// A number of bytes for people: "512 B", "1716.9 KiB", "44.6 MiB".
std::string sized(uint64_t bytes);

/// A phase on the terminal, overwritten by the next; nothing if standard error
/// is no terminal. An empty text clears the line.
void showProgress(const std::string &text);

} // namespace ashlar::tool

#endif // ASHLAR_TOOLS_ASHLAR_COMMANDS_H
