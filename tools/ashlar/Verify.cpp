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

#include "CompileFlags.h"
#include "Tensors.h"

#include "Image/Element.h"
#include "ashlar/IO/Compare.h"
#include "ashlar/Reference/Reference.h"

#include "mlir/IR/TypeUtilities.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

using namespace ashlar;
using namespace ashlar::tool;
using runtime::DataType;
namespace fs = std::filesystem;

namespace {
struct Flags : CompileFlags {
  InputSpec inputs;
  std::vector<std::string> expected;
  std::optional<double> rtol, atol;
  bool sanitize = false, timed = false;
};

/// Inputs and expected outputs of one run. Without expected files the host
/// reference path gives them.
struct DataSet {
  std::string name;
  InputSpec inputs;
  std::vector<std::string> expected;
};

/// A model that is ready to run, and what its numbers are good for.
struct Compiled {
  // Sessions and the reference refer into it, so it goes last.
  CompilerContext context;
  mlir::OwningOpRef<mlir::ModuleOp> graph; // as imported
  std::shared_ptr<const runtime::Image> image;
  std::unique_ptr<ReferenceProgram> reference; // made when first needed
  Accuracy accuracy = Accuracy::Full;
};
} // namespace

//===----------------------------------------------------------------------===//
// Data sets
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

static bool isHalf(mlir::Type type) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  return llvm::isa<mlir::FloatType>(element) &&
         llvm::cast<mlir::FloatType>(element).getWidth() < 32;
}

static Accuracy findAccuracy(mlir::ModuleOp module, Precision precision) {
  bool half = precision == Precision::BF16 || precision == Precision::F16;
  bool quantized = precision == Precision::I8;
  module.walk([&](mlir::Operation *op) {
    llvm::StringRef name = op->getName().stripDialect();
    quantized |= name.contains("quantize");
    for (mlir::Type type : op->getResultTypes())
      half |= isHalf(type);
  });
  return quantized ? Accuracy::Quantized
         : half    ? Accuracy::Half
                   : Accuracy::Full;
}

/// Imports the model. Dynamic dimensions take the shapes of the given inputs
/// where the model cannot be read without them.
static int import(const Flags &flags, const DataSet &set,
                  CompileOptions &options, Compiled &compiled) {
  mlir::MLIRContext &context = compiled.context.get();
  ImportResult imported = importModel(flags.model, options.import, context);
  bool guess = imported.status == ImportStatus::Unsupported ||
               imported.status == ImportStatus::Unreadable;
  if (guess && !set.inputs.files.empty()) {
    OnnxImportOptions withShapes = options.import;
    for (const std::string &spec : set.inputs.files) {
      size_t equals = spec.rfind('=');
      std::string path =
          equals == std::string::npos ? spec : spec.substr(equals + 1);
      std::vector<NamedTensor> tensors;
      if (std::string error = readTensorFile(path, tensors); !error.empty())
        return fail(error);
      for (const NamedTensor &tensor : tensors) {
        std::string name =
            equals == std::string::npos ? tensor.name : spec.substr(0, equals);
        if (!name.empty())
          withShapes.shapes.try_emplace(name, tensor.shape.begin(),
                                        tensor.shape.end());
      }
    }
    if (withShapes.shapes.size() > options.import.shapes.size()) {
      compiled.context.discard();
      imported = importModel(flags.model, withShapes, context);
    }
  }
  if (imported.status != ImportStatus::Ok) {
    compiled.context.print();
    return static_cast<int>(imported.status);
  }
  compiled.graph = std::move(imported.module);
  return Done;
}

