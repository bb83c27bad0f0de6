//===- Demand.cpp - What an instruction asks of the machine ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Demand.h"

#include "Emulator/Memory.h"
#include "Emulator/VectorDemand.h"
#include "ISA/Isa.h"

#include <algorithm>
#include <bit>

using namespace ashlar;
using namespace ashlar::runtime;

AccessPattern ashlar::runtime::patternOf(const Descriptor &d) {
  AccessPattern p;
  p.elementBits = elementBits(d.type);
  p.baseOffsetBytes = addressOffset(d.base);
  std::copy(d.size, d.size + kDims, p.size.begin());
  std::copy(d.stride, d.stride + kDims, p.stride.begin());
  return p;
}

static bool inSpace(const Descriptor &d, Space space) {
  return addressSpace(d.base) == unsigned(space);
}

//===----------------------------------------------------------------------===//
// Matrix unit
//===----------------------------------------------------------------------===//

static void addMatrix(Demand &demand, const Captured &captured,
                      const Machine &machine, bool timing) {
  auto mm = isa::unpacked<isa::Mm>(captured.head());
  const Descriptor &a = captured.desc(mm.a), &b = captured.desc(mm.b);
  MatrixShape shape;
  shape.m = pointsOf(a, 0, 3);
  shape.n = pointsOf(b, 0, 3);
  shape.k = pointsOf(a, 3, 6);
  shape.streamBits = elementBits(a.type);
  shape.stationaryBits = elementBits(b.type);
  demand.macs = saturatingMul(saturatingMul(shape.m, shape.n), shape.k);
  if (!timing)
    return;
  MatrixCost cost = matrixCost(shape, machine);
  uint32_t rateBits = matrixRateBits(shape.streamBits, shape.stationaryBits);
  demand.workCycles = double(cost.busyCycles());
  demand.peakMacsPerCycle = matrixPeakMacs(machine, rateBits);
  demand.firstLoadCycles = cost.firstLoadCycles;
  demand.fillCycles = cost.fillCycles;
  demand.lastBlockCycles = cost.cyclesPerBlock;
  demand.sramLines =
      double(matrixStreamLines(patternOf(a), shape.n, rateBits, machine) +
             matrixStationaryLines(patternOf(b), rateBits, machine));
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    // mm.scale and mm.zero have the same layout.
    auto mod = isa::unpacked<isa::MmScale>(captured.payload(i));
    demand.sramLines += double(matrixStationaryLines(
        patternOf(captured.desc(mod.tensor)), rateBits, machine));
  }
}

//===----------------------------------------------------------------------===//
// Output stage
//===----------------------------------------------------------------------===//

static void addOutput(Demand &demand, const Captured &captured,
                      const Machine &machine) {
  const Descriptor *tensor, *acc;
  bool laneMajor = false;
  if (isa::opcodeOf(captured.head()) == isa::Opcode::Drain) {
    auto drain = isa::unpacked<isa::Drain>(captured.head());
    tensor = &captured.desc(drain.dst);
    acc = &captured.desc(drain.acc);
    laneMajor = drain.order == isa::DrainOrder::lane;
  } else {
    auto preload = isa::unpacked<isa::Preload>(captured.head());
    tensor = &captured.desc(preload.src);
    acc = &captured.desc(preload.acc);
  }
  uint64_t rows = pointsOf(*acc, 4, 5), lanes = pointsOf(*acc, 5, 6);
  uint64_t startup = machine.outStartupCycles;
  uint64_t all = outputCycles(rows, lanes, machine);
  demand.startupCycles = std::min(all, startup);
  demand.workCycles = double(all - demand.startupCycles);
  if (inSpace(*tensor, Space::Sram))
    demand.sramLines =
        double(outputLines(patternOf(*tensor), laneMajor, machine));
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    switch (isa::opcodeOf(captured.payload(i))) {
    case isa::Opcode::OMul:
    case isa::Opcode::OAdd:
    case isa::Opcode::OSub:
    case isa::Opcode::OFma: {
      auto step = isa::unpacked<isa::OMul>(captured.payload(i));
      demand.sramLines += double(outputLines(
          patternOf(captured.desc(step.tensor)), laneMajor, machine));
      break;
    }
    case isa::Opcode::OTable:
    case isa::Opcode::OPoly: {
      // Loaded into the stage once.
      auto step = isa::unpacked<isa::OTable>(captured.payload(i));
      demand.sramLines += double(linesTouched(
          patternOf(captured.desc(step.tensor)), machine.sramLineBytes));
      break;
    }
    default:
      break;
    }
  }
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Intersection of all windows, in the destination's indices.
struct Windows {
  int64_t lo[kDims], hi[kDims];
};

