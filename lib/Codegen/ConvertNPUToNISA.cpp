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
#include "llvm/ADT/StringSet.h"

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

  /// The module's entry point and, behind it, what opens a session for it.
  FailureOr<SmallVector<func::FuncOp, 2>> getEntries() {
    SmallVector<func::FuncOp, 2> entries;
    llvm::StringSet<> openings;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (auto name = func->getAttrOfType<FlatSymbolRefAttr>(npu::kOpeningAttr))
        openings.insert(name.getValue());
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isDeclaration() || openings.contains(func.getName()))
        continue;
      if (!entries.empty()) {
        InFlightDiagnostic diag = func.emitError()
                                  << "expected one function with a body";
        diag.attachNote(entries.front().getLoc())
            << "the other one is '" << entries.front().getName() << "'";
        return failure();
      }
      entries.push_back(func);
    }
    if (entries.empty())
      return getOperation().emitError() << "expected a function with a body";
    func::FuncOp entry = entries.front();
    if (auto name =
            entry->getAttrOfType<FlatSymbolRefAttr>(npu::kOpeningAttr)) {
      auto opening = getOperation().lookupSymbol<func::FuncOp>(name.getAttr());
      if (!opening || opening.isDeclaration() || opening.getNumArguments() != 0)
        return entry.emitError()
               << "expected " << name
               << " to be a function with a body and without arguments";
      entries.push_back(opening);
    }
    if (entry.getNumResults() != 0)
      return entry.emitError() << "expected outputs as arguments, got results";
    return entries;
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
    FailureOr<SmallVector<func::FuncOp, 2>> entries = getEntries();
    if (failed(entries))
      return failure();
    func::FuncOp entry = entries->front();
    FailureOr<runtime::Machine> machine = getMachine(entry);
    if (failed(machine))
      return failure();
    runtime::ImageMeta meta;
    meta.compilerVersion = "ashlar 0.1.0";
    meta.machine = *machine;
    meta.isaHash = isa::isaHash();
    llvm::DenseMap<StringRef, int64_t> globalOffsets;
    if (failed(describeGlobals(getOperation(), meta, globalOffsets)))
      return failure();

    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto text = nisa::TextOp::create(builder, entry->getLoc(), 0);
    // Who asks for its number is written for all cores; else one does it all.
    bool asks = false;
    for (func::FuncOp func : *entries)
      func->walk([&](npu::CoreIdOp) { asks = true; });
    if (asks)
      text.setCores(machine->cores);
    if (text.getBody().empty())
      text.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&text.getBody().front());
    Selector selector(builder, *machine, globalOffsets, entry->getLoc());
    for (func::FuncOp func : *entries) {
      // The text begins with the entry point.
      if (func != entry)
        selector.emit.label(selector.emit.newLabel(), func.getName());
      if (failed(selector.run(func)) ||
          failed(describeEntry(
              func, [&](Operation *op) { return selector.wordsOf(op); }, meta)))
        return failure();
    }
    describeResidents(getOperation(), selector.emit.size(), meta);
    setImageMeta(getOperation(), meta);
    for (func::FuncOp func : *entries)
      func->erase();
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
