//===- CopyTiming.cpp - Copy engines --------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"
#include "WalkLines.h"

#include <algorithm>
#include <cmath>

namespace ashlar::runtime {

CopyCost copyCost(const CopyShape &shape, const Machine &machine) {
  CopyCost cost;
  cost.startupCycles = machine.copyStartupCycles;
  cost.bytes = std::max(elementBytes(shape.dst), elementBytes(shape.src));
  if (cost.bytes == 0)
    return cost;

  // Whole lines or bursts of the wider side pass through the engine.
  uint64_t wideBytes = 0;
  bool usesDram = false, usesLink = false;
  auto addSide = [&](CopySide side, const AccessPattern &pattern, bool isDst) {
    bool isDram = side == CopySide::Dram;
    uint32_t unit = isDram ? machine.dramBurstBytes : machine.sramLineBytes;
    uint64_t units = linesTouched(pattern, unit);
    // Adding to the destination reads what it then writes.
    uint64_t reads = isDst ? (shape.addsToDestination ? units : 0) : units;
    uint64_t writes = isDst ? units : 0;
    wideBytes = std::max(wideBytes, detail::mulSaturated(units, unit));
    if (isDram) {
      usesDram = true;
      cost.dramReadBytes += detail::mulSaturated(reads, unit);
      cost.dramWriteBytes += detail::mulSaturated(writes, unit);
    } else if (side == CopySide::RemoteSram) {
      usesLink = true;
      cost.remoteLines += reads + writes;
    } else {
      cost.sramLines += reads + writes;
    }
    if (isDst && side == CopySide::RemoteSram && shape.alsoLocal)
      cost.sramLines += reads + writes;
  };
  addSide(shape.srcSide, shape.src, /*isDst=*/false);
  addSide(shape.dstSide, shape.dst, /*isDst=*/true);
  cost.linkBytes = usesLink ? cost.bytes : 0;
  cost.latencyCycles = (usesDram ? machine.dramLatencyCycles : 0) +
                       (usesLink ? machine.coreLinkLatencyCycles : 0);
  cost.engineCycles =
      std::max(double(wideBytes) / machine.copyBytesPerCycle,
               double(shape.indexedRows) / machine.copyGatherRowsPerCycle);
  return cost;
}

double copyInFlightRate(uint64_t latencyCycles, const Machine &machine) {
  double width = machine.copyBytesPerCycle;
  if (latencyCycles == 0)
    return width;
  return std::min(width,
                  double(machine.copyBytesInFlight) / double(latencyCycles));
}

uint64_t copyAloneCycles(const CopyCost &cost, const Machine &machine) {
  double dramBytes = double(cost.dramReadBytes) + double(cost.dramWriteBytes);
  double lines = double(std::max(cost.sramLines, cost.remoteLines));
  double cycles = std::max(
      {cost.engineCycles, dramBytes / machine.dramBytesPerCycle,
       lines / sramLinesPerCycle(machine),
       double(cost.bytes) / copyInFlightRate(cost.latencyCycles, machine)});
  if (cost.linkBytes != 0 && machine.coreLinkBytesPerCycle > 0)
    cycles = std::max(cycles,
                      double(cost.linkBytes) / machine.coreLinkBytesPerCycle);
  return cost.startupCycles + cost.latencyCycles + uint64_t(std::ceil(cycles));
}

double creditCycles(uint32_t members, const Machine &machine) {
  return members < 2 ? 0
                     : double(members - 1) * double(machine.remoteSignalCycles);
}

bool isWorthSharing(uint64_t bytes, uint32_t members, const Machine &machine) {
  double spared =
      (double(members) - 1) * double(bytes) / machine.dramBytesPerCycle;
  return spared > creditCycles(members, machine);
}

} // namespace ashlar::runtime
