//===- ScalarContext.h - Registers and control flow of a scalar unit ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_SCALARCONTEXT_H
#define ASHLAR_RUNTIME_EMULATOR_SCALARCONTEXT_H

#include "Emulator/Descriptor.h"
#include "Emulator/Fault.h"

#include <array>
#include <cstdint>

namespace ashlar::runtime {

/// Told of every scratchpad word that a scalar unit loads or stores.
class ScalarObserver {
public:
  virtual ~ScalarObserver() = default;
  virtual Fault scalarAccess(uint32_t core, uint64_t pc, uint64_t offset,
                             unsigned bytes, bool write) = 0;
};

/// What scalar instructions work on. `pc` is the word being executed; `next`
/// the word that follows it, which branches replace. Execution stops when
/// `stop` is set (halt or fault).
class ScalarContext {
public:
  std::array<uint64_t, 64> regs{};
  std::array<Descriptor, 32> descs{};
  uint64_t pc = 0;
  uint64_t next = 0;
  /// A branch, call, return or loop set `next`.
  bool taken = false;
  bool stop = false;
  bool halted = false;
  Fault fault;
  uint32_t userCode = 0;
  uint32_t left = 0; ///< queues that `leave` named, a bit for each

  // Fixed for a run.
  uint64_t textWords = 0;
  uint8_t *sram = nullptr;
  uint64_t sramBytes = 0;
  uint32_t core = 0, cores = 1, entry = 0;
  ScalarObserver *observer = nullptr;

  void set(unsigned rd, uint64_t value) {
    regs[rd] = value;
    regs[0] = 0;
  }
  void trap(TrapKind kind, std::string detail) {
    fault = Fault(kind, std::move(detail));
    stop = true;
  }

  /// A branch inside the text; may not leave or enter the body of the innermost
  /// loop (its end counts as inside: that is the next iteration).
  void branchTo(uint64_t target) {
    if (loopDepth && !checkBranch(target))
      return;
    transferTo(target);
  }
  void transferTo(uint64_t target) {
    if (target > textWords) {
      trap(TrapKind::TextOutOfRange, "target is word " +
                                         std::to_string(int64_t(target)) +
                                         " of " + std::to_string(textWords));
      return;
    }
    next = target;
    taken = true;
  }
  /// `jr`: leaving loops by a return takes them off the stack.
  void returnTo(uint64_t target);
  /// Enters a hardware loop whose body is [pc + 1, end).
  void enterLoop(int64_t trips, uint64_t end);

  /// First word behind the innermost body; ~0 without a loop, so that one
  /// comparison a word suffices.
  uint64_t loopEnd = ~uint64_t(0);
  /// Called when `next == loopEnd`: starts the next iteration, or leaves. Does
  /// nothing if a function called from the body merely happens to be there.
  void closeLoop(bool isReturn);
  void resetLoops() {
    loopDepth = 0;
    loopEnd = ~uint64_t(0);
  }

  static constexpr unsigned maxLoopDepth = 8;

private:
  struct Loop {
    uint64_t start, end;
    uint64_t remaining; // iterations, the current one included
  };
  bool inside(const Loop &loop, uint64_t word) const {
    return word >= loop.start && word < loop.end;
  }
  bool checkBranch(uint64_t target);
  void popLoop() {
    --loopDepth;
    loopEnd = loopDepth ? loops[loopDepth - 1].end : ~uint64_t(0);
  }

  std::array<Loop, maxLoopDepth> loops{};
  unsigned loopDepth = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_SCALARCONTEXT_H
