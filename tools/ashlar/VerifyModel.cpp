//===- VerifyModel.cpp - One model against what is expected of it ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program keeps the model's own precision unless the user asks for another
// one. If so, what the model's own outputs would be is no longer the measure:
// rounding the weights alone can move them further than the tolerance. The
// emulator is then held against the host reference path at the precision that
// was asked for, by the usual tolerance, and against the model's own outputs by
// that of quantised graphs, which notices when the change of precision itself
// went wrong.
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
using runtime::DataType;

/// Another precision may move the outputs of a deep network further than the
/// tolerance allows: the emulator then moves them at most so many times as far
/// as the host path with the same roundings.
static constexpr double mostOfHost = 1.5;

/// The outcome of one comparison.
struct VerifiedModel::Expectation {
  std::string failure; // empty if all outputs are in tolerance
  double largestError = 0;
  /// Of the host reference path against the same outputs, at a precision that
  /// the user asked for: what of the error is the precision's own.
  std::optional<double> hostError;
};

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

/// Shapes of a data set's inputs by name, added to what the user has fixed.
static std::string addShapes(const DataSet &set, OnnxImportOptions &options) {
  for (const std::string &spec : set.inputs.files) {
    size_t equals = spec.rfind('=');
    bool named = equals != std::string::npos;
    std::vector<NamedTensor> tensors;
    if (std::string error =
            readTensorFile(named ? spec.substr(equals + 1) : spec, tensors);
        !error.empty())
      return error;
    for (const NamedTensor &tensor : tensors) {
      std::string name = named ? spec.substr(0, equals) : tensor.name;
      if (!name.empty())
        options.shapes.try_emplace(name, tensor.shape.begin(),
                                   tensor.shape.end());
    }
  }
  return {};
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
    if (std::string error = addShapes(set, known); !error.empty())
      return fail(error);
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
  return arrangeInputs(std::move(given), set.inputs, *image->findEntry(""),
                       inputs)
      .empty();
}

//===----------------------------------------------------------------------===//
// What is expected
//===----------------------------------------------------------------------===//

/// The same values in another type, where both are floats: a precision given on
/// the command line may change the types at a model's edges.
static void alignType(NamedTensor &tensor, DataType type) {
  if (tensor.type == type || !runtime::isFloatType(tensor.type) ||
      !runtime::isFloatType(type))
    return;
  NamedTensor converted{tensor.name, type, tensor.shape, {}};
  uint64_t count = 0, bytes = 0;
  runtime::countElements(tensor.shape, count);
  runtime::tensorBytes(type, tensor.shape, bytes);
  converted.data.resize(bytes);
  for (size_t i = 0; i < count; ++i)
    runtime::storeElement(
        type, converted.data.data(), i,
        runtime::loadElement(tensor.type, tensor.data.data(), i));
  tensor = std::move(converted);
}

/// The model as the reference runs it: what its run-time dimensions are in this
/// run is known there, so that nothing is shared with how the compiler leaves
/// them open.
mlir::OwningOpRef<mlir::ModuleOp> VerifiedModel::graphAt() {
  if (dims.empty())
    return clone(*graph);
  ImportOptions fixed = options.import;
  for (const RuntimeDim &dim : options.import.runtimeDims) {
    if (dim.input.empty())
      fixed.dims[dim.name] = dims.at(dim.name);
    else
      fixed.shapes[dim.input][dim.position] = dims.at(dim.name);
  }
  fixed.runtimeDims.clear();
  ImportResult imported = importModel(flags.model, fixed, context.get());
  if (imported.module &&
      mlir::failed(declareStates(*imported.module, options.states)))
    return nullptr;
  return std::move(imported.module);
}

/// Outputs of the host reference path at a precision.
std::string VerifiedModel::reference(std::unique_ptr<ReferenceProgram> &program,
                                     Precision precision,
                                     const std::vector<NamedTensor> &inputs,
                                     std::vector<NamedTensor> &expected) {
  showProgress("running the host reference path");
  if (!program) {
    mlir::OwningOpRef<mlir::ModuleOp> module = graphAt();
    if (!module) {
      context.print();
      return "the model cannot be read at the sizes of this run";
    }
    mlir::PassManager manager(module->getContext());
    if (precision != Precision::Keep)
      buildGraphPipeline(manager, precision);
    if (mlir::succeeded(manager.run(*module)))
      program = ReferenceProgram::compile(*module);
    context.print();
  }
  if (!program)
    return "the host reference path cannot run this model";
  const std::vector<ReferenceTensor> &wanted = program->signature().inputs;
  std::vector<NamedTensor> converted = asArguments(inputs);
  for (size_t i = 0; i < converted.size() && i < wanted.size(); ++i)
    alignType(converted[i], wanted[i].type);
  std::string error = program->run(converted, expected);
  // They come in the order of the graph, as the results do.
  for (size_t i = 0; i < expected.size() && i < resultNames.size(); ++i)
    expected[i].name = resultNames[i];
  return error;
}

