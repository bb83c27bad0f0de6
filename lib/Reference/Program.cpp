//===- Program.cpp - A module compiled for the host -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Reference.h"

#include "Lowering.h"

#include "dialects/nn/NN.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace ashlar;

namespace {

/// A memref descriptor of any rank, dense and row-major.
class Descriptor {
public:
  Descriptor(const void *data, ArrayRef<int64_t> shape) {
    auto address = static_cast<int64_t>(reinterpret_cast<intptr_t>(data));
    words = {address, address, 0};
    words.append(shape.begin(), shape.end());
    SmallVector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
      strides[i - 1] = strides[i] * shape[i];
    words.append(strides.begin(), strides.end());
  }
  void *address() { return words.data(); }

private:
  SmallVector<int64_t, 16> words;
};

/// The bytes of a constant as a tensor of its type would have them.
ArrayRef<char> getBytes(ElementsAttr value) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return blob ? blob->getData() : ArrayRef<char>();
  }
  return cast<DenseElementsAttr>(value).getRawData();
}

/// A constant's address. Weights of a mapped model lie at any offset, compiled
/// loops expect aligned elements: such weights are copied into `copies`.
const char *alignedData(ElementsAttr value,
                        std::vector<std::vector<char>> &copies) {
  constexpr uintptr_t kAlignment = alignof(int64_t);
  ArrayRef<char> bytes = getBytes(value);
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment == 0)
    return bytes.data();
  copies.push_back(bytes.vec());
  return copies.back().data();
}

/// Whether the loops of a program visit so few points that it runs faster than
/// LLVM optimises it.
bool isSmallProgram(ModuleOp module) {
  constexpr double kFew = 2e7;
  double points = 0;
  module.walk(
      [&](linalg::LinalgOp op) { points += reference::countPoints(op); });
  return points <= kFew;
}

} // namespace

struct ReferenceProgram::Implementation {
  OwningOpRef<ModuleOp> module; // constants live in its attributes
  ReferenceSignature signature;
  std::vector<unsigned> outputArguments; // at the npu level, among arguments
  std::vector<Descriptor> constants;
  std::vector<std::vector<char>> constantCopies; // of those not aligned
  std::unique_ptr<ExecutionEngine> engine;
  std::string symbol;
  bool isSmall = false; // little to compute: compiled without optimisations

  LogicalResult build(ModuleOp source, StringRef entry);
  LogicalResult makeEngine();
};

ReferenceProgram::ReferenceProgram(
    std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
ReferenceProgram::~ReferenceProgram() = default;

const ReferenceSignature &ReferenceProgram::signature() const {
  return implementation->signature;
}

/// Which arguments of a function are outputs.
static std::vector<unsigned> getOutputArguments(func::FuncOp func) {
  std::vector<unsigned> outputs;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto io = func.getArgAttrOfType<StringAttr>(i, "npu.io");
    if (io && io.getValue() == "output")
      outputs.push_back(i);
  }
  return outputs;
}

/// What opens a session happens at the beginning of each run: the host has no
/// sessions.
static void runOpening(ModuleOp module, func::FuncOp entry) {
  auto name = entry->getAttrOfType<FlatSymbolRefAttr>(npu::kOpeningAttr);
  auto opening =
      name ? module.lookupSymbol<func::FuncOp>(name.getAttr()) : func::FuncOp();
  if (!opening || opening.isDeclaration())
    return;
  OpBuilder builder(&entry.front(), entry.front().begin());
  IRMapping mapping;
  SmallVector<Value> loaded;
  for (Operation &op : opening.front().without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    if (isa<memref::GetGlobalOp>(clone) &&
        npu::getSpace(clone->getResult(0).getType()) == npu::Space::Dram)
      loaded.push_back(clone->getResult(0));
  }
  // Whatever a core brings to all of them is there before the first one runs.
  if (!loaded.empty() && !opening.front().getOps<npu::CoreIdOp>().empty())
    npu::BarrierOp::create(
        builder, opening.getLoc(), loaded,
        npu::QueueAttr::get(builder.getContext(), npu::Queue::Dma0),
        IntegerAttr());
  entry->removeAttr(npu::kOpeningAttr);
  opening.erase();
}

LogicalResult ReferenceProgram::Implementation::build(ModuleOp source,
                                                      StringRef entry) {
  FailureOr<ReferenceSignature> found = getReferenceSignature(source, entry);
  if (failed(found))
    return failure();
  signature = *found;
  symbol = entry.str();
  module = cast<ModuleOp>(source->clone());
  outputArguments =
      getOutputArguments(module->lookupSymbol<func::FuncOp>(entry));

  runOpening(*module, module->lookupSymbol<func::FuncOp>(entry));

  PassManager toBuffers(source.getContext());
  reference::buildBufferPipeline(toBuffers);
  if (failed(toBuffers.run(*module)))
    return failure();
  auto func = module->lookupSymbol<func::FuncOp>(entry);
  for (ElementsAttr value : reference::hoistConstants(*module, func)) {
    if (getBytes(value).empty())
      return func.emitError("cannot run on the host: a constant without data");
    constants.emplace_back(alignedData(value, constantCopies),
                           value.getShapedType().getShape());
  }
  isSmall = isSmallProgram(*module);
  // What the signature has read means nothing to LLVM.
  func.setAllArgAttrs(ArrayRef<DictionaryAttr>(
      SmallVector<DictionaryAttr>(func.getNumArguments())));
  func->setAttr("llvm.emit_c_interface", UnitAttr::get(source.getContext()));
  PassManager toLLVM(source.getContext());
  reference::buildLLVMPipeline(toLLVM);
  if (failed(toLLVM.run(*module)))
    return failure();
  return makeEngine();
}

