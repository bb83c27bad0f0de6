//===- VerifyOutputs.cpp - Outputs against what is expected of them -------===//
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
// went wrong. Where the precision itself moves an output further than that, as
// the host path tells, that distance is the tolerance.
//
// Outputs that are given for a quantised graph come from sums in f32 as a rule,
// whose rounding errors decide ties. Where they fail, the host path computes
// the graph in f64: outputs that agree with that are right if what is given is
// near to it, too.
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

#include "Image/Element.h"
#include "ashlar/Graph/Passes.h"
#include "ashlar/Image/BuildImage.h"
#include "ashlar/Pipeline/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/PassManager.h"

#include <algorithm>
#include <limits>

using namespace ashlar;
using namespace ashlar::tool;
using runtime::DataType;

/// Where the host path at a precision is far from the model's own outputs, the
/// emulator may be so many times as far.
static constexpr double mostOfHost = 1.5;
/// What is given for a quantised graph may be so many times the tolerance away
/// from what f64 gives.
static constexpr double mostOfTies = 2;

void VerifiedModel::Expectation::add(const Expectation &other) {
  if (failure.empty())
    failure = other.failure;
  largestError = std::max(largestError, other.largestError);
  hostError = std::max(hostError, other.hostError);
}

/// The same values in another type, where both are floats: a precision given on
/// the command line may change the types at a model's edges.
static void alignType(NamedTensor &tensor, DataType type) {
  if (tensor.type != type && runtime::isFloatType(tensor.type) &&
      runtime::isFloatType(type))
    convertElements(tensor, type);
}

static void asImported(mlir::PassManager &) {}

static void inF64(mlir::PassManager &manager) {
  manager.addNestedPass<mlir::func::FuncOp>(createSetPrecision({"f64"}));
}

/// The model as the reference runs it: what its run-time dimensions are in this
/// run is known there, so that nothing is shared with how the compiler leaves
/// them open.
mlir::OwningOpRef<mlir::ModuleOp> VerifiedModel::graphAt() {
  if (dims.empty())
    return llvm::cast<mlir::ModuleOp>((*graph)->clone());
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

/// Outputs of the host reference path, once `passes` have changed the graph.
std::string VerifiedModel::reference(std::unique_ptr<ReferenceProgram> &program,
                                     const PassBuilder &passes,
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
    passes(manager);
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
                       Accuracy accuracy, double factor) const {
  Expectation result;
  for (const NamedTensor &output : outputs) {
    auto found = std::find_if(
        expected.begin(), expected.end(),
        [&](const NamedTensor &tensor) { return tensor.name == output.name; });
    if (found == expected.end()) // the user named those to compare
      continue;
    NamedTensor actual = output, wanted = *found;
    // Files may keep the bits of bf16 in u16.
    if (actual.type == DataType::BF16 && wanted.type == DataType::U16)
      wanted.type = DataType::BF16;
    alignType(actual, wanted.type);
    Tolerance tolerance =
        chooseTolerance(accuracy, wanted.type, flags.rtol, flags.atol);
    tolerance.rtol *= factor;
    tolerance.atol *= factor;
    tolerance.maxtol *= factor;
    Comparison comparison = compareTensors(actual, wanted, tolerance);
    result.largestError =
        std::max(result.largestError, comparison.largestError);
    if (!comparison.equal && result.failure.empty())
      result.failure = "output '" + output.name + "' " + comparison.message;
  }
  return result;
}

std::string VerifiedModel::findExpected(const DataSet &set,
                                        const std::vector<NamedTensor> &inputs,
                                        const std::vector<NamedTensor> &outputs,
                                        std::vector<NamedTensor> &expected) {
  std::string error;
  if (set.expected.empty()) {
    error = reference(own, asImported, inputs, expected);
  } else {
    std::vector<std::string> names;
    for (const NamedTensor &output : outputs)
      names.push_back(output.name);
    error = readNamedTensors(set.expected, names, expected);
  }
  if (error.empty() && expected.empty() && !outputs.empty())
    error = "nothing is expected of the model's outputs";
  return error;
}

/// Outputs at another precision than the model's own, `expected`: against the
/// host path at that precision, `rounded`, and against the model's. How far the
/// precision itself moves an output is nothing that the compiler does wrong.
std::string
VerifiedModel::expectChanged(const DataSet &set,
                             const std::vector<NamedTensor> &inputs,
                             const std::vector<NamedTensor> &outputs,
                             const std::vector<NamedTensor> &expected,
                             std::vector<Expectation> &expectations) {
  std::vector<NamedTensor> rounded, exact;
  auto change = [&](mlir::PassManager &manager) {
    buildGraphPipeline(manager, options.precision);
  };
  if (std::string error = reference(same, change, inputs, rounded);
      !error.empty())
    return error;
  Expectation all[2];
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::vector<NamedTensor> one = {outputs[i]}, host = {rounded[i]};
    Expectation toHost = compare(one, rounded, accuracy);
    Expectation toModel = compare(one, expected, Accuracy::Quantized);
    toModel.hostError =
        compare(host, expected, Accuracy::Quantized).largestError;
    if (!toHost.failure.empty() || !toModel.failure.empty()) {
      if (!set.expected.empty() && exact.empty())
        if (std::string error = reference(own, asImported, inputs, exact);
            !error.empty())
          return error;
      // Unless what is given is not the model's output at all.
      bool isModels = exact.empty() ||
                      compare({exact[i]}, expected, accuracy).failure.empty();
      if (isModels && toHost.largestError <= *toModel.hostError)
        toHost.failure.clear();
      if (isModels && toModel.largestError <= mostOfHost * *toModel.hostError)
        toModel.failure.clear();
    }
    // Random inputs may lie where a graph is steep (Round, Sign): how far
    // another precision moves its outputs is told then, not judged.
    if (set.expected.empty())
      toModel.failure.clear();
    all[0].add(toHost);
    all[1].add(toModel);
  }
  expectations.push_back(std::move(all[0]));
  expectations.push_back(std::move(all[1]));
  return {};
}

