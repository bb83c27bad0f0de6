//===- VectorHostCost.cpp - What vector instructions ask of the host ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/HostCost.h"
#include "Emulator/Kernels/VectorProgram.h"
#include "Emulator/VectorDemand.h"
#include "ISA/HostCosts.h"

#include <algorithm>
#include <bit>
#include <vector>

using namespace ashlar;
using namespace ashlar::runtime;
using namespace ashlar::runtime::host_cost;

Descriptor ashlar::runtime::domainOf(const Captured &captured) {
  const Descriptor *out = nullptr;
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    switch (isa::opcodeOf(word)) {
    case isa::Opcode::VIn:
      return captured.desc(isa::unpacked<isa::VIn>(word).tensor);
    case isa::Opcode::VWin: {
      Descriptor d = captured.desc(isa::unpacked<isa::VWin>(word).input);
      d.size[4] = d.size[5] = 1;
      return d;
    }
    case isa::Opcode::VOut:
      if (!out)
        out = &captured.desc(isa::unpacked<isa::VOut>(word).tensor);
      break;
    default:
      break;
    }
  }
  return out ? *out : Descriptor();
}

unsigned ashlar::runtime::laneTypes(const isa::InstInfo &info, uint64_t word) {
  unsigned types = 0;
  for (const isa::SlotInfo &slot : info.slots) {
    if (slot.form != isa::Form::Enum)
      continue;
    if (slot.cases->name == std::string_view("LaneType")) {
      auto type = isa::LaneType(isa::getSlot(word, slot));
      types |= isa::bitWidth(type) == 64 ? kWideLanes : 0;
      types |= type == isa::LaneType::f32 || type == isa::LaneType::f64
                   ? kFloatLanes
                   : 0;
    } else if (slot.cases->name == std::string_view("ElementType")) {
      types |= isa::getSlot(word, slot) >= int64_t(isa::ElementType::f8e4m3)
                   ? kFloatLanes
                   : 0;
    }
  }
  return types;
}

namespace {

/// A block of lanes that a word, and a word with a tensor, is called for.
constexpr uint64_t kBlockCall = 64, kBlockTensor = 160;

/// What a program walks, and in which dimensions results come together.
struct Walk {
  Descriptor domain;
  std::vector<const Descriptor *> tensors;
  unsigned indexed = 0; // dimensions of v.iota
  unsigned walks = 0;   // words that walk a tensor or an index
};

Walk walkOf(const Captured &captured) {
  Walk walk;
  walk.domain = domainOf(captured);
  auto add = [&](unsigned desc) {
    walk.tensors.push_back(&captured.desc(desc));
    ++walk.walks;
  };
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    switch (isa::opcodeOf(word)) {
    case isa::Opcode::VIn:
      add(isa::unpacked<isa::VIn>(word).tensor);
      break;
    case isa::Opcode::VWin: {
      auto win = isa::unpacked<isa::VWin>(word);
      add(win.input);
      if (win.kind == isa::WindowKind::mac)
        add(win.weight);
      break;
    }
    case isa::Opcode::VOut:
      add(isa::unpacked<isa::VOut>(word).tensor);
      break;
    case isa::Opcode::VIota:
      walk.indexed |= 1u << isa::unpacked<isa::VIota>(word).dim;
      ++walk.walks;
      break;
    default:
      break;
    }
  }
  return walk;
}

/// What one lane of a v.out costs.
uint64_t outCost(const isa::VOut &out, unsigned types) {
  using K = isa::OutKind;
  bool isFloat = types & kFloatLanes, isWide = types & kWideLanes;
  uint64_t product = isa::hostCosts(isa::Opcode::VMul)[isFloat + 2 * isWide];
  switch (out.kind) {
  case K::store:
    return isFloat && isWide ? 8 : 0;
  case K::prod: // into partial results, which come together in the end
    return 16 + 2 * product;
  case K::argmin:
  case K::argmax:
    return 60;
  case K::scansum:
  case K::scanmin:
  case K::scanmax:
    return 72;
  case K::scanprod: // each waits for the one before
    return isFloat ? 480 : 72;
  default:
    return 16;
  }
}

/// One pass over the domain for outputs whose dimensions are `mask`.
void addPass(HostCost &cost, const Captured &captured, const Walk &walk,
             unsigned mask) {
  VectorSplit split(walk.domain.size, mask);
  unsigned lanes = split.byRows ? mask : 63 & ~mask;
  uint64_t points = pointsOf(walk.domain, 0, kDims), blocks = split.blocks();
  uint64_t runs = runsOf(walk.domain.size, walk.tensors, lanes, walk.indexed);
  // The other dimensions are walked point by point.
  runs = std::max(
      saturatingMul(runs, split.byRows ? split.kept : split.reduced), blocks);
  cost.add(runs, walk.walks * kRun);
  cost.add(blocks, captured.payloadCount * kBlockCall +
                       walk.walks * (kBlockTensor - kBlockCall));
  if (split.byRows)
    cost.add(split.kept, kRow);
  unsigned inner = lanes ? innermostDim(walk.domain, lanes) : kDims - 1;
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    const isa::InstInfo &info = *isa::lookup(isa::opcodeOf(word));
    unsigned types = laneTypes(info, word);
    cost.add(points, isa::hostCosts(info.opcode)[types & 3]);
    switch (info.opcode) {
    case isa::Opcode::VIn: {
      auto in = isa::unpacked<isa::VIn>(word);
      cost.add(points, elementCost(captured.desc(in.tensor), inner));
      break;
    }
    case isa::Opcode::VOut: {
      auto out = isa::unpacked<isa::VOut>(word);
      cost.add(points, elementCost(captured.desc(out.tensor), inner) +
                           outCost(out, types));
      break;
    }
    case isa::Opcode::VWin: {
      auto win = isa::unpacked<isa::VWin>(word);
      const Descriptor &input = captured.desc(win.input);
      uint64_t window = pointsOf(input, 4, 6);
      bool isMac = win.kind == isa::WindowKind::mac;
      uint64_t each =
          elementCost(input, inner) + isa::hostCosts(isa::Opcode::VFma)[1];
      if (isMac)
        each += elementCost(captured.desc(win.weight), inner);
      cost.add(saturatingMul(points, window), each);
      cost.add(saturatingMul(runs, window), isMac ? 2 * kRun : kRun);
      cost.add(saturatingMul(blocks, window), kBlockCall);
      break;
    }
    default:
      break;
    }
  }
}