LogicalResult ReferenceProgram::Implementation::makeEngine() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto fail = [&](llvm::Error error) {
    return module->emitError("cannot run on the host: ")
           << llvm::toString(std::move(error));
  };
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return fail(builder.takeError());
  auto machine = builder->createTargetMachine();
  if (!machine)
    return fail(machine.takeError());
  auto optimize = makeOptimizingTransformer(/*optLevel=*/isSmall ? 0 : 2,
                                            /*sizeLevel=*/0, machine->get());
  ExecutionEngineOptions options;
  options.transformer = optimize;
  options.jitCodeGenOptLevel =
      isSmall ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto created = ExecutionEngine::create(*module, options, std::move(*machine));
  if (!created)
    return fail(created.takeError());
  engine = std::move(*created);
  return success();
}

std::unique_ptr<ReferenceProgram> ReferenceProgram::compile(ModuleOp module,
                                                            StringRef entry) {
  DialectRegistry registry;
  registerReferenceDialects(registry);
  module.getContext()->appendDialectRegistry(registry);
  auto implementation = std::make_unique<Implementation>();
  if (failed(implementation->build(module, entry)))
    return nullptr;
  return std::unique_ptr<ReferenceProgram>(
      new ReferenceProgram(std::move(implementation)));
}

static size_t getByteSize(const ReferenceTensor &tensor) {
  size_t count = 1;
  for (int64_t size : tensor.shape)
    count *= static_cast<size_t>(size);
  return count * ((runtime::dataTypeBits(tensor.type) + 7) / 8);
}

/// What is wrong with the inputs; empty if nothing is.
static std::string checkInputs(const ReferenceSignature &signature,
                               ArrayRef<NamedTensor> inputs) {
  if (inputs.size() != signature.inputs.size())
    return "expected " + std::to_string(signature.inputs.size()) +
           " inputs, but got " + std::to_string(inputs.size());
  for (auto [i, input] : llvm::enumerate(inputs)) {
    const ReferenceTensor &expected = signature.inputs[i];
    if (input.type != expected.type || input.shape != expected.shape ||
        input.data.size() != getByteSize(expected))
      return "input " + std::to_string(i) + ": expected " +
             describeTensor(expected.type, expected.shape) + ", but got " +
             describeTensor(input.type, input.shape);
  }
  return "";
}

std::string ReferenceProgram::run(ArrayRef<NamedTensor> inputs,
                                  std::vector<NamedTensor> &outputs) {
  const ReferenceSignature &expected = signature();
  if (std::string error = checkInputs(expected, inputs); !error.empty())
    return error;
  outputs.clear();
  for (const ReferenceTensor &tensor : expected.outputs)
    outputs.push_back({tensor.name, tensor.type, tensor.shape,
                       std::vector<uint8_t>(getByteSize(tensor))});

  // Arguments: inputs with the npu level's outputs between them, then results,
  // then constants. Inputs are copied: programs may write where they read.
  std::vector<std::vector<uint8_t>> copies;
  std::vector<Descriptor> descriptors;
  unsigned nextInput = 0, nextOutput = 0;
  size_t arguments = inputs.size() + implementation->outputArguments.size();
  for (unsigned i = 0; i < arguments; ++i) {
    if (llvm::is_contained(implementation->outputArguments, i)) {
      NamedTensor &output = outputs[nextOutput++];
      descriptors.emplace_back(output.data.data(), output.shape);
      continue;
    }
    const NamedTensor &input = inputs[nextInput++];
    copies.push_back(input.data);
    if (input.type == runtime::DataType::Bool)
      for (uint8_t &byte : copies.back())
        byte = byte != 0;
    descriptors.emplace_back(copies.back().data(), input.shape);
  }
  for (; nextOutput < outputs.size(); ++nextOutput)
    descriptors.emplace_back(outputs[nextOutput].data.data(),
                             outputs[nextOutput].shape);
  llvm::append_range(descriptors, implementation->constants);

  SmallVector<void *> addresses;
  for (Descriptor &descriptor : descriptors)
    addresses.push_back(descriptor.address());
  SmallVector<void *> packed;
  for (void *&address : addresses)
    packed.push_back(&address);
  llvm::Error error = implementation->engine->invokePacked(
      "_mlir_ciface_" + implementation->symbol, packed);
  return error ? llvm::toString(std::move(error)) : "";
}

FailureOr<std::vector<NamedTensor>>
ashlar::runReference(ModuleOp module, ArrayRef<NamedTensor> inputs,
                     StringRef entry) {
  std::unique_ptr<ReferenceProgram> program =
      ReferenceProgram::compile(module, entry);
  if (!program)
    return failure();
  std::vector<NamedTensor> outputs;
  if (std::string error = program->run(inputs, outputs); !error.empty())
    return module.emitError("cannot run on the host: ") << error;
  return outputs;
}

void ashlar::registerReferenceDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  registry.insert<nn::NNDialect, npu::NPUDialect>();
}
