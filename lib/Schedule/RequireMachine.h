//===- RequireMachine.h - The machine that a pass works for -----*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_REQUIREMACHINE_H
#define ASHLAR_LIB_SCHEDULE_REQUIREMACHINE_H

#include "ashlar/Machine/Machine.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <optional>

namespace ashlar {

/// Fills `machine`, unless it was given, with the preset or file `target`
/// (edge if empty). Fails, with a diagnostic, if there is none.
inline mlir::LogicalResult
requireMachine(std::optional<runtime::Machine> &machine,
               const std::string &target, mlir::MLIRContext *context) {
  if (machine)
    return mlir::success();
  llvm::Expected<runtime::Machine> loaded =
      loadMachine(target.empty() ? "edge" : target);
  if (!loaded)
    return mlir::emitError(mlir::UnknownLoc::get(context))
           << llvm::toString(loaded.takeError());
  machine = *loaded;
  return mlir::success();
}

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_REQUIREMACHINE_H
