//===- Fault.h - What stops a program -------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_FAULT_H
#define ASHLAR_RUNTIME_EMULATOR_FAULT_H

#include <cstdint>
#include <string>
#include <utility>

namespace ashlar::runtime {

/// Kinds of traps (docs/machine.md, "Traps"). The last four are raised by the
/// sanitiser only.
enum class TrapKind : uint8_t {
  None,
  IllegalInstruction,
  MisalignedDescriptor,
  ShapeMismatch,
  TypeMismatch,
  OutOfRange,
  IndexOutOfRange,
  DivisionByZero,
  BadSemaphore,
  LoopStack,
  UserTrap,
  Deadlock,
  StepBudget,
  TextOutOfRange,
  UninitializedRead,
  DataRace,
  OperandOverlap,
  ResidentWrite,
};

/// The name as docs/machine.md writes it, e.g. "out of range".
const char *trapKindName(TrapKind kind);

/// The outcome of executing one instruction: nothing, or a trap. `detail` says
/// expected and actual values, lower case, without a full stop; who, where and
/// which instruction are added by the emulator's core.
struct [[nodiscard]] Fault {
  TrapKind kind = TrapKind::None;
  std::string detail;

  Fault() = default;
  Fault(TrapKind theKind, std::string theDetail)
      : kind(theKind), detail(std::move(theDetail)) {}

  /// True if something went wrong.
  explicit operator bool() const { return kind != TrapKind::None; }
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_FAULT_H
