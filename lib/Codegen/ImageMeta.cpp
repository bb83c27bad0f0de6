//===- ImageMeta.cpp - What the image says of the program ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageMeta.h"
#include "Tensors.h"
#include "ashlar/Image/BuildImage.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace ashlar;

static int64_t getAttr(Operation *op, StringRef name) {
  auto attr = op->getAttrOfType<IntegerAttr>(name);
  return attr ? attr.getInt() : 0;
}

static LogicalResult describeTensor(func::FuncOp func, unsigned index,
                                    runtime::EntryPoint &entry) {
  auto type = cast<MemRefType>(func.getArgument(index).getType());
  runtime::TensorInfo tensor;
  auto name = func.getArgAttrOfType<StringAttr>(index, "npu.name");
  tensor.name = name ? name.str() : ("arg" + std::to_string(index));
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  // Integers have lost their sign on the way down.
  auto element = func.getArgAttrOfType<TypeAttr>(index, "npu.element_type");
  if (!convertElementType(element ? element.getValue() : type.getElementType(),
                          tensor.type) ||
      !runtime::tensorBytes(tensor.type, tensor.shape, tensor.bytes))
    return func.emitError() << "argument '" << tensor.name << "' of type "
                            << type << " cannot be part of a signature";
  if (auto quantization =
          func.getArgAttrOfType<DictionaryAttr>(index, "npu.quantization")) {
    auto scale = quantization.getAs<DenseF32ArrayAttr>("scale");
    auto zero = quantization.getAs<DenseI64ArrayAttr>("zero_point");
    if (scale && zero) {
      tensor.quantization.scale.assign(scale.asArrayRef().begin(),
                                       scale.asArrayRef().end());
      tensor.quantization.zeroPoint.assign(zero.asArrayRef().begin(),
                                           zero.asArrayRef().end());
    }
  }
  if (auto names = func.getArgAttrOfType<ArrayAttr>(index, npu::kDimsAttr))
    for (auto name : names.getAsRange<StringAttr>())
      tensor.dynamic.push_back(name.str());
  tensor.offset =
      cast<IntegerAttr>(func.getArgAttr(index, "npu.offset")).getInt();
  auto kind = func.getArgAttrOfType<StringAttr>(index, "npu.io");
  StringRef io = kind ? kind.getValue() : "input";
  tensor.region =
      io == "state" ? runtime::TensorRegion::State : runtime::TensorRegion::IO;
  (io == "state"    ? entry.states
   : io == "output" ? entry.outputs
                    : entry.inputs)
      .push_back(tensor);
  return success();
}

/// The source's name of a location, and its operator's.
static std::optional<std::pair<std::string, std::string>>
getNode(Location loc) {
  std::optional<std::pair<std::string, std::string>> node;
  loc->walk([&](Location inner) {
    auto name = dyn_cast<NameLoc>(inner);
    if (!name)
      return WalkResult::advance();
    auto op = dyn_cast<NameLoc>(name.getChildLoc());
    node = {name.getName().str(), op ? op.getName().str() : std::string()};
    return WalkResult::interrupt();
  });
  return node;
}

static void describeNodes(func::FuncOp func, runtime::ImageMeta &meta) {
  llvm::StringSet<> known;
  for (const runtime::DebugMap::Node &node : meta.debug.nodes)
    known.insert(node.name);
  func.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto node = getNode(op->getLoc());
    if (node && known.insert(node->first).second)
      meta.debug.nodes.push_back({node->first, node->second, 0});
  });
}

/// Words between which a buffer holds something: from its first to its last use
/// in its own block, a ring over all of the outermost loop.
static std::pair<int64_t, int64_t> getLiveWords(npu::AllocOp alloc,
                                                WordsOf wordsOf) {
  Operation *scope = nullptr;
  for (Operation *op = alloc->getParentOp(); op; op = op->getParentOp())
    if (llvm::isa<LoopLikeOpInterface>(op))
      scope = op;
  if (scope && alloc.getDepth() > 1)
    return wordsOf(scope);
  std::pair<int64_t, int64_t> live = wordsOf(alloc);
  SmallVector<Value> worklist = {alloc.getBuffer()};
  while (!worklist.empty()) {
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (llvm::isa<ViewLikeOpInterface, memref::TransposeOp>(user))
        llvm::append_range(worklist, user->getResults());
      Operation *ancestor = alloc->getBlock()->findAncestorOpInBlock(*user);
      live.second = std::max(live.second, wordsOf(ancestor).second);
    }
  }
  return live;
}

/// Peaks and lower bounds are the largest of all entry points.
static void describePeaks(DictionaryAttr attr, runtime::MemoryPlan &plan) {
  auto note = [&](StringRef name, uint64_t &most) {
    if (auto value = attr.getAs<IntegerAttr>(name))
      most = std::max(most, static_cast<uint64_t>(value.getInt()));
  };
  note("dram_peak", plan.dramPeakBytes);
  note("dram_bound", plan.dramLowerBoundBytes);
  note("sram_peak", plan.sramPeakBytes);
  note("sram_bound", plan.sramLowerBoundBytes);
  note("acc_peak", plan.accPeakBytes);
  note("acc_bound", plan.accLowerBoundBytes);
}

