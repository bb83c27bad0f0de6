//===- VerifyModel.cpp - One model against what is expected of it ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

#include "Image/Element.h"
#include "ashlar/Pipeline/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/PassManager.h"

#include <algorithm>
#include <cstdio>
#include <optional>

using namespace ashlar;
using namespace ashlar::tool;

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

static Accuracy findAccuracy(mlir::ModuleOp module, Precision precision) {
  bool half = precision == Precision::BF16 || precision == Precision::F16;
  bool quantized = precision == Precision::I8;
  module.walk([&](mlir::Operation *op) {
    quantized |= op->getName().stripDialect().contains("quantize");
    for (mlir::Type type : op->getResultTypes()) {
      auto element =
          llvm::dyn_cast<mlir::FloatType>(mlir::getElementTypeOrSelf(type));
      half |= element && element.getWidth() < 32;
    }
  });
  return quantized ? Accuracy::Quantized
         : half    ? Accuracy::Half
                   : Accuracy::Full;
}

/// Shapes of a data set's inputs, added to what the user has fixed. `names` are
/// the model's inputs, which tensors without a name stand for in order.
static std::string addShapes(const DataSet &set,
                             const std::vector<std::string> &names,
                             OnnxImportOptions &options) {
  std::vector<NamedTensor> given;
  std::string error = readNamedTensors(set.inputs.files, names, given);
  for (const NamedTensor &tensor : given)
    options.shapes.try_emplace(tensor.name, tensor.shape.begin(),
                               tensor.shape.end());
  return error;
}

/// The tensors of a data set's files by the model's names for its inputs.
std::string VerifiedModel::readInputs(const DataSet &set,
                                      std::vector<NamedTensor> &given) const {
  return readNamedTensors(set.inputs.files, inputNames, given);
}

/// Fixes the inputs that the import asked for, as far as there are values.
bool VerifiedModel::addConstants(const std::vector<NamedTensor> &given,
                                 const ImportResult &imported,
                                 OnnxImportOptions &to) {
  bool added = false;
  for (const NamedTensor &tensor : given) {
    if (!llvm::is_contained(imported.neededConstants, tensor.name))
      continue;
    mlir::ElementsAttr value = makeConstant(tensor, &context.get());
    if (!value || !to.constants.try_emplace(tensor.name, value).second)
      continue;
    fixed.push_back(tensor);
    added = true;
  }
  return added;
}

int VerifiedModel::import(const DataSet &set) {
  ImportOptions known = options.import;
  ImportResult imported = importModel(flags.model, known, context.get());
  bool mayHelp =
      imported.status != ImportStatus::Ok && !set.inputs.files.empty();
  if (mayHelp) {
    if (std::string error = addShapes(set, imported.inputs, known);
        !error.empty()) {
      if (imported.status != ImportStatus::Unsupported)
        return fail(error);
      // Inputs that are no tensors are what is wrong, not their files.
      context.print();
      return Unsupported;
    }
    if (known.shapes.size() > options.import.shapes.size()) {
      context.discard();
      imported = importModel(flags.model, known, context.get());
    }
  }
  inputNames = imported.inputs;
  // What one value makes known may need another one.
  while (mayHelp && imported.status != ImportStatus::Ok &&
         !imported.neededConstants.empty()) {
    std::vector<NamedTensor> given;
    if (std::string error = readInputs(set, given); !error.empty())
      return fail(error);
    if (!addConstants(given, imported, known))
      break;
    context.discard();
    imported = importModel(flags.model, known, context.get());
  }
  if (imported.status != ImportStatus::Ok) {
    context.print();
    return static_cast<int>(imported.status);
  }
  options.import = known;
  graph = std::move(imported.module);
  if (mlir::succeeded(declareStates(*graph, options.states)))
    return Done;
  context.print();
  return BadUsage;
}

//===----------------------------------------------------------------------===//
// The graph's arguments and results, the image's inputs, outputs and states
//===----------------------------------------------------------------------===//

/// Tensors as prepared for the image (inputs, then states) in the order of the
/// graph's arguments.
std::vector<NamedTensor>
VerifiedModel::asArguments(const std::vector<NamedTensor> &tensors) {
  auto entry = graph->lookupSymbol<mlir::func::FuncOp>("main");
  std::vector<NamedTensor> arguments;
  size_t input = 0, state = image->findEntry("")->inputs.size();
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    arguments.push_back(
        tensors[entry.getArgAttr(i, "nn.state") ? state++ : input++]);
  return arguments;
}

/// Outputs and states after a run in the order of the graph's results, under
/// their names.
std::vector<NamedTensor> VerifiedModel::asResults(runtime::Session &session) {
  auto entry = graph->lookupSymbol<mlir::func::FuncOp>("main");
  std::vector<NamedTensor> outputs = collectOutputs(session), results;
  std::vector<NamedTensor> states = collectStates(session);
  llvm::SmallVector<mlir::Attribute> declared;
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    if (mlir::Attribute state = entry.getArgAttr(i, "nn.state"))
      declared.push_back(state);
  size_t output = 0;
  for (unsigned i = 0; i < entry.getNumResults(); ++i) {
    mlir::Attribute state = entry.getResultAttr(i, "nn.state");
    if (!state) {
      results.push_back(outputs[output++]);
      continue;
    }
    results.push_back(states[llvm::find(declared, state) - declared.begin()]);
    if (auto name = entry.getResultAttrOfType<mlir::StringAttr>(i, "nn.name"))
      results.back().name = name.str();
  }
  return results;
}

