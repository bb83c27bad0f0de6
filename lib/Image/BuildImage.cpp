//===- BuildImage.cpp - From nisa to an image's contents ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Image/BuildImage.h"

#include "WeightBytes.h"
#include "dialects/nisa/Encoding.h"
#include "dialects/nisa/NISA.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

#include "ISA/Isa.h"

#include <memory>
#include <set>

using namespace mlir;
using namespace ashlar;
using runtime::DebugMap;
using runtime::ImageContents;

/// The first name in a location that is a node's; its number, or -1.
static int64_t findNode(Location loc, const llvm::StringMap<uint32_t> &nodes) {
  int64_t found = -1;
  loc->walk([&](Location part) {
    auto name = llvm::dyn_cast<NameLoc>(part);
    if (!name)
      return WalkResult::advance();
    auto it = nodes.find(name.getName());
    if (it == nodes.end())
      return WalkResult::advance();
    found = it->second;
    return WalkResult::interrupt();
  });
  return found;
}

static void addRanges(const nisa::EncodedText &text, uint32_t core,
                      const llvm::StringMap<uint32_t> &nodes,
                      std::vector<DebugMap::Range> &ranges) {
  // Neighbouring words mostly share a location.
  Location last = UnknownLoc::get(text.ops.front()->getContext());
  int64_t node = -1;
  for (size_t i = 0; i < text.ops.size(); ++i) {
    Location loc = text.ops[i]->getLoc();
    if (loc != last) {
      last = loc;
      node = findNode(loc, nodes);
    }
    if (node < 0)
      continue;
    DebugMap::Range *open = ranges.empty() ? nullptr : &ranges.back();
    if (open && open->core == core && open->node == node &&
        open->first + open->count == i)
      ++open->count;
    else
      ranges.push_back({core, i, 1, static_cast<uint32_t>(node)});
  }
}

namespace {
/// The module's texts as they are encoded.
struct Texts {
  std::map<uint32_t, std::shared_ptr<const nisa::EncodedText>> byCore;
};
} // namespace

static LogicalResult encodeTexts(ModuleOp module, uint32_t cores,
                                 Texts &texts) {
  bool failed = false;
  for (nisa::TextOp text : module.getOps<nisa::TextOp>()) {
    int64_t first = static_cast<int64_t>(text.getCore());
    int64_t last = first + static_cast<int64_t>(text.getCores()) - 1;
    if (first < 0 || last >= cores) {
      text.emitError() << "text for core " << (first < 0 ? first : last)
                       << ", the machine has " << cores;
      failed = true;
      continue;
    }
    FailureOr<nisa::EncodedText> encoded = nisa::encodeText(text);
    if (mlir::failed(encoded)) {
      failed = true;
      continue;
    }
    auto shared =
        std::make_shared<const nisa::EncodedText>(std::move(*encoded));
    for (int64_t core = first; core <= last; ++core) {
      if (texts.byCore.try_emplace(core, shared).second)
        continue;
      text.emitError() << "core " << core << " has two texts";
      failed = true;
    }
  }
  return failure(failed);
}

static LogicalResult collectWeights(ModuleOp module, ImageContents &contents) {
  SymbolTable symbols(module);
  for (const runtime::WeightInfo &weight : contents.meta.weights) {
    auto global = symbols.lookup<memref::GlobalOp>(weight.name);
    if (!global)
      return module.emitError()
             << "weight '" << weight.name << "' has no memref.global";
    runtime::WeightData data;
    if (failed(weightBytes(global, weight.bytes, data)))
      return failure();
    contents.weightData.push_back(std::move(data));
  }
  return success();
}

/// Numbers of the source nodes by name. The module's own name is that of its
/// file: an image must not depend on where the model lay.
static llvm::StringMap<uint32_t> numberNodes(ModuleOp module,
                                             const DebugMap &debug) {
  llvm::StringMap<uint32_t> numbers;
  auto own = llvm::dyn_cast<NameLoc>(module.getLoc());
  for (uint32_t i = 0; i < debug.nodes.size(); ++i)
    if (!own || own.getName().getValue() != debug.nodes[i].name)
      numbers.try_emplace(debug.nodes[i].name, i);
  return numbers;
}

/// Removes nodes without an operator that no word comes from: constants, and
/// the file.
static void removeUnusedNodes(DebugMap &debug) {
  std::vector<bool> used(debug.nodes.size());
  for (const DebugMap::Range &range : debug.ranges)
    used[range.node] = true;
  std::vector<uint32_t> numbers(debug.nodes.size());
  uint32_t kept = 0;
  for (uint32_t i = 0; i < debug.nodes.size(); ++i) {
    if (!used[i] && debug.nodes[i].op.empty())
      continue;
    numbers[i] = kept;
    if (kept != i)
      debug.nodes[kept] = std::move(debug.nodes[i]);
    ++kept;
  }
  debug.nodes.resize(kept);
  for (DebugMap::Range &range : debug.ranges)
    range.node = numbers[range.node];
}

FailureOr<ImageContents> ashlar::buildImage(ModuleOp module) {
  FailureOr<runtime::ImageMeta> meta = getImageMeta(module);
  if (failed(meta))
    return failure();
  ImageContents contents;
  contents.meta = std::move(*meta);
  contents.meta.isaHash = ashlar::isa::isaHash();
  contents.meta.debug.ranges.clear();
  uint32_t cores = contents.meta.machine.cores;
  Texts texts;
  if (failed(encodeTexts(module, cores, texts)) ||
      failed(collectWeights(module, contents)))
    return failure();

  llvm::StringMap<uint32_t> nodes = numberNodes(module, contents.meta.debug);
  for (uint32_t core = 0; core < cores; ++core) {
    std::vector<uint64_t> words;
    if (auto it = texts.byCore.find(core);
        it != texts.byCore.end() && !it->second->words.empty()) {
      words.assign(it->second->words.begin(), it->second->words.end());
      addRanges(*it->second, core, nodes, contents.meta.debug.ranges);
    } else {
      words.push_back(ashlar::isa::encode(ashlar::isa::Halt{}));
    }
    contents.text.push_back(std::move(words));
  }
  removeUnusedNodes(contents.meta.debug);
  for (runtime::EntryPoint &entry : contents.meta.entries) {
    if (!entry.coreStart.empty())
      continue;
    entry.coreStart.assign(cores, 0);
    for (auto &[core, text] : texts.byCore)
      if (auto it = text->symbols.find(entry.name); it != text->symbols.end())
        entry.coreStart[core] = it->second;
  }
  return contents;
}
