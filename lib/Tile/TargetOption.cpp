//===- TargetOption.cpp - The machine that a pass works for --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetOption.h"
#include "ashlar/Machine/Machine.h"
#include "dialects/npu/NPU.h"

using namespace mlir;

std::optional<ashlar::runtime::Machine>
ashlar::getMachine(func::FuncOp func,
                   const std::optional<runtime::Machine> &given,
                   const std::string &option) {
  if (given)
    return given;
  llvm::Expected<runtime::Machine> machine = loadMachine(
      option.empty() ? npu::getTargetName(func) : StringRef(option));
  if (machine)
    return *machine;
  func.emitError() << llvm::toString(machine.takeError());
  return std::nullopt;
}