/// Leaves out what windows leave out. In a gathered dimension they select
/// entries of the list.
static void applyWindows(CopyPlan &plan, const Windows &windows) {
  for (unsigned dim = 0; dim < kDims; ++dim) {
    Descriptor &d = int(dim) == plan.gatherDim ? plan.gatherList : plan.src;
    unsigned at = int(dim) == plan.gatherDim ? kDims - 1 : dim;
    int64_t size = std::max<int64_t>(d.size[at], 0);
    int64_t lo = std::clamp<int64_t>(windows.lo[dim], 0, size);
    int64_t hi = std::clamp<int64_t>(windows.hi[dim], lo, size);
    d.size[at] = hi - lo;
    // The product is a multiple of 8 bits unless a 4-bit row starts at its
    // middle: then the byte that holds its first element counts.
    __int128 bits = __int128(lo) * d.stride[at] * elementBits(d.type);
    d.base += uint64_t(int64_t(bits >> 3));
  }
}

static void addDestination(CopyPlan &plan, const Captured &captured,
                           bool multicast, uint64_t mask) {
  plan.dstInSram = inSpace(plan.dst, Space::Sram);
  if (!plan.dstInSram)
    return;
  uint32_t core = addressCore(plan.dst.base);
  if (core == kThisCore)
    core = captured.core;
  if (multicast)
    plan.dstCores = mask;
  else if (core < 64)
    plan.dstCores = uint64_t(1) << core;
  else
    plan.dstCoreAbove = int32_t(core);
}

CopyPlan ashlar::runtime::planCopy(const Captured &captured) {
  auto copy = isa::unpacked<isa::Copy>(captured.head());
  CopyPlan plan;
  plan.dst = captured.desc(copy.dst);
  plan.src = captured.desc(copy.src);
  bool multicast = false;
  uint64_t mask = 0;
  Windows windows;
  std::fill(windows.lo, windows.lo + kDims, INT64_MIN);
  std::fill(windows.hi, windows.hi + kDims, INT64_MAX);
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    switch (isa::opcodeOf(word)) {
    case isa::Opcode::CWindow: {
      auto window = isa::unpacked<isa::CWindow>(word);
      if (window.dim >= kDims)
        break;
      int64_t &lo = windows.lo[window.dim], &hi = windows.hi[window.dim];
      lo = std::max(lo, int64_t(captured.reg(window.lo)));
      hi = std::min(hi, int64_t(captured.reg(window.hi)));
      break;
    }
    case isa::Opcode::CGather: {
      auto gather = isa::unpacked<isa::CGather>(word);
      plan.gatherDim = gather.dim;
      plan.gatherList = captured.desc(gather.index);
      break;
    }
    case isa::Opcode::CScatter: {
      auto scatter = isa::unpacked<isa::CScatter>(word);
      plan.scatterDim = scatter.dim;
      plan.scatterList = captured.desc(scatter.index);
      break;
    }
    case isa::Opcode::CAdd:
      plan.adds = true;
      break;
    case isa::Opcode::CMulticast:
      multicast = true;
      mask = captured.reg(isa::unpacked<isa::CMulticast>(word).cores);
      break;
    default:
      break;
    }
  }
  applyWindows(plan, windows);
  plan.reads =
      !isEmpty(plan.src) && (plan.gatherDim < 0 || !isEmpty(plan.gatherList));
  plan.srcInSram = plan.reads && inSpace(plan.src, Space::Sram);
  if (plan.srcInSram) {
    plan.srcCore = addressCore(plan.src.base);
    if (plan.srcCore == kThisCore)
      plan.srcCore = captured.core;
  }
  addDestination(plan, captured, multicast, mask);
  return plan;
}

/// The pattern of a side whose index in `dim` comes from a list of `count`.
static AccessPattern listedPattern(const Descriptor &d, int dim,
                                   int64_t count) {
  AccessPattern p = patternOf(d);
  p.size[size_t(dim)] = count;
  p.scatteredDims = 1u << dim;
  return p;
}