static void describePlan(func::FuncOp func, const runtime::Machine &machine,
                         WordsOf wordsOf, runtime::MemoryPlan &plan) {
  if (auto attr = func->getAttrOfType<DictionaryAttr>("npu.plan"))
    describePeaks(attr, plan);
  func.walk([&](npu::AllocOp alloc) {
    runtime::PlannedBuffer buffer;
    auto node = getNode(alloc.getLoc());
    buffer.name =
        node ? node->first : "buffer" + std::to_string(plan.buffers.size());
    npu::Space space = *npu::getSpace(alloc.getType());
    buffer.space = npu::stringifySpace(space).str();
    buffer.offset = alloc.getOffset().value_or(0);
    int64_t slot = alloc.getType().getNumElements() *
                   getElementBytes(alloc.getType().getElementType());
    if (auto parts = alloc->getAttrOfType<IntegerAttr>(npu::kPartsAttr))
      slot /= parts.getInt();
    if (space == npu::Space::Acc) {
      npu::AccLayout layout = npu::getAccLayout(alloc.getBuffer());
      slot = layout.rows * llvm::divideCeil(layout.lanes, machine.mxuN) *
             machine.mxuN * 4;
    }
    buffer.bytes =
        alloc.getSlotBytes().value_or(slot) * (alloc.getDepth() - 1) + slot;
    auto [first, last] = getLiveWords(alloc, wordsOf);
    buffer.first = first;
    buffer.last = std::max(first, last - 1);
    plan.buffers.push_back(buffer);
  });
}

LogicalResult ashlar::describeEntry(func::FuncOp func, WordsOf wordsOf,
                                    runtime::ImageMeta &meta) {
  runtime::EntryPoint entry;
  entry.name = func.getName().str();
  if (auto ranges = func->getAttrOfType<DictionaryAttr>(npu::kDimRangesAttr))
    for (NamedAttribute range : ranges) {
      entry.dynamicDims.push_back(range.getName().str());
      entry.dynamicLowest.push_back(
          cast<DenseI64ArrayAttr>(range.getValue())[0]);
    }
  for (unsigned index = 0; index < func.getNumArguments(); ++index)
    if (failed(describeTensor(func, index, entry)))
      return failure();
  entry.ioBytes = getAttr(func, "npu.io_bytes");
  entry.stateBytes = getAttr(func, "npu.state_bytes");
  entry.macs = getAttr(func, "npu.macs");
  describeNodes(func, meta);
  describePlan(func, meta.machine, wordsOf, meta.plan);
  if (auto plan = func->getAttrOfType<DictionaryAttr>("npu.plan"))
    if (auto peak = plan.getAs<IntegerAttr>("dram_peak"))
      entry.arenaBytes = llvm::alignTo(peak.getInt(), 64);
  if (auto opening = func->getAttrOfType<FlatSymbolRefAttr>(npu::kOpeningAttr))
    entry.opening = opening.getValue().str();
  func.walk([&](npu::RequestHasNextOp) { entry.fetchesNext = true; });
  func.walk([&](npu::RequestLeaveOp) { entry.leavesOutputs = true; });
  meta.entries.push_back(std::move(entry));
  return success();
}

void ashlar::describeResidents(ModuleOp module, int64_t words,
                               runtime::ImageMeta &meta) {
  for (auto global : module.getOps<memref::GlobalOp>()) {
    MemRefType type = global.getType();
    if (npu::getSpace(type) != npu::Space::Sram)
      continue;
    runtime::PlannedBuffer buffer;
    buffer.name = global.getName().str();
    buffer.space = "sram";
    buffer.offset = getAttr(global, npu::kOffsetAttr);
    buffer.bytes =
        type.getNumElements() * getElementBytes(type.getElementType());
    buffer.last = words - 1;
    buffer.resident = !global->hasAttr(npu::kStagedAttr);
    meta.plan.buffers.push_back(std::move(buffer));
  }
}

LogicalResult
ashlar::describeGlobals(ModuleOp module, runtime::ImageMeta &meta,
                        llvm::DenseMap<StringRef, int64_t> &offsets) {
  uint64_t top = 0;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    if (npu::getSpace(global.getType()) != npu::Space::Dram) {
      auto offset = global->getAttrOfType<IntegerAttr>(npu::kOffsetAttr);
      if (offset && global.isUninitialized())
        offsets[global.getName()] = offset.getInt();
      continue;
    }
    runtime::WeightInfo weight;
    weight.name = global.getName().str();
    weight.shape.assign(global.getType().getShape().begin(),
                        global.getType().getShape().end());
    if (!convertElementType(global.getType().getElementType(), weight.type) ||
        !runtime::tensorBytes(weight.type, weight.shape, weight.bytes))
      return global.emitError() << "a constant of type " << global.getType()
                                << " cannot be part of an image";
    weight.offset = llvm::alignTo(top, 64);
    top = weight.offset + weight.bytes;
    offsets[global.getName()] = weight.offset;
    meta.weights.push_back(std::move(weight));
  }
  return success();
}
