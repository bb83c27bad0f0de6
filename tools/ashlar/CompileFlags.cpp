//===- CompileFlags.cpp - Flags that compile and verify share -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags.h"
#include "Messages.h"

#include "ashlar/IO/TensorFile.h"
#include "ashlar/Machine/Machine.h"
#include "ashlar/Reference/Reference.h"

#include "llvm/ADT/StringExtras.h"

using namespace ashlar;
using namespace ashlar::tool;

void CompileFlags::addTo(CLI::App &command) {
  command.add_option("--target", target,
                     "A preset or a target file (default: edge)");
  command
      .add_option("--precision", precision,
                  "keep (the model's own types), f32, bf16, f16 or i8")
      ->check(CLI::IsMember({"keep", "f32", "bf16", "f16", "i8"}));
  command
      .add_option("--io-type", ioTypes,
                  "NAME=i8|u8|bf16|keep: an input's or output's type; the "
                  "caller converts, with the signature's scale and zero point "
                  "(repeatable)")
      ->check([](const std::string &text) {
        llvm::StringRef type = llvm::StringRef(text).rsplit('=').second;
        bool good = llvm::is_contained({"i8", "u8", "bf16", "keep"}, type);
        return good ? std::string()
                    : "'" + text + "': expected NAME=i8|u8|bf16|keep";
      });
  command.add_option("--shape", shapes,
                     "NAME=1x3x224x224: an input's shape; 1..8x16 leaves a "
                     "size to run time (repeatable)");
  command.add_option("--dim", dims,
                     "NAME=1: a symbolic dimension's size; NAME=1..8 leaves it "
                     "to run time (repeatable)");
  command.add_option("--state", states,
                     "INPUT=OUTPUT: an input that stays on the device; its "
                     "next value is that output (repeatable)");
  command.add_option("--constant", constants,
                     "NAME=file.npy: an input's value, known when compiling "
                     "(repeatable)");
  command.add_flag("--no-resident", noResident,
                   "Load all weights in every run, none when a session opens");
  command
      .add_option(
          "-O", optLevel,
          "0 (compile quickly, slow program) to 3 (search long); default 2")
      ->check(CLI::Range(0u, 3u));
}

/// "NAME=VALUE" at the last "=": names may contain one.
static bool splitPair(const std::string &text, llvm::StringRef &name,
                      llvm::StringRef &value) {
  std::tie(name, value) = llvm::StringRef(text).rsplit('=');
  return !name.empty() && !value.empty() && name.size() < text.size();
}

/// "8", or "1..8" for a size that is known only at run time: its highest value.
static bool readSize(llvm::StringRef text, RuntimeDim dim, ImportOptions &to,
                     int64_t &size) {
  auto [low, high] = text.split("..");
  if (low.getAsInteger(10, dim.lowest) || dim.lowest < 0)
    return false;
  size = dim.lowest;
  if (low.size() == text.size())
    return true;
  if (high.getAsInteger(10, dim.highest) || dim.highest < dim.lowest)
    return false;
  size = dim.highest;
  if (dim.highest == dim.lowest)
    return true;
  // A dimension of one element means other things as well.
  if (dim.highest < 2)
    return false;
  to.runtimeDims.push_back(std::move(dim));
  return true;
}

std::string CompileFlags::convertSizes(ImportOptions &options) const {
  for (const std::string &text : shapes) {
    llvm::StringRef name, value;
    llvm::SmallVector<int64_t> sizes;
    bool good = splitPair(text, name, value);
    llvm::SmallVector<llvm::StringRef> parts;
    value.split(parts, 'x');
    for (size_t i = 0; good && i < parts.size(); ++i) {
      auto position = static_cast<unsigned>(sizes.size());
      RuntimeDim dim{name.str() + "[" + std::to_string(position) + "]",
                     name.str(), position};
      good = readSize(parts[i], dim, options, sizes.emplace_back());
    }
    if (!good)
      return "--shape '" + text +
             "': expected NAME=1x3x224x224, with ranges like 1..8 (2 at least) "
             "for sizes known only at run time";
    if (!options.shapes.try_emplace(name, sizes).second)
      return "--shape gives input '" + name.str() + "' twice";
  }
  for (const std::string &text : dims) {
    llvm::StringRef name, value;
    int64_t size = 0;
    if (!splitPair(text, name, value) ||
        !readSize(value, {name.str(), ""}, options, size))
      return "--dim '" + text +
             "': expected NAME=1, or a range like NAME=1..8 (2 at least) for a "
             "size known only at run time";
    if (!options.dims.try_emplace(name, size).second)
      return "--dim gives dimension '" + name.str() + "' twice";
  }
  return {};
}

