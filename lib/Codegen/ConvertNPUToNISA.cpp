//===- ConvertNPUToNISA.cpp - Machine words for tiles --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td.
//
//===----------------------------------------------------------------------===//

#include "ImageMeta.h"
#include "Selector.h"
#include "ashlar/Codegen/Passes.h"
#include "ashlar/Image/BuildImage.h"
#include "ashlar/Machine/Machine.h"

namespace ashlar {
#define GEN_PASS_DEF_CONVERTNPUTONISA
#include "lib/Codegen/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
struct ConvertNPUToNISA : ashlar::impl::ConvertNPUToNISABase<ConvertNPUToNISA> {
  using Base = ashlar::impl::ConvertNPUToNISABase<ConvertNPUToNISA>;
  using Base::Base;
  explicit ConvertNPUToNISA(const runtime::Machine &given) : given(given) {}

  /// The module's entry point.
  FailureOr<func::FuncOp> getEntry() {
    func::FuncOp entry;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isDeclaration())
        continue;
      if (entry) {
        InFlightDiagnostic diag = func.emitError()
                                  << "expected one function with a body";
        diag.attachNote(entry.getLoc())
            << "the other one is '" << entry.getName() << "'";
        return failure();
      }
      entry = func;
    }
    if (!entry)
      return getOperation().emitError() << "expected a function with a body";
    if (entry.getNumResults() != 0)
      return entry.emitError() << "expected outputs as arguments, got results";
    return entry;
  }

  FailureOr<runtime::Machine> getMachine(func::FuncOp entry) {
    if (given)
      return *given;
    llvm::Expected<runtime::Machine> machine = loadMachine(
        target.empty() ? npu::getTargetName(entry) : StringRef(target));
    if (machine)
      return *machine;
    return entry.emitError() << llvm::toString(machine.takeError());
  }

  LogicalResult convert() {
    FailureOr<func::FuncOp> entry = getEntry();
    if (failed(entry))
      return failure();
    FailureOr<runtime::Machine> machine = getMachine(*entry);
    if (failed(machine))
      return failure();
    runtime::ImageMeta meta;
    meta.compilerVersion = "ashlar 0.1.0";
    meta.machine = *machine;
    meta.isaHash = isa::isaHash();
    llvm::DenseMap<StringRef, int64_t> weightOffsets;
    if (failed(describeWeights(getOperation(), meta, weightOffsets)))
      return failure();

    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto text = nisa::TextOp::create(builder, entry->getLoc(), 0);
    // Who asks for its number is written for all cores; else one does it all.
    bool asks = false;
    entry->walk([&](npu::CoreIdOp) { asks = true; });
    if (asks)
      text.setCores(machine->cores);
    if (text.getBody().empty())
      text.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&text.getBody().front());
    Selector selector(builder, *machine, weightOffsets, entry->getLoc());
    if (failed(selector.run(*entry)) ||
        failed(describeEntry(
            *entry, [&](Operation *op) { return selector.wordsOf(op); }, meta)))
      return failure();
    setImageMeta(getOperation(), meta);
    entry->erase();
    return success();
  }

  void runOnOperation() override {
    if (failed(convert()))
      signalPassFailure();
  }

  std::optional<runtime::Machine> given;
};
} // namespace

std::unique_ptr<Pass>
ashlar::createConvertNPUToNISA(const runtime::Machine &machine) {
  return std::make_unique<ConvertNPUToNISA>(machine);
}
