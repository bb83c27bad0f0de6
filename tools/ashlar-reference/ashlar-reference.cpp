//===- ashlar-reference.cpp - Runs IR on the host and prints what it gives ===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/TensorFile.h"
#include "ashlar/Import/Mlir/OpenMlir.h"
#include "ashlar/Reference/Reference.h"

#include "Image/Element.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace ashlar;

static llvm::cl::opt<std::string> inputFile(llvm::cl::Positional,
                                            llvm::cl::desc("<IR file>"),
                                            llvm::cl::init("-"));
static llvm::cl::list<std::string>
    tensorFiles("inputs",
                llvm::cl::desc("tensors in order: .npy, .npz or ONNX .pb"));
static llvm::cl::opt<std::string>
    entry("entry", llvm::cl::desc("function to call"), llvm::cl::init("main"));
static llvm::cl::opt<std::string>
    outputFolder("outputs", llvm::cl::desc("write outputs there as .npy"));

/// One number as people write it; nine digits tell all f32 apart.
static void printElement(const NamedTensor &tensor, size_t index) {
  const uint8_t *data = tensor.data.data();
  if (!isFloatType(tensor.type)) {
    int64_t value = loadInteger(tensor.type, data, index);
    if (tensor.type == runtime::DataType::U64)
      llvm::outs() << static_cast<uint64_t>(value);
    else
      llvm::outs() << value;
    return;
  }
  double value = loadElement(tensor.type, data, index);
  bool wide = tensor.type == runtime::DataType::F64;
  llvm::outs() << llvm::format(wide ? "%.17g" : "%.9g", value);
}

/// Elements in brackets, one pair for each dimension.
static void printElements(const NamedTensor &tensor, size_t dim, size_t &next) {
  if (dim == tensor.shape.size()) {
    printElement(tensor, next++);
    return;
  }
  llvm::outs() << "[";
  for (int64_t i = 0; i < tensor.shape[dim]; ++i) {
    if (i > 0)
      llvm::outs() << ", ";
    printElements(tensor, dim + 1, next);
  }
  llvm::outs() << "]";
}

static int fail(const std::string &message) {
  llvm::errs() << "ashlar-reference: error: " << message << "\n";
  return 2;
}

static int writeOutputs(const std::vector<NamedTensor> &outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputFolder.empty()) {
      llvm::outs() << describeTensor(outputs[i].type, outputs[i].shape) << " ";
      size_t next = 0;
      printElements(outputs[i], 0, next);
      llvm::outs() << "\n";
      continue;
    }
    NamedTensor tensor = outputs[i];
    convertForFile(tensor);
    std::string path = outputFolder + "/" + std::to_string(i) + ".npy";
    if (std::string error = writeNpy(path, tensor); !error.empty())
      return fail(error);
  }
  return 0;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(
      argc, argv, "runs a function of nn, linalg or npu IR on the host\n");
  mlir::DialectRegistry registry;
  registerReferenceDialects(registry);
  mlir::MLIRContext context(registry);

  std::string error;
  auto file = openMlir(inputFile, registry, error);
  if (!file)
    return fail(error);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return 2;
  auto signature = getReferenceSignature(*module, entry);
  if (failed(signature))
    return 3;

  std::vector<NamedTensor> inputs, outputs;
  for (const std::string &path : tensorFiles)
    if (error = readTensorFile(path, inputs); !error.empty())
      return fail(error);
  for (size_t i = 0; i < inputs.size() && i < signature->inputs.size(); ++i)
    if (error = convertForDevice(inputs[i], signature->inputs[i].type);
        !error.empty())
      return fail(error);
  auto program = ReferenceProgram::compile(*module, entry);
  if (!program)
    return 3;
  if (error = program->run(inputs, outputs); !error.empty())
    return fail(error);
  return writeOutputs(outputs);
}
