//===- TargetOption.cpp - The machine that a pass works for --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetOption.h"
#include "ashlar/Machine/Machine.h"

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

ashlar::npu::Queue ashlar::getLastCopyQueue(const runtime::Machine &machine) {
  return static_cast<npu::Queue>(static_cast<unsigned>(npu::Queue::Dma0) +
                                 std::max(1u, machine.copyQueues) - 1);
}

bool ashlar::isWorthHiding(double dramCycles, double cycles) {
  constexpr double leastShare = 0.02;
  return dramCycles >= cycles * leastShare;
}
