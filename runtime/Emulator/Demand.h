//===- Demand.h - What an instruction asks of the machine -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a captured instruction to the shapes that runtime/Timing wants, and back
// from its answers to one record that the timed mode can run. No formula stands
// here.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_DEMAND_H
#define ASHLAR_RUNTIME_EMULATOR_DEMAND_H

#include "Emulator/HostCost.h"
#include "Timing/Timing.h"

#include <cstdint>

namespace ashlar::runtime {

struct Demand {
  /// The engine's own time, if nobody else were there. May be fractional.
  double workCycles = 0;
  /// Start-up, charged before the work.
  uint64_t startupCycles = 0;
  /// Lines of this core's scratchpad.
  double sramLines = 0;

  // Matrix unit.
  uint64_t macs = 0;
  uint64_t peakMacsPerCycle = 0; // of the unit at this instruction's rate
  uint64_t firstLoadCycles = 0, fillCycles = 0, lastBlockCycles = 0;

  // Copies. Masks have a bit per core.
  uint64_t latencyCycles = 0;
  double bytes = 0;
  uint64_t dramReadBytes = 0, dramWriteBytes = 0;
  double linkBytes = 0;
  double remoteLines = 0;
  int32_t linkFrom = -1;   // core whose way out is used
  uint64_t linkToLow = 0;  // cores whose way in is used (0..63)
  int32_t linkToCore = -1; // one core above 63
  int32_t remoteRead = -1; // core whose scratchpad is read from afar

  uint64_t steps = 0; // of the budget (HostCost.h)
};

/// What a copy's payload says; windows are applied to `src` already.
struct CopyPlan {
  Descriptor dst, src; // src without what windows leave out
  /// Without, the source is nowhere: its base may lie outside of everything.
  bool reads = false;
  uint32_t srcCore = 0;
  uint64_t dstCores = 0; // bit per core written to, if it is sram
  int32_t dstCoreAbove = -1;
  bool srcInSram = false, dstInSram = false;
  bool adds = false;
  int gatherDim = -1, scatterDim = -1;
  Descriptor gatherList, scatterList;
};
CopyPlan planCopy(const Captured &captured);

/// `timing` adds what only the timed mode needs; the counts (macs, dram bytes,
/// steps) are always there. Called before the kernel has checked shapes, so
/// that a step budget can refuse the work: sizes must not be negative, but need
/// not agree, and then the figures mean nothing.
Demand demandOf(const Captured &captured, const Machine &machine, bool timing);

/// Windows, duplicates and everything else that decides which elements of a
/// tensor are touched has been applied: a pattern of plain accesses.
AccessPattern patternOf(const Descriptor &d);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_DEMAND_H