static CopyShape copyShapeOf(const CopyPlan &plan, uint32_t core) {
  CopyShape shape;
  shape.src = patternOf(plan.src);
  shape.dst = patternOf(plan.dst);
  auto rows = [&](const Descriptor &d, int dim, int64_t count) {
    return saturatingMul(pointsOf(d, 0, unsigned(dim)), uint64_t(count));
  };
  if (plan.gatherDim >= 0 && plan.gatherDim < int(kDims)) {
    int64_t count = plan.gatherList.size[kDims - 1];
    shape.src = listedPattern(plan.src, plan.gatherDim, count);
    shape.indexedRows += rows(plan.dst, plan.gatherDim, count);
  }
  if (plan.scatterDim >= 0 && plan.scatterDim < int(kDims)) {
    int64_t count = plan.scatterList.size[kDims - 1];
    shape.dst = listedPattern(plan.dst, plan.scatterDim, count);
    shape.indexedRows += rows(plan.src, plan.scatterDim, count);
  }
  // A source of which nothing is read costs no memory's latency.
  if (!plan.reads)
    shape.srcSide = CopySide::LocalSram;
  else if (plan.srcInSram)
    shape.srcSide =
        plan.srcCore == core ? CopySide::LocalSram : CopySide::RemoteSram;
  if (plan.dstInSram) {
    uint64_t self = core < 64 ? uint64_t(1) << core : 0;
    bool others =
        (plan.dstCores & ~self) != 0 ||
        (plan.dstCoreAbove >= 0 && plan.dstCoreAbove != int32_t(core));
    shape.dstSide = others ? CopySide::RemoteSram : CopySide::LocalSram;
    shape.alsoLocal = others && (plan.dstCores & self) != 0;
  } else {
    shape.dstSide = CopySide::Dram;
  }
  shape.addsToDestination = plan.adds;
  return shape;
}

static void addCopy(Demand &demand, const Captured &captured,
                    const Machine &machine) {
  // It does nothing, wherever its tensors claim to be.
  if (std::any_of(captured.descriptors().begin(), captured.descriptors().end(),
                  isEmpty)) {
    demand.startupCycles = machine.copyStartupCycles;
    return;
  }
  CopyPlan plan = planCopy(captured);
  CopyShape shape = copyShapeOf(plan, captured.core);
  CopyCost cost = copyCost(shape, machine);
  demand.startupCycles = cost.startupCycles;
  demand.latencyCycles = cost.latencyCycles;
  demand.workCycles = cost.engineCycles;
  demand.bytes = double(cost.bytes);
  demand.dramReadBytes = cost.dramReadBytes;
  demand.dramWriteBytes = cost.dramWriteBytes;
  demand.linkBytes = double(cost.linkBytes);
  demand.sramLines = double(cost.sramLines);
  for (auto [dim, list] : {std::pair(plan.gatherDim, &plan.gatherList),
                           std::pair(plan.scatterDim, &plan.scatterList)})
    if (dim >= 0)
      demand.sramLines +=
          double(linesTouched(patternOf(*list), machine.sramLineBytes));
  demand.remoteLines = double(cost.remoteLines);
  if (shape.srcSide == CopySide::RemoteSram) {
    demand.remoteRead = int32_t(plan.srcCore);
    demand.linkFrom = int32_t(plan.srcCore);
    if (captured.core < 64)
      demand.linkToLow = uint64_t(1) << captured.core;
  }
  if (shape.dstSide == CopySide::RemoteSram) {
    if (demand.linkFrom < 0)
      demand.linkFrom = int32_t(captured.core);
    uint64_t self = captured.core < 64 ? uint64_t(1) << captured.core : 0;
    demand.linkToLow = plan.dstCores & ~self;
    demand.linkToCore = plan.dstCoreAbove;
  }
}

static void addVector(Demand &demand, const Captured &captured,
                      const Machine &machine) {
  VectorWork work = vectorWorkOf(captured, machine);
  uint64_t all = vectorCycles(work, machine);
  demand.startupCycles = std::min<uint64_t>(all, machine.vecStartupCycles);
  demand.workCycles = double(all - demand.startupCycles);
  demand.sramLines = double(work.lines);
}

Demand ashlar::runtime::demandOf(const Captured &captured,
                                 const Machine &machine, bool timing) {
  Demand demand;
  demand.steps = hostSteps(captured, machine);
  switch (isa::Queue(captured.queue)) {
  case isa::Queue::mxu:
    addMatrix(demand, captured, machine, timing);
    break;
  case isa::Queue::out:
    if (timing)
      addOutput(demand, captured, machine);
    break;
  case isa::Queue::vec:
    if (timing)
      addVector(demand, captured, machine);
    break;
  default:
    addCopy(demand, captured, machine);
    break;
  }
  return demand;
}
