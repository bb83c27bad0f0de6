//===- Compile.cpp - ashlar compile ---------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags.h"
#include "Report.h"

#include "Image/Image.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>

using namespace ashlar;
using namespace ashlar::tool;
using Json = nlohmann::ordered_json;

namespace {
struct Flags : CompileFlags {
  std::string output, emit = "image", stats, explain, report;
  bool check = false;
};
} // namespace

static const std::map<std::string, Level> levels = {
    {"nn", Level::NN},     {"linalg", Level::Linalg}, {"npu", Level::NPU},
    {"nisa", Level::NISA}, {"asm", Level::Asm},       {"image", Level::Image}};

static Json statsJson(const CompileStats &stats, uint64_t imageBytes) {
  Json phases = Json::object();
  double total = 0;
  for (const auto &[name, ms] : stats.phaseMs) {
    phases[name] = ms;
    total += ms;
  }
  phases["total"] = total;
  Json instructions = Json::object();
  for (const auto &[name, count] : stats.instructionsByClass)
    instructions[name] = count;
  return {{"compile_ms", std::move(phases)},
          {"instructions", std::move(instructions)},
          {"image_bytes", imageBytes},
          {"weights_bytes", stats.weightsBytes},
          {"text_bytes", stats.textBytes},
          {"sram_peak_bytes", stats.sramPeakBytes},
          {"sram_peak_bytes_lower_bound", stats.sramLowerBoundBytes},
          {"dram_peak_bytes", stats.dramPeakBytes},
          {"dram_peak_bytes_lower_bound", stats.dramLowerBoundBytes},
          {"acc_peak_bytes", stats.accPeakBytes},
          {"acc_peak_bytes_lower_bound", stats.accLowerBoundBytes},
          {"estimated_cycles", stats.estimatedCycles}};
}

static int compile(const Flags &flags) {
  CompileOptions options;
  if (std::string error = flags.convert(options); !error.empty())
    return fail(error);
  // What is wrong may show last: a check leaves out nothing but the file.
  options.emit = flags.check ? Level::Image : levels.at(flags.emit);
  options.progress = [](llvm::StringRef phase, double done) {
    showProgress("compiling: " + phase.str() + " (" +
                 std::to_string(static_cast<int>(100 * done)) + "%)");
  };
  bool toImage = options.emit == Level::Image && !flags.check;
  if (toImage && flags.output.empty())
    return fail("an image needs a file: add -o OUT.npu");
  if (!toImage && !flags.report.empty())
    return fail("--report describes an image: leave out --emit and --check");

  CompilerContext context;
  if (std::string error = flags.readConstants(options, context.get());
      !error.empty())
    return fail(error);
  showProgress("reading " + flags.model);
  ImportResult imported =
      importModel(flags.model, options.import, context.get());
  if (imported.status != ImportStatus::Ok) {
    context.print();
    return static_cast<int>(imported.status);
  }
  if (mlir::failed(declareStates(*imported.module, options.states))) {
    context.print();
    return BadUsage;
  }
  CompileResult result = compileModule(std::move(imported.module), options);
  context.print();
  if (result.status != CompileStatus::Ok)
    return static_cast<int>(result.status);
  std::string error;
  uint64_t imageBytes = 0;
  if (toImage) {
    error = runtime::writeImageFile(result.image, flags.output);
    std::error_code code;
    imageBytes = std::filesystem::file_size(flags.output, code);
    if (code)
      imageBytes = 0; // a pipe or device has none
  } else if (!flags.check) {
    error = writeText(flags.output.empty() ? "-" : flags.output, result.text);
  }
  if (error.empty() && !flags.stats.empty())
    error = writeText(flags.stats,
                      statsJson(result.stats, imageBytes).dump(2) + "\n");
  if (error.empty() && !flags.explain.empty())
    error = writeText(flags.explain, result.explanation);
  if (error.empty() && !flags.report.empty())
    error = writeText(
        flags.report,
        makeReport(std::filesystem::path(flags.model).filename().string(),
                   result));
  return error.empty() ? Done : fail(error);
}

void ashlar::tool::addCompile(CLI::App &app, Action &action) {
  auto flags = std::make_shared<Flags>();
  CLI::App *command =
      app.add_subcommand("compile", "Compile a model to an image");
  command->add_option("MODEL", flags->model, "An .onnx, .mlir or .mlirbc file")
      ->required();
  command->add_option("-o,--output", flags->output, "The image to write");
  flags->addTo(*command);
  command
      ->add_option("--emit", flags->emit,
                   "nn, linalg, npu, nisa, asm or image (default)")
      ->check(CLI::IsMember({"nn", "linalg", "npu", "nisa", "asm", "image"}));
  command->add_option("--stats", flags->stats, "Statistics as JSON");
  command->add_option("--explain", flags->explain,
                      "The scheduler's choices, and what lost, as JSON");
  command->add_option(
      "--report", flags->report,
      "A page with figures, tiles and the memory plan, as HTML");
  command->add_flag("--check", flags->check,
                    "Only say what cannot be compiled, all of it at once");
  command->callback(
      [=, &action] { action = [flags] { return compile(*flags); }; });
}
