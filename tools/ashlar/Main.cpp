//===- Main.cpp - ashlar: compile, run, verify, inspect -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Messages.h"

#include "API/Session.h"

#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

using namespace ashlar;
using namespace ashlar::tool;

int ashlar::tool::fail(const std::string &message, ExitCode code) {
  showProgress("");
  printError("ashlar: error: " + message);
  return code;
}

int ashlar::tool::fail(const runtime::Outcome &outcome) {
  bool hint = outcome.trap == runtime::TrapKind::StepBudget;
  return fail(outcome.message + (hint ? "\n  --steps N allows more" : ""),
              outcome.status == runtime::Status::Trap ? Trapped : BadUsage);
}

std::string ashlar::tool::writeText(const std::string &path,
                                    const std::string &text) {
  FILE *file = path == "-" ? stdout : fopen(path.c_str(), "wb");
  bool good = file && fwrite(text.data(), 1, text.size(), file) == text.size();
  int saved = errno;
  if (file && (file == stdout ? fflush(file) : fclose(file)) != 0) {
    saved = errno;
    good = false;
  }
  return good ? "" : "cannot write '" + path + "': " + strerror(saved);
}

std::string ashlar::tool::sized(uint64_t bytes) {
  char text[40];
  if (bytes < 10 * 1024)
    snprintf(text, sizeof text, "%" PRIu64 " B", bytes);
  else if (bytes < (10u << 20))
    snprintf(text, sizeof text, "%.1f KiB", static_cast<double>(bytes) / 1024);
  else
    snprintf(text, sizeof text, "%.1f MiB",
             static_cast<double>(bytes) / (1 << 20));
  return text;
}

void ashlar::tool::showProgress(const std::string &text) {
  static bool shown = false;
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (!terminal || (text.empty() && !shown))
    return;
  fprintf(stderr, "\r\033[K%s", text.c_str());
  fflush(stderr);
  shown = !text.empty();
}

int main(int argc, char **argv) {
  // A reader that goes away is an error of writing, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
  CLI::App app("Compiles neural networks for the Ashlar NPU and runs them.",
               "ashlar");
  app.set_version_flag("--version", ASHLAR_VERSION);
  Action action;
  addCompile(app, action);
  addRun(app, action);
  addVerify(app, action);
  addInspect(app, action);
  addTargets(app, action);
  try {
    app.parse(argc, argv);
    return action ? action()
                  : fail("a subcommand is required; ashlar --help lists them");
  } catch (const CLI::Success &help) {
    return app.exit(help);
  } catch (const CLI::ParseError &error) {
    return fail(std::string(error.what()) + " (--help lists the flags)");
  } catch (const std::bad_alloc &) {
    return fail("the host is out of memory");
  } catch (const std::exception &error) {
    return fail(std::string("internal error: ") + error.what());
  }
}
