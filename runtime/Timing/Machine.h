//===- Machine.h - What a target file says --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A machine as plain numbers. Target files (YAML) are the only place where the
// numbers stand; lib/Machine fills this struct from one, the image carries it
// to the runtime, and the timing functions and the emulator read it.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_TIMING_MACHINE_H
#define ASHLAR_RUNTIME_TIMING_MACHINE_H

#include <cstdint>
#include <string>

namespace ashlar::runtime {

/// A machine. Functional fields change what a program may do (sizes, counts);
/// timing fields change only how long it takes. Fields marked [T] are timing.
struct Machine {
  std::string name;

  // Chip.
  uint32_t cores = 1;
  double clockGHz = 1.0; // [T]
  uint64_t dramBytes = 0;
  double dramBytesPerCycle = 0;   // [T] bandwidth / clock, shared by all cores
  uint32_t dramBurstBytes = 64;   // [T] traffic counts whole bursts
  uint32_t dramLatencyCycles = 0; // [T]
  double coreLinkBytesPerCycle = 0; // [T] core to core, each way; 0 on one core
  uint32_t coreLinkLatencyCycles = 0; // [T]
  double chipLinkBytesPerCycle = 0;   // [T] to other chips; 0 without links

  // Scratchpad of a core.
  uint64_t sramBytes = 0;
  uint32_t sramLineBytes = 64; // [T]
  uint32_t sramBytesPerCycle =
      0; // [T] whole lines; 512 with lines of 64 is 8 lines a cycle

  // Matrix unit: m rows a cycle against a k x n block of 8-bit elements.
  uint32_t mxuM = 1; // [T]
  uint32_t mxuK = 1; // [T] for 8-bit types; half for 16 bits, an eighth for f32
  uint32_t mxuN = 1; // functional: lanes of an accumulator row
  bool mxuFloat8 = false; // f8 operands are legal
  uint64_t accBytes = 0;
  uint32_t blockLoadBytesPerCycle = 0; // [T]
  uint32_t mxuFillCycles = 0;          // [T] pipe fill latency
  uint32_t accLatencyCycles = 0;       // [T] same accumulator row again

  // Output stage.
  uint32_t outLanesPerCycle = 0; // [T]
  uint32_t outStartupCycles = 0; // [T]

  // Vector unit.
  uint32_t vecBytesPerCycle =
      0; // [T] moved over its ports, inputs and outputs together
  uint32_t vecLanes = 0;         // [T] 32-bit lane operations a cycle
  uint32_t vecTransPerCycle = 0; // [T] transcendentals a cycle
  uint32_t vecSlowDivisor = 4; // [T] divide, square root: lanes / this a cycle
  uint32_t vec64Divisor = 4;   // [T] 64-bit types: rates / this
  uint32_t vecWindowMacsPerCycle =
      0;                         // [T] i8; half for 16 bits, an eighth for f32
  uint32_t vecStartupCycles = 0; // [T]

  // Copy engines.
  uint32_t copyQueues = 2;
  uint32_t copyBytesInFlight = 0;    // [T] per engine
  double copyGatherRowsPerCycle = 0; // [T] per engine
  uint32_t copyBytesPerCycle =
      0; // [T] widest transfer of one engine on the scratchpad side
  uint32_t copyStartupCycles = 0; // [T]

  // Scalar unit.
  uint32_t queueDepth = 16; // entries (a head with its payload is one)
  uint32_t semaphores = 256;
  uint64_t imemBytes = 0;           // [T] window on the text
  uint32_t branchCycles = 2;        // [T] extra cycles of a taken branch
  uint32_t loadCycles = 3;          // [T]
  uint32_t mulCycles = 3;           // [T]
  uint32_t divCycles = 16;          // [T]
  uint32_t fpCycles = 4;            // [T]
  uint32_t fpDivCycles = 16;        // [T]
  uint32_t signalCycles = 2;        // [T] from signal to wake-up, same core
  uint32_t remoteSignalCycles = 20; // [T]
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_TIMING_MACHINE_H