static int compile(const Flags &flags, const DataSet &set, Compiled &compiled) {
  CompileOptions options;
  if (std::string error = flags.convert(options); !error.empty())
    return fail(error);
  showProgress("compiling " + flags.model);
  if (int code = import(flags, set, options, compiled))
    return code;
  compiled.accuracy = findAccuracy(*compiled.graph, options.precision);
  CompileResult result =
      compileModule(mlir::OwningOpRef<mlir::ModuleOp>(
                        llvm::cast<mlir::ModuleOp>((*compiled.graph)->clone())),
                    options);
  compiled.context.print();
  if (result.status != CompileStatus::Ok)
    return static_cast<int>(result.status);
  // Through the file's bytes, as a user's image goes.
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  std::string error = runtime::writeImageBytes(result.image, *bytes);
  if (error.empty())
    compiled.image =
        runtime::Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  return error.empty() ? Done : fail("the compiler made a bad image: " + error);
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// The same values in another type, where both are floats: a precision given on
/// the command line may change the types at a model's edges.
static void alignType(NamedTensor &actual, DataType type) {
  if (actual.type == type || !runtime::isFloatType(actual.type) ||
      !runtime::isFloatType(type))
    return;
  NamedTensor converted{actual.name, type, actual.shape, {}};
  uint64_t count = 0, bytes = 0;
  runtime::countElements(actual.shape, count);
  runtime::tensorBytes(type, actual.shape, bytes);
  converted.data.resize(bytes);
  for (size_t i = 0; i < count; ++i)
    runtime::storeElement(
        type, converted.data.data(), i,
        runtime::loadElement(actual.type, actual.data.data(), i));
  actual = std::move(converted);
}

static std::string referenceOutputs(Compiled &compiled,
                                    const std::vector<NamedTensor> &inputs,
                                    std::vector<NamedTensor> &expected) {
  if (!compiled.reference)
    compiled.reference = ReferenceProgram::compile(*compiled.graph);
  compiled.context.print();
  if (!compiled.reference)
    return "the host reference path cannot run this model";
  // The image may take other types at its edges than the model.
  const std::vector<ReferenceTensor> &wanted =
      compiled.reference->signature().inputs;
  std::vector<NamedTensor> converted = inputs;
  for (size_t i = 0; i < converted.size() && i < wanted.size(); ++i)
    alignType(converted[i], wanted[i].type);
  return compiled.reference->run(converted, expected);
}

/// Prints PASS or FAIL for a data set.
static bool compareOutputs(const Flags &flags, const Compiled &compiled,
                           const std::string &name,
                           std::vector<NamedTensor> &outputs,
                           const std::vector<NamedTensor> &expected) {
  double largest = 0;
  std::string firstMessage;
  for (NamedTensor &output : outputs) {
    auto found = std::find_if(
        expected.begin(), expected.end(),
        [&](const NamedTensor &tensor) { return tensor.name == output.name; });
    if (found == expected.end()) // fewer outputs are given than there are
      continue;
    alignType(output, found->type);
    Tolerance tolerance =
        chooseTolerance(compiled.accuracy, found->type, flags.rtol, flags.atol);
    Comparison result = compareTensors(output, *found, tolerance);
    largest = std::max(largest, result.largestError);
    if (!result.equal && firstMessage.empty())
      firstMessage = "output '" + output.name + "' " + result.message;
  }
  showProgress("");
  if (firstMessage.empty())
    printf("PASS %s (largest error %.3g)\n", name.c_str(), largest);
  else
    printf("FAIL %s: %s; largest error %.3g\n", name.c_str(),
           firstMessage.c_str(), largest);
  fflush(stdout);
  return firstMessage.empty();
}

/// Runs one data set; the exit code of what happened.
static int runSet(const Flags &flags, const DataSet &set, Compiled &compiled) {
  runtime::SessionOptions options;
  options.sanitize = flags.sanitize;
  options.timed = flags.timed;
  runtime::Outcome outcome;
  auto session = runtime::Session::create(compiled.image, options, outcome);
  if (!session)
    return fail(outcome.message);
  std::vector<NamedTensor> inputs, expected;
  std::string error = prepareInputs(set.inputs, session->entry(), inputs);
  if (error.empty())
    error = bindInputs(*session, inputs);
  if (!error.empty())
    return fail(error);
  showProgress("running " + set.name);
  outcome = session->run();
  if (!outcome.ok())
    return fail(outcome.message,
                outcome.status == runtime::Status::Trap ? Trapped : BadUsage);
  std::vector<NamedTensor> outputs = collectOutputs(*session);
  std::vector<std::string> names;
  for (const NamedTensor &output : outputs)
    names.push_back(output.name);
  if (set.expected.empty()) {
    error = referenceOutputs(compiled, inputs, expected);
    // The reference gives them in the order of the graph.
    for (size_t i = 0; i < expected.size() && i < names.size(); ++i)
      expected[i].name = names[i];
  } else {
    error = readNamedTensors(set.expected, names, expected);
  }
  if (error.empty() && expected.empty() && !outputs.empty())
    error = "nothing is expected of the model's outputs";
  if (!error.empty())
    return fail(error);
  return compareOutputs(flags, compiled, set.name, outputs, expected)
             ? Done
             : OutputsDiffer;
}

static int verify(Flags flags) {
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
    sets.push_back(std::move(set));
  }
  int worst = Done;
  std::unique_ptr<Compiled> compiled;
  for (const DataSet &set : sets) {
    // Shapes may differ between data sets: try the image at hand first.
    bool fits = compiled != nullptr;
    if (fits) {
      std::vector<NamedTensor> inputs;
      fits = prepareInputs(set.inputs, *compiled->image->findEntry(""), inputs)
                 .empty();
    }
    if (!fits) {
      compiled = std::make_unique<Compiled>();
      if (int failed = compile(flags, set, *compiled))
        return failed;
    }
    int result = runSet(flags, set, *compiled);
    if (result > OutputsDiffer)
      return result;
    worst = std::max(worst, result);
  }
  return worst;
}

void ashlar::tool::addVerify(CLI::App &app, Action &action) {
  auto flags = std::make_shared<Flags>();
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
  command->add_option("--rtol", flags->rtol, "Relative tolerance");
  command->add_option("--atol", flags->atol, "Absolute tolerance");
  command->add_flag("--sanitize", flags->sanitize,
                    "Check uninitialised reads and races between engines");
  command->add_flag("--timed", flags->timed, "Run the timing model as well");
  command->callback(
      [=, &action] { action = [flags] { return verify(*flags); }; });
}
