//===- CheckCalls.cpp - What inlining would make of a model's functions ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Conversion/NNToNPU/Passes.h"

#include "mlir/Analysis/CallGraph.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Support/MathExtras.h"

namespace ashlar {
#define GEN_PASS_DEF_CHECKCALLS
#include "lib/Conversion/NNToNPU/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

struct CheckCalls : ashlar::impl::CheckCallsBase<CheckCalls> {
  using CheckCallsBase::CheckCallsBase;
  void runOnOperation() override;

private:
  void checkRegion(const CallGraph &graph, const CallGraphNode *node,
                   SymbolTableCollection &symbols);

  /// Operations of a function once all of its calls are inlined.
  llvm::DenseMap<const CallGraphNode *, uint64_t> sizes;
};

} // namespace

/// What is called has been counted before; of functions that call themselves
/// nothing is inlined.
void CheckCalls::checkRegion(const CallGraph &graph, const CallGraphNode *node,
                             SymbolTableCollection &symbols) {
  const uint64_t most = maxOperations;
  uint64_t size = 0, largest = 0;
  node->getCallableRegion()->walk([&](Operation *op) {
    auto call = dyn_cast<CallOpInterface>(op);
    uint64_t inlined =
        call ? sizes.lookup(graph.resolveCallable(call, symbols)) : 0;
    largest = std::max(largest, inlined);
    size = llvm::SaturatingAdd<uint64_t>(size, std::max<uint64_t>(inlined, 1));
  });
  sizes[node] = size;
  // Reported where it comes to be, not again by its callers.
  if (size <= most || largest > most)
    return;
  node->getCallableRegion()->getParentOp()->emitError()
      << "functions are inlined, and with what it calls this one has " << size
      << " operations; at most " << most << " are compiled";
  signalPassFailure();
}

void CheckCalls::runOnOperation() {
  sizes.clear();
  CallGraph &graph = getAnalysis<CallGraph>();
  SymbolTableCollection symbols;
  const CallGraph *view = &graph;
  for (auto component = llvm::scc_begin(view); !component.isAtEnd();
       ++component)
    for (const CallGraphNode *node : *component)
      if (!node->isExternal())
        checkRegion(graph, node, symbols);
}
