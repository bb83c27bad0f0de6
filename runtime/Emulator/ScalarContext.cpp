//===- ScalarContext.cpp - Hardware loops ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/ScalarContext.h"

using namespace ashlar::runtime;

bool ScalarContext::checkBranch(uint64_t target) {
  const Loop &loop = loops[loopDepth - 1];
  bool from = inside(loop, pc);
  // A function called from the body branches freely outside of it.
  bool to = inside(loop, target) || (from && target == loop.end);
  if (from == to)
    return true;
  trap(TrapKind::LoopStack,
       std::string("branch to word ") + std::to_string(target) +
           (from ? " leaves" : " enters") + " the loop body [" +
           std::to_string(loop.start) + ", " + std::to_string(loop.end) + ")");
  return false;
}

void ScalarContext::returnTo(uint64_t target) {
  while (loopDepth) {
    const Loop &loop = loops[loopDepth - 1];
    if (!inside(loop, pc) || inside(loop, target) || target == loop.end)
      break;
    popLoop();
  }
  transferTo(target);
}

void ScalarContext::enterLoop(int64_t trips, uint64_t end) {
  if (end <= pc)
    return trap(TrapKind::LoopStack, "loop body ends at word " +
                                         std::to_string(int64_t(end)) +
                                         ", which is not ahead");
  if (end > textWords)
    return trap(TrapKind::TextOutOfRange, "loop body ends at word " +
                                              std::to_string(end) + " of " +
                                              std::to_string(textWords));
  if (trips <= 0 || end == pc + 1) {
    next = end;
    taken = end != pc + 1;
    return;
  }
  if (loopDepth == maxLoopDepth)
    return trap(TrapKind::LoopStack,
                "loops nest deeper than " + std::to_string(maxLoopDepth));
  loops[loopDepth++] = {pc + 1, end, uint64_t(trips)};
  loopEnd = end;
}

void ScalarContext::closeLoop(bool isReturn) {
  while (loopDepth && next == loopEnd) {
    Loop &loop = loops[loopDepth - 1];
    if (!isReturn && !inside(loop, pc))
      return;
    if (--loop.remaining) {
      next = loop.start;
      return;
    }
    popLoop();
  }
}
