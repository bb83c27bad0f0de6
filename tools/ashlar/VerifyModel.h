//===- VerifyModel.h - One model against what is expected of it -*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_ASHLAR_VERIFYMODEL_H
#define ASHLAR_TOOLS_ASHLAR_VERIFYMODEL_H

#include "CompileFlags.h"
#include "Tensors.h"

#include "Image/Image.h"
#include "ashlar/IO/Compare.h"
#include "ashlar/Reference/Reference.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class PassManager;
} // namespace mlir

namespace ashlar::tool {

struct VerifyFlags : CompileFlags {
  InputSpec inputs;
  std::vector<std::string> expected;
  std::optional<double> rtol, atol;
  bool sanitize = false, timed = false, queued = false;
  uint64_t stepBudget = 0; // 0: the emulator's default
};

/// Inputs and expected outputs of one run. Without expected files the host
/// reference path gives them.
struct DataSet {
  std::string name;
  InputSpec inputs;
  std::vector<std::string> expected;
  /// It comes from a folder: all outputs are there, in the model's own types.
  bool isWhole = false;
};

/// Quantises those that the entry point takes as bytes where the model has
/// floats, with the signature's parameters (`--io-type`).
void quantizeGiven(std::vector<NamedTensor> &tensors,
                   const runtime::EntryPoint &entry);
/// The reverse, of a run's inputs or outputs, which `infos` describe.
void dequantizeAll(std::vector<NamedTensor> &tensors,
                   const std::vector<runtime::TensorInfo> &infos);

/// A model that is compiled and can be run on data sets.
class VerifiedModel {
public:
  explicit VerifiedModel(const VerifyFlags &flags) : flags(flags) {}

  /// Imports and compiles; dynamic dimensions take the shapes of the data set's
  /// inputs, and inputs that have to be known at compile time its values, where
  /// the model cannot be read without them. An exit code; problems have been
  /// printed.
  int compile(const DataSet &set);
  /// Whether a data set's inputs have the shapes (and values) that it was
  /// compiled for.
  bool accepts(const DataSet &set) const;
  /// Runs a data set and prints PASS or FAIL. An exit code.
  int run(const DataSet &set);

private:
  /// The outcome of comparisons.
  struct Expectation {
    std::string failure; // empty if all outputs are in tolerance
    std::string note;    // what about the given outputs is to be said
    double largestError = 0;
    /// Of the host reference path against the same outputs, at a precision that
    /// the user asked for: what of the error is the precision's own.
    std::optional<double> hostError;
    /// Of the host reference path in f64 against outputs that are given for a
    /// quantised graph: what of the error is that of sums in f32.
    std::optional<double> exactError;

    /// Of further outputs.
    void add(const Expectation &other);
  };

  int import(const DataSet &set);
  std::string readInputs(const DataSet &set,
                         std::vector<NamedTensor> &given) const;
  bool addConstants(const std::vector<NamedTensor> &given,
                    const ImportResult &imported, OnnxImportOptions &to);
  int runImage(const DataSet &set, std::vector<NamedTensor> &inputs,
               std::vector<NamedTensor> &outputs);
  runtime::Outcome runQueued(runtime::Session &session, const DataSet &set,
                             const std::vector<NamedTensor> &inputs);
  std::vector<NamedTensor> asArguments(const std::vector<NamedTensor> &tensors);
  std::vector<NamedTensor> asResults(runtime::Session &session);
  using PassBuilder = std::function<void(mlir::PassManager &)>;
  std::string reference(std::unique_ptr<ReferenceProgram> &program,
                        const PassBuilder &passes,
                        const std::vector<NamedTensor> &inputs,
                        std::vector<NamedTensor> &expected);
  mlir::OwningOpRef<mlir::ModuleOp> graphAt();
  std::string checkGiven(const DataSet &set,
                         const std::vector<NamedTensor> &expected,
                         Expectation &given);
  std::string findExpected(const DataSet &set,
                           const std::vector<NamedTensor> &inputs,
                           const std::vector<NamedTensor> &outputs,
                           std::vector<NamedTensor> &expected);
  std::string expectChanged(const DataSet &set,
                            const std::vector<NamedTensor> &inputs,
                            const std::vector<NamedTensor> &outputs,
                            const std::vector<NamedTensor> &expected,
                            std::vector<Expectation> &expectations);
  void weighTies(const std::vector<NamedTensor> &inputs,
                 const std::vector<NamedTensor> &outputs,
                 const std::vector<NamedTensor> &expected,
                 Expectation &expectation);
  std::string expect(const DataSet &set, const std::vector<NamedTensor> &inputs,
                     const std::vector<NamedTensor> &outputs,
                     std::vector<Expectation> &expectations);
  Expectation compare(const std::vector<NamedTensor> &outputs,
                      const std::vector<NamedTensor> &expected,
                      Accuracy accuracy, double factor = 1) const;

  const VerifyFlags &flags;
  CompileOptions options;
  // What follows refers into the context, so it goes first.
  CompilerContext context;
  mlir::OwningOpRef<mlir::ModuleOp> graph; // as imported
  std::vector<std::string> inputNames;     // of the model
  std::vector<NamedTensor> fixed;          // inputs that became constants
  std::shared_ptr<const runtime::Image> image;
  std::unique_ptr<ReferenceProgram> same, own, wide; // made when first needed
  std::map<std::string, int64_t> dims; // run-time ones of this run
  Accuracy accuracy = Accuracy::Full;
  std::vector<std::string> resultNames; // of the graph
};

} // namespace ashlar::tool

#endif // ASHLAR_TOOLS_ASHLAR_VERIFYMODEL_H
