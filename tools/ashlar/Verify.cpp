//===- Verify.cpp - ashlar verify -----------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles a model, runs it on the emulator, and compares its outputs with
// expected ones: those of ONNX's backend-test layout, given files, or what the
// host reference path computes from the same inputs.
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

using namespace ashlar;
using namespace ashlar::tool;
namespace fs = std::filesystem;

/// Files "<prefix>_<i>.pb" of a folder in the order of i.
static std::vector<std::string> numberedFiles(const fs::path &folder,
                                              const std::string &prefix) {
  std::vector<std::string> files;
  for (size_t i = 0;; ++i) {
    fs::path file = folder / (prefix + "_" + std::to_string(i) + ".pb");
    std::error_code code;
    if (!fs::exists(file, code))
      return files;
    files.push_back(file.string());
  }
}

static std::string findDataSets(const fs::path &folder,
                                std::vector<DataSet> &sets) {
  std::error_code code;
  for (const fs::directory_entry &item : fs::directory_iterator(folder, code)) {
    std::string name = item.path().filename().string();
    if (name.rfind("test_data_set_", 0) != 0 || !item.is_directory(code))
      continue;
    DataSet set;
    set.name = name;
    set.inputs.files = numberedFiles(item.path(), "input");
    set.expected = numberedFiles(item.path(), "output");
    set.isWhole = true;
    if (set.expected.empty())
      return "'" + item.path().string() + "' has no output_0.pb";
    sets.push_back(std::move(set));
  }
  if (code)
    return "cannot read '" + folder.string() + "': " + code.message();
  // set_10 behind set_9
  std::sort(sets.begin(), sets.end(), [](const DataSet &a, const DataSet &b) {
    return std::pair(a.name.size(), a.name) < std::pair(b.name.size(), b.name);
  });
  return sets.empty() ? "'" + folder.string() + "' has no test_data_set_0" : "";
}

/// Values of run-time dimensions that random inputs are made at: the highest,
/// the lowest, and odd ones between them, not all of them the same way.
static std::vector<std::map<std::string, int64_t>>
chooseSizes(const std::vector<RuntimeDim> &dims) {
  std::vector<std::map<std::string, int64_t>> choices(4);
  for (size_t i = 0; i < dims.size(); ++i) {
    int64_t low = dims[i].lowest, high = dims[i].highest;
    int64_t middle = (low + high) / 2 | 1;
    choices[0][dims[i].name] = high;
    choices[1][dims[i].name] = low;
    choices[2][dims[i].name] = std::clamp(middle, low, high);
    choices[3][dims[i].name] = i % 2 == 0 ? high : low;
  }
  std::vector<std::map<std::string, int64_t>> different;
  for (auto &choice : choices)
    if (std::find(different.begin(), different.end(), choice) ==
        different.end())
      different.push_back(choice);
  return different;
}

/// The data set of random inputs, at several sizes if some are known only at
/// run time.
static void addRandomSets(const DataSet &set, const CompileOptions &options,
                          std::vector<DataSet> &sets) {
  for (const auto &dims : chooseSizes(options.import.runtimeDims)) {
    DataSet &sized = sets.emplace_back(set);
    sized.inputs.dims = dims;
    for (const auto &[name, size] : dims)
      sized.name += ", " + name + " = " + std::to_string(size);
  }
}

static int verify(VerifyFlags flags) {
  std::vector<DataSet> sets;
  std::error_code code;
  if (fs::is_directory(flags.model, code)) {
    fs::path folder = flags.model;
    if (!flags.inputs.files.empty() || !flags.expected.empty())
      return fail("a folder brings its own data: --inputs and --expected need "
                  "a model file");
    if (std::string error = findDataSets(folder, sets); !error.empty())
      return fail(error);
    flags.model = (folder / "model.onnx").string();
  } else if (!flags.expected.empty() && flags.inputs.files.empty()) {
    return fail("--expected needs --inputs");
  } else {
    DataSet set;
    set.inputs = flags.inputs;
    set.inputs.random = true;
    set.expected = flags.expected;
    set.name = flags.inputs.files.empty()
                   ? "random inputs, seed " + std::to_string(flags.inputs.seed)
                   : "given inputs";
    CompileOptions options;
    if (std::string error = flags.convert(options); !error.empty())
      return fail(error);
    if (flags.inputs.files.empty())
      addRandomSets(set, options, sets);
    else
      sets.push_back(std::move(set));
  }
  int worst = Done;
  std::unique_ptr<VerifiedModel> model;
  for (const DataSet &set : sets) {
    // Shapes may differ between data sets: try the image at hand first.
    if (!model || !model->accepts(set)) {
      model = std::make_unique<VerifiedModel>(flags);
      if (int code = model->compile(set))
        return code;
    }
    int result = model->run(set);
    if (result > OutputsDiffer)
      return result;
    worst = std::max(worst, result);
  }
  return worst;
}

void ashlar::tool::addVerify(CLI::App &app, Action &action) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App *command = app.add_subcommand(
      "verify", "Compile and run a model and compare its outputs");
  command
      ->add_option("MODEL", flags->model,
                   "A model, or a folder with model.onnx and test_data_set_*")
      ->required();
  flags->addTo(*command);
  command->add_option("--inputs", flags->inputs.files,
                      "As for run; random values where none are given");
  command->add_option("--expected", flags->expected,
                      "Expected outputs (default: the host reference path's)");
  command->add_option("--seed", flags->inputs.seed, "Of random inputs");
  CLI::Validator tolerance(
      [](const std::string &text) {
        double value = 0;
        bool good = CLI::detail::lexical_cast(text, value) &&
                    std::isfinite(value) && value >= 0;
        return good ? std::string()
                    : "'" + text + "': expected a number, 0 or larger";
      },
      "NUMBER");
  command->add_option("--rtol", flags->rtol, "Relative tolerance")
      ->check(tolerance);
  command->add_option("--atol", flags->atol, "Absolute tolerance")
      ->check(tolerance);
  command->add_flag("--sanitize", flags->sanitize,
                    "Check uninitialised reads and races between engines");
  command->add_flag("--timed", flags->timed, "Run the timing model as well");
  command->add_option("--steps", flags->stepBudget,
                      "Trap after so many steps (default: 2^33)");
  command->add_flag("--queued", flags->queued,
                    "Run each data set as the second of three queued requests "
                    "with different inputs");
  command->callback(
      [=, &action] { action = [flags] { return verify(*flags); }; });
}