static mlir::OwningOpRef<mlir::ModuleOp> clone(mlir::ModuleOp module) {
  return llvm::cast<mlir::ModuleOp>(module->clone());
}

int VerifiedModel::compile(const DataSet &set) {
  std::string problem = flags.convert(options);
  if (problem.empty())
    problem = flags.readConstants(options, context.get());
  if (!problem.empty())
    return fail(problem);
  showProgress("compiling " + flags.model);
  if (int code = import(set))
    return code;
  accuracy = findAccuracy(*graph, options.precision);
  CompileResult result = compileModule(clone(*graph), options);
  context.print();
  if (result.status != CompileStatus::Ok)
    return static_cast<int>(result.status);
  // Through the file's bytes, as a user's image goes.
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  std::string error = runtime::writeImageBytes(result.image, *bytes);
  if (error.empty())
    image =
        runtime::Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  return error.empty() ? Done : fail("the compiler made a bad image: " + error);
}

bool VerifiedModel::accepts(const DataSet &set) const {
  std::vector<NamedTensor> given, inputs;
  if (!readInputs(set, given).empty())
    return false;
  for (const NamedTensor &value : fixed)
    if (llvm::none_of(given, [&](const NamedTensor &tensor) {
          return tensor.name == value.name && tensor.type == value.type &&
                 tensor.shape == value.shape && tensor.data == value.data;
        }))
      return false;
  quantizeGiven(given, *image->findEntry(""));
  return arrangeInputs(std::move(given), set.inputs, *image->findEntry(""),
                       inputs)
      .empty();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

int VerifiedModel::runImage(const DataSet &set,
                            std::vector<NamedTensor> &inputs,
                            std::vector<NamedTensor> &outputs) {
  runtime::SessionOptions settings;
  settings.sanitize = flags.sanitize;
  settings.timed = flags.timed;
  settings.stream = flags.queued;
  settings.stepBudget = flags.stepBudget;
  runtime::Outcome outcome;
  auto session = runtime::Session::create(image, settings, outcome);
  if (!session)
    return fail(outcome);
  InputSpec spec = set.inputs;
  spec.randomStates = spec.random;
  std::vector<NamedTensor> given;
  std::string error = inputNames.empty()
                          ? prepareInputs(spec, session->entry(), inputs)
                          : readInputs(set, given);
  quantizeGiven(given, session->entry());
  if (error.empty() && !inputNames.empty())
    error = arrangeInputs(std::move(given), spec, session->entry(), inputs);
  if (error.empty() && inputs.size() != session->entry().inputs.size() +
                                            session->entry().states.size())
    error = "the data set gives no value to some of the state buffers";
  if (error.empty())
    error = bindInputs(*session, inputs);
  if (!error.empty())
    return fail(error);
  std::map<std::string, int64_t> sizes;
  for (size_t i = 0; i < session->entry().inputs.size(); ++i) {
    const runtime::TensorInfo &info = session->entry().inputs[i];
    for (size_t d = 0; d < info.dynamic.size(); ++d)
      if (!info.dynamic[d].empty())
        sizes[info.dynamic[d]] = inputs[i].shape[d];
  }
  if (sizes != dims) {
    dims = sizes;
    same = nullptr;
    own = nullptr;
  }
  showProgress("running " + set.name);
  outcome = flags.queued ? runQueued(*session, set, inputs) : session->run();
  if (!outcome.ok())
    return fail(outcome);
  outputs = asResults(*session);
  // From here on in the model's own types.
  if (!flags.ioTypes.empty()) {
    dequantizeAll(inputs, session->entry().inputs);
    dequantizeAll(outputs, session->entry().outputs);
  }
  resultNames.clear();
  for (const NamedTensor &output : outputs)
    resultNames.push_back(output.name);
  return Done;
}

int VerifiedModel::run(const DataSet &set) {
  std::vector<NamedTensor> inputs, outputs;
  if (int code = runImage(set, inputs, outputs))
    return code;
  std::vector<Expectation> expectations;
  if (std::string error = expect(set, inputs, outputs, expectations);
      !error.empty())
    return fail(error);
  showProgress("");
  char errors[120];
  snprintf(errors, sizeof errors, "largest error %.3g",
           expectations.front().largestError);
  std::string text = errors;
  if (expectations.front().exactError) {
    snprintf(errors, sizeof errors, ", where the host path in f64 has %.3g",
             *expectations.front().exactError);
    text += errors;
  }
  if (expectations.size() > 1) {
    snprintf(errors, sizeof errors,
             ", %.3g from the model's own precision, where the host path has "
             "%.3g",
             expectations.back().largestError,
             expectations.back().hostError.value_or(0));
    text += errors;
  }
  for (const Expectation &expectation : expectations)
    if (!expectation.failure.empty()) {
      const char *against = expectations.size() == 1 ? ""
                            : &expectation == &expectations.front()
                                ? " (reference path at the same precision)"
                                : " (the model's own precision)";
      printf("FAIL %s%s: %s; %s\n", set.name.c_str(), against,
             expectation.failure.c_str(), text.c_str());
      fflush(stdout);
      return OutputsDiffer;
    }
  text += expectations.front().note;
  printf("PASS %s (%s)\n", set.name.c_str(), text.c_str());
  fflush(stdout);
  return Done;
}
