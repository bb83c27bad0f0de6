//===- Compile.cpp - The whole compiler behind one call -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Pipeline/Compile.h"

#include "ashlar/Codegen/Passes.h"
#include "ashlar/Conversion/LinalgToNPU/Passes.h"
#include "ashlar/Conversion/NNToLinalg/Passes.h"
#include "ashlar/Graph/Passes.h"
#include "ashlar/Image/BuildImage.h"
#include "ashlar/Pipeline/CountMacs.h"
#include "ashlar/Pipeline/Passes.h"
#include "ashlar/Pipeline/Register.h"
#include "ashlar/Reference/Reference.h"
#include "ashlar/Schedule/Passes.h"
#include "ashlar/Tile/Passes.h"

#include "dialects/npu/NPURequests.h"

#include "ISA/Isa.h"
#include "Image/Image.h"
#include "Image/ImageAssembly.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <atomic>
#include <chrono>

using namespace ashlar;
using namespace mlir;

namespace {

class Compilation {
public:
  Compilation(OwningOpRef<ModuleOp> module, const CompileOptions &options)
      : module(std::move(module)), options(options) {}

  CompileResult run();

private:
  bool runPhase(const Phase &phase);
  bool runPhases();
  bool hasIoTensors();
  void emitText();
  void emitImage();
  void countInstructions(const runtime::ImageContents &contents);
  void reportPlan(const runtime::ImageMeta &meta);
  void attributeMacs(runtime::ImageMeta &meta);
  template <typename Work> auto timed(const char *phase, Work work) {
    auto start = std::chrono::steady_clock::now();
    auto value = work();
    std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    result.stats.phaseMs.emplace_back(phase, elapsed.count());
    return value;
  }

  OwningOpRef<ModuleOp> module;
  const CompileOptions &options;
  SourceMacs macs;
  ScheduleTrace trace;
  CompileResult result;
};

} // namespace

bool Compilation::runPhase(const Phase &phase) {
  PassManager manager(module->getContext());
  phase.addPasses(manager);
  std::atomic<bool> hasReason = false;
  {
    ScopedDiagnosticHandler listener(
        module->getContext(), [&](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
            hasReason = true;
          return failure(); // the next handler shows it
        });
    if (succeeded(timed(phase.name, [&] { return manager.run(*module); })))
      return true;
  }
  if (!hasReason)
    module->emitError() << "internal error: the phase '" << phase.name
                        << "' failed without giving a reason";
  result.status = (*module)->hasAttr("npu.does_not_fit")
                      ? CompileStatus::DoesNotFit
                      : CompileStatus::Unsupported;
  return false;
}

void Compilation::emitText() {
  OpPrintingFlags flags;
  flags.enableDebugInfo(/*enable=*/false);
  llvm::raw_string_ostream os(result.text);
  module->print(os, flags);
  os << '\n';
}

/// Which row of `instructions` a word counts in.
static const char *instructionClass(const isa::InstInfo &info) {
  if (info.isPayload)
    return "payload";
  switch (info.engine) {
  case isa::Engine::Matrix:
    return "matrix";
  case isa::Engine::Output:
    return "output";
  case isa::Engine::Vector:
    return "vector";
  case isa::Engine::Copy:
    return "copy";
  case isa::Engine::Scalar:
    break;
  }
  return info.timing == isa::TimingClass::Queue ? "semaphore" : "scalar";
}

void Compilation::countInstructions(const runtime::ImageContents &contents) {
  for (const auto &text : contents.text) {
    result.stats.textBytes += text.size() * sizeof(uint64_t);
    for (uint64_t word : text)
      if (const isa::InstInfo *info = isa::lookup(isa::opcodeOf(word)))
        ++result.stats.instructionsByClass[instructionClass(*info)];
  }
}

void Compilation::reportPlan(const runtime::ImageMeta &meta) {
  CompileStats &stats = result.stats;
  for (const runtime::WeightInfo &weight : meta.weights)
    stats.weightsBytes += weight.bytes;
  stats.sramPeakBytes = meta.plan.sramPeakBytes;
  stats.sramLowerBoundBytes = meta.plan.sramLowerBoundBytes;
  stats.dramPeakBytes = meta.plan.dramPeakBytes;
  stats.dramLowerBoundBytes = meta.plan.dramLowerBoundBytes;
  stats.accPeakBytes = meta.plan.accPeakBytes;
  stats.accLowerBoundBytes = meta.plan.accLowerBoundBytes;
  stats.estimatedCycles = meta.estimatedCycles;
}