void addProgram(HostCost &cost, const Captured &captured) {
  Walk walk = walkOf(captured);
  std::vector<isa::VOut> outputs;
  for (unsigned i = 0; i < captured.payloadCount; ++i)
    if (isa::opcodeOf(captured.payload(i)) == isa::Opcode::VOut)
      outputs.push_back(isa::unpacked<isa::VOut>(captured.payload(i)));
  auto mask = [](const isa::VOut &out) {
    return out.kind == isa::OutKind::store ? 0u : unsigned(out.dims);
  };
  // Malformed programs have more than two.
  bool apart = outputs.size() == 2 && runApart(outputs[0], outputs[1]);
  if (apart) {
    addPass(cost, captured, walk, mask(outputs[0]));
    addPass(cost, captured, walk, mask(outputs[1]));
  } else if (!outputs.empty()) {
    unsigned all = 0;
    for (const isa::VOut &out : outputs)
      all |= mask(out);
    addPass(cost, captured, walk, all);
  }
}

/// vgather and vscatter: a slice for each entry of the list.
void addSlices(HostCost &cost, const Captured &captured, bool gathers) {
  // The four share the layout of their first operands.
  auto move = isa::unpacked<isa::Vscatter>(captured.head());
  const Descriptor &dst = captured.desc(move.dst),
                   &src = captured.desc(move.src);
  MoveKind kind;
  kind.listed = move.dim < kDims ? 1u << move.dim : 0;
  kind.combines = !gathers && move.mode != isa::ScatterMode::set;
  addMove(cost, gathers ? dst.size : src.size, dst, src, kind);
  cost.add(pointsOf(captured.desc(move.index), 0, kDims), kNear);
}

/// vtake and vput: once to check indices, once to move elements.
void addElements(HostCost &cost, const Captured &captured, bool takes) {
  auto move = isa::unpacked<isa::Vput>(captured.head());
  const Descriptor &index = captured.desc(move.index);
  const Descriptor *tensors[] = {&index, &captured.desc(move.dst),
                                 &captured.desc(move.src)};
  uint64_t points = pointsOf(index, 0, kDims);
  bool combines = !takes && move.mode != isa::ScatterMode::set;
  cost.add(points, combines ? 480 : 240);
  for (const Descriptor *d : tensors)
    cost.add(points, elementCost(*d, innermostDim(index)));
  cost.add(
      runsOf(index.size, tensors, 63, move.dim < kDims ? 1u << move.dim : 0),
      3 * kRun);
}

void addSort(HostCost &cost, const Captured &captured) {
  bool isMerge = isa::opcodeOf(captured.head()) == isa::Opcode::Vmerge;
  // vsort and vsorti share the layout of their keys.
  auto sort = isa::unpacked<isa::Vsort>(captured.head());
  auto merge = isa::unpacked<isa::Vmerge>(captured.head());
  const Descriptor &keys = captured.desc(isMerge ? merge.keys : sort.keys);
  const Descriptor &from = isMerge ? keys : captured.desc(sort.srckeys);
  uint64_t rows = pointsOf(keys, 0, 5), points = pointsOf(from, 0, kDims);
  uint64_t length = pointsOf(from, 5, 6);
  cost.add(rows, 2 * kRow);
  for (const Descriptor &d : captured.descriptors())
    cost.add(pointsOf(d, 0, kDims), elementCost(d, 5));
  if (isMerge)
    return cost.add(points, 256);
  // A part is sorted by way of a heap.
  bool whole = keys.size[5] == from.size[5];
  uint64_t levels = uint64_t(std::bit_width(length));
  cost.add(points, 80 + levels * (whole ? 48 : 80));
  cost.add(length, kNear);
}

} // namespace

void ashlar::runtime::addVectorCost(HostCost &cost, const Captured &captured) {
  switch (isa::opcodeOf(captured.head())) {
  case isa::Opcode::Vrun:
    return addProgram(cost, captured);
  case isa::Opcode::Vgather:
    return addSlices(cost, captured, true);
  case isa::Opcode::Vscatter:
    return addSlices(cost, captured, false);
  case isa::Opcode::Vtake:
    return addElements(cost, captured, true);
  case isa::Opcode::Vput:
    return addElements(cost, captured, false);
  case isa::Opcode::Vtrans: {
    auto trans = isa::unpacked<isa::Vtrans>(captured.head());
    const Descriptor &dst = captured.desc(trans.dst);
    return addMove(cost, dst.size, dst, captured.desc(trans.src), {});
  }
  default:
    return addSort(cost, captured);
  }
}