/// Takes back the failure of outputs if they are those of the graph in f64, and
/// what is given of a quantised graph is near to those.
void VerifiedModel::weighTies(const std::vector<NamedTensor> &inputs,
                              const std::vector<NamedTensor> &outputs,
                              const std::vector<NamedTensor> &expected,
                              Expectation &expectation) {
  std::vector<NamedTensor> exact;
  if (!reference(wide, inF64, inputs, exact).empty())
    return; // what has failed stays so
  Expectation toExact = compare(outputs, exact, accuracy);
  Expectation given = compare(exact, expected, accuracy, mostOfTies);
  expectation.exactError = given.largestError;
  if (toExact.failure.empty() &&
      (accuracy != Accuracy::Quantized || given.failure.empty()))
    expectation.failure.clear();
}

/// Files keep the elements of these types in others as a rule: NumPy has no
/// such types.
static bool mayKeep(DataType stored, DataType type) {
  switch (type) {
  case DataType::BF16:
    return stored == DataType::F32 || stored == DataType::U16;
  case DataType::I4:
    return stored == DataType::I8;
  case DataType::U4:
    return stored == DataType::U8;
  case DataType::F8E4M3:
  case DataType::F8E5M2:
    return stored == DataType::F32;
  default:
    return false;
  }
}

/// Whether the files say what the model's outputs are: all of them, unless each
/// file is of an output that the user names, and in the model's own types. Only
/// floats may come as other floats, which is said.
std::string VerifiedModel::checkGiven(const DataSet &set,
                                      const std::vector<NamedTensor> &expected,
                                      Expectation &given) {
  auto named = [](const std::string &spec) {
    return llvm::StringRef(spec).contains('=') ||
           llvm::StringRef(spec).ends_with(".npz");
  };
  bool isChoice = !set.isWhole && llvm::all_of(set.expected, named);
  auto entry = graph->lookupSymbol<mlir::func::FuncOp>("main");
  for (auto [i, name] : llvm::enumerate(resultNames)) {
    auto found = llvm::find_if(expected, [&](const NamedTensor &tensor) {
      return tensor.name == name;
    });
    if (found == expected.end() && !isChoice)
      return set.name + " has no expected value of output '" + name + "'" +
             (set.isWhole ? ""
                          : "; name those that are to be compared: "
                            "--expected NAME=FILE");
    if (found == expected.end()) {
      given.note += ", output '" + name + "' is not compared";
      continue;
    }
    DataType own = found->type;
    convertElementType(mlir::getElementTypeOrSelf(entry.getResultTypes()[i]),
                       own);
    if (found->type == own || mayKeep(found->type, own))
      continue;
    std::string types =
        "output '" + name + "' is " + std::string(runtime::dataTypeName(own)) +
        ", expected " + std::string(runtime::dataTypeName(found->type));
    if (set.isWhole || !runtime::isFloatType(own) ||
        !runtime::isFloatType(found->type))
      given.failure = given.failure.empty() ? types : given.failure;
    else
      given.note += ", " + types;
  }
  return {};
}

std::string VerifiedModel::expect(const DataSet &set,
                                  const std::vector<NamedTensor> &inputs,
                                  const std::vector<NamedTensor> &outputs,
                                  std::vector<Expectation> &expectations) {
  std::vector<NamedTensor> expected;
  if (std::string error = findExpected(set, inputs, outputs, expected);
      !error.empty())
    return error;
  Expectation given;
  if (!set.expected.empty())
    if (std::string error = checkGiven(set, expected, given); !error.empty())
      return error;
  if (!given.failure.empty()) {
    given.largestError = std::numeric_limits<double>::infinity();
    expectations.push_back(std::move(given));
    return {};
  }
  if (options.precision != Precision::Keep) {
    std::string error =
        expectChanged(set, inputs, outputs, expected, expectations);
    if (error.empty())
      expectations.front().note = given.note;
    return error;
  }
  expectations.push_back(compare(outputs, expected, accuracy));
  expectations.back().note = given.note;
  // Sums in f32, in an order of its own, decide ties of what is given, and are
  // all that the host path has of a float graph.
  bool isRounded = (accuracy == Accuracy::Quantized) == !set.expected.empty();
  if (!expectations.back().failure.empty() && isRounded && !flags.rtol &&
      !flags.atol)
    weighTies(inputs, outputs, expected, expectations.back());
  return {};
}