std::string CompileFlags::convert(CompileOptions &options) const {
  llvm::Expected<runtime::Machine> machine = loadMachine(target);
  if (!machine)
    return llvm::toString(machine.takeError());
  options.machine = *machine;
  options.optLevel = optLevel;
  options.precision = precision == "f32"    ? Precision::F32
                      : precision == "bf16" ? Precision::BF16
                      : precision == "f16"  ? Precision::F16
                      : precision == "i8"   ? Precision::I8
                                            : Precision::Keep;
  options.ioTypes = ioTypes;
  options.residentWeights = !noResident;
  if (std::string error = convertSizes(options.import); !error.empty())
    return error;
  for (const std::string &text : states) {
    llvm::StringRef input, output;
    if (!splitPair(text, input, output))
      return "--state '" + text + "': expected INPUT=OUTPUT";
    options.states.emplace_back(input, output);
  }
  return {};
}

std::string CompileFlags::readConstants(CompileOptions &options,
                                        mlir::MLIRContext &context) const {
  for (const std::string &text : constants) {
    llvm::StringRef name, path;
    if (!splitPair(text, name, path))
      return "--constant '" + text + "': expected NAME=file.npy";
    std::vector<NamedTensor> tensors;
    if (std::string error = readTensorFile(path.str(), tensors); !error.empty())
      return error;
    if (tensors.size() != 1)
      return "'" + path.str() + "' holds " + std::to_string(tensors.size()) +
             " tensors, expected one for '" + name.str() + "'";
    mlir::ElementsAttr value = makeConstant(std::move(tensors[0]), &context);
    if (!value)
      return "--constant '" + text + "': no model has such an element type";
    options.import.constants[name] = value;
  }
  return {};
}

/// Where something is, as a person looks for it: the names of nodes, or a place
/// in a file.
static std::string describe(mlir::Location loc) {
  std::string text;
  loc->walk([&](mlir::Location part) {
    if (auto name = llvm::dyn_cast<mlir::NameLoc>(part))
      text = name.getName().str();
    else if (auto place = llvm::dyn_cast<mlir::FileLineColLoc>(part))
      text =
          (place.getFilename().getValue() + ":" + llvm::Twine(place.getLine()) +
           ":" + llvm::Twine(place.getColumn()))
              .str();
    return text.empty() ? mlir::WalkResult::advance()
                        : mlir::WalkResult::interrupt();
  });
  return text;
}

CompilerContext::CompilerContext()
    : context(mlir::MLIRContext::Threading::DISABLED) {
  // Operations are said by the names of nodes, not by printing them.
  context.printOpOnDiagnostic(false);
  loadCompilerDialects(context);
  auto add = [this](mlir::Diagnostic &diagnostic) {
    const char *severity = "note";
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      severity = "error";
    else if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
      severity = "warning";
    std::string where = describe(diagnostic.getLocation());
    std::string line = "ashlar: " + std::string(severity) + ": " +
                       (where.empty() ? "" : where + ": ") + diagnostic.str();
    // A model that is read at several sizes is warned of once.
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Warning ||
        !llvm::is_contained(lines, line))
      lines.push_back(std::move(line));
  };
  context.getDiagEngine().registerHandler([add](mlir::Diagnostic &diagnostic) {
    add(diagnostic);
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      add(note);
    return mlir::success();
  });
}

void CompilerContext::print() {
  showProgress("");
  for (const std::string &line : lines)
    printError(line);
  lines.clear();
}