VerifiedModel::Expectation
VerifiedModel::compare(const std::vector<NamedTensor> &outputs,
                       const std::vector<NamedTensor> &expected,
                       Accuracy accuracy) const {
  Expectation result;
  for (const NamedTensor &output : outputs) {
    auto found = std::find_if(
        expected.begin(), expected.end(),
        [&](const NamedTensor &tensor) { return tensor.name == output.name; });
    if (found == expected.end()) // fewer outputs are given than there are
      continue;
    NamedTensor actual = output, wanted = *found;
    // Files may keep the bits of bf16 in u16.
    if (actual.type == DataType::BF16 && wanted.type == DataType::U16)
      wanted.type = DataType::BF16;
    alignType(actual, wanted.type);
    Comparison comparison = compareTensors(
        actual, wanted,
        chooseTolerance(accuracy, wanted.type, flags.rtol, flags.atol));
    result.largestError =
        std::max(result.largestError, comparison.largestError);
    if (!comparison.equal && result.failure.empty())
      result.failure = "output '" + output.name + "' " + comparison.message;
  }
  return result;
}

std::string VerifiedModel::expect(const DataSet &set,
                                  const std::vector<NamedTensor> &inputs,
                                  const std::vector<NamedTensor> &outputs,
                                  std::vector<Expectation> &expectations) {
  bool changed = options.precision != Precision::Keep;
  std::vector<NamedTensor> rounded;
  if (changed) {
    if (std::string error = reference(same, options.precision, inputs, rounded);
        !error.empty())
      return error;
    expectations.push_back(compare(outputs, rounded, accuracy));
  }
  std::vector<NamedTensor> expected;
  std::string error;
  if (set.expected.empty()) {
    error = reference(own, Precision::Keep, inputs, expected);
  } else {
    std::vector<std::string> names;
    for (const NamedTensor &output : outputs)
      names.push_back(output.name);
    error = readNamedTensors(set.expected, names, expected);
  }
  if (error.empty() && expected.empty() && !outputs.empty())
    error = "nothing is expected of the model's outputs";
  if (!error.empty())
    return error;
  Expectation expectation =
      compare(outputs, expected, changed ? Accuracy::Quantized : accuracy);
  if (changed) {
    Expectation host = compare(rounded, expected, Accuracy::Quantized);
    expectation.hostError = host.largestError;
    if (!host.failure.empty() && !set.expected.empty() &&
        expectation.largestError <= mostOfHost * host.largestError) {
      // It is the precision that moves them, if these are the model's outputs.
      std::vector<NamedTensor> exact;
      if (error = reference(own, Precision::Keep, inputs, exact);
          !error.empty())
        return error;
      if (compare(exact, expected, accuracy).failure.empty())
        expectation.failure.clear();
    }
  }
  // Random inputs may lie where a graph is steep (Round, Sign): how far another
  // precision moves its outputs is told then, not judged.
  if (changed && set.expected.empty())
    expectation.failure.clear();
  expectations.push_back(std::move(expectation));
  return {};
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
  runtime::Outcome outcome;
  auto session = runtime::Session::create(image, settings, outcome);
  if (!session)
    return fail(outcome.message);
  InputSpec spec = set.inputs;
  spec.randomStates = spec.random;
  std::vector<NamedTensor> given;
  std::string error = inputNames.empty()
                          ? prepareInputs(spec, session->entry(), inputs)
                          : readInputs(set, given);
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
  outcome = session->run();
  if (outcome.status == runtime::Status::Trap)
    return fail(outcome.message, Trapped);
  if (!outcome.ok())
    return fail(outcome.message);
  outputs = asResults(*session);
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
  printf("PASS %s (%s)\n", set.name.c_str(), text.c_str());
  fflush(stdout);
  return Done;
}
