//===- ScalarTiming.cpp - Scalar unit and semaphores ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"

#include <cmath>

namespace ashlar::runtime {

uint32_t scalarCycles(ScalarClass cls, bool taken, const Machine &machine) {
  switch (cls) {
  case ScalarClass::Mul:
    return 1 + machine.mulCycles;
  case ScalarClass::Div:
    return 1 + machine.divCycles;
  case ScalarClass::Fp:
    return 1 + machine.fpCycles;
  case ScalarClass::FpDiv:
    return 1 + machine.fpDivCycles;
  case ScalarClass::Load:
    return 1 + machine.loadCycles;
  case ScalarClass::Branch:
    return 1 + (taken ? machine.branchCycles : 0);
  case ScalarClass::Alu:
  case ScalarClass::Store: // leaves through a buffer
  case ScalarClass::Queue: // waiting for room is the queue's doing
    return 1;
  }
  return 1;
}

uint32_t signalLatency(bool sameCore, const Machine &machine) {
  return sameCore ? machine.signalCycles : machine.remoteSignalCycles;
}

uint64_t instructionFillCycles(uint64_t words, const Machine &machine) {
  return uint64_t(std::ceil(double(words) * 8 / machine.dramBytesPerCycle));
}

} // namespace ashlar::runtime