/// The multiply-accumulates of the source graph, by node and in total.
void Compilation::attributeMacs(runtime::ImageMeta &meta) {
  for (runtime::DebugMap::Node &node : meta.debug.nodes)
    node.macs = macs.byNode.lookup(node.name);
  // The others load what that one computes with.
  meta.entries.front().macs = macs.total;
}

void Compilation::emitImage() {
  auto contents = timed("image", [&] { return buildImage(*module); });
  if (failed(contents)) {
    result.status = CompileStatus::Unsupported;
    return;
  }
  attributeMacs(contents->meta);
  contents->meta.estimatedCycles = trace.cycles();
  countInstructions(*contents);
  reportPlan(contents->meta);
  result.image = std::move(*contents);
  if (options.emit != Level::Asm)
    return;
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  std::string error = runtime::writeImageBytes(result.image, *bytes);
  std::shared_ptr<const runtime::Image> image;
  if (error.empty())
    image =
        runtime::Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  if (image) {
    result.text = runtime::printImage(*image);
    return;
  }
  emitError(module->getLoc()) << error;
  result.status = CompileStatus::Unsupported;
}

/// Whether the tensors that types are asked for (`--io-type`) exist.
bool Compilation::hasIoTensors() {
  auto func = module->lookupSymbol<func::FuncOp>("main");
  llvm::StringSet<> names;
  for (unsigned i = 0; func && i < func.getNumArguments(); ++i)
    if (auto name = func.getArgAttrOfType<StringAttr>(i, "nn.name"))
      names.insert(name);
  for (unsigned i = 0; func && i < func.getNumResults(); ++i)
    if (auto name = func.getResultAttrOfType<StringAttr>(i, "nn.name"))
      names.insert(name);
  for (const std::string &text : options.ioTypes)
    if (StringRef name = StringRef(text).rsplit('=').first;
        !names.contains(name)) {
      module->emitError() << "--io-type names '" << name
                          << "', which is neither an input nor an output of "
                             "the model";
      return false;
    }
  return true;
}

/// All phases down to the level asked for.
bool Compilation::runPhases() {
  std::vector<Phase> all =
      compilerPhases(options.machine, options.precision, options.optLevel,
                     &trace, options.ioTypes);
  for (auto [i, phase] : llvm::enumerate(all)) {
    if (options.progress)
      options.progress(phase.name, double(i) / double(all.size() + 1));
    if (phase.level > options.emit)
      break;
    if (!runPhase(phase))
      return false;
    if (i == 0) // what functions compute stands where they are called
      macs = countMacs(*module);
  }
  return true;
}

CompileResult Compilation::run() {
  if (!hasIoTensors()) {
    result.status = CompileStatus::Unreadable;
    return std::move(result);
  }
  // All operators without a lowering together, before any of them folds.
  if (failed(checkLowerable(*module))) {
    result.status = CompileStatus::Unsupported;
    return std::move(result);
  }
  if (options.precision == Precision::I8) {
    module->emitError() << "cannot compute in i8: that needs scales, which the "
                           "model does not have; quantise it first (QDQ), "
                           "then its own types are integers";
    result.status = CompileStatus::Unsupported;
    return std::move(result);
  }
  if (!options.residentWeights)
    for (auto func : module->getOps<func::FuncOp>())
      func->setAttr(npu::kNoResidentAttr, UnitAttr::get(module->getContext()));
  if (!runPhases())
    return std::move(result);
  llvm::raw_string_ostream(result.explanation)
      << llvm::formatv("{0:2}\n", trace.toJson());
  if (options.emit < Level::Asm)
    emitText();
  else
    emitImage();
  return std::move(result);
}

CompileResult ashlar::compileModule(OwningOpRef<ModuleOp> module,
                                    const CompileOptions &options) {
  return Compilation(std::move(module), options).run();
}

void ashlar::loadCompilerDialects(MLIRContext &context) {
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}
